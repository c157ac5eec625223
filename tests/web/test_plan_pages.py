"""The pages of an integration plan, as a browser without scripts uses them."""

from __future__ import annotations

import html
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlmodel import col, select

from app.cases.codes import GOAL_STATES, STEP_ACTORS
from app.cases.models import Goal
from app.cases.plan_models import GoalStep, IntegrationPlan, PlanReview
from app.operations.demo_cases import client_id
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of

CASE = f"/faelle/{client_id('amira')}"
PLAN = f"{CASE}/plan"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def _goals(app: Flask) -> list[Goal]:
    with app.extensions[EXTENSION].database.read() as session:
        mine = select(Goal).where(Goal.client_id == client_id("amira")).order_by(col(Goal.position))
        return list(session.exec(mine).all())


def _send(browser: FlaskClient, address: str, **values: str) -> tuple[int, str]:
    """Fill in and send the form of a page: its hidden fields are kept."""
    page = browser.get(address)
    assert page.status_code == 200, address
    hidden = {
        name: _hidden(page.text, name)
        for name in ("version", "creation_key")
        if f'name="{name}"' in page.text
    }
    answer = browser.post(address, data={"csrf_token": token_of(page), **hidden, **values})
    return answer.status_code, html.unescape(answer.text)


def test_the_plan_shows_goals_offers_and_what_comes_next(browser: FlaskClient):
    page = browser.get(PLAN)
    assert page.status_code == 200
    check_page(page)
    assert "Deutsch B1" in page.text
    assert "Vorschlag, wie es weitergeht" in page.text
    assert re.search(rf"{CASE}/verweisen/[0-9a-f-]+\?ziel=", page.text)
    assert 'aria-current="page">Plan' in page.text


def test_the_demo_has_plans_of_every_kind(app: Flask):
    with app.extensions[EXTENSION].database.read() as session:
        plans = session.exec(select(IntegrationPlan)).all()
        states = set(session.exec(select(Goal.state)).all())
        steps = session.exec(select(GoalStep)).all()
        amira = session.get_one(IntegrationPlan, client_id("amira"))
    assert states == set(GOAL_STATES)
    assert any(plan.changed_since_signature for plan in plans)
    assert any(plan.signed_on and not plan.changed_since_signature for plan in plans)
    assert any(plan.review_on and plan.review_on <= TODAY for plan in plans)
    assert {step.actor for step in steps} == set(STEP_ACTORS)
    assert amira.signed_on is None
    assert amira.review_on
    assert amira.review_on > TODAY


def test_every_form_of_the_plan_is_a_whole_page(browser: FlaskClient, app: Flask):
    goal = _goals(app)[0]
    with app.extensions[EXTENSION].database.read() as session:
        step = session.exec(select(GoalStep).where(GoalStep.goal_id == goal.id)).first()
    assert step
    for address in (
        f"{PLAN}/ziele/neu?bereich=housing",
        f"{PLAN}/ziele/{goal.id}/bearbeiten",
        f"{PLAN}/ziele/{goal.id}/ersetzen",
        f"{PLAN}/ziele/{goal.id}/erreicht",
        f"{PLAN}/ziele/{goal.id}/aufgegeben",
        f"{PLAN}/ziele/{goal.id}/schritte",
        f"{PLAN}/schritte/{step.id}/bearbeiten",
        f"{PLAN}/unterschrift",
        f"{PLAN}/ueberpruefung",
    ):
        page = browser.get(address)
        assert page.status_code == 200, address
        check_page(page)
        assert 'aria-current="page">Plan' in page.text
    assert "Diagnosen" in browser.get(f"{PLAN}/ziele/neu").text


def test_a_goal_is_agreed_with_its_measure_and_a_step(browser: FlaskClient, app: Flask):
    status, _ = _send(
        browser,
        f"{PLAN}/ziele/neu",
        area="housing",
        title="Zwei Zimmer <b>mit</b> Küche",
        due_on="30.6.2027",
        measure="place",
        measure_words="Mietvertrag",
    )
    assert status == 303
    goal = _goals(app)[-1]
    assert (goal.area, goal.measure, goal.due_on and goal.due_on.year) == ("housing", "place", 2027)
    status, _ = _send(
        browser, f"{PLAN}/ziele/{goal.id}/schritte", words="Schein beantragen", actor="client"
    )
    assert status == 303
    page = browser.get(PLAN).text
    assert "Zwei Zimmer &lt;b&gt;mit&lt;/b&gt; Küche" in page
    assert "Platz (Mietvertrag)" in page
    assert "Schein beantragen" in page


