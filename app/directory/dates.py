"""On which days an offer takes place, and when a newcomer can go there. Pure.

Weekly times hold within the start, the end and the terms, on every day of their rhythm that is not
closed and (unless the offer says so) no public holiday. Further dates hold on their days, whatever else
is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.directory.public_holidays import Holidays
from app.directory.timetable import Timetable, WeeklyTime, is_till_midnight

HORIZON_DAYS = 400
"""How far ahead a next date is looked for: a year and a month, for what takes place once a year."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """It takes place, once. Minutes since midnight, local time."""

    day: date
    from_minute: int
    to_minute: int
    place: str | None = None
    note: str | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closure:
    """Why the weekly times do not hold on a day."""

    kind: Literal["closed", "public_holiday"]
    words: str | None
    """The note, or the name of the public holiday."""


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days in a row that are closed for the same reason."""

    first_on: date
    last_on: date
    closure: Closure


def occurrences(
    timetable: Timetable, first_on: date, last_on: date, holidays: Holidays
) -> list[Occurrence]:
    """All dates from ``first_on`` to ``last_on`` (both included), by day and time."""
    return list(_upcoming(timetable, first_on, last_on, holidays))


def occurrences_on(timetable: Timetable, day: date, holidays: Holidays) -> list[Occurrence]:
    """The dates of one day, by time; the same time at the same place counts once."""
    times = weekly_times_on(timetable, day)
    if times and find_closure(timetable, day, holidays) is not None:
        times = ()
    found = [
        Occurrence(day, time.from_minute, time.to_minute, time.place, time.note, time.languages)
        for time in times
    ]
    found += [
        Occurrence(day, one.from_minute, one.to_minute, one.place, one.note)
        for one in timetable.extra
        if one.covers(day)
    ]
    if len(found) < 2:
        return found
    once = {(one.from_minute, one.to_minute, one.place or ""): one for one in reversed(found)}
    return [once[key] for key in sorted(once)]


def weekly_times_on(timetable: Timetable, day: date) -> tuple[WeeklyTime, ...]:
    """The weekly times of ``day``, as if nothing were closed."""
    times = timetable.by_weekday.get(day.isoweekday(), ())
    if not times or not any(first <= day <= last for first, last in timetable.spans):
        return ()
    return tuple(time for time in times if time.holds_on(day))


def find_closure(timetable: Timetable, day: date, holidays: Holidays) -> Closure | None:
    """Why weekly times do not hold on ``day``; `None`: they do."""
    for one in timetable.closed:
        if one.covers(day):
            return Closure("closed", one.note)
    name = None if timetable.on_public_holidays else holidays.find(day)
    return None if name is None else Closure("public_holiday", name)


def closed_days(
    timetable: Timetable, first_on: date, last_on: date, holidays: Holidays
) -> list[ClosedDays]:
    """What of the weekly times does not take place within these days (both included).

    Closed days are given as they were entered (a whole fortnight, even when only one of its days would
    count); those that touch no weekly time are left out, unless there are no weekly times at all.
    """
    missed = [day for day in _days(first_on, last_on) if weekly_times_on(timetable, day)]
    found = [
        ClosedDays(one.first_on, one.last_on, Closure("closed", one.note))
        for one in timetable.closed
        if any(one.covers(day) for day in missed)
        or (not timetable.weekly and one.first_on <= last_on and one.last_on >= first_on)
    ]
    for day in missed:
        closure = find_closure(timetable, day, holidays)
        if closure is not None and closure.kind == "public_holiday":
            found.append(ClosedDays(day, day, closure))
    return sorted(found, key=lambda one: (one.first_on, one.last_on))


def next_date(timetable: Timetable, today: date, holidays: Holidays) -> date | None:
    """The first day from ``today`` on that a newcomer can go there; `None`: none, or not known.

    A start that lies ahead counts from then on. After the start, the next date counts, unless the offer
    is known to take nobody in between. Without weekly times and further dates only a start (or the
    beginning of a term) ahead is a date. What began before midnight is no date of the day after.
    """
    found = next_occurrence(timetable, today, holidays)
    if found is not None:
        return found.day
    first = first_day_of_entry(timetable, today)
    if first is None or timetable.weekly:
        return None
    begins = [timetable.starts_on, *(first for first, _last in timetable.spans)]
    return min((day for day in begins if day is not None and day >= first), default=None)


def next_occurrence(timetable: Timetable, today: date, holidays: Holidays) -> Occurrence | None:
    """The date that a newcomer can go to first; `None`: the times are not known, or there is none.

    Looked for from the first day of entry on, for `HORIZON_DAYS`.
    """
    first = first_day_of_entry(timetable, today)
    if first is None:
        return None
    last = min(timetable.ends_on or date.max, _after(first, HORIZON_DAYS))
    goes_on = first > date.min and any(
        is_till_midnight(one) for one in occurrences_on(timetable, first - _ONE_DAY, holidays)
    )
    for one in _upcoming(timetable, first, last, holidays):
        began_before = goes_on and one.day == first and one.from_minute == 0
        if not began_before or is_till_midnight(one):  # a whole day is a date of its own
            return one
    return None


def first_day_of_entry(timetable: Timetable, today: date) -> date | None:
    """From when on a newcomer can come: the start ahead or ``today``; `None`: not any more."""
    starts_on, ends_on = timetable.starts_on, timetable.ends_on
    if ends_on is not None and ends_on < today:
        return None
    if starts_on is None:
        return today
    if starts_on >= today:
        return starts_on
    return None if timetable.individual_entry is False else today


def _upcoming(
    timetable: Timetable, first_on: date, last_on: date, holidays: Holidays
) -> Iterator[Occurrence]:
    """One after the other; days on which nothing can be are passed over without a look."""
    parts = [(one.first_on, one.last_on) for one in timetable.extra]
    if timetable.weekly:
        parts += timetable.spans
    if not parts:
        return
    first = max(first_on, min(first for first, _last in parts))
    last = min(last_on, max(last for _first, last in parts))
    for day in _days(first, last):
        yield from occurrences_on(timetable, day, holidays)


def _days(first_on: date, last_on: date) -> Iterator[date]:
    for number in range(first_on.toordinal(), last_on.toordinal() + 1):
        yield date.fromordinal(number)


def _after(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))
