"""What is open at a moment: across midnight, on public holidays, when the clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.directory.dates import occurrences_on
from app.directory.opening import (
    OpeningState,
    is_open,
    moment_at,
    next_opening,
    open_until,
    opening_state,
)
from app.directory.public_holidays import load_public_holidays
from app.directory.timetable import DayException, Timetable, WeeklyTime
from tests.unit.timetable_strategies import timetables

BERLIN = ZoneInfo("Europe/Berlin")
BW = load_public_holidays("BW")
OFFICE = Timetable(tuple(WeeklyTime(day, 540, 720) for day in range(1, 6)))
CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31))


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "is_there"),
    [("08:59", False), ("09:00", True), ("11:59", True), ("12:00", False)],
)
def test_an_office_is_open_from_its_first_to_before_its_last_minute(clock: str, is_there: bool) -> None:
    for day in ("2026-07-15", "2026-11-23"):  # summer and winter time
        assert is_open(OFFICE, berlin(f"{day} {clock}"), BW) is is_there


def test_a_night_is_one_opening() -> None:
    night = Timetable((WeeklyTime(5, 1200, 1440), WeeklyTime(6, 0, 120)))
    for moment in ("2026-11-27 20:00", "2026-11-27 23:59", "2026-11-28 00:00", "2026-11-28 01:59"):
        assert open_until(night, berlin(moment), BW) == berlin("2026-11-28 02:00")
    assert open_until(night, berlin("2026-11-28 02:00"), BW) is None
    assert next_opening(night, berlin("2026-11-28 00:30"), BW) == berlin("2026-12-04 20:00")


def test_around_the_clock_has_no_end_in_sight() -> None:
    always = Timetable(tuple(WeeklyTime(day, 0, 1440) for day in range(1, 8)), on_public_holidays=True)
    assert opening_state(always, berlin("2026-12-25 03:00"), BW) == OpeningState(True)


def test_a_holiday_is_told_and_the_next_opening_lies_behind_it() -> None:
    state = opening_state(OFFICE, berlin("2027-01-01 10:00"), BW)
    assert not state.is_open
    assert state.next_at == berlin("2027-01-04 09:00")
    assert state.closure is not None
    assert (state.closure.kind, state.closure.words) == ("public_holiday", "Neujahr")
    sunday = opening_state(OFFICE, berlin("2026-11-22 10:00"), BW)
    assert sunday.closure is None


def test_a_closed_day_is_told_with_its_note() -> None:
    monday = date(2026, 11, 23)
    closed = Timetable(
        OFFICE.weekly, exceptions=(DayException("closed", monday, monday, note="Umzug"),)
    )
    state = opening_state(closed, berlin("2026-11-23 10:00"), BW)
    assert state.closure is not None
    assert (state.closure.kind, state.closure.words) == ("closed", "Umzug")
    assert state.next_at == berlin("2026-11-24 09:00")


def test_when_the_clocks_leap_it_opens_with_them() -> None:
    assert moment_at(CHANGES[0], 150) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    half_past_two = Timetable((WeeklyTime(7, 150, 240),))
    assert not is_open(half_past_two, berlin("2026-03-29 01:59"), BW)
    assert is_open(half_past_two, berlin("2026-03-29 03:00"), BW)
    assert open_until(half_past_two, berlin("2026-03-29 03:00"), BW) == berlin("2026-03-29 04:00")
    leapt_over = Timetable((WeeklyTime(7, 120, 180),))
    assert next_opening(leapt_over, berlin("2026-03-28 12:00"), BW) == berlin("2026-04-05 02:00")


def test_when_an_hour_comes_twice_the_night_is_an_hour_longer() -> None:
    night = Timetable((WeeklyTime(6, 1320, 1440), WeeklyTime(7, 0, 240)))
    opened, closes = berlin("2026-10-24 22:00"), berlin("2026-10-25 04:00")
    assert closes - opened == timedelta(hours=7)
    for fold in (0, 1):
        moment = berlin("2026-10-25 02:30", fold)
        assert open_until(night, moment, BW) == closes


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_open(OFFICE, datetime(2026, 11, 23, 10, 0), BW)  # noqa: DTZ001  # that is the point


moments = st.builds(
    lambda day, minute: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute),
    st.sampled_from(CHANGES) | st.dates(date(2026, 1, 2), date(2027, 12, 1)),
    st.integers(-300, 1440),
)


@given(
    day=st.sampled_from(CHANGES) | st.dates(date(2026, 1, 1), date(2027, 12, 30)),
    minute=st.integers(0, 1440),
)
@example(day=CHANGES[0], minute=179)
@example(day=CHANGES[1], minute=120)
def test_a_moment_is_the_first_at_which_the_clock_shows_the_time(day: date, minute: int) -> None:
    shown = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    found = moment_at(day, minute)
    assert found.astimezone(BERLIN).replace(tzinfo=None) >= shown
    before = (found - timedelta(minutes=1)).astimezone(BERLIN).replace(tzinfo=None)
    assert before < shown


@given(timetable=timetables(), moment=moments)
def test_the_answers_agree_with_each_other_and_with_the_dates(
    timetable: Timetable, moment: datetime
) -> None:
    local = moment.astimezone(BERLIN)
    spans = [
        (moment_at(local.date(), one.from_minute), moment_at(local.date(), one.to_minute))
        for one in occurrences_on(timetable, local.date(), BW)
    ]
    open_now = is_open(timetable, moment, BW)
    assert open_now == any(first <= moment < last for first, last in spans)
    until = open_until(timetable, moment, BW)
    if until is not None:
        assert open_now
        assert until > moment
        assert is_open(timetable, until - timedelta(minutes=1), BW) or until - moment < timedelta(
            minutes=1
        )
        assert not is_open(timetable, until, BW)
    opens = next_opening(timetable, moment, BW)
    if opens is not None:
        assert opens > moment
        assert is_open(timetable, opens, BW)
        assert not is_open(timetable, opens - timedelta(minutes=1), BW)
        if until is not None:
            assert opens > until
