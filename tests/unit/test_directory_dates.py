"""When an offer takes place next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.dates import next_date

MONDAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Weekly:
    weekday: int


TUESDAYS = (Weekly(2),)


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "individual_entry", "expected_in"),
    [
        (None, None, None, 1),
        (10, None, None, 15),
        (10, 12, None, None),
        (-10, None, True, 1),
        (-10, None, None, 1),
        (-10, None, False, None),
        (-20, -1, True, None),
        (-20, 0, True, None),
        (1, 60, False, 1),
    ],
)
def test_the_next_tuesday_within_the_dates(
    starts_in: int | None, ends_in: int | None, individual_entry: bool | None, expected_in: int | None
) -> None:
    def day(ahead: int | None) -> date | None:
        return None if ahead is None else MONDAY + timedelta(days=ahead)

    found = next_date(TUESDAYS, day(starts_in), day(ends_in), individual_entry, MONDAY)
    assert found == day(expected_in)


def test_without_weekly_times_only_a_start_ahead_is_a_date() -> None:
    ahead = MONDAY + timedelta(days=3)
    assert next_date((), ahead, None, None, MONDAY) == ahead
    assert next_date((), MONDAY - timedelta(days=3), None, None, MONDAY) is None
    assert next_date((), None, None, None, MONDAY) is None


def test_today_counts() -> None:
    assert next_date((Weekly(1),), None, None, None, MONDAY) == MONDAY


@given(
    weekdays=st.lists(st.integers(1, 7)),
    starts_in=st.none() | st.integers(-100, 100),
    length=st.none() | st.integers(0, 100),
    individual_entry=st.none() | st.booleans(),
)
def test_a_date_is_never_past_and_never_outside_the_offer(
    weekdays: list[int], starts_in: int | None, length: int | None, individual_entry: bool | None
) -> None:
    starts_on = None if starts_in is None else MONDAY + timedelta(days=starts_in)
    ends_on = None if starts_on is None or length is None else starts_on + timedelta(days=length)
    times = [Weekly(weekday) for weekday in weekdays]
    day = next_date(times, starts_on, ends_on, individual_entry, MONDAY)
    if day is not None:
        assert day >= MONDAY
        assert starts_on is None or day >= starts_on
        assert ends_on is None or day <= ends_on
        assert not weekdays or day.isoweekday() in weekdays
