"""A directory entry as it comes from outside: validated, plain, complete.

Every way in (CSV, HSDS, demo data, forms) builds a `ProviderRecord` and hands it to
`app.directory.service.apply_record`; every way out starts from one.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.directory.codes import (
    CourseKind,
    EntitlementKind,
    EntryFlag,
    ExceptionKind,
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
EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
Email = Annotated[str, StringConstraints(pattern=EMAIL_PATTERN, max_length=254)]
NOT_A_WEB_ADDRESS = "web_address"
"""The type of the error for a website that is none."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Signs that no text needs and that PDF, XML and spreadsheets do not take."""


def _printable(value: Any) -> Any:
    return _CONTROL.sub("", value) if isinstance(value, str) else value


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _without_control_characters(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(map(_printable, value))
        return _printable(value)


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
    languages: tuple[LanguageTag, ...] = ()
    """Spoken on site at this time; empty: as on all others."""
    every_weeks: int = Field(default=1, ge=1, le=4)
    from_on: date | None = None
    """A day on which it takes place, to count every second, third or fourth week from."""
    nth_in_month: Literal[1, 2, 3, 4, 5, -1] | None = None
    """Only on the first … fifth, or the last (-1), such weekday of a month."""

    @model_validator(mode="after")
    def _fits_together(self) -> SessionRecord:
        if self.ends <= self.starts:
            raise ValueError("a time must end after it starts (cut it at midnight)")
        if self.every_weeks > 1 and (self.from_on is None or self.nth_in_month is not None):
            raise ValueError("every few weeks needs a day to count from, and no place in the month")
        if self.from_on is not None and (
            self.every_weeks == 1 or self.from_on.isoweekday() != self.weekday
        ):
            raise ValueError("the day to count from must be one of its weekdays")
        return self


class TermRecord(_Record):
    """A stretch of days within which the weekly times hold (a term, a semester)."""

    first_on: date
    last_on: date
    note: ShortText | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> TermRecord:
        if self.last_on < self.first_on:
            raise ValueError("a term ends before it starts")
        return self


class ExceptionRecord(_Record):
    """Days on which it is closed, or on which it takes place besides the weekly times."""

    kind: ExceptionKind
    first_on: date
    last_on: date
    starts: str | None = Field(default=None, pattern=_TIME)
    ends: str | None = Field(default=None, pattern=_TIME)
    place: ShortText | None = None
    note: ShortText | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> ExceptionRecord:
        if self.last_on < self.first_on:
            raise ValueError("an exception ends before it starts")
        times = (self.starts, self.ends)
        if self.kind == "closed" and times != (None, None):
            raise ValueError("closed days have no times")
        if self.kind == "extra" and (
            self.starts is None or self.ends is None or self.ends <= self.starts
        ):
            raise ValueError("a further date needs a time that ends after it starts")
        return self


class HourRecord(_Record):
    """When a contact person can be reached; ``weekday`` 1 = Monday, times ``HH:MM`` local."""

    weekday: int = Field(ge=1, le=7)
    starts: str = Field(pattern=_TIME)
    ends: str = Field(pattern=_TIME)
    note: ShortText | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> HourRecord:
        if self.ends <= self.starts:
            raise ValueError("an hour must end after it starts")
        return self


class ContactRecord(_Record):
    """A person to turn to at a provider. Internal unless ``is_public``."""

    key: ShortText
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    role: ShortText | None = None
    phone: Annotated[str, StringConstraints(max_length=60)] | None = None
    email: Email | None = None
    languages: tuple[LanguageTag, ...] = ()
    note: Annotated[str, StringConstraints(max_length=500)] | None = None
    is_public: bool = False
    hours: tuple[HourRecord, ...] = ()


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
    terms: tuple[TermRecord, ...] = ()
    """Empty: the weekly times hold all the year, from ``starts_on`` to ``ends_on``."""
    exceptions: tuple[ExceptionRecord, ...] = ()
    on_public_holidays: bool | None = None
    """Whether the weekly times hold on public holidays, too; unknown counts as no."""
    contacts: tuple[ShortText, ...] = ()
    """Keys of the provider's contact persons whom to ask about this offer."""
    places: tuple[ShortText, ...] = ()
    """Keys of the provider's places, the main one first."""
    cost_cents: int | None = Field(default=None, ge=0, le=10_000_000)
    cost_note: Annotated[str, StringConstraints(max_length=500)] | None = None
    payer: Payer | None = None
    has_childcare: bool | None = None
    seats_max: int | None = Field(default=None, ge=0, le=100_000)
    seats_booked: int | None = Field(default=None, ge=0, le=100_000)
    seats_told_on: date | None = None
    seats_told_by: ShortText | None = None
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

    def used_places(self) -> set[str]:
        """The keys of all places it names."""
        timed = [time.place for time in self.sessions] + [day.place for day in self.exceptions]
        return {*self.places, *filter(None, timed)}

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
    approach_note: Annotated[str, StringConstraints(max_length=1000)] | None = None
    parent_external_id: str | None = None
    is_demo: bool = False
    flags: tuple[EntryFlag, ...] = ()
    contacts: tuple[ContactRecord, ...] = ()
    """The main one first."""
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
        persons = {person.key for person in self.contacts}
        if len(persons) != len(self.contacts):
            raise ValueError("two contact persons have the same key")
        for offer in self.offers:
            if missing := offer.used_places() - keys:
                raise ValueError(f"{offer.external_id}: unknown place {sorted(missing)[0]!r}")
            if unknown := set(offer.contacts) - persons:
                raise ValueError(f"{offer.external_id}: unknown person {sorted(unknown)[0]!r}")
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
        raise PydanticCustomError(NOT_A_WEB_ADDRESS, "not a web address (http:// or https://)")
    return value


def record_from(data: dict[str, Any]) -> ProviderRecord:
    """Validate ``data``; raises `pydantic.ValidationError` naming each field at fault."""
    return ProviderRecord.model_validate(data)
