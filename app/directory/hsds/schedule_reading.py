"""HSDS schedules (repetition rules as in RFC 5545) as weekly times, terms and further dates.

Read are weekly times, every second to fourth week, a weekday's place in the month, single dates, and
times across midnight. What cannot be held (the 15th of each month) is left out. Different validities of
the same weekly times become terms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.directory.hsds.attributes import (
    SPAN_FIELDS,
    read_attributes,
    read_parts,
    read_values,
)
from app.directory.hsds.json_values import Json, day_in, number_in, objects_in, text_in
from app.directory.hsds.schedules import DAYS_OF_WEEK, EXTRA, REPEATED, WEEKDAYS
from app.directory.records import LANGUAGE_TAG, ExceptionRecord, OfferRecord, TermRecord

MAX_NOTE_CHARACTERS = 200
MAX_WEEKS = 4
MAX_MINUTES_ACROSS_MIDNIGHT = 12 * 60
"""Longer ones are rather a mistake: 10:00 to 9:00."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(:\d\d)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_DAY_OF_MONTH = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_PLACES_IN_MONTH = frozenset({1, 2, 3, 4, 5, -1})

_Times = list[tuple[int, str, str]]
"""Days after the one on which it begins (0 or 1), from, to."""


@dataclass(frozen=True, slots=True)
class _Placed:
    schedule: Json
    place: str | None
    """Key of the place."""

    @property
    def span(self) -> tuple[date | None, date | None]:
        return day_in(self.schedule, "valid_from"), day_in(self.schedule, "valid_to")


def read_times(
    service: Json, key_of: Mapping[str, str], key_at: Mapping[str, str | None], *, is_ours: bool
) -> dict[str, Any]:
    """Weekly times, terms, exceptions, first and last day of an offer.

    ``key_of``: location → place, ``key_at``: service at location → place. ``is_ours``: written by this
    product, so that what it means need not be guessed.
    """
    placed = [
        _Placed(one, key_of.get(str(one.get("location_id"))))
        for one in objects_in(service, "schedules")
    ]
    for at in objects_in(service, "service_at_locations"):
        place = key_at.get(str(at.get("id")))
        placed += [_Placed(one, place) for one in objects_in(at, "schedules")]
    attributes = objects_in(service, "attributes")
    terms = read_parts(attributes, "terms", TermRecord)
    if is_ours:
        once = [one for one in placed if not _marks(one.schedule, EXTRA)]
        first = [one for one in once if not _marks(one.schedule, REPEATED)]
        return {
            "sessions": [time for one in first for time in _sessions(one)],
            "exceptions": read_parts(attributes, "exceptions", ExceptionRecord),
            "terms": terms,
            **({} if terms else _outer_span(once)),
            **read_attributes(attributes, SPAN_FIELDS, OfferRecord),
        }
    dates = [day for one in placed for day in _single_dates(one)]
    weekly = [one for one in placed if not _is_single(one.schedule)]
    return {**_sessions_and_terms(weekly), "exceptions": dates, "schedule_note": _described(placed)}


def _marks(schedule: Json, mark: str) -> bool:
    return bool(read_values(objects_in(schedule, "attributes"), mark))


def _outer_span(placed: list[_Placed]) -> dict[str, date | None]:
    return {
        "starts_on": min((one.span[0] for one in placed if one.span[0]), default=None),
        "ends_on": max((one.span[1] for one in placed if one.span[1]), default=None),
    }


def _sessions_and_terms(placed: list[_Placed]) -> dict[str, Any]:
    """Stretches of days with the same times are terms; of others, the first and the last day count."""
    by_span: dict[tuple[date | None, date | None], list[dict[str, Any]]] = {}
    for one in placed:
        if sessions := _sessions(one):
            by_span.setdefault(one.span, []).extend(sessions)
    times = list(by_span.values())
    spans = [(first, last) for first, last in by_span if first and last and first <= last]
    if len(times) > 1 and len(spans) == len(times) and all(one == times[0] for one in times):
        terms = [{"first_on": first, "last_on": last} for first, last in spans]
        return {"sessions": times[0], "terms": terms}
    sessions = [session for one in times for session in one]
    unique = [one for position, one in enumerate(sessions) if one not in sessions[:position]]
    return {"sessions": unique, **_outer_span(placed)}


