"""Everything stored about a client is told to the client and to nobody else, and deleted on request."""

from __future__ import annotations

import io
import json
import tomllib
from datetime import date

import pypdf
import pytest
from flask import Flask
from sqlmodel import select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.lifecycle_records import PersonInput
from app.cases.models import Client
from app.cases.privacy_models import HandedOverCase
from app.cases.related_people import change_person, remove_person
from app.core.db import Database
from app.operations.client_tables import list_client_tables
from app.operations.disclosure import OMITTED, OMITTED_OF_OTHERS, is_told
from app.operations.runtime import Runtime
from app.printouts.papers.book import PAPER_LANGUAGES, PAPER_PHRASES
from app.printouts.papers.disclosure import phrase_of
from app.web.runtime import EXTENSION
from tests.full_case import MARKER, FullCase, add_full_case
from tests.web.conftest import EMAIL_OF_ROLE, SignIn, check_page, token_of


def _runtime(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


def _database(app: Flask) -> Database:
    return _runtime(app).database


@pytest.fixture
def case(app: Flask) -> FullCase:
    with _database(app).write() as session:
        users = {user.email: user.id for user in session.exec(select(User)).all()}
        worker = users.pop(EMAIL_OF_ROLE["case_worker"])
        return add_full_case(session, worker, next(iter(users.values())), "Quendelina")


def test_every_table_and_column_of_a_client_is_told_or_left_out_for_a_reason() -> None:
    for language in PAPER_LANGUAGES:
        file = PAPER_PHRASES / f"disclosure.{language}.toml"
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        phrases = data.get("checked", {}) | data.get("unchecked", {})
        for one in list_client_tables():
            assert f"table_{one.name}" in phrases, f"{language}: no section for {one.name}"
            for column in one.table.columns:
                if is_told(one.name, column.name):
                    assert phrase_of(column.name) in phrases, f"{language}: {column} has no label"


def test_what_is_left_out_still_exists() -> None:
    columns = {(one.name, column.name) for one in list_client_tables() for column in one.table.columns}
    assert {name for _, name in columns} >= set(OMITTED)
    assert {f"{table}.{name}" for table, name in columns} >= OMITTED_OF_OTHERS


def test_the_page_leads_to_paper_and_file(sign_in: SignIn, case: FullCase) -> None:
    page = sign_in("case_worker").get(f"/faelle/{case.client_id}/auskunft")
    check_page(page)
    assert "auskunft.pdf" in page.text
    assert "auskunft.json" in page.text
    assert 'value="uk" selected' in page.text
    assert MARKER not in page.text


@pytest.mark.parametrize("language", PAPER_LANGUAGES)
def test_the_paper_tells_everything_and_nobody_elses_name(
    app: Flask, sign_in: SignIn, case: FullCase, language: str
) -> None:
    answer = sign_in("case_worker").get(f"/faelle/{case.client_id}/auskunft.pdf?sprache={language}")
    assert answer.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
    assert "Quendelina Volltest" in text
    assert text.count(MARKER) > 8
    assert "Nora Notfall" not in text
    with _database(app).read() as session:
        for name in session.exec(select(User.name)).all():
            assert name not in text
        last = session.exec(
            select(AuditEntry.subject_id).where(AuditEntry.action == "client.disclose")
        ).all()
    assert last == [case.client_id]


def test_the_file_holds_each_row_with_what_is_sealed(sign_in: SignIn, case: FullCase) -> None:
    answer = sign_in("case_worker").get(f"/faelle/{case.client_id}/auskunft.json")
    found = json.loads(answer.text)
    assert set(found["tables"]) == {one.name for one in list_client_tables()}
    titles = {row["offer_id"] for row in found["tables"]["referral"]}
    assert len(titles) == 1
    assert None not in titles  # the sealed one is told, too
    assert found["tables"]["case_note"][0]["text"] == MARKER
    assert found["tables"]["client"][0]["case_worker_id"] == "case_worker"
    assert found["readings"][-1]["action"] == "client.disclose"
    assert "Nora Notfall" not in answer.text
    assert found["tables"]["handed_over_case"][0]["reason"] == "leave"
    assert found["tables"]["handed_over_case"][0]["common_note"] == MARKER


def test_nobody_elses_name_is_told_by_a_correction(app: Flask, sign_in: SignIn, case: FullCase) -> None:
    with _database(app).write() as session:
        users = {user.email: user.id for user in session.exec(select(User)).all()}
        worker = Actor(users[EMAIL_OF_ROLE["case_worker"]], "case_worker")
        person = PersonInput(name="Nora Neumann", relation="friend", phone="0711 555")
        change_person(session, worker, case.client_id, case.ids["person_id"], person)
        remove_person(session, worker, case.client_id, case.ids["person_id"])
    answer = sign_in("case_worker").get(f"/faelle/{case.client_id}/auskunft.json")
    told = [
        row for row in json.loads(answer.text)["tables"]["case_correction"] if row["field"] == "person"
    ]
    assert [row["values"]["before"]["relation"] for row in told] == ["friend", "friend"]
    for secret in ("Nora", "Neumann", "0711"):
        assert secret not in answer.text


def test_a_note_on_several_cases_is_not_told_to_one_client(
    app: Flask, sign_in: SignIn, case: FullCase
) -> None:
    with _database(app).write() as session:
        worker = session.exec(select(User.id).where(User.role == "case_worker")).first()
        other = session.exec(select(Client.id).where(Client.id != case.client_id)).first()
        assert worker
        assert other
        session.add(
            HandedOverCase(handover_id=case.ids["handover_id"], client_id=other, from_id=worker)
        )
    answer = sign_in("case_worker").get(f"/faelle/{case.client_id}/auskunft.json")
    assert "common_note" not in json.loads(answer.text)["tables"]["handed_over_case"][0]


def _close(app: Flask, case: FullCase) -> None:
    with _database(app).write() as session:
        client = session.get_one(Client, case.client_id)
        client.closed_on = date(2026, 11, 1)
        session.add(client)


def test_the_team_lead_deletes_a_closed_case_by_typing_the_name(
    app: Flask, sign_in: SignIn, case: FullCase
) -> None:
    browser, address = sign_in("team_lead"), f"/faelle/{case.client_id}/loeschen"
    page = browser.get(address)
    check_page(page)
    assert "noch offen" in page.text
    token = {"csrf_token": token_of(browser.get("/verzeichnis"))}
    assert browser.post(address, data=token | {"name": "Quendelina Volltest"}).status_code == 409
    _close(app, case)
    check_page(browser.get(address))
    wrong = browser.post(address, data=token | {"name": "Quendelina"})
    check_page(wrong)
    assert wrong.status_code == 422
    assert "nicht der Name" in wrong.text
    done = browser.post(address, data=token | {"name": " quendelina  Volltest"}, follow_redirects=True)
    assert "endgültig gelöscht" in done.text
    assert "Quendelina" not in done.text
    again = browser.post(address, data=token | {"name": "Quendelina Volltest"})
    assert again.status_code == 404
    with _database(app).read() as session:
        assert session.get(Client, case.client_id) is None
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "client.erase")).one()
        assert entry.actor_id is not None
        assert entry.subject_id == case.client_id


def test_a_case_worker_cannot_delete_a_case(app: Flask, sign_in: SignIn, case: FullCase) -> None:
    _close(app, case)
    browser = sign_in("case_worker")
    assert browser.get(f"/faelle/{case.client_id}/loeschen").status_code == 404
