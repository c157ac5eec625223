"""Finding, opening and changing cases."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import func, select

from app.cases.models import Client, Goal
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from tests.web.conftest import SignIn, check_page, token_of

AMIRA = client_id("amira")
CASE = f"/faelle/{AMIRA}"
PAGES = ("/heute", "/faelle", "/faelle/neu", CASE, f"{CASE}/bearbeiten", f"{CASE}/passende-angebote",
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


@pytest.mark.parametrize("address", [CASE, f"{CASE}/bearbeiten", f"{CASE}/passende-angebote",
                                     f"{CASE}/nicht-dabei"])  # fmt: skip
def test_somebody_elses_case_is_not_found(sign_in: SignIn, address: str):
    assert sign_in("jonas.falk@lotsenbuch.example").get(address).status_code == 404
    assert sign_in("team_lead").get(address).status_code == 200


def test_amira_is_found_by_part_of_her_name(browser: FlaskClient):
    page = browser.get("/faelle?q=AMI").text
    assert "Amira H." in page
    assert "1 Fall" in page
    assert "Niemand dieses Namens" in browser.get("/faelle?q=zzz&seite=99").text
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


def test_a_case_is_opened_with_everything(browser: FlaskClient, demo: Runtime):
    answer = _send(
        browser,
        "/faelle/neu",
        given_name="Dilan",
        family_name="Ö.",
        birth_date="3.4.1990",
        sex="female",
        languages=["kmr", "ar"],
        other_languages="Georgisch",
        reads=["ar"],
        german_level="A1",
        german_level_evidence="test",
        german_level_on="09.2026",
        interests="Fußball, كرة القدم; Häkeln",
        plz="73730",
        mobility="transit",
        max_distance_km="7,5",
        times=["1-morning", "2-evening"],
        exact_3="9-11:30, 14-16",
        needs_childcare="yes",
        residence_status="25(2)",
        entitlements_known="some",
        right_obligation="y",
        right_obligation_from="01.02.2026",
        goal_language="y",
        goal_language_level="A2",
        goal_work_title="Schneiderei",
    )
    assert answer.status_code == 303, re.findall(r"kern-error[^<]*<[^>]*>[^<]*", answer.text)
    page = browser.get(answer.location).text
    for words in ("Dilan Ö.", "Kurmandschi (Kurdisch), Arabisch, Georgisch", "A1 (Einstufungstest vom",
                  "73730", "Schneiderei", "Deutsch lernen (A2)", "höchstens 7,5 km",
                  "Mi. 09:00–11:30, 14:00–16:00", "Verpflichtung zum Integrationskurs",
                  "ca. "):  # fmt: skip
        assert words in page, words
    with demo.database.read() as session:
        stored = session.exec(select(Client).where(Client.given_name == "Dilan")).one()
        assert stored.max_distance_km == 7.5
        assert stored.needs_step_free is None
        assert len(session.exec(select(Goal).where(Goal.client_id == stored.id)).all()) == 2


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


def test_wrong_input_is_said_beside_the_field_and_nothing_typed_is_lost(browser: FlaskClient):
    answer = _send(
        browser,
        "/faelle/neu",
        given_name="",
        birth_date="31.02.1990",
        phone="0711 5550",
        plz="1",
        max_distance_km="weit",
        interests="Schach <b>",
        other_reads="Quietschisch",
        exact_2="irgendwann",
        german_level_evidence="test",
        entitlements_known="some",
        goal_work_title="Küche",
        times=["5-evening", "9-night"],
        accommodation_id="gibt-es-nicht",
        sex="keins",
    )
    assert answer.status_code == 422
    check_page(answer)
    for field in ("family_name", "birth_date", "plz", "max_distance_km", "other_reads", "exact_2",
                  "german_level_evidence", "entitlements_known", "sex"):  # fmt: skip
        assert f'href="#{field}"' in answer.text, field
    for typed in ("31.02.1990", "0711 5550", "weit", "Schach &lt;b&gt;", "Quietschisch", "irgendwann",
                  "Küche"):  # fmt: skip
        assert typed in answer.text
    assert re.search(r'<input[^>]*checked[^>]*value="5-evening"', answer.text)


def test_an_unknown_accommodation_is_refused(browser: FlaskClient):
    answer = _send(browser, "/faelle/neu", given_name="A", accommodation_id="gibt-es-nicht")
    assert answer.status_code == 422
    assert "Diese Unterkunft gibt es nicht." in answer.text


def test_saving_a_case_unchanged_changes_nothing(browser: FlaskClient, demo: Runtime):
    page = browser.get(f"{CASE}/bearbeiten")
    data = _fields(page.text)
    answer = browser.post(f"{CASE}/bearbeiten", data=data)
    assert answer.status_code == 303, answer.text
    assert "Geändert" not in browser.get(CASE).text
    with demo.database.read() as session:
        assert session.get_one(Client, AMIRA).version == int(data["version"][0])


def test_a_change_on_an_old_form_keeps_what_was_typed(browser: FlaskClient):
    old = _fields(browser.get(f"{CASE}/bearbeiten").text)
    assert _send(browser, f"{CASE}/bearbeiten", **{**old, "phone": ["0711 1"]}).status_code == 303
    answer = browser.post(f"{CASE}/bearbeiten", data={**old, "phone": ["0711 222"]})
    assert answer.status_code == 409
    assert "inzwischen geändert" in answer.text
    assert "0711 222" in answer.text


def _fields(page: str) -> dict[str, list[str]]:
    """What a browser would send for the form of a case as it is shown."""
    form = page[page.index('<form method="post" novalidate') :]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (("checkbox" not in tag and "radio" not in tag) or " checked" in tag):
            sent.setdefault(name[1], []).append(value[1] if value else "")
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        sent[name] = [chosen[1] if chosen else ""]
    for name, words in re.findall(
        r'<textarea [^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', form, re.S
    ):
        sent[name] = [words]
    return sent
