"""A directory entry as it comes from outside: validated, plain, complete.

Every way in (CSV, HSDS, demo data, forms) builds a `ProviderRecord` and hands it to
`app.directory.service.apply_record`; every way out starts from one.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from app.directory.codes import (
    CourseKind,
    EntitlementKind,
    EntryFlag,
    GeoPrecision,
    GoalArea,
    Level,
    OfferKind,
    OfferStatus,
    Payer,
    ProviderKind,
    ResidenceStatus,
    Sex,
    TargetGroup,
    Visibility,
)

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_TIME = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
LanguageTag = Annotated[str, StringConstraints(pattern=f"^(?:{LANGUAGE_TAG.pattern})$", max_length=20)]
Plz = Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlaceRecord(_Record):
    """Where something takes place."""

    key: ShortText
    name: ShortText | None = None
    street: ShortText | None = None
    house_number: Annotated[str, StringConstraints(max_length=30)] | None = None
    plz: Plz | None = None
    town: ShortText | None = None
    district: ShortText | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    precision: GeoPrecision = "unknown"
    directions: Annotated[str, StringConstraints(max_length=1000)] | None = None
    step_free: bool | None = None
    visibility: Visibility = "public"

    @model_validator(mode="after")
    def _position_is_whole(self) -> PlaceRecord:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
        if (self.latitude is None) != (self.precision == "unknown"):
            raise ValueError("a position needs a precision, and a precision a position")
        return self


class SessionRecord(_Record):
    """A weekly time; ``weekday`` 1 = Monday, times ``HH:MM`` local."""

    weekday: int = Field(ge=1, le=7)
    starts: str = Field(pattern=_TIME)
    ends: str = Field(pattern=_TIME)
    place: ShortText | None = None
    """Key of a place of the offer; `None`: all or the only one."""
    note: ShortText | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> SessionRecord:
        if self.ends <= self.starts:
            raise ValueError("a time must end after it starts (cut it at midnight)")
        return self


class PhraseRecord(_Record):
    """Title or description in another language."""

    title: Annotated[str, StringConstraints(max_length=300)] | None = None
    description: LongText | None = None


class OfferRecord(_Record):
    """One offer of a provider. The meaning of each field is told in `app.directory.models.Offer`."""

    external_id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    title: Name
    kind: OfferKind
    course_kind: CourseKind | None = None
    description: LongText = ""
    plain_description: LongText | None = None
    status: OfferStatus = "published"
    visibility: Visibility = "public"
    is_sensitive: bool = False
    entry_level: Level | None = None
    target_level: Level | None = None
    lesson_units: int | None = Field(default=None, ge=1, le=2000)
    instruction_languages: tuple[LanguageTag, ...] = ()
    onsite_languages: tuple[LanguageTag, ...] = ()
    sex: Sex | None = None
    min_age: int | None = Field(default=None, ge=0, le=120)
    max_age: int | None = Field(default=None, ge=0, le=120)
    target_groups: tuple[TargetGroup, ...] = ()
    residence_statuses: tuple[ResidenceStatus, ...] = ()
    entitlement_kinds: tuple[EntitlementKind, ...] = ()
    goal_areas: tuple[GoalArea, ...] = ()
    topics: tuple[ShortText, ...] = ()
    """Keys of taxonomy concepts."""
    starts_on: date | None = None
    ends_on: date | None = None
    registration_deadline: date | None = None
    individual_entry: bool | None = None
    by_appointment: bool = False
    schedule_note: Annotated[str, StringConstraints(max_length=500)] | None = None
    sessions: tuple[SessionRecord, ...] = ()
    places: tuple[ShortText, ...] = ()
    """Keys of the provider's places, the main one first."""
    cost_cents: int | None = Field(default=None, ge=0, le=10_000_000)
    cost_note: Annotated[str, StringConstraints(max_length=500)] | None = None
    payer: Payer | None = None
    has_childcare: bool | None = None
    seats_max: int | None = Field(default=None, ge=0, le=100_000)
    seats_booked: int | None = Field(default=None, ge=0, le=100_000)
    seats_told_on: date | None = None
    has_waiting_list: bool | None = None
    required_documents: tuple[ShortText, ...] = ()
    what_to_bring: Annotated[str, StringConstraints(max_length=500)] | None = None
    contact_name: ShortText | None = None
    contact_role: ShortText | None = None
    contact_phone: Annotated[str, StringConstraints(max_length=60)] | None = None
    contact_email: Email | None = None
    website: Annotated[str, StringConstraints(max_length=500)] | None = None
    verified_on: date | None = None
    verified_by: ShortText | None = None
    phrases: dict[LanguageTag, PhraseRecord] = Field(default_factory=dict)
    flags: tuple[EntryFlag, ...] = ()

    @field_validator("website")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        return require_web_address(value)

    @model_validator(mode="after")
    def _fits_together(self) -> OfferRecord:
        if self.course_kind is not None and self.kind != "language_course":
            raise ValueError("only a language course has a course kind")
        if self.min_age is not None and self.max_age is not None and self.max_age < self.min_age:
            raise ValueError("the highest age lies below the lowest")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("it ends before it starts")
        if (
            self.seats_max is not None
            and self.seats_booked is not None
            and self.seats_booked > self.seats_max
        ):
            raise ValueError("more seats are booked than there are")
        return self


class ProviderRecord(_Record):
    """A provider with its places and offers, as one unit of exchange."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    external_id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    name: Name
    kind: ProviderKind
    description: LongText = ""
    website: Annotated[str, StringConstraints(max_length=500)] | None = None
    email: Email | None = None
    phone: Annotated[str, StringConstraints(max_length=60)] | None = None
    contact_name: ShortText | None = None
    contact_role: ShortText | None = None
    approach_note: Annotated[str, StringConstraints(max_length=1000)] | None = None
    parent_external_id: str | None = None
    is_demo: bool = False
    flags: tuple[EntryFlag, ...] = ()
    places: tuple[PlaceRecord, ...] = ()
    offers: tuple[OfferRecord, ...] = ()

    @field_validator("website")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        return require_web_address(value)

    @model_validator(mode="after")
    def _refers_to_own_places(self) -> ProviderRecord:
        keys = {place.key for place in self.places}
        if len(keys) != len(self.places):
            raise ValueError("two places have the same key")
        for offer in self.offers:
            used = set(offer.places) | {s.place for s in offer.sessions if s.place}
            if missing := used - keys:
                raise ValueError(f"{offer.external_id}: unknown place {sorted(missing)[0]!r}")
        return self

    def digest(self) -> str:
        """A fingerprint of everything in the record (SHA-256, hexadecimal)."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def require_web_address(value: str | None) -> str | None:
    """``value`` when it is an http(s) address with a host; raises `ValueError` otherwise."""
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not a web address (http:// or https://)")
    return value


def record_from(data: dict[str, Any]) -> ProviderRecord:
    """Validate ``data``; raises `pydantic.ValidationError` naming each field at fault."""
    return ProviderRecord.model_validate(data)
