"""Entries that turned out to be one: where the other one went."""

from __future__ import annotations

from sqlmodel import Session

from app.directory.codes import EntryType
from app.directory.models import Offer, Provider


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


def _find_entry(session: Session, entry_type: EntryType, entry_id: str) -> Offer | Provider | None:
    return session.get(Offer, entry_id) if entry_type == "offer" else session.get(Provider, entry_id)