def test_what_cannot_be_meant_is_said_beside_the_field_and_stays(browser: FlaskClient, app: Flask):
    before = len(_goals(app))
    for values, words in (
        ({"area": "work", "title": "x" * 300}, "höchstens 200 Zeichen"),
        ({"area": "work", "due_on": "31.2.2027"}, "19.05.1992"),
        ({"area": "work", "target_level": "B1", "title": "Bleibt"}, "Nur ein Sprachziel"),
        ({"area": "language", "measure": "level"}, "Niveau, das erreicht werden soll"),
        ({"area": "nichts"}, "Bitte wählen Sie"),
    ):
        status, text = _send(browser, f"{PLAN}/ziele/neu", **values)
        assert status == 422
        assert words in text
        assert values.get("title", "")[:50] in text
    assert len(_goals(app)) == before


def test_a_double_click_makes_one_goal(browser: FlaskClient, app: Flask):
    before = len(_goals(app))
    page = browser.get(f"{PLAN}/ziele/neu")
    data = {
        "csrf_token": token_of(page),
        "creation_key": _hidden(page.text, "creation_key"),
        "area": "health",
    }
    assert [browser.post(f"{PLAN}/ziele/neu", data=data).status_code for _ in range(2)] == [303, 303]
    assert len(_goals(app)) == before + 1


def test_an_old_form_loses_nothing_that_was_typed(browser: FlaskClient, app: Flask):
    address = f"{PLAN}/ziele/{_goals(app)[1].id}/bearbeiten"
    page = browser.get(address)
    old = {"csrf_token": token_of(page), "version": _hidden(page.text, "version"), "area": "work"}
    assert browser.post(address, data={**old, "title": "Zuerst da"}).status_code == 303
    answer = browser.post(address, data={**old, "title": "Zu spät"})
    assert answer.status_code == 409
    assert "Der Plan wurde inzwischen geändert." in answer.text
    assert "Zu spät" in answer.text
    assert _goals(app)[1].title == "Zuerst da"


def test_a_goal_is_reached_given_up_replaced_and_taken_up_again(browser: FlaskClient, app: Flask):
    first, second = (goal.id for goal in _goals(app)[:2])
    assert _send(browser, f"{PLAN}/ziele/{second}/aufgegeben")[0] == 422
    assert _send(browser, f"{PLAN}/ziele/{second}/aufgegeben", reason="illness")[0] == 303
    assert "Krankheit" in browser.get(PLAN).text
    token = token_of(browser.get(PLAN))
    back = browser.post(f"{PLAN}/ziele/{second}/offen", data={"csrf_token": token})
    assert back.status_code == 303
    status, _ = _send(
        browser,
        f"{PLAN}/ziele/{second}/ersetzen",
        reason="too_hard",
        area="training",
        title="Schneiderin lernen",
        takes_steps="y",
    )
    assert status == 303
    assert _send(browser, f"{PLAN}/ziele/{first}/erreicht", reason="proven")[0] == 303
    states = {goal.id: goal.state for goal in _goals(app)}
    assert (states[first], states[second]) == ("reached", "changed")
    page = browser.get(PLAN)
    check_page(page)
    assert "stattdessen:" in page.text
    text = browser.get(f"{CASE}").text
    assert "Schneiderin lernen" in text


