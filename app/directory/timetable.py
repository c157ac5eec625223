"""When an offer takes place, as plain values: weekly times, terms, exceptions. Pure.

Days and times are local in Germany. `app.directory.dates` reckons the single dates,
`app.directory.opening` what is open at a moment.

A time that goes past midnight is kept as two weekly times (…–24:00 and 0:00–…), as each belongs to
its own day: closed days and public holidays are counted by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Protocol

from app.core.day_times import minute_of
from app.directory.codes import ExceptionKind
from app.directory.records import OfferRecord

DAYS_PER_WEEK = 7
MINUTES_PER_DAY = 1440
LAST_IN_MONTH = -1


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A time on a weekday, every week or in a rhythm."""

    weekday: int
    """1 = Monday … 7 = Sunday."""
    from_minute: int
    """Minutes since midnight."""
    to_minute: int
    place: str | None = None
    """Where; `None`: at all places or the only one. A place's id, or its key in a record."""
    note: str | None = None
    languages: tuple[str, ...] = ()
    """BCP 47 tags spoken at this time; empty: as on all others."""
    every_weeks: int = 1
    from_on: date | None = None
    """A day on which it takes place: the weeks are counted from there, forwards and backwards."""
    nth_in_month: int | None = None
    """Only the first … fifth, or the last (-1), such weekday of a month."""

    @property
    def has_rhythm(self) -> bool:
        """Whether it does not take place every week."""
        return self.every_weeks > 1 or self.nth_in_month is not None

    def holds_on(self, day: date) -> bool:
        """Whether it takes place on ``day``, closed days and terms aside."""
        if day.isoweekday() != self.weekday:
            return False
        if self.nth_in_month == LAST_IN_MONTH:
            return (day + timedelta(days=DAYS_PER_WEEK)).month != day.month
        if self.nth_in_month is not None:
            return (day.day - 1) // DAYS_PER_WEEK + 1 == self.nth_in_month
        if self.every_weeks > 1 and self.from_on is not None:
            return (day - self.from_on).days % (DAYS_PER_WEEK * self.every_weeks) == 0
        return True


@dataclass(frozen=True, slots=True)
class Term:
    """Days within which the weekly times hold."""

    first_on: date
    last_on: date
    note: str | None = None


@dataclass(frozen=True, slots=True)
class DayException:
    """Days that are closed, or on which it takes place besides the weekly times."""

    kind: ExceptionKind
    first_on: date
    last_on: date
    from_minute: int = 0
    """Of a further date; minutes since midnight."""
    to_minute: int = 0
    place: str | None = None
    note: str | None = None

    def covers(self, day: date) -> bool:
        """Whether ``day`` is one of its days."""
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True)
class Timetable:
    """All that the dates of an offer follow from."""

    weekly: tuple[WeeklyTime, ...] = ()
    """By weekday and time."""
    terms: tuple[Term, ...] = ()
    """By their beginning; none: the weekly times hold all the year."""
    exceptions: tuple[DayException, ...] = ()
    """By their beginning. A further date holds on a closed day and on a public holiday, too."""
    on_public_holidays: bool = False
    """Whether the weekly times hold on public holidays."""
    starts_on: date | None = None
    ends_on: date | None = None
    individual_entry: bool | None = None
    by_appointment: bool = False

    @cached_property
    def closed(self) -> tuple[DayException, ...]:
        """The closed days."""
        return tuple(one for one in self.exceptions if one.kind == "closed")

    @cached_property
    def extra(self) -> tuple[DayException, ...]:
        """The further dates."""
        return tuple(one for one in self.exceptions if one.kind == "extra")

    @cached_property
    def by_weekday(self) -> dict[int, tuple[WeeklyTime, ...]]:
        """Weekday → its times; days without any are missing."""
        days = sorted({time.weekday for time in self.weekly})
        return {day: tuple(time for time in self.weekly if time.weekday == day) for day in days}

    @cached_property
    def spans(self) -> tuple[tuple[date, date], ...]:
        """First and last days within which the weekly times hold; apart from each other, in order."""
        starts_on, ends_on = self.starts_on or date.min, self.ends_on or date.max
        if not self.terms:
            return ((starts_on, ends_on),) if starts_on <= ends_on else ()
        joined: list[tuple[date, date]] = []
        for term in self.terms:
            first, last = max(term.first_on, starts_on), min(term.last_on, ends_on)
            if last < first:
                continue
            if joined and first <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        return tuple(joined)

    @property
    def goes_past_midnight(self) -> bool:
        """Whether one weekly time ends at 24:00 and another goes on from there."""
        ends = {time.weekday % DAYS_PER_WEEK + 1 for time in self.weekly if is_till_midnight(time)}
        return any(time.from_minute == 0 and time.weekday in ends for time in self.weekly)

    @property
    def is_plain(self) -> bool:
        """Whether weekdays, start and end alone tell the dates (public holidays aside)."""
        return (
            not self.terms
            and not self.exceptions
            and not self.on_public_holidays
            and not any(time.has_rhythm for time in self.weekly)
            and not self.goes_past_midnight
        )


