"""Changing an entry by hand: the one way for forms, accepted suggestions, restores, seats.

Each change is validated as a whole record, noted in the history, and seen by search and matching at
once. A form carries the digest of what it showed; when the entry was changed meanwhile,
`MeanwhileChangedError` says so and nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlmodel import Session, select

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory import identity
from app.directory.canonical import canonical
from app.directory.codes import EntryType
from app.directory.differences import FieldChange, field_changes
from app.directory.entry_records import offer_by_key, to_record
from app.directory.entry_rows import EntryWrite, write_entry
from app.directory.faults import first_fault
from app.directory.history import Author, Occasion, entry_digest, get_revision
from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.service import fit_to_provider

MANUAL_SOURCE = "manual"
_Record = TypeVar("_Record", bound=BaseModel)


class MeanwhileChangedError(ConflictError):
    """Somebody else changed the entry since it was shown."""


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider as a form shows it."""

    id: str
    record: ProviderRecord
    """With its offers."""
    parent_id: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class OfferEntry:
    """An offer as a form shows it."""

    id: str
    provider_id: str
    provider: ProviderRecord
    """Whose places and contact persons it may name."""
    record: OfferRecord
    digest: str


def get_provider_entry(session: Session, provider_id: str) -> ProviderEntry:
    """The provider; raises `NotFoundError`, also when it was merged into another."""
    row = session.get(Provider, provider_id)
    if row is None or row.merged_into_id is not None:
        raise NotFoundError(f"no provider has the id {provider_id}")
    record = to_record(session, provider_id)
    return ProviderEntry(provider_id, record, row.parent_id, entry_digest(record))


def get_offer_entry(session: Session, offer_id: str) -> OfferEntry:
    """The offer; raises `NotFoundError`, also when it was merged into another."""
    row = session.get(Offer, offer_id)
    if row is None or row.merged_into_id is not None:
        raise NotFoundError(f"no offer has the id {offer_id}")
    provider = to_record(session, row.provider_id)
    record = offer_by_key(provider)[row.external_id]
    return OfferEntry(offer_id, row.provider_id, provider, record, entry_digest(record))


def create_provider(
    session: Session, author: Author, record: ProviderRecord, parent_id: str | None = None
) -> str:
    """Enter a provider by hand; ``record`` is complete but for its key. The id of the new entry.

    Its offers, if any, are entered with it. Call it with an ``external_id`` of the form's own
    (`new_id`), so that a form sent twice creates once: the second call returns the same id.
    """
    record = canonical(record.model_copy(update={"source": MANUAL_SOURCE}))
    provider_id = identity.provider_id(MANUAL_SOURCE, record.external_id)
    if session.get(Provider, provider_id) is not None:
        return provider_id
    values = _parent_values(session, provider_id, parent_id)
    write_entry(session, EntryWrite(record, None, provider_id, {}, author, "create", values))
    return provider_id


def save_provider(
    session: Session,
    author: Author,
    provider_id: str,
    record: ProviderRecord,
    *,
    as_read: str,
    parent_id: str | None = None,
    occasion: Occasion = "edit",
) -> tuple[FieldChange, ...]:
    """Make the provider itself (places and contact persons included) say ``record``; what changed.

    The offers of ``record`` are not looked at; they stay as they are, but for places and contact
    persons that are gone. Raises `MeanwhileChangedError`, `NotFoundError`, `InvalidInputError`.
    """
    entry = get_provider_entry(session, provider_id)
    if entry.digest != as_read:
        raise MeanwhileChangedError("the provider was changed meanwhile")
    places = {place.key for place in record.places}
    persons = {person.key for person in record.contacts}
    offers = tuple(fit_to_provider(offer, places, persons) for offer in entry.record.offers)
    own: dict[str, Any] = {
        "source": entry.record.source,
        "external_id": entry.record.external_id,
        "offers": offers,
    }
    values = _parent_values(session, provider_id, parent_id)
    parent = session.get(Provider, parent_id) if parent_id else None
    own["parent_external_id"] = parent.external_id if parent else None
    changed = _changed(record, own)
    _write(session, author, provider_id, entry.record, changed, occasion, values)
    return field_changes(entry.record, changed)


def create_offer(session: Session, author: Author, provider_id: str, record: OfferRecord) -> str:
    """Enter an offer by hand; its id. ``record.external_id`` is the form's own (`new_id`): a form sent
    twice creates once. Raises `NotFoundError`, `InvalidInputError`."""
    provider = get_provider_entry(session, provider_id).record
    row = session.exec(
        select(Offer).where(Offer.source == provider.source, Offer.external_id == record.external_id)
    ).first()
    if row is not None:
        return row.id
    changed = _changed(provider, {"offers": (*provider.offers, record)})
    _write(session, author, provider_id, provider, changed, "create")
    return identity.offer_id(provider.source, record.external_id)


