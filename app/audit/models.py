"""The audit log's table: opaque ids only, never a name or a text of a case."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.db import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """One reading or change. The database refuses to update or delete rows (see the migration)."""

    __tablename__ = "audit_entry"
    __table_args__ = {"sqlite_autoincrement": True}

    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    actor_id: str | None = Field(default=None, max_length=36, index=True)
    """The user; `None` for commands run by the operator."""
    action: str = Field(max_length=60)
    """A code like ``client.read`` or ``referral.create``."""
    subject_type: str = Field(max_length=40)
    subject_id: str = Field(max_length=36, index=True)