def _sessions(placed: _Placed) -> list[dict[str, Any]]:
    schedule = placed.schedule
    times = _clock_times(schedule)
    every = number_in(schedule, "interval") or 1
    frequency = schedule.get("freq")
    if frequency == "WEEKLY" and every in range(1, MAX_WEEKS + 1):
        days = _in_week(schedule, int(every))
    elif frequency == "MONTHLY" and every == 1:
        # The day after the second Monday may be the first Tuesday: no night can follow.
        days, times = _in_month(schedule), times if len(times) == 1 else []
    else:
        return []
    languages = read_values(objects_in(schedule, "attributes"), "languages")
    tags = [tag for tag in languages if LANGUAGE_TAG.fullmatch(tag)]
    same = {
        "place": placed.place,
        "note": text_in(schedule, "notes", MAX_NOTE_CHARACTERS),
        "languages": tags,
    }
    return [
        {**_moved(day, later), "starts": opens, "ends": closes, **same}
        for day in days
        for later, opens, closes in times
    ]


def _moved(day: dict[str, Any], later: int) -> dict[str, Any]:
    if not later:
        return day
    counted = day.get("from_on")
    return {
        **day,
        "weekday": day["weekday"] % DAYS_OF_WEEK + 1,
        "from_on": counted and counted + timedelta(days=later),
    }


def _in_week(schedule: Json, every: int) -> list[dict[str, Any]]:
    start = day_in(schedule, "dtstart") or day_in(schedule, "valid_from")
    names = [name.strip() for name in (text_in(schedule, "byday") or "").split(",")]
    days = [WEEKDAYS.index(name) for name in names if name in WEEKDAYS]
    if not days and start is not None and not any(names):
        days = [start.weekday()]
    if every == 1:
        return [{"weekday": day + 1} for day in days]
    if start is None or start.toordinal() <= DAYS_OF_WEEK:
        return []  # the weeks cannot be counted
    begins = str(schedule.get("wkst"))
    week_start = WEEKDAYS.index(begins) if begins in WEEKDAYS else 0
    week = start - timedelta(days=(start.weekday() - week_start) % DAYS_OF_WEEK)
    return [
        {
            "weekday": day + 1,
            "every_weeks": every,
            "from_on": week + timedelta(days=(day - week_start) % DAYS_OF_WEEK),
        }
        for day in days
        if week.toordinal() + 2 * DAYS_OF_WEEK < date.max.toordinal()
    ]


def _in_month(schedule: Json) -> list[dict[str, Any]]:
    days = []
    for name in (text_in(schedule, "byday") or "").split(","):
        found = _DAY_OF_MONTH.fullmatch(name.strip())
        if found is None:
            continue
        weekday = WEEKDAYS.index(found[2]) + 1
        if found[1] is None:
            days.append({"weekday": weekday})
        elif int(found[1]) in _PLACES_IN_MONTH:
            days.append({"weekday": weekday, "nth_in_month": int(found[1])})
    return days


def _clock_times(schedule: Json) -> _Times:
    """From when to when, cut at midnight; empty when there is no sense in it."""
    opens, closes = _clock(schedule, "opens_at"), _clock(schedule, "closes_at", is_end=True)
    if opens is None or closes is None:
        return []
    if opens < closes:
        return [(0, opens, closes)]
    if (_minutes(closes) - _minutes(opens)) % (
        24 * 60
    ) > MAX_MINUTES_ACROSS_MIDNIGHT or opens == closes:
        return []
    return [(0, opens, "24:00"), (1, "00:00", closes)]


def _clock(schedule: Json, name: str, *, is_end: bool = False) -> str | None:
    text = text_in(schedule, name) or ""
    if is_end and text[:5] in {"00:00", "24:00"}:
        return "24:00"
    found = _CLOCK.fullmatch(text)
    return f"{found[1]}:{found[2]}" if found else None


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _is_single(schedule: Json) -> bool:
    """Whether it happens on one day only."""
    if number_in(schedule, "count") == 1:
        return _single_day(schedule) is not None
    return not schedule.get("freq") and bool(_clock_times(schedule)) and bool(_single_day(schedule))


def _single_day(schedule: Json) -> date | None:
    start = day_in(schedule, "dtstart")
    first, last = day_in(schedule, "valid_from"), day_in(schedule, "valid_to")
    return start or (first if first == last else None)


def _single_dates(placed: _Placed) -> list[dict[str, Any]]:
    day = _single_day(placed.schedule)
    if day is None or not _is_single(placed.schedule) or day == date.max:
        return []
    return [
        {
            "kind": "extra",
            "first_on": day + timedelta(days=later),
            "last_on": day + timedelta(days=later),
            "starts": opens,
            "ends": closes,
            "place": placed.place,
            "note": text_in(placed.schedule, "notes", MAX_NOTE_CHARACTERS),
        }
        for later, opens, closes in _clock_times(placed.schedule)
    ]


def _described(placed: list[_Placed]) -> str | None:
    texts = (text_in(one.schedule, "description") for one in placed)
    return "\n".join(dict.fromkeys(text for text in texts if text)) or None
