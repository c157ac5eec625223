"""The pages of several referrals at once: who goes together, and one client's order of offers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, func, select
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.privacy_models import Consent
from app.core.clock import utc_now
from app.core.ids import new_id
from app.directory.models import Offer
from app.mail.models import OutboxMail
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.states import PROPOSED
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.integration.case_samples import add_client
from tests.web.conftest import EMAIL_OF_ROLE, SignIn, check_page, token_of


def _runtime(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


@pytest.fixture
def people(app: Flask) -> list[str]:
    """Two grown-up people whose cases have just been opened."""
    with _runtime(app).database.write() as session:
        worker = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["case_worker"])).one()
        actor = Actor(worker.id, worker.role, worker.name)
        told = {"birth_date": "1990-03-01", "german_level": "A2", "german_level_evidence": "test"}
        return [add_client(session, actor, given_name=name, **told).id for name in ("Ana", "Bo")]


def _offer(app: Flask, *, sensitive: bool = False) -> Offer:
    with _runtime(app).database.read() as session:
        wanted = select(Offer).where(
            Offer.status == "published",
            Offer.kind == ("counselling" if sensitive else "club"),
            col(Offer.is_sensitive).is_(sensitive),
            col(Offer.sex).is_(None),
        )
        found = session.exec(wanted.order_by(col(Offer.external_id))).first()
    assert found is not None
    return found


def _group(offer: Offer, people: Sequence[str]) -> str:
    return f"/angebote/{offer.id}/gemeinsam?" + "&".join(f"fall={one}" for one in people)


def _preset(page: TestResponse) -> dict[str, list[str]]:
    """What the page would send as it stands, with every decision against the rules taken."""
    form = page.text[page.text.index('<form method="post" novalidate') :]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        is_box = 'type="checkbox"' in tag
        if name and (not is_box or " checked" in tag or name[1] == "trotzdem"):
            sent.setdefault(name[1], []).append(value[1] if value else "")
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[name] = [chosen[1] if chosen else ""]
    return sent


def _count(app: Flask) -> int:
    with _runtime(app).database.read() as session:
        return session.exec(select(func.count()).select_from(Referral)).one()


def _of_bundle(app: Flask, client_id: str) -> list[Referral]:
    with _runtime(app).database.read() as session:
        wanted = select(Referral).where(
            Referral.client_id == client_id, col(Referral.bundle_id).is_not(None)
        )
        return list(session.exec(wanted.order_by(col(Referral.preference))).all())


def test_a_group_is_referred_with_one_click_and_once(app: Flask, browser: FlaskClient, people):
    offer, pair = _offer(app), people[:2]
    page = browser.get(_group(offer, pair))
    check_page(page)
    sent = _preset(page) | {"chosen": pair, "mode": ["signpost"], f"sprache-{pair[0]}": ["uk"]}
    before = _count(app)
    answers = [browser.post(f"/angebote/{offer.id}/gemeinsam", data=sent) for _twice in range(2)]
    assert {answer.status_code for answer in answers} == {303}, answers[0].text
    assert len({answer.location for answer in answers}) == 1
    assert _count(app) == before + 2
    shown = browser.get(answers[0].location)
    check_page(shown)
    assert shown.text.count("/blatt.pdf") == 2
    [first] = _of_bundle(app, pair[0])
    assert first.sheet_language == "uk"
    referral = browser.get(f"/vermittlungen/{first.id}")
    check_page(referral)
    assert "Gemeinsam mit" in referral.text
    again = browser.get(_group(offer, pair))
    assert "Schon dorthin verwiesen" in again.text
    refused = browser.post(
        f"/angebote/{offer.id}/gemeinsam",
        data=_preset(again) | {"chosen": pair, "mode": ["signpost"]},
    )
    assert refused.status_code == 422
    assert "Es gibt schon einen offenen Verweis" in refused.text
    assert _count(app) == before + 2


def test_a_missing_consent_is_named_beside_its_person_and_stops_all(
    app: Flask, browser: FlaskClient, people
):
    offer, pair = _offer(app), people[:2]
    with _runtime(app).database.write() as session:
        session.add(
            Consent(
                client_id=pair[0],
                provider_id=offer.provider_id,
                purpose="referral",
                data=["name"],
                given_on=TODAY,
                given_by="client",
                way="signed",
                language="de",
                valid_until=TODAY + timedelta(days=90),
            )
        )
    page = browser.get(_group(offer, pair))
    assert "Es gibt eine Einwilligung" in page.text
    before = _count(app)
    sent = _preset(page) | {
        "chosen": pair,
        "mode": ["arranged"],
        "released": ["name"],
        "note": ["Nur dienstags"],
    }
    refused = browser.post(f"/angebote/{offer.id}/gemeinsam", data=sent)
    assert refused.status_code == 422
    check_page(refused)
    assert refused.text.count("keine gültige Einwilligung") == 1
    assert f"/faelle/{pair[1]}/einwilligungen" in refused.text
    assert "Nur dienstags" in refused.text
    assert _count(app) == before
    answer = browser.post(f"/angebote/{offer.id}/gemeinsam", data=sent | {"chosen": pair[:1]})
    assert answer.status_code == 303
    [referral] = _of_bundle(app, pair[0])
    assert (referral.mode, referral.state, referral.released) == ("arranged", "agreed", ["name"])


def test_fewer_seats_than_people_are_told(app: Flask, browser: FlaskClient, people):
    offer = _offer(app)
    with _runtime(app).database.write() as session:
        row = session.get_one(Offer, offer.id)
        row.seats_max, row.seats_booked = 8, 7
        session.add(row)
    page = browser.get(_group(offer, people))
    sent = _preset(page) | {"chosen": people, "mode": ["signpost"], "follow_up_on": ["bald"]}
    answer = browser.post(f"/angebote/{offer.id}/gemeinsam", data=sent)
    assert "1 Platz frei, 2 Personen" in answer.text


def test_what_cannot_be_meant_is_said_and_refers_nobody(app: Flask, browser: FlaskClient, people):
    offer = _offer(app)
    preset = _preset(browser.get(_group(offer, people))) | {"chosen": people, "mode": ["signpost"]}
    before = _count(app)
    for values in (
        {"chosen": []},
        {"mode": ["vielleicht"]},
        {"follow_up_on": ["01.01.2020"]},
        {"follow_up_on": ["bald"]},
        {"creation_key": ["x" * 50]},
        {f"sprache-{people[0]}": ["../.."]},
        {"note": ["x" * 5000]},
    ):
        answer = browser.post(f"/angebote/{offer.id}/gemeinsam", data=preset | values)
        assert answer.status_code == 422, values
        check_page(answer)
    assert _count(app) == before


def test_other_people_s_clients_and_forged_ids_are_not_found(
    app: Flask, browser: FlaskClient, people, sign_in: SignIn
):
    offer = _offer(app)
    other = sign_in("jonas.falk@lotsenbuch.example")
    assert other.get(_group(offer, people[:2])).status_code == 404
    assert other.get(f"/faelle/{people[0]}/reihenfolge?angebot={offer.id}").status_code == 404
    assert browser.get(_group(offer, [new_id()])).status_code == 404
    assert browser.get(f"/angebote/{new_id()}/gemeinsam?fall={people[0]}").status_code == 404
    assert browser.get(f"/vermittlungen/gemeinsam/{new_id()}").status_code == 404
    assert browser.get(f"/angebote/{offer.id}/gemeinsam").status_code == 303
    assert sign_in("redaktion@lotsenbuch.example").get(_group(offer, people[:1])).status_code in {
        403,
        404,
    }


def test_the_page_of_a_sensitive_group_names_no_offer_and_nobody_unless_opened(
    app: Flask, browser: FlaskClient, people
):
    offer, pair = _offer(app, sensitive=True), people[:2]
    page = browser.get(_group(offer, pair))
    sent = _preset(page) | {"chosen": pair, "mode": ["signpost"]}
    answer = browser.post(f"/angebote/{offer.id}/gemeinsam", data=sent)
    assert answer.status_code == 303, answer.text
    assert offer.title not in browser.get(answer.location).text
    [first] = _of_bundle(app, pair[0])
    assert first.offer_id is None
    closed = browser.get(f"/vermittlungen/{first.id}").text
    assert "Gemeinsam mit" not in closed
    assert offer.title not in closed
    assert "Gemeinsam mit" in browser.get(f"/vermittlungen/{first.id}/vertraulich").text


def _suitable(app: Flask, browser: FlaskClient, client_id: str, count: int) -> list[str]:
    page = browser.get(f"/faelle/{client_id}/passende-angebote")
    check_page(page)
    found = list(dict.fromkeys(re.findall(r'name="angebot" value="([0-9a-f-]+)"', page.text)))
    with _runtime(app).database.read() as session:
        sensitive = set(session.exec(select(Offer.id).where(col(Offer.is_sensitive))).all())
    plain = [offer_id for offer_id in found if offer_id not in sensitive]
    assert len(plain) >= count
    return plain[:count]


def _order(client_id: str, offers: Sequence[str]) -> str:
    return f"/faelle/{client_id}/reihenfolge?" + "&".join(f"angebot={one}" for one in offers)


def test_an_order_is_kept_and_the_next_choice_taken_up_after_a_rejection(
    app: Flask, browser: FlaskClient, people
):
    client = people[0]
    offers = _suitable(app, browser, client, 3)
    page = browser.get(_order(client, offers))
    check_page(page)
    places = {f"platz-{offer}": [str(place)] for offer, place in zip(offers, (2, 1, 3), strict=True)}
    sent = _preset(page) | places | {"jetzt": [offers[1]]}
    answers = [browser.post(f"/faelle/{client}/reihenfolge", data=sent) for _twice in range(2)]
    assert {answer.status_code for answer in answers} == {303}, answers[0].text
    first, second, third = _of_bundle(app, client)
    assert [one.offer_id for one in (first, second, third)] == [offers[1], offers[0], offers[2]]
    assert [one.state for one in (first, second, third)] == ["handed_over", PROPOSED, PROPOSED]
    shown = browser.get(answers[0].location)
    check_page(shown)
    assert "Wahl 1 von 3" in shown.text
    data = {"csrf_token": token_of(shown), "version": "1", "to_state": "rejected", "reason": "other"}
    assert browser.post(f"/vermittlungen/{first.id}", data=data).status_code == 303
    ended = browser.get(f"/vermittlungen/{first.id}")
    check_page(ended)
    assert f"/vermittlungen/{second.id}/aufnehmen" in ended.text
    assert "Jetzt aufgreifen" in browser.get("/heute?alle=wiedervorlagen").text
    panel = browser.get(f"/vermittlungen/{second.id}/aufnehmen")
    check_page(panel)
    taken = _preset(panel) | {"mode": ["signpost"], "overrule": ["y"]}
    answers = [browser.post(f"/vermittlungen/{second.id}/aufnehmen", data=taken) for _twice in range(2)]
    assert {answer.location for answer in answers} == {f"/vermittlungen/{second.id}/blatt.pdf"}
    assert _of_bundle(app, client)[1].state == "handed_over"
    assert browser.get(f"/vermittlungen/{second.id}/aufnehmen").status_code == 302


def test_with_a_place_the_later_choices_are_cancelled_with_one_button(
    app: Flask, browser: FlaskClient, people
):
    client = people[0]
    offers = _suitable(app, browser, client, 2)
    sent = _preset(browser.get(_order(client, offers)))
    assert browser.post(f"/faelle/{client}/reihenfolge", data=sent).status_code == 303
    first, second = _of_bundle(app, client)
    waiting = browser.get(f"/vermittlungen/{second.id}")
    check_page(waiting)
    assert "vorgemerkt" in waiting.text
    data = {
        "csrf_token": token_of(waiting),
        "version": "1",
        "to_state": "accepted",
        "despite_full": "y",
        "passing_reason": "fit",
    }
    answer = browser.post(f"/vermittlungen/{first.id}", data=data)
    assert answer.status_code == 303, answer.text
    assert _of_bundle(app, client)[1].state == PROPOSED
    page = browser.get(f"/vermittlungen/{first.id}")
    check_page(page)
    address = f"/vermittlungen/{first.id}/uebrige-absagen"
    assert address in page.text
    for _twice in range(2):
        assert browser.post(address, data={"csrf_token": token_of(page)}).status_code == 303
    assert _of_bundle(app, client)[1].state == "cancelled"


def test_an_order_that_is_none_is_said_and_kept_on_the_page(app: Flask, browser: FlaskClient, people):
    client = people[0]
    offers = _suitable(app, browser, client, 2)
    preset = _preset(browser.get(_order(client, offers)))
    for places, now, words in (
        (("1", "1"), offers[:1], "Bitte vergeben Sie jeden Platz"),
        (("1", "zwei"), offers[:1], "Bitte vergeben Sie jeden Platz"),
        (("1", "2"), offers[1:], "Die erste Wahl wird jetzt versucht"),
        (("1", "2"), [], "Die erste Wahl wird jetzt versucht"),
    ):
        chosen = {f"platz-{offer}": [place] for offer, place in zip(offers, places, strict=True)}
        answer = browser.post(
            f"/faelle/{client}/reihenfolge", data=preset | chosen | {"jetzt": list(now)}
        )
        assert answer.status_code == 422
        check_page(answer)
        assert words in answer.text
    assert _of_bundle(app, client) == []


def test_one_offer_or_six_are_no_order(app: Flask, browser: FlaskClient, people):
    client = people[0]
    offers = _suitable(app, browser, client, 6)
    for wanted in (offers[:1], offers):
        answer = browser.get(_order(client, wanted))
        assert answer.status_code == 303
        assert answer.location == f"/faelle/{client}/passende-angebote"


def test_the_household_is_offered_on_the_panel_and_leads_to_the_group(app: Flask, browser: FlaskClient):
    with _runtime(app).database.read() as session:
        worker = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["case_worker"])).one()
        together = (
            select(Client.household_id)
            .where(Client.case_worker_id == worker.id, col(Client.closed_on).is_(None))
            .group_by(col(Client.household_id))
            .having(func.count() > 1)
        )
        household = session.exec(together).first()
        members = session.exec(
            select(Client.id).where(Client.household_id == household, col(Client.closed_on).is_(None))
        ).all()
    page = browser.get(f"/faelle/{members[0]}/verweisen/{_offer(app).id}")
    check_page(page)
    assert "Auch für andere im Haushalt?" in page.text
    for other in members[1:]:
        assert f'value="{other}"' in page.text


def _ask_together(app: Flask, browser: FlaskClient, people: Sequence[str]) -> str:
    """Refer them with a mail for each, without data; the address of the group."""
    offer = _offer(app)
    with _runtime(app).database.write() as session:
        session.get_one(Offer, offer.id).contact_email = "verein@demo.example"
    page = browser.get(_group(offer, people))
    sent = _preset(page) | {"released": [], "mode": ["mail"]}
    answer = browser.post(_group(offer, people), data=sent)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def _states(app: Flask, people: Sequence[str]) -> list[str]:
    return sorted(one.state for client_id in people for one in _of_bundle(app, client_id))


def test_a_group_asked_by_mail_is_taken_back_with_one_click(
    app: Flask, browser: FlaskClient, people: list[str]
):
    address = _ask_together(app, browser, people)
    page = browser.get(address)
    check_page(page)
    assert "Alle zurücknehmen" in page.text
    assert _states(app, people) == ["sent", "sent"]
    token = {"csrf_token": token_of(page)}
    for _time in range(2):
        answer = browser.post(f"{address}/rueckgaengig", data=token, follow_redirects=True)
        check_page(answer)
    assert "Alle zurücknehmen" not in answer.text
    assert _states(app, people) == ["cancelled", "cancelled"]
    with _runtime(app).database.read() as session:
        mails = session.exec(
            select(OutboxMail).where(OutboxMail.recipient == "verein@demo.example")
        ).all()
        assert {mail.state for mail in mails} == {"withdrawn"}


def test_of_a_group_only_what_still_waits_is_taken_back(
    app: Flask, browser: FlaskClient, people: list[str]
):
    address = _ask_together(app, browser, people)
    with _runtime(app).database.write() as session:
        gone = session.exec(
            select(OutboxMail).where(OutboxMail.recipient == "verein@demo.example")
        ).first()
        assert gone is not None
        gone.state, gone.sent_at = "sent", utc_now()
    page = browser.get(address)
    browser.post(f"{address}/rueckgaengig", data={"csrf_token": token_of(page)})
    assert _states(app, people) == ["cancelled", "sent"]
    check_page(browser.get(address))
