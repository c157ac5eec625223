"""Referring, the sheet, what came of it, and the day's lists."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlmodel import func, select

from app.cases.models import Client
from app.directory.models import Offer
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.states import reasons_for
from app.referrals.transitions import next_states
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of

AMIRA = client_id("amira")
CASE = f"/faelle/{AMIRA}"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _panel_of(browser: FlaskClient) -> str:
    """The address of the first card's panel."""
    found = re.search(rf"{CASE}/verweisen/[0-9a-f-]+", browser.get(CASE).text)
    assert found
    return found[0]


def _excluded_panel(browser: FlaskClient, rule: str) -> str:
    page = browser.get(f"{CASE}/nicht-dabei?regel={rule}").text
    found = re.search(rf"{CASE}/verweisen/[0-9a-f-]+", page)
    assert found
    return found[0]


def _preset(page: str) -> dict[str, str]:
    """What the panel would send as it stands."""
    form = page[page.index('<form method="post" novalidate') :]
    sent = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and "checkbox" not in tag:
            sent[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def _refer(browser: FlaskClient, **changes: str) -> str:
    """Refer Amira to the first suitable offer; gives the referral's address."""
    address = _panel_of(browser)
    answer = browser.post(address, data={**_preset(browser.get(address).text), **changes})
    assert answer.status_code == 303, answer.text
    return answer.location.removesuffix("/blatt.pdf")


def _report(browser: FlaskClient, referral: str, **values: str):
    page = browser.get(referral)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text)
    assert version
    data = {"csrf_token": token_of(page), "version": version[1], "passing_reason": "fit", **values}
    return browser.post(referral, data=data)


