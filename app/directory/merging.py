"""Entries that turned out to be one: where the other one went, and which merges there were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.core.errors import NotFoundError
from app.directory.codes import EntryType
from app.directory.duplicates import forget_entries, judge
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.offer_merging import merge_offers, undo_offer_merge
from app.directory.provider_merging import merge_providers, undo_provider_merge
from app.directory.upkeep_models import EntryMerge


@dataclass(frozen=True, slots=True)
class MergeOrder:
    """Two entries that are to become one, as the editor saw them."""

    entry_type: EntryType
    kept_id: str
    merged_id: str
    from_merged: frozenset[str]
    """Fields that the kept entry takes from the other one."""
    as_read: tuple[str, str]
    """The digests of the kept and of the merged entry."""


@dataclass(frozen=True, slots=True)
class MergeLine:
    """A merge in the history of an entry."""

    id: str
    at: datetime
    actor_id: str | None
    kept_id: str
    merged_id: str
    kept_title: str
    merged_title: str
    undone_at: datetime | None
    undone_by: str | None


def find_successor(session: Session, entry_type: EntryType, entry_id: str) -> str | None:
    """The id of the entry that this one was merged into, at the end of the chain; `None`: it was not.

    `None` as well for an id that does not exist.
    """
    row = _find_entry(session, entry_type, entry_id)
    seen = {entry_id}
    while row is not None and row.merged_into_id is not None and row.merged_into_id not in seen:
        seen.add(row.merged_into_id)
        row = _find_entry(session, entry_type, row.merged_into_id)
    return None if row is None or row.id == entry_id else row.id


def merge_entries(session: Session, author: Author, order: MergeOrder) -> EntryMerge:
    """Make two entries one. Referrals are not looked at: call it through `app.operations.merging`.

    Raises `NotFoundError`, `MeanwhileChangedError`, `InvalidInputError`.
    """
    merge_them = merge_offers if order.entry_type == "offer" else merge_providers
    merge = merge_them(
        session,
        author,
        order.kept_id,
        order.merged_id,
        order.from_merged,
        as_read=order.as_read,
    )
    judge(session, author.id or "", order.entry_type, order.kept_id, order.merged_id, "merged")
    forget_entries(session, [order.merged_id])
    return merge


def undo_merge_of_entries(session: Session, author: Author, merge: EntryMerge) -> None:
    """Make two entries of one again; raises `UndoForbiddenError`."""
    undo = undo_offer_merge if merge.entry_type == "offer" else undo_provider_merge
    undo(session, author, merge)
    entry_type: EntryType = "offer" if merge.entry_type == "offer" else "provider"
    judge(session, author.id or "", entry_type, merge.kept_id, merge.merged_id, "open")


def get_merge(session: Session, merge_id: str) -> EntryMerge:
    """The merge; raises `NotFoundError`."""
    merge = session.get(EntryMerge, merge_id)
    if merge is None:
        raise NotFoundError(f"no merge has the id {merge_id}")
    return merge


def list_merges(session: Session, entry_id: str) -> list[MergeLine]:
    """The merges in which an entry took part, newest first."""
    rows = session.exec(
        select(EntryMerge)
        .where((col(EntryMerge.kept_id) == entry_id) | (col(EntryMerge.merged_id) == entry_id))
        .order_by(col(EntryMerge.at).desc())
    ).all()
    return [_line(row) for row in rows]


def _line(row: EntryMerge) -> MergeLine:
    name = "title" if row.entry_type == "offer" else "name"
    kept = row.before["kept"][name]
    merged = row.before["merged"][name]
    return MergeLine(
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        kept_id=row.kept_id,
        merged_id=row.merged_id,
        kept_title=kept,
        merged_title=merged,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def _find_entry(session: Session, entry_type: EntryType, entry_id: str) -> Offer | Provider | None:
    return session.get(Offer, entry_id) if entry_type == "offer" else session.get(Provider, entry_id)
