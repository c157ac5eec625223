"""The next date of every offer of the table at once. Pure.

Says for each offer what `app.directory.dates.next_date` says of it (a test holds them together): by
columns where weekdays, start, end and public holidays tell it, otherwise one by one.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from app.directory.dates import HORIZON_DAYS, next_date
from app.directory.offer_table import UNKNOWN, BoolColumn, Int32Column, OfferTable
from app.directory.public_holidays import Holidays
from app.directory.timetable import DAYS_PER_WEEK

_NO = 0


def next_days(table: OfferTable, today: date) -> Int32Column:
    """For each offer the next day a newcomer can go there, as an ordinal; -1: none, or not known."""
    days = _by_columns(table, today)
    for row, timetable in table.timetables.items():
        day = next_date(timetable, today, table.holidays)
        days[row] = UNKNOWN if day is None else day.toordinal()
    return days


def _by_columns(table: OfferTable, today: date) -> Int32Column:
    ordinal = today.toordinal()
    starts_on = table.starts_on
    has_begun = (starts_on != UNKNOWN) & (starts_on < ordinal)
    first = np.maximum(starts_on, np.int32(ordinal))
    is_weekly = table.weekdays != 0
    days = _next_weekday(first, table.weekdays)
    for _ in range(HORIZON_DAYS):  # a holiday seldom follows upon a holiday of the same offer
        closed = is_weekly & _is_holiday(days, table.holidays)
        if not closed.any():
            break
        days[closed] = _next_weekday(days[closed] + 1, table.weekdays[closed])
    days = np.where(is_weekly, days, np.where(starts_on >= ordinal, starts_on, UNKNOWN))
    ends_on = table.ends_on
    is_over = (ends_on != UNKNOWN) & ((days > ends_on) | (ends_on < ordinal))
    is_closed_to_newcomers = has_begun & (table.individual_entry == _NO)
    return np.where(is_over | is_closed_to_newcomers, UNKNOWN, days).astype(np.int32)


def _next_weekday(first: Int32Column, weekdays: npt.NDArray[np.uint8]) -> Int32Column:
    """The first days from ``first`` on that are in the masks of weekdays; ``first`` for empty masks."""
    ahead = _DAYS_UNTIL[(first - 1) % DAYS_PER_WEEK, weekdays]  # ordinal 1 was a Monday
    return np.asarray(first + ahead, dtype=np.int32)


def _is_holiday(days: Int32Column, holidays: Holidays) -> BoolColumn:
    distinct = np.unique(days)
    names = [day for day in distinct.tolist() if day > 0 and holidays.find(date.fromordinal(day))]
    return np.isin(days, names)


def _days_until() -> Int32Column:
    """Shape (7, 256): the days from a weekday (0 = Monday) to the next one in a mask of weekdays."""
    days = np.zeros((DAYS_PER_WEEK, 256), dtype=np.int32)
    for weekday in range(DAYS_PER_WEEK):
        for mask in range(1, 1 << DAYS_PER_WEEK):
            days[weekday, mask] = next(
                ahead for ahead in range(DAYS_PER_WEEK) if mask >> (weekday + ahead) % DAYS_PER_WEEK & 1
            )
    return days


_DAYS_UNTIL = _days_until()
