"""What an import did to single entries, read from the history that it has just written."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, col, func, select

from app.directory.codes import EntryType
from app.directory.history import list_revisions
from app.directory.models import Provider
from app.directory.table_edits import EntryEdit
from app.directory.upkeep_models import EntryRevision


def last_revision(session: Session) -> int:
    """The number of the newest revision of any entry; 0 when there is none."""
    return session.exec(select(func.max(EntryRevision.seq))).one() or 0


def list_edits_since(
    session: Session, seq: int, lines: Mapping[tuple[str, str], int], limit: int
) -> list[EntryEdit]:
    """The entries with a revision after ``seq``, in their order; at most ``limit``.

    ``lines``: source and key of a provider → where it stands in the file. The offers of a new provider
    are not named one by one.
    """
    if limit <= 0:
        return []
    newer = session.exec(
        select(EntryRevision.entry_type, EntryRevision.entry_id, EntryRevision.provider_id)
        .where(col(EntryRevision.seq) > seq)
        .order_by(col(EntryRevision.seq))
    ).all()
    entries = dict.fromkeys(newer)
    ids = {provider_id for _type, _id, provider_id in entries}
    keys = select(Provider.id, Provider.source, Provider.external_id).where(col(Provider.id).in_(ids))
    line_of = {found: lines.get((source, key), 0) for found, source, key in session.exec(keys)}
    edits: list[EntryEdit] = []
    fresh: set[str] = set()
    entry_type: EntryType
    for kind, entry_id, provider_id in sorted(
        entries, key=lambda one: (line_of.get(one[2], 0), one[0] == "offer")
    ):
        entry_type = "offer" if kind == "offer" else "provider"
        if provider_id in fresh or len(edits) >= limit:
            continue
        revisions = list_revisions(session, entry_type, entry_id)
        is_new = len(revisions) == 1
        if is_new and entry_type == "provider":
            fresh.add(provider_id)
        newest = revisions[0]
        title = str(newest.record.get("title") or newest.record.get("name") or "")
        edits.append(
            EntryEdit(line_of.get(provider_id, 0), entry_type, entry_id, title, is_new, newest.changes)
        )
    return edits
