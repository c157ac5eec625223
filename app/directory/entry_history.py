"""What happened to an entry, and what a restore of an earlier state would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError, NotFoundError
from app.directory.canonical import canonical
from app.directory.codes import EntryType
from app.directory.differences import FieldChange, field_changes
from app.directory.editing import (
    MeanwhileChangedError,
    get_offer_entry,
    get_provider_entry,
    restore_revision,
)
from app.directory.entry_records import to_record
from app.directory.faults import first_fault
from app.directory.history import Author, Revision, get_revision, list_revisions
from app.directory.merging import MergeLine, list_merges
from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.service import fit_to_provider
from app.directory.upkeep_models import Verification

_STAYS = frozenset({"verified_on", "verified_by", "external_id", "source", "parent_external_id"})
"""What `restore_revision` leaves as it is."""


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """Something that happened to an entry: exactly one of the three."""

    at: datetime
    revision: Revision | None = None
    verification: Verification | None = None
    merge: MergeLine | None = None


@dataclass(frozen=True, slots=True)
class EntryHistory:
    """The history of an entry, newest first."""

    entry_type: EntryType
    entry_id: str
    title: str
    provider: ProviderRecord
    """Whose places and contact persons the values name."""
    events: tuple[HistoryEvent, ...]
    merged_into_id: str | None


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What a restore would change, as the entry is now."""

    seq: int
    at: datetime
    entry_type: EntryType
    entry_id: str
    title: str
    provider: ProviderRecord
    changes: tuple[FieldChange, ...]
    digest: str


def get_history(session: Session, entry_type: EntryType, entry_id: str) -> EntryHistory:
    """All that happened to the entry, merged ones included; raises `NotFoundError`."""
    row = _get_row(session, entry_type, entry_id)
    events = [
        HistoryEvent(one.at, revision=one) for one in list_revisions(session, entry_type, entry_id)
    ]
    if isinstance(row, Offer):
        verifications = session.exec(
            select(Verification)
            .where(Verification.offer_id == entry_id)
            .order_by(col(Verification.at).desc())
        ).all()
        events += [HistoryEvent(one.at, verification=one) for one in verifications]
    events += [HistoryEvent(one.at, merge=one) for one in list_merges(session, entry_id)]
    events.sort(key=lambda event: event.at, reverse=True)
    provider_id = row.provider_id if isinstance(row, Offer) else row.id
    return EntryHistory(
        entry_type=entry_type,
        entry_id=entry_id,
        title=row.title if isinstance(row, Offer) else row.name,
        provider=to_record(session, provider_id),
        events=tuple(events),
        merged_into_id=row.merged_into_id,
    )


def preview_restore(session: Session, seq: int) -> RestorePreview:
    """What a restore of this state would change. Raises `NotFoundError`, also when the entry was merged
    away, and `InvalidInputError` when the entry cannot be that way any more."""
    revision = get_revision(session, seq)
    values = {name: value for name, value in revision.record.items() if name not in _STAYS}
    try:
        if revision.entry_type == "offer":
            return _preview_offer(session, seq, revision.at, revision.entry_id, values)
        entry = get_provider_entry(session, revision.entry_id)
        own = entry.record.model_copy(update={"offers": ()})
        restored = ProviderRecord.model_validate(own.model_dump() | values)
    except ValidationError as error:
        raise InvalidInputError(first_fault(error)) from None
    return RestorePreview(
        seq=seq,
        at=revision.at,
        entry_type="provider",
        entry_id=revision.entry_id,
        title=entry.record.name,
        provider=entry.record,
        changes=field_changes(own, canonical(restored)),
        digest=entry.digest,
    )


def restore_state(
    session: Session, author: Author, seq: int, *, as_read: str
) -> tuple[FieldChange, ...]:
    """Restore a state; raises `MeanwhileChangedError` when the entry is not what was shown."""
    if preview_restore(session, seq).digest != as_read:
        raise MeanwhileChangedError("the entry was changed meanwhile")
    return restore_revision(session, author, seq)


def _preview_offer(
    session: Session, seq: int, at: datetime, offer_id: str, values: dict[str, Any]
) -> RestorePreview:
    entry = get_offer_entry(session, offer_id)
    places = {place.key for place in entry.provider.places}
    persons = {person.key for person in entry.provider.contacts}
    restored = OfferRecord.model_validate(entry.record.model_dump() | values)
    fitting = fit_to_provider(restored, places, persons)
    whole = entry.provider.model_copy(update={"offers": (fitting,)})
    return RestorePreview(
        seq=seq,
        at=at,
        entry_type="offer",
        entry_id=offer_id,
        title=entry.record.title,
        provider=entry.provider,
        changes=field_changes(entry.record, canonical(whole).offers[0]),
        digest=entry.digest,
    )


def _get_row(session: Session, entry_type: EntryType, entry_id: str) -> Offer | Provider:
    row = session.get(Offer, entry_id) if entry_type == "offer" else session.get(Provider, entry_id)
    if row is None:
        raise NotFoundError(f"no {entry_type} has the id {entry_id}")
    return row
