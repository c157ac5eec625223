"""What is left of a deleted case: figures that point to nobody. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.cases.rules import age_on

_AGE_GROUPS: Final = ((16, "0-15"), (27, "16-26"), (45, "27-44"), (65, "45-64"))
_OLDEST: Final = "65+"
ROUNDED_TO_MONTHS: Final = 6


@dataclass(frozen=True, slots=True)
class FigureFacts:
    """What of a case goes into its figures."""

    closed_on: date
    started_on: date | None
    birth_date: date | None
    reason: str | None
    outcomes: tuple[str, ...]
    goals: tuple[tuple[str, str], ...]
    """Area and state of each goal."""
    referrals: tuple[tuple[str, str], ...]
    """Kind of offer and state of each referral, none to a sensitive offer."""


def age_group(birth_date: date | None, day: date) -> str | None:
    """The group of ages, wide enough for nobody to stand out; `None`: unknown."""
    age = age_on(birth_date, day)
    if age is None:
        return None
    return next((name for below, name in _AGE_GROUPS if age < below), _OLDEST)


def months_counselled(facts: FigureFacts) -> int | None:
    """How long the counselling lasted, in half years; `None`: unknown."""
    if facts.started_on is None or facts.started_on > facts.closed_on:
        return None
    months = (facts.closed_on.year - facts.started_on.year) * 12
    months += facts.closed_on.month - facts.started_on.month
    return round(months / ROUNDED_TO_MONTHS) * ROUNDED_TO_MONTHS


def figure_counts(facts: FigureFacts) -> dict[str, Any]:
    """Outcomes, goals by area and state, referrals by kind and state."""
    return {
        "outcomes": sorted(facts.outcomes),
        "goals": _counted(facts.goals),
        "referrals": _counted(facts.referrals),
    }


def _counted(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    counts = Counter(f"{one}:{other}" for one, other in pairs)
    return dict(sorted(counts.items()))
