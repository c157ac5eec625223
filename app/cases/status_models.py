"""The tables of what changes in time: level, status, permits, coming and going; people around."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from app.cases.models import of_client
from app.core.clock import utc_now
from app.core.crypto import EncryptedJson, EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class LevelEntry(SQLModel, table=True):
    """A level of German in one skill, how it is known and since when; the newest row holds.

    Rows are added and stay; only who typed one may still complete it in the next minutes.
    """

    __tablename__ = "level_entry"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    skill: str = Field(max_length=20)
    """``overall``, ``listening``, ``reading``, ``speaking`` or ``writing``."""
    level: str | None = Field(default=None, max_length=4)
    """`None`: it turned out that nobody knows."""
    evidence: str | None = Field(default=None, max_length=20)
    known_on: date | None = None
    expires_on: date | None = None
    """Of a certificate that is only accepted for a time."""
    recorded_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    recorded_by: str | None = Field(default=None, max_length=36)


class ResidenceEntry(SQLModel, table=True):
    """A residence status with its dates. The latest one also stands in `Client`."""

    __tablename__ = "residence_entry"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    status: str = Field(max_length=20)
    valid_from: date | None = None
    expires_on: date | None = None
    recorded_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    recorded_by: str | None = Field(default=None, max_length=36)


class Permit(SQLModel, table=True):
    """A paper beside the residence status: work permit, residence obligation, travel document …"""

    __tablename__ = "permit"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    kind: str = Field(max_length=20)
    """A code of `app.cases.codes.PermitKind`."""
    issued_on: date | None = None
    expires_on: date | None = Field(default=None, index=True)
    condition: str = Field(default="", max_length=200)
    """What is printed on it, such as “employment permitted”."""
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class RelatedPerson(SQLModel, table=True):
    """Somebody around the client: guardian of a minor, emergency contact."""

    __tablename__ = "related_person"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    role: str = Field(max_length=20)
    """``guardian`` or ``emergency``."""
    relation: str | None = Field(default=None, max_length=20)
    """A code of `app.cases.codes.Relation`."""
    name: str = Field(max_length=200)
    phone: str | None = Field(default=None, max_length=60)
    languages: list[str] | None = Field(default=None, sa_type=JSON)
    """BCP 47 tags."""
    may_consent: bool = False
    """Of a guardian: whether this person consents for the minor."""
    person_id: str | None = Field(default=None, foreign_key="client.id", max_length=36)
    """When the guardian is a client, too."""
    position: int = 0


class Takeover(SQLModel, table=True):
    """The case came from the social work of the preliminary accommodation, with what that released."""

    __tablename__ = "takeover"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    provider_id: str | None = Field(default=None, foreign_key="provider.id", max_length=36)
    from_whom: str = Field(default="", max_length=200)
    """Institution and person, when the directory does not know it."""
    taken_over_on: date
    released_on: date | None = None
    """When the client released the others from confidentiality; `None`: not yet."""
    released: list[str] = Field(default_factory=list, sa_type=JSON)
    """What they may tell us; codes of `app.cases.codes.DataCategory`."""
    note: str | None = Field(default=None, sa_type=EncryptedText)
    recorded_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    recorded_by: str | None = Field(default=None, max_length=36)


class CaseClosing(SQLModel, table=True):
    """The case was closed, and perhaps opened again."""

    __tablename__ = "case_closing"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    closed_on: date
    reason: str = Field(max_length=40)
    """A code of `app.cases.codes.ClosingReason`."""
    outcomes: list[str] = Field(default_factory=list, sa_type=JSON)
    """Codes of `app.cases.codes.Outcome`."""
    provider_id: str | None = Field(default=None, foreign_key="provider.id", max_length=36)
    """The mainstream service that takes over."""
    service_words: str = Field(default="", max_length=200)
    """The same in words, when the directory does not know it."""
    note: str | None = Field(default=None, sa_type=EncryptedText)
    closed_by: str | None = Field(default=None, max_length=36)
    reopened_on: date | None = None
    reopened_by: str | None = Field(default=None, max_length=36)
    reopening_reason: str | None = Field(default=None, max_length=40)
    """A code of `app.cases.codes.ReopeningReason`."""


class CaseCorrection(SQLModel, table=True):
    """A field of the case as it was and as it became: the history of rectification."""

    __tablename__ = "case_correction"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    actor_id: str | None = Field(default=None, max_length=36)
    field: str = Field(max_length=60)
    values: dict[str, Any] = Field(sa_type=EncryptedJson)
    """``{"before": …, "after": …}``."""
