"""Changes of the directory: a record is applied as a whole, and read back as a whole."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from sqlalchemy import delete, insert, or_
from sqlmodel import Session, SQLModel, col, select

from app.core.clock import utc_now
from app.core.day_times import clock_time_of, minute_of
from app.core.errors import InvalidInputError, NotFoundError
from app.directory import identity
from app.directory.canonical import canonical, offer_fingerprint
from app.directory.models import (
    DirectoryChange,
    Offer,
    OfferPhrase,
    OfferPlace,
    OfferSession,
    OfferTopic,
    Place,
    Provider,
)
from app.directory.records import (
    OfferRecord,
    PhraseRecord,
    PlaceRecord,
    ProviderRecord,
    SessionRecord,
)

ApplyOutcome = Literal["created", "changed", "unchanged"]

_OFFER_PARTS = {"topics", "sessions", "places", "phrases"}
_RELATED = {"places", "offers", "parent_external_id"}


class OfferTakenError(InvalidInputError):
    """The record claims an offer that a different provider makes."""


def apply_record(session: Session, record: ProviderRecord) -> ApplyOutcome:
    """Make the directory say what ``record`` says; tells what that meant.

    The key is source and external id. An offer that the record no longer names is withdrawn, never
    deleted: referrals point to it. Each offer that shows something new gets a `DirectoryChange`. A
    parent that is not in the directory is left out until it is. Raises `InvalidInputError` for a
    record that names an offer twice, and `OfferTakenError`.
    """
    record = canonical(record)
    _refuse_repeated_offers(record)
    provider_id = identity.provider_id(record.source, record.external_id)
    provider = session.get(Provider, provider_id)
    parent_id = _find_parent_id(session, record)
    digest = hashlib.sha256(f"{record.digest()}{parent_id or ''}".encode()).hexdigest()
    if provider is not None and provider.source_digest == digest:
        return "unchanged"
    known = _load_offers(session, record, provider_id)
    outcome: ApplyOutcome = "changed" if provider else "created"
    values = record.model_dump(exclude=_RELATED) | {
        "flags": list(record.flags),
        "parent_id": parent_id,
        "source_digest": digest,
        "updated_at": utc_now(),
    }
    if provider is None:
        _insert(session, Provider, [values | {"id": provider_id, "created_at": utc_now()}])
    else:
        session.add(provider.sqlmodel_update(values))
    _put_places(session, record, provider_id)
    changed = _put_offers(session, record, provider_id, known)
    _insert(session, DirectoryChange, [{"offer_id": offer_id} for offer_id in changed])
    if outcome == "changed":
        _drop_unused_places(session, record, provider_id)
    return outcome


def apply_all(session: Session, records: list[ProviderRecord]) -> list[ApplyOutcome]:
    """Apply ``records``, parents before children; the answers stand in the given order."""
    outcomes: dict[int, ApplyOutcome] = {}
    for position in parents_first(records):
        outcomes[position] = apply_record(session, records[position])
    return [outcomes[position] for position in range(len(records))]


def parents_first(records: list[ProviderRecord]) -> list[int]:
    """The positions of ``records`` in an order in which each parent comes before its children."""
    position_of = {(r.source, r.external_id): i for i, r in enumerate(records)}
    order: dict[int, None] = {}
    for start in range(len(records)):
        chain: list[int] = []
        current: int | None = start
        while current is not None and current not in order and current not in chain:
            chain.append(current)
            record = records[current]
            current = position_of.get((record.source, record.parent_external_id or ""))
        order.update(dict.fromkeys(reversed(chain)))
    return list(order)


def _refuse_repeated_offers(record: ProviderRecord) -> None:
    keys = [offer.external_id for offer in record.offers]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidInputError(f"the offer {twice!r} is named twice", field="offers")


def _load_offers(session: Session, record: ProviderRecord, provider_id: str) -> dict[str, Offer]:
    """The provider's offers, and those of others that the record takes over, by id.

    Another provider's offer may be taken over only when that one has given it up.
    """
    ids = [identity.offer_id(record.source, offer.external_id) for offer in record.offers]
    offers = session.exec(
        select(Offer).where(or_(col(Offer.provider_id) == provider_id, col(Offer.id).in_(ids)))
    ).all()
    for offer in offers:
        if offer.provider_id != provider_id and offer.status != "withdrawn":
            raise OfferTakenError(
                f"the offer {offer.external_id!r} belongs to another provider", field="offers"
            )
    return {offer.id: offer for offer in offers}


def _find_parent_id(session: Session, record: ProviderRecord) -> str | None:
    if record.parent_external_id is None or record.parent_external_id == record.external_id:
        return None
    parent_id = identity.provider_id(record.source, record.parent_external_id)
    return parent_id if session.get(Provider, parent_id) else None


def _put_places(session: Session, record: ProviderRecord, provider_id: str) -> None:
    known = {
        place.id: place for place in session.exec(select(Place).where(Place.provider_id == provider_id))
    }
    fresh = []
    for place in record.places:
        place_id = identity.place_id(record.source, record.external_id, place.key)
        if place_id in known:
            session.add(known[place_id].sqlmodel_update(place.model_dump()))
        else:
            fresh.append(place.model_dump() | {"id": place_id, "provider_id": provider_id})
    _insert(session, Place, fresh)


def _put_offers(
    session: Session, record: ProviderRecord, provider_id: str, known: dict[str, Offer]
) -> list[str]:
    """The ids of the offers that show something new."""
    changed: list[str] = []
    for offer in record.offers:
        offer_id = identity.offer_id(record.source, offer.external_id)
        fingerprint = offer_fingerprint(offer, record)
        row = known.pop(offer_id, None)
        if row is not None and row.source_digest == fingerprint:
            continue
        values = _offer_values(offer) | {
            "provider_id": provider_id,
            "source": record.source,
            "source_digest": fingerprint,
            "updated_at": utc_now(),
        }
        if row is None:
            _insert(session, Offer, [values | {"id": offer_id, "created_at": utc_now()}])
        else:
            _delete_parts(session, offer_id)
            session.add(row.sqlmodel_update(values))
        _insert_parts(session, offer_id, offer, record)
        changed.append(offer_id)
    for row in known.values():
        if row.status != "withdrawn":
            row.status, row.source_digest, row.updated_at = "withdrawn", "", utc_now()
            session.add(row)
            changed.append(row.id)
    return changed


def _offer_values(offer: OfferRecord) -> dict[str, Any]:
    """The columns that come straight from the record."""
    values = offer.model_dump(exclude=_OFFER_PARTS)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _delete_parts(session: Session, offer_id: str) -> None:
    for part in (OfferTopic, OfferPlace, OfferSession, OfferPhrase):
        session.execute(delete(part).where(col(part.offer_id) == offer_id))


def _insert_parts(session: Session, offer_id: str, offer: OfferRecord, record: ProviderRecord) -> None:
    own = {"offer_id": offer_id}

    def place_id(key: str) -> str:
        return identity.place_id(record.source, record.external_id, key)

    _insert(session, OfferTopic, [own | {"concept": concept} for concept in offer.topics])
    _insert(
        session,
        OfferPlace,
        [
            own | {"place_id": place_id(key), "position": position}
            for position, key in enumerate(offer.places)
        ],
    )
    _insert(
        session,
        OfferSession,
        [
            own
            | {
                "id": identity.part_id(offer_id, "session", position),
                "place_id": None if time.place is None else place_id(time.place),
                "weekday": time.weekday,
                "from_minute": minute_of(time.starts),
                "to_minute": minute_of(time.ends),
                "note": time.note,
            }
            for position, time in enumerate(offer.sessions)
        ],
    )
    _insert(
        session,
        OfferPhrase,
        [own | {"language": tag} | phrase.model_dump() for tag, phrase in offer.phrases.items()],
    )


def _insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert ``rows``, each with all columns: building objects first takes twice as long.

    An import of a long list holds the database's write lock, so its speed matters to everybody.
    """
    if rows:
        session.flush()
        session.execute(insert(SQLModel.metadata.tables[str(table.__tablename__)]), rows)


