"""What is typed about a referral: validated, plain. Messages are for the person who typed.

Validation needs to know the day: pass ``context={"today": date}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.cases.codes import DataCategory
from app.core.i18n import gettext as _
from app.directory.codes import LevelEvidence
from app.referrals.states import (
    MAY_LIE_AHEAD,
    STATES,
    TAKES_LEVEL,
    EndState,
    Mode,
    OpenState,
    PutOffReason,
    is_open,
    needs_reason,
    reasons_for,
)

MAX_NOTE_CHARACTERS = 4000
FARTHEST_DAYS = 730
"""Follow-ups and start dates lie within two years; anything else is a typing error."""

Reached = Annotated[str, Field(pattern=r"^[ABC][12]$")]


def _problem(message: str) -> PydanticCustomError:
    return PydanticCustomError("referral", "{words}", {"words": message})


def _today(info: ValidationInfo) -> date:
    day: date = (info.context or {})["today"]
    return day


def _require_near(day: date, today: date) -> None:
    if abs((day - today).days) > FARTHEST_DAYS:
        raise _problem(_("Please check the year."))


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReferralOrder(_Input):
    """Which client goes to which offer, and what is agreed about it."""

    client_id: str = Field(max_length=36)
    offer_id: str = Field(max_length=36)
    creation_key: str = Field(min_length=1, max_length=36)
    """Of the form: sent twice, it refers once."""
    mode: Mode = "signpost"
    released: tuple[DataCategory, ...] = Field(default=(), validate_default=True)
    """What the provider is to be given, when we arrange it."""
    goal_id: str | None = None
    follow_up_on: date | None = None
    """`None`: the usual day."""
    sheet_language: str = Field(default="de", pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")
    despite_rules: tuple[str, ...] = ()
    """Codes of the excluding rules that the case worker has seen and sets aside."""
    note: str | None = Field(default=None, max_length=MAX_NOTE_CHARACTERS)

    @field_validator("released")
    @classmethod
    def _leaves_the_house_by_us_only(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if value and info.data.get("mode") != "arranged":
            raise _problem(_("With a signpost no data leave the house."))
        return tuple(dict.fromkeys(value))

    @field_validator("follow_up_on")
    @classmethod
    def _lies_ahead(cls, value: date | None, info: ValidationInfo) -> date | None:
        return _require_ahead(value, info)


@dataclass(frozen=True, slots=True)
class BundlePlace:
    """Where a referral stands among those that are made together with it."""

    bundle_id: str
    preference: int | None = None
    """The client's order, from 1; `None`: several clients go to one offer."""
    is_proposed: bool = False
    """It is noted down for later: nothing leaves the house, so no consent is asked for yet."""


class OutcomeReport(_Input):
    """What became known about a referral."""

    to_state: OpenState | EndState
    reason: str | None = Field(default=None, validate_default=True)
    happened_on: date | None = None
    level_reached: Reached | None = None
    level_evidence: LevelEvidence | None = Field(default=None, validate_default=True)
    goal_reached: bool = False
    """Whether the goal that the referral serves is reached with it."""
    despite_full: bool = False
    """The provider gives a place although the directory knows of none: its word counts."""
    follow_up_on: date | None = None
    """`None`: the usual day of the new state; an end has none."""
    note: str | None = Field(default=None, max_length=MAX_NOTE_CHARACTERS)

    @field_validator("reason")
    @classmethod
    def _fits_the_state(cls, value: str | None, info: ValidationInfo) -> str | None:
        state = info.data.get("to_state")
        if state is None:
            return value
        if value is None and needs_reason(state):
            raise _problem(_("Please choose a reason: it helps the next referral."))
        if value is not None and value not in reasons_for(state):
            raise _problem(_("This reason does not go with what happened."))
        return value

    @field_validator("happened_on")
    @classmethod
    def _happened(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is None:
            return None
        today = _today(info)
        _require_near(value, today)
        if value > today and info.data.get("to_state") not in MAY_LIE_AHEAD:
            raise _problem(_("This day still lies ahead."))
        return value

    @field_validator("level_reached")
    @classmethod
    def _goes_with_an_end(cls, value: str | None, info: ValidationInfo) -> str | None:
        state = info.data.get("to_state")
        if value is not None and state is not None and state not in TAKES_LEVEL:
            raise _problem(_("A level is recorded when somebody has finished or left a course."))
        return value

    @field_validator("level_evidence")
    @classmethod
    def _level_has_evidence(cls, value: str | None, info: ValidationInfo) -> Any:
        if value is None and info.data.get("level_reached") is not None:
            raise _problem(_("Please say how the level is known."))
        return value if info.data.get("level_reached") is not None else None

    @field_validator("follow_up_on")
    @classmethod
    def _lies_ahead(cls, value: date | None, info: ValidationInfo) -> date | None:
        if not is_open(info.data.get("to_state", STATES[-1])):
            return None
        return _require_ahead(value, info)


class NoNews(_Input):
    """Nothing new yet: when to ask again."""

    follow_up_on: date
    reason: PutOffReason | None = None
    """Why nothing is known yet; forms ask for it."""
    note: str | None = Field(default=None, max_length=MAX_NOTE_CHARACTERS)

    @field_validator("follow_up_on")
    @classmethod
    def _lies_ahead(cls, value: date, info: ValidationInfo) -> date | None:
        return _require_ahead(value, info)


def _require_ahead(value: date | None, info: ValidationInfo) -> date | None:
    """``value`` when it can be the day of a follow-up."""
    if value is not None:
        if value < _today(info):
            raise _problem(_("The follow-up lies in the past."))
        _require_near(value, _today(info))
    return value
