"""Reading the access log: for the data protection officer, ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, col, select

from app.audit.models import AuditEntry
from app.settings import TIMEZONE


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; empty: everything."""

    actor_id: str = ""
    action: str = ""
    subject_id: str = ""
    from_on: date | None = None
    until_on: date | None = None
    """Days in Germany, both included."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry, as shown."""

    seq: int
    at: datetime
    actor_id: str | None
    action: str
    subject_type: str
    subject_id: str


def list_entries(
    session: Session, wanted: AuditFilter, *, before: int | None, limit: int
) -> list[AuditLine]:
    """The newest entries first, at most ``limit``, older than the entry numbered ``before``."""
    statement = select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(AuditEntry.seq) < before)
    if wanted.actor_id:
        statement = statement.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.action:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.subject_id:
        statement = statement.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.from_on:
        statement = statement.where(col(AuditEntry.at) >= _midnight(wanted.from_on))
    if wanted.until_on and wanted.until_on < date.max:
        statement = statement.where(col(AuditEntry.at) < _midnight(wanted.until_on + timedelta(days=1)))
    return [
        AuditLine(e.seq or 0, e.at, e.actor_id, e.action, e.subject_type, e.subject_id)
        for e in session.exec(statement).all()
    ]


def _midnight(day: date) -> datetime:
    """Midnight in Germany at the beginning of the day, in UTC."""
    try:
        return datetime.combine(day, time(), TIMEZONE).astimezone(UTC)
    except OverflowError:  # the first day there is
        return datetime.combine(day, time(), UTC)


def list_actions(session: Session) -> list[str]:
    """The codes of everything that ever happened, sorted."""
    return sorted(session.exec(select(AuditEntry.action).distinct()).all())