def test_two_clicks_refer_and_give_the_sheet(browser: FlaskClient):
    panel = browser.get(_panel_of(browser))
    check_page(panel)
    preset = _preset(panel.text)
    assert preset["sheet_language"] == "ar"
    assert preset["follow_up_on"] == "07.12.2026"
    assert preset["goal_id"]
    answer = browser.post(panel.request.path, data=preset, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert "Mira Lindner" in text
    assert "Amira" not in text
    case = browser.get(CASE).text
    assert "Verwiesen an:" in case
    assert "mitgegeben" in case
    assert "Wiedervorlage am 07.12.2026" in case


def test_a_double_click_refers_once_and_a_second_referral_shows_the_first(
    browser: FlaskClient, demo: Runtime
):
    address = _panel_of(browser)
    preset = _preset(browser.get(address).text)
    assert len({browser.post(address, data=preset).location for _ in range(3)}) == 1
    with demo.database.read() as session:
        count = select(func.count()).select_from(Referral).where(Referral.client_id == AMIRA)
        assert session.exec(count).one() == 1
    assert "wurde schon einmal dorthin verwiesen" in browser.get(address).text


def test_what_is_typed_wrong_on_the_panel_stays(browser: FlaskClient):
    address = _panel_of(browser)
    preset = _preset(browser.get(address).text)
    answer = browser.post(
        address, data={**preset, "follow_up_on": "übermorgen", "note": "Nur dienstags"}
    )
    assert answer.status_code == 422
    check_page(answer)
    assert "übermorgen" in answer.text
    assert "Nur dienstags" in answer.text
    past = browser.post(address, data={**preset, "follow_up_on": "01.01.2020"})
    assert "Die Wiedervorlage liegt in der Vergangenheit." in past.text
    odd = browser.post(address, data={**preset, "goal_id": "x", "sheet_language": "../.."})
    assert odd.status_code == 422


def test_rules_are_set_aside_only_on_purpose_and_that_is_shown(browser: FlaskClient):
    address = _excluded_panel(browser, "times_do_not_fit")
    page = browser.get(address)
    check_page(page)
    assert "Diese Regeln sprechen dagegen" in page.text
    preset = _preset(page.text)
    assert browser.post(address, data=preset).status_code == 422
    answer = browser.post(address, data={**preset, "overrule": "y"})
    assert answer.status_code == 303
    shown = browser.get(answer.location.removesuffix("/blatt.pdf")).text
    assert "Verwiesen trotz" in shown
    assert "Zeiten passen nicht" in shown


def test_an_outcome_stands_in_the_history_the_case_and_the_level(browser: FlaskClient):
    referral = _refer(browser)
    check_page(browser.get(referral))
    assert _report(browser, referral, to_state="started").status_code == 303
    answer = _report(
        browser,
        referral,
        to_state="completed",
        level_reached="B1",
        level_evidence="certificate",
        happened_on="20.11.2026",
        note="Prüfung im ersten Anlauf",
    )
    assert answer.status_code == 303
    page = browser.get(referral)
    check_page(page)
    assert "abgeschlossen, Niveau B1 erreicht (am 20.11.2026)" in page.text
    assert "Prüfung im ersten Anlauf" not in page.text
    opened = browser.get(re.findall(rf'href="({referral}/notizen/[0-9a-f-]+)"', page.text)[0])
    check_page(opened)
    assert "Prüfung im ersten Anlauf" in opened.text
    assert "Dieser Verweis ist abgeschlossen." in page.text
    case = browser.get(CASE).text
    assert "B1 (Zertifikat vom November 2026)" in case
    assert "Ziel erreicht: Deutsch lernen (B1)" in case
    assert "Niveau B1 erreicht" in case
    assert "Prüfung" not in case


@pytest.mark.parametrize("state", next_states("handed_over"))
def test_every_possible_outcome_can_be_recorded(browser: FlaskClient, state: str):
    referral = _refer(browser)
    reason = next(iter(reasons_for(state)), "")
    if reason:
        refused = _report(browser, referral, to_state=state, note="Steht noch da")
        assert refused.status_code == 422
        assert "Bitte wählen Sie einen Grund" in refused.text
        assert "Steht noch da" in refused.text
        check_page(refused)
    assert _report(browser, referral, to_state=state, reason=reason).status_code == 303


def test_the_same_hours_with_something_of_the_same_kind_are_told_beforehand(
    browser: FlaskClient, demo: Runtime
):
    referral = _refer(browser)
    with demo.database.read() as session:
        offer_id = session.exec(select(Referral.offer_id).order_by(Referral.created_at.desc())).first()
    table = demo.offer_table_cache.current()
    row = table.row_of[offer_id]
    panels = {
        other: browser.get(f"{CASE}/verweisen/{other}").text
        for other, at in table.row_of.items()
        if at != row and table.kind[at] == table.kind[row] and table.weekdays[at] & table.weekdays[row]
    }
    told = [
        page for page in panels.values() if "Es läuft schon ein Verweis auf etwas Ähnliches" in page
    ]
    assert 0 < len(told) < len(panels)
    assert all(referral in page for page in told)


def test_a_rejection_shows_the_next_best_offers_right_there(browser: FlaskClient):
    referral = _refer(browser)
    assert "Was als Nächstes passt" not in browser.get(referral).text
    _report(browser, referral, to_state="rejected", reason="not_eligible")
    page = browser.get(referral)
    check_page(page)
    found = page.text[page.text.index("Was als Nächstes passt") :]
    offers = re.findall(rf"{CASE}/verweisen/([0-9a-f-]+)", found)
    assert offers
    assert browser.get(f"{CASE}/verweisen/{offers[0]}").status_code == 200


def test_bad_outcomes_are_said_beside_the_field(browser: FlaskClient):
    referral = _refer(browser)
    assert "Bitte wählen Sie, was daraus geworden ist." in _report(browser, referral).text
    for values in (
        {"to_state": "dropped_out", "reason": "times"},
        {"to_state": "completed", "happened_on": "31.12.2026"},
        {"to_state": "completed", "level_reached": "B7", "level_evidence": "test"},
        {"to_state": "rejected", "reason": "mistake"},
        {"to_state": "completed", "note": "x" * 5000},
        {"to_state": "flown"},
    ):
        answer = _report(browser, referral, **values)
        assert answer.status_code == 422, values
        check_page(answer)
    token = token_of(browser.get(referral))
    stale = browser.post(referral, data={"csrf_token": token, "version": "7x", "to_state": "received"})
    assert stale.status_code == 409


def test_nothing_new_moves_the_follow_up(browser: FlaskClient):
    referral = _refer(browser)
    page = browser.get(referral)
    data = {"csrf_token": token_of(page), "later-version": "1", "later-reason": "they_will_call"}
    address = f"{referral}/wiedervorlage"
    for wrong in ("", "bald", "01.01.2020"):
        answer = browser.post(address, data={**data, "later-follow_up_on": wrong})
        assert answer.status_code == 422
        check_page(answer)
    day = {"later-follow_up_on": "11.01.2027"}
    unexplained = browser.post(address, data={**data, **day, "later-reason": ""})
    assert unexplained.status_code == 422
    assert "Bitte wählen Sie einen Grund." in unexplained.text
    assert browser.post(address, data={**data, **day}).status_code == 303
    assert "Wiedervorlage am 11.01.2027" in browser.get(CASE).text
    assert "noch nichts Neues: meldet sich" in browser.get(referral).text
    again = browser.post(address, data={**data, "later-follow_up_on": "12.01.2027"})
    assert again.status_code == 409


def test_others_find_neither_the_referral_nor_the_sheet(browser: FlaskClient, sign_in: SignIn):
    referral = _refer(browser)
    stranger = sign_in("jonas.falk@lotsenbuch.example")
    token = token_of(stranger.get("/heute"))
    assert stranger.get(referral).status_code == 404
    assert stranger.get(f"{referral}/blatt.pdf").status_code == 404
    assert stranger.get(_panel_of(browser)).status_code == 404
    data = {"csrf_token": token, "version": "1", "to_state": "received"}
    assert stranger.post(referral, data=data).status_code == 404
    lead = sign_in("team_lead")
    assert lead.get(referral).status_code == 200
    assert lead.get(f"{referral}/blatt.pdf").status_code == 200


def test_today_shows_what_is_due_and_the_list_narrows_by_state(
    browser: FlaskClient, sign_in: SignIn, demo: Runtime
):
    referral = _refer(browser)
    with demo.database.write() as session:
        stored = session.get_one(Referral, referral.rsplit("/", 1)[1])
        stored.follow_up_on = TODAY - timedelta(days=2)
        session.add(stored)
    page = browser.get("/heute")
    check_page(page)
    assert "seit 2 Tagen fällig" in page.text
    assert referral in page.text
    assert referral not in sign_in("team_lead").get("/heute").text
    assert referral in browser.get("/vermittlungen").text
    assert referral not in browser.get("/vermittlungen?stand=completed").text
    assert referral in sign_in("team_lead").get("/vermittlungen?stand=handed_over").text
    assert browser.get("/vermittlungen?stand=%00&seite=-1&wessen=x").status_code == 200


def test_a_case_worker_without_cases_is_welcomed(sign_in: SignIn):
    lead = sign_in("team_lead")
    page = lead.get("/heute")
    check_page(page)
    assert "Heute ist nichts fällig." in page.text


def test_a_withdrawn_offer_cannot_be_referred_to_but_old_referrals_stay(
    browser: FlaskClient, demo: Runtime
):
    address = _panel_of(browser)
    referral = _refer(browser)
    with demo.database.write() as session:
        offer = session.get_one(Offer, address.rsplit("/", 1)[1])
        offer.status = "withdrawn"
        session.add(offer)
        client = session.get_one(Client, AMIRA)
        assert client
    assert browser.get(referral).status_code == 200
    assert browser.get(f"{referral}/blatt.pdf").status_code == 200


def test_what_nobody_answered_stands_in_a_list_of_its_own(browser: FlaskClient, demo: Runtime):
    referral = _refer(browser)

    def shown(state: str) -> bool:
        page = browser.get(f"/vermittlungen?stand={state}")
        check_page(page)
        return referral in page.text

    def put(follow_up_on: date, created_on: date) -> None:
        with demo.database.write() as session:
            stored = session.get_one(Referral, referral.rsplit("/", 1)[1])
            stored.follow_up_on = follow_up_on
            stored.created_at = datetime.combine(created_on, time(12), UTC)
            session.add(stored)

    assert not shown("due")
    assert not shown("unanswered")
    put(TODAY, TODAY)
    assert shown("due")
    assert not shown("unanswered")
    put(TODAY - timedelta(days=15), TODAY)
    assert shown("unanswered")
    put(TODAY + timedelta(days=5), TODAY - timedelta(days=29))  # put off again and again
    assert shown("unanswered")
    assert not shown("due")
