"""The small steps towards a goal. Works like `app.cases.plan`: nothing is committed here."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_corrections, note_event
from app.cases.models import Client, Goal
from app.cases.plan import fetch_open_goal
from app.cases.plan_models import GoalStep
from app.cases.plan_records import StepInput
from app.cases.plan_versions import require_version, touch_plan
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _

MOST_STEPS: Final = 50
"""Of one goal."""


def add_step(
    session: Session,
    actor: Actor,
    client_id: str,
    goal_id: str,
    data: StepInput,
    creation_key: str,
    today: date,
) -> GoalStep:
    """Agree on a step towards an open goal; the same ``creation_key`` gives back the first one.

    Raises `NotFoundError`, and `InvalidInputError` for a goal that is not open or has too many steps.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    goal = fetch_open_goal(session, client, goal_id)
    made = session.exec(select(GoalStep).where(GoalStep.creation_key == creation_key)).first()
    if made is not None:
        if made.goal_id != goal.id:
            raise ConflictError(_("This form was already used. Please open a new one."))
        return made
    places = session.exec(select(GoalStep.position).where(GoalStep.goal_id == goal.id)).all()
    if len(places) >= MOST_STEPS:
        raise InvalidInputError(_("A goal has at most %(max)s steps.", max=MOST_STEPS), field="words")
    step = GoalStep(
        goal_id=goal.id,
        position=max(places, default=-1) + 1,
        creation_key=creation_key,
        **data.model_dump(),
    )
    session.add(step)
    _close(session, actor, client, goal, "step_added", today)
    return step


def change_step(
    session: Session,
    actor: Actor,
    client_id: str,
    step_id: str,
    data: StepInput,
    version: int,
    today: date,
) -> GoalStep:
    """Reword a step, or let somebody else take it.

    Raises `NotFoundError`, `ConflictError` when the plan changed since ``version`` was shown, and
    `InvalidInputError` when its goal is not open.
    """
    client, goal, step = _hold(session, actor, client_id, step_id)
    after = data.model_dump()
    before = {name: getattr(step, name) for name in after}
    if before == after:
        return step
    require_version(session, client.id, version)
    for name, value in after.items():
        setattr(step, name, value)
    session.add(step)
    note_corrections(session, client.id, actor, _of_step(before), _of_step(after))
    _close(session, actor, client, goal, "step_changed", today)
    return step


def remove_step(
    session: Session, actor: Actor, client_id: str, step_id: str, version: int, today: date
) -> None:
    """Take a step out of the plan; what it said is kept with the corrections.

    A step that is there no more stays away. Raises like `change_step`.
    """
    try:
        client, goal, step = _hold(session, actor, client_id, step_id)
    except NotFoundError:
        fetch_client(session, client_id, is_writable_by(actor))
        return
    require_version(session, client.id, version)
    note_corrections(session, client.id, actor, {"step.words": step.words}, {"step.words": None})
    session.delete(step)
    _close(session, actor, client, goal, "step_removed", today)


def tick_step(
    session: Session, actor: Actor, client_id: str, step_id: str, today: date, *, is_done: bool
) -> GoalStep:
    """Say that a step is done, or is not done after all; a second time nothing happens."""
    client, goal, step = _hold(session, actor, client_id, step_id)
    if (step.done_on is not None) == is_done:
        return step
    step.done_on = today if is_done else None
    session.add(step)
    code = "step_done" if is_done else "step_taken_up"
    _close(session, actor, client, goal, code, today, is_agreement=False)
    return step


def _hold(
    session: Session, actor: Actor, client_id: str, step_id: str
) -> tuple[Client, Goal, GoalStep]:
    """The step with its client (whose row is held) and its open goal."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    row = session.exec(
        select(GoalStep, Goal)
        .join(Goal, col(Goal.id) == GoalStep.goal_id)
        .where(col(GoalStep.id) == step_id, Goal.client_id == client.id)
    ).first()
    if row is None:
        raise NotFoundError("no such step")
    step, goal = row
    return client, fetch_open_goal(session, client, goal.id), step


def _of_step(values: dict[str, Any]) -> dict[str, Any]:
    return {f"step.{name}": value for name, value in values.items()}


def _close(
    session: Session,
    actor: Actor,
    client: Client,
    goal: Goal,
    code: str,
    today: date,
    *,
    is_agreement: bool = True,
) -> None:
    facts = {"goal_id": goal.id, "area": goal.area, "target_level": goal.target_level}
    note_event(session, client.id, actor, code, facts)
    touch_plan(session, client.id, today, is_agreement=is_agreement)
    record_access(session, actor.id, "plan.update", "client", client.id)
    session.flush()
