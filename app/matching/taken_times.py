"""Hours that the client has promised elsewhere, beside the hours of all offers at once; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.directory.offer_table import BoolColumn, Int8Column
from app.matching.course_rules import NO, UNKNOWN, YES
from app.matching.prepared import IndexColumn, PreparedOffers
from app.matching.types import BookedTime


@dataclass(frozen=True)
class TakenTimes:
    """The bookings of one client beside the prepared offers."""

    booked: tuple[BookedTime, ...]
    offers: PreparedOffers

    @cached_property
    def answers(self) -> Int8Column:
        """Yes: the hours are free. No: they are taken for certain. Unknown: perhaps, or by something
        that one may miss.

        Of courses each hour has to be free (`PreparedOffers.is_attended_whole`), of everything else
        one weekly time.
        """
        rows = self.offers.hours.rows
        if not self.booked or not len(rows):
            return self.offers.always_yes
        answers = self.offers.always_yes.copy()
        certain, possible = self._taken_sessions
        hours = self.offers.hours
        is_strict = self.offers.is_attended_whole[rows]
        found = answers[rows]
        for taken, answer in ((possible, UNKNOWN), (certain, NO)):
            count = hours.sum_up(taken)
            found[np.where(is_strict, count > 0, count == hours.times)] = answer
        answers[rows] = found
        answers[self.offers.table.by_appointment == YES] = YES
        return answers

    @cached_property
    def _taken_sessions(self) -> tuple[BoolColumn, BoolColumn]:
        """Per session: taken for certain by something binding; taken perhaps."""
        count = len(self.offers.table.session_weekday)
        certain, possible = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        for one in self.booked:
            hit = self._overlaps(one)
            during, perhaps = self._dates(one)
            possible |= hit & perhaps[self._owner]
            if one.is_binding:
                certain |= hit & during[self._owner]
        return certain, possible

    def find_clash(self, row: int) -> BookedTime | None:
        """The first booking in the way of this offer; a binding one before others."""
        first, last = self.offers.table.session_start[row : row + 2].tolist()
        for one in sorted(self.booked, key=lambda time: not time.is_binding):
            if self._overlaps(one)[first:last].any() and self._dates(one)[1][row]:
                return one
        return None

    @cached_property
    def _owner(self) -> IndexColumn:
        """The offer of each session."""
        lengths = np.diff(self.offers.table.session_start)
        return np.repeat(np.arange(len(lengths)), lengths)

    def _overlaps(self, one: BookedTime) -> BoolColumn:
        times, number = self.offers.hours.distinct
        is_hit = (
            (times[:, 0] == one.span.weekday)
            & (times[:, 1] < one.span.to_minute)
            & (one.span.from_minute < times[:, 2])
        )
        return np.asarray(is_hit[number], dtype=np.bool_)

    def _dates(self, one: BookedTime) -> tuple[BoolColumn, BoolColumn]:
        """Per offer: it begins while the booking lasts; both may last at the same time.

        A booking without an end is certain today only. The offer it belongs to is no clash.
        """
        entry, ends = self.offers.entry_on, self.offers.table.ends_on
        today = self.offers.today_ordinal
        begin = one.first_on.toordinal() if one.first_on else 0
        end = one.last_on.toordinal() if one.last_on else None
        perhaps = (ends == UNKNOWN) | (ends >= begin)
        during = (entry >= begin) & (entry <= (today if end is None else end))
        if end is not None:
            perhaps &= entry <= end
        own = self.offers.table.row_of.get(one.offer_id)
        if own is not None:
            during[own] = perhaps[own] = False
        return during & perhaps, perhaps
