"""What was tried for each goal of a plan, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.policy import is_visible_to
from app.directory.models import Offer, Provider
from app.referrals.models import Referral, ReferralEvent
from app.referrals.states import is_open


@dataclass(frozen=True, slots=True)
class GoalReferral:
    """A referral that serves a goal."""

    id: str
    offer_id: str | None
    """`None`: the offer is sensitive, and named on the page of the referral only, on a click."""
    offer_title: str
    """Empty for a sensitive offer, like `provider_name`."""
    provider_name: str
    state: str
    reason: str | None
    """Of the last step."""
    level_reached: str | None
    follow_up_on: date | None
    created_at: datetime

    @property
    def is_sensitive(self) -> bool:
        """Whether it may not be named beside the others, and on no paper."""
        return self.offer_id is None

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return is_open(self.state)


def load_referrals_by_goal(
    session: Session, client_id: str, actor: Actor
) -> dict[str, tuple[GoalReferral, ...]]:
    """Goal id → the referrals that serve it, the newest first, of a client whom ``actor`` may see."""
    rows = session.exec(
        select(Referral, Offer, Provider.name)
        .join(Client, col(Client.id) == Referral.client_id)
        .join(Offer, col(Offer.id) == Referral.offer_id, isouter=True)
        .join(Provider, col(Provider.id) == Offer.provider_id, isouter=True)
        .where(
            is_visible_to(actor), Referral.client_id == client_id, col(Referral.goal_id).is_not(None)
        )
        .order_by(col(Referral.created_at).desc(), col(Referral.id))
    ).all()
    last = _load_last_steps(session, client_id)
    found: dict[str, list[GoalReferral]] = {}
    for referral, offer, provider_name in rows:
        is_named = offer is not None and not offer.is_sensitive
        step = last.get(referral.id)
        found.setdefault(referral.goal_id or "", []).append(
            GoalReferral(
                id=referral.id,
                offer_id=referral.offer_id if is_named else None,
                offer_title=offer.title if is_named else "",
                provider_name=(provider_name or "") if is_named else "",
                state=referral.state,
                reason=step.reason if step else None,
                level_reached=step.level_reached if step else None,
                follow_up_on=referral.follow_up_on,
                created_at=referral.created_at,
            )
        )
    return {goal_id: tuple(lines) for goal_id, lines in found.items()}


def _load_last_steps(session: Session, client_id: str) -> dict[str, ReferralEvent]:
    events = session.exec(
        select(ReferralEvent)
        .join(Referral, col(Referral.id) == ReferralEvent.referral_id)
        .where(Referral.client_id == client_id, col(Referral.goal_id).is_not(None))
        .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
    ).all()
    return {event.referral_id: event for event in events}
