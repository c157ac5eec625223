"""On which days an offer takes place, and when a newcomer can go there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.dates import closed_days, find_closure, next_date, next_occurrence, occurrences
from app.directory.next_dates import next_days
from app.directory.offer_table import UNKNOWN
from app.directory.public_holidays import NO_HOLIDAYS, load_public_holidays
from app.directory.table_loading import OfferRow, build_offer_table
from app.directory.timetable import DayException, Term, Timetable, WeeklyTime
from tests.unit.timetable_strategies import FIRST, LAST, timetables

MONDAY = date(2026, 11, 23)
BW = load_public_holidays("BW")


def weekly(*weekdays: int, **values: object) -> tuple[WeeklyTime, ...]:
    return tuple(replace(WeeklyTime(day, 540, 720), **values) for day in weekdays)  # type: ignore[arg-type]


def days_of(timetable: Timetable, first: date, last: date) -> list[date]:
    return [one.day for one in occurrences(timetable, first, last, BW)]


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

    timetable = Timetable(
        weekly(2), starts_on=day(starts_in), ends_on=day(ends_in), individual_entry=individual_entry
    )
    assert next_date(timetable, MONDAY, NO_HOLIDAYS) == day(expected_in)


def test_without_weekly_times_only_a_start_a_term_or_a_further_date_ahead_is_a_date() -> None:
    ahead = MONDAY + timedelta(days=3)
    assert next_date(Timetable(starts_on=ahead), MONDAY, BW) == ahead
    assert next_date(Timetable(starts_on=MONDAY - timedelta(days=3)), MONDAY, BW) is None
    assert next_date(Timetable(), MONDAY, BW) is None
    terms = (Term(MONDAY - timedelta(days=9), MONDAY), Term(ahead, ahead + timedelta(days=90)))
    assert next_date(Timetable(terms=terms), MONDAY, BW) == ahead
    extra = (DayException("extra", ahead, ahead, 600, 660),)
    assert next_date(Timetable(exceptions=extra), MONDAY, BW) == ahead


def test_today_counts() -> None:
    assert next_date(Timetable(weekly(1)), MONDAY, NO_HOLIDAYS) == MONDAY


def test_public_holidays_of_the_state_are_left_out_unless_the_offer_says_so() -> None:
    epiphany = date(2027, 1, 6)  # in Baden-Württemberg, not in Hesse
    wednesdays = Timetable(weekly(3))
    assert epiphany not in days_of(wednesdays, epiphany, epiphany)
    assert days_of(replace(wednesdays, on_public_holidays=True), epiphany, epiphany) == [epiphany]
    assert [one.day for one in occurrences(wednesdays, epiphany, epiphany, load_public_holidays("HE"))]
    closure = find_closure(wednesdays, epiphany, BW)
    assert closure is not None
    assert (closure.kind, closure.words) == ("public_holiday", "Heilige Drei Könige")
    assert next_date(wednesdays, epiphany, BW) == date(2027, 1, 13)


def test_closed_days_are_left_out_and_further_dates_hold_on_them() -> None:
    timetable = Timetable(
        weekly(1, 4),
        exceptions=(
            DayException("closed", date(2026, 12, 21), date(2027, 1, 9), note="Ferien"),
            DayException("extra", date(2026, 12, 25), date(2026, 12, 25), 600, 660, note="Fest"),
        ),
    )
    first, last = date(2026, 12, 17), date(2027, 1, 14)
    assert days_of(timetable, first, last) == [
        date(2026, 12, 17),
        date(2026, 12, 25),
        date(2027, 1, 11),
        date(2027, 1, 14),
    ]


def test_terms_hold_the_weekly_times() -> None:
    timetable = Timetable(
        weekly(1),
        terms=(
            Term(date(2026, 11, 1), date(2026, 11, 24)),
            Term(date(2026, 12, 7), date(2026, 12, 7)),
            Term(date(2026, 12, 1), date(2026, 12, 8)),  # overlaps: nothing counts twice
        ),
    )
    assert days_of(timetable, MONDAY, date(2027, 3, 1)) == [MONDAY, date(2026, 12, 7)]
    assert next_date(timetable, MONDAY + timedelta(days=1), BW) == date(2026, 12, 7)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"every_weeks": 2, "from_on": date(2026, 11, 26)}, ["11-26", "12-10", "12-24", "01-07"]),
        ({"every_weeks": 3, "from_on": date(2027, 1, 7)}, ["11-26", "12-17", "01-07", "01-28"]),
        ({"nth_in_month": 1}, ["12-03", "01-07", "02-04"]),
        ({"nth_in_month": 5}, ["12-31"]),
        ({"nth_in_month": -1}, ["11-26", "12-31", "01-28"]),
    ],
    ids=["fortnightly", "counted-backwards", "first", "fifth", "last"],
)
def test_thursdays_in_a_rhythm(values: dict[str, object], expected: list[str]) -> None:
    found = days_of(Timetable(weekly(4, **values)), MONDAY, date(2027, 2, 10))
    assert [f"{day:%m-%d}" for day in found][: len(expected)] == expected


def test_what_began_before_midnight_is_no_date_of_the_day_after() -> None:
    night = Timetable((WeeklyTime(5, 1200, 1440), WeeklyTime(6, 0, 120)))
    saturday = date(2026, 11, 28)
    assert next_date(night, saturday, BW) == date(2026, 12, 4)
    assert next_date(Timetable((WeeklyTime(6, 0, 120),)), saturday, BW) == saturday
    always = Timetable(tuple(WeeklyTime(day, 0, 1440) for day in range(1, 8)))
    assert next_date(always, saturday, BW) == saturday


def test_the_same_time_at_the_same_place_counts_once() -> None:
    twice = Timetable((*weekly(1), *weekly(1, nth_in_month=4)))
    assert days_of(twice, MONDAY, MONDAY) == [MONDAY]


def test_closed_days_are_told_as_they_were_entered_and_holidays_by_name() -> None:
    timetable = Timetable(
        weekly(5),
        exceptions=(
            DayException("closed", date(2027, 1, 2), date(2027, 1, 10), note="Ferien"),
            DayException("closed", date(2026, 12, 14), date(2026, 12, 15)),  # touches no Friday
        ),
    )
    found = closed_days(timetable, MONDAY, date(2027, 1, 18), BW)
    assert [(one.first_on, one.last_on, one.closure.words) for one in found] == [
        (date(2026, 12, 25), date(2026, 12, 25), "Erster Weihnachtstag"),
        (date(2027, 1, 1), date(2027, 1, 1), "Neujahr"),
        (date(2027, 1, 2), date(2027, 1, 10), "Ferien"),
    ]
    office = replace(timetable, weekly=())
    assert len(closed_days(office, MONDAY, date(2027, 1, 18), BW)) == 2


def test_the_ends_of_the_calendar_are_no_trouble() -> None:
    timetable = Timetable(weekly(1), ends_on=date.max)
    assert next_date(timetable, date.max, BW) is None
    assert next_date(timetable, date.min, BW) == date.min
    forever = Timetable(exceptions=(DayException("extra", date.min, date.max, 0, 1440),))
    assert next_date(forever, MONDAY, BW) == MONDAY


@given(timetable=timetables(), today=st.dates(FIRST, LAST))
def test_a_date_is_never_past_never_closed_and_always_an_occurrence(
    timetable: Timetable, today: date
) -> None:
    day = next_date(timetable, today, BW)
    found = next_occurrence(timetable, today, BW)
    assert (found is None) or found.day == day
    if day is None:
        return
    assert day >= today
    assert timetable.starts_on is None or day >= timetable.starts_on or timetable.starts_on < today
    if found is not None:
        assert found in occurrences(timetable, day, day, BW)
        assert timetable.ends_on is None or day <= timetable.ends_on


def naive_days(timetable: Timetable, days: Iterable[date]) -> set[tuple[date, int, int, str | None]]:
    """The dates as one would find them with a wall calendar: each rule written down by itself."""
    found = set()
    for day in days:
        is_within = (timetable.starts_on is None or timetable.starts_on <= day) and (
            timetable.ends_on is None or day <= timetable.ends_on
        )
        in_term = not timetable.terms or any(t.first_on <= day <= t.last_on for t in timetable.terms)
        is_closed = any(one.covers(day) for one in timetable.closed) or (
            not timetable.on_public_holidays and BW.find(day) is not None
        )
        same_weekdays = [
            other
            for number in range(1, 32)
            for other in [day.replace(day=1) + timedelta(days=number - 1)]
            if other.month == day.month and other.weekday() == day.weekday()
        ]
        for time in timetable.weekly:
            nth = time.nth_in_month
            in_rhythm = (
                nth is None
                or (nth == -1 and same_weekdays[-1] == day)
                or (nth > 0 and len(same_weekdays) >= nth and same_weekdays[nth - 1] == day)
            )
            if time.from_on is not None:
                in_rhythm = abs((day - time.from_on).days) // 7 % time.every_weeks == 0
            holds = is_within and in_term and not is_closed
            if holds and in_rhythm and day.isoweekday() == time.weekday:
                found.add((day, time.from_minute, time.to_minute, time.place))
        for one in timetable.extra:
            if one.covers(day):
                found.add((day, one.from_minute, one.to_minute, one.place))
    return found


@given(timetable=timetables(), first=st.dates(FIRST, LAST), length=st.integers(0, 90))
def test_the_dates_are_those_of_a_wall_calendar(timetable: Timetable, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = occurrences(timetable, first, last, BW)
    assert found == sorted(found, key=lambda one: (one.day, one.from_minute, one.to_minute))
    expected = naive_days(timetable, (first + timedelta(days=i) for i in range(length + 1)))
    assert {(one.day, one.from_minute, one.to_minute, one.place) for one in found} == expected
    assert len(found) == len(expected)


@given(given_timetables=st.lists(timetables(), min_size=1, max_size=6), today=st.dates(FIRST, LAST))
def test_the_table_tells_the_same_next_dates(given_timetables: list[Timetable], today: date) -> None:
    every = [
        *given_timetables,
        *(replace(t, terms=(), exceptions=(), on_public_holidays=False) for t in given_timetables),
    ]
    rows = [
        OfferRow(
            str(number),
            str(number),
            "A",
            "p",
            "P",
            "club",
            starts_on=timetable.starts_on,
            ends_on=timetable.ends_on,
            individual_entry=timetable.individual_entry,
            sessions=tuple((t.weekday, t.from_minute, t.to_minute) for t in timetable.weekly),
            timetable=None if timetable.is_plain else timetable,
        )
        for number, timetable in enumerate(every)
    ]
    expected = [next_date(timetable, today, BW) for timetable in every]
    found = next_days(build_offer_table(rows, holidays=BW), today).tolist()
    assert found == [UNKNOWN if day is None else day.toordinal() for day in expected]
