"""Doing it twice: open referrals to another offer of the same kind at the same hours."""

from __future__ import annotations

from collections.abc import Iterable

from app.directory.offer_table import OfferTable
from app.referrals.queries import ReferralLine
from app.referrals.states import is_open

WeeklyTime = tuple[int, int, int]
"""Weekday 1–7, from and to in minutes."""


def find_alike(
    table: OfferTable, offer_id: str, lines: Iterable[ReferralLine]
) -> tuple[ReferralLine, ...]:
    """The open ones among ``lines`` to an offer of the kind of ``offer_id`` that meets at its hours.

    Offers that are in the table no more count as none, like those whose hours nobody knows.
    """
    row = table.row_of.get(offer_id)
    if row is None:
        return ()
    hours = _hours(table, row)
    found = []
    for line in lines:
        other = table.row_of.get(line.offer_id or "")
        if other is None or other == row or not is_open(line.state):
            continue
        if table.kind[other] == table.kind[row] and _meet(hours, _hours(table, other)):
            found.append(line)
    return tuple(found)


def _hours(table: OfferTable, row: int) -> list[WeeklyTime]:
    first, last = int(table.session_start[row]), int(table.session_start[row + 1])
    columns = (table.session_weekday, table.session_from, table.session_to)
    days, begins, ends = (column[first:last].tolist() for column in columns)
    return list(zip(days, begins, ends, strict=True))


def _meet(ours: list[WeeklyTime], theirs: list[WeeklyTime]) -> bool:
    return any(
        day == other_day and begin < other_end and other_begin < end
        for day, begin, end in ours
        for other_day, other_begin, other_end in theirs
    )
