"""Writing a provider's record into its rows, with everything that goes along with a change.

That is: the history (`EntryRevision`) and the directory's revision (`DirectoryChange`), by which the
search index and the offer table notice that they are behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, SQLModel, col, select

from app.core.clock import utc_now
from app.core.day_times import minute_of
from app.core.ids import new_id
from app.directory import identity
from app.directory.canonical import offer_fingerprint
from app.directory.codes import EntryType
from app.directory.entry_records import OFFER_PARTS, PROVIDER_PARTS, offer_by_key
from app.directory.history import Author, Occasion, entry_values, list_entries_with_history
from app.directory.models import (
    ContactPerson,
    DirectoryChange,
    Offer,
    OfferPhrase,
    OfferPlace,
    OfferSession,
    OfferTopic,
    Place,
    Provider,
)
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.upkeep_models import EntryRevision

_FOUND_LIKE_THIS: dict[str, Any] = {
    "author_id": None,
    "author_name": "",
    "occasion": "import",
    "listed": None,
}
"""Of the state in which an entry was found when its history begins."""


@dataclass(frozen=True, slots=True)
class EntryWrite:
    """What is to be written, and what is known of what was there."""

    record: ProviderRecord
    """Canonical, complete: an offer that it does not name is left alone."""
    before: ProviderRecord | None
    """The canonical record as it was; `None`: the provider is new."""
    provider_id: str
    known: dict[str, Offer]
    """External id → row, of the offers that have one."""
    author: Author
    occasion: Occasion
    provider_values: dict[str, Any]
    """Columns of the provider that are not in the record (parent, digest …)."""
    listed: ProviderRecord | None = None
    """The canonical record as the list has it; `None`: this is no import."""


def write_entry(session: Session, write: EntryWrite) -> None:
    """Make the rows say what the record says; changed entries get a revision and a change."""
    _put_provider(session, write)
    place_ids = _put_places(session, write)
    _put_contacts(session, write)
    offer_ids = _offer_ids(session, write)
    changed = _put_offers(session, write, place_ids, offer_ids)
    if write.before is None or entry_values(write.before) != entry_values(write.record):
        changed.append(write.provider_id)
    _write_revisions(session, write, offer_ids)
    insert_rows(session, DirectoryChange, [{"offer_id": entry_id} for entry_id in changed])
    if write.before is not None:
        _drop_unused_places(session, write)


def insert_rows(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert ``rows``, each with all columns: building objects first takes twice as long.

    An import of a long list holds the database's write lock, so its speed matters to everybody.
    """
    if rows:
        session.flush()
        session.execute(insert(SQLModel.metadata.tables[str(table.__tablename__)]), rows)


def _put_provider(session: Session, write: EntryWrite) -> None:
    values = write.record.model_dump(exclude=set(PROVIDER_PARTS)) | {
        "flags": list(write.record.flags),
        "updated_at": utc_now(),
        **write.provider_values,
    }
    if write.before is None:
        insert_rows(session, Provider, [values | {"id": write.provider_id, "created_at": utc_now()}])
        return
    provider = session.get_one(Provider, write.provider_id)
    session.add(provider.sqlmodel_update(values))


def _put_places(session: Session, write: EntryWrite) -> dict[str, str]:
    """Key → id of all places that the record names."""
    record = write.record
    known = {} if write.before is None else _places_by_key(session, write.provider_id)
    ids = {}
    fresh = []
    for place in record.places:
        row = known.get(place.key)
        if row is not None:
            session.add(row.sqlmodel_update(place.model_dump()))
            ids[place.key] = row.id
        else:
            ids[place.key] = identity.place_id(record.source, record.external_id, place.key)
            fresh.append(place.model_dump() | {"id": ids[place.key], "provider_id": write.provider_id})
    insert_rows(session, Place, fresh)
    return ids


def _places_by_key(session: Session, provider_id: str) -> dict[str, Place]:
    rows = session.exec(select(Place).where(Place.provider_id == provider_id))
    return {place.key: place for place in rows}


def _put_contacts(session: Session, write: EntryWrite) -> None:
    if write.before is not None:
        if write.before.contacts == write.record.contacts:
            return
        session.execute(
            delete(ContactPerson).where(col(ContactPerson.provider_id) == write.provider_id)
        )
    rows = [
        person.model_dump(mode="json")
        | {
            "id": identity.part_id(write.provider_id, "contact", person.key),
            "provider_id": write.provider_id,
            "position": position,
        }
        for position, person in enumerate(write.record.contacts)
    ]
    insert_rows(session, ContactPerson, rows)


def _offer_ids(session: Session, write: EntryWrite) -> dict[str, str]:
    """External id → id of all offers of the record: of the row, or the one that is derived.

    A derived id may be taken by an offer that moved to another provider when the two were merged.
    """
    derived = {
        offer.external_id: identity.offer_id(write.record.source, offer.external_id)
        for offer in write.record.offers
        if offer.external_id not in write.known
    }
    if not derived:
        taken: set[str] = set()
    else:
        taken = set(session.exec(select(Offer.id).where(col(Offer.id).in_(derived.values()))))
    ids = {key: new_id() if one in taken else one for key, one in derived.items()}
    return ids | {key: row.id for key, row in write.known.items()}


