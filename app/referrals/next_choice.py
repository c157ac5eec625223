"""The client's order of preference: when a choice comes to nothing, the next one's day is today."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select

from app.audit.service import record_access
from app.referrals.events import call_case_worker
from app.referrals.models import Referral
from app.referrals.preferences import Choice, find_next, leads_to_next


def list_choices(
    session: Session, referral: Referral, *, for_update: bool = False
) -> tuple[Referral, ...]:
    """The referrals of the same client in the same order of preference, the first choice first.

    Empty where there is no order. ``for_update``: they are locked.
    """
    if referral.bundle_id is None or referral.preference is None:
        return ()
    wanted = (
        select(Referral)
        .where(
            Referral.bundle_id == referral.bundle_id,
            Referral.client_id == referral.client_id,
            col(Referral.preference).is_not(None),
        )
        .order_by(col(Referral.preference), col(Referral.id))
    )
    return tuple(session.exec(wanted.with_for_update() if for_update else wanted).all())


def choices_of(referrals: tuple[Referral, ...]) -> tuple[Choice, ...]:
    """The same as plain values."""
    return tuple(
        Choice(one.id, one.preference, one.state) for one in referrals if one.preference is not None
    )


def call_next_choice(
    session: Session, actor_id: str | None, ended: Referral, reason: str | None, today: date
) -> None:
    """Let the follow-up of the next choice be due today, if ``ended`` came to nothing for ``reason``.

    The client's row must be locked. Nobody is referred by that: a person takes the choice up.
    """
    if not leads_to_next(ended.state, reason):
        return
    referrals = list_choices(session, ended, for_update=True)
    found = find_next(choices_of(referrals))
    if found is None:
        return
    following = next(one for one in referrals if one.id == found.referral_id)
    if following.follow_up_on is not None and following.follow_up_on <= today:
        return
    call_case_worker(session, following, today)
    record_access(session, actor_id, "referral.next_choice", "referral", following.id)
