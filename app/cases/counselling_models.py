"""The tables of counselling: contacts, notes, appointments, self-assessments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from app.cases.models import of_client
from app.core.clock import utc_now
from app.core.crypto import EncryptedJson, EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class ContactEntry(SQLModel, table=True):
    """A talk with the client, or an attempt at one (Beratungsgespräch)."""

    __tablename__ = "contact_entry"
    __table_args__ = (Index("ix_contact_entry_client_at", "client_id", "happened_at"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    happened_at: datetime = Field(sa_type=UtcDateTime)
    channel: str = Field(max_length=20)
    """A code of `app.cases.codes.ContactChannel`."""
    was_reached: bool = True
    """Whether the talk came about; an attempt that failed counts too."""
    topics: list[str] = Field(default_factory=list, sa_type=JSON)
    """Codes of `app.cases.codes.ContactTopic`."""
    minutes: int | None = None
    interpreting: str | None = Field(default=None, max_length=20)
    """A code of `app.cases.codes.Interpreting`; `None`: not told."""
    note: str | None = Field(default=None, sa_type=EncryptedText)
    author_id: str = Field(foreign_key="app_user.id", max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CaseNote(SQLModel, table=True):
    """A sensitive text about the client, shown only on a click, each reading audited."""

    __tablename__ = "case_note"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    kind: str = Field(max_length=20)
    """``general`` or ``health``."""
    text: str = Field(sa_type=EncryptedText)
    author_id: str = Field(foreign_key="app_user.id", max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Appointment(SQLModel, table=True):
    """A date that the client has: at the foreigners' office, at an authority, with us."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_starts_at", "starts_at"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    kind: str = Field(max_length=20)
    """A code of `app.cases.codes.AppointmentKind`."""
    starts_at: datetime = Field(sa_type=UtcDateTime)
    place: str = Field(default="", max_length=200)
    with_whom: str = Field(default="", max_length=200)
    bring: str = Field(default="", max_length=200)
    """What is to be brought along."""
    state: str = Field(default="planned", max_length=20)
    """``planned``, ``kept``, ``missed`` or ``cancelled``."""
    interpreting: str | None = Field(default=None, max_length=20)
    note: str | None = Field(default=None, sa_type=EncryptedText)
    created_by: str = Field(foreign_key="app_user.id", max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class SelfAssessment(SQLModel, table=True):
    """How the client sees the own situation (five questions, every half year)."""

    __tablename__ = "self_assessment"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    taken_on: date
    language: str = Field(max_length=20)
    way: str = Field(max_length=20)
    """``paper`` (typed in by us) or ``screen``."""
    answers: dict[str, Any] = Field(sa_type=EncryptedJson)
    """Question (a code of `app.cases.codes.AssessmentQuestion`) → 1 (bad) to 5 (good), or `None`."""
    recorded_by: str | None = Field(default=None, max_length=36)
    """`None`: by the client."""
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
