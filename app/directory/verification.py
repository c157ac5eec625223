"""Somebody says that entries are right as they stand: one click, separate from editing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from app.core.clock import utc_now
from app.directory.codes import VerificationWay
from app.directory.editing import change_offer
from app.directory.history import Author
from app.directory.models import DirectoryChange, Offer, Provider
from app.directory.upkeep_models import Verification

EDITORS: Final = "Redaktion"
"""What the public reads as the source of a confirmation by one of us: never a person's name."""
VERIFIABLE: Final = ("published", "unconfirmed", "paused")
"""States in which an offer can be confirmed; `unconfirmed` ones are published again by it."""
MAX_NAME = 200


def verify_offers(
    session: Session,
    author: Author,
    offer_ids: Iterable[str],
    *,
    way: VerificationWay,
    on: date,
    told_by: str = "",
) -> int:
    """Note that these offers are right on the day ``on``; how many that was news for.

    ``author`` is who says so, or who notes what a provider said on the phone; then ``told_by`` may
    name the person at the other end (internal). What everybody reads is the organisation. Saying the
    same twice on one day is noted once. Offers that are withdrawn, drafts or merged are left out.
    """
    noted = 0
    rows = session.exec(
        select(Offer, Provider)
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(
            col(Offer.id).in_(list(offer_ids)),
            col(Offer.status).in_(VERIFIABLE),
            col(Offer.merged_into_id).is_(None),
        )
        .order_by(col(Offer.id))
    ).all()
    for offer, provider in rows:
        name = (told_by.strip() or provider.name if way == "phone" else author.name)[:MAX_NAME]
        if _is_noted(session, offer, on, way, author):
            continue
        if offer.status == "unconfirmed":
            change_offer(session, author, offer.id, {"status": "published"}, "freshness")
        session.add(
            Verification(offer_id=offer.id, verified_on=on, way=way, name=name, user_id=author.id)
        )
        _write_confirmation(session, offer, on, _publicly(way, provider))
        noted += 1
    return noted


def list_verifiable_ids(session: Session, provider_id: str) -> Sequence[str]:
    """The ids of the provider's offers that people can find now, or that nobody confirmed in time."""
    return session.exec(
        select(Offer.id)
        .where(
            Offer.provider_id == provider_id,
            col(Offer.status).in_(("published", "unconfirmed")),
            col(Offer.merged_into_id).is_(None),
        )
        .order_by(col(Offer.title), col(Offer.id))
    ).all()


def list_verifications(session: Session, offer_id: str) -> Sequence[Verification]:
    """Who confirmed the offer, newest first."""
    return session.exec(
        select(Verification)
        .where(Verification.offer_id == offer_id)
        .order_by(col(Verification.at).desc(), col(Verification.id))
    ).all()


def _is_noted(session: Session, offer: Offer, on: date, way: VerificationWay, author: Author) -> bool:
    if offer.status == "unconfirmed" or offer.verified_on is None or offer.verified_on < on:
        return False
    same = select(Verification.id).where(
        Verification.offer_id == offer.id,
        Verification.verified_on == on,
        Verification.way == way,
        Verification.user_id == author.id,
    )
    return session.exec(same).first() is not None


def _publicly(way: VerificationWay, provider: Provider) -> str:
    return EDITORS if way == "editor" else provider.name[:MAX_NAME]


def _write_confirmation(session: Session, offer: Offer, on: date, by: str) -> None:
    if offer.verified_on is None or offer.verified_on <= on:
        offer.verified_on, offer.verified_by = on, by
    offer.updated_at = utc_now()
    # The fingerprint tells whether a row says what a record says; this row now says something else.
    offer.source_digest = ""
    session.add(offer)
    session.add(DirectoryChange(offer_id=offer.id))
    session.flush()
