"""What all input of a case shares: cleaning of texts, and errors whose words are made already.

Messages are for the person who typed. Validation that needs the day gets ``context={"today": date}``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo
from pydantic_core import PydanticCustomError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class TypedInput(BaseModel):
    """Closed to what it does not name, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def problem(words: str) -> PydanticCustomError:
    """An error whose words are made already (and hold no braces to be filled in)."""
    return PydanticCustomError("case", "{words}", {"words": words})


def one_line(value: Any) -> Any:
    """A text without control characters and outer blanks; other values as they are."""
    return " ".join(_CONTROL.sub(" ", value).split()) if isinstance(value, str) else value


def line_or_none(value: Any) -> Any:
    """`one_line`; an empty text is unknown."""
    return one_line(value) or None if isinstance(value, str) else value


def paragraphs(value: Any) -> Any:
    """A text of several lines without other control characters and outer blanks; empty: none."""
    if not isinstance(value, str):
        return value
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL_BUT_LINES.sub(" ", lines).strip() or None


def today_of(info: ValidationInfo) -> date:
    """The day that the validation was given."""
    day: date = (info.context or {})["today"]
    return day