def _put_offers(
    session: Session, write: EntryWrite, place_ids: dict[str, str], offer_ids: dict[str, str]
) -> list[str]:
    """The ids of the offers that show something new."""
    changed: list[str] = []
    fresh: list[dict[str, Any]] = []
    parts: list[tuple[str, OfferRecord]] = []
    for offer in write.record.offers:
        fingerprint = offer_fingerprint(offer, write.record)
        row = write.known.get(offer.external_id)
        if row is not None and row.source_digest == fingerprint:
            continue
        values = _offer_values(offer) | {
            "provider_id": write.provider_id,
            "source": write.record.source,
            "source_digest": fingerprint,
            "updated_at": utc_now(),
        }
        offer_id = offer_ids[offer.external_id]
        if row is None:
            own = {
                "id": offer_id,
                "created_at": utc_now(),
                "is_imported": write.listed is not None,
                "merged_into_id": None,
            }
            fresh.append(values | own)
        else:
            _delete_parts(session, offer_id)
            session.add(row.sqlmodel_update(values))
        parts.append((offer_id, offer))
        changed.append(offer_id)
    insert_rows(session, Offer, fresh)
    _insert_parts(session, parts, place_ids)
    return changed


def _offer_values(offer: OfferRecord) -> dict[str, Any]:
    """The columns that come straight from the record."""
    values = offer.model_dump(exclude=set(OFFER_PARTS | {"terms", "exceptions"}))
    plain = offer.model_dump(mode="json", include={"terms", "exceptions"})
    return plain | {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }


def _delete_parts(session: Session, offer_id: str) -> None:
    for part in (OfferTopic, OfferPlace, OfferSession, OfferPhrase):
        session.execute(delete(part).where(col(part.offer_id) == offer_id))


def _insert_parts(
    session: Session, offers: list[tuple[str, OfferRecord]], place_ids: dict[str, str]
) -> None:
    topics: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []
    times: list[dict[str, Any]] = []
    phrases: list[dict[str, Any]] = []
    for offer_id, offer in offers:
        own = {"offer_id": offer_id}
        topics += [own | {"concept": concept} for concept in offer.topics]
        places += [
            own | {"place_id": place_ids[key], "position": position}
            for position, key in enumerate(offer.places)
        ]
        times += _session_rows(offer_id, offer, place_ids)
        phrases += [
            own | {"language": tag} | phrase.model_dump() for tag, phrase in offer.phrases.items()
        ]
    insert_rows(session, OfferTopic, topics)
    insert_rows(session, OfferPlace, places)
    insert_rows(session, OfferSession, times)
    insert_rows(session, OfferPhrase, phrases)


def _session_rows(offer_id: str, offer: OfferRecord, place_ids: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": identity.part_id(offer_id, "session", position),
            "offer_id": offer_id,
            "place_id": None if time.place is None else place_ids[time.place],
            "weekday": time.weekday,
            "from_minute": minute_of(time.starts),
            "to_minute": minute_of(time.ends),
            "note": time.note,
            "languages": list(time.languages),
            "every_weeks": time.every_weeks,
            "from_on": time.from_on,
            "nth_in_month": time.nth_in_month,
        }
        for position, time in enumerate(offer.sessions)
    ]


def _write_revisions(session: Session, write: EntryWrite, offer_ids: dict[str, str]) -> None:
    """A revision of each entry that says something else than before."""
    old = write.before
    old_offers, listed_offers = (offer_by_key(r) if r else {} for r in (old, write.listed))
    entries: list[_EntryStates] = [
        _EntryStates("provider", write.provider_id, old, write.record, write.listed)
    ]
    for offer in write.record.offers:
        key = offer.external_id
        states = _EntryStates(
            "offer", offer_ids[key], old_offers.get(key), offer, listed_offers.get(key)
        )
        entries.append(states)
    with_history = set() if old is None else list_entries_with_history(session, write.provider_id)
    rows = []
    for entry in entries:
        now = entry_values(entry.new)
        if entry.old is not None:
            before = entry_values(entry.old)
            if before == now:
                continue
            if entry.id not in with_history:
                rows.append(_revision(write, entry, before) | _FOUND_LIKE_THIS)
        rows.append(_revision(write, entry, now))
    insert_rows(session, EntryRevision, rows)


@dataclass(frozen=True, slots=True)
class _EntryStates:
    type: EntryType
    id: str
    old: OfferRecord | ProviderRecord | None
    new: OfferRecord | ProviderRecord
    listed: OfferRecord | ProviderRecord | None


def _revision(write: EntryWrite, entry: _EntryStates, values: dict[str, Any]) -> dict[str, Any]:
    listed = None if entry.listed is None else entry_values(entry.listed)
    return {
        "entry_type": entry.type,
        "entry_id": entry.id,
        "provider_id": write.provider_id,
        "at": utc_now(),
        "author_id": write.author.id,
        "author_name": write.author.name,
        "occasion": write.occasion,
        "record": values,
        "listed": None if listed == values else listed,
    }


def _drop_unused_places(session: Session, write: EntryWrite) -> None:
    """Delete what the record no longer names, unless an offer that is not in it still shows it."""
    session.execute(
        delete(Place).where(
            col(Place.provider_id) == write.provider_id,
            col(Place.key).not_in([place.key for place in write.record.places]),
            col(Place.id).not_in(select(OfferPlace.place_id)),
            col(Place.id).not_in(
                select(OfferSession.place_id).where(col(OfferSession.place_id).is_not(None))
            ),
        )
    )
