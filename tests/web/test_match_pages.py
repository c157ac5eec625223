"""What the case worker sees of matching: how a match comes about, more like it, and what to ask."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.cases.models import Client
from app.directory.models import Offer
from app.matching.codes import CLARIFY_CODES
from app.matching.rule_files import FACTORS
from app.matching.types import OpenQuestion
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from app.web.labels.factors import factor_label
from app.web.open_questions import _QUESTIONS, build_questions
from tests.web.conftest import SignIn, check_page

AMIRA = client_id("amira")
CASE = f"/faelle/{AMIRA}"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _first_match(browser: FlaskClient) -> str:
    found = re.search(rf'href="({CASE}/passende-angebote/[0-9a-f-]{{36}})"', browser.get(CASE).text)
    assert found
    return found[1]


def test_a_match_tells_what_each_factor_adds(browser: FlaskClient):
    page = browser.get(_first_match(browser))
    check_page(page)
    assert "Wie kommt das zustande?" in page.text
    assert page.text.count('<th scope="row">') >= len(FACTORS) - 1
    cells = re.findall(r"<td>([\d,]+)</td>\s*</tr>", page.text)
    *added, total = [float(cell.replace(",", ".")) for cell in cells]
    assert total == pytest.approx(sum(added), abs=0.6)
    assert "Mehr davon" in page.text


def test_in_a_card_only_the_table_is_put(browser: FlaskClient):
    part = browser.get(_first_match(browser), headers={"HX-Request": "true"}).text
    assert "<table" in part
    assert "<html" not in part


def test_more_like_this_names_suitable_offers_but_not_itself(browser: FlaskClient):
    address = _first_match(browser)
    page = browser.get(address).text
    similar = page[page.index('id="aehnliche"') :]
    assert "lb-card__title" in similar
    assert f'href="{address}"' not in similar


def test_an_offer_that_does_not_suit_tells_its_rules(browser: FlaskClient):
    page = browser.get(f"{CASE}/nicht-dabei").text
    excluded = re.search(r"/angebote/([0-9a-f-]{36})", page[page.index("lb-list") :])
    assert excluded
    answer = browser.get(f"{CASE}/passende-angebote/{excluded[1]}")
    check_page(answer)
    assert "Nach den Regeln passt dieses Angebot nicht" in answer.text


def test_what_is_not_proposed_or_somebody_elses_is_not_found(
    browser: FlaskClient, demo: Runtime, sign_in
):
    assert browser.get(f"{CASE}/passende-angebote/nothing").status_code == 404
    with demo.database.read() as session:
        gone = session.exec(select(Offer.id).where(Offer.status != "published")).first()
    if gone:
        assert browser.get(f"{CASE}/passende-angebote/{gone}").status_code == 404
    address = _first_match(browser)
    assert sign_in("jonas.falk@lotsenbuch.example").get(address).status_code == 404


def test_every_question_leads_to_a_place_in_the_intake(browser: FlaskClient):
    intake = browser.get(f"{CASE}/aufnahme").text
    for code, (_words, anchor) in _QUESTIONS.items():
        assert code in CLARIFY_CODES
        assert f'id="{anchor}"' in intake, code


def test_questions_stand_in_the_order_of_what_they_decide(browser: FlaskClient, demo: Runtime):
    with demo.database.write() as session:
        client = session.exec(select(Client).where(col(Client.id) == AMIRA)).one()
        client.available = client.needs_step_free = client.needs_childcare = None
        client.residence_status = client.birth_date = None
        session.add(client)
    page = browser.get(CASE)
    check_page(page)
    section = page.text[page.text.index('id="zu-klaeren"') :]
    section = section[: section.index("</section>")]
    counts = [int(number) for number in re.findall(r"entscheidet über (\d+)", section)]
    assert len(counts) == 3
    assert counts == sorted(counts, reverse=True)
    assert "weitere Frage" in section
    everything = browser.get(f"{CASE}/passende-angebote")
    check_page(everything)
    assert everything.text.count("entscheidet über") > 3


def test_nothing_is_asked_when_everything_is_known():
    assert build_questions(()) == []
    assert build_questions([OpenQuestion("no_such_code", 3)]) == []


def test_every_factor_has_a_name():
    assert all(factor_label(code) != code for code in FACTORS)


def test_a_closed_case_proposes_nothing_to_be_done(browser: FlaskClient, demo: Runtime):
    with demo.database.write() as session:
        session.get_one(Client, AMIRA).closed_on = demo.today
    for page in (CASE, f"{CASE}/passende-angebote"):
        text = browser.get(page).text
        assert "/verweisen/" not in text
        assert "Passt nicht" not in text
