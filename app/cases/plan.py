"""Changes of an integration plan: its goals, its signature, its reviews.

Nothing is committed here. Each change counts the plan up and leaves a case event and an audit entry;
what was reworded is kept (`CaseCorrection`). Sent twice, a form changes the plan once.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.goals import fetch_goal, insert_goal, move_goal
from app.cases.histories import note_corrections, note_event
from app.cases.models import Client, Goal
from app.cases.plan_models import GoalStep, IntegrationPlan, PlanReview
from app.cases.plan_records import GoalDetails, ReviewInput, SignatureInput
from app.cases.plan_rules import moved
from app.cases.plan_versions import require_version, touch_plan
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client, list_goals
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.core.ids import derived_id

MOST_GOALS: Final = 100


def add_goal(
    session: Session,
    actor: Actor,
    client_id: str,
    data: GoalDetails,
    creation_key: str,
    today: date,
) -> Goal:
    """Agree on a goal. Raises `NotFoundError`, and `InvalidInputError` when there are too many."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    goal_id = derived_id("goal", f"{client.id}:{creation_key}")
    if earlier := session.get(Goal, goal_id):
        return earlier
    goal = _insert(session, actor, client, goal_id, data)
    _close(session, actor, client, today)
    return goal


def change_goal(
    session: Session,
    actor: Actor,
    client_id: str,
    goal_id: str,
    data: GoalDetails,
    version: int,
    today: date,
) -> Goal:
    """Reword an open goal, or set another date or measure.

    Raises `NotFoundError`, `ConflictError` when the plan changed since ``version`` was shown, and
    `InvalidInputError` for a goal that is not open.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    goal = fetch_open_goal(session, client, goal_id)
    after = data.model_dump()
    before = {name: getattr(goal, name) for name in after}
    if before == after:
        return goal
    require_version(session, client.id, version)
    for name, value in after.items():
        setattr(goal, name, value)
    session.add(goal)
    note_corrections(session, client.id, actor, *(_of("goal", values) for values in (before, after)))
    facts = {"goal_id": goal.id, "area": goal.area, "target_level": goal.target_level}
    note_event(session, client.id, actor, "goal_reworded", facts)
    _close(session, actor, client, today)
    return goal


def replace_goal(
    session: Session,
    actor: Actor,
    client_id: str,
    goal_id: str,
    data: GoalDetails,
    creation_key: str,
    version: int,
    today: date,
    *,
    reason: str | None,
    note: str | None = None,
    takes_steps: bool = True,
) -> Goal:
    """Let a new goal take the place of an open one; tells the new one.

    ``takes_steps``: the steps that are not done yet move to the new goal. Raises like `change_goal`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    goal = fetch_goal(session, client, goal_id)
    new_id = derived_id("goal", f"{client.id}:{creation_key}")
    if goal.replaced_by == new_id and (earlier := session.get(Goal, new_id)):
        return earlier
    fetch_open_goal(session, client, goal_id)
    require_version(session, client.id, version)
    if session.get(Goal, new_id) is not None:
        raise InvalidInputError(_("This form was already used. Please open a new one."), field="title")
    move_goal(session, actor, goal, "changed", today, reason=reason, note=note)
    new_goal = _insert(session, actor, client, new_id, data, position=goal.position)
    goal.replaced_by = new_goal.id
    if takes_steps:
        for step in _list_open_steps(session, goal.id):
            step.goal_id = new_goal.id
            session.add(step)
    _close(session, actor, client, today)
    return new_goal


