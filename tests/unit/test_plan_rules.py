"""Which way a goal may go, when a plan is looked at again, and what comes next."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.cases.codes import GOAL_REASONS, GOAL_STATES, MEASURES
from app.cases.next_steps import GoalSituation, suggest_steps
from app.cases.plan_records import GoalDetails, ReviewInput, StepInput, clean_note
from app.cases.plan_rules import (
    MOVES,
    find_move,
    first_review_day,
    moved,
    next_states,
    reasons_for,
)
from app.web.labels.cases import goal_state_label
from app.web.labels.plan import (
    goal_reason_label,
    goal_state_badge,
    measure_label,
    next_step_words,
)
from tests.conftest import TODAY

CONTEXT = {"today": TODAY}


def _codes(**values: object) -> list[str]:
    told = {"area": "work", "suitable_offers": 3, "step_count": 1, "open_steps": 1} | values
    return [step.code for step in suggest_steps(GoalSituation(**told), TODAY)]  # type: ignore[arg-type]


def test_every_goal_that_is_not_open_can_be_taken_up_again():
    assert next_states("open") == ("reached", "changed", "given_up")
    for state in set(GOAL_STATES) - {"open"}:
        assert next_states(state) == ("open",)


def test_every_way_out_of_the_open_ones_asks_for_a_reason():
    for (before, _after), move in MOVES.items():
        assert bool(move.reasons) == (before == "open")
        assert set(move.reasons) <= set(GOAL_REASONS)
    assert {reason for state in GOAL_STATES for reason in reasons_for(state)} == set(GOAL_REASONS)


def test_only_a_change_needs_another_goal_and_only_reaching_no_new_signature():
    assert [after for (_, after), move in MOVES.items() if move.needs_new_goal] == ["changed"]
    assert [after for (_, after), move in MOVES.items() if not move.is_agreement] == ["reached"]


@given(st.lists(st.sampled_from(GOAL_STATES), max_size=8))
@settings(max_examples=60)
def test_whatever_is_tried_a_goal_goes_by_the_table_only(wanted: list[str]):
    state, ways = "open", []
    for to_state in wanted:
        if find_move(state, to_state) is not None:
            ways.append((state, to_state))
            state = to_state
    assert all(way in MOVES for way in ways)
    assert all(a != b for a, b in ways)
    assert all(before == "open" or after == "open" for before, after in ways)


def test_every_code_has_words():
    for state in GOAL_STATES:
        assert goal_state_label(state)
        assert goal_state_badge(state)
    assert all(goal_reason_label(code) != code for code in GOAL_REASONS)
    assert all(measure_label(code) for code in MEASURES)


@given(st.dates(date(2026, 1, 1), date(2040, 1, 1)))
@settings(max_examples=40)
def test_a_review_comes_after_half_a_year_on_a_working_day(day: date):
    review = first_review_day(day)
    assert review.weekday() < 5
    assert timedelta(days=182) <= review - day <= timedelta(days=184)


@given(st.lists(st.integers(), min_size=1, max_size=8, unique=True), st.data())
@settings(max_examples=50)
def test_putting_something_to_a_place_twice_is_like_once(ids: list[int], data: st.DataObject):
    names = [str(one) for one in ids]
    wanted = data.draw(st.sampled_from(names))
    to = data.draw(st.integers(-3, 12))
    once = moved(names, wanted, to)
    assert sorted(once) == sorted(names)
    assert moved(once, wanted, to) == once
    assert once.index(wanted) == min(max(to, 0), len(names) - 1)
    assert [n for n in once if n != wanted] == [n for n in names if n != wanted]


def test_nothing_can_be_said_of_a_goal_that_is_well_on_its_way():
    assert _codes(due_on=TODAY + timedelta(days=90), has_measure=True) == []


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        ({"due_on": TODAY - timedelta(days=1)}, "talk_about_it"),
        ({"follow_up_on": TODAY, "open_referrals": 1}, "ask_about_referral"),
        ({"overdue_steps": 2}, "ask_about_steps"),
        ({"area": "language"}, "placement_test"),
        ({"area": "language", "level": "A2", "level_evidence": "self"}, "test_own_estimate"),
        (
            {"area": "language", "level": "B1", "level_evidence": "self", "target_level": "B1"},
            "prove_level",
        ),
        (
            {"area": "language", "level": "B1", "level_evidence": "test", "target_level": "A2"},
            "mark_reached",
        ),
        (
            {
                "area": "language",
                "level": "A2",
                "level_evidence": "test",
                "entitlements_known": False,
            },
            "clarify_entitlement",
        ),
        ({"suitable_offers": 0}, "widen_search"),
        ({"open_referrals": 1, "suitable_offers": 0}, "wait_for_referral"),
        ({"step_count": 0, "open_steps": 0}, "agree_step"),
        ({"open_steps": 0}, "all_steps_done"),
        ({"has_measure": True}, "agree_day"),
        ({"due_on": TODAY + timedelta(days=3)}, "due_soon"),
        ({"due_on": TODAY + timedelta(days=90)}, "agree_measure"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_most_pressing_thing_comes_first(situation: dict[str, object], code: str):
    assert _codes(**situation)[0] == code


def test_an_entitlement_is_renewed_or_used_in_time():
    known = {"area": "language", "level": "A2", "level_evidence": "test"}
    assert _codes(**known, entitlement_until=TODAY - timedelta(days=1))[0] == "renew_entitlement"
    assert _codes(**known, entitlement_until=TODAY + timedelta(days=30))[0] == "use_entitlement"
    assert "use_entitlement" not in _codes(**known, entitlement_until=TODAY + timedelta(days=90))


@given(
    st.builds(
        GoalSituation,
        area=st.sampled_from(("language", "work")),
        target_level=st.sampled_from((None, "A2", "B1")),
        due_on=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
        has_measure=st.booleans(),
        step_count=st.integers(0, 3),
        overdue_steps=st.integers(0, 2),
        open_referrals=st.integers(0, 2),
        follow_up_on=st.none() | st.just(TODAY),
        suitable_offers=st.integers(0, 2),
        level=st.sampled_from((None, "none", "A1", "B1")),
        level_evidence=st.sampled_from((None, "self", "test")),
        entitlements_known=st.booleans(),
        entitlement_until=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    )
)
@settings(max_examples=60)
def test_every_suggestion_has_words_and_comes_once(situation: GoalSituation):
    steps = suggest_steps(situation, TODAY)
    assert len({step.code for step in steps}) == len(steps)
    assert all(next_step_words(step) for step in steps)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"area": "fun"}, "area"),
        ({"area": "work", "title": "x" * 201}, "title"),
        ({"area": "work", "target_level": "B1"}, "target_level"),
        ({"area": "language", "target_level": "none"}, "target_level"),
        ({"area": "language", "measure": "level"}, "measure"),
        ({"area": "work", "measure": "luck"}, "measure"),
        ({"area": "work", "measure": "own_words"}, "measure_words"),
        ({"area": "work", "measure": "own_words", "measure_words": " \x00 "}, "measure_words"),
        ({"area": "work", "due_on": date(2126, 1, 1)}, "due_on"),
        ({"area": "work", "state": "reached"}, "state"),
    ],
    ids=str,
)
def test_a_goal_that_cannot_be_meant_names_its_field(values: dict[str, object], field: str):
    with pytest.raises(ValidationError) as caught:
        GoalDetails.model_validate(values, context=CONTEXT)
    assert caught.value.errors()[0]["loc"] == (field,)


def test_a_level_to_reach_is_the_measure():
    goal = GoalDetails.model_validate({"area": "language", "target_level": "B1"}, context=CONTEXT)
    assert goal.measure == "level"
    kept = {"area": "language", "target_level": "B1", "measure": "certificate"}
    assert GoalDetails.model_validate(kept, context=CONTEXT).measure == "certificate"


def test_words_lose_control_characters_and_lines():
    goal = GoalDetails.model_validate(
        {"area": "work", "title": " Küche\x00\n finden "}, context=CONTEXT
    )
    assert goal.title == "Küche finden"
    assert clean_note(" a\r\nb\x07 ") == "a\nb"
    assert clean_note("  ") is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"words": "  "}, "words"),
        ({"words": "x" * 201}, "words"),
        ({"words": "Anrufen", "actor": "nobody"}, "actor"),
        ({"words": "Anrufen", "actor": "other"}, "actor_words"),
        ({"words": "Anrufen", "actor": "other", "actor_words": "x" * 121}, "actor_words"),
        ({"words": "Anrufen", "due_on": date(1999, 1, 1)}, "due_on"),
    ],
    ids=str,
)
def test_a_step_that_cannot_be_meant_names_its_field(values: dict[str, object], field: str):
    with pytest.raises(ValidationError) as caught:
        StepInput.model_validate(values, context=CONTEXT)
    assert caught.value.errors()[0]["loc"] == (field,)


def test_a_name_belongs_to_somebody_else_only():
    told = {"words": "Anrufen", "actor": "client", "actor_words": "Frau K."}
    assert StepInput.model_validate(told, context=CONTEXT).actor_words == ""


def test_a_review_has_been_and_the_next_one_is_to_come():
    for values in (
        {"reviewed_on": TODAY + timedelta(days=1)},
        {"reviewed_on": TODAY, "next_on": TODAY},
        {"reviewed_on": date(1990, 1, 1)},
    ):
        with pytest.raises(ValidationError):
            ReviewInput.model_validate(values, context=CONTEXT)
    assert ReviewInput.model_validate({"reviewed_on": TODAY}, context=CONTEXT).next_on is None
