"""The tables of a case.

In JSON columns that a client may not have told about, `None` means unknown and an empty list "none".
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.crypto import EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


def of_client(*, primary_key: bool = False) -> Column[str]:
    """The column of what belongs to a client, and goes with the client."""
    return Column(
        String(36),
        ForeignKey("client.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
        primary_key=primary_key,
    )


class Household(SQLModel, table=True):
    """People who live and are matched together."""

    __tablename__ = "household"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    is_demo: bool = False


class Client(SQLModel, table=True):
    """A person who is counselled (Klient:in)."""

    __tablename__ = "client"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    case_worker_id: str = Field(foreign_key="app_user.id", max_length=36, index=True)
    household_id: str | None = Field(
        default=None, foreign_key="household.id", max_length=36, index=True
    )
    given_name: str = Field(default="", max_length=120)
    family_name: str = Field(default="", max_length=120, index=True)
    birth_date: date | None = None
    sex: str | None = Field(default=None, max_length=10)
    nationalities: list[str] | None = Field(default=None, sa_type=JSON)
    """ISO 3166 alpha-2 codes."""
    languages: list[str] | None = Field(default=None, sa_type=JSON)
    """BCP 47 tags of the languages spoken, the strongest first."""
    reads: list[str] | None = Field(default=None, sa_type=JSON)
    """BCP 47 tags of the languages read; an empty list: does not read."""
    sheet_language: str | None = Field(default=None, max_length=20)
    """Of the printed sheet, when it differs from the first language read."""
    german_level: str | None = Field(default=None, max_length=4)
    german_level_evidence: str | None = Field(default=None, max_length=20)
    german_level_on: date | None = None
    residence_status: str | None = Field(default=None, max_length=20)
    residence_status_expires_on: date | None = None
    street: str | None = Field(default=None, max_length=200)
    house_number: str | None = Field(default=None, max_length=30)
    plz: str | None = Field(default=None, max_length=10)
    town: str | None = Field(default=None, max_length=120)
    accommodation_id: str | None = Field(default=None, foreign_key="accommodation.id", max_length=36)
    mobility: str | None = Field(default=None, max_length=20)
    max_distance_km: float | None = None
    needs_childcare: bool | None = None
    needs_step_free: bool | None = None
    available: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    """``{"weekday": 1–7, "from": "HH:MM", "to": "HH:MM"}``; `None`: unknown."""
    entitlements_known: bool = False
    """Whether `Entitlement` rows are all there are (none: has none), or nobody asked yet."""
    phone: str | None = Field(default=None, max_length=60)
    email: str | None = Field(default=None, max_length=254)
    literacy: str | None = Field(default=None, max_length=20)
    """A code of `app.cases.codes.Literacy`."""
    schooling: str | None = Field(default=None, max_length=20)
    """A code of `app.cases.codes.Schooling`."""
    schooling_years: int | None = None
    degrees: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    """``{"title": …, "country": ISO code or None, "recognition": code or None}``."""
    work_experience: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    """``{"occupation": …, "years": number or None, "country": ISO code or None}``."""
    accessibility_note: str | None = Field(default=None, sa_type=EncryptedText)
    """What is needed in detail; read one by one, each reading audited."""
    interpreting_language: str | None = Field(default=None, max_length=20)
    """BCP 47 tag of the language to interpret into; `None`: unknown or not needed."""
    benefit_authority_id: str | None = Field(default=None, foreign_key="provider.id", max_length=36)
    benefit_reference: str | None = Field(default=None, max_length=60)
    """The authority's own number for the client."""
    office_contact: str | None = Field(default=None, max_length=200)
    """Who is in charge at the foreigners' office: name and extension."""
    informed_on: date | None = None
    """When the information under Art. 13 GDPR was handed over."""
    informed_language: str | None = Field(default=None, max_length=20)
    agreed_on: date | None = None
    """When the agreement to take part was signed."""
    agreed_by: str | None = Field(default=None, max_length=20)
    """``client``, or ``guardian`` for a minor."""
    extension_reason: str | None = Field(default=None, max_length=40)
    """Why the counselling lasts a fourth year; a code of `app.cases.codes.ExtensionReason`."""
    extension_note: str | None = Field(default=None, sa_type=EncryptedText)
    closed_on: date | None = Field(default=None, index=True)
    """`None`: the case is open. How it was closed stands in `CaseClosing`."""
    counselling_started_on: date | None = None
    counselling_ends_on: date | None = None
    is_demo: bool = False
    version: int = 1
    """Counted up with each change: a form that was opened on an older one is told so."""
    creation_key: str | None = Field(default=None, max_length=36, unique=True)
    """Of the form it was created with: a double click creates one client."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class ClientInterest(SQLModel, table=True):
    """An interest: a taxonomy concept, or a word that the taxonomy does not know (yet).

    A phrase that names several concepts has a row for each, all with the same word and position.
    """

    __tablename__ = "client_interest"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    concept: str | None = Field(default=None, max_length=80)
    word: str = Field(max_length=120)
    """As it was typed."""
    position: int = 0


class Entitlement(SQLModel, table=True):
    """A right, admission or obligation to attend a course (Berechtigung, Zulassung, Verpflichtung)."""

    __tablename__ = "entitlement"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    kind: str = Field(max_length=20)
    issuer: str | None = Field(default=None, max_length=120)
    issued_on: date | None = None
    valid_until: date | None = None


class Goal(SQLModel, table=True):
    """An agreed goal of the integration plan (Ziel)."""

    __tablename__ = "goal"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    area: str = Field(max_length=20)
    title: str = Field(default="", max_length=200)
    target_level: str | None = Field(default=None, max_length=4)
    state: str = Field(default="open", max_length=20)
    """``open``, ``reached``, ``changed`` (another goal took its place) or ``given_up``."""
    state_changed_on: date | None = None
    state_reason: str | None = Field(default=None, max_length=40)
    """Why it was changed or given up; a code of `app.cases.codes.GoalReason`."""
    state_note: str | None = Field(default=None, sa_type=EncryptedText)
    replaced_by: str | None = Field(default=None, max_length=36)
    """The goal that took its place, when it was changed."""
    due_on: date | None = None
    measure: str | None = Field(default=None, max_length=20)
    """What shows that it is reached; a code of `app.cases.codes.Measure`."""
    measure_words: str = Field(default="", max_length=200)
    position: int = 0
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class CaseEvent(SQLModel, table=True):
    """Something that happened to the case itself (recorded, changed, level reached).

    Referrals keep their own events; `app.web` composes both to the timeline.
    """

    __tablename__ = "case_event"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    actor_id: str | None = Field(default=None, max_length=36)
    code: str = Field(max_length=40)
    """``client_created``, ``client_changed``, ``level_changed``, ``goal_reached`` …"""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Codes and numbers only, no free text."""
