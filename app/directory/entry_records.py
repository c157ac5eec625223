"""An entry read back from its rows as the record that would make it so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.core.day_times import clock_time_of
from app.core.errors import NotFoundError
from app.directory.canonical import canonical
from app.directory.models import (
    ContactPerson,
    Offer,
    OfferPhrase,
    OfferPlace,
    OfferSession,
    OfferTopic,
    Place,
    Provider,
)
from app.directory.records import (
    ContactRecord,
    OfferRecord,
    PhraseRecord,
    PlaceRecord,
    ProviderRecord,
    SessionRecord,
)

OFFER_PARTS = frozenset({"topics", "sessions", "places", "phrases"})
"""Fields of an offer's record that stand in tables of their own."""
PROVIDER_PARTS = frozenset({"places", "offers", "contacts", "parent_external_id"})
_OFFER_COLUMNS = OfferRecord.model_fields.keys() - OFFER_PARTS
_PROVIDER_COLUMNS = ProviderRecord.model_fields.keys() - PROVIDER_PARTS


def to_record(session: Session, provider_id: str) -> ProviderRecord:
    """The provider as the canonical record that would make it so; raises `NotFoundError`.

    Withdrawn offers are part of it, merged ones are not.
    """
    provider = session.get(Provider, provider_id)
    if provider is None:
        raise NotFoundError(f"no provider has the id {provider_id}")
    parent = session.get(Provider, provider.parent_id) if provider.parent_id else None
    places = session.exec(select(Place).where(Place.provider_id == provider_id)).all()
    persons = session.exec(
        select(ContactPerson)
        .where(ContactPerson.provider_id == provider_id)
        .order_by(col(ContactPerson.position))
    ).all()
    values = {name: getattr(provider, name) for name in _PROVIDER_COLUMNS}
    return canonical(
        ProviderRecord(
            **values,
            parent_external_id=parent.external_id if parent else None,
            places=tuple(
                PlaceRecord(**{name: getattr(place, name) for name in PlaceRecord.model_fields})
                for place in places
            ),
            contacts=tuple(
                ContactRecord(**{name: getattr(person, name) for name in ContactRecord.model_fields})
                for person in persons
            ),
            offers=_offer_records(session, provider_id, {place.id: place.key for place in places}),
        )
    )


def _offer_records(
    session: Session, provider_id: str, key_of_place: dict[str, str]
) -> tuple[OfferRecord, ...]:
    offers = session.exec(
        select(Offer).where(Offer.provider_id == provider_id, col(Offer.merged_into_id).is_(None))
    ).all()
    ids = [offer.id for offer in offers]
    topics: dict[str, list[str]] = defaultdict(list)
    for topic in session.exec(select(OfferTopic).where(col(OfferTopic.offer_id).in_(ids))):
        topics[topic.offer_id].append(topic.concept)
    times: dict[str, list[SessionRecord]] = defaultdict(list)
    for time in session.exec(select(OfferSession).where(col(OfferSession.offer_id).in_(ids))):
        times[time.offer_id].append(_session_record(time, key_of_place))
    phrases: dict[str, dict[str, PhraseRecord]] = defaultdict(dict)
    for phrase in session.exec(select(OfferPhrase).where(col(OfferPhrase.offer_id).in_(ids))):
        phrases[phrase.offer_id][phrase.language] = PhraseRecord(
            title=phrase.title, description=phrase.description
        )
    places: dict[str, list[str]] = defaultdict(list)
    for at in session.exec(
        select(OfferPlace).where(col(OfferPlace.offer_id).in_(ids)).order_by(col(OfferPlace.position))
    ):
        places[at.offer_id].append(key_of_place[at.place_id])
    return tuple(
        OfferRecord(
            **_column_values(offer),
            topics=tuple(topics[offer.id]),
            places=tuple(places[offer.id]),
            sessions=tuple(times[offer.id]),
            phrases=phrases[offer.id],
        )
        for offer in offers
    )


def _column_values(offer: Offer) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in _OFFER_COLUMNS}


def _session_record(time: OfferSession, key_of_place: dict[str, str]) -> SessionRecord:
    return SessionRecord(
        weekday=time.weekday,
        starts=clock_time_of(time.from_minute),
        ends=clock_time_of(time.to_minute),
        place=None if time.place_id is None else key_of_place[time.place_id],
        note=time.note,
        languages=tuple(time.languages),
        every_weeks=time.every_weeks,
        from_on=time.from_on,
        nth_in_month=time.nth_in_month,
    )


def offer_by_key(record: ProviderRecord) -> dict[str, OfferRecord]:
    """External id → offer."""
    return {offer.external_id: offer for offer in record.offers}


def ids_of_offers(offers: Sequence[Offer]) -> dict[str, str]:
    """External id → id of the row."""
    return {offer.external_id: offer.id for offer in offers}
