"""Nothing suits: kept in the case, told to the planners without the client."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from app.cases.models import CaseEvent
from app.directory.collection_models import DirectoryGap
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from tests.web.conftest import SignIn, check_page, token_of

AMIRA = client_id("amira")
PAGE = f"/faelle/{AMIRA}/nichts-passendes"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _noted(demo: Runtime) -> tuple[list[CaseEvent], list[DirectoryGap]]:
    with demo.database.read() as session:
        events = session.exec(select(CaseEvent).where(CaseEvent.code == "nothing_suited")).all()
        gaps = session.exec(select(DirectoryGap)).all()
    return list(events), [gap for gap in gaps if gap.filters.get("group")]


def _log(browser: FlaskClient, **values):
    data = {"csrf_token": token_of(browser.get(f"{PAGE}?wofuer=work")), "group": "work", **values}
    return browser.post(PAGE, data=data)


def test_it_begins_with_what_it_is_for_and_ticks_the_rules_behind_it(browser: FlaskClient):
    listed = browser.get(f"/faelle/{AMIRA}/passende-angebote")
    assert PAGE in listed.text
    first = browser.get(PAGE)
    check_page(first)
    assert f"{PAGE}?wofuer=work" in first.text
    form = browser.get(f"{PAGE}?wofuer=language")
    check_page(form)
    ticked = re.findall(r"<input[^>]*checked[^>]*value=\"([a-z_]+)\"", form.text)
    assert 1 <= len(ticked) <= 3
    assert re.search(r"\(\d+\)</label>", form.text)


def test_it_stands_in_the_timeline_and_with_the_planners_without_the_client(
    browser: FlaskClient, sign_in: SignIn, demo: Runtime
):
    for _double_click in range(2):
        answer = _log(browser, missing=["too_far", "no_such_offer"], words="Schichtarbeit mit Kind")
        assert answer.status_code == 303
    events, gaps = _noted(demo)
    assert [event.facts for event in events] == [
        {"group": "work", "missing": ["too_far", "no_such_offer"]}
    ]
    assert [gap.text for gap in gaps] == ["Nichts passte: Arbeit. Schichtarbeit mit Kind"]
    assert AMIRA not in repr(gaps[0].filters)
    case = browser.get(f"/faelle/{AMIRA}").text
    assert "Nichts passte: Arbeit (Zu weit, So etwas gibt es nicht)" in case
    planners = sign_in("directory_editor").get("/pflege/luecken")
    check_page(planners)
    assert "Schichtarbeit mit Kind" in planners.text
    assert "Nichts passte für" in planners.text
    assert "Amira" not in planners.text


@pytest.mark.parametrize(
    "values",
    [{}, {"missing": ["x" * 41]}, {"missing": ["too_far"], "words": "x" * 301}, {"group": "art"}],
)
def test_wrong_input_is_said_and_kept(browser: FlaskClient, demo: Runtime, values: dict[str, object]):
    answer = _log(browser, **values)
    assert answer.status_code == 422
    check_page(answer)
    assert _noted(demo) == ([], [])


def test_somebody_elses_case_is_not_found(sign_in: SignIn):
    assert sign_in("directory_editor").get(PAGE).status_code == 404
