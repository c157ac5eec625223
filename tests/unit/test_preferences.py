"""One client, several offers in an order: what is next, and what became needless."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.referrals.preferences import (
    HAS_A_PLACE,
    MOST,
    Choice,
    find_needless,
    find_next,
    find_order_problem,
    leads_to_next,
)
from app.referrals.states import END_STATES, PROPOSED, STATES, is_open, reasons_for

bundles = st.lists(st.sampled_from(STATES), min_size=2, max_size=MOST).map(
    lambda states: [Choice(f"r{i}", i, state) for i, state in enumerate(states, start=1)]
)


@pytest.mark.parametrize(
    ("numbers", "now", "problem"),
    [
        ((1, 2), (True, False), None),
        ((2, 1), (False, True), None),
        ((3, 1, 2), (False, True, True), None),
        ((1, 2), (True, True), None),
        ((1,), (True,), "too_few"),
        ((1, 2, 3, 4, 5, 6), (True,) * 6, "too_many"),
        ((1, 1), (True, True), "twice"),
        ((1, 3), (True, False), "twice"),
        ((0, 1), (True, False), "twice"),
        ((1, 2), (False, False), "first_is_later"),
        ((2, 1), (True, False), "first_is_later"),
        ((1, 2, 3), (True, False, True), "later_before_now"),
    ],
    ids=str,
)
def test_an_order_has_each_place_once_and_what_waits_comes_last(numbers, now, problem):
    assert find_order_problem(numbers, now) == problem


@settings(max_examples=60)
@given(st.data())
def test_every_sound_order_is_a_permutation_that_begins_now(data: st.DataObject):
    count = data.draw(st.integers(2, MOST))
    numbers = data.draw(st.lists(st.integers(-1, 7), min_size=count, max_size=count))
    now = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    if find_order_problem(numbers, now) is None:
        assert sorted(numbers) == list(range(1, count + 1))
        tried = [number for number, is_now in zip(numbers, now, strict=True) if is_now]
        assert sorted(tried) == list(range(1, len(tried) + 1))
        assert tried


@pytest.mark.parametrize(
    ("state", "reason", "leads"),
    [
        ("rejected", "full", True),
        ("unresolved", "no_answer", True),
        ("did_not_appear", "childcare", True),
        ("dropped_out", "level_too_high", True),
        ("withdrawn", "too_far", True),
        ("withdrawn", "illness", False),
        ("withdrawn", "found_other", False),
        ("dropped_out", "moved", False),
        ("cancelled", "offer_ended", True),
        ("cancelled", "mistake", False),
        ("completed", None, False),
        ("sent", None, False),
    ],
)
def test_only_what_came_to_nothing_because_of_the_offer_leads_to_the_next(state, reason, leads):
    assert leads_to_next(state, reason) is leads


@given(st.sampled_from(STATES))
def test_nothing_open_leads_to_the_next(state: str):
    assert state in END_STATES or not any(
        leads_to_next(state, reason) for reason in (None, *reasons_for(state))
    )


@settings(max_examples=60)
@given(bundles)
def test_the_next_one_waits_and_nobody_is_pushed_on_who_has_a_place(choices: list[Choice]):
    found = find_next(reversed(choices))
    waiting = [one for one in choices if one.state == PROPOSED]
    if any(one.state in HAS_A_PLACE for one in choices) or not waiting:
        assert found is None
    else:
        assert found == waiting[0]


@settings(max_examples=60)
@given(bundles, st.data())
def test_what_is_needless_is_open_in_order_and_never_the_one_that_gives_the_place(choices, data):
    taken = data.draw(st.sampled_from(choices))
    needless = find_needless(reversed(choices), taken.referral_id)
    both = [*needless.waiting, *needless.under_way]
    assert taken not in both
    assert all(is_open(one.state) for one in both)
    assert all(one.state == PROPOSED for one in needless.waiting)
    assert PROPOSED not in {one.state for one in needless.under_way}
    others = [one for one in choices if one != taken and is_open(one.state)]
    assert sorted(both, key=lambda one: one.preference) == (
        others if taken.state in HAS_A_PLACE else []
    )
