"""The outbox."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, Text

from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


class OutboxMail(SQLModel, table=True):
    """A mail that is to be sent, was sent, or could not be."""

    __tablename__ = "outbox_mail"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    key: str = Field(max_length=200, unique=True)
    """What the mail is about: the same is never written twice (`reminder:<provider>:2026-11-01:1`)."""
    message_id: str = Field(max_length=200, unique=True)
    """The Message-ID header, fixed when written: a repeated sending is recognisable."""
    purpose: str = Field(max_length=40, index=True)
    subject_type: str | None = Field(default=None, max_length=40)
    """What it belongs to (`provider`, `selection` …) with its id."""
    subject_id: str | None = Field(default=None, max_length=36, index=True)
    recipient: str = Field(max_length=254, index=True)
    reply_to: str | None = Field(default=None, max_length=254)
    subject: str = Field(max_length=300)
    text_body: str = Field(sa_type=Text)
    html_body: str | None = Field(default=None, sa_type=Text)
    state: str = Field(default="waiting", max_length=20, index=True)
    """``waiting``, ``sent``, ``failed`` (given up), ``bounced`` (refused), ``withdrawn``."""
    hold_until: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    """Not sent before; until then it can be withdrawn."""
    attempts: int = 0
    next_attempt_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """A sender is at it; after this moment another may."""
    last_error: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bounced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
