"""An entry read back from its rows as the record that would make it so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import select as sql_select
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
_Record = TypeVar("_Record", bound=BaseModel)
_OFFER_COLUMNS = OfferRecord.model_fields.keys() - OFFER_PARTS
_PROVIDER_COLUMNS = ProviderRecord.model_fields.keys() - PROVIDER_PARTS


def to_record(session: Session, provider_id: str) -> ProviderRecord:
    """The provider as the canonical record that would make it so; raises `NotFoundError`.

    Withdrawn offers are part of it, merged ones are not.
    """
    records = load_records(session, [provider_id])
    if provider_id not in records:
        raise NotFoundError(f"no provider has the id {provider_id}")
    return records[provider_id]


def load_records(
    session: Session, provider_ids: Collection[str], offer_ids: Collection[str] | None = None
) -> dict[str, ProviderRecord]:
    """Each provider as `to_record` gives it, by id; those that do not exist are left out.

    With ``offer_ids``, only these offers are part of the records. The number of queries does not grow
    with the number of providers.
    """
    session.flush()  # rows are read below as they are in the database, which is quicker
    providers = _rows(session, Provider, col(Provider.id).in_(provider_ids))
    parents = {provider.parent_id for provider in providers} - {None}
    key_of_parent = dict(
        session.exec(
            select(Provider.id, Provider.external_id).where(col(Provider.id).in_(parents))
        ).all()
    )
    places = _grouped(_rows(session, Place, col(Place.provider_id).in_(provider_ids)), "provider_id")
    of_them = col(ContactPerson.provider_id).in_(provider_ids)
    persons = _grouped(_rows(session, ContactPerson, of_them), "provider_id")
    key_of_place = {place.id: place.key for some in places.values() for place in some}
    offers = _offer_records(session, provider_ids, offer_ids, key_of_place)
    return {
        provider.id: canonical(
            ProviderRecord(
                **{name: getattr(provider, name) for name in _PROVIDER_COLUMNS},
                parent_external_id=key_of_parent.get(provider.parent_id or ""),
                places=tuple(_copied(PlaceRecord, place) for place in places[provider.id]),
                contacts=tuple(
                    _copied(ContactRecord, person)
                    for person in sorted(persons[provider.id], key=lambda row: row.position)
                ),
                offers=tuple(offers[provider.id]),
            )
        )
        for provider in providers
    }


def _rows(session: Session, table: Any, *conditions: Any) -> Sequence[Any]:
    """The rows of ``table`` as plain values."""
    return session.connection().execute(sql_select(table.__table__).where(*conditions)).all()


def _grouped(rows: Iterable[Any], name: str) -> dict[str, list[Any]]:
    """``rows`` by their value of ``name``."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _copied(model: type[_Record], row: Any) -> _Record:
    return model(**{name: getattr(row, name) for name in model.model_fields})


def _offer_records(
    session: Session,
    provider_ids: Collection[str],
    offer_ids: Collection[str] | None,
    key_of_place: dict[str, str],
) -> dict[str, list[OfferRecord]]:
    """The offers that were merged into no other, by provider."""
    offers = _offer_rows(session, provider_ids, offer_ids)
    ids = [offer.id for offer in offers]
    topics = _by_offer(session, OfferTopic, ids)
    times = _by_offer(session, OfferSession, ids)
    phrases = _by_offer(session, OfferPhrase, ids)
    places = _by_offer(session, OfferPlace, ids)
    records: dict[str, list[OfferRecord]] = defaultdict(list)
    for offer in offers:
        at = sorted(places[offer.id], key=lambda row: row.position)
        records[offer.provider_id].append(
            OfferRecord(
                **_column_values(offer),
                topics=tuple(topic.concept for topic in topics[offer.id]),
                places=tuple(key_of_place[row.place_id] for row in at),
                sessions=tuple(_session_record(time, key_of_place) for time in times[offer.id]),
                phrases={
                    phrase.language: PhraseRecord(title=phrase.title, description=phrase.description)
                    for phrase in phrases[offer.id]
                },
            )
        )
    return records


def _offer_rows(
    session: Session, provider_ids: Collection[str], offer_ids: Collection[str] | None
) -> list[Any]:
    # Left to the database, "merged into none" makes SQLite read every offer there is.
    is_meant = (
        col(Offer.provider_id).in_(provider_ids) if offer_ids is None else col(Offer.id).in_(offer_ids)
    )
    owners = set(provider_ids)
    return [
        offer
        for offer in _rows(session, Offer, is_meant)
        if offer.merged_into_id is None and offer.provider_id in owners
    ]


def _by_offer(session: Session, table: Any, offer_ids: Collection[str]) -> dict[str, list[Any]]:
    """The rows of ``table`` that belong to the offers."""
    return _grouped(_rows(session, table, table.offer_id.in_(offer_ids)), "offer_id")


def _column_values(offer: Any) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in _OFFER_COLUMNS}


def _session_record(time: Any, key_of_place: dict[str, str]) -> SessionRecord:
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
