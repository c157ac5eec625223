"""Reading the access log: for the data protection officer, ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.audit.models import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; empty: everything."""

    actor_id: str = ""
    action: str = ""
    subject_id: str = ""


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
    return [
        AuditLine(e.seq or 0, e.at, e.actor_id, e.action, e.subject_type, e.subject_id)
        for e in session.exec(statement).all()
    ]


def list_actions(session: Session) -> list[str]:
    """The codes of everything that ever happened, sorted."""
    return sorted(session.exec(select(AuditEntry.action).distinct()).all())
