"""What matching takes and gives. Plain values, no database.

Throughout, `None` means unknown; an empty tuple means "none".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Verdict = Literal["suitable", "to_clarify"]


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A weekly time: weekday 1 = Monday … 7 = Sunday, minutes since midnight."""

    weekday: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class GoalFact:
    """An open goal."""

    area: str
    target_level: str | None = None


@dataclass(frozen=True, slots=True)
class EntitlementFact:
    """A right, admission or obligation with its dates."""

    kind: str
    issued_on: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What matching knows of a client: no name, no notes, no address, only a position."""

    birth_date: date | None = None
    sex: str | None = None
    languages: tuple[str, ...] | None = None
    reads: tuple[str, ...] | None = None
    german_level: str | None = None
    german_level_evidence: str | None = None
    german_level_on: date | None = None
    goals: tuple[GoalFact, ...] | None = None
    interests: tuple[str, ...] | None = None
    """Keys of taxonomy concepts."""
    unknown_interests: tuple[str, ...] = ()
    """Words that the taxonomy does not know."""
    latitude: float | None = None
    longitude: float | None = None
    position_is_precise: bool = False
    """Known to the street or better; otherwise distances are estimates ("ca.")."""
    available: tuple[TimeSpan, ...] | None = None
    mobility: str | None = None
    max_distance_km: float | None = None
    needs_childcare: bool | None = None
    needs_step_free: bool | None = None
    residence_status: str | None = None
    entitlements: tuple[EntitlementFact, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an offer suits, or what is to be clarified: a code and the facts behind it.

    ``facts`` holds only values that JSON can carry. The words are made in `app.web.labels`.
    """

    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """``{"code": …, **facts}``, as commands and referrals keep it."""
        return {"code": self.code, **self.facts}


@dataclass(frozen=True, slots=True)
class Match:
    """An offer that is not excluded."""

    row: int
    """Row in the offer table."""
    offer_id: str
    score: float
    """Between 0 and 1."""
    verdict: Verdict
    distance_km: float | None
    distance_is_estimate: bool
    place_id: str | None
    """The nearest of the offer's places."""
    next_on: date | None
    """The next day on which one can go there or start; `None`: unknown or by appointment."""
    serves: str
    """The group it is shown in: a goal area, or ``social`` / ``counselling`` / ``everyday`` …"""
    reasons: tuple[Reason, ...]
    to_clarify: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An offer that does not suit, with every rule that excludes it."""

    row: int
    offer_id: str
    rules: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The answer for one client."""

    matches: tuple[Match, ...]
    """Best first, cut to the limit that was asked for."""
    suitable_count: int
    """How many are not excluded, before the cut."""
    exclusions: tuple[Exclusion, ...]
    """Only when asked for."""
    rules_version: str
