"""What to do next about a goal when no offer says it: rules of thumb, each with its reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from app.cases.rules import PROVEN, is_level_at_least

SOON: Final = timedelta(days=60)
"""An entitlement that expires within this time is worth a word."""
DAYS_BEFORE_DUE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class GoalSituation:
    """What is known of an open goal and of the client, as far as the rules ask."""

    area: str
    target_level: str | None = None
    due_on: date | None = None
    has_measure: bool = False
    step_count: int = 0
    overdue_steps: int = 0
    """Steps not done whose day has passed."""
    open_steps: int = 0
    open_referrals: int = 0
    follow_up_on: date | None = None
    """The earliest day on which somebody is to ask about an open referral."""
    suitable_offers: int = 0
    level: str | None = None
    level_evidence: str | None = None
    entitlements_known: bool = True
    """Whether anybody asked what entitles the client to courses."""
    entitlement_until: date | None = None
    """The latest day on which an entitlement ends; `None`: has none, or they do not end."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step to suggest: a code and the facts behind it. The words are made in `app.web.labels`."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


def suggest_steps(goal: GoalSituation, today: date) -> tuple[NextStep, ...]:
    """What to do next, the most pressing first: what is overdue, what is unclear, what is missing."""
    return (*_overdue(goal, today), *_level(goal), *_entitlement(goal, today), *_missing(goal, today))


def _overdue(goal: GoalSituation, today: date) -> list[NextStep]:
    found = []
    if goal.due_on is not None and goal.due_on < today:
        found.append(NextStep("talk_about_it", {"due_on": goal.due_on}))
    if goal.follow_up_on is not None and goal.follow_up_on <= today:
        found.append(NextStep("ask_about_referral", {"on": goal.follow_up_on}))
    if goal.overdue_steps:
        found.append(NextStep("ask_about_steps", {"count": goal.overdue_steps}))
    return found


def _level(goal: GoalSituation) -> list[NextStep]:
    if goal.area != "language":
        return []
    if goal.level is None:
        return [NextStep("placement_test")]
    if goal.target_level is not None and is_level_at_least(goal.level, goal.target_level):
        if goal.level_evidence in PROVEN:
            return [NextStep("mark_reached", {"level": goal.level})]
        return [NextStep("prove_level", {"level": goal.level})]
    if goal.level_evidence not in PROVEN and goal.level != "none":
        return [NextStep("test_own_estimate", {"level": goal.level})]
    return []


def _entitlement(goal: GoalSituation, today: date) -> list[NextStep]:
    if goal.area != "language":
        return []
    if not goal.entitlements_known:
        return [NextStep("clarify_entitlement")]
    until = goal.entitlement_until
    if until is not None and until < today:
        return [NextStep("renew_entitlement", {"until": until})]
    if until is not None and until <= today + SOON:
        return [NextStep("use_entitlement", {"until": until})]
    return []


def _missing(goal: GoalSituation, today: date) -> list[NextStep]:
    found = []
    if not goal.open_referrals and not goal.suitable_offers:
        found.append(NextStep("widen_search"))
    if goal.open_referrals:
        found.append(NextStep("wait_for_referral", {"count": goal.open_referrals}))
    if not goal.step_count:
        found.append(NextStep("agree_step"))
    elif not goal.open_steps and not goal.open_referrals:
        found.append(NextStep("all_steps_done", {"count": goal.step_count}))
    if goal.due_on is None:
        found.append(NextStep("agree_day"))
    elif today <= goal.due_on <= today + DAYS_BEFORE_DUE:
        found.append(NextStep("due_soon", {"due_on": goal.due_on}))
    if not goal.has_measure and goal.target_level is None:
        found.append(NextStep("agree_measure"))
    return found
