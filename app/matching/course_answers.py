"""What the law of courses says to one client about all offers at once; pure.

Whoever may enter depends on the way of access and on the day, not on the single course. So each
question is decided once per way and stretch of days between which nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from app.directory.offer_table import BoolColumn, Int8Column
from app.matching.course_entries import CourseAccess
from app.matching.course_rules import (
    OPEN,
    UNKNOWN,
    Decision,
    decide_access,
    decide_group,
    turning_days_of,
)
from app.matching.prepared import IndexColumn, PreparedOffers
from app.matching.types import ClientFacts

NO_RULE = Decision(UNKNOWN, "course_rule_missing")


@dataclass(frozen=True)
class CourseAnswers:
    """The decisions for one client beside the prepared offers."""

    facts: ClientFacts
    offers: PreparedOffers

    @cached_property
    def access(self) -> Int8Column:
        """Answers of `decide_course_access`; a course whose kind nobody named: unknown."""
        answers = self.offers.unknown_for_courses.copy()
        if len(self._key):
            answers[self.offers.course_rows] = np.array(
                [UNKNOWN if one is None else one.answer for one in self._decisions], dtype=np.int8
            )[self._key]
        return answers

    @cached_property
    def group(self) -> Int8Column:
        """Answers of `decide_course_group`; yes where there is nothing to decide."""
        answers = self.offers.always_yes.copy()
        routes = self.offers.course_routes
        if len(routes.group):
            answer_of = [
                (OPEN if group is None else decide_group(group, self.facts)).answer
                for group in routes.groups
            ]
            answers[self.offers.course_rows] = np.array(answer_of, dtype=np.int8)[routes.group]
        return answers

    def rows_with(self, code: str) -> BoolColumn:
        """The courses about whose access the law says this code (`Decision.code`)."""
        found = np.zeros(len(self.offers.table), dtype=np.bool_)
        if len(self._key):
            asked = [one is not None and one.code == code for one in self._decisions]
            found[self.offers.course_rows] = np.array(asked)[self._key]
        return found

    @cached_property
    def _turning_days(self) -> list[date]:
        return turning_days_of(self.facts, self.offers.rules.courses)

    @cached_property
    def _key(self) -> IndexColumn:
        """For `course_rows` the way of access and the stretch of days in one number."""
        days = [day.toordinal() for day in self._turning_days]
        key = np.searchsorted(days, self.offers.entry_on[self.offers.course_rows], side="right")
        key += self.offers.course_routes.way * (len(days) + 1)
        return key

    @cached_property
    def _decisions(self) -> tuple[Decision | None, ...]:
        """One for each key that some course has."""
        ways, stretches = self.offers.course_routes.ways, len(self._turning_days) + 1
        is_asked = np.bincount(self._key, minlength=len(ways) * stretches).tolist()
        return tuple(
            self._decide(ways[key // stretches], key % stretches) if asked else None
            for key, asked in enumerate(is_asked)
        )

    def _decide(self, way: CourseAccess | None, stretch: int) -> Decision:
        if way is None:
            return NO_RULE
        day = self._turning_days[stretch - 1] if stretch else date.min
        return decide_access(way, day, self.facts, self.offers.rules.courses)
