"""Weekly times as people write them: one row for several weekdays, and across midnight. Pure.

In a record a time stands for each weekday by itself, and ends at midnight at the latest. In the form
"Mo, Mi, Fr 18–20" is one row, and "Fr 22–2" too: `rows_of` joins what belongs together, `sessions_of`
takes it apart again, and nothing is lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal, cast

from app.directory.records import SessionRecord

MIDNIGHT: Final = "24:00"
DAY_START: Final = "00:00"
DAYS_PER_WEEK: Final = 7
NthInMonth = Literal[1, 2, 3, 4, 5, -1]


class MonthlyAcrossMidnightError(ValueError):
    """The day after "the first Friday" need not be the first Saturday: it cannot be cut in two."""


@dataclass(frozen=True, slots=True)
class TimeRow:
    """A row of the table of weekly times."""

    weekdays: tuple[int, ...]
    """1 = Monday … 7 = Sunday; the day on which it starts."""
    starts: str
    ends: str
    """Before ``starts``: on the next day."""
    place: str | None = None
    languages: tuple[str, ...] = ()
    every_weeks: int = 1
    from_on: date | None = None
    """Any day of a week in which it takes place, when it does so only every few weeks."""
    nth_in_month: int | None = None
    note: str | None = None


def sessions_of(row: TimeRow) -> list[SessionRecord]:
    """The weekly times of a row; raises `MonthlyAcrossMidnightError`, `ValueError` (of pydantic)."""
    crosses = row.ends < row.starts and row.ends != DAY_START
    if crosses and row.nth_in_month is not None:
        raise MonthlyAcrossMidnightError
    ends = MIDNIGHT if crosses or (row.ends == DAY_START and row.starts != DAY_START) else row.ends
    sessions = []
    for weekday in row.weekdays:
        sessions.append(_session(row, weekday, row.starts, ends, _day_in_week(row.from_on, weekday)))
        if crosses:
            on = _day_in_week(row.from_on, weekday)
            following = on + timedelta(days=1) if on else None
            sessions.append(_session(row, weekday % DAYS_PER_WEEK + 1, DAY_START, row.ends, following))
    return sessions


def rows_of(sessions: Iterable[SessionRecord]) -> list[TimeRow]:
    """Rows from which `sessions_of` makes the same times again, in any order."""
    rows: list[TimeRow] = []
    for one in _join_at_midnight(sorted(sessions, key=_order)):
        for position, row in enumerate(rows):
            if one.weekdays[0] not in row.weekdays and _is_same_but_day(one, row):
                rows[position] = replace(row, weekdays=(*row.weekdays, *one.weekdays))
                break
        else:
            rows.append(one)
    return rows


def _session(row: TimeRow, weekday: int, starts: str, ends: str, from_on: date | None) -> SessionRecord:
    return SessionRecord(
        weekday=weekday,
        starts=starts,
        ends=ends,
        place=row.place,
        note=row.note,
        languages=row.languages,
        every_weeks=row.every_weeks,
        from_on=from_on if row.every_weeks > 1 else None,
        nth_in_month=cast("NthInMonth | None", row.nth_in_month),
    )


def _row(session: SessionRecord) -> TimeRow:
    return TimeRow(
        weekdays=(session.weekday,),
        starts=session.starts,
        ends=session.ends,
        place=session.place,
        languages=session.languages,
        every_weeks=session.every_weeks,
        from_on=session.from_on,
        nth_in_month=session.nth_in_month,
        note=session.note,
    )


def _join_at_midnight(sessions: list[SessionRecord]) -> list[TimeRow]:
    left = list(sessions)
    joined: dict[int, TimeRow] = {}
    for position, session in enumerate(sessions):
        if session.ends != MIDNIGHT:
            continue
        second = next((one for one in left if _continues(session, one)), None)
        if second is not None:
            left.remove(second)
            left.remove(session)
            joined[position] = replace(_row(session), ends=second.ends)
    rows = []
    for position, session in enumerate(sessions):
        if position in joined:
            rows.append(joined[position])
        elif session in left:
            left.remove(session)
            rows.append(_row(session))
    return rows


def _continues(first: SessionRecord, second: SessionRecord) -> bool:
    """Whether ``second`` is the part after midnight of ``first``."""
    next_day = first.from_on + timedelta(days=1) if first.from_on else None
    expected = first.model_copy(
        update={
            "weekday": first.weekday % DAYS_PER_WEEK + 1,
            "starts": DAY_START,
            "ends": second.ends,
            "from_on": next_day,
        }
    )
    return (
        first.ends == MIDNIGHT
        and first.nth_in_month is None
        and second.ends < first.starts
        and second == expected
    )


def _is_same_but_day(one: TimeRow, other: TimeRow) -> bool:
    same_week = _monday(one.from_on) == _monday(other.from_on)
    return same_week and replace(one, weekdays=(), from_on=None) == replace(
        other, weekdays=(), from_on=None
    )


def _day_in_week(day: date | None, weekday: int) -> date | None:
    """The day of the same week (Monday to Sunday) that is a ``weekday``."""
    return None if day is None else day + timedelta(days=weekday - day.isoweekday())


def _monday(day: date | None) -> date | None:
    return _day_in_week(day, 1)


def _order(session: SessionRecord) -> tuple[int, str, str]:
    return (session.weekday, session.starts, session.ends)
