from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.directory.codes import OFFER_KINDS
from app.referrals.follow_ups import DAYS_BY_KIND, FOLLOW_UP_DAYS, follow_up_day
from app.referrals.records import NoNews, OutcomeReport, ReferralOrder
from app.referrals.states import (
    ALL_REASONS,
    END_STATES,
    FIRST_STATE,
    MODES,
    OPEN_STATES,
    PROPOSED,
    STATES,
    TAKES_LEVEL,
    is_open,
    needs_reason,
    reasons_for,
)
from app.referrals.transitions import (
    TAKEN_BACK,
    TAKEN_UP,
    TRANSITIONS,
    Transition,
    can_move,
    hands_over,
    next_states,
)

TODAY = date(2026, 11, 23)
CONTEXT = {"today": TODAY}
states = st.sampled_from(STATES)


def test_every_state_can_be_reached_from_the_first_one():
    seen = {PROPOSED, *FIRST_STATE.values()}
    edge = list(seen)
    while edge:
        for state in next_states(edge.pop()):
            if state not in seen:
                seen.add(state)
                edge.append(state)
    assert seen == set(STATES)


def test_the_table_knows_only_known_states():
    assert {before for before, _after in TRANSITIONS} == set(OPEN_STATES)
    assert {after for _before, after in TRANSITIONS} <= set(STATES)
    told = {one for one in TRANSITIONS if one != TAKEN_BACK and one not in TAKEN_UP.values()}
    assert all(can_move(before, after) for before, after in told)


def test_a_request_can_be_taken_back_in_time_by_the_house_alone_and_is_told_by_nobody():
    step = TRANSITIONS[TAKEN_BACK]
    assert (step.from_state, step.to_state) == ("sent", "agreed")
    assert (step.by, step.needs) == ({"case_worker"}, {"in_time"})
    assert step.writes == {"follow_up", "seat_freed"}
    assert [one for one in TRANSITIONS.values() if "in_time" in one.needs] == [step]
    assert not can_move("sent", "agreed")
    assert not can_move("sent", "agreed", "partner")


def test_what_was_noted_down_is_taken_up_by_the_house_under_the_rules_and_told_by_nobody():
    steps = {mode: TRANSITIONS[step] for mode, step in TAKEN_UP.items()}
    assert {mode: step.to_state for mode, step in steps.items()} == dict(FIRST_STATE)
    assert all(step.by == {"case_worker"} for step in steps.values())
    assert (steps["signpost"].needs, steps["arranged"].needs) == ({"rules"}, {"rules", "consent"})
    assert all(step.writes == {"follow_up"} for step in steps.values())
    assert [one for one in TRANSITIONS.values() if "rules" in one.needs] == list(steps.values())
    assert next_states(PROPOSED) == ("withdrawn", "cancelled", "unresolved")
    assert next_states(PROPOSED, "partner") == ()
    assert not any(after == PROPOSED for _before, after in TRANSITIONS)


@given(states, states)
def test_an_end_is_final_and_nothing_moves_to_itself(before: str, after: str):
    if before in END_STATES or before == after:
        assert not can_move(before, after)


@given(st.sampled_from(MODES), st.lists(states, max_size=12))
def test_every_walk_that_the_table_allows_ends_soon(mode: str, path: list[str]):
    state, steps = FIRST_STATE[mode], 0
    for wanted in path:
        if can_move(state, wanted):
            state, steps = wanted, steps + 1
    assert steps <= len(OPEN_STATES)
    assert is_open(state) or next_states(state) == ()


@given(states, states)
def test_data_leave_the_house_with_the_first_contact_only(before: str, after: str):
    if can_move(before, after) and hands_over(before, after):
        assert before == "agreed"
        assert after not in {"withdrawn", "cancelled", "unresolved"}
    if before != "agreed":
        assert not can_move(before, "agreed")


@given(states, states)
def test_a_partner_tells_only_what_follows_the_first_contact(before: str, after: str):
    if can_move(before, after, "partner"):
        assert before in {"sent", "received", "waiting_list", "accepted", "started"}
        assert after not in {"sent", "withdrawn", "cancelled", "unresolved"}
        assert can_move(before, after)


@pytest.mark.parametrize(
    "step", TRANSITIONS.values(), ids=lambda one: f"{one.from_state}-{one.to_state}"
)
def test_each_step_says_what_it_needs_and_writes(step: Transition):
    assert ("reason" in step.needs) == needs_reason(step.to_state)
    is_arranged_now = (step.from_state, step.to_state) == TAKEN_UP["arranged"]
    hands = hands_over(step.from_state, step.to_state)
    assert ("consent" in step.needs) == (hands or is_arranged_now)
    assert ("follow_up" in step.writes) == is_open(step.to_state)
    assert ("goal" in step.writes) == (step.to_state in END_STATES)
    assert ("level" in step.writes) == (step.to_state in TAKES_LEVEL)
    assert ("seat_taken" in step.writes) == (step.to_state in {"accepted", "started"})
    assert not {"seat_taken", "seat_freed"} <= step.writes
    assert ("directory" in step.writes) == (step.to_state == "rejected")


