"""The order of waiting lists."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.waiting_rules import Waiting, Wanted, list_before, waiting_order

_DAY = date(2026, 3, 2)
_MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)

entries = st.lists(
    st.builds(
        lambda number, days, minutes: Waiting(
            f"e{number}",
            f"c{number % 7}",
            _DAY + timedelta(days=days),
            _MOMENT + timedelta(minutes=minutes),
        ),
        st.integers(0, 30),
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    unique_by=lambda one: one.entry_id,
    max_size=12,
)


@given(entries, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_is_one_however_the_list_comes(some, random):
    ordered = sorted(some, key=waiting_order)
    shuffled = list(some)
    random.shuffle(shuffled)
    assert sorted(shuffled, key=waiting_order) == ordered
    assert all(a.entered_on <= b.entered_on for a, b in pairwise(ordered))


@given(entries)
@settings(max_examples=60)
def test_nobody_is_passed_over_by_who_came_first(some):
    ordered = sorted(some, key=waiting_order)
    if ordered:
        assert list_before(some, ordered[0].client_id) == ()
    assert list_before(some, "somebody who is not on the list") == tuple(ordered)
    for client_id in {one.client_id for one in some}:
        before = list_before(some, client_id)
        assert client_id not in {one.client_id for one in before}


@pytest.mark.parametrize(
    ("wanted", "offer_id", "kind", "is_wanted"),
    [
        (Wanted("integration_general"), "a", "integration_general", True),
        (Wanted("integration_general"), "a", "orientation", False),
        (Wanted("integration_general"), "a", None, False),
        (Wanted("integration_general", "a"), "a", "integration_general", True),
        (Wanted("integration_general", "a"), "b", "integration_general", False),
        (Wanted("", "a"), "a", None, True),
        (Wanted(""), "a", "", False),
    ],
)
def test_what_a_place_answers(wanted: Wanted, offer_id: str, kind: str | None, is_wanted: bool):
    assert wanted.includes(offer_id, kind) is is_wanted
