"""The history of every entry: what it said after each change, who changed it and on what occasion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel
from sqlmodel import Session, col, select

from app.core.errors import NotFoundError
from app.directory.codes import EntryType
from app.directory.differences import FieldChange, field_changes
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.upkeep_models import EntryRevision

Occasion = Literal[
    "import", "create", "edit", "seats", "suggestion", "restore", "merge", "unmerge", "freshness"
]
OCCASIONS: Final[tuple[str, ...]] = get_args(Occasion)


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes an entry. Without ``id``: an import, a job, or a provider through its link."""

    name: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """An entry as it was after a change."""

    seq: int
    at: datetime
    author: Author
    occasion: str
    record: dict[str, Any]
    changes: tuple[FieldChange, ...]
    """Against the revision before; empty for the first one."""


def entry_values(record: OfferRecord | ProviderRecord) -> dict[str, Any]:
    """What a revision keeps of an entry: all of an offer; a provider with its places and contact
    persons, without its offers. Plain JSON values."""
    exclude = {"offers"} if isinstance(record, ProviderRecord) else None
    return record.model_dump(mode="json", exclude=exclude)


def entry_digest(record: OfferRecord | ProviderRecord) -> str:
    """What a form carries to notice that the entry was changed meanwhile (hexadecimal).

    A confirmation is no change.
    """
    values = {k: v for k, v in entry_values(record).items() if k not in {"verified_on", "verified_by"}}
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:32]


def record_revision(
    session: Session,
    entry_type: EntryType,
    entry_id: str,
    provider_id: str,
    record: OfferRecord | ProviderRecord,
    author: Author,
    occasion: Occasion,
) -> EntryRevision:
    """Note what the entry says now, in the caller's transaction."""
    revision = EntryRevision(
        entry_type=entry_type,
        entry_id=entry_id,
        provider_id=provider_id,
        author_id=author.id,
        author_name=author.name,
        occasion=occasion,
        record=entry_values(record),
    )
    session.add(revision)
    return revision


def list_revisions(session: Session, entry_type: EntryType, entry_id: str) -> list[Revision]:
    """The history of an entry, newest first, each with what it changed."""
    rows = session.exec(
        select(EntryRevision)
        .where(EntryRevision.entry_type == entry_type, EntryRevision.entry_id == entry_id)
        .order_by(col(EntryRevision.seq))
    ).all()
    revisions = []
    before: dict[str, Any] | None = None
    for row in rows:
        changes = () if before is None else field_changes(_filled(entry_type, before), row.record)
        revisions.append(_revision(row, changes))
        before = row.record
    return revisions[::-1]


def get_revision(session: Session, seq: int) -> EntryRevision:
    """The revision with this number; raises `NotFoundError`."""
    row = session.get(EntryRevision, seq)
    if row is None:
        raise NotFoundError(f"no revision has the number {seq}")
    return row


def list_entries_with_history(session: Session, provider_id: str) -> set[str]:
    """Ids of the provider and of those of its offers that have a revision."""
    statement = select(EntryRevision.entry_id).where(EntryRevision.provider_id == provider_id)
    return set(session.exec(statement.distinct()))


def load_last_imports(session: Session, entry_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the list said of each of these entries at its last import, by id."""
    rows = session.exec(
        select(EntryRevision)
        .where(EntryRevision.occasion == "import", col(EntryRevision.entry_id).in_(list(entry_ids)))
        .order_by(col(EntryRevision.seq))
    )
    return {row.entry_id: row.listed or row.record for row in rows}


def _revision(row: EntryRevision, changes: tuple[FieldChange, ...]) -> Revision:
    return Revision(
        seq=row.seq or 0,
        at=row.at,
        author=Author(row.author_name, row.author_id),
        occasion=row.occasion,
        record=row.record,
        changes=changes,
    )


def _filled(entry_type: EntryType, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` of an older revision with the defaults of fields that came later."""
    model: type[BaseModel] = OfferRecord if entry_type == "offer" else ProviderRecord
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }
    plain = {name: list(v) if isinstance(v, tuple) else v for name, v in defaults.items()}
    return plain | dict(values)