@pytest.mark.parametrize("state", OPEN_STATES)
def test_from_every_open_state_one_can_cancel_or_give_up(state: str):
    assert can_move(state, "cancelled")
    assert can_move(state, "unresolved")


def test_all_ends_but_completion_ask_for_a_reason():
    assert {state for state in STATES if needs_reason(state)} == set(END_STATES) - {"completed"}
    assert {"full", "not_eligible"} <= set(reasons_for("rejected"))
    assert len(ALL_REASONS) == len(set(ALL_REASONS))


@given(
    states,
    st.none() | st.sampled_from(OFFER_KINDS),
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.none() | st.integers(-400, 400),
)
def test_every_open_state_of_every_kind_is_followed_up_on_a_working_day_to_come(
    state, kind, today, shift
):
    happened_on = None if shift is None else today + timedelta(days=shift)
    day = follow_up_day(state, today, happened_on, kind=kind)
    if is_open(state):
        assert day is not None
        assert day > today
        assert day.weekday() < 5
        assert happened_on is None or state != "accepted" or day > happened_on
    else:
        assert day is None


def test_days_by_kind_are_of_known_kinds_and_open_states_and_differ():
    for (kind, state), days in DAYS_BY_KIND.items():
        assert kind in OFFER_KINDS
        assert is_open(state)
        assert 1 <= days <= 120
    assert set(FOLLOW_UP_DAYS) == set(OPEN_STATES)


def test_an_office_is_asked_about_sooner_than_a_doctor():
    assert follow_up_day("handed_over", TODAY, kind="authority") == date(2026, 11, 30)
    assert follow_up_day("handed_over", TODAY, kind="health") == date(2026, 12, 21)
    assert follow_up_day("handed_over", TODAY) == date(2026, 12, 7)


@given(states, st.none() | st.sampled_from(ALL_REASONS))
def test_a_report_is_accepted_exactly_with_a_fitting_reason(state: str, reason: str | None):
    fits = reason in reasons_for(state) if reason else not needs_reason(state)
    try:
        report = OutcomeReport.model_validate(
            {"to_state": state, "reason": reason, "follow_up_on": TODAY}, context=CONTEXT
        )
    except ValidationError:
        assert not fits
    else:
        assert fits
        assert (report.follow_up_on is None) == (not is_open(state))


@given(states)
def test_a_level_goes_with_the_end_of_a_course_only(state: str):
    data = {
        "to_state": state,
        "reason": next(iter(reasons_for(state)), None),
        "level_reached": "B1",
        "level_evidence": "certificate",
    }
    if state in TAKES_LEVEL:
        assert OutcomeReport.model_validate(data, context=CONTEXT).level_reached == "B1"
    else:
        with pytest.raises(ValidationError):
            OutcomeReport.model_validate(data, context=CONTEXT)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"to_state": "completed", "level_reached": "B1"}, "level_evidence"),
        ({"to_state": "completed", "level_reached": "Z9", "level_evidence": "test"}, "level_reached"),
        ({"to_state": "completed", "happened_on": "2026-11-24"}, "happened_on"),
        ({"to_state": "completed", "happened_on": "0026-11-23"}, "happened_on"),
        ({"to_state": "accepted", "happened_on": "2062-11-24"}, "happened_on"),
        ({"to_state": "started", "follow_up_on": "2026-11-22"}, "follow_up_on"),
        ({"to_state": "vanished"}, "to_state"),
        ({"to_state": "completed", "note": "x" * 5000}, "note"),
    ],
)
def test_a_report_that_cannot_be_true_names_its_field(data: dict, field: str):
    with pytest.raises(ValidationError) as caught:
        OutcomeReport.model_validate(data, context=CONTEXT)
    assert field in {error["loc"][0] for error in caught.value.errors()}


def test_a_start_date_may_lie_ahead():
    report = OutcomeReport.model_validate(
        {"to_state": "accepted", "happened_on": "2027-01-11"}, context=CONTEXT
    )
    assert report.happened_on == date(2027, 1, 11)


def test_a_follow_up_lies_ahead():
    with pytest.raises(ValidationError):
        NoNews.model_validate({"follow_up_on": "2026-11-20"}, context=CONTEXT)
    with pytest.raises(ValidationError):
        ReferralOrder.model_validate(
            {"client_id": "c", "offer_id": "o", "creation_key": "k", "follow_up_on": "2020-01-01"},
            context=CONTEXT,
        )
