"""What a provider says of its own entries through the link in a mail, without an account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError, NotFoundError
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.queries import OfferCard, load_offer_cards
from app.directory.seats import SeatsReport, report_seats
from app.directory.suggesting import suggest_change
from app.directory.upkeep_models import ChangeSuggestion, Verification
from app.directory.verification import list_verifiable_ids, verify_offers

PROVIDER_ORIGIN: Final = "provider"
MAX_NAME: Final = 200
MAX_SEATS: Final = 100_000


@dataclass(frozen=True, slots=True)
class AskedOffer:
    """An offer as its provider is asked about it."""

    offer: Offer
    card: OfferCard
    is_reported: bool
    """The provider has said that something changed; an editor is to look at it."""


@dataclass(frozen=True, slots=True)
class AskedProvider:
    """A provider and what it is asked about."""

    id: str
    name: str
    offers: tuple[AskedOffer, ...]
    confirmed_on: date | None
    """When the provider itself said so last."""


def get_asked_provider(session: Session, provider_id: str) -> AskedProvider:
    """What the provider is asked about, by title; nothing protected. Raises `NotFoundError`.

    A provider that was merged into another is asked for that one's entries.
    """
    provider = _get_provider(session, provider_id)
    ids = list_askable_ids(session, provider.id)
    cards = load_offer_cards(session, ids)
    rows = session.exec(select(Offer).where(col(Offer.id).in_(ids))).all()
    offer_of = {row.id: row for row in rows}
    reported = list_reported_ids(session, [provider.id])
    newest = session.exec(
        select(col(Verification.verified_on))
        .where(col(Verification.offer_id).in_(ids), Verification.way == "provider")
        .order_by(col(Verification.verified_on).desc())
        .limit(1)
    ).first()
    offers = (AskedOffer(offer_of[key], card, key in reported) for key, card in cards.items())
    return AskedProvider(provider.id, provider.name, tuple(offers), newest)


def list_askable_ids(session: Session, provider_id: str) -> Sequence[str]:
    """The offers that a link may show: what people find or found, and nothing protected."""
    ids = list_verifiable_ids(session, provider_id)
    protected = select(Offer.id).where(col(Offer.id).in_(ids), Offer.visibility == "protected")
    hidden = set(session.exec(protected))
    return [key for key in ids if key not in hidden]


def list_reported_ids(session: Session, provider_ids: Collection[str]) -> set[str]:
    """The offers of which their provider said that something changed, while nobody decided on it."""
    statement = select(ChangeSuggestion.entry_id, ChangeSuggestion.provider_id).where(
        ChangeSuggestion.entry_type == "offer",
        ChangeSuggestion.origin == PROVIDER_ORIGIN,
        ChangeSuggestion.state == "open",
    )
    return {entry_id for entry_id, owner in session.exec(statement) if owner in provider_ids}


def confirm_all(session: Session, provider_id: str, on: date) -> int:
    """The provider says that everything is still right, but for what it reported; how many offers."""
    provider = _get_provider(session, provider_id)
    reported = list_reported_ids(session, [provider.id])
    ids = [key for key in list_askable_ids(session, provider.id) if key not in reported]
    return verify_offers(session, Author(provider.name), ids, way="provider", on=on)


def confirm_one(session: Session, provider_id: str, offer_id: str, on: date) -> int:
    """The provider says that this offer is still right. Raises `NotFoundError` for another's."""
    provider = _get_own(session, provider_id, offer_id)
    return verify_offers(session, Author(provider.name), [offer_id], way="provider", on=on)


def report_change(session: Session, provider_id: str, offer_id: str, note: str) -> None:
    """The provider says in its own words what changed; an editor takes it over.

    Raises `NotFoundError`, `InvalidInputError` (nothing said, or too much).
    """
    provider = _get_own(session, provider_id, offer_id)
    if not note.strip():
        raise InvalidInputError("nothing was said", field="note")
    suggest_change(session, Author(provider.name), "offer", offer_id, {}, note, PROVIDER_ORIGIN)


def report_end(session: Session, provider_id: str, offer_id: str) -> None:
    """The provider says that the offer is no longer made; an editor takes it out."""
    provider = _get_own(session, provider_id, offer_id)
    changes = {"status": "withdrawn"}
    suggest_change(session, Author(provider.name), "offer", offer_id, changes, "", PROVIDER_ORIGIN)


def tell_seats(
    session: Session, provider_id: str, offer_id: str, seats_max: int, seats_free: int, on: date
) -> None:
    """The provider says how many seats there are; taken over at once.

    Raises `NotFoundError`, and `InvalidInputError` for numbers that cannot be.
    """
    provider = _get_own(session, provider_id, offer_id)
    offer = session.get_one(Offer, offer_id)
    if not 0 <= seats_free <= seats_max <= MAX_SEATS:
        raise InvalidInputError("these numbers of seats cannot be", field="seats")
    report = SeatsReport(
        seats_max=seats_max,
        seats_free=seats_free,
        has_waiting_list=offer.has_waiting_list,
        told_by=provider.name[:MAX_NAME],
        told_on=on,
    )
    report_seats(session, Author(provider.name), offer_id, report)


def _get_own(session: Session, provider_id: str, offer_id: str) -> Provider:
    provider = _get_provider(session, provider_id)
    if offer_id not in list_askable_ids(session, provider.id):
        raise NotFoundError("the provider has no such offer")
    return provider


def _get_provider(session: Session, provider_id: str) -> Provider:
    seen: set[str] = set()
    current = session.get(Provider, provider_id)
    while current is not None and current.merged_into_id is not None and current.id not in seen:
        seen.add(current.id)
        current = session.get(Provider, current.merged_into_id)
    if current is None or current.merged_into_id is not None:
        raise NotFoundError(f"no provider has the id {provider_id}")
    return current
