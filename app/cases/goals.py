"""The goals of a client: agreed, reworded, reached, changed for another, given up, taken up again.

Nothing is committed here. Each change counts the plan up and leaves a case event and an audit entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_event
from app.cases.models import Client, Goal
from app.cases.plan_rules import find_move
from app.cases.plan_versions import touch_plan
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client, list_goals
from app.cases.records import GoalInput
from app.cases.rules import LevelFact, is_target_reached
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import format_day
from app.core.i18n import gettext as _

_EVENTS: Final = {
    "open": "goal_reopened",
    "reached": "goal_reached",
    "changed": "goal_changed",
    "given_up": "goal_given_up",
}


def fetch_goal(session: Session, client: Client, goal_id: str) -> Goal:
    """The goal of this client; raises `NotFoundError`."""
    goal = session.get(Goal, goal_id)
    if goal is None or goal.client_id != client.id:
        raise NotFoundError("no such goal")
    return goal


def set_goal_state(
    session: Session,
    actor: Actor,
    client_id: str,
    goal_id: str,
    state: str,
    today: date,
    *,
    reason: str | None = None,
    note: str | None = None,
) -> Goal:
    """Mark a goal ``open``, ``reached`` or ``given_up``; a second time nothing happens.

    Raises `NotFoundError`, and `InvalidInputError` for a way that `plan_rules.MOVES` does not have, for
    one that needs a new goal (`app.cases.plan.replace_goal`), and for a missing reason.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    goal = fetch_goal(session, client, goal_id)
    if goal.state == state:
        return goal
    move = find_move(goal.state, state)
    if move is None or move.needs_new_goal or not actor.may(move.permission):
        raise InvalidInputError(_("This goal cannot become that now."), field="state")
    move_goal(session, actor, goal, state, today, reason=reason, note=note)
    record_access(session, actor.id, "plan.update", "client", client.id)
    session.flush()
    return goal


def reach_goal(
    session: Session, actor: Actor, client_id: str, goal_id: str, reason: str, today: date
) -> None:
    """Mark a goal as reached if it is still open; also in a closed case, when a referral tells it."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True, even_closed=True)
    goal = fetch_goal(session, client, goal_id)
    if goal.state == "open":
        move_goal(session, actor, goal, "reached", today, reason=reason)
        record_access(session, actor.id, "plan.update", "client", client.id)
        session.flush()


def reach_proven_goals(
    session: Session, actor: Actor | None, client: Client, now: LevelFact, today: date
) -> None:
    """Mark the open goals as reached whose level is proven now."""
    for goal in list_goals(session, client.id):
        if goal.state == "open" and is_target_reached(goal.target_level, now):
            move_goal(session, actor, goal, "reached", today, reason="proven")


def bring_goals_in_line(
    session: Session, client: Client, told: Sequence[GoalInput], actor: Actor, today: date
) -> bool:
    """Let the open goals say what ``told`` says, area by area in order; tells whether any changed.

    What is told beyond the goals there are is added. Of an area that is told no more the goals are
    given up, never deleted; further goals of an area that is told stay as they are.
    """
    goals = list_goals(session, client.id)
    there: dict[str, list[Goal]] = {}
    for goal in goals:
        if goal.state == "open":
            there.setdefault(goal.area, []).append(goal)
    areas = {wanted.area for wanted in told}
    changed = False
    for position, wanted in enumerate(told, start=len(goals)):
        known = there.get(wanted.area)
        if not known:
            insert_goal(
                session, actor, Goal(client_id=client.id, position=position, **wanted.model_dump())
            )
            changed = True
            continue
        goal = known.pop(0)
        if (goal.title, goal.target_level) != (wanted.title, wanted.target_level):
            goal.title, goal.target_level = wanted.title, wanted.target_level
            if goal.target_level is None and goal.measure == "level":
                goal.measure = None
            session.add(goal)
            changed = True
    for goal in (goal for area, left in there.items() if area not in areas for goal in left):
        move_goal(session, actor, goal, "given_up", today, reason="other")
        changed = True
    if changed:
        touch_plan(session, client.id, today)
    return changed


def insert_goal(session: Session, actor: Actor, goal: Goal) -> None:
    """Put a new goal into the plan, with its event; the caller counts the plan up."""
    session.add(goal)
    facts = {"goal_id": goal.id, "area": goal.area, "target_level": goal.target_level}
    note_event(session, goal.client_id, actor, "goal_added", facts)


def move_goal(
    session: Session,
    actor: Actor | None,
    goal: Goal,
    state: str,
    today: date,
    *,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """Take a way that `plan_rules.MOVES` has; raises `InvalidInputError` without a fitting reason.

    Notes of several moves are kept one below the other, each with its day.
    """
    move = find_move(goal.state, state)
    if move is None:
        raise InvalidInputError(_("This goal cannot become that now."), field="state")
    if move.reasons and reason not in move.reasons:
        raise InvalidInputError(_("Please choose a reason."), field="reason")
    goal.state = state
    goal.state_changed_on = today
    goal.state_reason = reason if move.reasons else None
    if not move.needs_new_goal:
        goal.replaced_by = None
    if note:
        line = f"{format_day(today)}: {note}"
        goal.state_note = f"{goal.state_note}\n{line}" if goal.state_note else line
    session.add(goal)
    facts: dict[str, Any] = {
        "goal_id": goal.id,
        "area": goal.area,
        "target_level": goal.target_level,
        "reason": goal.state_reason,
    }
    note_event(session, goal.client_id, actor, _EVENTS[state], facts)
    touch_plan(session, goal.client_id, today, is_agreement=move.is_agreement)
