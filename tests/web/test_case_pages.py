"""Finding, opening and changing cases."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import func, select

from app.cases.models import Client
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from tests.web.conftest import SignIn, check_page, token_of

AMIRA = client_id("amira")
CASE = f"/faelle/{AMIRA}"
PAGES = ("/heute", "/faelle", "/faelle/neu", CASE, f"{CASE}/aufnahme", f"{CASE}/haushalt?q=a",
         f"{CASE}/aenderungen", f"{CASE}/barrierefreiheit", f"{CASE}/passende-angebote",
         f"{CASE}/nicht-dabei", "/vermittlungen")  # fmt: skip


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _send(browser: FlaskClient, address: str, **values: object):
    page = browser.get(address)
    hidden = {
        name: value
        for name in ("creation_key", "version")
        for value in re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page.text)
    }
    return browser.post(address, data={"csrf_token": token_of(page), **hidden, **values})


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("interface", ["de", "en"])
def test_every_page_is_well_formed_in_both_languages(browser: FlaskClient, address, interface):
    token = token_of(browser.get("/heute"))
    browser.post("/sprache", data={"csrf_token": token, "language": interface, "next": "/heute"})
    answer = browser.get(address)
    assert answer.status_code == 200
    check_page(answer)


@pytest.mark.parametrize("address", [CASE, f"{CASE}/aufnahme", f"{CASE}/haushalt",
                                     f"{CASE}/aenderungen", f"{CASE}/barrierefreiheit",
                                     f"{CASE}/passende-angebote", f"{CASE}/nicht-dabei"])  # fmt: skip
def test_somebody_elses_case_is_not_found(sign_in: SignIn, address: str):
    assert sign_in("jonas.falk@lotsenbuch.example").get(address).status_code == 404
    assert sign_in("team_lead").get(address).status_code == 200


def test_amira_is_found_by_part_of_her_name(browser: FlaskClient):
    page = browser.get("/faelle?q=AMI").text
    assert "H., Amira" in page
    assert "1 Fall" in page
    assert "H., Amira" not in browser.get("/faelle?q=zzz&seite=99").text
    assert browser.get("/faelle?q=%00%25&seite=-7&person=x").status_code == 200


def test_the_case_shows_who_it_is_and_what_suits_with_reasons(browser: FlaskClient):
    page = browser.get(CASE).text
    assert "A2 (Zertifikat vom März 2026)" in page
    assert "Arabisch (arabische Schrift)" in page
    assert "Deutsch B1 mit Zertifikat" in page
    assert "Einstieg A2 = Zertifikat vom März 2026" in page
    assert "Interesse: Fußball" in page
    assert "Verweisen" in page
    assert page.index("Deutsch lernen</h3>") < page.index("Kontakte und Freizeit</h3>")


def test_why_not_shown_names_rules_and_can_be_narrowed(browser: FlaskClient):
    everything = browser.get(f"{CASE}/nicht-dabei").text
    assert "lb-reasons--against" in everything
    rule = re.search(r"regel=([a-z_]+)", everything)
    assert rule
    assert browser.get(f"{CASE}/nicht-dabei?regel={rule[1]}").status_code == 200
    assert "Kein ausgeschlossenes Angebot" in browser.get(f"{CASE}/nicht-dabei?q=zzzzz").text
    assert browser.get(f"{CASE}/nicht-dabei?seite=99999999999&regel=x").status_code == 200


def test_suitable_offers_can_be_narrowed(browser: FlaskClient):
    page = browser.get(f"{CASE}/passende-angebote?gruppe=language&art=language_course&km=5").text
    assert "Deutsch lernen" in page
    assert "Kontakte und Freizeit</h2>" not in page
    assert browser.get(f"{CASE}/passende-angebote?gruppe=x&art=y&km=z").status_code == 200


def test_a_case_is_opened_with_a_name_and_leads_to_the_intake(browser: FlaskClient):
    answer = _send(browser, "/faelle/neu", given_name="Dilan", birth_date="3.4.1990", language="kmr")
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert answer.location.endswith("/aufnahme")
    assert "03.04.1990" in page
    assert re.search(r'<input[^>]*checked[^>]*name="languages"[^>]*value="kmr"', page)


def test_a_double_click_opens_one_case(browser: FlaskClient, demo: Runtime):
    page = browser.get("/faelle/neu")
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', page.text)
    assert key
    data = {"csrf_token": token_of(page), "creation_key": key[1], "given_name": "Doppelt"}
    places = {browser.post("/faelle/neu", data=data).location for _ in range(3)}
    assert len(places) == 1
    with demo.database.read() as session:
        count = select(func.count()).select_from(Client).where(Client.given_name == "Doppelt")
        assert session.exec(count).one() == 1


def test_wrong_input_of_a_new_case_is_said_beside_the_field(browser: FlaskClient):
    answer = _send(browser, "/faelle/neu", given_name=" ", birth_date="31.02.1990", language="xx<b>")
    assert answer.status_code == 422
    check_page(answer)
    for name in ("birth_date", "language"):
        assert f'href="#{name}"' in answer.text, name
    assert "31.02.1990" in answer.text
