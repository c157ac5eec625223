"""One client beside all offers: the columns that rules, scores and reasons read.

Each column is calculated at most once; rules, factors and reasons share it, so that a reason never
says something else than what was scored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any

import numpy as np

from app.directory.codes import GOAL_AREAS
from app.directory.interests import Taxonomy
from app.directory.offer_table import BoolColumn, Float32Column, Int32Column, OfferTable
from app.matching.course_answers import CourseAnswers
from app.matching.course_rules import UNKNOWN, birthday, level_number
from app.matching.earlier_experience import EarlierExperience
from app.matching.positions import distances_km, is_position
from app.matching.prepared import CHILDCARE, ESTIMATE_MARGIN_KM, IndexColumn, PreparedOffers
from app.matching.rule_files import MatchingRules
from app.matching.taken_times import TakenTimes
from app.matching.target_groups import TargetGroups, sexes_meant
from app.matching.types import ClientFacts
from app.matching.weekly_hours import HoursWithin

PROVING = frozenset({"test", "certificate"})
CLOSENESS_VALUES = {"exact": 1.0, "narrower": 0.9, "broader": 0.6, "sibling": 0.4}
ENOUGH_GERMAN = level_number("A2")
"""From here on German is taken for a shared language where an offer names no level."""
CHILD_BELOW_AGE = 14
"""Below this age the client is the child that childcare is for, and not a parent."""
WALKABLE_KM = 3.0
"""Within this distance an offer is in reach, even when nobody said how far the client goes."""
NEVER = np.iinfo(np.int32).max
"""A day that does not come."""


@dataclass(frozen=True)
class Comparison:
    """A client's facts beside the prepared offers; columns have one value per offer."""

    facts: ClientFacts
    offers: PreparedOffers
    taxonomy: Taxonomy

    @property
    def table(self) -> OfferTable:
        """The offers as they are."""
        return self.offers.table

    @property
    def rules(self) -> MatchingRules:
        """The rules in force."""
        return self.offers.rules

    # --- the client -----------------------------------------------------------------------------

    @cached_property
    def level(self) -> int:
        """The client's German as a number, -1 when unknown."""
        return level_number(self.facts.german_level)

    @cached_property
    def is_proven(self) -> bool:
        """Whether the level is shown by a test or certificate."""
        return self.level != UNKNOWN and self.facts.german_level_evidence in PROVING

    @cached_property
    def language_tags(self) -> frozenset[str]:
        """The languages spoken, without region and script, German only when spoken well enough."""
        tags = {tag.split("-")[0].lower() for tag in self.facts.languages or ()}
        if self.level != UNKNOWN:
            (tags.add if self.level >= ENOUGH_GERMAN else tags.discard)("de")
        return frozenset(tags)

    @cached_property
    def birthday_ordinals(self) -> Int32Column | None:
        """By age the day on which it is reached, for the ages that matter to some offer (otherwise 0).

        The last one never comes. `None` without a birth date.
        """
        born = self.facts.birth_date
        if born is None:
            return None
        days = np.zeros(max(self.offers.turning_ages, default=0) + 2, dtype=np.int32)
        days[-1] = NEVER
        for age in self.offers.turning_ages:
            days[age] = birthday(born, age).toordinal()
        return days

    @cached_property
    def has_position(self) -> bool:
        """Whether distances can be told."""
        return is_position(self.facts.latitude, self.facts.longitude)

    @cached_property
    def half_distance_km(self) -> float:
        """Where the distance factor is one half."""
        return float(getattr(self.rules.weights.half_distance_km, self.facts.mobility or "unknown"))

    @cached_property
    def reach_km(self) -> float | None:
        """The farthest the client goes: as said, otherwise by mobility; `None`: unknown."""
        if self.facts.max_distance_km is not None:
            return self.facts.max_distance_km
        if self.facts.mobility is None:
            return None
        return float(getattr(self.rules.weights.reach_km, self.facts.mobility))

    # --- distance -------------------------------------------------------------------------------

    @cached_property
    def place_distance_km(self) -> Float32Column:
        """Per place (not per offer) the distance; NaN when one of both positions is unknown.

        As in `PreparedOffers.place_points` there is one unknown place more.
        """
        if not self.has_position:
            return np.full(len(self.offers.place_margins), np.nan, dtype=np.float32)
        latitude, longitude = self.facts.latitude or 0.0, self.facts.longitude or 0.0
        return distances_km(self.offers.place_points, latitude, longitude)

    @cached_property
    def distance_km(self) -> Float32Column:
        """Distance to the nearest place with a known position, NaN when there is none."""
        return self.offers.nearest(self.place_distance_km)

    @cached_property
    def least_distance_km(self) -> Float32Column:
        """The same, less what an estimated position may be off."""
        if not self.facts.position_is_precise:
            return self.distance_km - np.float32(ESTIMATE_MARGIN_KM)
        return self.offers.nearest(self.place_distance_km - self.offers.place_margins)

    def nearest_place(self, row: int) -> int | None:
        """The place of this offer that is nearest (or first, when no distance is known)."""
        first, last = int(self.table.place_start[row]), int(self.table.place_start[row + 1])
        if last - first <= 1:
            return first if first < last else None
        distances = self.place_distance_km[first:last].tolist()
        known = [(km, first + i) for i, km in enumerate(distances) if not math.isnan(km)]
        return min(known)[1] if known else first

    @cached_property
    def told_distances(self) -> dict[int, dict[str, Any]]:
        """What `app.matching.questions.distance_facts` told already, by row."""
        return {}

    # --- times ----------------------------------------------------------------------------------

    @cached_property
    def free_hours(self) -> HoursWithin:
        """The offers' hours beside those at which the client could come."""
        return self.offers.hours.within(self.facts.available or ())

    @cached_property
    def is_minded_at_home(self) -> BoolColumn:
        """Another adult of the household is free during all of its weekly times."""
        found = np.zeros(len(self.table), dtype=np.bool_)
        if self.facts.household_free:
            hours = self.offers.hours
            whole = hours.within(self.facts.household_free).whole_times
            found[hours.rows] = whole == hours.times
        return found

    @cached_property
    def earlier_experience(self) -> EarlierExperience:
        """How earlier referrals count."""
        return EarlierExperience(self.facts.experiences, self.offers)

    @cached_property
    def taken_times(self) -> TakenTimes:
        """What the client is booked on already."""
        return TakenTimes(self.facts.booked, self.offers)

    @cached_property
    def share_of_times(self) -> Float32Column:
        """Share of the weekly minutes for which the client is free; NaN: unknown, or not asked for."""
        share = np.full(len(self.table), np.nan, dtype=np.float32)
        if self.facts.available is not None:
            share[self.offers.hours.rows] = self.free_hours.minutes / self.offers.hours.minutes
            share[self.minding_rows] = np.nan
        return share

    @cached_property
    def minding_rows(self) -> IndexColumn:
        """Childcare with hours, for a child of the client: they are hours of the child."""
        rows = self.offers.keep("childcare with hours", self._find_childcare)
        born = self.facts.birth_date
        if born is None or not len(rows):
            return rows
        return rows[self.offers.entry_on[rows] >= birthday(born, CHILD_BELOW_AGE).toordinal()]

    def _find_childcare(self) -> IndexColumn:
        return np.flatnonzero((self.table.kind == CHILDCARE) & (np.diff(self.table.session_start) > 0))

    # --- interests, goals, languages ------------------------------------------------------------

    def value_of_topic(self, wanted: str, offered: str) -> float:
        """How much an offered topic serves a wanted one."""
        closeness = self.taxonomy.closeness(wanted, offered)
        return 0.0 if closeness is None else CLOSENESS_VALUES[closeness]

    @cached_property
    def topic_values(self) -> Float32Column:
        """For each word of the topic vocabulary its value for the client (not per offer)."""
        values = np.zeros(max(1, len(self.offers.topic_sets.vocabulary)), dtype=np.float32)
        for concept in self.facts.interests or ():
            np.maximum(values, self.offers.closeness(concept, self.value_of_topic), out=values)
        return values

    @cached_property
    def interest(self) -> Float32Column:
        """The best value among the offer's topics; NaN: it names none."""
        found = self.offers.keep("no topic", self._without_topic).copy()
        for concept in self.facts.interests or ():
            rows, values = self.offers.rows_close_to(concept, self.value_of_topic)
            found[rows] = np.maximum(found[rows], values)
        return found

    def _without_topic(self) -> Float32Column:
        return np.where(self.table.topics.is_empty, np.float32(np.nan), np.float32(0))

    @cached_property
    def sensitive_rows(self) -> IndexColumn:
        """The offers of which a topic says something about whoever goes there (addiction, debts)."""
        return self.offers.keep("sensitive rows", self._find_sensitive)

    def _find_sensitive(self) -> IndexColumn:
        concepts = self.taxonomy.concepts
        words = self.offers.topic_sets.vocabulary or ("",)
        values = [float(word in concepts and concepts[word].is_sensitive) for word in words]
        return np.flatnonzero(self.offers.topic_sets.best(np.array(values, dtype=np.float32), 0.0) > 0)

    @cached_property
    def goal_areas(self) -> tuple[str, ...]:
        """The areas of the open goals, each once, in order."""
        return tuple(dict.fromkeys(goal.area for goal in self.facts.goals or ()))

    @cached_property
    def goal_mask(self) -> int:
        """`goal_areas` as a mask over `GOAL_AREAS`."""
        return sum(1 << GOAL_AREAS.index(area) for area in self.goal_areas if area in GOAL_AREAS)

    @cached_property
    def shares_language(self) -> BoolColumn:
        """A language of the client is one it is held in or one spoken there."""
        if "de" not in self.language_tags:
            return self.shares_own_language
        return self.shares_own_language | self.offers.speaks("de")

    @cached_property
    def shares_own_language(self) -> BoolColumn:
        """A language other than German is shared."""
        shared = np.zeros(len(self.table), dtype=np.bool_)
        for language in self.language_tags - {"de"}:
            shared |= self.offers.speaks(language)
        return shared

    # --- dates ----------------------------------------------------------------------------------

    @cached_property
    def has_no_date_left(self) -> BoolColumn:
        """Its hours are known, and none of its dates is still to come."""
        return self.offers.keep("no date left", self._find_without_date)

    def _find_without_date(self) -> BoolColumn:
        has_hours = self.table.weekdays != 0
        has_hours[[row for row, timetable in self.table.timetables.items() if timetable.extra]] = True
        is_fixed = has_hours & ~self.offers.is_by_appointment
        return np.asarray(is_fixed & (self.offers.next_on == UNKNOWN), dtype=np.bool_)

    # --- courses --------------------------------------------------------------------------------

    @cached_property
    def courses(self) -> CourseAnswers:
        """What the law of courses says."""
        return CourseAnswers(self.facts, self.offers)

    @cached_property
    def sex_index(self) -> IndexColumn:
        """The sex each offer is for, as a position in `SEXES`; -1: all."""
        return self.offers.keep("sexes meant", partial(sexes_meant, self.table))

    @cached_property
    def rows_for_others(self) -> IndexColumn:
        """The offers for people of whom nobody knows whether the client is one; some come twice."""
        rows = self.target_groups.unknown_rows
        if self.facts.sex is None or self.facts.sex == "diverse":
            of_one_sex = self.offers.keep(
                "of one sex", lambda: np.flatnonzero(self.sex_index != UNKNOWN)
            )
            rows = np.append(rows, of_one_sex)
        return rows

    @cached_property
    def target_groups(self) -> TargetGroups:
        """Whether the client is among those whom an offer addresses."""
        return TargetGroups(self.facts, self.offers)

    def entry_day(self, row: int) -> date:
        """The day on which the client would start this offer."""
        return date.fromordinal(int(self.offers.entry_on[row]))
