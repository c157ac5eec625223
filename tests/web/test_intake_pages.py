"""The intake part by part, the household, the history of changes, and the editor's words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.cases.client_parts import load_values
from app.cases.models import Client, ClientInterest
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from app.web.intake_sections import SECTIONS
from tests.web.conftest import SignIn, check_page, token_of
from tests.web.form_samples import fields_of

AMIRA = client_id("amira")
CASE = f"/faelle/{AMIRA}"
PAGE = f"{CASE}/aufnahme"
HOLDING = {
    "person": "given_name", "sprachen": "other_languages", "wohnen": "street",
    "familie": "needs_childcare", "bildung": "schooling", "deutsch": "level_overall",
    "interessen": "interests", "aufenthalt": "residence_status", "barrieren": "needs_step_free",
    "ziele": "goal_work_title",
}  # fmt: skip
"""A field of each part, to find its form by."""
JSON = {"Accept": "application/json"}


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _fields(browser: FlaskClient, part: str) -> dict[str, list[str]]:
    return fields_of(browser.get(PAGE), HOLDING[part])


def _save(browser: FlaskClient, part: str, json: bool = False, **values: Any) -> TestResponse:
    data = _fields(browser, part) | values
    return browser.post(f"{PAGE}/{part}", data=data, headers=JSON if json else {})


def _values(demo: Runtime) -> dict[str, Any]:
    with demo.database.read() as session:
        return load_values(session, session.get_one(Client, AMIRA))


def test_every_part_saved_as_it_is_shown_changes_nothing(browser: FlaskClient, demo: Runtime):
    before = _values(demo)
    for section in SECTIONS:
        answer = _save(browser, section.slug)
        assert answer.status_code == 303, section.slug
        assert answer.location.endswith(f"/aufnahme#{section.slug}")
    assert _values(demo) == before
    assert "Noch wurde nichts geändert" in browser.get(f"{CASE}/aenderungen").text


def test_everything_can_be_entered(browser: FlaskClient, demo: Runtime):
    page = browser.get(PAGE).text
    authority = re.findall(r'<option[^>]*value="([^"]+)"', page[page.index('name="benefit_auth') :])
    told: dict[str, dict[str, Any]] = {
        "person": {"nationalities": "Syrien, Türkei", "phone": "0711 1", "email": "a@example.org"},
        "sprachen": {"other_languages": "Georgisch", "literacy": "latin_slow",
                     "interpreting_language": "ar", "sheet_language": "ar"},
        "wohnen": {"accommodation_id": "", "street": "Weg", "house_number": "1 a", "plz": "73730",
                   "town": "Esslingen", "max_distance_km": "7,5"},
        "familie": {"needs_childcare": "no"},
        "bildung": {"schooling": "upper_secondary", "schooling_years": "12",
                    "degrees-0-title": "Abitur", "degrees-0-country": "syrien",
                    "degrees-0-recognition": "applied", "work_experience-0-occupation": "Schneiderin",
                    "work_experience-0-years": "3,5", "work_experience-0-country": "TR",
                    "work_experience-1-occupation": "", "work_experience-1-years": "",
                    "work_experience-1-country": ""},
        "deutsch": {"level_reading": "B1", "evidence_reading": "certificate",
                    "known_reading": "03.2026", "expires_reading": "01.03.2028"},
        "interessen": {"interests": "Schach, كرة القدم", "times": ["1-morning"], "exact_3": "9-11:30"},
        "aufenthalt": {"office_contact": "Frau Amt -22", "entitlements-1-kind": "admission",
                       "entitlements-1-issuer": "BAMF", "entitlements-1-issued_on": "1.2.2026",
                       "benefit_authority_id": authority[1], "benefit_reference": "77 A"},
        "barrieren": {"needs_step_free": "yes"},
        "ziele": {"goal_housing": "y", "goal_housing_title": "Drei Zimmer"},
    }  # fmt: skip
    for part, values in told.items():
        answer = _save(browser, part, **values)
        assert answer.status_code == 303, re.findall(r"kern-error.*?</p>", answer.text, re.S)
    stored = _values(demo)
    for name, value in {
        "nationalities": ["SY", "TR"], "email": "a@example.org", "literacy": "latin_slow",
        "interpreting_language": "ar", "sheet_language": "ar", "accommodation_id": None,
        "street": "Weg", "house_number": "1 a", "plz": "73730", "max_distance_km": 7.5,
        "needs_childcare": False, "schooling": "upper_secondary", "schooling_years": 12,
        "degrees": [{"title": "Abitur", "country": "SY", "recognition": "applied"}],
        "work_experience": [{"occupation": "Schneiderin", "years": 3.5, "country": "TR"}],
        "interests": ["Schach", "كرة القدم"], "office_contact": "Frau Amt -22",
        "benefit_authority_id": authority[1], "benefit_reference": "77 A", "needs_step_free": True,
    }.items():  # fmt: skip
        assert stored[name] == value, name
    assert "ka" in (stored["languages"] or [])
    assert stored["level_reading"] == {
        "level": "B1", "evidence": "certificate", "known_on": "2026-03-01", "expires_on": "2028-03-01",
    }  # fmt: skip
    assert ["admission", "BAMF", "2026-02-01", None] in stored["entitlements"]
    assert {"weekday": 3, "from": "09:00", "to": "11:30"} in stored["available"]
    assert ["housing", "Drei Zimmer", None] in stored["goals"]
    page = browser.get(PAGE)
    check_page(page)
    assert "Esslingen" in browser.get(f"{CASE}/aenderungen").text


def test_what_can_be_used_is_saved_and_the_rest_is_said_beside_its_field(
    browser: FlaskClient, demo: Runtime
):
    answer = _save(browser, "person", phone="0711 9", birth_date="31.02.1990", nationalities="Quatsch")
    assert answer.status_code == 422
    check_page(answer)
    for name in ("birth_date", "nationalities"):
        assert f'href="#{name}"' in answer.text
    assert "31.02.1990" in answer.text
    assert "Quatsch" in answer.text
    assert _values(demo)["phone"] == "0711 9"
    assert _values(demo)["birth_date"] is not None


BAD_INPUT = (
    ("person", {"given_name": "", "family_name": " "}, "given_name"),
    ("person", {"email": "kein.at"}, "email"),
    ("person", {"sex": "keins"}, "sex"),
    ("person", {"birth_date": "1.1.1850"}, "birth_date"),
    ("sprachen", {"other_reads": "Quietschisch"}, "other_reads"),
    ("sprachen", {"reads_nothing": "y"}, "reads_nothing"),
    ("sprachen", {"sheet_language": "<b>"}, "sheet_language"),
    ("wohnen", {"plz": "99999999"}, "plz"),
    ("wohnen", {"max_distance_km": "weit"}, "max_distance_km"),
    ("wohnen", {"accommodation_id": "gibt-es-nicht"}, "accommodation_id"),
    ("bildung", {"degrees-0-title": "", "degrees-0-country": "Syrien"}, "degrees-0-title"),
    ("bildung", {"work_experience-0-years": "viele"}, "work_experience-0-years"),
    ("bildung", {"degrees-0-title": "Abitur", "degrees_none": "y"}, "degrees_none"),
    ("bildung", {"schooling_years": "999999999"}, "schooling_years"),
    ("deutsch", {"evidence_writing": "test"}, "level_writing"),
    ("deutsch", {"level_writing": "Z9"}, "level_writing"),
    ("deutsch", {"level_reading": "A1", "known_reading": "1.1.2090"}, "level_reading"),
    ("deutsch", {"level_overall": "A1", "evidence_overall": "self"}, "level_overall"),
    ("interessen", {"interests": "x" * 200}, "interests"),
    ("interessen", {"exact_2": "irgendwann"}, "exact_2"),
    ("aufenthalt", {"entitlements-1-issuer": "BAMF"}, "entitlements-1-kind"),
    ("aufenthalt", {"residence_status": "99"}, "residence_status"),
    ("aufenthalt", {"benefit_authority_id": "x"}, "benefit_authority_id"),
    ("ziele", {"goal_language": [], "goal_language_title": "", "goal_language_level": ""},
     "goal_language"),
    ("ziele", {"goal_work_title": "x" * 300}, "goal_work_title"),
)  # fmt: skip
"""Part, what is typed, and the field beside which it is said."""


def test_bad_input_is_said_beside_its_field(browser: FlaskClient):
    shown = browser.get(PAGE)
    for part, values, field in BAD_INPUT:
        data = fields_of(shown, HOLDING[part]) | values
        answer = browser.post(f"{PAGE}/{part}", data=data, headers=JSON)
        assert answer.status_code == 422, field
        assert list(answer.get_json()["errors"]) == [field]
        again = browser.post(f"{PAGE}/{part}", data=data)
        assert again.status_code == 422
        check_page(again)


def test_the_script_gets_what_it_shows(browser: FlaskClient):
    saved = _save(browser, "interessen", json=True, interests="yüzme, Quietschentenkunde <b>")
    answer = saved.get_json()
    assert saved.status_code == 200
    assert re.fullmatch(r"Gespeichert \d\d:\d\d", answer["status"])
    assert "Schwimmen" in answer["fragments"]["understood"]
    assert "noch nicht verstanden" in answer["fragments"]["understood"]
    assert "<b>" not in answer["fragments"]["understood"]


def test_a_conflict_is_told_and_can_be_settled(browser: FlaskClient, sign_in: SignIn, demo: Runtime):
    lead = sign_in("team_lead")
    mine, theirs = _fields(browser, "person"), _fields(lead, "person")
    address = f"{PAGE}/person"
    assert lead.post(address, data=theirs | {"phone": "0711 222"}).status_code == 303
    other = browser.post(address, data=mine | {"email": "x@example.org"}, headers=JSON)
    assert other.status_code == 200
    answer = browser.post(address, data=mine | {"phone": "0711 333"}, headers=JSON)
    assert answer.status_code == 409
    told = answer.get_json()
    assert "0711 222" in told["errors"]["phone"]
    page = browser.post(address, data=mine | {"phone": "0711 333"})
    check_page(page)
    assert "0711 333" in page.text
    assert "0711 222" in page.text
    assert _values(demo)["phone"] == "0711 222"
    settled = mine | {"phone": "0711 333", "as_read": told["as_read"], "insist": told["insist"]}
    assert browser.post(address, data=settled).status_code == 303
    assert _values(demo)["phone"] == "0711 333"


def test_better_proof_stays_until_somebody_insists(browser: FlaskClient, demo: Runtime):
    told = {"level_overall": "A1", "evidence_overall": "self"}
    answer = _save(browser, "deutsch", json=True, **told).get_json()
    assert answer["weaker"] == ["overall"]
    assert "besser belegt" in answer["errors"]["level_overall"]
    assert _save(browser, "deutsch", **told, proof_overall="y").status_code == 303
    assert _values(demo)["level_overall"]["level"] == "A1"


def test_details_open_on_a_click_only(browser: FlaskClient, sign_in: SignIn):
    marker = "Rollstuhl-Kennwort-77"
    page = browser.get(f"{CASE}/barrierefreiheit")
    data = fields_of(page) | {"accessibility_note": [f"{marker}\r\nzweite Zeile"]}
    assert browser.post(f"{CASE}/barrierefreiheit", data=data).status_code == 303
    outdated = browser.post(f"{CASE}/barrierefreiheit", data=data | {"accessibility_note": ["anders"]})
    assert outdated.status_code == 409
    assert "anders" in outdated.text
    assert marker not in outdated.text
    changes = browser.get(f"{CASE}/aenderungen").text
    for shown in (browser.get(PAGE).text, browser.get(CASE).text, changes):
        assert marker not in shown
    assert marker in browser.get(f"{CASE}/barrierefreiheit").text
    link = re.search(rf'href="({CASE}/aenderungen/[^"]+)"', changes)
    assert link
    opened = browser.get(link[1])
    check_page(opened)
    assert marker in opened.text
    assert sign_in("jonas.falk@lotsenbuch.example").get(link[1]).status_code == 404
    long = browser.post(f"{CASE}/barrierefreiheit", data=data | {"accessibility_note": ["x" * 6000]})
    assert long.status_code == 422
    log = sign_in("data_protection_officer").get("/verwaltung/protokoll").text
    assert "Einzelheiten zur Barrierefreiheit gelesen" in log
    assert marker not in log


def test_no_part_but_those_there_are(browser: FlaskClient):
    token = token_of(browser.get(PAGE))
    assert browser.post(f"{PAGE}/anderes", data={"csrf_token": token}).status_code == 404


def test_a_household_on_its_page(browser: FlaskClient, demo: Runtime):
    with demo.database.read() as session:
        amira = session.get_one(Client, AMIRA)
        others = select(Client).where(
            Client.case_worker_id == amira.case_worker_id, Client.household_id != amira.household_id
        )
        wanted = session.exec(others).first()
        assert wanted
    page = browser.get(f"{CASE}/haushalt?q={wanted.given_name}")
    token = token_of(page)
    assert "minderjährig" in page.text
    person = re.search(r'name="person" value="([^"]+)"><button[^>]*>Gehört', page.text)
    assert person
    home = f"{CASE}/haushalt"
    steps = [
        ("aufnehmen", {"person": person[1]}),
        ("aufnehmen", {"person": person[1]}),
        ("gilt-fuer-alle", {"was": ["home", "phone", "forged"]}),
        ("gilt-fuer-alle", {}),
        ("verlassen", {"person": person[1]}),
    ]
    for step, values in steps:
        assert browser.post(f"{home}/{step}", data={"csrf_token": token, **values}).status_code == 303
    with demo.database.read() as session:
        amira, other = session.get_one(Client, AMIRA), session.get_one(Client, person[1])
        assert other.accommodation_id == amira.accommodation_id
        assert other.household_id is None
    form = fields_of(page, "creation_key") | {"given_name": "Neues", "birth_date": "1.1.2024"}
    assert browser.post(f"{home}/neu", data=form).status_code == 303
    assert browser.post(f"{home}/neu", data=form).status_code == 303
    assert browser.get(home).text.count(">Neues</a>") == 1
    wrong = browser.post(f"{home}/neu", data=form | {"given_name": "", "creation_key": "x"})
    assert wrong.status_code == 422
    check_page(wrong)
    forged = browser.post(f"{home}/aufnehmen", data={"csrf_token": token, "person": "gibt-es-nicht"})
    assert forged.status_code == 404


def test_the_editor_says_what_a_word_means(browser: FlaskClient, sign_in: SignIn, demo: Runtime):
    _save(browser, "interessen", interests="Quietschentenkunde, ruf 0711 5550 an")
    editor = sign_in("directory_editor")
    page = editor.get("/pflege/interessen")
    check_page(page)
    assert "Quietschentenkunde" in page.text
    assert "5550" not in page.text
    assert "Amira" not in page.text
    data = {"csrf_token": token_of(page), "word": "Quietschentenkunde", "what": "topic"}
    wrong = editor.post("/pflege/interessen", data=data | {"topic": "zzqqxx"})
    assert wrong.status_code == 422
    check_page(wrong)
    assert editor.post("/pflege/interessen", data=data | {"topic": "Fußball"}).status_code == 303
    with demo.database.read() as session:
        word = col(ClientInterest.word) == "Quietschentenkunde"
        assert session.exec(select(ClientInterest.concept).where(word)).all() == ["football"]
    assert "Quietschentenkunde" in editor.get("/pflege/interessen").text  # told once
    assert "Quietschentenkunde" not in editor.get("/pflege/interessen?seite=99").text
    assert browser.get("/pflege/interessen").status_code == 404
