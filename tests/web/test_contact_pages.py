"""Talks, notes, the timeline and self-assessments as pages."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import SQLModel, select

from app.audit.models import AuditEntry
from app.cases.counselling_models import CaseNote, ContactEntry, SelfAssessment
from app.cases.models import Client
from app.core.db import Database
from app.core.ids import new_id
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, check_page, token_of

MARKER = "Zitronenfalter"


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions[EXTENSION].database
    return found


@pytest.fixture
def amira(database: Database) -> str:
    """The id of Amira's case."""
    with database.read() as session:
        return session.exec(select(Client.id).where(Client.given_name == "Amira")).one()


def _all(database: Database, table: type[SQLModel], client_id: str) -> list[SQLModel]:
    with database.read() as session:
        return list(session.exec(select(table).where(table.client_id == client_id)).all())  # type: ignore[attr-defined]


def _new(browser: FlaskClient, amira: str) -> dict[str, str]:
    """The fields of the form as it comes."""
    page = browser.get(f"/faelle/{amira}/kontakte/neu")
    check_page(page)
    fields = re.findall(r'name="(contact-[a-z_]+)"[^>]*value="([^"]*)"', page.text)
    told = {name: value for name, value in fields if name.split("-")[1] in
            {"creation_key", "day", "clock"}}  # fmt: skip
    return {
        **told,
        "csrf_token": token_of(page),
        "contact-channel": "phone",
        "contact-was_reached": "yes",
    }


def test_a_contact_as_it_comes_is_recorded_and_stands_on_top(
    database: Database, sign_in: SignIn, amira: str
) -> None:
    browser = sign_in("case_worker")
    before = len(_all(database, ContactEntry, amira))
    form = _new(browser, amira) | {
        "contact-topics": "work", "contact-minutes": "30", "contact-note": MARKER,
    }  # fmt: skip
    for _ in range(2):  # a double click
        answer = browser.post(f"/faelle/{amira}/kontakte/neu", data=form)
        assert answer.headers["Location"].endswith(f"/faelle/{amira}/verlauf")
    assert len(_all(database, ContactEntry, amira)) == before + 1
    page = browser.get(f"/faelle/{amira}/verlauf")
    check_page(page)
    assert "Telefonat, 30 Min." in page.text
    assert MARKER not in page.text


def test_the_line_on_the_overview_leads_back_to_it(sign_in: SignIn, amira: str) -> None:
    browser = sign_in("case_worker")
    form = _new(browser, amira) | {"contact-back": "fall", "contact-was_reached": "no"}
    answer = browser.post(f"/faelle/{amira}/kontakte/neu", data=form)
    assert answer.headers["Location"].endswith(f"/faelle/{amira}")
    assert "Nicht erreicht: Telefonat" in browser.get(f"/faelle/{amira}/verlauf").text


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("day", "24.11.2026"),
        ("day", "31.02.2026"),
        ("day", "x" * 5000),
        ("clock", "25:00"),
        ("clock", "\u0661\u0662:\u0663\u0660"),
        ("channel", "pigeon"),
        ("topics", "weather"),
        ("other_minutes", "-15"),
        ("other_minutes", "٣٠"),
        ("other_minutes", "9999"),
        ("interpreting", "robot"),
        ("note", "x" * 2001),
    ],
    ids=["tomorrow", "no day", "long day", "no hour", "other digits", "channel", "topic", "negative",
         "arabic", "too many", "interpreter", "long note"],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_nothing_typed_is_lost(
    database: Database, sign_in: SignIn, amira: str, field: str, typed: str
) -> None:
    browser = sign_in("case_worker")
    before = len(_all(database, ContactEntry, amira))
    form = _new(browser, amira) | {"contact-note": MARKER, f"contact-{field}": typed}
    answer = browser.post(f"/faelle/{amira}/kontakte/neu", data=form)
    assert answer.status_code == 422
    check_page(answer)
    assert "Bitte prüfen Sie" in answer.text
    assert (MARKER if field != "note" else typed) in answer.text
    assert len(_all(database, ContactEntry, amira)) == before


def test_a_topic_can_be_preset(sign_in: SignIn, amira: str) -> None:
    browser = sign_in("case_worker")
    page = browser.get(f"/faelle/{amira}/kontakte/neu?thema=housing")
    assert re.search(r'value="housing"[^>]*checked|checked[^>]*value="housing"', page.text)
    assert browser.get(f"/faelle/{amira}/kontakte/neu?thema=%00<script>").status_code == 200


