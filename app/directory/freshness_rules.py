"""How long a confirmation holds, per kind, and what follows: read from a file, checked. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from app.core.errors import LotsenbuchError
from app.directory.codes import OFFER_KINDS, CourseKind, OfferKind

_PERIOD = re.compile(r"([1-9]\d{0,3}) +(day|month)s?")
_MAX_DAYS = {"day": 3660, "month": 120}
Unit = Literal["day", "month"]
REMINDERS: Final = 3
"""How often a provider is asked before the editor calls."""


class FreshnessFileError(LotsenbuchError):
    """The file with the periods cannot be used; the message names file and place."""


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days or of calendar months."""

    number: int
    unit: Unit


def parse_period(text: Any) -> Period:
    """``"6 months"`` as a period; raises `ValueError`."""
    found = _PERIOD.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError('a period looks like "45 days" or "6 months"')
    number, unit = int(found[1]), found[2]
    if number > _MAX_DAYS[unit]:
        raise ValueError("a period is at most ten years")
    return Period(number, "day" if unit == "day" else "month")


def _period(value: Any) -> Period:
    return value if isinstance(value, Period) else parse_period(value)


_PeriodField = Annotated[Period, BeforeValidator(_period)]
_Days = Annotated[int, Field(ge=0, le=3660)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Aftermath(_Model):
    """What happens when the period is over, in days after its end."""

    reminders: tuple[_Days, ...]
    editor: _Days
    stale: _Days
    unpublish: _Days

    @model_validator(mode="after")
    def _is_in_order(self) -> Aftermath:
        if len(self.reminders) != REMINDERS:
            raise ValueError(f"reminders must name {REMINDERS} days")
        days = (*self.reminders, self.editor, self.unpublish)
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("reminders, editor and unpublish must come one after the other")
        if not 0 < self.stale < self.unpublish:
            raise ValueError("stale must come after the period and before unpublish")
        return self


class _Link(_Model):
    days: int = Field(ge=1, le=365)


class FreshnessRules(_Model):
    """All of ``freshness.toml``."""

    period: dict[OfferKind, _PeriodField]
    course_period: dict[CourseKind, _PeriodField] = Field(default_factory=dict)
    after: Aftermath
    link: _Link

    @model_validator(mode="after")
    def _names_each_kind(self) -> FreshnessRules:
        if missing := [kind for kind in OFFER_KINDS if kind not in self.period]:
            raise ValueError(f"there is no period for {missing[0]}")
        return self

    def period_of(self, kind: str, course_kind: str | None = None) -> Period:
        """The period of an offer of this kind (and, for courses, course kind)."""
        own = None
        if kind == "language_course":
            own = self.course_period.get(cast(CourseKind, course_kind))
        return own or self.period[cast(OfferKind, kind)]


def parse_freshness_rules(text: str, name: str) -> FreshnessRules:
    """The rules that ``text`` (TOML) states; raises `FreshnessFileError` naming ``name``."""
    try:
        return FreshnessRules.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FreshnessFileError(f"{name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise FreshnessFileError(f"{name}: {place}: {what}" if place else f"{name}: {what}") from None


@cache
def load_freshness_rules(file: Path) -> FreshnessRules:
    """Read the file; raises `FreshnessFileError`. Kept per file."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FreshnessFileError(f"{file} cannot be read: {error}") from None
    return parse_freshness_rules(text, file.name)
