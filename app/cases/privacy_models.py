"""The tables of who may see what: consents, substitutions, handovers, emergency readings, deletions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from app.cases.models import of_client
from app.core.clock import utc_now
from app.core.crypto import EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class Consent(SQLModel, table=True):
    """What the client allows us to pass on: which data, to whom, why, until when (Einwilligung)."""

    __tablename__ = "consent"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    purpose: str = Field(max_length=40)
    """A code of `app.cases.codes.ConsentPurpose`."""
    data: list[str] = Field(default_factory=list, sa_type=JSON)
    """Codes of `app.cases.codes.DataCategory`."""
    provider_id: str | None = Field(default=None, sa_type=EncryptedText)
    """The recipient, when the directory knows it. Encrypted like `recipient`: that somebody is known
    to an addiction or AIDS service is itself a health matter."""
    recipient: str = Field(default="", sa_type=EncryptedText)
    """The recipient in words, when it does not."""
    is_release: bool = False
    """Whether we are also released from confidentiality towards the recipient (§ 203 StGB)."""
    given_on: date
    given_by: str = Field(max_length=20)
    """``client``, or ``guardian`` for a minor."""
    way: str = Field(max_length=20)
    """``signed``, ``spoken`` or ``electronic``."""
    language: str = Field(max_length=20)
    """Of the printed form."""
    valid_until: date
    revoked_on: date | None = None
    revoked_by: str | None = Field(default=None, max_length=36)
    recorded_by: str | None = Field(default=None, max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Substitution(SQLModel, table=True):
    """Somebody stands in for a case worker, from one day to another, both included (Vertretung)."""

    __tablename__ = "substitution"
    __table_args__ = (Index("ix_substitution_deputy", "deputy_id", "from_on", "until_on"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    absent_id: str = Field(foreign_key="app_user.id", max_length=36, index=True)
    deputy_id: str = Field(foreign_key="app_user.id", max_length=36)
    from_on: date
    until_on: date
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Set when it was ended before its time: from then on it counts for nothing."""
    created_by: str | None = Field(default=None, max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Handover(SQLModel, table=True):
    """One or many cases went from one case worker to another at once (Übergabe)."""

    __tablename__ = "handover"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    to_id: str = Field(foreign_key="app_user.id", max_length=36, index=True)
    by_id: str = Field(foreign_key="app_user.id", max_length=36, index=True)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    reason: str = Field(max_length=40)
    """A code of `app.cases.codes.HandoverReason`."""
    note: str | None = Field(default=None, sa_type=EncryptedText)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str | None = Field(default=None, max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)


class HandedOverCase(SQLModel, table=True):
    """One case of a handover, and whose it was before."""

    __tablename__ = "handed_over_case"

    handover_id: str = Field(foreign_key="handover.id", primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client(primary_key=True))
    from_id: str = Field(foreign_key="app_user.id", max_length=36)
    note: str | None = Field(default=None, sa_type=EncryptedText)
    """What the next one should know about this case."""
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the new case worker had read it."""


class EmergencyAccess(SQLModel, table=True):
    """A case was opened in an emergency by somebody who may not see it otherwise."""

    __tablename__ = "emergency_access"
    __table_args__ = (Index("ix_emergency_access_user", "user_id", "until_at"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    user_id: str = Field(foreign_key="app_user.id", max_length=36)
    reason: str = Field(sa_type=EncryptedText)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    until_at: datetime = Field(sa_type=UtcDateTime)
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reviewed_by: str | None = Field(default=None, max_length=36)


class CaseFigure(SQLModel, table=True):
    """What is left of a deleted case: figures that point to nobody."""

    __tablename__ = "case_figure"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    closed_year: int
    months_counselled: int | None = None
    age_group: str | None = Field(default=None, max_length=10)
    sex: str | None = Field(default=None, max_length=10)
    level_before: str | None = Field(default=None, max_length=4)
    level_after: str | None = Field(default=None, max_length=4)
    reason: str | None = Field(default=None, max_length=40)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Counts and codes: outcomes, goals by area and state, referrals by kind and end."""
