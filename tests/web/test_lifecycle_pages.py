"""The state of a case and help in a crisis, in the pages."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from app.audit.models import AuditEntry
from app.cases.models import Client, Goal
from app.cases.status_models import CaseClosing, RelatedPerson, Takeover
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of

SECRET = "nur für uns gesagt"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


@pytest.fixture
def client_id(app: Flask, browser: FlaskClient) -> str:
    found = re.search(r'href="/faelle/([0-9a-f-]{36})"', browser.get("/faelle?q=amira").text)
    assert found
    with app.extensions[EXTENSION].database.write() as session:
        for model in (RelatedPerson, Takeover, CaseClosing):
            for row in session.exec(select(model).where(model.client_id == found.group(1))).all():
                session.delete(row)
        session.get_one(Client, found.group(1)).closed_on = None
    return found.group(1)


def _send(browser: FlaskClient, path: str, **form: object) -> tuple[int, str]:
    page = browser.get(path)
    check_page(page)
    answer = browser.post(path, data={"csrf_token": token_of(page), **form}, follow_redirects=True)
    return answer.status_code, answer.text


def _state(client_id: str, rest: str = "") -> str:
    return f"/faelle/{client_id}/fallstand{rest}"


def _client(app: Flask, client_id: str) -> Client:
    with app.extensions[EXTENSION].database.read() as session:
        client: Client = session.get_one(Client, client_id)
        return client


def test_a_takeover_is_shown_without_its_note_which_opens_on_a_click(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    status, text = _send(
        browser,
        _state(client_id, "/uebernahme"),
        from_whom="Soziale Beratung Haus Linde",
        taken_over_on="01.11.2026",
        released_on="02.11.2026",
        released=["name", "plan"],
        note=SECRET,
    )
    assert status == 200
    assert "Soziale Beratung Haus Linde" in text
    assert SECRET not in text
    address = re.search(r'href="(/faelle/[^"]+/uebernahme/[^"]+/notiz)"', text)
    assert address
    opened = browser.get(address.group(1))
    check_page(opened)
    assert SECRET in opened.text
    part = browser.get(address.group(1), headers={"HX-Request": "true"})
    assert SECRET in part.text
    assert "<html" not in part.text
    with app.extensions[EXTENSION].database.read() as session:
        read = select(AuditEntry).where(
            AuditEntry.action == "note.read", AuditEntry.subject_type == "takeover"
        )
        assert len(session.exec(read).all()) == 2


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/uebernahme", {"taken_over_on": "31.02.2026", "from_whom": "X", "note": SECRET}),
        ("/uebernahme", {"taken_over_on": "01.11.2026", "note": SECRET}),
        ("/uebernahme", {"taken_over_on": "01.11.2026", "provider_id": "nowhere", "note": SECRET}),
        ("/einverstaendnis", {"agreed_on": "01.11.2026"}),
        ("/einverstaendnis", {"agreed_on": "01.11.2026", "agreed_by": "neighbour"}),
        ("/dauer", {"counselling_started_on": "1.1.2030", "extension_note": SECRET}),
        ("/dauer", {"extension_reason": "bored", "extension_note": SECRET}),
        ("/abschluss", {"closed_on": "1.1.2030", "reason": "moved", "note": SECRET}),
        ("/abschluss", {"closed_on": "01.11.2026", "reason": "", "note": SECRET}),
        ("/abschluss", {"closed_on": "01.11.2026", "reason": "moved", "provider_id": "x"}),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_typed_is_lost(
    app: Flask, browser: FlaskClient, client_id: str, path: str, form: dict[str, str]
) -> None:
    before = _client(app, client_id)
    status, text = _send(browser, _state(client_id, path), **form)
    assert status == 422
    assert 'id="fehler"' in text
    assert SECRET in text or SECRET not in form.values()
    after = _client(app, client_id)
    assert (after.closed_on, after.version) == (None, before.version)


def test_a_minor_needs_a_guardian_who_may_consent(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    with app.extensions[EXTENSION].database.write() as session:
        session.get_one(Client, client_id).birth_date = TODAY - timedelta(days=365 * 15)
    path = _state(client_id, "/einverstaendnis")
    signed = {"informed_on": "20.11.2026", "informed_language": "uk", "agreed_on": "20.11.2026"}
    status, text = _send(browser, path, **signed, agreed_by="client")
    assert status == 422
    assert "sorgeberechtigte" in text
    assert _send(browser, path, **signed, agreed_by="guardian")[0] == 422
    people = f"/faelle/{client_id}/notfall/personen/neu?rolle=sorge"
    assert _send(browser, people, name="Mutter M.", relation="mother", may_consent="y")[0] == 200
    assert _send(browser, path, **signed, agreed_by="guardian")[0] == 200
    assert _client(app, client_id).agreed_on == date(2026, 11, 20)
    assert "Mutter M." in browser.get(_state(client_id)).text


def test_the_timeline_tells_that_another_day_of_the_beginning_was_noted(
    browser: FlaskClient, client_id: str
) -> None:
    began = (TODAY - timedelta(days=400)).strftime("%d.%m.%Y")
    notes = {"extension_reason": "other", "extension_note": "Näheres"}
    for form in ({}, notes, notes | {"extension_note": "Anderes"}):
        assert (
            _send(browser, _state(client_id, "/dauer"), counselling_started_on=began, **form)[0] == 200
        )

    for path in (f"/faelle/{client_id}", f"/faelle/{client_id}/verlauf"):
        told = browser.get(path).text
        assert "Geändert: Beraten seit" in told
        assert "in Worten" in told


def test_closing_names_what_is_open_and_hides_every_form_until_it_is_opened_again(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    with app.extensions[EXTENSION].database.write() as session:
        session.add(Goal(client_id=client_id, area="work", title="Arbeit finden"))
    closing = _state(client_id, "/abschluss")
    assert "Ziel" in browser.get(closing).text
    form = {"closed_on": "23.11.2026", "reason": "moved", "outcomes": ["b1", "job"], "note": SECRET}
    status, text = _send(browser, closing, **form, service_words="Jugendmigrationsdienst")
    assert status == 200
    check_page(browser.get(_state(client_id)))
    assert "Jugendmigrationsdienst" in text
    assert SECRET not in text
    assert _client(app, client_id).closed_on == TODAY
    for path in ("", "/recht", "/notizen", "/plan", "/verlauf", "/einwilligungen", "/angaben"):
        page = browser.get(f"/faelle/{client_id}{path}")
        assert page.status_code in {200, 404}, path
    token = token_of(browser.get(_state(client_id, "/wieder-oeffnen")))
    refused = browser.post(
        _state(client_id, "/einverstaendnis"),
        data={"csrf_token": token, "informed_on": "20.11.2026"},
    )
    check_page(refused)
    assert refused.status_code == 409
    assert "Dieser Fall ist geschlossen" in refused.text
    twice = browser.post(closing, data={"csrf_token": token, **form}, follow_redirects=True)
    assert twice.status_code == 200
    assert _send(browser, _state(client_id, "/wieder-oeffnen"), reason="")[0] == 422
    status, text = _send(browser, _state(client_id, "/wieder-oeffnen"), reason="came_back")
    assert status == 200
    assert _client(app, client_id).closed_on is None
    with app.extensions[EXTENSION].database.read() as session:
        rows = session.exec(select(CaseClosing).where(CaseClosing.client_id == client_id)).all()
    assert [(row.closed_on, row.reopened_on) for row in rows] == [(TODAY, TODAY)]
    assert _send(browser, closing, **form)[0] == 200
    assert browser.get(_state(client_id)).text.count("23.11.2026") >= 2


def test_help_in_a_crisis_is_one_click_away_and_all_numbers_can_be_dialled(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    new = f"/faelle/{client_id}/notfall/personen/neu"
    told = {"name": "Nora Notfall", "relation": "friend", "phone": "0711 123456"}
    status, _text = _send(browser, new, **told, languages="Ukrainisch, Deutsch")
    assert status == 200
    for path in ("", "/recht", "/notizen", "/fallstand", "/verlauf"):
        assert f'href="/faelle/{client_id}/notfall"' in browser.get(f"/faelle/{client_id}{path}").text
    page = browser.get(f"/faelle/{client_id}/notfall")
    check_page(page)
    for number in (
        "tel:112",
        "tel:110",
        "tel:116117",
        "tel:116016",
        "tel:08001110111",
        "tel:0711123456",
    ):
        assert f'href="{number}"' in page.text
    assert "Ukrainisch" in page.text
    address = re.search(r'href="(/faelle/[^"]+/personen/[0-9a-f-]{36})"', page.text)
    assert address
    status, _text = _send(browser, address.group(1), name="Nora Neu", phone="anrufen!")
    assert status == 422
    assert _send(browser, address.group(1), name="Nora Neu", relation="friend")[0] == 200
    assert _send(browser, address.group(1), remove="1")[0] == 200
    with app.extensions[EXTENSION].database.read() as session:
        assert (
            session.exec(select(RelatedPerson).where(RelatedPerson.client_id == client_id)).all() == []
        )
        seen = select(AuditEntry).where(AuditEntry.action == "client.read_crisis")
        assert session.exec(seen).first() is not None


@pytest.mark.parametrize("language", ["de", "uk", "ar", "xx", ""])
def test_the_information_is_a_pdf_whose_name_tells_nothing(
    browser: FlaskClient, client_id: str, language: str
) -> None:
    answer = browser.get(_state(client_id, f"/information.pdf?sprache={language}"))
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"] == 'inline; filename="information.pdf"'
    assert "no-store" in answer.headers.get("Cache-Control", "")


def test_the_page_of_the_state_links_to_the_paper(browser: FlaskClient, client_id: str) -> None:
    page = browser.get(_state(client_id))
    check_page(page)
    assert _state(client_id, "/information.pdf") in page.text
