"""Candidates for duplicates as an editor sees them: the queue, and two entries beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from app.core.errors import NotFoundError
from app.core.paging import Page, page_number
from app.directory.codes import EntryType
from app.directory.differences import FieldChange, field_changes
from app.directory.editing import (
    MANUAL_SOURCE,
    OfferEntry,
    ProviderEntry,
    get_offer_entry,
    get_provider_entry,
)
from app.directory.merge_plans import choosable_fields, count_filled, default_choice
from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.upkeep_models import DuplicateCandidate

NOT_COMPARED = frozenset({"is_demo"})


@dataclass(frozen=True, slots=True)
class ComparedEntry:
    """One of two entries that may be the same."""

    id: str
    title: str
    provider_name: str
    record: OfferRecord | ProviderRecord
    provider: ProviderRecord
    """The entry itself, or the provider of the offer."""
    digest: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two entries beside each other, one of which would be kept."""

    entry_type: EntryType
    kept: ComparedEntry
    merged: ComparedEntry
    score: float | None
    """0 to 100; `None`: nobody has compared them yet."""
    parts: dict[str, float]
    state: str
    """``open``, ``distinct`` or ``merged``."""
    changes: tuple[FieldChange, ...]
    """All fields in which they differ: ``old`` is that of the kept one."""
    choosable: tuple[str, ...]
    """Of these, the fields between which the editor chooses."""
    from_merged: frozenset[str]
    """The fields that are better taken from the merged one, as a proposal."""


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """A pair in the queue."""

    entry_type: EntryType
    score: float
    parts: dict[str, float]
    one: ComparedEntry
    other: ComparedEntry
    fields: tuple[str, ...]
    """In which they differ."""


def count_open_duplicates(session: Session) -> int:
    """How many pairs wait for a decision."""
    statement = select(func.count()).select_from(DuplicateCandidate)
    return session.exec(statement.where(DuplicateCandidate.state == "open")).one()


def list_candidates(session: Session, page: int, size: int) -> Page[CandidateLine]:
    """The open pairs, the most alike first."""
    total = count_open_duplicates(session)
    number = page_number(page, size, total)
    rows = session.exec(
        select(DuplicateCandidate)
        .where(DuplicateCandidate.state == "open")
        .order_by(
            col(DuplicateCandidate.score).desc(),
            col(DuplicateCandidate.a_id),
            col(DuplicateCandidate.b_id),
        )
        .offset((number - 1) * size)
        .limit(size)
    ).all()
    lines = tuple(line for row in rows if (line := _find_line(session, row)) is not None)
    return Page(lines, number, size, total)


def compare_entries(
    session: Session, entry_type: EntryType, one_id: str, other_id: str, kept_id: str | None = None
) -> Comparison:
    """Two entries beside each other; without ``kept_id`` the better one is proposed to be kept.

    Raises `NotFoundError`, also for an entry that was merged away.
    """
    if one_id == other_id:
        raise NotFoundError("an entry is not a duplicate of itself")
    one, other = _entry(session, entry_type, one_id), _entry(session, entry_type, other_id)
    first = sorted((one, other), key=lambda entry: _worth(session, entry), reverse=True)[0]
    kept, merged = (one, other) if (kept_id or first.id) == one.id else (other, one)
    a_id, b_id = sorted((one_id, other_id))
    row = session.get(DuplicateCandidate, (entry_type, a_id, b_id))
    is_fresher = _freshness(session, merged) > _freshness(session, kept)
    return Comparison(
        entry_type=entry_type,
        kept=kept,
        merged=merged,
        score=row.score if row else None,
        parts=row.parts if row else {},
        state=row.state if row else "open",
        changes=_changes(kept, merged),
        choosable=tuple(choosable_fields(kept.record, merged.record)),
        from_merged=default_choice(kept.record, merged.record, merged_is_fresher=is_fresher),
    )


def _find_line(session: Session, row: DuplicateCandidate) -> CandidateLine | None:
    entry_type: EntryType = "offer" if row.entry_type == "offer" else "provider"
    try:
        one, other = _entry(session, entry_type, row.a_id), _entry(session, entry_type, row.b_id)
    except NotFoundError:  # merged or gone since; the next search takes the pair away
        return None
    fields = tuple(change.field for change in _changes(one, other))
    return CandidateLine(entry_type, row.score, row.parts, one, other, fields)


def _changes(kept: ComparedEntry, merged: ComparedEntry) -> tuple[FieldChange, ...]:
    found = field_changes(kept.record, merged.record)
    return tuple(change for change in found if change.field not in NOT_COMPARED)


def _entry(session: Session, entry_type: EntryType, entry_id: str) -> ComparedEntry:
    entry: OfferEntry | ProviderEntry
    if entry_type == "offer":
        entry = get_offer_entry(session, entry_id)
        title, provider = entry.record.title, entry.provider
    else:
        entry = get_provider_entry(session, entry_id)
        title, provider = entry.record.name, entry.record
    return ComparedEntry(entry_id, title, provider.name, entry.record, provider, entry.digest)


def _worth(session: Session, entry: ComparedEntry) -> tuple[bool, int, int, str]:
    """What a list keeps up comes before what was entered by hand; then what says more."""
    if isinstance(entry.record, OfferRecord):
        row = session.get_one(Offer, entry.id)
        return row.is_imported, len(entry.record.places), count_filled(entry.record), entry.id
    is_listed = entry.record.source != MANUAL_SOURCE
    return is_listed, len(entry.record.offers), count_filled(entry.record), entry.id


def _freshness(session: Session, entry: ComparedEntry) -> tuple[date, str]:
    """The later confirmation counts, then the later change."""
    if isinstance(entry.record, OfferRecord):
        row = session.get_one(Offer, entry.id)
        return entry.record.verified_on or date.min, row.updated_at.isoformat()
    days = [offer.verified_on for offer in entry.record.offers if offer.verified_on]
    updated = session.get_one(Provider, entry.id).updated_at
    return max(days, default=date.min), updated.isoformat()
