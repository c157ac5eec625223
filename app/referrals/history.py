"""What earlier referrals mean for new ones: hours that are taken, and how it went elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from app.core.db import load_rows
from app.directory.models import Offer, OfferSession
from app.matching.types import BookedTime, Experience, TimeSpan
from app.referrals.models import Referral, ReferralEvent
from app.referrals.sealing import offer_of

BOOKED_STATES: Final = ("accepted", "started")
TELLING_ENDS: Final = ("completed", "dropped_out", "did_not_appear", "rejected", "withdrawn")
"""Ends that say something about client and offer; what we cancelled ourselves does not."""
BINDING_KINDS: Final = frozenset({"language_course", "education", "work"})
"""Who missed an hour of it would miss something."""


@dataclass(slots=True)
class History:
    """Of one client."""

    booked: list[BookedTime] = field(default_factory=list)
    experiences: list[Experience] = field(default_factory=list)


def load_histories(session: Session, client_ids: Collection[str]) -> dict[str, History]:
    """Client id → what earlier referrals mean, of those who have any. The caller has checked who asks.

    Of a referral to a sensitive offer only the hours count, without its name; how it went stays
    between those whom it is confided to.
    """
    found: dict[str, History] = {}
    _add_booked(session, client_ids, found)
    _add_experiences(session, client_ids, found)
    return found


# To make a statement takes longer than to run it, so they are made once.
_RUNNING: Final = (
    select(col(Referral.client_id), col(Referral.offer_id), col(Referral.sealed))
    .where(
        col(Referral.client_id).in_(bindparam("clients", expanding=True)),
        col(Referral.state).in_(BOOKED_STATES),
    )
    .order_by(col(Referral.id))
)


def _add_booked(session: Session, client_ids: Collection[str], found: dict[str, History]) -> None:
    running = load_rows(session, _RUNNING, {"clients": list(client_ids)})
    pairs = [
        (client_id, offer_of(offer_id, sealed), offer_id is None)
        for client_id, offer_id, sealed in running
    ]
    times = _load_times(session, {offer_id for _, offer_id, _ in pairs})
    for client_id, offer_id, is_sealed in pairs:
        for time in times.get(offer_id, ()):
            booked = BookedTime(
                offer_id="" if is_sealed else offer_id,
                span=time.span,
                first_on=time.first_on,
                last_on=time.last_on,
                is_binding=time.kind in BINDING_KINDS,
            )
            found.setdefault(client_id, History()).booked.append(booked)


class _WeeklyTime(NamedTuple):
    """One of an offer, with the days between which it takes place."""

    kind: str
    span: TimeSpan
    first_on: date | None
    last_on: date | None


_TIMES: Final = (
    select(
        col(Offer.id),
        col(Offer.kind),
        col(OfferSession.weekday),
        col(OfferSession.from_minute),
        col(OfferSession.to_minute),
        col(Offer.starts_on),
        col(Offer.ends_on),
    )
    .join(OfferSession, col(OfferSession.offer_id) == Offer.id)
    .where(col(Offer.id).in_(bindparam("offers", expanding=True)))
    .order_by(col(OfferSession.weekday), col(OfferSession.from_minute))
)


def _load_times(session: Session, offer_ids: Collection[str]) -> dict[str, list[_WeeklyTime]]:
    if not offer_ids:
        return {}
    rows = load_rows(session, _TIMES, {"offers": list(offer_ids)})
    times: dict[str, list[_WeeklyTime]] = {}
    for offer_id, kind, weekday, from_minute, to_minute, first_on, last_on in rows:
        span = TimeSpan(weekday, from_minute, to_minute)
        times.setdefault(offer_id, []).append(_WeeklyTime(kind, span, first_on, last_on))
    return times


_EXPERIENCES: Final = (
    select(
        col(Referral.client_id),
        col(Offer.id),
        col(Offer.provider_id),
        col(Referral.state),
        col(ReferralEvent.reason),
    )
    .join(Offer, col(Offer.id) == Referral.offer_id)
    .join(
        ReferralEvent,
        (col(ReferralEvent.referral_id) == Referral.id)
        & (col(ReferralEvent.to_state) == Referral.state),
    )
    .where(
        col(Referral.client_id).in_(bindparam("clients", expanding=True)),
        col(Referral.state).in_(TELLING_ENDS),
        col(Offer.is_sensitive).is_(False),
    )
    .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
)


def _add_experiences(session: Session, client_ids: Collection[str], found: dict[str, History]) -> None:
    rows = load_rows(session, _EXPERIENCES, {"clients": list(client_ids)})
    for client_id, offer_id, provider_id, state, reason in rows:
        experience = Experience(offer_id, provider_id, state, reason)
        found.setdefault(client_id, History()).experiences.append(experience)
