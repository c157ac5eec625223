"""The table of signed links."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


class SignedLink(SQLModel, table=True):
    """A link that opens one thing for one purpose; the row decides whether it still does."""

    __tablename__ = "signed_link"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    purpose: str = Field(max_length=40)
    """A code such as ``verify_provider`` or ``selection``."""
    subject_id: str = Field(max_length=36, index=True)
    created_by: str | None = Field(default=None, max_length=36)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opened_count: int = 0