def test_steps_are_ticked_changed_and_taken_out(browser: FlaskClient, app: Flask):
    goal = _goals(app)[1]
    address = f"{PLAN}/ziele/{goal.id}/schritte"
    assert _send(browser, address, words="")[0] == 422
    _send(browser, address, words="Bei Frau K. fragen", actor_words="Nachbarin", due_on="1.12.2026")
    with app.extensions[EXTENSION].database.read() as session:
        step = session.exec(select(GoalStep).where(col(GoalStep.words).contains("Frau K."))).one()
    assert (step.actor, step.actor_words) == ("other", "Nachbarin")
    token = token_of(browser.get(PLAN))
    for _ in range(2):
        browser.post(f"{PLAN}/schritte/{step.id}/erledigt", data={"csrf_token": token, "erledigt": "1"})
    assert "erledigt am 23.11.2026" in browser.get(PLAN).text
    edit = f"{PLAN}/schritte/{step.id}/bearbeiten"
    assert _send(browser, edit, words="Bei Herrn L. fragen", actor="case_worker")[0] == 303
    assert "Herrn L." in browser.get(PLAN).text
    version = _hidden(browser.get(edit).text, "version")
    for _ in range(2):
        answer = browser.post(
            f"{PLAN}/schritte/{step.id}/entfernen", data={"csrf_token": token, "version": version}
        )
        assert answer.status_code == 303
    assert "Herrn L." not in browser.get(PLAN).text


def test_goals_change_places_without_scripts(browser: FlaskClient, app: Flask):
    before = [goal.id for goal in _goals(app) if goal.state == "open"]
    token = token_of(browser.get(PLAN))
    for _ in range(2):
        data = {"csrf_token": token, "platz": "0"}
        assert browser.post(f"{PLAN}/ziele/{before[1]}/platz", data=data).status_code == 303
    for place in ("-5", "x", "99999999999999999999"):
        data = {"csrf_token": token, "platz": place}
        assert browser.post(f"{PLAN}/ziele/{before[1]}/platz", data=data).status_code == 303
    after = [goal.id for goal in _goals(app) if goal.state == "open"]
    assert sorted(after) == sorted(before)


def test_a_signature_holds_until_something_is_agreed_anew(browser: FlaskClient):
    assert _send(browser, f"{PLAN}/unterschrift", signed_on="24.11.2026")[0] == 422
    status, _ = _send(browser, f"{PLAN}/unterschrift", signed_on="23.11.2026", language="ar")
    assert status == 303
    page = browser.get(PLAN).text
    assert "Unterschrieben am 23.11.2026" in page
    assert "Seit der Unterschrift geändert" not in page
    _send(browser, f"{PLAN}/ziele/neu", area="health", title="Mehr bewegen")
    assert "Seit der Unterschrift geändert" in browser.get(PLAN).text


def test_a_review_is_recorded_with_a_note_that_opens_on_a_click(browser: FlaskClient, app: Flask):
    address = f"{PLAN}/ueberpruefung"
    assert _send(browser, address, reviewed_on="", next_on="")[0] == 422
    note = "Lavendel <i>unter vier Augen</i>"
    status, _ = _send(browser, address, reviewed_on="20.11.2026", next_on="20.5.2027", note=note)
    assert status == 303
    page = browser.get(PLAN).text
    assert "Nächste Überprüfung am 20.05.2027" in page
    assert "Lavendel" not in page
    with app.extensions[EXTENSION].database.read() as session:
        review = session.exec(select(PlanReview).order_by(col(PlanReview.recorded_at).desc())).first()
    assert review
    opened = browser.get(f"{PLAN}/ueberpruefungen/{review.id}/notiz")
    check_page(opened)
    assert "Lavendel &lt;i&gt;" in opened.text
    assert (
        "Lavendel"
        not in PdfReader(io.BytesIO(browser.get(f"{CASE}/plan.pdf").data)).pages[0].extract_text()
    )


@pytest.mark.parametrize("language", ["de", "en", "uk", "ar", "xx"])
def test_the_plan_is_printed_in_german_and_the_language_asked_for(browser: FlaskClient, language: str):
    answer = browser.get(f"{CASE}/plan.pdf?sprache={language}")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="plan.pdf"'
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert "Integrationsplan" in text
    assert "Deutsch B1" in text
    assert ("План інтеграції" in text) == (language == "uk")
    assert ("Integration plan" in text) == (language == "en")


def test_the_panel_of_a_referral_begins_with_the_goal_one_came_from(browser: FlaskClient, app: Flask):
    goal = _goals(app)[1]
    found = re.search(rf"{CASE}/verweisen/[0-9a-f-]+\?ziel={goal.id}", browser.get(PLAN).text)
    assert found
    page = browser.get(found.group(0)).text
    assert re.search(rf'<option selected value="{goal.id}"', page)
    assert browser.get(found.group(0).replace(goal.id, "x' OR 1=1")).status_code == 200
