"""Weekly times as rows: joined for several weekdays and across midnight, and taken apart again."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.records import SessionRecord
from app.web.forms.time_rows import MonthlyAcrossMidnightError, TimeRow, rows_of, sessions_of

MONDAY = date(2026, 11, 23)


@st.composite
def _sessions(draw: st.DrawFn) -> SessionRecord:
    """Times from few values, so that many belong together."""
    minutes = [0, 480, 600, 1320, 1440]
    start, end = sorted(draw(st.lists(st.sampled_from(minutes), min_size=2, max_size=2, unique=True)))
    weekday = draw(st.integers(1, 7))
    every = draw(st.sampled_from([1, 1, 2]))
    week = draw(st.integers(0, 2))
    return SessionRecord(
        weekday=weekday,
        starts=f"{start // 60:02d}:{start % 60:02d}",
        ends=f"{end // 60:02d}:{end % 60:02d}",
        place=draw(st.sampled_from([None, "main"])),
        note=draw(st.sampled_from([None, "Anfänger"])),
        languages=draw(st.sampled_from([(), ("ar", "uk")])),
        every_weeks=every,
        from_on=MONDAY + timedelta(days=7 * week + weekday - 1) if every > 1 else None,
        nth_in_month=draw(st.sampled_from([None, 1, -1])) if every == 1 else None,
    )


@given(st.lists(_sessions(), max_size=9))
def test_taking_rows_apart_gives_the_same_times(times: list[SessionRecord]) -> None:
    rows = rows_of(times)
    again = [session for row in rows for session in sessions_of(row)]
    assert Counter(again) == Counter(times)
    assert len(rows) <= len(times)


def test_equal_times_of_several_weekdays_are_one_row() -> None:
    times = [SessionRecord(weekday=day, starts="18:00", ends="20:00") for day in (1, 3, 5)]
    assert [(row.weekdays, row.starts, row.ends) for row in rows_of(times)] == [
        ((1, 3, 5), "18:00", "20:00")
    ]


def test_a_row_across_midnight_is_cut_and_joined_again() -> None:
    row = TimeRow((5, 7), "22:00", "02:00", note="Nachtcafé")
    times = sessions_of(row)
    assert [(t.weekday, t.starts, t.ends) for t in times] == [
        (5, "22:00", "24:00"),
        (6, "00:00", "02:00"),
        (7, "22:00", "24:00"),
        (1, "00:00", "02:00"),
    ]
    assert rows_of(times) == [row]


def test_a_row_until_midnight_stays_on_its_day() -> None:
    assert [(t.weekday, t.ends) for t in sessions_of(TimeRow((5,), "20:00", "00:00"))] == [(5, "24:00")]


def test_every_second_week_counts_each_weekday_from_the_same_week() -> None:
    row = TimeRow((2, 4), "09:00", "11:00", every_weeks=2, from_on=date(2026, 12, 3))
    assert [t.from_on for t in sessions_of(row)] == [date(2026, 12, 1), date(2026, 12, 3)]


def test_the_night_after_a_sunday_belongs_to_the_next_week() -> None:
    row = TimeRow((7,), "22:00", "01:00", every_weeks=2, from_on=date(2026, 11, 29))
    assert [t.from_on for t in sessions_of(row)] == [date(2026, 11, 29), date(2026, 11, 30)]
    assert rows_of(sessions_of(row)) == [row]


def test_once_a_month_across_midnight_is_refused() -> None:
    with pytest.raises(MonthlyAcrossMidnightError):
        sessions_of(TimeRow((5,), "22:00", "02:00", nth_in_month=1))


def test_the_same_start_and_end_is_no_time() -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        sessions_of(TimeRow((5,), "22:00", "22:00"))