def save_offer(
    session: Session,
    author: Author,
    offer_id: str,
    record: OfferRecord,
    *,
    as_read: str | None,
    occasion: Occasion = "edit",
) -> tuple[FieldChange, ...]:
    """Make the offer say ``record``; what changed. ``as_read=None``: whatever it says now.

    Raises `MeanwhileChangedError`, `NotFoundError`, `InvalidInputError`.
    """
    entry = get_offer_entry(session, offer_id)
    if as_read is not None and entry.digest != as_read:
        raise MeanwhileChangedError("the offer was changed meanwhile")
    own = record.model_copy(update={"external_id": entry.record.external_id})
    others = [o for o in entry.provider.offers if o.external_id != own.external_id]
    changed = _changed(entry.provider, {"offers": (*others, own)})
    _write(session, author, entry.provider_id, entry.provider, changed, occasion)
    return field_changes(entry.record, offer_by_key(canonical(changed))[own.external_id])


def change_offer(
    session: Session, author: Author, offer_id: str, changes: dict[str, Any], occasion: Occasion
) -> tuple[FieldChange, ...]:
    """Change single fields (plain values as in the record) of an offer, whatever else it says."""
    entry = get_offer_entry(session, offer_id)
    record = _changed(entry.record, changes)
    return save_offer(session, author, offer_id, record, as_read=None, occasion=occasion)


def change_provider(
    session: Session, author: Author, provider_id: str, changes: dict[str, Any], occasion: Occasion
) -> tuple[FieldChange, ...]:
    """Change single fields (plain values as in the record, not ``offers``) of a provider."""
    entry = get_provider_entry(session, provider_id)
    record = _changed(entry.record.model_copy(update={"offers": ()}), changes)
    return save_provider(
        session,
        author,
        provider_id,
        record,
        as_read=entry.digest,
        parent_id=entry.parent_id,
        occasion=occasion,
    )


def restore_revision(session: Session, author: Author, seq: int) -> tuple[FieldChange, ...]:
    """Make an entry say again what it said after revision ``seq``; what changed by that.

    Confirmations stay as they are now; places and contact persons that are gone are left out.
    """
    revision = get_revision(session, seq)
    kept = {"verified_on", "verified_by", "external_id", "source", "parent_external_id"}
    values = {name: value for name, value in revision.record.items() if name not in kept}
    entry_type: EntryType = "offer" if revision.entry_type == "offer" else "provider"
    if entry_type == "provider":
        return change_provider(session, author, revision.entry_id, values, "restore")
    entry = get_offer_entry(session, revision.entry_id)
    places = {place.key for place in entry.provider.places}
    persons = {person.key for person in entry.provider.contacts}
    record = _changed(entry.record, values)
    fitting = fit_to_provider(record, places, persons)
    return save_offer(session, author, revision.entry_id, fitting, as_read=None, occasion="restore")


def new_key() -> str:
    """A key for an entry that a form is about to create."""
    return new_id()


def _write(
    session: Session,
    author: Author,
    provider_id: str,
    before: ProviderRecord,
    record: ProviderRecord,
    occasion: Occasion,
    values: dict[str, Any] | None = None,
) -> None:
    record = canonical(record)
    if record == before and values is None:
        return
    rows = session.exec(select(Offer).where(Offer.provider_id == provider_id)).all()
    known = {row.external_id: row for row in rows}
    write_entry(session, EntryWrite(record, before, provider_id, known, author, occasion, values or {}))


def _parent_values(session: Session, provider_id: str, parent_id: str | None) -> dict[str, Any]:
    """The parent, checked: it exists, and is neither the provider itself nor one of its branches."""
    seen = {provider_id}
    current = parent_id
    while current is not None:
        if current in seen:
            raise InvalidInputError("a provider cannot be part of itself", field="parent_id")
        seen.add(current)
        parent = session.get(Provider, current)
        if parent is None:
            raise InvalidInputError("there is no such provider", field="parent_id")
        current = parent.parent_id
    return {"parent_id": parent_id}


def _changed(record: _Record, changes: dict[str, Any]) -> _Record:
    """``record`` with ``changes``, checked as a whole; raises `InvalidInputError`."""
    try:
        return type(record).model_validate(record.model_dump() | changes)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        raise InvalidInputError(first_fault(error), field=str(where[0]) if where else "") from None
