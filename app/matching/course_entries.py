"""The entries of ``rules/courses.toml``: validated, dated, each with its source."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.directory.codes import COURSE_KINDS, CourseKind, Level, ResidenceStatus

AccessPath = Literal["claim", "admission"]
CourseAccess = Literal["integration", "vocational", "orientation", "open"]
CourseGroup = Literal[
    "literacy",
    "second_script",
    "support",
    "placement_test",
    "after_integration_course",
    "recognition",
    "employed",
]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    valid_to: date | None = None
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _ends_after_start(self) -> _Entry:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self

    def is_in_force(self, on: date) -> bool:
        """Whether the entry holds on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class AccessEntry(_Entry):
    """Residence statuses that share one way into the Integrationskurs."""

    path: AccessPath
    statuses: tuple[ResidenceStatus, ...]
    minor_check_below_age: int | None = Field(default=None, ge=0, le=120)


class SuspensionEntry(_Entry):
    """A time in which a way in is closed for those who have no paper yet."""

    path: AccessPath
    review: bool = False
    """The end is not certain: what comes after it has to be checked."""
    way_round: str | None = None


class CourseEntry(_Entry):
    """A kind of course."""

    kind: CourseKind
    access: CourseAccess
    group: CourseGroup | None = None
    lesson_units: int | None = Field(default=None, ge=1)
    entry_level: Level | None = None
    target_level: Level | None = None
    proven: bool = False
    youngest_age: int | None = Field(default=None, ge=0, le=120)
    """Below this age everybody is at school; an offer may name another one itself."""


class CourseRules(BaseModel):
    """All of ``courses.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(min_length=1, max_length=40)
    access: tuple[AccessEntry, ...]
    suspension: tuple[SuspensionEntry, ...] = ()
    course: tuple[CourseEntry, ...]

    @cached_property
    def _courses_of_kind(self) -> dict[str, tuple[CourseEntry, ...]]:
        return {kind: tuple(c for c in self.course if c.kind == kind) for kind in COURSE_KINDS}

    @cached_property
    def _turning_days(self) -> frozenset[date]:
        entries: tuple[_Entry, ...] = (*self.access, *self.suspension, *self.course)
        ends = (entry.valid_to for entry in entries if entry.valid_to not in (None, date.max))
        return frozenset(e.valid_from for e in entries) | {
            end + timedelta(days=1) for end in ends if end is not None
        }

    def find_course(self, kind: str, on: date) -> CourseEntry | None:
        """The entry of this course kind in force on that day."""
        return next((c for c in self._courses_of_kind.get(kind, ()) if c.is_in_force(on)), None)

    def find_access(self, status: str, on: date) -> AccessEntry | None:
        """The way into the Integrationskurs for this residence status on that day."""
        return next((a for a in self.access if status in a.statuses and a.is_in_force(on)), None)

    def find_suspension(self, path: str, on: date) -> SuspensionEntry | None:
        """The suspension of this way in force on that day."""
        return next((s for s in self.suspension if s.path == path and s.is_in_force(on)), None)

    def find_review(self, path: str, on: date) -> SuspensionEntry | None:
        """A suspension with an uncertain end that ran out before that day, if any."""
        return next(
            (
                s
                for s in self.suspension
                if s.path == path and s.review and s.valid_to and s.valid_to < on
            ),
            None,
        )

    def turning_days(self) -> set[date]:
        """The days on which an entry begins to hold or has just ceased to."""
        return set(self._turning_days)
