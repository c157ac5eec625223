"""What is typed about a consent: validated, plain. Messages are for the person who typed.

Validation needs to know the day and the birth date: pass ``context={"today": date, "birth_date": …}``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from app.cases.codes import ConsentPurpose, ConsentWay, DataCategory, GivenBy
from app.cases.consent_rules import (
    MOST_YEARS,
    NEEDS_RELEASE,
    REFERRAL,
    giver_on,
    last_day,
    years_later,
)
from app.cases.typed_input import (
    TypedInput,
    one_line,
    problem,
    today_of,
)
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.directory.records import LANGUAGE_TAG


def _birth_date(info: ValidationInfo) -> date | None:
    day: date | None = (info.context or {}).get("birth_date")
    return day


class ConsentCreate(TypedInput):
    """What the client (or the guardian) has agreed to."""

    provider_id: str | None = Field(default=None, max_length=36)
    recipient: Annotated[str, BeforeValidator(one_line)] = Field(
        default="", max_length=200, validate_default=True
    )
    """In words, when the directory does not know the recipient."""
    purpose: ConsentPurpose = REFERRAL
    data: tuple[DataCategory, ...] = Field(default=(), validate_default=True)
    is_release: bool = Field(default=False, validate_default=True)
    given_on: date
    given_by: GivenBy = Field(default="client", validate_default=True)
    way: ConsentWay = "signed"
    language: str = "de"
    """Of the form, or of the talk; a BCP 47 tag."""
    valid_until: date

    @field_validator("recipient")
    @classmethod
    def _has_a_recipient(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("provider_id") is None:
            raise problem(_("Please say who may get the data."))
        return "" if info.data.get("provider_id") else value

    @field_validator("data")
    @classmethod
    def _names_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise problem(_("Please choose which data may be passed on."))
        return tuple(dict.fromkeys(value))

    @field_validator("is_release")
    @classmethod
    def _health_needs_the_release(cls, value: bool, info: ValidationInfo) -> bool:
        if not value and NEEDS_RELEASE & set(info.data.get("data", ())):
            raise problem(_("Health details also need the release from confidentiality."))
        return value

    @field_validator("given_on")
    @classmethod
    def _was_given(cls, value: date, info: ValidationInfo) -> date:
        today = today_of(info)
        if value > today:
            raise problem(_("This day still lies ahead."))
        if value < years_later(today, -MOST_YEARS):
            raise problem(_("Please check the year."))
        return value

    @field_validator("given_by")
    @classmethod
    def _may_give_it(cls, value: str, info: ValidationInfo) -> str:
        given_on = info.data.get("given_on")
        if given_on is None:
            return value
        giver = giver_on(_birth_date(info), given_on)
        if giver == "guardian" and value != "guardian":
            raise problem(_("Below 16 years the guardian has to consent."))
        if giver == "client" and value != "client":
            raise problem(_("Who is of age consents in person."))
        return value

    @field_validator("language")
    @classmethod
    def _is_language(cls, value: str) -> str:
        if not LANGUAGE_TAG.fullmatch(value):
            raise problem(_("“%(word)s” is not a language we know.", word=value[:40]))
        return value

    @field_validator("valid_until")
    @classmethod
    def _ends_in_time(cls, value: date, info: ValidationInfo) -> date:
        given_on, given_by = info.data.get("given_on"), info.data.get("given_by")
        if given_on is None or given_by is None:
            return value
        if value < given_on:
            raise problem(_("The consent would end before it was given."))
        latest = last_day(given_on, given_by, _birth_date(info))
        if value > latest:
            raise problem(
                _("At the longest until %(day)s: three years, and a guardian's consent until the "
                  "18th birthday.", day=format_day(latest))
            )  # fmt: skip
        return value


class Revocation(TypedInput):
    """From which day a consent counts no more."""

    revoked_on: date

    @field_validator("revoked_on")
    @classmethod
    def _is_past(cls, value: date, info: ValidationInfo) -> date:
        if value > today_of(info):
            raise problem(_("This day still lies ahead."))
        return value
