"""Later choices of a client: taken up when it is their turn, cancelled when nobody needs them."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.policy import is_referable_by
from app.cases.queries import fetch_client
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.referrals.events import add_event, touch
from app.referrals.models import Referral, ReferralEvent
from app.referrals.next_choice import choices_of, list_choices
from app.referrals.outcomes import fetch_referral, record_outcome
from app.referrals.preferences import find_needless
from app.referrals.records import OutcomeReport, ReferralOrder
from app.referrals.sealing import details_of
from app.referrals.service import Check, SnapshotBuilder, judge_and_put
from app.referrals.states import PROPOSED
from app.referrals.transitions import TAKEN_UP


def take_up_choice(
    session: Session,
    actor: Actor,
    referral_id: str,
    order: ReferralOrder,
    version: int,
    *,
    check: Check,
    build_snapshot: SnapshotBuilder,
    today: date,
) -> Referral:
    """Refer the client to what was noted down for later, as if it were referred to now.

    Rules and consent may have changed since: both are asked again, and so is the text of the sheet. The
    same person's second click gives back what the first one made. Raises like `refer_client`, and
    `ConflictError` when the referral changed since ``version`` was shown.
    """
    referral = fetch_referral(session, referral_id, is_referable_by(actor))
    if referral.state != PROPOSED and _was_taken_up_by(session, referral, actor):
        return referral
    if referral.version != version or referral.state != PROPOSED:
        raise ConflictError(_("Somebody else changed this referral in the meantime."))
    fetch_client(session, referral.client_id, is_referable_by(actor), for_update=True)
    if (order.client_id, order.offer_id) != (referral.client_id, details_of(referral).offer_id):
        raise NotFoundError("the order is for something else")
    _before, first = TAKEN_UP[order.mode]
    judge_and_put(session, actor, referral, order, first, check, build_snapshot, today)
    touch(referral)
    session.add(referral)
    add_event(session, referral, actor.id, from_state=PROPOSED, happened_on=today, note=order.note)
    record_access(session, actor.id, "referral.take_up", "referral", referral.id)
    session.flush()
    return referral


def cancel_waiting(session: Session, actor: Actor, referral_id: str, today: date) -> int:
    """Cancel the choices that nobody was told of, as this one gives a place; tells how many.

    Those under way are left: the client or a provider has to be told. A second time nothing happens.
    Raises `NotFoundError`.
    """
    taken = fetch_referral(session, referral_id, is_referable_by(actor))
    referrals = list_choices(session, taken, for_update=True)
    waiting = find_needless(choices_of(referrals), taken.id).waiting
    version_of = {one.id: one.version for one in referrals}
    report = OutcomeReport.model_validate(
        {"to_state": "cancelled", "reason": "found_other"}, context={"today": today}
    )
    for choice in waiting:
        key = choice.referral_id
        record_outcome(session, actor, key, report, version_of[key], today=today)
    return len(waiting)


def _was_taken_up_by(session: Session, referral: Referral, actor: Actor) -> bool:
    step = select(ReferralEvent.id).where(
        col(ReferralEvent.referral_id) == referral.id,
        col(ReferralEvent.from_state) == PROPOSED,
        col(ReferralEvent.to_state).in_([first for _before, first in TAKEN_UP.values()]),
        col(ReferralEvent.actor_id) == actor.id,
    )
    return session.exec(step).first() is not None
