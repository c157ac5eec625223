"""What is typed about an integration plan: validated, plain. Messages are for the person who typed.

Validation needs to know the day: pass ``context={"today": date}``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.cases.codes import Measure, StepActor
from app.cases.typed_input import (
    TypedInput,
    one_line,
    paragraphs,
    problem,
    today_of,
)
from app.core.i18n import gettext as _
from app.directory.codes import GoalArea, Level
from app.directory.records import LANGUAGE_TAG

MAX_WORDS: Final = 200
MAX_NAME: Final = 120
MAX_NOTE: Final = 4000
FARTHEST_YEARS: Final = 10
"""A goal or step that is due later than that is a slip of the hand."""


def clean_note(value: str | None) -> str | None:
    """A note of several lines without control characters and outer blanks; `None` when empty."""
    cleaned: str | None = paragraphs(value or "")
    return cleaned


def _require_near(day: date | None, info: ValidationInfo) -> date | None:
    if day is not None and abs(day.year - today_of(info).year) > FARTHEST_YEARS:
        raise problem(_("Please check the year."))
    return day


def _require_past(day: date, info: ValidationInfo) -> date:
    if day > today_of(info):
        raise problem(_("This day lies in the future."))
    return day


Line = Annotated[str, BeforeValidator(one_line)]


class GoalDetails(TypedInput):
    """A goal: what, until when, and what shows that it is reached."""

    area: GoalArea
    title: Line = Field(default="", max_length=MAX_WORDS)
    """Without words of its own a goal is called after its area."""
    due_on: date | None = None
    target_level: Level | None = None
    measure: Measure | None = None
    measure_words: Line = Field(default="", max_length=MAX_WORDS, validate_default=True)

    _is_near = field_validator("due_on")(_require_near)

    @field_validator("target_level")
    @classmethod
    def _is_a_target(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and (info.data.get("area") != "language" or value == "none"):
            raise problem(_("Only a language goal has a level to reach, A1 or higher."))
        return value

    @field_validator("measure")
    @classmethod
    def _has_its_level(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value == "level" and "target_level" in info.data and info.data["target_level"] is None:
            raise problem(_("Please choose the level to reach."))
        return value

    @field_validator("measure_words")
    @classmethod
    def _says_what(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("measure") == "own_words":
            raise problem(_("Please say what shows that the goal is reached."))
        return value

    @model_validator(mode="after")
    def _level_is_the_measure(self) -> GoalDetails:
        if self.target_level is not None and self.measure is None:
            return self.model_copy(update={"measure": "level"})
        return self


class StepInput(TypedInput):
    """A small step, who takes it and until when."""

    words: Line = Field(min_length=1, max_length=MAX_WORDS)
    actor: StepActor = "client"
    actor_words: Line = Field(default="", max_length=MAX_NAME, validate_default=True)
    due_on: date | None = None

    _is_near = field_validator("due_on")(_require_near)

    @field_validator("actor_words")
    @classmethod
    def _says_who(cls, value: str, info: ValidationInfo) -> str:
        actor = info.data.get("actor")
        if actor == "other" and not value:
            raise problem(_("Please say who."))
        return value if actor == "other" else ""


class SignatureInput(TypedInput):
    """The plan as it stands was signed."""

    signed_on: date
    language: str | None = Field(default=None, pattern=LANGUAGE_TAG.pattern)

    _has_been = field_validator("signed_on")(_require_past)
    _is_near = field_validator("signed_on")(_require_near)


class ReviewInput(TypedInput):
    """The plan was looked at together, and will be again."""

    reviewed_on: date
    next_on: date | None = None
    """`None`: not again."""
    note: str | None = Field(default=None, max_length=MAX_NOTE)

    _has_been = field_validator("reviewed_on")(_require_past)
    _is_near = field_validator("reviewed_on", "next_on")(_require_near)

    @field_validator("next_on")
    @classmethod
    def _comes_later(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and value <= today_of(info):
            raise problem(_("The next date must lie ahead."))
        return value
