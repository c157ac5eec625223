"""The tables of the directory.

Tables validate nothing (SQLModel with ``table=True`` does not): everything that comes from outside
passes through `app.directory.records` first. There are no relationships to be loaded lazily: queries
load what a page needs in bulk.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


def _owner(target: str) -> Column[str]:
    return Column(String(36), ForeignKey(target, ondelete="CASCADE"), nullable=False, index=True)


def _merged_into(table: str) -> Column[str]:
    # Without an index on purpose: nearly all rows hold none, and SQLite would read them all by it.
    return Column(String(36), ForeignKey(f"{table}.id", name=f"fk_{table}_merged_into"), nullable=True)


class Provider(SQLModel, table=True):
    """An organisation or person that makes offers (Träger, Anbieter)."""

    __tablename__ = "provider"
    __table_args__ = (UniqueConstraint("source", "external_id", name="uq_provider_source_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    source: str = Field(max_length=80)
    """Where the entry came from: `demo`, `leipzig_vereine`, `manual` …; with `external_id` its key."""
    external_id: str = Field(max_length=500)
    name: str = Field(max_length=300, index=True)
    kind: str = Field(max_length=40)
    description: str = Field(default="", sa_type=Text)
    website: str | None = Field(default=None, max_length=500)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=60)
    approach_note: str | None = Field(default=None, max_length=1000)
    """How they like to be approached; internal."""
    parent_id: str | None = Field(default=None, foreign_key="provider.id", max_length=36)
    is_demo: bool = False
    flags: list[str] = Field(default_factory=list, sa_type=JSON)
    source_digest: str = Field(default="", max_length=64)
    """Fingerprint of the record it was last imported from: an unchanged record changes nothing."""
    merged_into_id: str | None = Field(default=None, sa_column=_merged_into("provider"))
    """The provider that this one turned out to be: old addresses lead there, imports leave it alone."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class ContactPerson(SQLModel, table=True):
    """A person to turn to at a provider; internal unless ``is_public``."""

    __tablename__ = "contact_person"
    __table_args__ = (UniqueConstraint("provider_id", "key", name="uq_contact_person_provider_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    provider_id: str = Field(sa_column=_owner("provider.id"))
    key: str = Field(max_length=200)
    """Its name within the provider's record."""
    position: int = 0
    name: str = Field(max_length=200)
    role: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=60)
    email: str | None = Field(default=None, max_length=254)
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    note: str | None = Field(default=None, max_length=500)
    is_public: bool = False
    hours: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """When to reach them: the fields of `app.directory.records.HourRecord`, checked by it."""


class Place(SQLModel, table=True):
    """Where a provider's offers take place."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("provider_id", "key", name="uq_place_provider_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    provider_id: str = Field(sa_column=_owner("provider.id"))
    key: str = Field(max_length=200)
    """Its name within the provider's record."""
    name: str | None = Field(default=None, max_length=200)
    street: str | None = Field(default=None, max_length=200)
    house_number: str | None = Field(default=None, max_length=30)
    plz: str | None = Field(default=None, max_length=10, index=True)
    town: str | None = Field(default=None, max_length=120)
    district: str | None = Field(default=None, max_length=120)
    latitude: float | None = None
    longitude: float | None = None
    precision: str = Field(default="unknown", max_length=20)
    directions: str | None = Field(default=None, max_length=1000)
    """The way to get there, as one would tell it (stop, line, entrance)."""
    step_free: bool | None = None
    visibility: str = Field(default="public", max_length=20)


class Offer(SQLModel, table=True):
    """What a client can be referred to."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("source", "external_id", name="uq_offer_source_key"),
        CheckConstraint("seats_max IS NULL OR seats_max >= 0", name="ck_offer_seats_max"),
        CheckConstraint("seats_booked IS NULL OR seats_booked >= 0", name="ck_offer_seats_booked"),
        Index("ix_offer_status_visibility", "status", "visibility"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    provider_id: str = Field(sa_column=_owner("provider.id"))
    source: str = Field(max_length=80)
    external_id: str = Field(max_length=500)
    title: str = Field(max_length=300)
    kind: str = Field(max_length=40, index=True)
    course_kind: str | None = Field(default=None, max_length=40)
    description: str = Field(default="", sa_type=Text)
    plain_description: str | None = Field(default=None, sa_type=Text)
    """In plain German (einfache Sprache); the sheet prefers it."""
    status: str = Field(default="published", max_length=20)
    visibility: str = Field(default="public", max_length=20)
    is_sensitive: bool = False

    entry_level: str | None = Field(default=None, max_length=4)
    """`None`: unknown; `none`: open to everyone; otherwise the level one must have."""
    target_level: str | None = Field(default=None, max_length=4)
    lesson_units: int | None = None
    """Units of 45 minutes."""
    terms: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Stretches of days: the fields of `app.directory.records.TermRecord`, checked by it."""
    exceptions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Closed days and further dates: the fields of `app.directory.records.ExceptionRecord`."""
    on_public_holidays: bool | None = None
    """Whether the weekly times hold on public holidays; `None` counts as no."""
    contacts: list[str] = Field(default_factory=list, sa_type=JSON)
    """Keys of the provider's contact persons for this offer."""
    instruction_languages: list[str] = Field(default_factory=list, sa_type=JSON)
    """BCP 47 tags of the languages it is held in; empty: unknown."""
    onsite_languages: list[str] = Field(default_factory=list, sa_type=JSON)
    """BCP 47 tags of the languages also spoken there."""

    sex: str | None = Field(default=None, max_length=10)
    """Only for this sex; `None`: open to all."""
    min_age: int | None = None
    max_age: int | None = None
    target_groups: list[str] = Field(default_factory=list, sa_type=JSON)
    residence_statuses: list[str] = Field(default_factory=list, sa_type=JSON)
    """Only for these; empty: no restriction by the offer itself (course rules come on top)."""
    entitlement_kinds: list[str] = Field(default_factory=list, sa_type=JSON)
    """One of these is needed; empty: none by the offer itself."""
    goal_areas: list[str] = Field(default_factory=list, sa_type=JSON)

    starts_on: date | None = None
    ends_on: date | None = None
    registration_deadline: date | None = None
    individual_entry: bool | None = None
    """Whether one may join at any time."""
    by_appointment: bool = False
    schedule_note: str | None = Field(default=None, max_length=500)

    cost_cents: int | None = None
    """What the participant pays, in euro cents; 0: free; `None`: unknown."""
    cost_note: str | None = Field(default=None, max_length=500)
    payer: str | None = Field(default=None, max_length=20)
    has_childcare: bool | None = None
    seats_max: int | None = None
    seats_booked: int | None = None
    seats_told_on: date | None = None
    seats_told_by: str | None = Field(default=None, max_length=200)
    has_waiting_list: bool | None = None
    required_documents: list[str] = Field(default_factory=list, sa_type=JSON)
    """What to bring, each a short German phrase."""
    what_to_bring: str | None = Field(default=None, max_length=500)
    contact_name: str | None = Field(default=None, max_length=200)
    contact_role: str | None = Field(default=None, max_length=200)
    contact_phone: str | None = Field(default=None, max_length=60)
    contact_email: str | None = Field(default=None, max_length=254)
    website: str | None = Field(default=None, max_length=500)
    verified_on: date | None = None
    verified_by: str | None = Field(default=None, max_length=200)
    flags: list[str] = Field(default_factory=list, sa_type=JSON)
    source_digest: str = Field(default="", max_length=64)
    is_imported: bool = True
    """Whether a list brought it and may take it back; what was entered by hand stays."""
    merged_into_id: str | None = Field(default=None, sa_column=_merged_into("offer"))
    """The offer that this one turned out to be."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class OfferTopic(SQLModel, table=True):
    """An offer serves a concept of the interest taxonomy."""

    __tablename__ = "offer_topic"

    offer_id: str = Field(
        sa_column=Column(String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True)
    )
    concept: str = Field(primary_key=True, max_length=80, index=True)


class OfferPlace(SQLModel, table=True):
    """An offer takes place here (one of possibly several)."""

    __tablename__ = "offer_place"

    offer_id: str = Field(
        sa_column=Column(String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True)
    )
    place_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("place.id", ondelete="CASCADE"), primary_key=True, index=True
        )
    )
    position: int = 0


class OfferSession(SQLModel, table=True):
    """A weekly time of an offer, local time in Germany."""

    __tablename__ = "offer_session"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="ck_offer_session_weekday"),
        CheckConstraint("from_minute >= 0 AND from_minute < 1440", name="ck_offer_session_from"),
        CheckConstraint("to_minute > from_minute AND to_minute <= 1440", name="ck_offer_session_to"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    offer_id: str = Field(sa_column=_owner("offer.id"))
    place_id: str | None = Field(default=None, foreign_key="place.id", max_length=36)
    weekday: int
    """1 = Monday … 7 = Sunday."""
    from_minute: int
    """Minutes since midnight."""
    to_minute: int
    note: str | None = Field(default=None, max_length=200)
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    """BCP 47 tags spoken on site at this time; empty: as on all others."""
    every_weeks: int = 1
    from_on: date | None = None
    """A day on which it takes place, to count every few weeks from."""
    nth_in_month: int | None = None
    """Only on the first … fifth, or the last (-1), such weekday of a month."""


class OfferPhrase(SQLModel, table=True):
    """A title or description of an offer in another language."""

    __tablename__ = "offer_phrase"

    offer_id: str = Field(
        sa_column=Column(String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True)
    )
    language: str = Field(primary_key=True, max_length=20)
    title: str | None = Field(default=None, max_length=300)
    description: str | None = Field(default=None, sa_type=Text)


class Accommodation(SQLModel, table=True):
    """Shared housing where clients live; internal, in no public output."""

    __tablename__ = "accommodation"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    name: str = Field(max_length=200, unique=True)
    street: str | None = Field(default=None, max_length=200)
    house_number: str | None = Field(default=None, max_length=30)
    plz: str | None = Field(default=None, max_length=10)
    town: str | None = Field(default=None, max_length=120)
    district: str | None = Field(default=None, max_length=120)
    latitude: float | None = None
    longitude: float | None = None
    is_demo: bool = False


class DirectoryChange(SQLModel, table=True):
    """An offer changed; the growing number is the directory's revision.

    Written in the transaction of the change. The search index and the offer table notice by it that
    they are behind.
    """

    __tablename__ = "directory_change"
    __table_args__ = {"sqlite_autoincrement": True}  # a number is never given out again

    seq: int | None = Field(default=None, primary_key=True)
    offer_id: str = Field(max_length=36, index=True)
    """The offer, which may no longer exist; or the provider, when its own entry changed."""
