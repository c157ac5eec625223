"""What matching takes and gives. Plain values, no database.

Throughout, `None` means unknown; an empty tuple means "none".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, get_args

Verdict = Literal["suitable", "to_clarify"]

Group = Literal[
    "language",
    "work",
    "training",
    "school",
    "children",
    "health",
    "housing",
    "social",
    "counselling",
    "everyday",
]
GROUPS: Final[tuple[str, ...]] = get_args(Group)
"""What an offer can serve, in the order in which a page shows the groups (see `order_groups`)."""

GROUP_OF_GOAL: Final[dict[str, str]] = {
    "language": "language",
    "school": "school",
    "training": "training",
    "work": "work",
    "housing": "housing",
    "health": "health",
    "participation": "social",
    "children": "children",
}
GROUP_OF_KIND: Final[dict[str, str]] = {
    "language_course": "language",
    "counselling": "counselling",
    "club": "social",
    "volunteer": "social",
    "authority": "everyday",
    "work": "work",
    "education": "training",
    "childcare": "children",
    "health": "health",
    "housing": "housing",
    "meeting": "social",
}


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
class BookedTime:
    """A weekly time that the client has promised already."""

    offer_id: str
    """Empty: a sensitive offer, which is not named."""
    span: TimeSpan
    first_on: date | None = None
    last_on: date | None = None
    """Both included; `None`: unknown, until further notice."""
    is_binding: bool = True
    """Who misses an hour misses something (a course, work); otherwise one may choose (a club)."""


@dataclass(frozen=True, slots=True)
class Experience:
    """How an earlier referral ended."""

    offer_id: str
    provider_id: str
    outcome: str
    """A code of `app.referrals.states.EndState`."""
    reason: str | None = None
    """A code of the reasons that belong to the outcome."""


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
    has_children: bool | None = None
    """Lives with children, or said whether there are some."""
    needs_step_free: bool | None = None
    residence_status: str | None = None
    residence_valid_until: date | None = None
    """The last day of the residence status; `None`: it counts as lasting."""
    entitlements: tuple[EntitlementFact, ...] | None = None
    booked: tuple[BookedTime, ...] = ()
    household_free: tuple[TimeSpan, ...] | None = None
    """When another adult of the household is free for the children; `None`: nobody knows."""
    experiences: tuple[Experience, ...] = ()
    dismissed: tuple[tuple[str, str], ...] = ()
    """Offers that somebody set aside for this client: id and reason (a code)."""


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
class MatchFilters:
    """What the case worker limits the list to; an empty tuple or `None` limits nothing."""

    kinds: tuple[str, ...] = ()
    """Offer kinds."""
    serves: tuple[str, ...] = ()
    """Groups (see `GROUPS`)."""
    weekdays: tuple[int, ...] = ()
    """1 = Monday … 7 = Sunday; offers without known weekly times do not pass."""
    max_distance_km: float | None = None
    """Offers without known distance do not pass."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor adds to a score."""

    factor: str
    """One of `app.matching.rule_files.FACTORS`."""
    value: float
    """How well the offer does in it, between 0 and 1."""
    weight: float
    """The share of the factor; those of an offer add up to 1."""

    @property
    def points(self) -> float:
        """Value by weight; those of an offer add up to its score."""
        return self.value * self.weight


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
    """The group it is shown in, one of `GROUPS`."""
    reasons: tuple[Reason, ...]
    to_clarify: tuple[Reason, ...]
    contributions: tuple[Contribution, ...] = ()
    """Of every factor, the one that adds most first."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An offer that does not suit, with every rule that excludes it."""

    row: int
    offer_id: str
    rules: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A fact about the client that nobody has told yet."""

    code: str
    """One of `app.matching.codes.CLARIFY_CODES`."""
    offer_count: int
    """How many offers wait for the answer."""


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
    group_counts: dict[str, int] = field(default_factory=dict)
    """How many of the `suitable_count` offers each group has; groups without any are left out."""
    open_questions: tuple[OpenQuestion, ...] = ()
    """Only when asked for."""


def order_groups(facts: ClientFacts) -> tuple[str, ...]:
    """All `GROUPS`: those of the client's open goals first, in the order of the goals."""
    of_goals = (GROUP_OF_GOAL[goal.area] for goal in facts.goals or () if goal.area in GROUP_OF_GOAL)
    return tuple(dict.fromkeys((*of_goals, *GROUPS)))
