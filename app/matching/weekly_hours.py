"""The weekly hours of all offers, and how much of them lies within the hours of a person; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from app.directory.offer_table import BoolColumn, Int32Column, OfferTable
from app.matching.types import TimeSpan

IndexColumn = npt.NDArray[np.intp]

_MINUTES = 24 * 60 + 1
_WHOLE = 1 << 24
"""Counts whole times in the upper part of a sum of minutes: one pass adds up both."""


@dataclass(frozen=True)
class WeeklyHours:
    """What about the hours of the offers is the same for everybody."""

    table: OfferTable

    @cached_property
    def rows(self) -> IndexColumn:
        """The offers that have a weekly time (shorter than the table)."""
        return np.flatnonzero(np.diff(self.table.session_start) > 0)

    @cached_property
    def distinct(self) -> tuple[IndexColumn, IndexColumn]:
        """The different weekly times as (times, 3) weekday, from, to, and each session's number."""
        table = self.table
        code = (
            table.session_weekday.astype(np.int64) * 4_000_000
            + table.session_from.astype(np.int64) * 2000
            + table.session_to
        )
        found, inverse = np.unique(code, return_inverse=True)
        times = np.stack([found // 4_000_000, found // 2000 % 2000, found % 2000], axis=1)
        return times.astype(np.intp), inverse.astype(np.intp)

    @cached_property
    def minutes(self) -> Int32Column:
        """Minutes a week, for `rows`; at least 1."""
        lengths = self.table.session_to.astype(np.int32) - self.table.session_from
        return np.maximum(self.sum_up(lengths.astype(np.int64)), 1).astype(np.int32)

    @cached_property
    def times(self) -> Int32Column:
        """Number of weekly times, for `rows`."""
        return np.diff(self.table.session_start)[self.rows]

    def sum_up(self, of_session: npt.NDArray[np.int64] | BoolColumn) -> npt.NDArray[np.int64]:
        """Sums over the sessions of each of `rows`."""
        added = np.zeros(len(of_session) + 1, dtype=np.int64)
        np.cumsum(of_session, out=added[1:])
        return np.diff(added[self._borders])

    @cached_property
    def _borders(self) -> IndexColumn:
        ends = len(self.table.session_to)
        return np.append(self.table.session_start[self.rows], ends).astype(np.intp)

    def within(self, spans: tuple[TimeSpan, ...]) -> HoursWithin:
        """These hours beside those of a person."""
        return HoursWithin(self, spans)


@dataclass(frozen=True)
class HoursWithin:
    """How much of the offers' hours lies within ``spans``."""

    hours: WeeklyHours
    spans: tuple[TimeSpan, ...]

    @cached_property
    def minutes(self) -> Int32Column:
        """Minutes a week within the spans, for `WeeklyHours.rows`."""
        return (self._sums & (_WHOLE - 1)).astype(np.int32)

    @cached_property
    def whole_times(self) -> Int32Column:
        """Number of weekly times that lie wholly within, for `WeeklyHours.rows`."""
        return (self._sums >> 24).astype(np.int32)

    def count_whole_times(self, row: int) -> int:
        """Number of weekly times of one offer that lie wholly within."""
        place = int(np.searchsorted(self.hours.rows, row))
        is_there = place < len(self.hours.rows) and self.hours.rows[place] == row
        return int(self.whole_times[place]) if is_there else 0

    @cached_property
    def _sums(self) -> npt.NDArray[np.int64]:
        times, number = self.hours.distinct
        if not len(times):
            return np.zeros(0, dtype=np.int64)
        inside = np.zeros((8, _MINUTES), dtype=np.int16)
        for span in self.spans:
            inside[span.weekday, span.from_minute + 1 : span.to_minute + 1] = 1
        before = np.cumsum(inside, axis=1, dtype=np.int16)
        day, begin, end = times[:, 0], times[:, 1], times[:, 2]
        covered = before[day, end] - before[day, begin]
        counted = covered + (covered >= end - begin) * np.int64(_WHOLE)
        return self.hours.sum_up(counted[number])
