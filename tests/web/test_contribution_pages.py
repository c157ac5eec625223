"""A client would like to help others: registered from the case, and nobody can tell afterwards."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import SQLModel, select
from werkzeug.test import TestResponse

from app.cases.contribution_models import ClientContribution
from app.cases.models import CaseEvent, Client
from app.cases.privacy_models import Consent
from app.mail.models import OutboxMail
from app.operations.contributing import parts_within
from app.volunteers.models import Registration
from app.volunteers.registering import confirm, read_answers
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of
from tests.web.test_suggestion_pages import runtime_of


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


@pytest.fixture
def client_id(app: Flask, browser: FlaskClient) -> str:
    """A client of the case worker of whom enough is known."""
    listed = browser.get("/faelle").text
    found = next(iter(re.findall(r"/faelle/([0-9a-f-]{36})", listed)))
    with runtime_of(app).database.write() as session:
        client = session.get_one(Client, found)
        client.given_name, client.family_name = "Quendelina", "Zaunkönig"
        client.birth_date = TODAY.replace(year=1990)
        client.languages, client.plz = ["ar", "wo"], "73728"
        client.email, client.closed_on = "quendelina@zaun.example", None
        client.available = [{"weekday": 2, "from": "16:00", "to": "20:00"}]
    return found


def told(page: TestResponse, **changes: object) -> dict[str, object]:
    """What the form sends as it was opened, with ``changes``."""
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', page.text)
    assert key is not None
    fields: dict[str, object] = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)[1]  # type: ignore[index]
        for name in ("first_name", "last_name", "email", "plz", "more_languages")
    }
    for name in ("languages", "times"):
        fields[name] = re.findall(
            rf'<input[^>]*\bchecked[^>]*name="{name}"[^>]*value="([^"]+)"', page.text
        )
    fields |= {"help_kinds": ["language_tandem"], "has_read_privacy": "y", "creation_key": key[1]}
    fields |= {"given_by": "client", "way": "spoken", "csrf_token": token_of(page)}
    return fields | changes


def registrations(app: Flask) -> list[Registration]:
    with runtime_of(app).database.read() as session:
        rows = session.exec(select(Registration)).all()
        return [one for one in rows if one.email == "quendelina@zaun.example"]


def test_the_form_knows_what_the_case_knows(browser: FlaskClient, client_id: str) -> None:
    page = browser.get(f"/faelle/{client_id}/mithelfen")
    check_page(page)
    values = told(page)
    assert values["first_name"] == "Quendelina"
    assert values["languages"] == ["ar"]
    assert values["more_languages"] == "Wolof"
    assert values["times"] == ["2-evening"]


def test_it_is_registered_once_with_a_consent_and_a_mail_to_the_client(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    address = f"/faelle/{client_id}/mithelfen"
    form = told(browser.get(address))
    for _time in range(2):
        assert browser.post(address, data=form).status_code == 303
    [one] = registrations(app)
    assert one.state == "unconfirmed"
    assert read_answers(one).languages == ("ar", "wo")  # type: ignore[union-attr]
    with runtime_of(app).database.read() as session:
        consents = session.exec(select(Consent).where(Consent.client_id == client_id)).all()
        [consent] = [row for row in consents if row.purpose == "volunteer"]
        assert set(consent.data) == {"name", "email", "phone", "languages"}
        mails = session.exec(select(OutboxMail).where(OutboxMail.recipient == one.email)).all()
        assert len(mails) == 1
    page = browser.get(address)
    check_page(page)
    assert "Adresse bestätigen" in page.text
    assert "creation_key" not in page.text
    with runtime_of(app).database.write() as session:
        confirm(session, one.id)
    assert "Redaktion sieht es sich an" in browser.get(address).text
    assert "angemeldet am" in browser.get(f"/faelle/{client_id}").text


def test_what_is_kept_of_the_volunteer_leads_nowhere_to_the_case(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    address = f"/faelle/{client_id}/mithelfen"
    browser.post(address, data=told(browser.get(address)))
    [one] = registrations(app)
    of_cases = {client_id}
    with runtime_of(app).database.read() as session:
        of_cases |= {row.id for row in session.exec(select(Consent)).all()}
        of_cases |= {row.id for row in session.exec(select(CaseEvent)).all()}
        of_cases |= {row.creation_key for row in session.exec(select(ClientContribution)).all()}
        connection = session.connection()
        tables = SQLModel.metadata.tables
        for name in ("registration", "registration_message", "outbox_mail", "signed_link"):
            for row in connection.execute(tables[name].select()).all():
                assert not [value for value in of_cases if value in str(row)], name
        # and the other way round, for whoever holds the database without the key
        for name in tables.keys() - {"registration", "audit_entry", "signed_link", "outbox_mail"}:
            for raw in connection.exec_driver_sql(f'SELECT * FROM "{name}"').all():  # noqa: S608
                assert one.id not in str(raw), name


def test_an_editor_sees_a_registration_like_any_other(
    app: Flask, browser: FlaskClient, client_id: str, sign_in: SignIn
) -> None:
    address = f"/faelle/{client_id}/mithelfen"
    browser.post(address, data=told(browser.get(address)))
    [one] = registrations(app)
    with runtime_of(app).database.write() as session:
        confirm(session, one.id)
    page = sign_in("directory_editor").get(f"/pflege/anmeldungen/{one.id}").text
    assert "Zaunkönig" in page
    assert client_id not in page
    for word in ("Klient", "Fall ", "Fälle"):
        assert word not in page


def test_a_second_registration_is_refused_until_the_first_came_to_nothing(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    address = f"/faelle/{client_id}/mithelfen"
    form = told(browser.get(address))
    browser.post(address, data=form)
    browser.post(address, data=form | {"creation_key": "another"})
    [one] = registrations(app)
    with runtime_of(app).database.write() as session:
        session.delete(session.get_one(Registration, one.id))
    assert "seit einiger Zeit" in browser.get(address).text
    browser.post(address, data=form | {"creation_key": "a-third"})
    assert len(registrations(app)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "keine Adresse"}, "keine E-Mail-Adresse"),
        ({"help_kinds": []}, "Bitte wählen Sie etwas aus"),
        ({"has_read_privacy": ""}, "Ohne Einverständnis"),
        ({"given_by": "guardian"}, "Wer volljährig ist"),
        ({"given_by": "somebody"}, "angebotenen Werte"),
    ],
    ids=["address", "help", "consent", "giver", "forged"],
)
def test_what_is_missing_is_said_and_nothing_is_registered(
    app: Flask, browser: FlaskClient, client_id: str, changes: dict[str, object], words: str
) -> None:
    address = f"/faelle/{client_id}/mithelfen"
    answer = browser.post(address, data=told(browser.get(address), **changes))
    assert answer.status_code == 422
    check_page(answer)
    assert words in answer.text
    assert registrations(app) == []


def test_the_case_forgets_it_and_the_entry_stays(
    app: Flask, browser: FlaskClient, client_id: str
) -> None:
    address = f"/faelle/{client_id}/mithelfen"
    browser.post(address, data=told(browser.get(address)))
    token = {"csrf_token": token_of(browser.get(address))}
    assert browser.post(f"{address}/vergessen", data=token).status_code == 303
    assert len(registrations(app)) == 1
    with runtime_of(app).database.read() as session:
        assert session.get(ClientContribution, client_id) is None


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        ([], []),
        ([{"weekday": 1, "from": "09:00", "to": "12:00"}], [(1, "morning")]),
        ([{"weekday": 1, "from": "10:30", "to": "12:00"}], []),
        (
            [{"weekday": 7, "from": "00:00", "to": "24:00"}],
            [(7, "morning"), (7, "afternoon"), (7, "evening")],
        ),
    ],
    ids=["none", "whole_part", "too_short", "all_day"],
)
def test_times_become_the_parts_of_the_day_that_are_long_enough(
    available: list[dict[str, object]], expected: list[tuple[int, str]]
) -> None:
    assert parts_within(available) == expected
