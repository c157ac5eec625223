"""Looking at the whole log, sealing years that are over, dropping those whose period has passed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app.audit.models import AuditEntry, AuditSegment
from app.audit.notes import HeadNote, noted_heads
from app.audit.proving import ChainEntry, ChainSegment, Proof, prove_chain
from app.audit.service import record_access
from app.core.clock import utc_now
from app.settings import TIMEZONE

_ROWS_AT_ONCE: Final = 5_000
DROPPED_AT_ONCE: Final = 20_000
"""Entries taken out in one transaction: others write in between."""


@dataclass(frozen=True, slots=True)
class SealedYear:
    """A sealed year, as commands and pages show it."""

    year: int
    entries: int
    closing_hash: str
    sealed_at: datetime
    dropped_at: datetime | None


def prove_log(session: Session, notes: tuple[HeadNote, ...] = ()) -> Proof:
    """Go through the whole log, against the sealed years and the heads noted outside.

    Entries are streamed: a million take some seconds and little memory.
    """
    segments = [
        ChainSegment(one.first_seq, one.last_seq, one.closing_hash, one.dropped_at is not None)
        for one in session.exec(select(AuditSegment).order_by(col(AuditSegment.first_seq))).all()
    ]
    return prove_chain(_stream(session), segments, noted_heads(notes))


def _stream(session: Session) -> Iterator[ChainEntry]:
    columns = [getattr(AuditEntry, name) for name in ChainEntry._fields]
    statement = select(*columns).order_by(col(AuditEntry.seq))
    result = session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE))
    for row in result:
        yield ChainEntry(*row)


def load_hashes(session: Session, numbers: Collection[int]) -> dict[int, str]:
    """Number → hash of those of the entries that are there."""
    rows = session.exec(
        select(AuditEntry.seq, AuditEntry.hash).where(col(AuditEntry.seq).in_(numbers))
    ).all()
    return {seq: link for seq, link in rows if seq is not None}


def list_sealed_years(session: Session) -> list[SealedYear]:
    """All sealed years, the oldest first."""
    segments = session.exec(select(AuditSegment).order_by(col(AuditSegment.first_seq))).all()
    return [
        SealedYear(
            one.year,
            one.last_seq - one.first_seq + 1,
            one.closing_hash,
            one.sealed_at,
            one.dropped_at,
        )
        for one in segments
    ]


def seal_closed_years(session: Session, today: date) -> list[int]:
    """Seal each year that is over and has entries; tells which. The caller has proved the log.

    A year ends before the first entry of the next one: an entry written by a clock that was late goes
    with the later year and is kept longer, never shorter.
    """
    sealed = []
    last = session.exec(
        select(AuditSegment).order_by(col(AuditSegment.last_seq).desc()).limit(1)
    ).first()
    first_seq = last.last_seq + 1 if last else 1
    begin = session.exec(select(AuditEntry.at).where(col(AuditEntry.seq) == first_seq)).first()
    if begin is None:
        return []
    year = max(begin.astimezone(TIMEZONE).year, last.year + 1 if last else 0)
    while year < today.year:
        closing = _last_entry_of(session, first_seq, year)
        if closing is not None:
            last_seq, link = closing
            session.add(
                AuditSegment(year=year, first_seq=first_seq, last_seq=last_seq, closing_hash=link)
            )
            record_access(session, None, "audit.seal", "audit_segment", str(year))
            session.flush()
            sealed.append(year)
            first_seq = last_seq + 1
        year += 1
    return sealed


def _last_entry_of(session: Session, first_seq: int, year: int) -> tuple[int, str] | None:
    end = datetime(year + 1, 1, 1, tzinfo=TIMEZONE).astimezone(UTC)
    following = session.exec(
        select(func.min(AuditEntry.seq)).where(
            col(AuditEntry.seq) >= first_seq, col(AuditEntry.at) >= end
        )
    ).one()
    statement = select(AuditEntry.seq, AuditEntry.hash).where(col(AuditEntry.seq) >= first_seq)
    if following is not None:
        statement = statement.where(col(AuditEntry.seq) < following)
    found = session.exec(statement.order_by(col(AuditEntry.seq).desc()).limit(1)).first()
    return None if found is None else (found[0] or 0, found[1])


def list_droppable_years(session: Session, last_day: date) -> list[int]:
    """Sealed years still there that ended on ``last_day`` (today less the period) or before."""
    years = session.exec(
        select(AuditSegment.year)
        .where(col(AuditSegment.dropped_at).is_(None))
        .order_by(col(AuditSegment.year))
    ).all()
    return [year for year in years if date(year, 12, 31) <= last_day]


def mark_dropped(session: Session, year: int) -> None:
    """Mark a sealed year as dropped: from now on the database lets its entries go, and only those."""
    segment = session.get_one(AuditSegment, year)
    segment.dropped_at = utc_now()
    session.add(segment)
    record_access(session, None, "audit.drop", "audit_segment", str(year))


def delete_dropped_entries(session: Session) -> int:
    """Take out some entries of years marked as dropped; tells how many. Repeat until it says 0."""
    for segment in session.exec(
        select(AuditSegment).where(col(AuditSegment.dropped_at).is_not(None))
    ).all():
        first = session.exec(
            select(func.min(AuditEntry.seq)).where(
                col(AuditEntry.seq).between(segment.first_seq, segment.last_seq)
            )
        ).one()
        if first is not None:
            until = min(first + DROPPED_AT_ONCE - 1, segment.last_seq)
            session.execute(delete(AuditEntry).where(col(AuditEntry.seq).between(first, until)))
            return int(until - first + 1)
    return 0
