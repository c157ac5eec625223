"""What is typed about a talk, a note or a self-assessment: validated, plain.

Messages are for the person who typed. Validation needs to know the moment: pass
``context={"now": datetime}`` (aware).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from app.cases.codes import (
    ASSESSMENT_QUESTIONS,
    ContactChannel,
    ContactTopic,
    Interpreting,
    NoteKind,
)
from app.cases.contact_rules import is_in_the_future
from app.cases.typed_input import (
    TypedInput,
    paragraphs,
    problem,
)
from app.core.i18n import gettext as _
from app.settings import TIMEZONE

LONGEST_MINUTES: Final = 600
MAX_CONTACT_NOTE: Final = 2000
MAX_NOTE: Final = 20_000
OLDEST_DAYS: Final = 3660
"""Entries of the last ten years can be made up for; an earlier day is a slip of the hand."""

Step = Literal[1, 2, 3, 4, 5]


def _now(info: ValidationInfo) -> datetime:
    moment: datetime = (info.context or {})["now"]
    return moment


class ContactInput(TypedInput):
    """A talk, or an attempt at one."""

    happened_at: AwareDatetime
    channel: ContactChannel
    was_reached: bool = True
    topics: tuple[ContactTopic, ...] = ()
    minutes: int | None = Field(default=None, ge=1, le=LONGEST_MINUTES)
    interpreting: Interpreting | None = None
    note: Annotated[str | None, BeforeValidator(paragraphs)] = Field(
        default=None, max_length=MAX_CONTACT_NOTE
    )

    @field_validator("happened_at")
    @classmethod
    def _has_happened(cls, value: datetime, info: ValidationInfo) -> datetime:
        now = _now(info)
        if is_in_the_future(value, now):
            raise problem(_("This lies in the future. Appointments to come have a place of their own."))
        if (now - value).days > OLDEST_DAYS:
            raise problem(_("Please check the year."))
        return value

    @field_validator("topics")
    @classmethod
    def _each_once(cls, value: tuple[ContactTopic, ...]) -> tuple[ContactTopic, ...]:
        return tuple(dict.fromkeys(value))


class NoteInput(TypedInput):
    """A sensitive text about the client."""

    kind: NoteKind = "general"
    text: Annotated[str, BeforeValidator(lambda value: paragraphs(value) or "")] = Field(
        max_length=MAX_NOTE
    )

    @field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value:
            raise problem(_("Please write something."))
        return value


class AssessmentInput(TypedInput):
    """The answers of a client: 1 (very bad) to 5 (very good), `None` where the client left it out."""

    taken_on: date
    language: str = Field(pattern=r"^(de|en|uk|ar)$")
    answers: dict[str, Step | None]

    @field_validator("taken_on")
    @classmethod
    def _is_past(cls, value: date, info: ValidationInfo) -> date:
        today = _now(info).astimezone(TIMEZONE).date()
        if value > today:
            raise problem(_("This day lies in the future."))
        if (today - value).days > OLDEST_DAYS:
            raise problem(_("Please check the year."))
        return value

    @field_validator("answers")
    @classmethod
    def _are_answers(cls, value: dict[str, Step | None]) -> dict[str, Step | None]:
        if not set(value) <= set(ASSESSMENT_QUESTIONS):
            raise problem(_("Please choose one of the values offered."))
        if not any(value.values()):
            raise problem(_("At least one question must be answered."))
        return {question: value.get(question) for question in ASSESSMENT_QUESTIONS}
