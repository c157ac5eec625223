"""What people tell about a client: validated, plain. Messages are for the person who typed.

**An absent value is unknown, an empty list is "none".** The meaning of each field is told in
`app.cases.models.Client`. Validation needs to know the day: pass ``context={"today": date}``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.cases.codes import Literacy, Recognition, Schooling, Skill
from app.cases.typed_input import (
    TypedInput,
    line_or_none,
    one_line,
    paragraphs,
    problem,
    today_of,
)
from app.core.i18n import gettext as _
from app.directory.codes import (
    EntitlementKind,
    GoalArea,
    Level,
    LevelEvidence,
    Mobility,
    ResidenceStatus,
    Sex,
)
from app.directory.postal_codes import position_of_plz
from app.directory.records import LANGUAGE_TAG, Email

OLDEST_AGE = 120
MOST_YEARS = 70
"""Of school or work."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
Name = Annotated[str, StringConstraints(max_length=120)]
OptionalName = Annotated[Name | None, BeforeValidator(line_or_none)]
OptionalText = Annotated[
    Annotated[str, StringConstraints(max_length=200)] | None, BeforeValidator(line_or_none)
]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166 alpha-2 code."""
Line = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=200)],
    BeforeValidator(lambda value: line_or_none(value) or ""),
]


class TimeInput(TypedInput):
    """A weekly time at which the client could come; ``weekday`` 1 = Monday, times ``HH:MM``."""

    weekday: int = Field(ge=1, le=7)
    starts: str = Field(alias="from")
    ends: str = Field(alias="to")

    @model_validator(mode="after")
    def _is_a_span(self) -> TimeInput:
        if not (_CLOCK.fullmatch(self.starts) and _CLOCK.fullmatch(self.ends)):
            raise problem(_("Please give times as hours and minutes, for example 09:30."))
        if self.ends <= self.starts:
            raise problem(_("The time must end after it begins."))
        return self


class GoalInput(TypedInput):
    """An open goal; there may be several of one area."""

    area: GoalArea
    title: Annotated[str, BeforeValidator(lambda v: one_line(v) or "")] = Field(
        default="", max_length=200
    )
    target_level: Level | None = None

    @model_validator(mode="after")
    def _level_is_a_target(self) -> GoalInput:
        if self.target_level is not None and (self.area != "language" or self.target_level == "none"):
            raise problem(_("Only a language goal has a level to reach, A1 or higher."))
        return self


class EntitlementInput(TypedInput):
    """A right, admission or obligation to attend a course."""

    kind: EntitlementKind
    issuer: OptionalName = None
    issued_on: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> EntitlementInput:
        if self.issued_on and self.valid_until and self.valid_until < self.issued_on:
            raise problem(_("The entitlement would end before it was issued."))
        return self


class DegreeInput(TypedInput):
    """A degree or certificate of school, training or university, and how far its recognition is."""

    title: Line
    country: Country | None = None
    recognition: Recognition | None = None


class WorkInput(TypedInput):
    """What somebody worked as, for how long and where."""

    occupation: Line
    years: float | None = Field(default=None, ge=0, le=MOST_YEARS, allow_inf_nan=False)
    country: Country | None = None


class LevelInput(TypedInput):
    """A level of German in one skill; without ``level`` it is not known (any more)."""

    skill: Skill
    level: Level | None = None
    evidence: LevelEvidence | None = None
    known_on: date | None = None
    expires_on: date | None = None
    """Of a certificate, as printed on it."""
    replaces_proof: bool = False
    """Whether it also takes the place of a level that is proven better."""

    @field_validator("known_on")
    @classmethod
    def _is_known_by_now(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and value > today_of(info):
            raise problem(_("The date of the level lies in the future."))
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> LevelInput:
        if self.level is None and (self.evidence or self.known_on or self.expires_on):
            raise problem(_("Please also choose the level of German."))
        if self.known_on and self.expires_on and self.expires_on < self.known_on:
            raise problem(_("The certificate would expire before it was issued."))
        return self


class ClientUpdate(TypedInput):
    """Changes of a client: only the fields that are given are changed."""

    given_name: OptionalName = None
    family_name: OptionalName = None
    birth_date: date | None = None
    sex: Sex | None = None
    nationalities: tuple[Country, ...] | None = Field(default=None, max_length=5)
    languages: tuple[str, ...] | None = Field(default=None, max_length=20)
    reads: tuple[str, ...] | None = Field(default=None, max_length=20)
    sheet_language: str | None = None
    german_level: Level | None = None
    german_level_evidence: LevelEvidence | None = None
    german_level_on: date | None = None
    residence_status: ResidenceStatus | None = None
    residence_status_expires_on: date | None = None
    street: OptionalText = None
    house_number: Annotated[str | None, BeforeValidator(line_or_none)] = Field(
        default=None, max_length=30
    )
    plz: Annotated[str | None, BeforeValidator(line_or_none)] = None
    town: OptionalName = None
    accommodation_id: str | None = Field(default=None, max_length=36)
    mobility: Mobility | None = None
    max_distance_km: float | None = Field(default=None, allow_inf_nan=False)
    needs_childcare: bool | None = None
    needs_step_free: bool | None = None
    available: tuple[TimeInput, ...] | None = Field(default=None, max_length=50)
    phone: Annotated[str | None, BeforeValidator(line_or_none)] = Field(default=None, max_length=60)
    email: Annotated[Email | None, BeforeValidator(line_or_none)] = None
    literacy: Literacy | None = None
    schooling: Schooling | None = None
    schooling_years: int | None = Field(default=None, ge=0, le=MOST_YEARS)
    degrees: tuple[DegreeInput, ...] | None = Field(default=None, max_length=20)
    work_experience: tuple[WorkInput, ...] | None = Field(default=None, max_length=20)
    accessibility_note: Annotated[str | None, BeforeValidator(paragraphs)] = Field(
        default=None, max_length=5000
    )
    interpreting_language: str | None = None
    benefit_authority_id: str | None = Field(default=None, max_length=36)
    benefit_reference: Annotated[str | None, BeforeValidator(line_or_none)] = Field(
        default=None, max_length=60
    )
    office_contact: OptionalText = None
    levels: tuple[LevelInput, ...] | None = Field(default=None, max_length=5)
    """Of single skills; what is not named stays. ``overall`` also stands in ``german_level``."""
    interests: tuple[Word, ...] | None = Field(default=None, max_length=40)
    """Words in any language."""
    goals: tuple[GoalInput, ...] | None = Field(default=None, max_length=40)
    entitlements: tuple[EntitlementInput, ...] | None = Field(default=None, max_length=20)

    @field_validator("birth_date")
    @classmethod
    def _was_born(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is None:
            return None
        today = today_of(info)
        if value > today:
            raise problem(_("The birth date lies in the future."))
        if today.year - value.year > OLDEST_AGE:
            raise problem(_("Please check the year of birth."))
        return value

    @field_validator("german_level_on")
    @classmethod
    def _level_is_known_by_now(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and value > today_of(info):
            raise problem(_("The date of the level lies in the future."))
        return value

    @field_validator("languages", "reads")
    @classmethod
    def _are_languages(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for tag in value or ():
            if not LANGUAGE_TAG.fullmatch(tag):
                raise problem(_("“%(word)s” is not a language we know.", word=tag[:40]))
        return None if value is None else tuple(dict.fromkeys(value))

    @field_validator("sheet_language", "interpreting_language")
    @classmethod
    def _is_language(cls, value: str | None) -> str | None:
        if value is not None and not LANGUAGE_TAG.fullmatch(value):
            raise problem(_("“%(word)s” is not a language we know.", word=value[:40]))
        return value

    @field_validator("plz")
    @classmethod
    def _is_known_plz(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{5}", value):
            raise problem(_("A postal code has five digits."))
        if position_of_plz(value) is None:
            raise problem(_("There is no postal code %(plz)s.", plz=value))
        return value

    @field_validator("max_distance_km")
    @classmethod
    def _is_a_way(cls, value: float | None) -> float | None:
        if value is not None and not 0 < value <= 500:
            raise problem(_("Please give a distance between 0 and 500 km."))
        return value

    @field_validator("german_level_evidence", "german_level_on")
    @classmethod
    def _belongs_to_a_level(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("german_level", "") is None:
            raise problem(_("Please also choose the level of German."))
        return value


class ClientCreate(ClientUpdate):
    """A new client. A name is all that is needed; everything else may still be unknown."""

    family_name: OptionalName = Field(default=None, validate_default=True)

    @field_validator("family_name")
    @classmethod
    def _has_a_name(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("given_name", "") is None:
            raise problem(_("Please give a first or a last name."))
        return value
