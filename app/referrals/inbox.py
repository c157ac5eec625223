"""What a provider whose people have accounts was asked: the referrals that stand in its inbox.

Nothing about a client is read here. A request stands in it once it is beyond taking back, never before:
undo takes everything back. Signposts are none of it: nothing left the house with them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select

from app.core.errors import NotFoundError
from app.directory.models import Offer, Provider
from app.referrals.models import Referral, ReferralEvent
from app.referrals.requests import has_left, list_newest_request
from app.referrals.sealing import details_of
from app.referrals.states import END_STATES
from app.referrals.transitions import BEFORE_CONTACT, STAYS_IN_THE_HOUSE, WITH_THE_PARTNER

ENDED_FOR: Final = timedelta(days=60)
"""So long what came to an end is still listed."""
_ARRANGED: Final = col(Referral.mode) == "arranged"


def list_known_to(session: Session, provider_id: str, now: datetime) -> list[Referral]:
    """The referrals that the provider knows of: open ones, and those that ended lately."""
    if not is_in_directory(session, provider_id):
        return []
    lately = col(Referral.state).in_(END_STATES) & (col(Referral.updated_at) > now - ENDED_FOR)
    known = _ARRANGED & or_(col(Referral.state).in_(WITH_THE_PARTNER), lately)
    rows = list_leading_to(session, provider_id, known)
    return [one for one in rows if _is_known(session, one, now)]


def get_known_to(session: Session, provider_id: str, referral_id: str, now: datetime) -> Referral:
    """One of them, however long ago it ended; raises `NotFoundError`."""
    if is_in_directory(session, provider_id):
        states = (*WITH_THE_PARTNER, *END_STATES)
        wanted = _ARRANGED & (col(Referral.id) == referral_id) & col(Referral.state).in_(states)
        for referral in list_leading_to(session, provider_id, wanted):
            if _is_known(session, referral, now):
                return referral
    raise NotFoundError("no such request")


def is_in_directory(session: Session, provider_id: str) -> bool:
    """Whether the provider still offers something: one that was withdrawn or merged has no inbox."""
    offers = exists().where(
        col(Offer.provider_id) == provider_id,
        col(Offer.merged_into_id).is_(None),
        col(Offer.status) != "withdrawn",
    )
    provider = select(Provider.id).where(
        Provider.id == provider_id, col(Provider.merged_into_id).is_(None), offers
    )
    return session.exec(provider).first() is not None


def list_leading_to(
    session: Session, provider_id: str, condition: ColumnElement[bool]
) -> list[Referral]:
    """The referrals to offers of the provider, sealed ones too.

    Of a sealed one only its text tells where it leads, so each of them is looked into.
    """
    own = set(session.exec(select(Offer.id).where(Offer.provider_id == provider_id)))
    leads_here = or_(
        col(Referral.offer_id).in_(select(Offer.id).where(Offer.provider_id == provider_id)),
        col(Referral.offer_id).is_(None),
    )
    rows = session.exec(select(Referral).where(condition, leads_here)).all()
    return [one for one in rows if details_of(one).offer_id in own]


def asked_at(session: Session, referral_id: str) -> datetime | None:
    """When the provider was asked, the last time; `None`: it was not."""
    step = select(ReferralEvent.at).where(ReferralEvent.referral_id == referral_id, _goes_out())
    return session.exec(step.order_by(col(ReferralEvent.at).desc()).limit(1)).first()


def _is_known(session: Session, referral: Referral, now: datetime) -> bool:
    """Whether the provider knows of it from us."""
    if referral.state in WITH_THE_PARTNER and referral.state != "sent":
        return True
    if _was_told_more(session, referral.id):
        return True
    asked = list_newest_request(session, referral.id)
    if has_left(asked, now):
        return True
    since = asked_at(session, referral.id)
    if any(mail.state != "withdrawn" or since is None or mail.created_at >= since for mail in asked):
        return False
    return since is not None  # asked without a mail: by phone


def _was_told_more(session: Session, referral_id: str) -> bool:
    """Whether the referral got farther with the provider than being sent."""
    farther = col(ReferralEvent.to_state).in_(WITH_THE_PARTNER - {"sent"})
    at_once = _goes_out() & (col(ReferralEvent.to_state) != "sent")
    told = col(ReferralEvent.source) == "partner"
    found = select(ReferralEvent.id).where(
        ReferralEvent.referral_id == referral_id, or_(farther, at_once, told)
    )
    return session.exec(found.limit(1)).first() is not None


def _goes_out() -> ColumnElement[bool]:
    """The step with which the provider learns of the client (`transitions.hands_over`)."""
    return (col(ReferralEvent.from_state) == BEFORE_CONTACT) & col(ReferralEvent.to_state).not_in(
        STAYS_IN_THE_HOUSE
    )