def place_goal(
    session: Session, actor: Actor, client_id: str, goal_id: str, to: int, today: date
) -> None:
    """Put an open goal to place ``to`` (0 = first) among the open ones; sent twice, it stays there.

    The order tells what matters most; it is no agreement, so that a signature goes on to hold.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    fetch_open_goal(session, client, goal_id)
    goals = {goal.id: goal for goal in list_goals(session, client.id) if goal.state == "open"}
    order = moved(list(goals), goal_id, to)
    if order == list(goals):
        return
    for position, name in enumerate(order):
        goals[name].position = position
        session.add(goals[name])
    note_event(session, client.id, actor, "goals_ordered")
    _close(session, actor, client, today, is_agreement=False)


def sign_plan(
    session: Session, actor: Actor, client_id: str, data: SignatureInput, version: int, today: date
) -> IntegrationPlan:
    """Record that the plan as it stands was signed.

    Raises `NotFoundError`, `ConflictError` when it changed since ``version`` was shown, and
    `InvalidInputError` when there is no open goal to sign for.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    plan = session.get(IntegrationPlan, client.id)
    if plan is not None and not plan.changed_since_signature and plan.signed_on == data.signed_on:
        return plan
    require_version(session, client.id, version)
    if not any(goal.state == "open" for goal in list_goals(session, client.id)):
        raise InvalidInputError(_("There is no open goal to sign for."), field="signed_on")
    plan = touch_plan(session, client.id, today, is_agreement=False)
    plan.signed_on, plan.signed_language = data.signed_on, data.language
    plan.changed_since_signature = False
    note_event(session, client.id, actor, "plan_signed", {"on": data.signed_on.isoformat()})
    record_access(session, actor.id, "plan.sign", "client", client.id)
    session.flush()
    return plan


def record_review(
    session: Session, actor: Actor, client_id: str, data: ReviewInput, creation_key: str, today: date
) -> PlanReview:
    """Record that the plan was looked at together, and when it will be again."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    review_id = derived_id("plan-review", f"{client.id}:{creation_key}")
    if earlier := session.get(PlanReview, review_id):
        return earlier
    review = PlanReview(
        id=review_id,
        client_id=client.id,
        reviewed_on=data.reviewed_on,
        recorded_by=actor.id,
        note=data.note,
    )
    session.add(review)
    plan = touch_plan(session, client.id, today, is_agreement=False)
    plan.review_on = data.next_on
    note_event(session, client.id, actor, "plan_reviewed", {"on": data.reviewed_on.isoformat()})
    record_access(session, actor.id, "plan.review", "client", client.id)
    session.flush()
    return review


def fetch_open_goal(session: Session, client: Client, goal_id: str) -> Goal:
    """The goal of this client; raises `NotFoundError`, and `InvalidInputError` when it is not open."""
    goal = fetch_goal(session, client, goal_id)
    if goal.state != "open":
        raise InvalidInputError(_("This goal is not open. Take it up again first."), field="title")
    return goal


def _insert(
    session: Session,
    actor: Actor,
    client: Client,
    goal_id: str,
    data: GoalDetails,
    position: int | None = None,
) -> Goal:
    count, last = session.exec(
        select(func.count(), func.max(col(Goal.position))).where(Goal.client_id == client.id)
    ).one()
    if count >= MOST_GOALS:
        raise InvalidInputError(_("A plan has at most %(max)s goals.", max=MOST_GOALS), field="title")
    place = (last or 0) + 1 if position is None else position
    goal = Goal(id=goal_id, client_id=client.id, position=place, **data.model_dump())
    insert_goal(session, actor, goal)
    session.flush()
    return goal


def _list_open_steps(session: Session, goal_id: str) -> list[GoalStep]:
    statement = select(GoalStep).where(GoalStep.goal_id == goal_id, col(GoalStep.done_on).is_(None))
    return list(session.exec(statement).all())


def _of(thing: str, values: dict[str, object]) -> dict[str, object]:
    return {f"{thing}.{name}": value for name, value in values.items()}


def _close(
    session: Session, actor: Actor, client: Client, today: date, *, is_agreement: bool = True
) -> None:
    touch_plan(session, client.id, today, is_agreement=is_agreement)
    record_access(session, actor.id, "plan.update", "client", client.id)
    session.flush()
