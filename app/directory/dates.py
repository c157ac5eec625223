"""When an offer takes place next. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol

DAYS_PER_WEEK = 7


class WeeklyTime(Protocol):
    """Anything with a weekday, 1 = Monday."""

    @property
    def weekday(self) -> int:
        """1 = Monday … 7 = Sunday."""


def next_date(
    sessions: Iterable[WeeklyTime],
    starts_on: date | None,
    ends_on: date | None,
    individual_entry: bool | None,
    today: date,
) -> date | None:
    """The first day from ``today`` on that a newcomer can go there; `None`: none, or not known.

    A start that lies ahead counts from then on. After the start, the next weekly time counts, unless
    the offer is known to take nobody in between. Without weekly times only a start ahead is a date.
    """
    if ends_on is not None and ends_on < today:
        return None
    is_ahead = starts_on is not None and starts_on >= today
    if starts_on is not None and not is_ahead and individual_entry is False:
        return None
    first = starts_on if is_ahead and starts_on is not None else today
    weekdays = {session.weekday for session in sessions}
    if not weekdays:
        return starts_on if is_ahead else None
    day = next(
        first + timedelta(days=ahead)
        for ahead in range(DAYS_PER_WEEK)
        if (first + timedelta(days=ahead)).isoweekday() in weekdays
    )
    return None if ends_on is not None and day > ends_on else day
