"""What people tell when they register, checked; pure. Hardly anything is required: unknown stays so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.core.i18n import gettext as _
from app.directory.codes import Level, OfferKind, Sex
from app.directory.postal_codes import position_of_plz
from app.directory.records import (
    EMAIL_PATTERN,
    LanguageTag,
    Plz,
    require_web_address,
)
from app.mail.addresses import AddressError, normal_address
from app.volunteers.codes import DayPart, HelpKind, Whom

MOST_OFFERS: Final = 5
MOST_CLIENTS: Final = 5
FARTHEST_KM: Final = 50
_LATEST: Final = timedelta(days=730)

OrganisationKind = Literal["club", "initiative", "welfare_organisation", "course_provider", "other"]


def _squeezed(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _or_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _sentence(words: str) -> PydanticCustomError:
    return PydanticCustomError("registration", "{words}", {"words": words})


Line = Annotated[str, BeforeValidator(_squeezed), StringConstraints(min_length=1, max_length=200)]
PersonName = Annotated[str, BeforeValidator(_squeezed), StringConstraints(min_length=1, max_length=100)]
OptionalLine = Annotated[
    Annotated[str, BeforeValidator(_squeezed), StringConstraints(max_length=200)] | None,
    BeforeValidator(_or_none),
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


def _writable(value: str) -> str:
    try:
        return normal_address(value)
    except AddressError:
        raise _sentence(_("This is not an e-mail address.")) from None


EmailAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=EMAIL_PATTERN),
    AfterValidator(_writable),
]
Phone = Annotated[
    Annotated[
        str,
        BeforeValidator(_squeezed),
        StringConstraints(max_length=60, pattern=r"^[\d\s()/+.\-]{5,}$"),
    ]
    | None,
    BeforeValidator(_or_none),
]


class _Answers(BaseModel):
    """Validation needs the day: ``context={"today": date}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    starts_on: date | None = None
    """From when on; `None`: at once."""
    ends_on: date | None = None
    """Until when; `None`: open."""
    has_read_privacy: Literal[True]

    @field_validator("starts_on", "ends_on")
    @classmethod
    def _is_near(cls, value: date | None, info: ValidationInfo) -> date | None:
        # What was stored is read again on a later day: it was near when it was told.
        today: date | None = (info.context or {}).get("today")
        if value is not None and today is not None and not today <= value <= today + _LATEST:
            raise _sentence(_("Please name a day within the next two years."))
        return value

    @model_validator(mode="after")
    def _ends_after_start(self) -> _Answers:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise _sentence(_("The end lies before the beginning."))
        return self


def _known_plz(value: str) -> str:
    if position_of_plz(value) is None:
        raise _sentence(_("We do not know this postal code."))
    return value


class VolunteerAnswers(_Answers):
    """A person who would like to help."""

    help_kinds: tuple[HelpKind, ...] = Field(min_length=1, max_length=6)
    description: Words = ""
    languages: tuple[LanguageTag, ...] = Field(min_length=1, max_length=12)
    plz: Plz
    radius_km: int | None = Field(default=None, ge=1, le=FARTHEST_KM)
    """How far they would go; `None`: not told."""
    times: tuple[tuple[Annotated[int, Field(ge=1, le=7)], DayPart], ...] = Field(
        default=(), max_length=21
    )
    """Weekday (1 = Monday) and part of the day; empty: by appointment."""
    whom: tuple[Whom, ...] = ()
    max_clients: int = Field(default=1, ge=1, le=MOST_CLIENTS)
    first_name: PersonName
    last_name: PersonName
    sex: Sex | None = None
    email: EmailAddress
    phone: Phone = None
    shows_first_name: bool = False
    """Whether the first name may stand on public pages; otherwise the offer is internal."""

    _is_known = field_validator("plz")(_known_plz)


class OfferedTime(BaseModel):
    """A weekly time of an offer; ``weekday`` 1 = Monday, times ``HH:MM``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weekday: int = Field(ge=1, le=7)
    starts: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    ends: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")

    @model_validator(mode="after")
    def _ends_after_start(self) -> OfferedTime:
        if self.ends <= self.starts:
            raise _sentence(_("A time must end after it starts."))
        return self


class OfferedHelp(BaseModel):
    """One offer of an organisation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line
    kind: OfferKind
    description: Words = ""
    topics: tuple[str, ...] = Field(default=(), max_length=12)
    """Keys of taxonomy concepts."""
    languages: tuple[LanguageTag, ...] = Field(default=(), max_length=12)
    times: tuple[OfferedTime, ...] = Field(default=(), max_length=14)
    """Empty: by appointment."""
    whom: tuple[Whom, ...] = ()
    entry_level: Level | None = None
    is_free: bool | None = None
    seats_max: int | None = Field(default=None, ge=1, le=1000)


class OrganisationAnswers(_Answers):
    """A club or provider and what it offers."""

    name: Line
    kind: OrganisationKind
    known_provider_id: Annotated[str, StringConstraints(max_length=36)] | None = None
    """The entry of the directory that they say they are."""
    description: Words = ""
    website: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None,
        BeforeValidator(_or_none),
    ] = None
    street: OptionalLine = None
    house_number: Annotated[
        Annotated[str, BeforeValidator(_squeezed), StringConstraints(max_length=30)] | None,
        BeforeValidator(_or_none),
    ] = None
    plz: Plz
    contact_name: PersonName
    contact_role: OptionalLine = None
    email: EmailAddress
    phone: Phone = None
    offers: tuple[OfferedHelp, ...] = Field(min_length=1, max_length=MOST_OFFERS)

    _is_known = field_validator("plz")(_known_plz)

    @field_validator("website")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        if value is not None and "://" not in value:
            value = f"https://{value}"
        return require_web_address(value)
