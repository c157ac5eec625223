"""Reading integration plans: that of a client, its notes one by one, and the reviews that are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client, Goal
from app.cases.plan_models import GoalStep, IntegrationPlan, PlanReview
from app.cases.plan_versions import plan_version
from app.cases.policy import is_confided_to, is_own_or_deputised
from app.cases.queries import fetch_client, list_goals
from app.cases.status_models import RelatedPerson
from app.core.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """A goal with its steps, in their order."""

    goal: Goal
    steps: tuple[GoalStep, ...]
    replacement: Goal | None
    """The goal that took its place, when it was changed."""

    @property
    def open_steps(self) -> tuple[GoalStep, ...]:
        """The steps that are not done yet."""
        return tuple(step for step in self.steps if step.done_on is None)

    @property
    def has_note(self) -> bool:
        """Whether there is a note on why it is not open, or was not for a while."""
        return self.goal.state_note is not None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review that took place; its note is read on its own."""

    id: str
    reviewed_on: date
    recorded_by: str
    """The name of who recorded it; empty when unknown."""
    has_note: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan of one client."""

    plan: IntegrationPlan | None
    goals: tuple[PlannedGoal, ...]
    """Open ones first, in their order."""
    reviews: tuple[ReviewLine, ...]
    """The newest first."""
    guardians: tuple[str, ...]
    """The names of those who sign for a minor."""

    @property
    def version(self) -> int:
        """What a form remembers."""
        return plan_version(self.plan)

    @property
    def open_goals(self) -> tuple[PlannedGoal, ...]:
        """The goals still to be reached."""
        return tuple(one for one in self.goals if one.goal.state == "open")

    @property
    def past_goals(self) -> tuple[PlannedGoal, ...]:
        """The goals reached, changed or given up."""
        return tuple(one for one in self.goals if one.goal.state != "open")


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """A plan that is to be looked at again."""

    client_id: str
    client_name: str
    review_on: date


def load_plan(session: Session, client_id: str) -> PlanView:
    """The plan of a client. The caller has checked, and noted in the audit log, who asks."""
    goals = list_goals(session, client_id)
    steps = _load_steps(session, client_id)
    by_id = {goal.id: goal for goal in goals}
    return PlanView(
        plan=session.get(IntegrationPlan, client_id),
        goals=tuple(
            PlannedGoal(goal, tuple(steps.get(goal.id, ())), by_id.get(goal.replaced_by or ""))
            for goal in goals
        ),
        reviews=_list_reviews(session, client_id),
        guardians=_list_guardians(session, client_id),
    )


def find_step(plan: PlanView, step_id: str) -> tuple[Goal, GoalStep]:
    """The step of this plan, with its goal; raises `NotFoundError`."""
    for one in plan.goals:
        for step in one.steps:
            if step.id == step_id:
                return one.goal, step
    raise NotFoundError("no such step")


def find_goal(plan: PlanView, goal_id: str) -> PlannedGoal:
    """The goal of this plan; raises `NotFoundError`."""
    for one in plan.goals:
        if one.goal.id == goal_id:
            return one
    raise NotFoundError("no such goal")


def read_goal_note(session: Session, client_id: str, goal_id: str, actor: Actor) -> str:
    """The note on a goal, with an audit entry; raises `NotFoundError`, also when there is none."""
    client = fetch_client(session, client_id, is_confided_to(actor))
    goal = session.get(Goal, goal_id)
    if goal is None or goal.client_id != client.id or goal.state_note is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "goal", goal.id)
    return goal.state_note


def read_review_note(session: Session, client_id: str, review_id: str, actor: Actor) -> str:
    """The note on a review, with an audit entry; raises `NotFoundError`, also when there is none."""
    client = fetch_client(session, client_id, is_confided_to(actor))
    review = session.get(PlanReview, review_id)
    if review is None or review.client_id != client.id or review.note is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "plan_review", review.id)
    return review.note


def list_reviews_due(session: Session, actor: Actor, today: date) -> tuple[ReviewDue, ...]:
    """The plans of ``actor``'s day that are to be looked at again by ``today``, the oldest date first.

    Of open cases only. The caller notes in the audit log that names were listed.
    """
    rows = session.execute(
        columns(
            col(Client.id),
            col(Client.given_name),
            col(Client.family_name),
            col(IntegrationPlan.review_on),
        )
        .join(IntegrationPlan, col(IntegrationPlan.client_id) == Client.id)
        .where(
            is_own_or_deputised(actor),
            col(Client.closed_on).is_(None),
            col(IntegrationPlan.review_on) <= today,
        )
        .order_by(col(IntegrationPlan.review_on), col(Client.id))
    ).all()
    return tuple(
        ReviewDue(client_id, f"{given} {family}".strip(), review_on)
        for client_id, given, family, review_on in rows
    )


def _load_steps(session: Session, client_id: str) -> dict[str, list[GoalStep]]:
    rows = session.exec(
        select(GoalStep)
        .join(Goal, col(Goal.id) == GoalStep.goal_id)
        .where(Goal.client_id == client_id)
        .order_by(col(GoalStep.position), col(GoalStep.id))
    ).all()
    steps: dict[str, list[GoalStep]] = {}
    for step in rows:
        steps.setdefault(step.goal_id, []).append(step)
    return steps


def _list_reviews(session: Session, client_id: str) -> tuple[ReviewLine, ...]:
    rows = session.exec(
        select(PlanReview, User.name)
        .join(User, col(User.id) == PlanReview.recorded_by, isouter=True)
        .where(PlanReview.client_id == client_id)
        .order_by(col(PlanReview.reviewed_on).desc(), col(PlanReview.recorded_at).desc())
    ).all()
    return tuple(
        ReviewLine(review.id, review.reviewed_on, name or "", review.note is not None)
        for review, name in rows
    )


def _list_guardians(session: Session, client_id: str) -> tuple[str, ...]:
    return tuple(
        session.exec(
            select(RelatedPerson.name)
            .where(RelatedPerson.client_id == client_id, RelatedPerson.role == "guardian")
            .order_by(col(RelatedPerson.position), col(RelatedPerson.id))
        ).all()
    )
