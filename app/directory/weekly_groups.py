"""Weekly times as people say them: equal times of several days together, nights in one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from app.directory.timetable import DAYS_PER_WEEK, MINUTES_PER_DAY, WeeklyTime, is_till_midnight


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, when not every week. All at their defaults: every week."""

    every_weeks: int = 1
    phase: int = 0
    """In which of these weeks, counted over all calendars: tells fortnights apart."""
    nth_in_month: int | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What times of several days must share to be said together."""

    rhythm: Rhythm = Rhythm()
    place: str | None = None
    note: str | None = None
    languages: tuple[str, ...] = ()


Spans = tuple[tuple[int, int], ...]
"""From and to in minutes since midnight; an end beyond 1440 is on the next day."""


@dataclass(frozen=True, slots=True)
class WeeklyGroup:
    """Weekdays with the same times under the same circumstances."""

    weekdays: tuple[int, ...]
    """1 = Monday, in order."""
    spans: Spans
    circumstances: Circumstances = Circumstances()


def group_weekly(times: Iterable[WeeklyTime]) -> list[WeeklyGroup]:
    """The groups, by their first day and time; together they say the same as ``times``."""
    of_day: dict[tuple[int, Circumstances], set[tuple[int, int]]] = defaultdict(set)
    for one in _joined_at_midnight(list(times)):
        what = Circumstances(rhythm_of(one), one.place, one.note, one.languages)
        of_day[one.weekday, what].add((one.from_minute, one.to_minute))
    days: dict[tuple[Spans, Circumstances], list[int]] = defaultdict(list)
    for (weekday, what), spans in of_day.items():
        days[tuple(sorted(spans)), what].append(weekday)
    groups = [WeeklyGroup(tuple(sorted(on)), spans, what) for (spans, what), on in days.items()]
    return sorted(groups, key=lambda group: (group.weekdays, group.spans))


def runs_of(weekdays: Iterable[int]) -> list[tuple[int, int]]:
    """First and last day of each run of neighbouring weekdays: ``1, 2, 3, 5`` is 1–3 and 5–5."""
    runs: list[tuple[int, int]] = []
    for weekday in sorted(set(weekdays)):
        if runs and runs[-1][1] == weekday - 1:
            runs[-1] = (runs[-1][0], weekday)
        else:
            runs.append((weekday, weekday))
    return runs


def rhythm_of(one: WeeklyTime) -> Rhythm:
    """The rhythm of a weekly time."""
    if one.every_weeks > 1 and one.from_on is not None:
        return Rhythm(one.every_weeks, _week_number(one.from_on) % one.every_weeks)
    return Rhythm(nth_in_month=one.nth_in_month)


def _week_number(day: date) -> int:
    return (day.toordinal() - 1) // DAYS_PER_WEEK


def _joined_at_midnight(times: list[WeeklyTime]) -> list[WeeklyTime]:
    """What is kept in two at midnight as one time with an end beyond 1440."""
    taken: set[int] = set()
    joined = []
    for one in times:
        following = (n for n, other in enumerate(times) if n not in taken and _goes_on(one, other))
        number = next(following, None)
        if number is None:
            joined.append(one)
        else:
            taken.add(number)
            joined.append(replace(one, to_minute=MINUTES_PER_DAY + times[number].to_minute))
    return [one for number, one in enumerate(joined) if number not in taken]


def _goes_on(one: WeeklyTime, other: WeeklyTime) -> bool:
    """Whether ``other`` is the part after midnight of ``one``."""
    if not is_till_midnight(one) or other.from_minute > 0 or one.place != other.place:
        return False
    if one.from_minute == 0 or is_till_midnight(other):  # whole days are said as such
        return False
    if other.weekday != one.weekday % DAYS_PER_WEEK + 1 or one.every_weeks != other.every_weeks:
        return False
    if one.from_on is None or other.from_on is None:
        return one.nth_in_month is None and other.nth_in_month is None
    return (other.from_on - one.from_on).days % (DAYS_PER_WEEK * one.every_weeks) == 1
