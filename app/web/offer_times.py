"""When an offer takes place, ready for a page: words for the present moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from app.core import clock
from app.core.i18n import format_day
from app.directory.dates import closed_days, next_date, next_occurrence, occurrences
from app.directory.opening import opening_state
from app.directory.timetable import Timetable
from app.web.labels.times import (
    TimeLine,
    closed_words,
    occurrence_words,
    opening_words,
    span_words,
    term_words,
    weekly_lines,
)
from app.web.runtime import current_runtime

AHEAD: Final = timedelta(weeks=8)
"""How far ahead exceptions are told."""

KINDS_WITH_A_DOOR: Final = frozenset(
    {"counselling", "authority", "meeting", "health", "housing", "work"}
)
"""Where one drops in within the times. A course or a training is not "open"."""


@dataclass(frozen=True, slots=True)
class OfferTimes:
    """What a page says of the times."""

    weekly: tuple[TimeLine, ...]
    terms: tuple[str, ...]
    """The present and the coming ones."""
    closed: tuple[str, ...]
    """Within `AHEAD`."""
    extra: tuple[str, ...]
    """Further dates within `AHEAD`."""
    next_date: str
    """The day in full with its time; empty: not known."""


def times_of(timetable: Timetable) -> OfferTimes:
    """What to say of these times today; holds for the whole day."""
    runtime = current_runtime()
    today, holidays = runtime.today, runtime.holidays
    until = today + AHEAD
    extra = occurrences(replace(timetable, weekly=()), today, until, holidays)
    return OfferTimes(
        weekly=tuple(weekly_lines(timetable.weekly)),
        terms=tuple(term_words(term) for term in timetable.terms if term.last_on >= today),
        closed=tuple(
            closed_words(one, today) for one in closed_days(timetable, today, until, holidays)
        ),
        extra=tuple(occurrence_words(one, today) for one in extra),
        next_date=_next_date_words(timetable),
    )


def opening_of(timetable: Timetable, kind: str) -> str:
    """Whether it is open at this moment; empty for offers of a kind where nobody asks so.

    Changes from minute to minute: not for a page that is kept.
    """
    if kind not in KINDS_WITH_A_DOOR:
        return ""
    runtime = current_runtime()
    moment = clock.now(runtime.settings)
    return opening_words(opening_state(timetable, moment, runtime.holidays), moment)


def _next_date_words(timetable: Timetable) -> str:
    runtime = current_runtime()
    found = next_occurrence(timetable, runtime.today, runtime.holidays)
    if found is not None:
        return f"{format_day(found.day, 'full')}, {span_words(found.from_minute, found.to_minute)}"
    day = next_date(timetable, runtime.today, runtime.holidays)
    return format_day(day, "full") if day else ""
