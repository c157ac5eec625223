"""What an allocation of places is made from and gives: plain values, shared by all ways to allocate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.matching.types import TimeSpan


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who waits for a place."""

    entry_id: str
    client_id: str
    entered_on: date
    rank: int
    """Position by the day of entry among all applicants: 0 came first."""
    priority: int
    """Legal priority: 0 = obliged to take part (AufenthG § 44a), 1 = claim or entitlement,
    2 = admission, 3 = none or unknown."""
    waited_days: int
    household: str | None = None
    """Whoever shares it lives together; `None`: alone."""
    needs_childcare: bool = False


@dataclass(frozen=True, slots=True)
class CourseStart:
    """A course with the places that are given out."""

    offer_id: str
    seats: int
    starts_on: date | None = None
    spans: tuple[TimeSpan, ...] = ()
    """Weekly times; empty: unknown."""
    has_childcare: bool | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A course start that the rules allow an applicant."""

    fit: float
    """The score of the match, between 0 and 1."""
    distance_km: float | None = None
    needs_clarifying: bool = False


@dataclass(frozen=True, slots=True)
class AllocationProblem:
    """Who may get what."""

    applicants: tuple[Applicant, ...]
    starts: tuple[CourseStart, ...]
    options: Mapping[tuple[str, str], Option]
    """(entry id, offer id) → what speaks for it; pairs that the rules exclude are missing."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who gets what; who is missing goes without."""

    places: Mapping[str, str] = field(default_factory=dict)
    """Entry id → offer id."""
    is_exact: bool = True
    """Whether nothing better exists (proved by the solver)."""
    way: str = "exact"
    """``exact``, ``first_come`` or ``greedy``."""
