"""The legal side of a case in the pages: status, papers, entitlements, appointments."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.audit.models import AuditEntry
from app.cases.counselling_models import Appointment
from app.cases.models import Client, Entitlement
from app.cases.status_models import CaseCorrection, Permit, ResidenceEntry
from app.settings import TIMEZONE
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, check_page, token_of

NOTE = "Nur mit Frau Beispiel sprechen"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


@pytest.fixture
def client_id(browser: FlaskClient) -> str:
    found = re.search(r'href="/faelle/([0-9a-f-]{36})"', browser.get("/faelle?q=amira").text)
    assert found
    return found.group(1)


def _send(browser: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    token = token_of(browser.get(path))
    answer = browser.post(path, data={"csrf_token": token, **form}, follow_redirects=True)
    return answer.status_code, answer.text


def _rows(app: Flask, model: type, client_id: str) -> list:  # type: ignore[type-arg]
    with app.extensions[EXTENSION].database.read() as session:
        return list(session.exec(select(model).where(model.client_id == client_id)).all())


def test_a_new_status_becomes_the_one_that_holds_and_the_old_one_stays(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    before = _rows(app, ResidenceEntry, client_id)
    status, text = _send(
        browser,
        f"/faelle/{client_id}/recht/status",
        status="settlement",
        valid_from="01.11.2026",
        expires_on="31.10.2029",
    )
    assert status == 200
    assert "Niederlassungserlaubnis" in text
    assert "31.10.2029" in text
    assert len(_rows(app, ResidenceEntry, client_id)) == len(before) + 1
    with app.extensions[EXTENSION].database.read() as session:
        client = session.get_one(Client, client_id)
        assert client.residence_status_expires_on == date(2029, 10, 31)
    assert any(row.field == "residence_status" for row in _rows(app, CaseCorrection, client_id))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"status": "", "expires_on": ""}, "Bitte wählen Sie"),
        ({"status": "24", "expires_on": "31.02.2027"}, "Diesen Tag gibt es nicht"),
        ({"status": "24", "valid_from": "01.01.2027", "expires_on": "01.01.2026"}, "endet"),
        ({"status": "24", "expires_on": "01.01.2099"}, "Jahr"),
    ],
    ids=["no-status", "no-day", "ends-before", "far-year"],
)
def test_a_status_that_cannot_be_is_refused_beside_the_field(
    browser: FlaskClient, client_id: str, form: dict[str, str], words: str
) -> None:
    status, text = _send(browser, f"/faelle/{client_id}/recht/status", **form)
    assert status == 422
    assert words in text


def test_a_paper_is_noted_corrected_and_taken_out_with_its_trace(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    before = len(_rows(app, Permit, client_id))
    path = f"/faelle/{client_id}/recht/papiere/neu"
    form = {"kind": "work", "expires_on": "20.12.2026", "creation_key": "one-key"}
    assert _send(browser, path, **form)[0] == 200
    _, text = _send(browser, path, **form)  # the double click
    permits = _rows(app, Permit, client_id)
    assert len(permits) == before + 1
    assert "Arbeitserlaubnis: bis 20.12.2026" in text
    permit = next(one for one in permits if one.creation_key == "one-key")
    path = f"/faelle/{client_id}/recht/papiere/{permit.id}"
    check_page(browser.get(path))
    assert "20.12.2027" in _send(browser, path, kind="work", expires_on="20.12.2027")[1]
    _send(browser, path, remove="1")
    assert len(_rows(app, Permit, client_id)) == before
    fields = {row.field for row in _rows(app, CaseCorrection, client_id)}
    assert "permit" in fields
    changes = browser.get(f"/faelle/{client_id}/aenderungen")
    check_page(changes)
    assert "Arbeitserlaubnis, gültig bis 20.12.2026" in changes.text


def test_several_entitlements_of_one_kind_are_kept(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    before = len(_rows(app, Entitlement, client_id))
    path = f"/faelle/{client_id}/recht/berechtigungen/neu"
    for issued in ("01.02.2025", "01.06.2026", "01.06.2026"):
        _send(browser, path, kind="obligation", issuer="Jobcenter", issued_on=issued)
    assert len(_rows(app, Entitlement, client_id)) == before + 2


def test_who_is_in_charge_is_kept_and_shown(browser: FlaskClient, client_id: str) -> None:
    token = token_of(browser.get(f"/faelle/{client_id}/recht"))
    answer = browser.post(
        f"/faelle/{client_id}/recht/zustaendig",
        data={"csrf_token": token, "office_contact": "  Frau Beispiel,\tZimmer 12 "},
        follow_redirects=True,
    )
    assert 'value="Frau Beispiel, Zimmer 12"' in answer.text
    check_page(answer)


def test_an_appointment_is_kept_in_german_time_and_its_note_opens_on_a_click_only(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    path = f"/faelle/{client_id}/termine/neu?art=foreigners_office"
    form = {
        "kind": "foreigners_office",
        "day": "29.03.2027",
        "clock": "9 Uhr",
        "place": "Zimmer 12",
        "note": NOTE,
    }
    status, text = _send(browser, path, **form)
    assert status == 200
    assert "29.03.27, 09:00" in text
    assert NOTE not in text
    (found,) = [one for one in _rows(app, Appointment, client_id) if one.place == "Zimmer 12"]
    assert found.starts_at == datetime(2027, 3, 29, 9, tzinfo=TIMEZONE)
    note = browser.get(f"/faelle/{client_id}/termine/{found.id}/notiz")
    assert NOTE in note.text
    with app.extensions[EXTENSION].database.read() as session:
        audit = session.exec(select(AuditEntry).where(col(AuditEntry.subject_id) == found.id)).all()
        assert "note.read" in {entry.action for entry in audit}
    feed = browser.get(f"/faelle/{client_id}/termine/{found.id}/kalender.ics")
    assert "DTSTART" in feed.text
    assert "Amira" not in feed.text
    assert NOTE not in feed.text


def test_an_appointment_without_day_or_time_is_refused_and_nothing_typed_is_lost(
    browser: FlaskClient, client_id: str
) -> None:
    status, text = _send(
        browser, f"/faelle/{client_id}/termine/neu", kind="school", clock="25:00", place="Aula"
    )
    assert status == 422
    assert 'value="Aula"' in text
    assert text.count("kern-error") >= 2


def test_what_came_of_an_appointment_is_said_once_and_can_be_taken_back(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    form = {"kind": "school", "day": "20.11.2026", "clock": "10:00", "place": "Schule am Park"}
    _send(browser, f"/faelle/{client_id}/termine/neu", **form)
    (found,) = [one for one in _rows(app, Appointment, client_id) if one.place == "Schule am Park"]
    token = token_of(browser.get(f"/faelle/{client_id}/recht"))
    path = f"/faelle/{client_id}/termine/{found.id}/stand"
    for state in ("missed", "missed", "planned", "nonsense"):
        answer = browser.post(path, data={"csrf_token": token, "state": state}, follow_redirects=True)
        assert answer.status_code == 200
    (found,) = [one for one in _rows(app, Appointment, client_id) if one.place == "Schule am Park"]
    assert found.state == "planned"
