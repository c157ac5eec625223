"""The offer table made ready for one day: everything about the offers that no client changes.

Prepared once per directory revision, day and version of the rules (`prepare_offers` keeps the last
few) and shared by all clients: positions on the ellipsoid, dates, levels by course kind, distinct
sets of topics, languages and times, the factors that do not depend on the client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from app.directory.codes import COURSE_KINDS, OFFER_KINDS
from app.directory.freshness import freshness_codes
from app.directory.next_dates import next_days
from app.directory.offer_table import (
    BitSets,
    BoolColumn,
    Float32Column,
    Int8Column,
    Int32Column,
    OfferTable,
)
from app.matching.course_entries import CourseAccess, CourseGroup
from app.matching.course_rules import UNKNOWN, YES, level_number
from app.matching.positions import ecef_km
from app.matching.rule_files import FACTORS, MatchingRules

Column = TypeVar("Column")
IndexColumn = npt.NDArray[np.intp]

LANGUAGE_COURSE = OFFER_KINDS.index("language_course")
CHILDCARE = OFFER_KINDS.index("childcare")
SEATED_KINDS = ("language_course", "education", "childcare")
"""Kinds whose seats are counted: unknown seats are a question there, and none elsewhere."""
OPEN_COURSE_KINDS = ("conversation",)
TERM_KINDS = ("education", "work")
"""Kinds that are attended as a whole when they begin on a certain day, and are drop-in otherwise."""
_KEPT = 3


@dataclass(frozen=True)
class DistinctSets:
    """The different sets of words among the offers, and which one each offer has."""

    vocabulary: tuple[str, ...]
    inverse: IndexColumn
    """Offer → number of its set."""
    words: IndexColumn
    """The words of all sets, one set after the other (positions in the vocabulary)."""
    nonempty: IndexColumn
    """The sets that have a word."""
    starts: IndexColumn
    """Where the words of each non-empty set begin."""
    count: int

    @classmethod
    def build(cls, sets: BitSets) -> DistinctSets:
        """Find the distinct rows of the masks."""
        masks = np.ascontiguousarray(sets.masks)
        as_bytes = masks.view(np.dtype((np.void, masks.shape[1] * 8))).ravel()
        distinct, first, inverse = np.unique(as_bytes, return_index=True, return_inverse=True)
        bits = np.unpackbits(masks[first].view(np.uint8), axis=1, bitorder="little")
        owners, words = np.nonzero(bits[:, : max(1, len(sets.vocabulary))])
        nonempty, starts = np.unique(owners, return_index=True)
        return cls(
            sets.vocabulary, inverse.astype(np.intp).ravel(), words, nonempty, starts, len(distinct)
        )

    @cached_property
    def _words(self) -> dict[int, tuple[str, ...]]:
        ends = [*self.starts.tolist()[1:], len(self.words)]
        spans = zip(self.nonempty.tolist(), self.starts.tolist(), ends, strict=False)
        return {
            number: tuple(self.vocabulary[word] for word in self.words[start:end].tolist())
            for number, start, end in spans
        }

    def words_of(self, row: int) -> tuple[str, ...]:
        """The words of one offer."""
        return self._words.get(int(self.inverse[row]), ())

    def best(self, value_of_word: Float32Column, empty: float) -> Float32Column:
        """For each offer the highest value among its words; ``empty`` where it has none."""
        per_set = np.full(self.count, empty, dtype=np.float32)
        if len(self.words):
            per_set[self.nonempty] = np.maximum.reduceat(value_of_word[self.words], self.starts)
        return per_set[self.inverse]


@dataclass(frozen=True)
class CourseRoutes:
    """For each course its way of access and the group it is for, as positions in what there is."""

    ways: tuple[CourseAccess | None, ...]
    """`None`: no rule is in force for the kind."""
    groups: tuple[CourseGroup | None, ...]
    way: IndexColumn
    group: IndexColumn


@dataclass(frozen=True)
class PreparedOffers:
    """See the module text. Columns have one value per offer unless said otherwise."""

    table: OfferTable
    rules: MatchingRules
    today: date

    @cached_property
    def today_ordinal(self) -> int:
        """The day as a number (`date.toordinal`)."""
        return self.today.toordinal()

    # --- confirmations ------------------------------------------------------------------------

    @cached_property
    def freshness_code(self) -> Int8Column:
        """See `freshness_codes`; -1 where nobody ever confirmed the offer."""
        codes = freshness_codes(self.table, self.today, self.rules.freshness)
        return np.where(self.table.verified_on == UNKNOWN, np.int8(UNKNOWN), codes)

    # --- dates --------------------------------------------------------------------------------

    @cached_property
    def has_passed_start(self) -> BoolColumn:
        """It has begun before today."""
        starts = self.table.starts_on
        return np.asarray((starts != UNKNOWN) & (starts < self.today_ordinal), dtype=np.bool_)

    @cached_property
    def entry_on(self) -> Int32Column:
        """The day of entry: its start when that is still to come, otherwise today."""
        return np.maximum(self.table.starts_on, np.int32(self.today_ordinal))

    @cached_property
    def next_on(self) -> Int32Column:
        """The next day on which a newcomer can go there; -1: unknown or by appointment."""
        return next_days(self.table, self.today)

    @cached_property
    def rows_with_ages(self) -> IndexColumn:
        """The offers for certain ages only (shorter than the table)."""
        return np.flatnonzero((self.table.min_age > 0) | (self.table.max_age != UNKNOWN))

    @cached_property
    def turning_ages(self) -> tuple[int, ...]:
        """The ages at which some offer begins or ceases to be open to somebody."""
        rows = self.rows_with_ages
        ages = np.concatenate([self.table.min_age[rows], self.table.max_age[rows] + 1])
        return tuple(np.unique(np.maximum(ages, 0)).tolist())

    # --- levels and courses -------------------------------------------------------------------

    @cached_property
    def course_rows(self) -> IndexColumn:
        """The offers that have a course kind (shorter than the table)."""
        return np.flatnonzero(self.table.course_kind != UNKNOWN)

    @cached_property
    def is_course(self) -> BoolColumn:
        """It is a language course."""
        return np.asarray(self.table.kind == LANGUAGE_COURSE, dtype=np.bool_)

    @cached_property
    def is_open_course(self) -> BoolColumn:
        """A conversation café and the like: one comes when one likes."""
        kinds = [COURSE_KINDS.index(kind) for kind in OPEN_COURSE_KINDS]
        return np.isin(self.table.course_kind, kinds)

    @cached_property
    def is_attended_whole(self) -> BoolColumn:
        """Who takes part comes every time: each of the weekly hours counts, not one of them."""
        terms = np.isin(self.table.kind, [OFFER_KINDS.index(kind) for kind in TERM_KINDS])
        begins = self.table.starts_on != UNKNOWN
        return np.asarray((self.is_course & ~self.is_open_course) | (terms & begins), dtype=np.bool_)

    @cached_property
    def course_routes(self) -> CourseRoutes:
        """How one gets into each of `course_rows` on its day of entry."""
        days = sorted(day.toordinal() for day in self.rules.courses.turning_days())
        rows = self.course_rows
        segment = np.searchsorted(days, self.entry_on[rows], side="right")
        entries = [
            self.rules.courses.find_course(kind, date.fromordinal(first))
            for kind in COURSE_KINDS
            for first in (1, *days)
        ]
        ways = tuple(dict.fromkeys(None if one is None else one.access for one in entries))
        groups = tuple(dict.fromkeys(None if one is None else one.group for one in entries))
        key = self.table.course_kind[rows].astype(np.intp) * (len(days) + 1) + segment
        way = [ways.index(None if one is None else one.access) for one in entries]
        group = [groups.index(None if one is None else one.group) for one in entries]
        return CourseRoutes(
            ways, groups, np.array(way, dtype=np.intp)[key], np.array(group, dtype=np.intp)[key]
        )

    @cached_property
    def always_yes(self) -> Int8Column:
        """A rule that has nothing to ask. Read only: shared by all clients."""
        return _read_only(np.full(len(self.table), YES, dtype=np.int8))

    @cached_property
    def unknown_for_courses(self) -> Int8Column:
        """Unknown for language courses, yes elsewhere. Read only."""
        return _read_only(np.where(self.is_course, np.int8(UNKNOWN), np.int8(YES)))

    @cached_property
    def _course_facts(self) -> Int8Column:
        """Shape (3, offers): lawful entry level, target level, and whether the entry is proven."""
        found = np.full((3, len(self.table)), UNKNOWN, dtype=np.int8)
        found[2] = 0
        days = sorted(day.toordinal() for day in self.rules.courses.turning_days())
        rows = self.course_rows
        segment = np.searchsorted(days, self.entry_on[rows], side="right")
        values = np.full((3, len(COURSE_KINDS), len(days) + 1), UNKNOWN, dtype=np.int8)
        for number, first in enumerate([1, *days]):
            for position, kind in enumerate(COURSE_KINDS):
                entry = self.rules.courses.find_course(kind, date.fromordinal(first))
                if entry is not None:
                    levels = level_number(entry.entry_level), level_number(entry.target_level)
                    values[:, position, number] = (*levels, int(entry.proven))
        found[:, rows] = values[:, self.table.course_kind[rows], segment]
        return found

    @cached_property
    def entry_level(self) -> Int8Column:
        """The level one must have: the offer's own word, otherwise that of its course kind."""
        own = self.table.entry_level
        return np.where(own != UNKNOWN, own, self._course_facts[0])

    @cached_property
    def target_level(self) -> Int8Column:
        """The level it leads to: the offer's own word, otherwise that of its course kind."""
        own = self.table.target_level
        return np.where(own != UNKNOWN, own, self._course_facts[1])

    @cached_property
    def needs_proof(self) -> BoolColumn:
        """The entry level must be shown by a test or certificate."""
        return np.asarray(self._course_facts[2] == YES, dtype=np.bool_)

    @cached_property
    def level_code(self) -> IndexColumn:
        """Entry level, target level, proof and kind in one number; decoded by `LevelCodes`."""
        return (
            (self.entry_level.astype(np.intp) + 1) * 32
            + (self.target_level.astype(np.intp) + 1) * 4
            + self.needs_proof * 2
            + self.is_course
        )

    # --- positions and times ------------------------------------------------------------------

    @cached_property
    def place_points(self) -> tuple[Float32Column, Float32Column, Float32Column]:
        """The places' positions in km from the centre of the earth; NaN where unknown."""
        x, y, z = ecef_km(self.table.place_latitude, self.table.place_longitude)
        return x.astype(np.float32), y.astype(np.float32), z.astype(np.float32)

    @cached_property
    def rows_with_place(self) -> IndexColumn:
        """The offers that have a place (shorter than the table)."""
        return np.flatnonzero(np.diff(self.table.place_start) > 0)

    @cached_property
    def has_one_place_each(self) -> bool:
        """Offers and places correspond one to one: nothing has to be gathered."""
        return bool(np.all(np.diff(self.table.place_start) == 1))

    @cached_property
    def has_unplaced(self) -> BoolColumn:
        """At least one of its places has no position, or it has no place at all."""
        unplaced = np.ones(len(self.table), dtype=np.bool_)
        rows = self.rows_with_place
        if len(rows):
            missing = np.isnan(self.table.place_latitude)
            unplaced[rows] = np.logical_or.reduceat(missing, self.table.place_start[rows])
        return unplaced

    @cached_property
    def distinct_times(self) -> tuple[npt.NDArray[np.intp], IndexColumn]:
        """The different weekly times as (times, 3) weekday, from, to, and each session's number."""
        table = self.table
        code = (
            table.session_weekday.astype(np.int64) * 4_000_000
            + table.session_from.astype(np.int64) * 2000
            + table.session_to
        )
        distinct, inverse = np.unique(code, return_inverse=True)
        times = np.stack([distinct // 4_000_000, distinct // 2000 % 2000, distinct % 2000], axis=1)
        return times.astype(np.intp), inverse.astype(np.intp)

    @cached_property
    def rows_with_times(self) -> IndexColumn:
        """The offers that have a weekly time (shorter than the table)."""
        return np.flatnonzero(np.diff(self.table.session_start) > 0)

    @cached_property
    def session_lengths(self) -> Int32Column:
        """Per session (not per offer) its length in minutes."""
        return self.table.session_to.astype(np.int32) - self.table.session_from

    @cached_property
    def weekly_minutes(self) -> Int32Column:
        """Minutes a week, for `rows_with_times` only."""
        return self.sum_times(self.session_lengths)

    def sum_times(self, of_session: Int32Column) -> Int32Column:
        """Sums over the sessions of each of `rows_with_times`."""
        rows = self.rows_with_times
        if not len(rows):
            return np.zeros(0, dtype=np.int32)
        return np.add.reduceat(of_session, self.table.session_start[rows]).astype(np.int32)

    # --- words --------------------------------------------------------------------------------

    @cached_property
    def topic_sets(self) -> DistinctSets:
        """The distinct sets of topics."""
        return DistinctSets.build(self.table.topics)

    @cached_property
    def language_sets(self) -> DistinctSets:
        """The distinct sets of languages it is held in or that are spoken there."""
        return DistinctSets.build(self.table.languages)

    @cached_property
    def goal_index(self) -> IndexColumn:
        """The mask of goal areas as an index."""
        return self.table.goal_areas.astype(np.intp)

    @cached_property
    def kind_index(self) -> IndexColumn:
        """The offer kind as an index."""
        return self.table.kind.astype(np.intp)

    @cached_property
    def _closeness(self) -> dict[str, Float32Column]:
        return {}

    def closeness(self, concept: str, value_of: Callable[[str, str], float]) -> Float32Column:
        """For each word of the topic vocabulary its value for one wanted concept (kept)."""
        known = self._closeness.get(concept)
        if known is None:
            words = self.topic_sets.vocabulary or ("",)
            known = np.array([value_of(concept, word) for word in words], dtype=np.float32)
            self._closeness[concept] = known
        return known

    @cached_property
    def _kept(self) -> dict[str, Any]:
        return {}

    def keep(self, name: str, make: Callable[[], Column]) -> Column:
        """What ``make`` gave the first time it was asked under this name."""
        if name not in self._kept:
            self._kept[name] = make()
        column: Column = self._kept[name]
        return column

    @cached_property
    def weights(self) -> tuple[Float32Column, ...]:
        """For each of `FACTORS` the share it has in each offer's score."""
        shares = np.array(self.rules.weights.share_table(), dtype=np.float32)
        return tuple(shares[self.kind_index, number].copy() for number in range(len(FACTORS)))

    @cached_property
    def id_rank(self) -> IndexColumn:
        """The position of each offer in the order of the ids: settles ties."""
        order = np.argsort(np.array(self.table.ids, dtype=np.str_), kind="stable")
        rank = np.empty(len(order), dtype=np.intp)
        rank[order] = np.arange(len(order))
        return rank


def _read_only(column: Int8Column) -> Int8Column:
    column.flags.writeable = False
    return column


_lock = Lock()
_prepared: list[PreparedOffers] = []


def prepare_offers(table: OfferTable, rules: MatchingRules, today: date) -> PreparedOffers:
    """The prepared table; the last few are kept, so that all clients of a day share one."""
    with _lock:
        for known in _prepared:
            if known.table is table and known.today == today and known.rules is rules:
                return known
        made = PreparedOffers(table, rules, today)
        _prepared.insert(0, made)
        del _prepared[_KEPT:]
        return made
