"""Gives each new entry its number and hash as it is written: one unbroken chain, whoever writes.

Writers wait for one another (`app.core.db.Database.write`), so the last entry seen here is the last
one when this transaction commits. Rolled back, numbers are given again.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.orm import Session as AnySession
from sqlmodel import col, select

from app.audit.chain import FIRST_LINK, link_hash
from app.audit.models import AuditEntry, AuditSegment
from app.core.db import one_writer_at_a_time


@event.listens_for(AnySession, "before_flush")
def _link_new_entries(session: AnySession, _context: Any, _instances: Any) -> None:
    new = [one for one in session.new if isinstance(one, AuditEntry) and not one.hash]
    if not new:
        return
    one_writer_at_a_time(session.connection())
    seq, previous = find_head(session)
    for entry in new:
        seq += 1
        previous = link_hash(
            previous, seq, entry.at, entry.actor_id, entry.action, entry.subject_type, entry.subject_id
        )
        entry.seq, entry.hash = seq, previous


_LAST_ENTRY: Final = (
    select(AuditEntry.seq, AuditEntry.hash).order_by(col(AuditEntry.seq).desc()).limit(1)
)
"""Asked while all other writers wait, and so made once."""


def find_head(session: AnySession) -> tuple[int, str]:
    """Number and hash of the last entry; of the last dropped year when none is left, 0 at the start."""
    with session.no_autoflush:
        last = session.execute(_LAST_ENTRY).first()
        last = (
            last
            or session.execute(
                select(AuditSegment.last_seq, AuditSegment.closing_hash)
                .order_by(col(AuditSegment.last_seq).desc())
                .limit(1)
            ).first()
        )
    return (0, FIRST_LINK) if last is None else (last[0], last[1])
