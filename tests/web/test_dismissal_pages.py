"""Setting offers aside: the form, the undo, the list, and what an editor reads of it."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.audit.models import AuditEntry
from app.directory.models import Offer
from app.directory.upkeep_models import ChangeSuggestion
from app.matching.models import OfferDismissal
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from tests.web.conftest import SignIn, check_page, token_of

AMIRA = client_id("amira")
CASE = f"/faelle/{AMIRA}"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _first_offer(browser: FlaskClient) -> str:
    found = re.search(r"beiseitelegen/([0-9a-f-]{36})", browser.get(CASE).text)
    assert found
    return found[1]


def _set_aside(browser: FlaskClient, offer_id: str, **values: str):
    address = f"{CASE}/beiseitelegen/{offer_id}"
    page = browser.get(f"{address}?next={CASE}/passende-angebote")
    hidden = {
        name: value
        for name in ("creation_key", "next")
        for value in re.findall(rf'name="{name}" value="([^"]*)"', page.text)
    }
    return browser.post(address, data={"csrf_token": token_of(page), **hidden, **values})


def _count(demo: Runtime) -> int:
    with demo.database.read() as session:
        return len(session.exec(select(OfferDismissal).where(OfferDismissal.client_id == AMIRA)).all())


def test_an_offer_is_set_aside_and_taken_up_again_right_after(browser: FlaskClient):
    offer_id = _first_offer(browser)
    answer = _set_aside(browser, offer_id, reason="too_far", note="Kornblume")
    assert answer.status_code == 303
    assert answer.location.startswith(f"{CASE}/passende-angebote?beiseite=")
    page = browser.get(answer.location)
    check_page(page)
    assert "Rückgängig" in page.text
    assert f"beiseitelegen/{offer_id}" not in page.text
    undo = re.search(r'action="([^"]+/wieder-zeigen)"', page.text)
    assert undo
    back = browser.post(undo[1], data={"csrf_token": token_of(page), "next": answer.location})
    assert back.location == f"{CASE}/passende-angebote"
    assert f"beiseitelegen/{offer_id}" in browser.get(CASE).text
    again = browser.post(undo[1], data={"csrf_token": token_of(page)})
    assert again.status_code == 303, "a second click does nothing more"


def test_what_was_set_aside_is_listed_with_the_note_on_a_click(browser: FlaskClient):
    _set_aside(browser, _first_offer(browser), reason="family", note="Kornblume")
    page = browser.get(f"{CASE}/nicht-dabei")
    check_page(page)
    assert "die Familie will es nicht" in page.text
    assert "Kornblume" not in page.text
    note = re.search(r'href="([^"]+/notiz)"', page.text)
    assert note
    assert "Kornblume" in browser.get(note[1]).text
    assert "Kornblume" in browser.get(note[1], headers={"HX-Request": "true"}).text
    assert "Ein Angebot wurde beiseitegelegt" in browser.get(f"{CASE}/verlauf").text


def test_a_double_click_sets_aside_once_and_tells_the_editor_once(browser: FlaskClient, demo: Runtime):
    before = _count(demo)
    offer_id = _first_offer(browser)
    address = f"{CASE}/beiseitelegen/{offer_id}"
    page = browser.get(address)
    key = re.search(r'name="creation_key" value="([^"]+)"', page.text)
    assert key
    data = {"csrf_token": token_of(page), "creation_key": key[1], "reason": "full"}
    places = {browser.post(address, data=data).location for _ in range(3)}
    assert len(places) == 1
    assert _count(demo) == before + 1
    with demo.database.read() as session:
        told = session.exec(select(ChangeSuggestion).where(ChangeSuggestion.entry_id == offer_id)).all()
    assert [one.note for one in told] == ["Das Angebot ist ausgebucht."]


def test_an_editor_reads_the_reason_and_who_said_so_but_nothing_of_the_case(
    browser: FlaskClient, sign_in: SignIn
):
    offer_id = _first_offer(browser)
    form = browser.get(f"{CASE}/beiseitelegen/{offer_id}")
    assert "Die Verzeichnispflege erfährt" in form.text
    _set_aside(browser, offer_id, reason="details_wrong", message="Beginnt um 10 Uhr", note="Kornblume")
    queue = sign_in("directory_editor").get("/pflege/vorschlaege?von=user").text
    assert "Beginnt um 10 Uhr" in queue
    assert "Mira Lindner" in queue
    assert "Amira" not in queue
    assert AMIRA not in queue
    assert "Kornblume" not in queue


def test_a_reason_about_the_client_tells_the_editor_nothing(browser: FlaskClient, demo: Runtime):
    offer_id = _first_offer(browser)
    _set_aside(browser, offer_id, reason="not_interested", message="Kornblume")
    with demo.database.read() as session:
        told = session.exec(select(ChangeSuggestion).where(ChangeSuggestion.entry_id == offer_id)).all()
    assert not told


def test_about_a_confidential_offer_nobody_is_told(browser: FlaskClient, demo: Runtime):
    with demo.database.read() as session:
        offer_id = session.exec(select(Offer.id).where(Offer.is_sensitive)).first()
    assert offer_id
    page = browser.get(f"{CASE}/beiseitelegen/{offer_id}")
    assert 'name="message"' not in page.text
    _set_aside(browser, offer_id, reason="ended", message="Kornblume")
    with demo.database.read() as session:
        told = session.exec(select(ChangeSuggestion).where(ChangeSuggestion.entry_id == offer_id)).all()
    assert not told


def test_which_confidential_offer_was_set_aside_and_why_is_told_on_a_click_alone(
    browser: FlaskClient, demo: Runtime
):
    with demo.database.read() as session:
        offer = session.exec(select(Offer).where(Offer.is_sensitive)).first()
    assert offer
    done = _set_aside(browser, offer.id, reason="tried_before")
    for address in (done.location, CASE, f"{CASE}/nicht-dabei", f"{CASE}/nicht-dabei?regel=set_aside"):
        page = browser.get(address)
        check_page(page)
        assert offer.title not in html.unescape(page.text), address
        assert "schon versucht" not in page.text, address
    match = browser.get(f"{CASE}/passende-angebote/{offer.id}")
    assert match.status_code == 200
    assert "schon versucht" not in match.text
    listed = browser.get(f"{CASE}/nicht-dabei").text
    assert "Vertrauliches Angebot" in listed
    (address,) = re.findall(r'href="([^"]+/notiz)"', listed)[:1]
    opened = browser.get(address, headers={"HX-Request": "true"}).text
    assert offer.title in html.unescape(opened)
    with demo.database.read() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.seq).desc())).first()
    assert entry
    assert (entry.action, entry.subject_type) == ("note.read", "offer_dismissal")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"reason": "x<b>"},
        {"reason": "full", "message": "a" * 301},
        {"reason": "full", "note": "a" * 1001},
    ],
    ids=["nothing", "unknown reason", "long message", "long note"],
)
def test_wrong_input_is_said_and_nothing_typed_is_lost(browser: FlaskClient, demo: Runtime, values):
    before = _count(demo)
    answer = _set_aside(browser, _first_offer(browser), **values)
    assert answer.status_code == 422
    check_page(answer)
    assert "Bitte prüfen" in answer.text
    for typed in values.values():
        if len(typed) > 100:
            assert typed in answer.text
    assert _count(demo) == before


@pytest.mark.parametrize("came_from", ["https://example.org/", "//example.org", "/\\x", "javascript:1"])
def test_nobody_is_led_elsewhere(browser: FlaskClient, came_from: str):
    offer_id = _first_offer(browser)
    page = browser.get(f"{CASE}/beiseitelegen/{offer_id}")
    data = {"csrf_token": token_of(page), "reason": "other", "next": came_from}
    answer = browser.post(f"{CASE}/beiseitelegen/{offer_id}", data=data)
    assert answer.location.startswith(f"{CASE}?beiseite=")


def test_somebody_elses_case_and_unknown_offers_are_not_found(browser: FlaskClient, sign_in: SignIn):
    offer_id = _first_offer(browser)
    assert (
        sign_in("jonas.falk@lotsenbuch.example").get(f"{CASE}/beiseitelegen/{offer_id}").status_code
        == 404
    )
    browser = sign_in("case_worker")
    assert browser.get(f"{CASE}/beiseitelegen/nothing").status_code == 404
    token = token_of(browser.get(CASE))
    assert browser.post(f"{CASE}/beiseitelegen/x", data={"csrf_token": token}).status_code == 404
    assert browser.get(f"{CASE}/beiseite/nothing/notiz").status_code == 404
