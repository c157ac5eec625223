"""Round mails: written by editors, sent to a part of the network, taken back, and opted out of."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.core.clock import utc_now
from app.directory.models import Offer, Place, Provider
from app.mail.models import OutboxMail
from app.operations.round_mail_audience import Audience, find_reach, list_towns
from app.operations.round_mail_models import NewsOptOut, RoundMail
from app.operations.round_mails import opt_out_address
from tests.web.conftest import SignIn, check_page, token_of
from tests.web.test_suggestion_pages import runtime_of

LIST = "/pflege/rundmails"
PURPOSE = "round_mail"


@pytest.fixture
def editor(sign_in: SignIn) -> FlaskClient:
    return sign_in("directory_editor")


def written(app: Flask) -> list[OutboxMail]:
    with runtime_of(app).database.read() as session:
        rows = select(OutboxMail).where(
            OutboxMail.purpose == PURPOSE, col(OutboxMail.state) != "withdrawn"
        )
        return list(session.exec(rows))


def typed(page: object, **changes: object) -> dict[str, object]:
    text = page.text  # type: ignore[attr-defined]
    key = re.search(r'name="creation_key"[^>]*value="([^"]*)"', text)
    version = re.search(r'name="version"[^>]*value="([^"]*)"', text)
    told: dict[str, object] = {
        "subject": "Netzwerktreffen",
        "text": "Wir laden ein.\n\nKommen Sie?",
        "creation_key": key[1] if key else "",
        "version": version[1] if version else "",
        "csrf_token": token_of(page),  # type: ignore[arg-type]
    }
    return told | changes


def draft(editor: FlaskClient, **changes: object) -> str:
    """The address of a new draft."""
    answer = editor.post(f"{LIST}/neu", data=typed(editor.get(f"{LIST}/neu"), **changes))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def send(editor: FlaskClient, address: str) -> int:
    page = editor.get(address)
    return editor.post(f"{address}/senden", data=typed(page)).status_code


def test_an_invitation_is_drafted_looked_through_and_sent_to_each_address_once(
    app: Flask, editor: FlaskClient
) -> None:
    check_page(editor.get(LIST))
    page = editor.get(f"{LIST}/neu")
    check_page(page)
    address = draft(
        editor, event_on="7.12.2026", event_time="17 Uhr", event_place="Bürgersaal", kinds=["club"]
    )
    shown = editor.get(address)
    check_page(shown)
    assert "Wann: 07.12.2026, 17 Uhr" in shown.text
    assert written(app) == []
    assert send(editor, address) == 303
    mails = written(app)
    recipients = [mail.recipient for mail in mails]
    assert len(recipients) == len(set(recipients)) > 3
    assert all(mail.hold_until > utc_now() + timedelta(minutes=9) for mail in mails)
    assert all("/rundmail/" in mail.text_body for mail in mails)
    assert len({mail.text_body for mail in mails}) == len(mails)  # each has a link of its own
    assert send(editor, address) == 303  # the second click
    assert len(written(app)) == len(mails)
    check_page(editor.get(address))
    check_page(editor.get(LIST))


def test_a_form_sent_twice_keeps_one_draft(editor: FlaskClient) -> None:
    form = typed(editor.get(f"{LIST}/neu"))
    first, second = (editor.post(f"{LIST}/neu", data=form).headers["Location"] for _time in range(2))
    assert first == second


def test_it_is_taken_back_and_sent_again_changed(app: Flask, editor: FlaskClient) -> None:
    address = draft(editor)
    send(editor, address)
    count = len(written(app))
    token = {"csrf_token": token_of(editor.get(address))}
    assert editor.post(f"{address}/zurueck", data=token).status_code == 303
    assert written(app) == []
    page = editor.get(f"{address}/bearbeiten")
    check_page(page)
    editor.post(f"{address}/bearbeiten", data=typed(page, subject="Verschoben"))
    send(editor, address)
    assert [mail.subject for mail in written(app)] == ["Verschoben"] * count


def test_once_the_first_has_left_it_is_not_taken_back(app: Flask, editor: FlaskClient) -> None:
    address = draft(editor)
    send(editor, address)
    with runtime_of(app).database.write() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.purpose == PURPOSE)).first()
        assert mail is not None
        mail.state = "sent"
    token = {"csrf_token": token_of(editor.get(address))}
    page = editor.post(f"{address}/zurueck", data=token, follow_redirects=True)
    assert "Zu spät" in page.text
    assert len(written(app)) > 1


def test_two_editors_at_once_lose_nothing(editor: FlaskClient) -> None:
    address = draft(editor)
    old = typed(editor.get(f"{address}/bearbeiten"), subject="Von mir")
    editor.post(f"{address}/bearbeiten", data=typed(editor.get(f"{address}/bearbeiten"), text="Neu"))
    answer = editor.post(f"{address}/bearbeiten", data=old)
    assert answer.status_code == 409
    check_page(answer)
    assert "Von mir" in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": ""}, "Bitte füllen Sie das aus"),
        ({"subject": "Eins\nZwei"}, "nur eine Zeile"),
        ({"text": "x" * 10_001}, "höchstens 10"),
        ({"event_on": "gestern oder so"}, "Bitte schreiben Sie den Tag so"),
        ({"kinds": ["somebody"]}, "angebotenen Werte"),
        ({"event_time": "18 Uhr"}, "Bitte nennen Sie den Tag"),
    ],
    ids=["empty", "two_lines", "endless", "no_day", "forged", "time_without_day"],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    app: Flask, editor: FlaskClient, changes: dict[str, object], words: str
) -> None:
    answer = editor.post(f"{LIST}/neu", data=typed(editor.get(f"{LIST}/neu"), **changes))
    assert answer.status_code == 422
    check_page(answer)
    assert words in answer.text
    with runtime_of(app).database.read() as session:
        rows = session.exec(select(RoundMail)).all()
        assert {row.subject for row in rows} == {"Einladung zum Austausch Deutschlernen"}


def test_what_reaches_nobody_is_not_sent(app: Flask, editor: FlaskClient) -> None:
    address = draft(editor, kinds=["integration_commissioner"], goal_areas=["children"])
    with runtime_of(app).database.write() as session:
        for row in session.exec(select(Provider)).all():
            row.email = None
        for offer in session.exec(select(Offer)).all():
            offer.contact_email = None
    page = editor.post(f"{address}/senden", data=typed(editor.get(address)))
    assert page.status_code in {422, 409}
    assert written(app) == []


def test_a_draft_is_thrown_away(editor: FlaskClient) -> None:
    address = draft(editor)
    assert editor.post(f"{address}/verwerfen", data=typed(editor.get(address))).status_code == 303
    assert editor.get(address).status_code == 404


# --- whom it reaches ------------------------------------------------------------------------------


def emails(session: Session, **audience: object) -> set[str]:
    found = find_reach(session, Audience.model_validate(audience))
    return {one.email for one in found.recipients}


def test_filters_leave_a_part_of_the_network(app: Flask) -> None:
    with runtime_of(app).database.read() as session:
        everybody = emails(session)
        clubs = emails(session, kinds=["club"])
        town = next(one for one in list_towns(session) if one != "Esslingen am Neckar")
        there = emails(session, towns=[town])
        learning = emails(session, goal_areas=["language"])
        assert clubs < everybody
        assert there < everybody
        assert learning < everybody
        assert emails(session, kinds=["club"], goal_areas=["language"]) <= clubs & learning
        rows = select(Provider).join(Place, col(Place.provider_id) == Provider.id)
        here = session.exec(rows.where(Place.town == town)).all()
        assert {one.email.lower() for one in here if one.email} >= there - _of_people(session)


def _of_people(session: Session) -> set[str]:
    return set(session.exec(select(User.email).where(User.role == "provider")))


def test_people_with_accounts_are_written_to_themselves(app: Flask) -> None:
    with runtime_of(app).database.write() as session:
        provider = session.exec(select(Provider).where(col(Provider.email).is_not(None))).first()
        assert provider is not None
        assert provider.email is not None
        account = {"name": "Uwe", "role": "provider", "password_hash": "x"}
        session.add(User(email="uwe@verein.example", provider_id=provider.id, **account))
        session.flush()
        reached = emails(session)
        assert "uwe@verein.example" in reached
        others = select(Provider).where(Provider.email == provider.email, Provider.id != provider.id)
        if not session.exec(others).first():
            assert provider.email.lower() not in reached


def test_who_was_taken_out_and_whose_mails_came_back_get_nothing(app: Flask) -> None:
    with runtime_of(app).database.write() as session:
        one, two = sorted(emails(session))[:2]
        for provider in session.exec(select(Provider).where(Provider.email == one)).all():
            for offer in session.exec(select(Offer).where(Offer.provider_id == provider.id)).all():
                offer.status = "withdrawn"
        mail = {"key": "k", "message_id": "m", "purpose": "x", "subject": "x", "text_body": "x"}
        session.add(OutboxMail(recipient=two, state="bounced", **mail))
        session.flush()
        reached = emails(session)
        assert one not in reached or _is_another_s(session, one)
        assert two not in reached


def _is_another_s(session: Session, email: str) -> bool:
    rows = select(Offer).where(Offer.contact_email == email, col(Offer.status) != "withdrawn")
    return session.exec(rows).first() is not None


# --- opting out -----------------------------------------------------------------------------------


def link_for(app: Flask, email: str) -> str:
    settings = runtime_of(app).settings
    return opt_out_address(settings, email).removeprefix(settings.public_url)


def test_a_link_opts_out_with_a_button_and_in_again(app: Flask, editor: FlaskClient) -> None:
    with runtime_of(app).database.read() as session:
        email = sorted(emails(session))[0]
    stranger = app.test_client()
    address = link_for(app, email)
    page = stranger.get(address)
    check_page(page)
    assert email in page.text
    with runtime_of(app).database.read() as session:
        assert session.get(NewsOptOut, email) is None  # opening changed nothing
    for _time in range(2):
        assert stranger.post(address, data={"action": "out"}).status_code == 303
    check_page(stranger.get(address))
    send(editor, draft(editor))
    assert email not in {mail.recipient for mail in written(app)}
    stranger.post(address, data={"action": "again"})
    with runtime_of(app).database.read() as session:
        assert email in emails(session)


@pytest.mark.parametrize("way", ["cut_off", "forged", "of_another", "huge"])
def test_a_link_that_was_tinkered_with_opens_nothing(app: Flask, way: str) -> None:
    address = link_for(app, "wilma@zaun.example")
    other = link_for(app, "uwe@zaun.example")
    head, signature = address.rsplit(".", 1)
    forged = {
        "cut_off": address[:-4],
        "forged": head + "." + signature[::-1],
        "of_another": other.rsplit(".", 1)[0] + "." + signature,
        "huge": "/rundmail/" + "a" * 5000,
    }[way]
    stranger = app.test_client()
    assert stranger.get(forged).status_code == 404
    assert stranger.post(forged, data={"action": "out"}).status_code == 404
    with runtime_of(app).database.read() as session:
        assert session.exec(select(NewsOptOut)).all() == []
