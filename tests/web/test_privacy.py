"""What a person may not see shows nowhere, and what is sensitive lies nowhere in the open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import select

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.models import Client, Goal
from app.core.db import Database
from app.core.ids import new_id
from app.directory.models import Offer
from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.referrals.models import Referral
from app.web.runtime import EXTENSION
from tests.web.conftest import EMAIL_OF_ROLE, SignIn, token_of

NOTE = "Notizmarke Quittenbaum 7731"


def _database(app: Flask) -> Database:
    database: Database = app.extensions[EXTENSION].database
    return database


def _foreign_case(app: Flask, name: str = "Qwertzuna") -> tuple[str, str, str, str]:
    """Client, goal, referral and offer of a case worker who is not the one that signs in."""
    with _database(app).write() as session:
        referral = (
            session.exec(
                select(Referral).join(Client).where(Client.given_name == "Amira").limit(1)
            ).first()
            or session.exec(select(Referral).limit(1)).one()
        )
        client = session.get_one(Client, referral.client_id)
        client.given_name, client.family_name, client.street = name, name, name
        session.add(client)
        goal = session.exec(select(Goal).where(Goal.client_id == client.id)).first()
        offer = session.exec(select(Offer).where(Offer.status == "published")).first()
        assert offer is not None
        return client.id, goal.id if goal else new_id(), referral.id, offer.id


def _other_worker(app: Flask, client_id: str) -> str:
    with _database(app).read() as session:
        owner = session.get_one(Client, client_id).case_worker_id
        users = {u.email: u.id for u in session.exec(select(User)).all()}
    return next(a.email for a in DEMO_CASE_WORKERS if users[a.email] != owner)


@pytest.mark.parametrize(
    "role", ["other case worker", "directory_editor", "data_protection_officer", "administrator"]
)
def test_no_address_tells_others_about_a_case(app: Flask, sign_in: SignIn, role: str) -> None:
    client_id, goal_id, referral_id, offer_id = _foreign_case(app)
    email = _other_worker(app, client_id) if role == "other case worker" else EMAIL_OF_ROLE[role]
    browser = sign_in(email)
    app.config["WTF_CSRF_ENABLED"] = False
    ids = {
        "client_id": client_id,
        "goal_id": goal_id,
        "referral_id": referral_id,
        "offer_id": offer_id,
    }
    for rule in app.url_map.iter_rules():
        if rule.endpoint in {"static", "auth.sign_out"}:
            continue
        values = {k: ids.get(k, new_id()) for k in rule.arguments}
        address = re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda m, v=values: v[m.group(1)], rule.rule)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = browser.open(f"{address}?q=Qwertz&stand=all&person=x", method=method)
            about_case = rule.arguments & {"client_id", "goal_id", "referral_id"}
            if about_case:
                assert answer.status_code in {404, 405}, f"{role} {method} {address}"
            assert "Qwertzuna" not in answer.text, f"{role} {method} {address}"
            assert "Qwertzuna" not in str(answer.headers)


def test_another_persons_goal_cannot_be_changed_through_ones_own_case(
    app: Flask, sign_in: SignIn
) -> None:
    client_id, goal_id, _, offer_id = _foreign_case(app)
    email = _other_worker(app, client_id)
    browser = sign_in(email)
    own = re.findall(r'href="(/faelle/[0-9a-f-]{36})"', browser.get("/faelle").text)[0]
    app.config["WTF_CSRF_ENABLED"] = False
    assert browser.post(f"{own}/plan/ziele/{goal_id}/offen").status_code == 404
    answer = browser.post(
        f"{own}/verweisen/{offer_id}",
        data={"creation_key": new_id(), "goal_id": goal_id, "follow_up_on": "", "overrule": "y"},
    )
    assert answer.status_code in {404, 422}
    with _database(app).read() as session:
        made = session.exec(select(Referral).where(Referral.goal_id == goal_id)).all()
    assert {referral.client_id for referral in made} <= {client_id}


def test_a_used_creation_key_tells_strangers_nothing(app: Flask, sign_in: SignIn) -> None:
    client_id, *_ = _foreign_case(app)
    with _database(app).write() as session:
        client = session.get_one(Client, client_id)
        client.creation_key = key = new_id()
        session.add(client)
    browser = sign_in(_other_worker(app, client_id))
    app.config["WTF_CSRF_ENABLED"] = False
    answer = browser.post("/faelle/neu", data={"creation_key": key, "given_name": "Neu"})
    assert answer.status_code in {409, 422}
    assert client_id not in answer.text + str(answer.headers)


def test_notes_lie_encrypted_and_everything_of_a_case_is_kept_out_of_index_and_sheet(
    app: Flask, sign_in: SignIn, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = sign_in("case_worker")
    case = re.findall(r'href="(/faelle/[0-9a-f-]{36})"', browser.get("/faelle").text)[0]
    with _database(app).write() as session:
        client = session.get_one(Client, case.rsplit("/", 1)[1])
        client.family_name = "Mirabellendorn"
        session.add(client)
    page = browser.get(case)
    offer = re.findall(rf'href="({case}/verweisen/[0-9a-f-]{{36}})"', page.text)[0]
    token = token_of(browser.get(offer))
    answer = browser.post(
        offer,
        data={"csrf_token": token, "creation_key": new_id(), "sheet_language": "ar", "note": NOTE,
              "follow_up_on": ""},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    sheet = browser.get(answer.headers["Location"])
    referral = answer.headers["Location"].removesuffix("/blatt.pdf")
    shown = browser.get(referral)
    version = re.search(r'name="version"[^>]*value="(\d+)"', shown.text)
    assert version
    assert NOTE not in shown.text
    note = re.findall(rf'href="({referral}/notizen/[0-9a-f-]+)"', shown.text)[0]
    assert NOTE in browser.get(note).text
    browser.post(
        f"{referral}/wiedervorlage",
        data={"csrf_token": token, "version": version.group(1), "follow_up_on": "2026-12-24",
              "note": f"zwei {NOTE}"},
    )  # fmt: skip
    assert browser.get("/faelle?q=Mirabellendorn").status_code == 200
    assert browser.get("/verzeichnis?q=chor").status_code == 200
    folder: Path = app.extensions[EXTENSION].settings.data_dir
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert any(client.family_name.encode() in content for content in files.values())  # it looks at all
    for path, content in files.items():
        assert b"Quittenbaum" not in content, path.name
        if "search_index" in path.parts:
            assert client.id.encode() not in content, path.name
            assert client.family_name.encode() not in content, path.name
    assert b"Quittenbaum" not in sheet.data
    said = "".join(capfd.readouterr()) + caplog.text
    assert "Quittenbaum" not in said
    assert client.family_name not in said


def test_each_kind_of_reading_leaves_an_entry_with_ids_only(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    case = re.findall(r'href="(/faelle/[0-9a-f-]{36})"', browser.get("/faelle").text)[0]
    client_id = case.rsplit("/", 1)[1]
    for part, subject in (
        ("", client_id),
        ("/passende-angebote", client_id),
        ("/nicht-dabei", client_id),
        ("/aufnahme", client_id),
    ):
        before = _entries(app, subject)
        assert browser.get(case + part).status_code == 200
        assert _entries(app, subject) == before + 1, part
    for page in ("/faelle", "/vermittlungen", "/heute"):
        before = _entries(app, "")
        browser.get(f"{page}?q=Amira")
        assert _entries(app, "") > before, page
    with _database(app).read() as session:
        for entry in session.exec(select(AuditEntry)).all():
            assert re.fullmatch(r"[0-9a-f-]{36}|", entry.subject_id)
            assert re.fullmatch(r"[a-z_.]+", entry.action)


def _entries(app: Flask, subject_id: str) -> int:
    with _database(app).read() as session:
        return len(
            session.exec(select(AuditEntry.seq).where(AuditEntry.subject_id == subject_id)).all()
        )
