"""Integration plans of the demo's clients: steps, signatures, reviews that are due, changed goals."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.goals import set_goal_state
from app.cases.histories import note_event
from app.cases.models import CaseEvent, Client, Goal
from app.cases.plan import replace_goal
from app.cases.plan_models import GoalStep, IntegrationPlan, PlanReview
from app.cases.plan_records import GoalDetails
from app.cases.plan_rules import first_review_day
from app.cases.plan_versions import plan_version
from app.cases.queries import list_goals
from app.core.ids import derived_id
from app.settings import SHIPPED_DATA

PLANS_FILE: Final = SHIPPED_DATA / "demo" / "plans.toml"
_SEED: Final = 815
_SIGNED_SHARE: Final = 0.6
_REVIEW_DAYS: Final = (-12, -3, 0, 20, 45, 80, 120, 150)
"""Days from today until the next review."""
_ENDS: Final = (
    ("given_up", "no_interest"),
    ("given_up", "too_early"),
    ("reached", "seen"),
    ("reached", "told"),
    ("changed", "other_priority"),
    ("changed", "too_hard"),
)
_END_SHARE: Final = 0.5


def add_demo_plans(
    session: Session, people: Sequence[tuple[str, Actor]], today: date, *, are_new: bool = False
) -> int:
    """Fill the plans of those of ``people`` (client id and case worker) who have goals; how many.

    ``are_new``: nothing is done, signed or overdue yet.
    """
    material = tomllib.loads(PLANS_FILE.read_text(encoding="utf-8"))
    rng = random.Random(_SEED)  # noqa: S311  the same plans every time, nothing secret
    count = 0
    for client_id, actor in people:
        goals = [goal for goal in list_goals(session, client_id) if goal.state == "open"]
        if not goals:
            continue
        for goal in goals:
            _fill_goal(session, goal, material, rng, today, is_new=are_new)
        session.flush()
        if are_new:
            session.get_one(IntegrationPlan, client_id).review_on = first_review_day(today)
        else:
            _agree(session, client_id, actor, rng, today)
        count += 1
    return count


def end_demo_goals(session: Session, people: Sequence[tuple[str, Actor]], today: date) -> int:
    """Let some goals of ``people`` be reached, change or be given up some weeks ago; how many."""
    rng = random.Random(_SEED + 1)  # noqa: S311  the same ends every time, nothing secret
    count = 0
    for client_id, actor in people:
        goals = [goal for goal in list_goals(session, client_id) if goal.state == "open"]
        if len(goals) < 2 or rng.random() >= _END_SHARE:  # one open goal stays
            continue
        goal, (state, reason) = goals[-1], _ENDS[count % len(_ENDS)]
        day = today - timedelta(days=rng.randint(7, 60))
        if state == "changed":
            _replace(session, actor, goal, reason, day)
        else:
            set_goal_state(session, actor, client_id, goal.id, state, day, reason=reason)
        _date_back(session, client_id, {"goal_changed", "goal_given_up", "goal_reached"}, day)
        count += 1
    session.flush()
    return count


def _fill_goal(
    session: Session,
    goal: Goal,
    material: dict[str, Any],
    rng: random.Random,
    today: date,
    *,
    is_new: bool,
) -> None:
    """Until when, what shows it, and some steps, the first of them done unless ``is_new``."""
    due_in_days = rng.choice((120, 180, 240) if is_new else (-10, 30, 60, 120, 180, 240))
    goal.due_on = _working_day(today + timedelta(days=due_in_days))
    if goal.target_level:
        goal.measure = "level"
    elif measure := material["measures"].get(goal.area):
        goal.measure, goal.measure_words = measure
    if not goal.title:
        goal.title = material["titles"].get(goal.area, "")
    session.add(goal)
    steps = material["steps"][goal.area]
    chosen = steps[: rng.randint(1, len(steps))]
    done = 0 if is_new else rng.randint(0, len(chosen))
    for position, (words, who) in enumerate(chosen):
        offset_days = rng.randint(1 if is_new else -6, 20)
        is_known = who in {"client", "case_worker"}
        session.add(
            GoalStep(
                id=derived_id("demo-step", f"{goal.id}:{position}"),
                goal_id=goal.id,
                words=words,
                actor=who if is_known else "other",
                actor_words="" if is_known else who,
                due_on=_working_day(today + timedelta(days=14 * (position - done) + offset_days)),
                done_on=today - timedelta(days=rng.randint(3, 60)) if position < done else None,
                position=position,
            )
        )


def _agree(session: Session, client_id: str, actor: Actor, rng: random.Random, today: date) -> None:
    """Signature, reviews so far and the next one."""
    plan = session.get_one(IntegrationPlan, client_id)
    started_on = session.get_one(Client, client_id).counselling_started_on or today
    plan.review_on = _working_day(today + timedelta(days=rng.choice(_REVIEW_DAYS)))
    if rng.random() < _SIGNED_SHARE:
        plan.signed_on = min(started_on + timedelta(days=rng.randint(3, 30)), today)
        note_event(session, client_id, actor, "plan_signed", {"on": plan.signed_on.isoformat()})
        _date_back(session, client_id, {"plan_signed"}, plan.signed_on)
    reviewed_on = plan.review_on - timedelta(days=182)
    if started_on < reviewed_on < today:
        review = PlanReview(
            id=derived_id("demo-review", client_id),
            client_id=client_id,
            reviewed_on=reviewed_on,
            recorded_at=_moment(reviewed_on),
            recorded_by=actor.id,
        )
        session.add(review)
        note_event(session, client_id, actor, "plan_reviewed", {"on": reviewed_on.isoformat()})
        _date_back(session, client_id, {"plan_reviewed"}, reviewed_on)
    session.add(plan)


def _replace(session: Session, actor: Actor, goal: Goal, reason: str, day: date) -> None:
    data = GoalDetails.model_validate(
        {"area": "participation", "title": "Erst einmal im Stadtteil ankommen"}, context={"today": day}
    )
    version = plan_version(session.get(IntegrationPlan, goal.client_id))
    replace_goal(
        session,
        actor,
        goal.client_id,
        goal.id,
        data,
        derived_id("demo-goal", goal.id),
        version,
        day,
        reason=reason,
        takes_steps=False,
    )


def _date_back(session: Session, client_id: str, codes: set[str], day: date) -> None:
    session.flush()
    events = session.exec(
        select(CaseEvent).where(CaseEvent.client_id == client_id, col(CaseEvent.code).in_(codes))
    ).all()
    for event in events:
        event.at = _moment(day)
        session.add(event)


def _working_day(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10), UTC)