def _drop_unused_places(session: Session, record: ProviderRecord, provider_id: str) -> None:
    """Delete what the record no longer names, unless a withdrawn offer still shows it."""
    session.execute(
        delete(Place).where(
            col(Place.provider_id) == provider_id,
            col(Place.key).not_in([place.key for place in record.places]),
            col(Place.id).not_in(select(OfferPlace.place_id)),
            col(Place.id).not_in(
                select(OfferSession.place_id).where(col(OfferSession.place_id).is_not(None))
            ),
        )
    )


def to_record(session: Session, provider_id: str) -> ProviderRecord:
    """The provider as the canonical record that would make it so; raises `NotFoundError`.

    Withdrawn offers are part of it.
    """
    provider = session.get(Provider, provider_id)
    if provider is None:
        raise NotFoundError(f"no provider has the id {provider_id}")
    parent = session.get(Provider, provider.parent_id) if provider.parent_id else None
    places = session.exec(select(Place).where(Place.provider_id == provider_id)).all()
    values = {name: getattr(provider, name) for name in ProviderRecord.model_fields.keys() - _RELATED}
    return canonical(
        ProviderRecord(
            **values,
            parent_external_id=parent.external_id if parent else None,
            places=tuple(
                PlaceRecord(**{name: getattr(place, name) for name in PlaceRecord.model_fields})
                for place in places
            ),
            offers=_offer_records(session, provider_id, {place.id: place.key for place in places}),
        )
    )


def _offer_records(
    session: Session, provider_id: str, key_of_place: dict[str, str]
) -> tuple[OfferRecord, ...]:
    offers = session.exec(select(Offer).where(Offer.provider_id == provider_id)).all()
    ids = [offer.id for offer in offers]
    topics = session.exec(select(OfferTopic).where(col(OfferTopic.offer_id).in_(ids))).all()
    times = session.exec(select(OfferSession).where(col(OfferSession.offer_id).in_(ids))).all()
    phrases = session.exec(select(OfferPhrase).where(col(OfferPhrase.offer_id).in_(ids))).all()
    places = session.exec(
        select(OfferPlace).where(col(OfferPlace.offer_id).in_(ids)).order_by(col(OfferPlace.position))
    ).all()
    return tuple(
        OfferRecord(
            **{name: getattr(offer, name) for name in OfferRecord.model_fields.keys() - _OFFER_PARTS},
            topics=tuple(topic.concept for topic in topics if topic.offer_id == offer.id),
            places=tuple(key_of_place[p.place_id] for p in places if p.offer_id == offer.id),
            sessions=tuple(
                _session_record(time, key_of_place) for time in times if time.offer_id == offer.id
            ),
            phrases={
                phrase.language: PhraseRecord(title=phrase.title, description=phrase.description)
                for phrase in phrases
                if phrase.offer_id == offer.id
            },
        )
        for offer in offers
    )


def _session_record(time: OfferSession, key_of_place: dict[str, str]) -> SessionRecord:
    return SessionRecord(
        weekday=time.weekday,
        starts=clock_time_of(time.from_minute),
        ends=clock_time_of(time.to_minute),
        place=None if time.place_id is None else key_of_place[time.place_id],
        note=time.note,
    )
