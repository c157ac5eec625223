"""How long data about people is kept: read from a file, checked; and what is due on a day. Pure."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from app.core.errors import LotsenbuchError
from app.directory.freshness import add_period, latest_due
from app.directory.freshness_rules import Period, parse_period

DataKind = Literal[
    "closed_case_texts",
    "closed_case",
    "handover_note",
    "emergency_access",
    "substitution",
    "mail",
    "link",
    "suggestion",
    "volunteer_left",
    "partner_account",
    "access_log_year",
]
DATA_KINDS: Final[tuple[DataKind, ...]] = get_args(DataKind)
"""What has a period of its own, in the order in which it is deleted."""


class RetentionFileError(LotsenbuchError):
    """The file with the periods cannot be used; the message names file and place."""


def _period(value: Any) -> Period:
    return value if isinstance(value, Period) else parse_period(value)


_PeriodField = Annotated[Period, BeforeValidator(_period)]
_A_DAY: Final = date(2000, 1, 31)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Job(_Model):
    deletes: bool


class _ClosedCase(_Model):
    texts: _PeriodField
    whole: _PeriodField

    @model_validator(mode="after")
    def _texts_go_first(self) -> _ClosedCase:
        if add_period(_A_DAY, self.texts) > add_period(_A_DAY, self.whole):
            raise ValueError("texts must not be kept longer than the whole case")
        return self


class _Other(_Model):
    handover_note: _PeriodField
    emergency_access: _PeriodField
    substitution: _PeriodField
    mail: _PeriodField
    link: _PeriodField
    suggestion: _PeriodField
    volunteer_left: _PeriodField = parse_period("6 months")
    partner_account: _PeriodField = parse_period("6 months")


class _AccessLog(_Model):
    year: _PeriodField


class RetentionRules(_Model):
    """All of ``retention.toml``."""

    job: _Job
    closed_case: _ClosedCase
    other: _Other
    access_log: _AccessLog

    def period_of(self, kind: DataKind) -> Period:
        """How long data of this kind is kept."""
        match kind:
            case "closed_case_texts":
                return self.closed_case.texts
            case "closed_case":
                return self.closed_case.whole
            case "access_log_year":
                return self.access_log.year
            case _:
                period: Period = getattr(self.other, kind)
                return period

    def due_on(self, kind: DataKind, since: date) -> date:
        """The first day on which data that counts from ``since`` is to be deleted."""
        return add_period(since, self.period_of(kind))

    def latest_due(self, kind: DataKind, today: date) -> date:
        """The latest day to count from that is due ``today``: earlier ones are due, too."""
        return latest_due(today, self.period_of(kind))


def parse_retention_rules(text: str, name: str) -> RetentionRules:
    """The rules that ``text`` (TOML) states; raises `RetentionFileError` naming ``name``."""
    try:
        return RetentionRules.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RetentionFileError(f"{name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise RetentionFileError(f"{name}: {place}: {what}" if place else f"{name}: {what}") from None


@cache
def load_retention_rules(file: Path) -> RetentionRules:
    """Read the file; raises `RetentionFileError`. Kept per file."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RetentionFileError(f"{file} cannot be read: {error}") from None
    return parse_retention_rules(text, file.name)