class SpanOfTime(Protocol):
    """Anything with an end in minutes since midnight."""

    @property
    def to_minute(self) -> int:
        """Its end; 1440 = midnight."""


def is_till_midnight(time: SpanOfTime) -> bool:
    """Whether it ends with the day."""
    return time.to_minute == MINUTES_PER_DAY


class OfferDates(Protocol):
    """The columns of an offer that `timetable_of_rows` reads."""

    terms: Any
    exceptions: Any
    on_public_holidays: bool | None
    starts_on: date | None
    ends_on: date | None
    individual_entry: bool | None
    by_appointment: bool


class SessionColumns(Protocol):
    """The columns of a weekly time that `timetable_of_rows` reads."""

    place_id: str | None
    weekday: int
    from_minute: int
    to_minute: int
    note: str | None
    languages: Any
    every_weeks: int
    from_on: date | None
    nth_in_month: int | None


def timetable_of_rows(offer: OfferDates, sessions: Iterable[SessionColumns]) -> Timetable:
    """The timetable of an offer's row and its weekly times. Places are their ids, but in exceptions
    their keys."""
    weekly = [
        WeeklyTime(
            time.weekday,
            time.from_minute,
            time.to_minute,
            time.place_id,
            time.note,
            tuple(time.languages or ()),
            time.every_weeks or 1,
            time.from_on,
            time.nth_in_month,
        )
        for time in sessions
    ]
    return Timetable(
        weekly=tuple(sorted(weekly, key=_weekly_order)),
        terms=terms_of(offer.terms),
        exceptions=exceptions_of(offer.exceptions),
        on_public_holidays=bool(offer.on_public_holidays),
        starts_on=offer.starts_on,
        ends_on=offer.ends_on,
        individual_entry=offer.individual_entry,
        by_appointment=bool(offer.by_appointment),
    )


def timetable_of_record(offer: OfferRecord) -> Timetable:
    """The timetable of a record; places are their keys."""
    weekly = [
        WeeklyTime(
            time.weekday,
            minute_of(time.starts),
            minute_of(time.ends),
            time.place,
            time.note,
            time.languages,
            time.every_weeks,
            time.from_on,
            time.nth_in_month,
        )
        for time in offer.sessions
    ]
    return Timetable(
        weekly=tuple(sorted(weekly, key=_weekly_order)),
        terms=terms_of([term.model_dump(mode="json") for term in offer.terms]),
        exceptions=exceptions_of([one.model_dump(mode="json") for one in offer.exceptions]),
        on_public_holidays=bool(offer.on_public_holidays),
        starts_on=offer.starts_on,
        ends_on=offer.ends_on,
        individual_entry=offer.individual_entry,
        by_appointment=offer.by_appointment,
    )


def terms_of(rows: Sequence[Mapping[str, Any]] | None) -> tuple[Term, ...]:
    """The terms out of their stored form (the fields of `TermRecord` as JSON)."""
    terms = (
        Term(date.fromisoformat(row["first_on"]), date.fromisoformat(row["last_on"]), row.get("note"))
        for row in rows or ()
    )
    return tuple(sorted(terms, key=lambda term: (term.first_on, term.last_on)))


def exceptions_of(rows: Sequence[Mapping[str, Any]] | None) -> tuple[DayException, ...]:
    """The exceptions out of their stored form (the fields of `ExceptionRecord` as JSON)."""
    found = (
        DayException(
            row["kind"],
            date.fromisoformat(row["first_on"]),
            date.fromisoformat(row["last_on"]),
            minute_of(row["starts"]) if row.get("starts") else 0,
            minute_of(row["ends"]) if row.get("ends") else 0,
            row.get("place"),
            row.get("note"),
        )
        for row in rows or ()
    )
    return tuple(sorted(found, key=lambda one: (one.first_on, one.last_on, one.from_minute)))


def _weekly_order(time: WeeklyTime) -> tuple[int, int, int]:
    return time.weekday, time.from_minute, time.to_minute
