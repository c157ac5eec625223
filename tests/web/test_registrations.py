"""Registering on public pages, and the editors' queue."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from app.core.clock import utc_now
from app.core.secrets import session_secret
from app.factory import create_app
from app.links.service import create_link
from app.mail.models import OutboxMail
from app.operations.registrations import CONFIRM_PURPOSE, REPLY_PURPOSE
from app.operations.runtime import Runtime
from app.volunteers.models import Registration
from app.web.form_keys import QUICKEST_SECONDS, new_form_key
from app.web.runtime import EXTENSION
from app.web.views.joining import REGISTRATION_SECONDS, REGISTRATIONS
from tests.registrations import ORGANISATION, VOLUNTEER
from tests.web.conftest import SignIn, check_page, token_of

HERE = {"REMOTE_ADDR": "203.0.113.7"}
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.9"}


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def instance(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


def typed(runtime: Runtime, **changes: Any) -> dict[str, Any]:
    opened = new_form_key(session_secret(runtime.settings))
    return VOLUNTEER | {"has_read_privacy": "y", "opened": opened, "homepage": ""} | changes


def typed_organisation(runtime: Runtime, **changes: Any) -> dict[str, Any]:
    told = {name: value for name, value in ORGANISATION.items() if name != "offers"}
    offer = {"offers-0-title": "Rollschuh für alle", "offers-0-kind": "club"}
    opened = new_form_key(session_secret(runtime.settings))
    return told | offer | {"has_read_privacy": "y", "opened": opened} | changes


def rows(runtime: Runtime) -> list[Registration]:
    """Those of the test; the demo has some of its own."""
    with runtime.database.read() as session:
        found = session.exec(select(Registration)).all()
    return [row for row in found if not row.email.endswith("@demo.example")]


def link_in_mail(runtime: Runtime, purpose: str) -> str:
    with runtime.database.read() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.purpose == purpose)).one()
    found = re.search(r"/mitmachen/\S+", mail.text_body)
    assert found
    return found.group()


def register(stranger: FlaskClient, runtime: Runtime, **changes: Any) -> TestResponse:
    return stranger.post("/mitmachen/ehrenamt", data=typed(runtime, **changes), environ_base=HERE)


def test_the_public_pages_are_whole_and_set_no_cookie(stranger: FlaskClient) -> None:
    for address in (
        "/mitmachen",
        "/mitmachen/ehrenamt",
        "/mitmachen/organisation",
        "/mitmachen/fast-fertig",
        "/mitmachen/geloescht",
    ):
        answer = stranger.get(address)
        assert answer.status_code == 200
        check_page(answer)
        assert "Set-Cookie" not in answer.headers


def test_a_volunteer_registers_confirms_and_stands_in_the_queue(
    stranger: FlaskClient, instance: Runtime, sign_in: SignIn
) -> None:
    answer = register(stranger, instance, description="Ich lese gern vor")
    assert answer.headers["Location"] == "/mitmachen/fast-fertig"
    link = link_in_mail(instance, "registration_confirm")
    for _look in range(3):  # as programs that read mails do: nothing happens
        check_page(stranger.get(link))
        assert [row.state for row in rows(instance)] == ["unconfirmed"]
    assert stranger.post(link).status_code == 303
    assert "Vielen Dank" in stranger.get(link).text or "Danke" in stranger.get(link).text
    assert [row.state for row in rows(instance)] == ["waiting"]
    assert stranger.post(link).status_code == 303  # used again: it says so, and nothing changes
    editor = sign_in("directory_editor")
    queue = editor.get("/pflege/anmeldungen")
    check_page(queue)
    assert "Wilma Zaunkönig" in queue.text
    page = editor.get(f"/pflege/anmeldungen/{rows(instance)[0].id}")
    check_page(page)
    assert "Ich lese gern vor" in page.text


def test_nothing_told_is_public_before_an_editor_accepts(
    stranger: FlaskClient, instance: Runtime, sign_in: SignIn
) -> None:
    register(stranger, instance, shows_first_name="y", first_name="Quirinia")
    stranger.post(link_in_mail(instance, "registration_confirm"))
    assert "Quirinia" not in stranger.get("/wegweiser?q=quirinia").text.split("</form>")[-1]
    editor = sign_in("directory_editor")
    (row,) = rows(instance)
    page = editor.get(f"/pflege/anmeldungen/{row.id}")
    days = {"talk_on": "20.11.2026", "agreement_on": "20.11.2026"}
    token = {"csrf_token": token_of(page), "version": str(row.version)}
    early = editor.post(f"/pflege/anmeldungen/{row.id}/aufnahme", data=token | {"title": "Tandem"})
    assert early.status_code == 422
    assert "Erstgespräch" in early.text
    editor.post(f"/pflege/anmeldungen/{row.id}/pruefung", data=token | days)
    token["version"] = str(row.version + 1)
    done = editor.post(
        f"/pflege/anmeldungen/{row.id}/aufnahme",
        data=token | {"title": "Sprachtandem mit Quirinia"},
        follow_redirects=True,
    )
    assert "Sprachtandem mit Quirinia" in done.text
    found = stranger.get("/wegweiser?q=quirinia").text
    assert "Sprachtandem mit Quirinia" in found
    assert "Zaunkönig" not in found
    assert editor.get(f"/pflege/anmeldungen/{row.id}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"help_kinds": []}, "Bitte wählen Sie etwas aus."),
        ({"languages": []}, "Bitte wählen Sie etwas aus."),
        ({"more_languages": "Quatschisch"}, "kennen wir nicht als Sprache"),
        ({"plz": "7372"}, "fünf Ziffern"),
        ({"plz": "00000"}, "Diese Postleitzahl kennen wir nicht."),
        ({"first_name": ""}, "Bitte füllen Sie das aus."),
        ({"email": "wilma"}, "keine E-Mail-Adresse"),
        ({"phone": "ruf mich an"}, "keine Telefonnummer"),
        ({"starts_on": "gestern"}, "19.05.1992"),
        ({"starts_on": "1.3.2027", "ends_on": "1.2.2027"}, "Das Ende liegt vor dem Beginn."),
        ({"has_read_privacy": ""}, "Ohne Einverständnis"),
        ({"last_name": "x" * 500}, "höchstens"),
        ({"help_kinds": "\x00"}, "einen der angebotenen Werte"),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_field_and_the_rest_stays(
    stranger: FlaskClient, instance: Runtime, changes: dict[str, Any], words: str
) -> None:
    answer = register(stranger, instance, description="bleibt stehen", **changes)
    assert answer.status_code == 422
    check_page(answer)
    assert words in answer.text
    assert "bleibt stehen" in answer.text
    assert rows(instance) == []


def test_the_same_form_sent_twice_counts_once(stranger: FlaskClient, instance: Runtime) -> None:
    data = typed(instance)
    for _again in range(2):
        answer = stranger.post("/mitmachen/ehrenamt", data=data, environ_base=HERE)
        assert answer.status_code == 303
    assert len(rows(instance)) == 1


@pytest.mark.parametrize(
    "changes", [{"homepage": "http://x.example"}, {"opened": "forged"}, {}], ids=str
)
def test_what_machines_send_is_kept_apart_and_not_lost(
    stranger: FlaskClient, instance: Runtime, sign_in: SignIn, changes: dict[str, Any]
) -> None:
    register(stranger, instance, **changes)  # within a second: nobody types so fast
    (row,) = rows(instance)
    assert row.is_suspected
    stranger.post(link_in_mail(instance, "registration_confirm"))
    assert "Maschine" in sign_in("directory_editor").get("/pflege/anmeldungen").text


def test_somebody_who_takes_the_time_to_type_is_not_suspected(
    stranger: FlaskClient, instance: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = typed(instance)
    later = utc_now() + timedelta(seconds=QUICKEST_SECONDS + 2)
    monkeypatch.setattr("app.web.views.joining.utc_now", lambda: later)
    stranger.post("/mitmachen/ehrenamt", data=data, environ_base=HERE)
    assert [row.is_suspected for row in rows(instance)] == [False]


def test_a_flood_from_one_address_is_slowed_and_loses_no_honest_one(
    stranger: FlaskClient, instance: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [0.0]
    limits = stranger.application.extensions["joining_limits"]
    for limit in (limits.registrations, limits.requests):
        monkeypatch.setattr(limit, "_now", lambda: moment[0])
    answers = []
    for number in range(1000):
        moment[0] += 0.2
        data = typed(instance, email=f"flut{number}@zaun.example", first_name=f"Flut{number}")
        answers.append(stranger.post("/mitmachen/ehrenamt", data=data, environ_base=HERE).status_code)
    passed = answers.count(303)
    assert (
        REGISTRATIONS <= passed <= REGISTRATIONS + 1000 * 0.2 / (REGISTRATION_SECONDS / REGISTRATIONS)
    )
    assert set(answers) == {303, 429}
    honest = typed(instance, email="ehrlich@zaun.example", description="bleibt stehen")
    elsewhere = honest | {"opened": typed(instance)["opened"], "email": "anders@zaun.example"}
    answer = stranger.post("/mitmachen/ehrenamt", data=elsewhere, environ_base=ELSEWHERE)
    assert answer.status_code == 303
    refused = stranger.post("/mitmachen/ehrenamt", data=honest, environ_base=HERE)
    assert refused.status_code == 429
    if "bleibt stehen" not in refused.text:  # the general limit of the address answered
        moment[0] += 10
        refused = stranger.post("/mitmachen/ehrenamt", data=honest, environ_base=HERE)
    assert "bleibt stehen" in refused.text
    check_page(refused)
    moment[0] += float(refused.headers["Retry-After"]) + 1
    assert stranger.post("/mitmachen/ehrenamt", data=honest, environ_base=HERE).status_code == 303
    kept = {row.email for row in rows(instance)}
    assert {"ehrlich@zaun.example", "anders@zaun.example"} <= kept
    assert len(kept) == passed + 2


def test_the_addresses_of_one_connection_count_as_one(stranger: FlaskClient, instance: Runtime) -> None:
    codes = [
        stranger.post(
            "/mitmachen/ehrenamt",
            data=typed(instance),
            environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"},
        ).status_code
        for number in range(REGISTRATIONS + 2)
    ]
    assert codes.count(429) == 2


@pytest.mark.parametrize(("proxies", "slowed"), [(0, 2), (1, 0)])
def test_the_sender_behind_a_proxy_counts_and_a_forged_header_does_not(
    instance: Runtime, proxies: int, slowed: int
) -> None:
    application = create_app(replace(instance.settings, proxy_count=proxies))
    application.testing = True
    browser, codes = application.test_client(), []
    for number in range(REGISTRATIONS + 2):
        # The first entry is what the sender claims, the last one what our proxy saw.
        header = {"X-Forwarded-For": f"1.1.1.1, 198.51.100.{number}"}
        sent = browser.post(
            "/mitmachen/ehrenamt", data=typed(instance), headers=header, environ_base=HERE
        )
        codes.append(sent.status_code)
    assert codes.count(429) == slowed
    application.extensions[EXTENSION].database.dispose()


def test_forged_expired_and_foreign_links_open_nothing(
    stranger: FlaskClient, instance: Runtime
) -> None:
    register(stranger, instance)
    good = link_in_mail(instance, "registration_confirm")
    (row,) = rows(instance)
    with instance.database.write() as session:
        secret = session_secret(instance.settings)
        past = create_link(session, secret, CONFIRM_PURPOSE, row.id, utc_now() - timedelta(minutes=1))
        other = create_link(session, secret, REPLY_PURPOSE, row.id, utc_now() + timedelta(days=1))
        nobody = create_link(session, secret, CONFIRM_PURPOSE, "x", utc_now() + timedelta(days=1))
    for number, token in enumerate((good[-20:], good.split("/")[-1][:-1] + "x", past, other, nobody)):
        where = {"REMOTE_ADDR": f"198.51.100.{number}"}
        for answer in (
            stranger.get(f"/mitmachen/bestaetigen/{token}", environ_base=where),
            stranger.post(f"/mitmachen/bestaetigen/{token}", environ_base=where),
        ):
            assert answer.status_code == 404
            check_page(answer) if answer.request.method == "GET" else None
    assert [one.state for one in rows(instance)] == ["unconfirmed"]


def test_whoever_guesses_links_is_slowed(
    stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Within one moment, however long the machine takes.
    monkeypatch.setattr(stranger.application.extensions["joining_limits"].wrong, "_now", lambda: 0.0)
    codes = [stranger.get(f"/mitmachen/bestaetigen/x{number}").status_code for number in range(25)]
    assert codes.count(429) == 5


def test_no_it_was_not_me_deletes_everything(stranger: FlaskClient, instance: Runtime) -> None:
    register(stranger, instance)
    link = link_in_mail(instance, "registration_confirm")
    answer = stranger.post(link, data={"action": "withdraw"})
    assert answer.headers["Location"] == "/mitmachen/geloescht"
    assert rows(instance) == []
    assert stranger.get(link).status_code == 404


def test_what_was_accepted_meanwhile_is_not_said_to_be_deleted(
    stranger: FlaskClient, instance: Runtime
) -> None:
    register(stranger, instance)
    link = link_in_mail(instance, "registration_confirm")
    stranger.post(link)
    waiting = stranger.get(link)
    check_page(waiting)
    assert "Alles löschen, was ich eingetragen habe" in waiting.text
    with instance.database.write() as session:
        row = session.get_one(Registration, rows(instance)[0].id)
        row.state, row.decided_at = "accepted", utc_now()
    answer = stranger.post(link, data={"action": "withdraw"}, follow_redirects=True)
    check_page(answer)
    assert "Über Ihre Anmeldung ist entschieden" in answer.text
    assert len(rows(instance)) == 1


def test_a_known_organisation_is_asked_whether_it_is_the_one(
    stranger: FlaskClient, instance: Runtime
) -> None:
    data = typed_organisation(instance, name="Tandemnetz Esslingen", kind="initiative")
    asked = stranger.post("/mitmachen/organisation", data=data, environ_base=HERE)
    assert asked.status_code == 200
    check_page(asked)
    assert "Sind Sie das?" in asked.text
    assert rows(instance) == []
    found = re.search(r'value="known:([^"]+)"', asked.text)
    assert found
    stranger.post(
        "/mitmachen/organisation", data=data | {"action": f"known:{found[1]}"}, environ_base=HERE
    )
    other = data | {"action": "known:none", "opened": typed(instance)["opened"]}
    stranger.post("/mitmachen/organisation", data=other, environ_base=HERE)
    forged = data | {"action": "known:somebody-else", "opened": typed(instance)["opened"]}
    stranger.post("/mitmachen/organisation", data=forged, environ_base=HERE)
    known = [row.answers["known_provider_id"] for row in rows(instance)]
    assert sorted(known, key=str) == sorted([found[1], None, None], key=str)


def test_an_organisation_tells_of_several_offers_without_scripts(
    stranger: FlaskClient, instance: Runtime
) -> None:
    data = typed_organisation(instance)
    more = stranger.post(
        "/mitmachen/organisation", data=data | {"action": "add:offers"}, environ_base=HERE
    )
    check_page(more)
    assert 'name="offers-1-title"' in more.text
    told = data | {
        "offers-1-title": "Kochen",
        "offers-1-kind": "meeting",
        "offers-1-topics": "kochen, футбол",
        "offers-1-times": "Di 17–19 Uhr, Do 18–20 Uhr",
        "offers-1-languages": "Arabisch, Deutsch",
        "offers-1-is_free": "yes",
    }
    wrong = stranger.post(
        "/mitmachen/organisation", data=told | {"offers-1-times": "immer"}, environ_base=HERE
    )
    assert wrong.status_code == 422
    assert "Bitte schreiben Sie Zeiten so" in wrong.text
    assert stranger.post("/mitmachen/organisation", data=told, environ_base=HERE).status_code == 303
    (row,) = rows(instance)
    offer = row.answers["offers"][1]
    assert offer["topics"] == ["cooking", "football"]
    assert [(one["weekday"], one["starts"]) for one in offer["times"]] == [(2, "17:00"), (4, "18:00")]
    assert offer["is_free"] is True


def test_a_question_is_answered_by_link_and_a_decided_one_no_more(
    stranger: FlaskClient, instance: Runtime, sign_in: SignIn
) -> None:
    register(stranger, instance)
    stranger.post(link_in_mail(instance, "registration_confirm"))
    editor = sign_in("directory_editor")
    (row,) = rows(instance)
    page = editor.get(f"/pflege/anmeldungen/{row.id}")
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', page.text)
    assert key
    token = {"csrf_token": token_of(page), "version": str(row.version)}
    empty = editor.post(f"/pflege/anmeldungen/{row.id}/rueckfrage", data=token | {"question": " "})
    assert empty.status_code == 422
    check_page(empty)
    ask = token | {"question": "Welche Klasse?", "creation_key": key[1]}
    assert editor.post(f"/pflege/anmeldungen/{row.id}/rueckfrage", data=ask).status_code == 303
    link = link_in_mail(instance, "registration_ask")
    shown = stranger.get(link)
    check_page(shown)
    assert "Welche Klasse?" in shown.text
    assert "Wilma" not in shown.text
    assert stranger.post(link, data={"text": ""}).status_code == 422
    opened = typed(instance)["opened"]
    for _again in range(2):
        answer = stranger.post(link, data={"text": "Klasse 5", "opened": opened})
        assert answer.status_code == 303
    assert stranger.get(link).text.count("Klasse 5") == 1
    version = str(rows(instance)[0].version)
    turned = token | {"words": "Danke, leider nein.", "version": version}
    stale = editor.post(f"/pflege/anmeldungen/{row.id}/absage", data=turned | {"version": "1"})
    assert stale.status_code == 409
    assert "Danke, leider nein." in stale.text
    editor.post(f"/pflege/anmeldungen/{row.id}/absage", data=turned)
    assert stranger.post(link, data={"text": "Und jetzt?", "opened": ""}).status_code == 404


def test_a_clearance_is_noted_by_day_and_person_and_a_wrong_day_is_said(
    stranger: FlaskClient, instance: Runtime, sign_in: SignIn
) -> None:
    register(stranger, instance, help_kinds=["childcare"])
    stranger.post(link_in_mail(instance, "registration_confirm"))
    editor = sign_in("directory_editor")
    (row,) = rows(instance)
    address = f"/pflege/anmeldungen/{row.id}"
    token = {"csrf_token": token_of(editor.get(address)), "version": str(row.version)}
    for days, words in (
        ({"clearance_seen_on": "24.11.2026"}, "in der Zukunft"),
        (
            {"clearance_seen_on": "1.11.2026", "clearance_next_on": "1.11.2036"},
            "innerhalb von fünf Jahren",
        ),
        ({"talk_on": "neulich"}, "19.05.1992"),
    ):
        answer = editor.post(f"{address}/pruefung", data=token | days)
        assert answer.status_code == 422
        assert words in answer.text
    assert (
        editor.post(f"{address}/pruefung", data=token | {"clearance_seen_on": "1.11.2026"}).status_code
        == 303
    )
    checks = rows(instance)[0].checks
    assert (checks["clearance_seen_on"], checks["clearance_next_on"]) == ("2026-11-01", "2031-11-01")
    assert checks["clearance_seen_by"]
