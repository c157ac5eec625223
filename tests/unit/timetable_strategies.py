"""Timetables as the record types allow them, for property tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.directory.records import ExceptionRecord, OfferRecord, SessionRecord, TermRecord
from app.directory.timetable import Timetable, timetable_of_record

FIRST = date(2026, 1, 1)
LAST = date(2027, 12, 31)
CLOCK_TIMES = ("00:00", "00:30", "02:00", "02:30", "03:00", "09:00", "12:15", "20:00", "24:00")
days = st.dates(FIRST, LAST)
places = st.sampled_from([None, "haus", "halle"])


@st.composite
def spans(draw: st.DrawFn) -> dict[str, str]:
    """A beginning and an end of the clock."""
    first, last = sorted(
        draw(st.lists(st.sampled_from(CLOCK_TIMES), min_size=2, max_size=2, unique=True))
    )
    return {"starts": first, "ends": last}


@st.composite
def sessions(draw: st.DrawFn) -> SessionRecord:
    """A weekly time, in any rhythm."""
    weekday = draw(st.integers(1, 7))
    rhythm: dict[str, Any] = {}
    match draw(st.sampled_from(["weekly", "weekly", "weeks", "month"])):
        case "weeks":
            day = draw(days)
            on_weekday = day + timedelta(days=(weekday - day.isoweekday()) % 7)
            rhythm = {"every_weeks": draw(st.integers(2, 4)), "from_on": on_weekday}
        case "month":
            rhythm = {"nth_in_month": draw(st.sampled_from([1, 2, 3, 4, 5, -1]))}
    return SessionRecord(weekday=weekday, place=draw(places), **draw(spans()), **rhythm)


@st.composite
def day_ranges(draw: st.DrawFn, most_days: int = 60) -> tuple[date, date]:
    """Days in a row."""
    first = draw(days)
    return first, first + timedelta(days=draw(st.integers(0, most_days)))


@st.composite
def exceptions(draw: st.DrawFn) -> ExceptionRecord:
    """Closed days or further dates."""
    first, last = draw(day_ranges(20))
    if draw(st.booleans()):
        return ExceptionRecord(kind="closed", first_on=first, last_on=last)
    return ExceptionRecord(
        kind="extra", first_on=first, last_on=last, place=draw(places), **draw(spans())
    )


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    """Any timetable."""
    starts_on, ends_on = draw(st.none() | st.tuples(days, st.integers(0, 300))) or (None, 0)
    terms = [TermRecord(first_on=a, last_on=b) for a, b in draw(st.lists(day_ranges(200), max_size=3))]
    has_end = starts_on is not None and draw(st.booleans())
    return timetable_of_record(
        OfferRecord(
            external_id="a",
            title="A",
            kind="club",
            sessions=tuple(draw(st.lists(sessions(), max_size=4))),
            terms=tuple(terms),
            exceptions=tuple(draw(st.lists(exceptions(), max_size=3))),
            on_public_holidays=draw(st.none() | st.booleans()),
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=ends_on) if has_end and starts_on else None,
            individual_entry=draw(st.none() | st.booleans()),
        )
    )
