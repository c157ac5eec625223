"""Writing to the audit log."""

from __future__ import annotations

from sqlmodel import Session

from app.audit.models import AuditEntry


def record_access(
    session: Session, actor_id: str | None, action: str, subject_type: str, subject_id: str
) -> None:
    """Note that ``actor_id`` did ``action`` on the subject, in the caller's transaction."""
    session.add(
        AuditEntry(actor_id=actor_id, action=action, subject_type=subject_type, subject_id=subject_id)
    )
