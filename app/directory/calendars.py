"""Builds iCalendar feeds (RFC 5545) of offers. Pure.

A weekly time is a repeating event; closed days and public holidays are taken out of it one by one, from
the beginning of this year to the end of the next. So a feed stays the same, byte for byte, until the
offer or the year changes. Times are those of the clocks in Germany, with the zone's definition.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vDuration, vText

from app.core.day_times import MINUTES_PER_HOUR
from app.directory.dates import find_closure, occurrences_on
from app.directory.opening import local_day
from app.directory.public_holidays import Holidays
from app.directory.timetable import DayException, Timetable, WeeklyTime
from app.settings import TIMEZONE

PRODUCT: Final = "-//Lotsenbuch//Lotsenbuch//DE"
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_REFRESH = timedelta(hours=12)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarOffer:
    """What a feed says of an offer. Whoever builds one leaves out what its readers may not see."""

    offer_id: str
    title: str
    provider: str
    path: str
    """Of the offer's page, with a slash at the beginning."""
    timetable: Timetable
    updated_at: datetime
    """UTC."""
    location: str | None = None
    """The public address of times that name no place."""
    locations: Mapping[str, str] = field(default_factory=dict)
    """Place (as in the timetable) → public address."""
    days: tuple[tuple[str, date, str], ...] = ()
    """Whole days to mark: a key of its own, the day, what to call it."""


@dataclass(frozen=True, slots=True)
class _Feed:
    base_url: str
    first_on: date
    last_on: date
    holidays: Holidays

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"


def build_calendar(
    name: str, offers: Iterable[CalendarOffer], base_url: str, now: datetime, holidays: Holidays
) -> bytes:
    """The feed of ``offers``, called ``name``, in UTF-8.

    ``base_url`` is the address of this instance without a slash at the end; ``now`` is a UTC time and
    decides only which years are reckoned.
    """
    year = local_day(now).year
    feed = _Feed(base_url, date(year, 1, 1), date(year + 1, 12, 31), holidays)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    called = vText(" ".join(_clean(name).split()))
    calendar.add("name", called)
    calendar.add("x-wr-calname", called)
    calendar.add("x-wr-timezone", TIMEZONE.key)
    refresh = vDuration(_REFRESH)
    refresh.params["VALUE"] = "DURATION"
    calendar.add("refresh-interval", refresh)
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    calendar.add_component(_timezone())
    for offer in offers:
        for event in _events(offer, feed):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(offer: CalendarOffer, feed: _Feed) -> Iterator[Event]:
    timetable = offer.timetable
    # The same time twice (with another note, say) is one event.
    weekly = {(*_rule_of(one), one.place): one for one in reversed(timetable.weekly)}
    for one in sorted(weekly.values(), key=lambda w: (w.weekday, w.from_minute, w.to_minute)):
        for first_on, last_on in timetable.spans:
            yield from _weekly_events(offer, one, first_on, last_on, feed)
    for extra in dict.fromkeys(timetable.extra):
        yield from _extra_events(offer, extra, feed)
    for key, day, words in offer.days:
        if day >= feed.first_on:
            event = _event(offer, feed, "day", key, day)
            event.add("summary", _clean(words))
            event.add("dtstart", day)
            event.add("dtend", day + _ONE_DAY)
            yield event


def _weekly_events(
    offer: CalendarOffer, one: WeeklyTime, first_on: date, last_on: date, feed: _Feed
) -> Iterator[Event]:
    """The event of a weekly time within one span of days; none when it never takes place."""
    days = [day for day in _days(feed, first_on, last_on) if one.holds_on(day)]
    closed = [day for day in days if find_closure(offer.timetable, day, feed.holidays)]
    if len(closed) == len(days):
        return
    event = _event(offer, feed, "weekly", *_rule_of(one), one.place, first_on)
    _add_facts(event, offer, one)
    if last_on > feed.last_on or len(days) > 1:
        event.add("rrule", _recurrence(one) | _until(last_on))
    _add_times(event, days[0], one, closed)
    yield event


