"""Entries as everybody may see them, ready for pages: the same types, without what concerns a person.

What is public is decided in `app.directory.publicity` alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from sqlmodel import Session, col, select

from app.core.errors import NotFoundError
from app.directory.models import (
    ContactPerson,
    Offer,
    OfferPhrase,
    OfferPlace,
    OfferSession,
    Place,
    Provider,
)
from app.directory.publicity import (
    PUBLIC,
    is_public_offer,
    is_public_place,
    public_offers,
    public_providers,
)
from app.directory.queries import (
    BATCH,
    OfferCard,
    OfferPage,
    ProviderPage,
    get_offer_page,
    get_provider_page,
)
from app.directory.texts import fallback_chain

_NOT_TOLD_OF_OFFERS: Final[dict[str, Any]] = {
    "contact_name": None,
    "verified_by": None,
    "seats_told_by": None,
    "is_sensitive": False,
    "flags": [],
}
_NOT_TOLD_OF_PROVIDERS: Final[dict[str, Any]] = {"approach_note": None, "flags": []}


def list_public_offers(session: Session) -> dict[str, str]:
    """All public offers, by title: id → kind."""
    rows = session.exec(
        select(Offer.id, Offer.kind)
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(public_offers())
        .order_by(col(Offer.title), col(Offer.id))
    )
    return dict(rows.all())


def list_offers_with_hidden_places(session: Session) -> frozenset[str]:
    """The public offers that take place (also) where not everybody may know."""
    statement = (
        select(OfferPlace.offer_id)
        .join(Place, col(Place.id) == col(OfferPlace.place_id))
        .where(col(Place.visibility) != PUBLIC)
    )
    return frozenset(session.exec(statement))


def list_public_providers(session: Session) -> tuple[str, ...]:
    """The ids of all providers with a page for everybody, by name."""
    statement = select(Provider.id).where(public_providers())
    return tuple(session.exec(statement.order_by(col(Provider.name), col(Provider.id))))


def list_text_languages(session: Session) -> tuple[str, ...]:
    """The languages besides German that public offers have texts in, the most frequent first."""
    rows = session.exec(
        select(OfferPhrase.language)
        .join(Offer, col(Offer.id) == col(OfferPhrase.offer_id))
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(public_offers())
        .order_by(col(OfferPhrase.language))
    )
    return tuple(tag for tag, _count in Counter(rows).most_common() if tag != "de")


def load_titles(session: Session, ids: Collection[str], language: str) -> dict[str, tuple[str, str]]:
    """Titles of offers for a reader of ``language`` with the language they are in; German: none."""
    chain = fallback_chain(language)
    if not chain:
        return {}
    found: dict[str, dict[str, str]] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), BATCH):
        rows = session.exec(
            select(OfferPhrase).where(
                col(OfferPhrase.offer_id).in_(wanted[start : start + BATCH]),
                col(OfferPhrase.language).in_(chain),
            )
        )
        for phrase in rows:
            if phrase.title:
                found.setdefault(phrase.offer_id, {})[phrase.language] = phrase.title
    return {
        offer_id: next((titles[tag], tag) for tag in chain if tag in titles)
        for offer_id, titles in found.items()
    }


def get_public_offer(session: Session, offer_id: str) -> OfferPage:
    """The offer as everybody may see it; raises `NotFoundError` for any other."""
    page = get_offer_page(session, offer_id)
    offer = page.offer
    is_merged = offer.merged_into_id is not None or page.provider.merged_into_id is not None
    if is_merged or not is_public_offer(offer.status, offer.visibility):
        raise NotFoundError(f"no public offer has the id {offer_id}")
    return public_offer_page(page)


def get_public_provider(session: Session, provider_id: str) -> ProviderPage:
    """The provider as everybody may see it; raises `NotFoundError` for one without a public offer."""
    page = get_provider_page(session, provider_id)
    relatives = [provider_id, *(one.id for one in page.branches)]
    relatives += [page.parent.id] if page.parent else []
    shown = set(
        session.exec(select(Provider.id).where(col(Provider.id).in_(relatives), public_providers()))
    )
    if provider_id not in shown:
        raise NotFoundError(f"no public provider has the id {provider_id}")
    hidden = _hidden_places(session, provider_id)
    return replace(
        page,
        provider=_copy(page.provider, _NOT_TOLD_OF_PROVIDERS),
        parent=page.parent if page.parent and page.parent.id in shown else None,
        places=tuple(
            place
            for place in page.places
            if is_public_place(place.visibility) and place.id not in hidden
        ),
        offers=tuple(
            public_card(card) for card in page.offers if is_public_offer(card.status, card.visibility)
        ),
        contacts=_public_persons(page.contacts),
        branches=tuple(one for one in page.branches if one.id in shown),
    )


def public_offer_page(page: OfferPage) -> OfferPage:
    """A public offer without places, persons and remarks that are not public. Pure."""
    places = tuple(place for place in page.places if is_public_place(place.visibility))
    known = {place.id for place in places}
    return replace(
        page,
        offer=_copy(page.offer, _NOT_TOLD_OF_OFFERS),
        provider=_copy(page.provider, _NOT_TOLD_OF_PROVIDERS),
        places=places,
        sessions=tuple(
            time if time.place_id in known else _copy(time, {"place_id": None})
            for time in page.sessions
        ),
        contacts=_public_persons(page.contacts),
    )


def public_card(card: OfferCard) -> OfferCard:
    """A public offer in a list, without places and marks that are not public. Pure."""
    places = tuple(place for place in card.places if is_public_place(place.visibility))
    return replace(card, places=places, is_sensitive=False, flags=())


def _public_persons(persons: tuple[ContactPerson, ...]) -> tuple[ContactPerson, ...]:
    return tuple(_copy(person, {"note": None}) for person in persons if person.is_public)


def _hidden_places(session: Session, provider_id: str) -> set[str | None]:
    """The places of a provider that only offers use which are not public."""
    rows: list[tuple[str | None, str, str]] = list(
        session.exec(
            select(OfferPlace.place_id, Offer.status, Offer.visibility)
            .join(Offer, col(Offer.id) == col(OfferPlace.offer_id))
            .where(Offer.provider_id == provider_id)
        )
    )
    rows += session.exec(
        select(OfferSession.place_id, Offer.status, Offer.visibility)
        .join(Offer, col(Offer.id) == col(OfferSession.offer_id))
        .where(Offer.provider_id == provider_id, col(OfferSession.place_id).is_not(None))
    )
    public = {place for place, status, visibility in rows if is_public_offer(status, visibility)}
    return {place for place, _status, _visibility in rows} - public


def _copy(row: Any, changes: dict[str, Any]) -> Any:
    """A row of its own that belongs to no session."""
    return type(row)(**(row.model_dump() | changes))
