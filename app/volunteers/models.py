"""The tables of those who help: how they came to us, and what is kept of them beside their offers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.crypto import EncryptedJson, EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class Registration(SQLModel, table=True):
    """Somebody would like to help, or an organisation to be listed; nothing of it is public.

    It holds no word on whether the person is a client.
    """

    __tablename__ = "registration"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    kind: str = Field(max_length=20)
    """A code of `app.volunteers.codes.RegistrationKind`."""
    state: str = Field(max_length=20, index=True)
    """A code of `app.volunteers.registration_states.State`."""
    email: str = Field(max_length=254, index=True)
    """Folded to lower case; confirmed by a link before anybody reads the rest."""
    answers: dict[str, Any] = Field(sa_type=EncryptedJson)
    """The fields of `VolunteerAnswers` or `OrganisationAnswers`, by `kind`."""
    is_suspected: bool = False
    """It came as machines fill in forms; an editor sees it all the same."""
    checks: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The fields of `app.volunteers.checks.Checks`."""
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    """Of the form: sent twice, it registers once."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=36)
    provider_id: str | None = Field(default=None, max_length=36)
    """What it became, once accepted."""
    version: int = 1


class RegistrationMessage(SQLModel, table=True):
    """What was asked back, and answered."""

    __tablename__ = "registration_message"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    registration_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("registration.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    author_id: str | None = Field(default=None, max_length=36)
    """Of the house; `None`: the one who registered."""
    text: str = Field(sa_type=EncryptedText)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Volunteer(SQLModel, table=True):
    """The person behind a provider of kind ``volunteer``: what is internal."""

    __tablename__ = "volunteer"

    provider_id: str = Field(
        sa_column=Column(String(36), ForeignKey("provider.id", ondelete="CASCADE"), primary_key=True)
    )
    first_name: str = Field(max_length=100)
    """Beside what the directory shows, the only thing about the person that is not encrypted."""
    last_name: str = Field(sa_type=EncryptedText)
    email: str = Field(sa_type=EncryptedText)
    phone: str | None = Field(default=None, sa_type=EncryptedText)
    plz: str | None = Field(default=None, sa_type=EncryptedText)
    needs_clearance: bool = False
    """Works with children or in homes."""
    clearance_seen_on: date | None = None
    """When the police clearance was shown; the document itself is never kept."""
    clearance_seen_by: str | None = Field(default=None, max_length=36)
    clearance_next_on: date | None = None
    talk_on: date | None = None
    agreement_on: date | None = None
    left_on: date | None = None
    """Since when they help no more, by their own word or because an editor took their offers out."""
    since: date
    version: int = 1


class OfferPause(SQLModel, table=True):
    """An offer takes a break that its provider has told; the offer is ``paused`` meanwhile."""

    __tablename__ = "offer_pause"

    offer_id: str = Field(
        sa_column=Column(String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True)
    )
    since: date
    until: date | None = Field(default=None, index=True)
    """The last day of the break; `None`: until the provider ends it."""


class VolunteerHours(SQLModel, table=True):
    """Time given on one day, as the volunteer told it. Not with whom."""

    __tablename__ = "volunteer_hours"
    __table_args__ = (CheckConstraint("minutes BETWEEN 1 AND 1440", name="ck_volunteer_hours_minutes"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    provider_id: str = Field(
        sa_column=Column(
            String(36),
            ForeignKey("volunteer.provider_id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        )
    )
    given_on: date
    minutes: int
    kind: str = Field(max_length=40)
    """A code of `app.volunteers.codes.HelpKind`."""
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
