"""What is typed about status, papers and appointments: validated, plain.

Messages are for the person who typed. Validation needs to know the day: ``context={"today": date}``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.cases.codes import AppointmentKind, Interpreting, PermitKind
from app.cases.typed_input import (
    TypedInput,
    line_or_none,
    one_line,
    paragraphs,
    problem,
    today_of,
)
from app.core.i18n import gettext as _
from app.directory.codes import EntitlementKind, ResidenceStatus

MAX_NOTE: Final = 2000
FARTHEST_YEARS: Final = 20
"""No paper is dated further away than this: what is, is a slip of the hand."""


def _near(value: date | None, info: ValidationInfo) -> date | None:
    """A day within `FARTHEST_YEARS` of today."""
    if value is None:
        return None
    if abs((value - today_of(info)).days) > FARTHEST_YEARS * 366:
        raise problem(_("Please check the year."))
    return value


Line = Annotated[str, BeforeValidator(one_line)]


class ResidenceInput(TypedInput):
    """A residence status from a day on."""

    status: ResidenceStatus
    valid_from: date | None = None
    expires_on: date | None = None

    check_years = field_validator("valid_from", "expires_on")(_near)

    @model_validator(mode="after")
    def _ends_after_start(self) -> ResidenceInput:
        if self.valid_from and self.expires_on and self.expires_on < self.valid_from:
            raise problem(_("The status would end before it begins."))
        return self


class PermitInput(TypedInput):
    """A paper beside the residence status."""

    kind: PermitKind
    issued_on: date | None = None
    expires_on: date | None = None
    condition: Line = Field(default="", max_length=200)

    check_years = field_validator("issued_on", "expires_on")(_near)

    @model_validator(mode="after")
    def _ends_after_start(self) -> PermitInput:
        if self.issued_on and self.expires_on and self.expires_on < self.issued_on:
            raise problem(_("The paper would end before it was issued."))
        return self


class RightInput(TypedInput):
    """A right, admission or obligation to attend a course."""

    kind: EntitlementKind
    issuer: Annotated[str | None, BeforeValidator(line_or_none)] = Field(default=None, max_length=120)
    issued_on: date | None = None
    valid_until: date | None = None

    check_years = field_validator("issued_on", "valid_until")(_near)

    @model_validator(mode="after")
    def _ends_after_start(self) -> RightInput:
        if self.issued_on and self.valid_until and self.valid_until < self.issued_on:
            raise problem(_("The entitlement would end before it was issued."))
        return self


class AppointmentInput(TypedInput):
    """An appointment of the client."""

    kind: AppointmentKind
    starts_at: AwareDatetime
    place: Line = Field(default="", max_length=200)
    with_whom: Line = Field(default="", max_length=200)
    bring: Line = Field(default="", max_length=200)
    interpreting: Interpreting | None = None
    note: Annotated[str | None, BeforeValidator(paragraphs)] = Field(default=None, max_length=MAX_NOTE)

    @field_validator("starts_at")
    @classmethod
    def _is_meant(cls, value: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        today, day = today_of(info), value.date()
        if not today - timedelta(days=366) <= day <= today + timedelta(days=2 * 366):
            raise problem(_("Please check the year."))
        return value
