"""The tables of mails to a part of the network, and of who wants none."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, Text

from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


class RoundMail(SQLModel, table=True):
    """News or an invitation to providers and volunteers: a draft until it is sent."""

    __tablename__ = "round_mail"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    subject: str = Field(max_length=200)
    text: str = Field(sa_type=Text)
    event_on: date | None = None
    """The day of what it invites to."""
    event_time: str = Field(default="", max_length=60)
    event_place: str = Field(default="", max_length=200)
    audience: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The fields of `app.operations.round_mail_audience.Audience`."""
    created_by: str = Field(foreign_key="app_user.id", max_length=36)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was put into the outbox; `None`: a draft."""
    sent_by: str | None = Field(default=None, max_length=36)
    recipients: int = 0
    """To how many it went."""
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    version: int = 1


class NewsOptOut(SQLModel, table=True):
    """An address that wants no round mails. Requests and reminders still reach it."""

    __tablename__ = "news_opt_out"

    email: str = Field(primary_key=True, max_length=254)
    """Folded to lower case."""
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
