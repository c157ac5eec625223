"""The offer table made ready for one day: everything about the offers that no client changes.

Prepared once per directory revision, day and version of the rules (`prepare_offers` keeps the last
few) and shared by all clients: positions on the ellipsoid, dates, levels by course kind, distinct
sets of topics, languages and times, the factors that do not depend on the client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from app.directory.codes import COURSE_KINDS, GOAL_AREAS, OFFER_KINDS
from app.directory.freshness import freshness_codes
from app.directory.next_dates import next_days
from app.directory.offer_table import (
    BoolColumn,
    Float32Column,
    Int8Column,
    Int16Column,
    Int32Column,
    OfferTable,
)
from app.matching.course_entries import CourseAccess, CourseGroup
from app.matching.course_rules import UNKNOWN, YES, level_number
from app.matching.distinct_sets import DistinctSets
from app.matching.positions import ecef_km
from app.matching.rule_files import FACTORS, MatchingRules
from app.matching.weekly_hours import WeeklyHours

Column = TypeVar("Column")
IndexColumn = npt.NDArray[np.intp]

LANGUAGE_COURSE = OFFER_KINDS.index("language_course")
CHILDCARE = OFFER_KINDS.index("childcare")
WORK = OFFER_KINDS.index("work")
WORK_FROM_AGE = 15
SEATED_KINDS = ("language_course", "education", "childcare")
"""Kinds whose seats are counted: unknown seats are a question there, and none elsewhere."""
OPEN_COURSE_KINDS = ("conversation",)
TERM_KINDS = ("education", "work")
"""Kinds that are attended as a whole when they begin on a certain day, and are drop-in otherwise."""
ESTIMATE_MARGIN_KM = 2.5
"""The centres of a postal code given by two sources differ by up to this much."""
_KEPT = 3


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
        return np.flatnonzero((self.min_age > 0) | (self.table.max_age != UNKNOWN))

    @cached_property
    def names_ages(self) -> BoolColumn:
        """It says itself for which ages it is."""
        return np.asarray((self.table.min_age > 0) | (self.table.max_age != UNKNOWN), dtype=np.bool_)

    @cached_property
    def min_age(self) -> Int16Column:
        """The youngest age: the offer's own word, otherwise that of its kind of course; -1: none.

        Children may not work (JArbSchG §§ 2, 5), so work that says nothing is from 15 on.
        """
        of_kind = np.where(self.table.kind == WORK, np.int8(WORK_FROM_AGE), self._course_facts[3])
        return np.where(self.table.min_age != UNKNOWN, self.table.min_age, of_kind)

    @cached_property
    def age_limits(self) -> tuple[IndexColumn, IndexColumn]:
        """For `rows_with_ages` the first age and the first one too old; -1: no such end."""
        rows = self.rows_with_ages
        low, high = self.min_age[rows], self.table.max_age[rows]
        past = np.where(high == UNKNOWN, UNKNOWN, high.astype(np.intp) + 1)
        return np.maximum(low, 0).astype(np.intp), past.astype(np.intp)

    @cached_property
    def turning_ages(self) -> tuple[int, ...]:
        """The ages at which some offer begins or ceases to be open to somebody."""
        rows = self.rows_with_ages
        ages = np.concatenate([self.min_age[rows], self.table.max_age[rows] + 1])
        return tuple(np.unique(np.maximum(ages, 0)).tolist())

    # --- for whom -----------------------------------------------------------------------------

    @cached_property
    def rows_with_demand(self) -> IndexColumn:
        """The offers that demand a paper themselves (shorter than the table)."""
        return np.flatnonzero(self.table.entitlement_kinds)

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
    def always_unknown(self) -> Int8Column:
        """A rule that knows nothing. Read only: shared by all clients."""
        return _read_only(np.full(len(self.table), UNKNOWN, dtype=np.int8))

    @cached_property
    def unknown_for_courses(self) -> Int8Column:
        """Unknown for language courses, yes elsewhere. Read only."""
        return _read_only(np.where(self.is_course, np.int8(UNKNOWN), np.int8(YES)))

    @cached_property
    def _course_facts(self) -> Int8Column:
        """Shape (4, offers): lawful entry level, target level, proof of entry, youngest age."""
        found = np.full((4, len(self.table)), UNKNOWN, dtype=np.int8)
        found[2] = 0
        days = sorted(day.toordinal() for day in self.rules.courses.turning_days())
        rows = self.course_rows
        segment = np.searchsorted(days, self.entry_on[rows], side="right")
        values = np.full((4, len(COURSE_KINDS), len(days) + 1), UNKNOWN, dtype=np.int8)
        for number, first in enumerate([1, *days]):
            for position, kind in enumerate(COURSE_KINDS):
                entry = self.rules.courses.find_course(kind, date.fromordinal(first))
                if entry is not None:
                    levels = level_number(entry.entry_level), level_number(entry.target_level)
                    youngest = UNKNOWN if entry.youngest_age is None else entry.youngest_age
                    values[:, position, number] = (*levels, int(entry.proven), youngest)
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
        """The places' positions in km from the centre of the earth; NaN where unknown.

        One more than there are places: the last is the unknown place of offers that have none.
        """
        x, y, z = ecef_km(
            np.append(self.table.place_latitude, np.nan), np.append(self.table.place_longitude, np.nan)
        )
        return x.astype(np.float32), y.astype(np.float32), z.astype(np.float32)

    @cached_property
    def place_margins(self) -> Float32Column:
        """By how many km the position of each of `place_points` may be off."""
        is_precise = np.append(self.table.place_precise, True)
        return np.where(is_precise, np.float32(0), np.float32(ESTIMATE_MARGIN_KM))

    def nearest(self, of_place: Float32Column) -> Float32Column:
        """The least value among the places of each offer, NaN (unknown) left out."""
        found = of_place[self._first_places]
        rows, places, starts = self._several_places
        if len(rows):
            found[rows] = np.fmin.reduceat(of_place[places], starts)
        return found

    @cached_property
    def _first_places(self) -> IndexColumn:
        start = self.table.place_start.astype(np.intp)
        return np.where(start[:-1] < start[1:], start[:-1], len(self.table.place_latitude))

    @cached_property
    def _several_places(self) -> tuple[IndexColumn, IndexColumn, IndexColumn]:
        """The offers with more than one place, all these places, and where each offer's begin."""
        lengths = np.diff(self.table.place_start)
        rows = np.flatnonzero(lengths > 1)
        places = np.flatnonzero(np.repeat(lengths > 1, lengths))
        return rows, places, np.cumsum(np.append(0, lengths[rows]))[:-1]

    @cached_property
    def has_unplaced(self) -> BoolColumn:
        """At least one of its places has no position, or it has no place at all."""
        lengths = np.diff(self.table.place_start)
        is_missing = np.append(0, np.cumsum(np.isnan(self.table.place_latitude)))
        return np.asarray((lengths == 0) | (np.diff(is_missing[self.table.place_start]) > 0))

    @cached_property
    def hours(self) -> WeeklyHours:
        """The weekly hours."""
        return WeeklyHours(self.table)

    @cached_property
    def is_by_appointment(self) -> BoolColumn:
        """One makes an appointment: there are no hours that have to fit."""
        return np.asarray(self.table.by_appointment == YES, dtype=np.bool_)

    # --- words --------------------------------------------------------------------------------

    @cached_property
    def topic_sets(self) -> DistinctSets:
        """The distinct sets of topics."""
        return DistinctSets.build(self.table.topics)

    @cached_property
    def language_sets(self) -> DistinctSets:
        """The distinct sets of languages it is held in or that are spoken there."""
        return DistinctSets.build(self.table.languages)

    def speaks(self, language: str) -> BoolColumn:
        """A language (without region and script) is one it is held in or spoken there."""
        return self.keep(f"speaks {language}", partial(self._find_speaking, language))

    def _find_speaking(self, language: str) -> BoolColumn:
        sets = self.language_sets
        hits = [word.split("-")[0].lower() == language for word in sets.vocabulary] or [False]
        return np.asarray(sets.best(np.array(hits, dtype=np.float32), 0.0) > 0, dtype=np.bool_)

    @cached_property
    def goal_index(self) -> IndexColumn:
        """The mask of goal areas as an index."""
        return self.table.goal_areas.astype(np.intp)

    @cached_property
    def kind_index(self) -> IndexColumn:
        """The offer kind as an index."""
        return self.table.kind.astype(np.intp)

    @cached_property
    def kind_and_goals(self) -> IndexColumn:
        """Kind and mask of goal areas in one number: kind × 2 ^ areas + mask."""
        return self.kind_index * (1 << len(GOAL_AREAS)) + self.goal_index

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

    def rows_close_to(
        self, concept: str, value_of: Callable[[str, str], float]
    ) -> tuple[IndexColumn, Float32Column]:
        """The offers with a topic that serves a wanted concept, and the best value of each (kept)."""
        return self.keep(f"close to {concept}", partial(self._find_close, concept, value_of))

    def _find_close(
        self, concept: str, value_of: Callable[[str, str], float]
    ) -> tuple[IndexColumn, Float32Column]:
        values = self.topic_sets.best(self.closeness(concept, value_of), 0.0)
        rows = np.flatnonzero(values)
        return rows, values[rows]

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