def test_a_contact_is_corrected_and_deleted(database: Database, sign_in: SignIn, amira: str) -> None:
    browser = sign_in("case_worker")
    form = _new(browser, amira)
    browser.post(f"/faelle/{amira}/kontakte/neu", data=form)
    with database.read() as session:
        entry = session.exec(
            select(ContactEntry).where(ContactEntry.creation_key == form["contact-creation_key"])
        ).one()
    address = f"/faelle/{amira}/kontakte/{entry.id}"
    page = browser.get(address)
    check_page(page)
    as_read = re.search(r'name="contact-as_read"[^>]*value="([^"]*)"', page.text)
    assert as_read
    changed = form | {"contact-as_read": html.unescape(as_read[1]), "contact-other_minutes": "25"}
    assert browser.post(address, data=changed).status_code == 303
    late = browser.post(address, data=changed | {"contact-other_minutes": "26", "contact-note": MARKER})
    assert late.status_code == 409
    assert MARKER in late.text
    assert browser.post(f"{address}/loeschen", data=changed).status_code == 303
    assert entry.id not in {row.id for row in _all(database, ContactEntry, amira)}  # type: ignore[attr-defined]
    assert browser.get(address).status_code == 404


def test_a_note_opens_on_a_click_only_and_each_reading_is_noted(
    database: Database, sign_in: SignIn, amira: str
) -> None:
    browser = sign_in("case_worker")
    page = browser.get(f"/faelle/{amira}/notizen")
    check_page(page)
    key = new_id()
    form = {
        "csrf_token": token_of(page),
        "kind": "health",
        "text": f"<b>{MARKER}</b>",
        "creation_key": key,
    }
    for _ in range(2):
        assert browser.post(f"/faelle/{amira}/notizen", data=form).status_code == 303
    with database.read() as session:
        note = session.exec(select(CaseNote).where(CaseNote.creation_key == key)).one()
    address = f"/faelle/{amira}/notizen/{note.id}"
    for path in ("", "/verlauf", "/notizen"):
        shown = browser.get(f"/faelle/{amira}{path}")
        check_page(shown)
        assert MARKER not in shown.text
    assert address in browser.get(f"/faelle/{amira}/notizen").text
    assert _readings(database, note.id) == 0
    whole, part = browser.get(address), browser.get(address, headers={"HX-Request": "true"})
    check_page(whole)
    assert f"&lt;b&gt;{MARKER}&lt;/b&gt;" in whole.text
    assert f"&lt;b&gt;{MARKER}&lt;/b&gt;" in part.text
    assert "<html" not in part.text
    assert _readings(database, note.id) == 2
    edit = browser.get(f"{address}/bearbeiten")
    check_page(edit)
    assert _readings(database, note.id) == 3
    stale = browser.post(
        f"{address}/bearbeiten", data=form | {"as_read": "gestern", "text": "neuer Text"}
    )
    assert stale.status_code == 409
    assert "neuer Text" in stale.text
    assert browser.post(f"{address}/loeschen", data=form).status_code == 303
    assert browser.get(address).status_code == 404


def _readings(database: Database, subject_id: str) -> int:
    with database.read() as session:
        entries = session.exec(
            select(AuditEntry).where(
                AuditEntry.action == "note.read", AuditEntry.subject_id == subject_id
            )
        ).all()
    return len(entries)


def test_an_empty_note_is_not_saved(database: Database, sign_in: SignIn, amira: str) -> None:
    browser = sign_in("case_worker")
    before = len(_all(database, CaseNote, amira))
    token = token_of(browser.get(f"/faelle/{amira}/notizen"))
    answer = browser.post(f"/faelle/{amira}/notizen", data={"csrf_token": token, "text": " \r\n"})
    assert answer.status_code == 422
    check_page(answer)
    assert len(_all(database, CaseNote, amira)) == before


@pytest.mark.parametrize(
    "query",
    [
        "art=contact",
        "art=note&thema=health",
        "art=nothing&thema=weather&person=nobody&von=gestern&bis=31.02.2026&seite=-1",
        "von=23.11.2026&bis=01.01.2020",
        "bis=31.12.9999",
        "seite=99999999999999999999",
        "person=%00&thema=%27%20OR%201=1",
    ],
)
def test_the_timeline_answers_whatever_is_asked(sign_in: SignIn, amira: str, query: str) -> None:
    answer = sign_in("case_worker").get(f"/faelle/{amira}/verlauf?{query}")
    assert answer.status_code == 200
    check_page(answer)


def test_a_day_of_the_filter_that_is_none_is_said_and_kept(sign_in: SignIn, amira: str) -> None:
    answer = sign_in("case_worker").get(f"/faelle/{amira}/verlauf?von=31.02.2026&bis=23.11.2026")
    check_page(answer)
    assert 'value="31.02.2026" aria-invalid="true" aria-describedby="von-error"' in answer.text
    assert 'id="bis-error"' not in answer.text


def test_a_case_of_somebody_else_has_no_pages_here(sign_in: SignIn, amira: str) -> None:
    stranger = sign_in("jonas.falk@lotsenbuch.example")
    for path in ("verlauf", "notizen", "kontakte/neu", "selbsteinschaetzung"):
        assert stranger.get(f"/faelle/{amira}/{path}").status_code == 404


# Self-assessment


