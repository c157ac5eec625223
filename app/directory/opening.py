"""What is open at a moment, and until when. Pure.

Moments are UTC; opening times are what the clocks in Germany show. On the days when the clocks are
changed, it opens (and closes) at the first moment at which they show the time or a later one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.core.day_times import MINUTES_PER_HOUR
from app.directory.dates import HORIZON_DAYS, Closure, find_closure, occurrences_on, weekly_times_on
from app.directory.public_holidays import Holidays
from app.directory.timetable import DAYS_PER_WEEK, MINUTES_PER_DAY, Timetable
from app.settings import TIMEZONE

_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """It is open from ``opens_at`` until just before ``closes_at`` (UTC)."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class OpeningState:
    """What somebody at the door wants to know."""

    is_open: bool
    until_at: datetime | None = None
    """When it closes; `None`: it is closed, or open for a week and longer."""
    next_at: datetime | None = None
    """When it opens again; `None`: it is open, or nobody knows."""
    closure: Closure | None = None
    """Why the weekly times of today do not hold."""


def local_day(moment: datetime) -> date:
    """The calendar day in Germany. Raises `ValueError` for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(TIMEZONE).date()


def moment_at(day: date, minute: int) -> datetime:
    """The first moment (UTC) at which the clocks in Germany show ``minute`` of ``day`` or later.

    1440 is the midnight at the end of ``day``.
    """
    if minute == MINUTES_PER_DAY:
        day, minute = day + _ONE_DAY, 0
    shown = datetime.combine(day, time(*divmod(minute, MINUTES_PER_HOUR)))
    found = shown.replace(tzinfo=TIMEZONE).astimezone(UTC)
    if _clock_at(found) == shown:
        return found
    # The clocks leap over this time in spring: it opens when they do.
    found = shown.replace(tzinfo=TIMEZONE, fold=1).astimezone(UTC)
    while _clock_at(found) < shown:
        found += _ONE_MINUTE
    return found


def open_spans(
    timetable: Timetable, first_on: date, last_on: date, holidays: Holidays
) -> Iterator[OpenSpan]:
    """When it is open on these days, in order; what touches or overlaps is one span.

    So a time that is kept in two at midnight is whole again, unless it is cut by the first or last day.
    """
    current: OpenSpan | None = None
    for number in range(first_on.toordinal(), last_on.toordinal() + 1):
        day = date.fromordinal(number)
        for one in occurrences_on(timetable, day, holidays):
            opens_at, closes_at = moment_at(day, one.from_minute), moment_at(day, one.to_minute)
            if closes_at <= opens_at:
                continue  # the clocks leapt over it
            if current is not None and opens_at <= current.closes_at:
                current = OpenSpan(current.opens_at, max(current.closes_at, closes_at))
                continue
            if current is not None:
                yield current
            current = OpenSpan(opens_at, closes_at)
    if current is not None:
        yield current


def is_open(timetable: Timetable, moment: datetime, holidays: Holidays) -> bool:
    """Whether it is open at ``moment``."""
    return _find_open_span(timetable, moment, holidays, days_ahead=0) is not None


def open_until(timetable: Timetable, moment: datetime, holidays: Holidays) -> datetime | None:
    """When it closes; `None`: it is closed at ``moment``, or stays open for a week and longer."""
    span = _find_open_span(timetable, moment, holidays, days_ahead=DAYS_PER_WEEK)
    end_of_sight = moment_at(local_day(moment) + DAYS_PER_WEEK * _ONE_DAY, MINUTES_PER_DAY)
    return None if span is None or span.closes_at >= end_of_sight else span.closes_at


def next_opening(timetable: Timetable, moment: datetime, holidays: Holidays) -> datetime | None:
    """When it opens next after ``moment``; `None`: not within `HORIZON_DAYS`."""
    day = local_day(moment)
    last = date.fromordinal(min(day.toordinal() + HORIZON_DAYS, date.max.toordinal() - 1))
    spans = open_spans(timetable, day - _ONE_DAY, last, holidays)
    return next((span.opens_at for span in spans if span.opens_at > moment), None)


def opening_state(timetable: Timetable, moment: datetime, holidays: Holidays) -> OpeningState:
    """All of the above at once."""
    if is_open(timetable, moment, holidays):
        return OpeningState(True, until_at=open_until(timetable, moment, holidays))
    today = local_day(moment)
    is_missed = weekly_times_on(timetable, today) and not occurrences_on(timetable, today, holidays)
    return OpeningState(
        False,
        next_at=next_opening(timetable, moment, holidays),
        closure=find_closure(timetable, today, holidays) if is_missed else None,
    )


def _find_open_span(
    timetable: Timetable, moment: datetime, holidays: Holidays, days_ahead: int
) -> OpenSpan | None:
    day = local_day(moment)
    for span in open_spans(timetable, day, day + days_ahead * _ONE_DAY, holidays):
        if span.opens_at <= moment < span.closes_at:
            return span
    return None


def _clock_at(moment: datetime) -> datetime:
    return moment.astimezone(TIMEZONE).replace(tzinfo=None)
