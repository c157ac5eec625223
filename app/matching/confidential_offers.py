"""Offers that become sensitive: what lists kept of them beside a client goes.

Nothing sensitive stands on a waiting list or in a round, or is found for somebody at night. What was
kept of an offer before it was marked is shown nowhere from then on, so it goes in the transaction that
marks it, whoever does (form, import, merge): the database would tell what `app.referrals` seals. What
goes on stays: who waits for this offer alone, or has a tandem there; pages do not name it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import delete, event, or_, update
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import object_session
from sqlmodel import Session, col, select

from app.directory.models import Offer
from app.matching.models import AllocationLine, FoundMatch, PassedOver, WaitingEntry

_MARKED: Final = "lotsenbuch_offers_off_the_lists"


def take_off_lists(session: Session | AnySession, offer_ids: Collection[str]) -> None:
    """Delete what lists kept of these offers, which are sensitive by now.

    No entry in the access log names the clients: beside the change of the offer it would tell of them.
    """
    session.execute(delete(FoundMatch).where(col(FoundMatch.offer_id).in_(offer_ids)))
    session.execute(delete(PassedOver).where(col(PassedOver.offer_id).in_(offer_ids)))
    session.execute(
        delete(AllocationLine).where(
            or_(
                col(AllocationLine.proposed_offer_id).in_(offer_ids),
                col(AllocationLine.listed_offer_id).in_(offer_ids),
                col(AllocationLine.decided_offer_id).in_(offer_ids),
            )
        )
    )
    session.execute(
        update(WaitingEntry).where(col(WaitingEntry.placed_in).in_(offer_ids)).values(placed_in=None)
    )
    over = col(WaitingEntry.offer_key).in_(offer_ids), col(WaitingEntry.ended_at).is_not(None)
    session.execute(delete(WaitingEntry).where(*over))


@event.listens_for(Offer.is_sensitive, "set")
def _remember_the_mark(offer: Offer, value: bool, before: Any, _initiator: Any) -> None:
    session = object_session(offer)
    if value and before is not True and session is not None:
        session.info.setdefault(_MARKED, set()).add(offer.id)


@event.listens_for(AnySession, "before_commit")
def _take_what_became_sensitive_off(session: AnySession) -> None:
    """In the transaction that marks the offer: no way of changing it can forget to."""
    if marked := session.info.pop(_MARKED, None):
        sensitive = select(Offer.id).where(col(Offer.id).in_(marked), col(Offer.is_sensitive))
        if still := session.scalars(sensitive).all():
            take_off_lists(session, still)
