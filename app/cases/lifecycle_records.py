"""What is typed about coming in and going out: validated, plain.

Messages are for the person who typed. Validation needs to know the day: ``context={"today": date}``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from app.cases.codes import (
    ClosingReason,
    DataCategory,
    ExtensionReason,
    GivenBy,
    Outcome,
    Relation,
    ReopeningReason,
)
from app.cases.typed_input import (
    TypedInput,
    line_or_none,
    one_line,
    paragraphs,
    problem,
    today_of,
)
from app.core.i18n import gettext as _
from app.directory.records import LANGUAGE_TAG

MAX_NOTE: Final = 4000
OLDEST_YEARS: Final = 10
_PHONE = re.compile(r"[+0-9][0-9 ()/.-]{2,58}")


def _has_been(value: date | None, info: ValidationInfo) -> date | None:
    """A day that lies behind us, not longer ago than a case lasts."""
    if value is None:
        return None
    today = today_of(info)
    if value > today:
        raise problem(_("This day lies in the future."))
    if (today - value).days > OLDEST_YEARS * 366:
        raise problem(_("Please check the year."))
    return value


Line = Annotated[str, BeforeValidator(one_line)]
Note = Annotated[str | None, BeforeValidator(paragraphs)]


class TakeoverInput(TypedInput):
    """The case comes from the social work of the preliminary accommodation."""

    provider_id: str | None = Field(default=None, max_length=36)
    from_whom: Line = Field(default="", max_length=200)
    taken_over_on: date
    released_on: date | None = None
    released: tuple[DataCategory, ...] = ()
    note: Note = Field(default=None, max_length=MAX_NOTE)

    check_days = field_validator("taken_over_on", "released_on")(_has_been)

    @field_validator("released")
    @classmethod
    def _was_released(
        cls, value: tuple[DataCategory, ...], info: ValidationInfo
    ) -> tuple[DataCategory, ...]:
        if value and info.data.get("released_on") is None:
            raise problem(_("When did the client release this? Without the day nothing counts."))
        return value


class AgreementInput(TypedInput):
    """Information under Art. 13 GDPR, and the signed agreement to take part."""

    informed_on: date | None = None
    informed_language: str | None = Field(default=None, max_length=20)
    agreed_on: date | None = None
    agreed_by: GivenBy | None = Field(default=None, validate_default=True)

    check_days = field_validator("informed_on", "agreed_on")(_has_been)

    @field_validator("informed_language")
    @classmethod
    def _is_language(cls, value: str | None) -> str | None:
        if value is not None and not LANGUAGE_TAG.fullmatch(value):
            raise problem(_("“%(word)s” is not a language we know.", word=value[:40]))
        return value

    @field_validator("agreed_by")
    @classmethod
    def _belongs_to_a_day(cls, value: GivenBy | None, info: ValidationInfo) -> GivenBy | None:
        if (value is None) != (info.data.get("agreed_on") is None):
            raise problem(_("Please give the day and who signed."))
        return value


class CounsellingInput(TypedInput):
    """When the counselling began, and why it lasts longer."""

    counselling_started_on: date | None = None
    extension_reason: ExtensionReason | None = None
    extension_note: Note = Field(default=None, max_length=MAX_NOTE)

    check_days = field_validator("counselling_started_on")(_has_been)


class ClosingInput(TypedInput):
    """The end of a case."""

    closed_on: date
    reason: ClosingReason
    outcomes: tuple[Outcome, ...] = ()
    provider_id: str | None = Field(default=None, max_length=36)
    service_words: Line = Field(default="", max_length=200)
    note: Note = Field(default=None, max_length=MAX_NOTE)

    check_days = field_validator("closed_on")(_has_been)

    @field_validator("outcomes")
    @classmethod
    def _none_stands_alone(cls, value: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        if "none" in value and len(value) > 1:
            raise problem(_("Either nothing was reached, or what is ticked."))
        return tuple(dict.fromkeys(value))


class ReopeningInput(TypedInput):
    """Why a closed case is opened again."""

    reason: ReopeningReason


class PersonInput(TypedInput):
    """A guardian of a minor, or somebody to call in an emergency."""

    name: Line = Field(min_length=1, max_length=200)
    relation: Relation | None = None
    phone: Annotated[str | None, BeforeValidator(line_or_none)] = Field(default=None, max_length=60)
    languages: tuple[str, ...] | None = None
    may_consent: bool = False

    @field_validator("phone")
    @classmethod
    def _can_be_called(cls, value: str | None) -> str | None:
        if value is not None and not _PHONE.fullmatch(value):
            raise problem(_("This is not a phone number."))
        return value
