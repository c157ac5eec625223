"""What is printed of a plan, composed of what the case and its referrals know. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.cases.plan_queries import PlannedGoal, PlanView
from app.cases.queries import CaseHead, client_name
from app.cases.rules import ADULT_AGE, age_on
from app.printouts.papers.blocks import Paper
from app.printouts.papers.plan import PlanContent, PlanGoal, PlanStep, build_plan_paper
from app.referrals.goal_results import GoalReferral


def build_plan(
    head: CaseHead,
    plan: PlanView,
    referrals: Mapping[str, Sequence[GoalReferral]],
    language: str | None,
    today: date,
) -> Paper:
    """The paper with the open goals; referrals to sensitive offers are left out."""
    age = age_on(head.client.birth_date, today)
    content = PlanContent(
        client_name=client_name(head.client),
        case_worker_name=head.case_worker_name,
        goals=tuple(_goal(one, referrals.get(one.goal.id, ())) for one in plan.open_goals),
        review_on=plan.plan.review_on if plan.plan else None,
        needs_guardian=bool(plan.guardians) if age is None else age < ADULT_AGE,
    )
    return build_plan_paper(content, language, today)


def _goal(one: PlannedGoal, referrals: Sequence[GoalReferral]) -> PlanGoal:
    goal = one.goal
    return PlanGoal(
        area=goal.area,
        words=goal.title,
        due_on=goal.due_on,
        measure=goal.measure,
        target_level=goal.target_level,
        measure_words=goal.measure_words,
        steps=tuple(
            PlanStep(step.words, step.actor, step.actor_words, step.due_on, step.done_on)
            for step in one.steps
        ),
        ways=tuple(
            ", ".join(part for part in (line.offer_title, line.provider_name) if part)
            for line in referrals
            if line.is_open and not line.is_sensitive
        ),
    )
