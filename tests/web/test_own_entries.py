"""The pages of a provider's own entries, and signing in by a link."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.accounts.models import User
from app.directory.models import Offer
from app.mail.models import OutboxMail
from app.operations.demo_accounts import DEMO_PROVIDER_ACCOUNT
from app.operations.runtime import Runtime
from app.volunteers.models import Volunteer
from app.web.runtime import EXTENSION
from app.web.views.sign_in_links import ASKED
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of

EMAIL = DEMO_PROVIDER_ACCOUNT.email


@pytest.fixture
def instance(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


@pytest.fixture
def person(sign_in: SignIn) -> FlaskClient:
    return sign_in(EMAIL)


def own_offers(runtime: Runtime) -> list[Offer]:
    with runtime.database.read() as session:
        user = session.exec(select(User).where(User.email == EMAIL)).one()
        return list(
            session.exec(
                select(Offer)
                .where(Offer.provider_id == user.provider_id, Offer.status == "published")
                .order_by(col(Offer.title))
            )
        )


def foreign_offer(runtime: Runtime) -> Offer:
    own = own_offers(runtime)[0].provider_id
    with runtime.database.read() as session:
        found = session.exec(
            select(Offer).where(Offer.provider_id != own, Offer.status == "published")
        ).first()
    assert found is not None
    return found


def act(person: FlaskClient, offer_id: str, answer: str, **told: str) -> int:
    token = token_of(person.get("/meine-angebote"))
    data = {"csrf_token": token, "answer": answer} | told
    return person.post(f"/meine-angebote/{offer_id}", data=data).status_code


def test_all_own_offers_stand_there_and_no_other(person: FlaskClient, instance: Runtime) -> None:
    page = person.get("/meine-angebote")
    check_page(page)
    for offer in own_offers(instance):
        assert offer.title in page.text
    assert foreign_offer(instance).title not in page.text


def test_one_click_confirms_all(person: FlaskClient, instance: Runtime) -> None:
    token = token_of(person.get("/meine-angebote"))
    answer = person.post("/meine-angebote", data={"csrf_token": token}, follow_redirects=True)
    assert "Vielen Dank! Alles ist bestätigt." in answer.text
    assert {str(offer.verified_on) for offer in own_offers(instance)} == {"2026-11-23"}


def test_a_break_is_taken_and_ended(person: FlaskClient, instance: Runtime) -> None:
    offer = own_offers(instance)[0]
    assert act(person, offer.id, "pause", until="31.12.2026") == 303
    page = person.get("/meine-angebote")
    check_page(page)
    assert "macht Pause bis zum 31.12.2026" in page.text
    assert offer.id not in {one.id for one in own_offers(instance)}
    assert act(person, offer.id, "weiter") == 303
    assert offer.id in {one.id for one in own_offers(instance)}


@pytest.mark.parametrize(
    ("answer", "told", "words"),
    [
        ("pause", {"until": "gestern"}, "19.05.1992"),
        ("pause", {"until": "1.1.2020"}, "innerhalb des nächsten Jahres"),
        ("zeiten", {"times": "immer mal"}, "Bitte schreiben Sie Zeiten so"),
        ("plaetze", {"seats_max": "2", "seats_free": "viele"}, "ganze Zahlen"),
        ("plaetze", {"seats_max": "2", "seats_free": "3"}, "ganze Zahlen"),
        ("geaendert", {"note": " "}, "mit ein paar Worten"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_stays_typed(
    person: FlaskClient, instance: Runtime, answer: str, told: dict[str, str], words: str
) -> None:
    offer = own_offers(instance)[0]
    token = token_of(person.get("/meine-angebote"))
    page = person.post(
        f"/meine-angebote/{offer.id}", data={"csrf_token": token, "answer": answer} | told
    )
    assert page.status_code == 422
    check_page(page)
    assert "Noch nicht geändert" in page.text
    if answer != "plaetze" or 'name="seats_max"' in page.text:
        assert words in page.text


def test_another_provider_s_offer_and_unknown_answers_are_refused(
    person: FlaskClient, instance: Runtime
) -> None:
    offer = foreign_offer(instance)
    for answer in ("stimmt", "pause", "weiter", "zeiten", "geaendert"):
        assert act(person, offer.id, answer, note="x") == 404
    assert act(person, own_offers(instance)[0].id, "loeschen") == 400


def test_people_of_the_house_have_no_own_entries(sign_in: SignIn) -> None:
    for role in ("case_worker", "directory_editor", "administrator"):
        assert sign_in(role).get("/meine-angebote").status_code == 404


def test_whoever_leaves_is_signed_out_and_cannot_come_back(
    person: FlaskClient, instance: Runtime, sign_in: SignIn
) -> None:
    page = person.get("/meine-angebote/aufhoeren")
    check_page(page)
    answer = person.post("/meine-angebote/aufhoeren", data={"csrf_token": token_of(page)})
    assert answer.status_code == 303
    assert person.get("/meine-angebote").status_code == 302
    assert own_offers(instance) != []
    with pytest.raises(AssertionError):
        sign_in(EMAIL)


def _ask(browser: FlaskClient, email: str) -> tuple[int, str]:
    token = token_of(browser.get("/zugang"))
    answer = browser.post("/zugang", data={"csrf_token": token, "email": email})
    return answer.status_code, answer.text


def test_a_link_in_the_mail_leads_to_the_own_page_once(app: Flask, instance: Runtime) -> None:
    browser = app.test_client()
    check_page(browser.get("/zugang"))
    known, unknown = _ask(browser, EMAIL), _ask(browser, "niemand@zaun.example")
    assert known[0] == unknown[0] == 200
    assert "ist eine Mail unterwegs" in known[1]
    assert known[1] == unknown[1]
    with instance.database.read() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.purpose == "sign_in_link")).one()
    found = re.search(r"/zugang/\S+", mail.text_body)
    assert found
    for _look in range(3):
        page = browser.get(found.group())
        check_page(page)
    data = {"csrf_token": token_of(page)}
    assert browser.post(found.group(), data=data).headers["Location"] == "/anfragen"
    check_page(browser.get("/meine-angebote"))
    again = app.test_client()
    replayed = again.get(found.group())
    assert replayed.status_code == 404
    check_page(replayed)
    assert "Neuen Link schicken" in replayed.text


def test_editors_see_that_a_link_went_out_and_not_the_link(
    app: Flask, instance: Runtime, sign_in: SignIn
) -> None:
    _ask(app.test_client(), EMAIL)
    with instance.database.read() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.purpose == "sign_in_link")).one()
    page = sign_in("directory_editor").get(f"/pflege/postausgang/{mail.id}")
    check_page(page)
    assert "/zugang/" not in page.text.split("<footer")[0].split("<main")[1]


def test_forged_links_sign_nobody_in_and_are_slowed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.extensions["sign_in_link_limits"].wrong, "_now", lambda: 0.0)
    browser = app.test_client()
    codes = [browser.get(f"/zugang/gefälscht{number}").status_code for number in range(25)]
    assert set(codes) == {404, 429}
    assert browser.get("/meine-angebote").status_code == 302


def test_asking_for_links_without_end_is_slowed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["sign_in_link_limits"].asked, "_now", lambda: 0.0)
    browser = app.test_client()
    codes = [_ask(browser, f"x{number}@zaun.example")[0] for number in range(ASKED + 3)]
    assert codes.count(429) == 3
    assert _ask(browser, "")[0] == 422


def test_a_volunteer_notes_hours_and_prints_the_certificate(
    person: FlaskClient, instance: Runtime
) -> None:
    assert person.get("/meine-stunden").status_code == 404  # an organisation gives no hours
    with instance.database.write() as session:
        user = session.exec(select(User).where(User.email == EMAIL)).one()
        assert user.provider_id is not None
        session.add(
            Volunteer(
                provider_id=user.provider_id,
                first_name="Katrin",
                last_name="Sommer",
                email=EMAIL,
                since=TODAY,
            )
        )
    page = person.get("/meine-stunden")
    check_page(page)
    assert person.get("/meine-stunden/bescheinigung.pdf").status_code == 404
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', page.text)
    assert key
    data = {"csrf_token": token_of(page), "creation_key": key[1], "given_on": "20.11.2026"}
    wrong = person.post("/meine-stunden", data=data | {"hours": "viele", "kind": "music"})
    assert wrong.status_code == 422
    check_page(wrong)
    far = person.post("/meine-stunden", data=data | {"hours": "17", "kind": "music"})
    assert far.status_code == 422
    for _again in range(2):
        sent = person.post("/meine-stunden", data=data | {"hours": "1,5", "kind": "music"})
        assert sent.status_code == 303
    page = person.get("/meine-stunden")
    check_page(page)
    assert page.text.count("<strong>1,5 Stunden</strong>") == 2  # the sum, and the one entry
    pdf = person.get("/meine-stunden/bescheinigung.pdf")
    assert pdf.mimetype == "application/pdf"
    drop = re.search(r"/meine-stunden/[0-9a-f-]+/loeschen", page.text)
    assert drop
    assert person.post(drop[0], data={"csrf_token": token_of(page)}).status_code == 303
    assert person.get("/meine-stunden/bescheinigung.pdf").status_code == 404
