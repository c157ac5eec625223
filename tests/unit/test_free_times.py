"""Weekly times put together and taken away, minute by minute."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from app.matching.free_times import join_times, remove_times
from app.matching.types import TimeSpan

SPANS = st.lists(
    st.builds(
        lambda day, one, other: TimeSpan(day, min(one, other), max(one, other)),
        st.integers(1, 3),
        st.integers(0, 40),
        st.integers(0, 40),
    ),
    max_size=6,
)


def minutes(spans) -> set[tuple[int, int]]:
    return {(s.weekday, m) for s in spans for m in range(s.from_minute, s.to_minute)}


def is_tidy(spans) -> bool:
    pairs = pairwise(spans)
    return all((a.weekday, a.to_minute) < (b.weekday, b.from_minute) for a, b in pairs) and all(
        s.from_minute < s.to_minute for s in spans
    )


@given(SPANS)
def test_joined_times_hold_the_same_minutes_without_touching(spans: list[TimeSpan]) -> None:
    joined = join_times(spans)
    assert minutes(joined) == minutes(spans)
    assert is_tidy(joined)


@example([TimeSpan(1, 0, 2)], [TimeSpan(1, 1, 1)])
@given(SPANS, SPANS)
def test_what_is_left_is_what_nobody_took(spans: list[TimeSpan], taken: list[TimeSpan]) -> None:
    left = remove_times(spans, taken)
    assert minutes(left) == minutes(spans) - minutes(taken)
    assert is_tidy(left)
