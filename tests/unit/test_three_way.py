"""Merging a list with what was edited by hand."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.directory.three_way import merge_three_ways

_states = st.fixed_dictionaries(
    {name: st.sampled_from([None, "a", "b", "c"]) for name in ("title", "phone", "town")}
)


@given(base=_states, listed=_states)
def test_what_nobody_edited_follows_the_list(base: dict[str, Any], listed: dict[str, Any]) -> None:
    merged = merge_three_ways(base, base, listed)
    assert merged.values == listed
    assert merged.conflicts == ()


@given(base=_states, edited=_states)
def test_an_unchanged_list_changes_nothing(base: dict[str, Any], edited: dict[str, Any]) -> None:
    merged = merge_three_ways(base, edited, base)
    assert merged.values == edited
    assert merged.conflicts == ()


@given(base=_states, edited=_states, listed=_states)
def test_no_edit_is_ever_lost_and_no_change_of_the_list_unmentioned(
    base: dict[str, Any], edited: dict[str, Any], listed: dict[str, Any]
) -> None:
    merged = merge_three_ways(base, edited, listed)
    for field in base:
        if edited[field] != base[field]:
            assert merged.values[field] == edited[field]
        if listed[field] != base[field]:
            proposed = {one.field: one.new for one in merged.conflicts}
            assert listed[field] in (merged.values[field], proposed.get(field, merged))


def test_the_newer_confirmation_counts() -> None:
    old = {"verified_on": "2026-01-01", "verified_by": "Liste"}
    by_hand = {"verified_on": "2026-06-01", "verified_by": "vhs"}
    newer = {"verified_on": "2026-07-01", "verified_by": "Liste"}
    assert merge_three_ways(old, by_hand, old).values == by_hand
    assert merge_three_ways(old, by_hand, newer).values == newer
    gone = {"verified_on": None, "verified_by": None}
    assert merge_three_ways(old, old, gone).values == gone
    assert merge_three_ways(old, by_hand, gone).values == by_hand
