"""Weekly times, terms and further dates as HSDS schedules (repetition rules as in RFC 5545).

HSDS has no exceptions: closed days go through attributes, further dates are schedules that happen once
or on a few days on end. A term is the validity of a schedule: with several, each weekly time stands
there once per term, and only those of the first are read back as weekly times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from app.directory import identity
from app.directory.hsds.attributes import Json, attribute
from app.directory.records import ExceptionRecord, OfferRecord, SessionRecord

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REPEATED = "repeated_in_term"
"""Marks a schedule that stands in the first term already."""
EXTRA = "is_exception"
"""Marks a schedule that stands among the exceptions, too."""
DAYS_OF_WEEK = 7

_Span = tuple[date | None, date | None]


def write_schedules(offer: OfferRecord, own_id: str, place_ids: Mapping[str, str]) -> list[Json]:
    """All schedules of ``offer``, a canonical record; ``place_ids``: key → id of the location."""
    schedules = []
    for term, span in enumerate(_spans(offer)):
        for position, time in enumerate(offer.sessions or (None,)):
            if time is None and span == (None, None):
                continue
            mark = position if term == 0 else f"{position}.{term}"
            schedule_id = identity.part_id(own_id, "schedule", mark)
            schedules.append(_weekly(schedule_id, time, span, place_ids, is_repeated=term > 0))
    for position, day in enumerate(offer.exceptions):
        if day.kind == "extra":
            schedule_id = identity.part_id(own_id, "extra", position)
            schedules.append(_extra(schedule_id, day, place_ids))
    return schedules


def _spans(offer: OfferRecord) -> list[_Span]:
    """The days in which the weekly times hold: its terms, within its first and last day."""
    first, last = offer.starts_on, offer.ends_on
    terms = [(term.first_on, term.last_on) for term in offer.terms]
    inside = [
        (max(begin, first or begin), min(end, last or end))
        for begin, end in terms
        if begin <= (last or begin) and end >= (first or end)
    ]
    return list(dict.fromkeys(inside or terms)) or [(first, last)]


def _weekly(
    schedule_id: str,
    time: SessionRecord | None,
    span: _Span,
    place_ids: Mapping[str, str],
    *,
    is_repeated: bool,
) -> Json:
    marks = [attribute(REPEATED, True, schedule_id)] if is_repeated else []
    if time is not None:
        marks += [
            attribute("languages", tag, schedule_id, position)
            for position, tag in enumerate(time.languages)
        ]
    return _given(
        {
            "id": schedule_id,
            "location_id": place_ids.get(time.place) if time and time.place else None,
            "valid_from": _iso(span[0]),
            "valid_to": _iso(span[1]),
            **(_rule(time) if time else {}),
            "attributes": marks,
        }
    )


def _rule(time: SessionRecord) -> Json:
    weekday = WEEKDAYS[time.weekday - 1]
    return {
        "dtstart": _iso(time.from_on),
        "freq": "MONTHLY" if time.nth_in_month else "WEEKLY",
        "interval": time.every_weeks if time.every_weeks > 1 else None,
        "byday": f"{time.nth_in_month}{weekday}" if time.nth_in_month else weekday,
        "opens_at": time.starts,
        "closes_at": time.ends,
        "notes": time.note,
    }


def _extra(schedule_id: str, day: ExceptionRecord, place_ids: Mapping[str, str]) -> Json:
    return _given(
        {
            "id": schedule_id,
            "location_id": place_ids.get(day.place) if day.place else None,
            "valid_from": _iso(day.first_on),
            "valid_to": _iso(day.last_on),
            "dtstart": _iso(day.first_on),
            "until": _iso(day.last_on),
            "freq": "WEEKLY",
            "byday": ",".join(_weekdays(day.first_on, day.last_on)),
            "opens_at": day.starts,
            "closes_at": day.ends,
            "notes": day.note,
            "attributes": [attribute(EXTRA, True, schedule_id)],
        }
    )


def _weekdays(first: date, last: date) -> Iterator[str]:
    for offset in range(min((last - first).days + 1, DAYS_OF_WEEK)):
        yield WEEKDAYS[(first + timedelta(days=offset)).weekday()]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _given(fields: Json) -> Json:
    """``fields`` without what is not known."""
    return {name: value for name, value in fields.items() if value is not None and value != []}
