"""When something takes place, in words: weekly times, exceptions, what is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import babel.dates

from app.core.day_times import MINUTES_PER_HOUR, minute_of
from app.core.i18n import current_language, format_day, language_name, weekday_name
from app.core.i18n import gettext as _
from app.directory.dates import ClosedDays, Closure, Occurrence
from app.directory.opening import OpeningState, local_day
from app.directory.timetable import MINUTES_PER_DAY, Term, WeeklyTime
from app.directory.weekly_groups import Rhythm, WeeklyGroup, group_weekly, runs_of
from app.settings import TIMEZONE

_FEW_DAYS = 7
_LONG_AGO_DAYS = 300
"""From here on a day needs its year."""


@dataclass(frozen=True, slots=True)
class TimeLine:
    """One line of a list of weekly times."""

    text: str
    """Days, times, rhythm: "Mo–Do 9:00–12:15"."""
    note: str | None = None
    languages: str = ""
    """Spoken at this time, if they are others than usual."""
    place: str | None = None
    """The place's id; `None`: everywhere."""


def weekly_lines(times: Iterable[WeeklyTime]) -> list[TimeLine]:
    """The weekly times, those of equal days together."""
    return [
        TimeLine(
            _group_words(group),
            group.circumstances.note,
            ", ".join(language_name(tag) for tag in group.circumstances.languages),
            group.circumstances.place,
        )
        for group in group_weekly(times)
    ]


def hours_words(hours: Sequence[Mapping[str, Any]]) -> list[str]:
    """When a contact person can be reached (the fields of `HourRecord`), one line per equal times."""
    lines = weekly_lines(_hour(hour) for hour in hours)
    return [f"{line.text} ({line.note})" if line.note else line.text for line in lines]


def _hour(hour: Mapping[str, Any]) -> WeeklyTime:
    starts, ends = minute_of(hour["starts"]), minute_of(hour["ends"])
    return WeeklyTime(int(hour["weekday"]), starts, ends, note=hour.get("note"))


def clock_words(minute: int) -> str:
    """A time of the day as on a door: "9:00", "24:00"; beyond midnight the time of the next day."""
    if minute > MINUTES_PER_DAY:
        minute -= MINUTES_PER_DAY
    return f"{minute // MINUTES_PER_HOUR}:{minute % MINUTES_PER_HOUR:02d}"


def span_words(from_minute: int, to_minute: int) -> str:
    """From when to when, as in "9:00–12:15"."""
    return f"{clock_words(from_minute)}–{clock_words(to_minute)}"


def weekdays_words(weekdays: Iterable[int]) -> str:
    """Weekdays in short, as in "Mo–Do", "Di und Do", "Mo, Mi und Fr"."""
    parts = []
    for first, last in runs_of(weekdays):
        if last - first >= 2:
            parts.append(f"{_short_day(first)}–{_short_day(last)}")
        else:
            parts += [_short_day(day) for day in range(first, last + 1)]
    return _listed(parts)


def rhythm_words(rhythm: Rhythm, weekdays: Sequence[int] = ()) -> str:
    """How often, as in "alle 2 Wochen", "jeden 1. Donnerstag im Monat"; empty: every week."""
    if rhythm.every_weeks > 1:
        return _("every %(num)s weeks", num=rhythm.every_weeks)
    if rhythm.nth_in_month is None:
        return ""
    days = _listed([weekday_name(day) for day in weekdays])
    match rhythm.nth_in_month:
        case 1:
            return _("every 1st %(weekday)s of the month", weekday=days)
        case 2:
            return _("every 2nd %(weekday)s of the month", weekday=days)
        case 3:
            return _("every 3rd %(weekday)s of the month", weekday=days)
        case 4:
            return _("every 4th %(weekday)s of the month", weekday=days)
        case 5:
            return _("every 5th %(weekday)s of the month", weekday=days)
        case _:
            return _("every last %(weekday)s of the month", weekday=days)


def closed_words(closed: ClosedDays, today: date) -> str:
    """Closed days with their reason, as in "24.12.–6.1. (Ferien)"."""
    days = _short_date(closed.first_on, today)
    if closed.last_on != closed.first_on:
        days = f"{days}–{_short_date(closed.last_on, today)}"
    return f"{days} ({closed.closure.words})" if closed.closure.words else days


def occurrence_words(one: Occurrence, today: date) -> str:
    """A single date, as in "Sa 12.12., 10:00–14:00 (Fest)"."""
    day = f"{_short_day(one.day.isoweekday())} {_short_date(one.day, today)}"
    words = f"{day}, {span_words(one.from_minute, one.to_minute)}"
    return f"{words} ({one.note})" if one.note else words


def term_words(term: Term) -> str:
    """A term, as in "14.09.2026 – 18.12.2026 (Herbst)"."""
    words = f"{format_day(term.first_on)} – {format_day(term.last_on)}"
    return f"{words} ({term.note})" if term.note else words


def opening_words(state: OpeningState, moment: datetime) -> str:
    """What somebody at the door wants to know; empty when nobody knows."""
    if state.is_open:
        if state.until_at is None:
            return _("open now")
        day, until = _end_words(state.until_at)
        if state.until_at - moment < timedelta(days=1):
            return _("open now until %(time)s", time=until)
        day_name = weekday_name(day.isoweekday())
        return _("open now until %(day)s, %(time)s", day=day_name, time=until)
    parts = [_closure_words(state.closure)] if state.closure else []
    if state.next_at is not None:
        parts.append(_next_opening_words(state.next_at, local_day(moment)))
    return ", ".join(parts)


def _closure_words(closure: Closure) -> str:
    if closure.kind == "public_holiday":
        return _("closed today (public holiday: %(name)s)", name=closure.words)
    if closure.words:
        return _("closed today (%(note)s)", note=closure.words)
    return _("closed today")


def _next_opening_words(opens_at: datetime, today: date) -> str:
    day, at = local_day(opens_at), _time_words(opens_at)
    match (day - today).days:
        case 0:
            return _("opens at %(time)s", time=at)
        case 1:
            return _("opens again tomorrow at %(time)s", time=at)
        case ahead if ahead < _FEW_DAYS:
            return _("opens again on %(day)s at %(time)s", day=weekday_name(day.isoweekday()), time=at)
    return _("opens on %(day)s at %(time)s", day=format_day(day), time=at)


def _end_words(moment: datetime) -> tuple[date, str]:
    """The day and time of an end; midnight belongs to the day before."""
    words = _time_words(moment)
    if words == clock_words(0):
        return local_day(moment) - timedelta(days=1), clock_words(MINUTES_PER_DAY)
    return local_day(moment), words


def _time_words(moment: datetime) -> str:
    local = moment.astimezone(TIMEZONE)
    return clock_words(local.hour * MINUTES_PER_HOUR + local.minute)


def _group_words(group: WeeklyGroup) -> str:
    spans = ", ".join(span_words(*span) for span in group.spans)
    rhythm = rhythm_words(group.circumstances.rhythm, group.weekdays)
    if group.circumstances.rhythm.nth_in_month is not None:
        return f"{rhythm}, {spans}"
    words = f"{weekdays_words(group.weekdays)} {spans}"
    return f"{words}, {rhythm}" if rhythm else words


def _short_day(weekday: int) -> str:
    return weekday_name(weekday, "abbreviated").rstrip(".")


def _short_date(day: date, today: date) -> str:
    if abs((day - today).days) > _LONG_AGO_DAYS:
        return format_day(day)
    return str(babel.dates.format_skeleton("Md", day, locale=current_language()))


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(most)s and %(last)s", most=", ".join(parts[:-1]), last=parts[-1])
