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
    hash: str = Field(default="", max_length=64)
    """SHA-256 over this entry and the hash of the one before: what was taken out or changed shows."""


class AuditSegment(SQLModel, table=True):
    """A year of the log that is over: sealed, and dropped whole when its period has passed."""

    __tablename__ = "audit_segment"

    year: int = Field(primary_key=True)
    first_seq: int
    last_seq: int
    closing_hash: str = Field(max_length=64)
    """Of the last entry: the next year's chain begins with it, also when the entries are gone."""
    sealed_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    dropped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