def _extra_events(offer: CalendarOffer, one: DayException, feed: _Feed) -> Iterator[Event]:
    """The event of a further date, or of days in a row; not where a weekly time says the same."""
    days = list(_days(feed, one.first_on, one.last_on))
    known = [day for day in days if _is_weekly_too(offer.timetable, one, day, feed.holidays)]
    if len(known) == len(days):
        return
    event = _event(offer, feed, "extra", *_times_of(one), one.place, one.first_on, one.last_on)
    _add_facts(event, offer, one)
    if len(days) > 1:
        event.add("rrule", {"freq": "DAILY"} | _until(days[-1]))
    _add_times(event, days[0], one, known)
    yield event


def _is_weekly_too(timetable: Timetable, one: DayException, day: date, holidays: Holidays) -> bool:
    without = Timetable(
        weekly=timetable.weekly,
        terms=timetable.terms,
        exceptions=timetable.closed,
        on_public_holidays=timetable.on_public_holidays,
        starts_on=timetable.starts_on,
        ends_on=timetable.ends_on,
    )
    return any(
        (*_times_of(other), other.place) == (*_times_of(one), one.place)
        for other in occurrences_on(without, day, holidays)
    )


def _event(offer: CalendarOffer, feed: _Feed, *key: object) -> Event:
    """An event with what all have; ``key`` is what tells it from the others of the offer."""
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
    event = Event()
    event.add("uid", f"{offer.offer_id}-{digest}@{feed.host}")
    changed_at = offer.updated_at.astimezone(UTC).replace(microsecond=0)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("url", f"{feed.base_url}{offer.path}")
    event.add("transp", "TRANSPARENT")
    return event


def _add_facts(event: Event, offer: CalendarOffer, one: WeeklyTime | DayException) -> None:
    event.add("summary", _clean(offer.title))
    lines = [offer.provider, one.note]
    event.add("description", _clean("\n".join(line for line in lines if line)))
    location = offer.location if one.place is None else offer.locations.get(one.place)
    if location:
        event.add("location", _clean(location))


def _add_times(
    event: Event, first_on: date, one: WeeklyTime | DayException, without: Iterable[date]
) -> None:
    event.add("dtstart", _moment(first_on, one.from_minute))
    event.add("dtend", _moment(first_on, one.to_minute))
    if left_out := [_moment(day, one.from_minute) for day in without]:
        event.add("exdate", left_out)


def _recurrence(one: WeeklyTime) -> dict[str, Any]:
    weekday = _WEEKDAYS[one.weekday - 1]
    if one.nth_in_month is not None:
        return {"freq": "MONTHLY", "byday": f"{one.nth_in_month}{weekday}"}
    if one.every_weeks > 1:
        return {"freq": "WEEKLY", "interval": one.every_weeks, "byday": weekday}
    return {"freq": "WEEKLY", "byday": weekday}


def _until(last_on: date) -> dict[str, Any]:
    """The end of a repetition, which the standard wants in UTC; nothing when it has none."""
    if last_on == date.max:
        return {}
    return {"until": datetime.combine(last_on, time(23, 59, 59), TIMEZONE).astimezone(UTC)}


def _moment(day: date, minute: int) -> datetime:
    hours, minutes = divmod(minute, MINUTES_PER_HOUR)
    return datetime.combine(day, time(), TIMEZONE) + timedelta(hours=hours, minutes=minutes)


def _times_of(one: Any) -> tuple[int, int]:
    return one.from_minute, one.to_minute


def _rule_of(one: WeeklyTime) -> tuple[object, ...]:
    return one.weekday, *_times_of(one), one.every_weeks, one.from_on, one.nth_in_month


def _days(feed: _Feed, first_on: date, last_on: date) -> Iterator[date]:
    first, last = max(first_on, feed.first_on), min(last_on, feed.last_on)
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


def _clean(text: str) -> str:
    """Without the control characters that no calendar may contain."""
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) != "Cc")


def _timezone() -> Timezone:
    """Europe/Berlin by the rules that hold since 1996."""
    zone = Timezone()
    zone.add("tzid", TIMEZONE.key)
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    for part, name, begins, month, before, after in (
        (TimezoneDaylight(), "CEST", datetime(1981, 3, 29, 2), 3, winter, summer),  # noqa: DTZ001  # local
        (TimezoneStandard(), "CET", datetime(1996, 10, 27, 3), 10, summer, winter),  # noqa: DTZ001  # local
    ):
        part.add("dtstart", begins)
        part.add("rrule", {"freq": "YEARLY", "bymonth": month, "byday": "-1SU"})
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", name)
        zone.add_component(part)
    return zone
