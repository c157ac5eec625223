"""The history of a referral: each step is kept, sealed where the referral is."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sqlmodel import Session

from app.core.clock import utc_now
from app.referrals.models import Referral, ReferralEvent
from app.referrals.sealing import is_sealed, seal_step

EventSource = Literal["house", "partner", "system"]
"""Who told a step."""


def add_event(
    session: Session,
    referral: Referral,
    actor_id: str | None,
    *,
    from_state: str | None,
    happened_on: date | None = None,
    reason: str | None = None,
    level_reached: str | None = None,
    note: str | None = None,
    source: EventSource = "house",
) -> None:
    """Keep the step to the state that the referral is in now."""
    step = ReferralEvent(
        referral_id=referral.id,
        actor_id=actor_id,
        source=source,
        from_state=from_state,
        to_state=referral.state,
        happened_on=happened_on,
        reason=reason,
        level_reached=level_reached,
        note=note or None,
    )
    if is_sealed(referral):
        seal_step(step)
    session.add(step)


def call_case_worker(
    session: Session, referral: Referral, today: date, reason: str | None = None
) -> None:
    """Let the follow-up be due today, with the reason in the history; nobody of the house told it."""
    referral.follow_up_on = today
    touch(referral)
    session.add(referral)
    add_event(session, referral, None, from_state=referral.state, reason=reason, source="system")


def touch(referral: Referral) -> None:
    """Count the change: forms shown before it are out of date."""
    referral.version += 1
    referral.updated_at = utc_now()
