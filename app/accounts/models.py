"""The table of users."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


class User(SQLModel, table=True):
    """A person who signs in."""

    __tablename__ = "app_user"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    email: str = Field(max_length=254, unique=True)
    """Folded to lower case."""
    name: str = Field(max_length=200)
    phone: str | None = Field(default=None, max_length=60)
    role: str = Field(max_length=40)
    team: str = Field(default="", max_length=60, index=True)
    """The team lead sees the cases of everybody with the same word; empty in a house with one team."""
    provider_id: str | None = Field(default=None, foreign_key="provider.id", max_length=36, index=True)
    """Of the role ``provider``: whose offers and requests the person answers for."""
    password_hash: str = Field(max_length=300)
    language: str = Field(default="de", max_length=5)
    """Of the interface: ``de`` or ``en``."""
    is_active: bool = True
    closed_on: date | None = None
    """Since when it is not active any more."""
    session_epoch: int = 1
    """Counted up when the password or role changes: older sessions end."""
    failed_sign_ins: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_demo: bool = False
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