def _start(browser: FlaskClient, amira: str, where: str = "hier") -> str:
    page = browser.get(f"/faelle/{amira}/selbsteinschaetzung")
    check_page(page)
    answer = browser.post(
        f"/faelle/{amira}/selbsteinschaetzung/beginnen",
        data={"csrf_token": token_of(page), "wo": where, "sprache": "ar"},
    )
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_the_client_answers_without_account_cookie_or_name(
    app: Flask, database: Database, sign_in: SignIn, amira: str
) -> None:
    before = len(_all(database, SelfAssessment, amira))
    address = _start(sign_in("case_worker"), amira)
    phone = app.test_client()
    page = phone.get(address)
    assert page.status_code == 200
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "Amira" not in page.text
    assert "Set-Cookie" not in page.headers
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert len(_all(database, SelfAssessment, amira)) == before
    nothing = phone.post(address, data={})
    assert nothing.status_code == 422
    for step in ("2", "5"):
        assert phone.post(address, data={"health": step, "work": "", "alone": "9"}).status_code == 303
    assert "شكرًا" in phone.get(address).text
    stored = max(_all(database, SelfAssessment, amira), key=lambda row: row.created_at)  # type: ignore[attr-defined]
    assert len(_all(database, SelfAssessment, amira)) == before + 1
    assert stored.answers["health"] == 2  # type: ignore[attr-defined]
    assert stored.answers["alone"] is None  # type: ignore[attr-defined]
    browser = sign_in("case_worker")
    for path in ("selbsteinschaetzung", "verlauf"):
        assert "schlecht" not in browser.get(f"/faelle/{amira}/{path}").text
    opened = browser.get(f"/faelle/{amira}/selbsteinschaetzung/{stored.id}")  # type: ignore[attr-defined]
    check_page(opened)
    assert "schlecht" in opened.text


@pytest.mark.parametrize("token", ["x", "a.b", "%00", "%C3%A4", "x" * 3000])
def test_a_link_that_is_none_says_so_in_the_language_asked_for(app: Flask, token: str) -> None:
    stranger = app.test_client()
    answer = stranger.get(f"/selbsteinschaetzung/{token}?sprache=uk")
    assert answer.status_code == 404
    assert 'lang="uk"' in answer.text
    assert stranger.post(f"/selbsteinschaetzung/{token}", data={"health": "1"}).status_code == 404


def test_who_tries_links_is_slowed_down(app: Flask) -> None:
    stranger = app.test_client()
    answers = [stranger.get(f"/selbsteinschaetzung/{n}?sprache=uk") for n in range(25)]
    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    assert "Зачекайте" in answers[-1].text


def test_the_paper_is_printed_and_typed_in(database: Database, sign_in: SignIn, amira: str) -> None:
    browser = sign_in("case_worker")
    paper = browser.get(f"/faelle/{amira}/selbsteinschaetzung.pdf?sprache=ar")
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF")
    page = browser.get(f"/faelle/{amira}/selbsteinschaetzung/eintragen")
    check_page(page)
    before = len(_all(database, SelfAssessment, amira))
    form = {"csrf_token": token_of(page), "creation_key": new_id(), "taken_on": "20.11.2026",
            "language": "ar", "q_health": "4", "q_alone": ""}  # fmt: skip
    address = f"/faelle/{amira}/selbsteinschaetzung/eintragen"
    for _ in range(2):
        assert browser.post(address, data=form).status_code == 303
    assert len(_all(database, SelfAssessment, amira)) == before + 1
    for wrong in ({"q_health": ""}, {"taken_on": "24.11.2026"}, {"taken_on": "x"}, {"language": "tlh"}):
        refused = browser.post(address, data=form | {"creation_key": new_id()} | wrong)
        assert refused.status_code == 422
        check_page(refused)


def test_what_a_note_said_before_is_opened_on_its_own(
    database: Database, sign_in: SignIn, amira: str
) -> None:
    browser = sign_in("case_worker")
    page = browser.get(f"/faelle/{amira}/notizen")
    form = {"csrf_token": token_of(page), "kind": "general", "creation_key": new_id()}
    browser.post(f"/faelle/{amira}/notizen", data=form | {"text": f"{MARKER} zuerst"})
    with database.read() as session:
        note = session.exec(select(CaseNote).where(CaseNote.creation_key == form["creation_key"])).one()
    address = f"/faelle/{amira}/notizen/{note.id}"
    as_read = re.search(
        r'name="as_read"[^>]*value="([^"]*)"', browser.get(f"{address}/bearbeiten").text
    )
    assert as_read
    changed = form | {"text": "und dann", "as_read": html.unescape(as_read[1])}
    assert browser.post(f"{address}/bearbeiten", data=changed).status_code == 303
    opened = browser.get(address)
    check_page(opened)
    assert MARKER not in opened.text
    link = re.search(rf"/faelle/{amira}/aenderungen/[0-9a-f-]+", opened.text)
    assert link
    earlier = browser.get(link[0])
    check_page(earlier)
    assert f"{MARKER} zuerst" in earlier.text
    assert "Allgemeine Notiz" in earlier.text
    assert sign_in("jonas.falk@lotsenbuch.example").get(link[0]).status_code == 404
