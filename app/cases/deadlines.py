"""What runs out in a case, and when somebody should be warned. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

NORMAL_YEARS: Final = 3
EXTENDED_YEARS: Final = 4
"""The counselling lasts three years, in justified cases four (the municipality's own rule)."""

DeadlineCode = Literal[
    "counselling_ends",
    "residence_expires",
    "permit_expires",
    "entitlement_expires",
    "certificate_expires",
    "consent_ends",
]
Severity = Literal["over", "soon", "coming"]

WARN_DAYS: Final = MappingProxyType(
    {
        "counselling_ends": 183,
        "residence_expires": 90,
        "permit_expires": 90,
        "entitlement_expires": 90,
        "certificate_expires": 90,
        "consent_ends": 30,
    }
)
"""Deadline → from how many days before it is shown; half a year before the counselling ends."""
SOON_DAYS: Final = 30
FORGET_DAYS: Final = 365
"""What ran out longer ago than this is history: nobody is warned of it any more."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something of a client that runs out on a day (the last day it holds)."""

    code: DeadlineCode
    on: date
    kind: str | None = None
    """Which permit or entitlement, as its code."""


@dataclass(frozen=True, slots=True)
class DeadlineWarning:
    """A deadline that is near or over."""

    deadline: Deadline
    days_left: int
    """Negative when it is over."""
    severity: Severity


def counselling_end(started_on: date | None, ends_on: date | None, *, is_extended: bool) -> date | None:
    """The last day of the counselling; `None` when nobody knows when it began.

    ``ends_on`` is an end that was agreed for this case and counts before the rule. A counselling that
    began on 29 February ends on the last day of February.
    """
    if ends_on is not None:
        return ends_on
    if started_on is None:
        return None
    return _years_after(started_on, EXTENDED_YEARS if is_extended else NORMAL_YEARS) - timedelta(days=1)


def list_warnings(deadlines: Iterable[Deadline], today: date) -> tuple[DeadlineWarning, ...]:
    """The deadlines that are near or over, each once, the most urgent first."""
    found = {
        deadline: DeadlineWarning(deadline, left, _severity(left))
        for deadline in deadlines
        for left in [(deadline.on - today).days]
        if -FORGET_DAYS <= left <= WARN_DAYS[deadline.code]
    }
    return tuple(sorted(found.values(), key=_urgency))


def _severity(days_left: int) -> Severity:
    if days_left < 0:
        return "over"
    return "soon" if days_left <= SOON_DAYS else "coming"


def _urgency(warning: DeadlineWarning) -> tuple[int, str, str]:
    return warning.days_left, warning.deadline.code, warning.deadline.kind or ""


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
