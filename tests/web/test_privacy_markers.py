"""A marker in every sensitive field is found nowhere but where somebody clicked to read it.

Which fields are sensitive is read from the schema (every encrypted column): a new one that nobody
plants a marker in fails here. The marker is planted in the database and typed into every form of a
case; then the product is used, and everything it wrote or answered is searched.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select as select_columns
from sqlmodel import Session, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.accounts.permissions import ROLES
from app.audit.models import AuditEntry
from app.cases.privacy_models import Consent, EmergencyAccess
from app.cli import cli
from app.core.clock import utc_now
from app.core.ids import new_id
from app.directory.models import Provider
from app.mail.models import OutboxMail
from app.operations.client_tables import list_encrypted_columns
from app.operations.jobs import run_due_jobs
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.volunteers.models import Registration, RegistrationMessage, Volunteer
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.full_case import MARKER, FullCase, add_full_case
from tests.registrations import VOLUNTEER
from tests.web.conftest import EMAIL_OF_ROLE, SignIn

RECIPIENT = "Löwenzahnstelle"
"""Stands where a consent names whom it is for: encrypted, but shown with the consent."""
TYPED = "Hagebuttenwort"
"""Typed into every text area of a case."""

OPEN_TEXTS = frozenset({"interests"})
"""Text areas for what is not confidential."""

SHOWN_ON_A_CLICK = frozenset(
    {
        "allocation.reason",
        "appointments.appointment",  # the form to correct it
        "appointments.read_note",
        "assessments.read",
        "contacts.edit_contact",  # the form to correct it
        "contacts.read_note",
        "dismissals.note",
        "disclosure.as_json",  # the client's own
        "disclosure.paper",
        "handovers.case_note",
        "handovers.note",
        "intake.change",
        "intake.needs",
        "lifecycle.closing_note",
        "lifecycle.extension_note",
        "lifecycle.takeover_note",
        "notes.edit",  # the form to correct it
        "notes.read",
        "plan.goal_note",
        "plan.review_note",
        "referrals.read_note",
        "referrals.show_sealed",
        "waiting.passed_note",
    }
)
"""Addresses that exist to show one sensitive text, each reading audited."""


class _Forms(HTMLParser):
    """The forms of a page: address and fields, with the marker in every text area."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name = values.get("name", "")
        if tag == "form" and values.get("method", "").lower() == "post":
            self.found.append((values.get("action", ""), {}))
        if not self.found or (not name and tag != "option"):
            return
        fields = self.found[-1][1]
        if tag == "textarea":
            fields[name] = "Fußball" if name in OPEN_TEXTS else TYPED
        elif tag == "input" and (
            values.get("type") not in {"checkbox", "radio"} or "checked" in values
        ):
            fields[name] = values.get("value", "")
        elif tag == "input" and values.get("type") == "radio":
            fields.setdefault(name, values.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and values.get("value"):
            fields.setdefault(self._select, values["value"])


def _runtime(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


def _plant(session: Session) -> FullCase:
    users = {user.email: user.id for user in session.exec(select(User)).all()}
    worker = users.pop(EMAIL_OF_ROLE["case_worker"])
    other = next(iter(users.values()))
    case = add_full_case(session, worker, other, "Quendelina")
    now = utc_now()
    session.add(EmergencyAccess(client_id=case.client_id, user_id=other, reason=MARKER, until_at=now))
    consent = session.get_one(Consent, case.ids["consent_id"])
    consent.recipient, consent.provider_id = RECIPIENT, f"{RECIPIENT}-id"
    for referral in session.exec(select(Referral).where(Referral.client_id == case.client_id)).all():
        if referral.sealed is not None:
            referral.sealed = referral.sealed | {"marker": MARKER}
            for step in session.exec(
                select(ReferralEvent).where(ReferralEvent.referral_id == referral.id)
            ).all():
                step.sealed = {"reason": None, "level_reached": None, "marker": MARKER}
    told = Registration(
        kind="volunteer",
        state="waiting",
        email=VOLUNTEER["email"],
        answers=VOLUNTEER | {"description": MARKER},
    )
    session.add(told)
    provider = session.exec(select(Provider.id)).first()
    assert provider is not None
    secret = dict.fromkeys(("last_name", "email", "phone", "plz"), MARKER)
    session.add(
        Volunteer(provider_id=provider, first_name="Wilma", since=TODAY, left_on=TODAY, **secret)
    )
    session.flush()
    session.add(RegistrationMessage(registration_id=told.id, text=MARKER))
    session.flush()
    return case


def test_every_encrypted_column_has_a_marker(app: Flask) -> None:
    with _runtime(app).database.write() as session:
        _plant(session)
    with _runtime(app).database.read() as session:
        for column in list_encrypted_columns():
            values = session.execute(select_columns(column)).scalars()
            assert any(MARKER in repr(v) or RECIPIENT in repr(v) for v in values), column


def _address(rule: Rule, ids: dict[str, str]) -> str | None:
    if rule.arguments - ids.keys():
        return None
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: ids[found.group(1)], rule.rule)


def _pages(app: Flask, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        address = _address(rule, ids)
        if address and "GET" in (rule.methods or ()) and rule.endpoint not in SHOWN_ON_A_CLICK:
            yield rule.endpoint, address


def _text_of(answer: TestResponse) -> str:
    if answer.mimetype == "application/pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
    return answer.data.decode("utf-8", "replace") + str(answer.headers)


def _type_everywhere(browser: FlaskClient, addresses: list[str]) -> int:
    """Send each form of these pages with the marker in its text areas; how many were taken."""
    taken = 0
    for address in addresses:
        page = browser.get(address)
        if page.mimetype != "text/html":
            continue
        forms = _Forms()
        forms.feed(page.text)
        for action, fields in forms.found:
            if TYPED in fields.values():
                target = action or address
                answer = browser.post(target, data=fields | {"creation_key": new_id()})
                assert answer.status_code < 500, f"{target}: {answer.status_code}"
                taken += answer.status_code in {302, 303}
    return taken


def _leaks(text: str) -> list[str]:
    """What stands around each marker."""
    return re.findall(rf".{{0,60}}(?:{MARKER}|{TYPED}).{{0,20}}", text)


def test_no_marker_is_found_where_nobody_clicked(
    app: Flask,
    sign_in: SignIn,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    runtime = _runtime(app)
    with runtime.database.write() as session:
        case = _plant(session)
    ids = case.ids
    app.config["WTF_CSRF_ENABLED"] = True
    worker = sign_in("case_worker")
    app.config["WTF_CSRF_ENABLED"] = False
    of_case = (case.client_id, ids["referral_id"], ids["sealed_referral_id"])
    addresses = [a for _, a in _pages(app, ids) if any(value in a for value in of_case)]
    assert _type_everywhere(worker, addresses) > 5
    found = {e: seen for e, a in _pages(app, ids) if (seen := _leaks(_text_of(worker.get(a))))}
    assert found == {}
    _break_something(worker, case, monkeypatch)
    for role in ROLES:
        app.config["WTF_CSRF_ENABLED"] = True
        browser = sign_in(role)
        pages = _pages(app, ids if role == "team_lead" else {})
        shown = {e: seen for e, a in pages if (seen := _leaks(_text_of(browser.get(a))))}
        assert shown == {}, role
    _use_the_commands(runtime, monkeypatch, tmp_path)
    assert not _leaks("".join(capfd.readouterr()) + caplog.text)
    for folder in (runtime.settings.data_dir, runtime.settings.index_dir, tmp_path / "exports"):
        for file in folder.rglob("*"):
            content = file.read_bytes() if file.is_file() else b""
            for word in (MARKER, TYPED, RECIPIENT):
                assert word.encode() not in content, file
    _search_rows(runtime)


def _break_something(browser: FlaskClient, case: FullCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the middle of saving a note answers with a page that does not quote it."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot save {MARKER}")

    with monkeypatch.context() as patched:
        patched.setattr("app.web.views.notes.write_note", fail, raising=False)
        patched.setattr("app.cases.notes.record_access", fail)
        answer = browser.post(
            f"/faelle/{case.client_id}/notizen",
            data={"kind": "general", "text": TYPED, "creation_key": new_id()},
        )
    if answer.status_code >= 500:
        assert not _leaks(answer.text)


def _use_the_commands(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    monkeypatch.setenv("LOTSENBUCH_TODAY", runtime.today.isoformat())
    (folder / "exports").mkdir(exist_ok=True)
    for words in (
        ["index", "rebuild"],
        ["export", "table", str(folder / "exports" / "all.xlsx"), "--all"],
        ["export", "hsds", str(folder / "exports" / "hsds.json")],
        ["search", MARKER],
        ["privacy", "due"],
        ["audit", "verify"],
        ["keys", "reencrypt", "--check"],
    ):
        answer = CliRunner().invoke(cli, words)
        assert MARKER not in answer.output.replace(f"“{MARKER}”", ""), words
    run_due_jobs(runtime)


def _search_rows(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        for mail in session.exec(select(OutboxMail)).all():
            assert not _leaks(json.dumps(mail.model_dump(mode="json"), ensure_ascii=False))
        for entry in session.exec(select(AuditEntry)).all():
            assert re.fullmatch(r"[0-9a-f-]{36}|\d{4}|\w*", entry.subject_id)
