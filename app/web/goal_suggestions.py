"""What to do next for each goal of a plan: the best offers, and rules of thumb. Composed, pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.cases.models import Goal
from app.cases.next_steps import GoalSituation, NextStep, suggest_steps
from app.cases.plan_queries import PlannedGoal
from app.cases.queries import ClientCase
from app.directory.queries import OfferCard
from app.matching.types import GROUP_OF_GOAL, Match
from app.referrals.goal_results import GoalReferral
from app.web.suggestions import Suggestion

OFFERS_PER_GOAL: Final = 2
STEPS_PER_GOAL: Final = 2


@dataclass(frozen=True, slots=True)
class GoalOutlook:
    """A goal with what was tried for it and what comes next."""

    planned: PlannedGoal
    referrals: tuple[GoalReferral, ...]
    suggestions: tuple[Suggestion, ...]
    """The best offers that serve it, those left out to which a referral is open."""
    next_steps: tuple[NextStep, ...]

    @property
    def goal(self) -> Goal:
        """The goal itself."""
        return self.planned.goal


def serves_goal(match: Match, goal: Goal) -> bool:
    """Whether an offer serves the goal: by its group, or because it names the area."""
    if match.serves == GROUP_OF_GOAL[goal.area]:
        return True
    return any(r.code == "goal" and r.facts.get("area") == goal.area for r in match.reasons)


def best_for(
    goal: Goal,
    matches: Sequence[Match],
    left_out: Collection[str] = (),
    shown: Collection[str] = (),
) -> list[Match]:
    """The offers that serve the goal, as matching has them, without those of ``left_out``.

    First those that lead to its level, then those of its own group; what was ``shown`` for an earlier
    goal comes last.
    """
    serving = [m for m in matches if m.offer_id not in left_out and serves_goal(m, goal)]
    group = GROUP_OF_GOAL[goal.area]
    return sorted(
        serving,
        key=lambda m: (
            m.offer_id in shown,
            goal.area == "language" and not _leads_to(m, goal.target_level),
            m.serves != group,
        ),
    )


def build_outlooks(
    case: ClientCase,
    goals: Sequence[PlannedGoal],
    referrals: Mapping[str, Sequence[GoalReferral]],
    matches: Sequence[Match],
    cards: Mapping[str, OfferCard],
    today: date,
) -> list[GoalOutlook]:
    """The open goals with what comes next; an offer to which a referral is open is not suggested."""
    running = {
        line.offer_id
        for lines in referrals.values()
        for line in lines
        if line.is_open and line.offer_id
    }
    shown: set[str] = set()
    outlooks = []
    for planned in goals:
        found = best_for(planned.goal, matches, running, shown)
        outlook = _outlook(case, planned, referrals.get(planned.goal.id, ()), found, cards, today)
        shown |= {one.card.id for one in outlook.suggestions}
        outlooks.append(outlook)
    return outlooks


def _outlook(
    case: ClientCase,
    planned: PlannedGoal,
    referrals: Sequence[GoalReferral],
    found: Sequence[Match],
    cards: Mapping[str, OfferCard],
    today: date,
) -> GoalOutlook:
    situation = _situation(case, planned, referrals, len(found), today)
    # One looks at the plan together, family beside: a confidential offer is not named there.
    named = [m for m in found if m.offer_id in cards and not cards[m.offer_id].is_sensitive]
    return GoalOutlook(
        planned,
        tuple(referrals),
        tuple(Suggestion(m, cards[m.offer_id]) for m in named[:OFFERS_PER_GOAL]),
        suggest_steps(situation, today)[:STEPS_PER_GOAL],
    )


def _leads_to(match: Match, level: str | None) -> bool:
    return level is not None and any(
        r.code == "target_level" and r.facts.get("level") == level for r in match.reasons
    )


def _situation(
    case: ClientCase,
    planned: PlannedGoal,
    referrals: Sequence[GoalReferral],
    suitable_offers: int,
    today: date,
) -> GoalSituation:
    goal, client = planned.goal, case.client
    running = [referral for referral in referrals if referral.is_open]
    untils = [right.valid_until for right in case.entitlements or ()]
    ends = [until for until in untils if until is not None]
    return GoalSituation(
        area=goal.area,
        target_level=goal.target_level,
        due_on=goal.due_on,
        has_measure=goal.measure is not None,
        step_count=len(planned.steps),
        open_steps=len(planned.open_steps),
        overdue_steps=sum(1 for s in planned.open_steps if s.due_on is not None and s.due_on < today),
        open_referrals=len(running),
        follow_up_on=min((r.follow_up_on for r in running if r.follow_up_on), default=None),
        suitable_offers=suitable_offers,
        level=client.german_level,
        level_evidence=client.german_level_evidence,
        entitlements_known=case.entitlements is not None,
        entitlement_until=max(ends) if ends and len(ends) == len(untils) else None,
    )
