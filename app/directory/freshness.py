"""How old a confirmation may be, and what is due when it is older. Pure.

An entry is *fresh* for the period of its kind after it was last confirmed (an entry that nobody ever
confirmed: after it came into the directory), then *due*: its provider is reminded. It is *stale* when
the reminders brought nothing, and *expired* when it is to be taken out of the directory.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from app.directory.codes import COURSE_KINDS, OFFER_KINDS
from app.directory.freshness_rules import REMINDERS, FreshnessRules, Period
from app.directory.offer_table import UNKNOWN, Float32Column, Int8Column, Int32Column, OfferTable

FreshnessState = Literal["fresh", "due", "stale", "expired"]
FRESHNESS_STATES: Final[tuple[FreshnessState, ...]] = ("fresh", "due", "stale", "expired")
"""From best to worst; the position is the code in `freshness_codes`."""
FRESH, DUE, STALE, EXPIRED = range(len(FRESHNESS_STATES))
EDITOR_STAGE: Final = REMINDERS + 1
"""The reminder that goes to the editor."""
_COURSE = OFFER_KINDS.index("language_course")


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh an entry is on a day."""

    state: FreshnessState
    due_on: date
    """The first day on which it should be confirmed again."""
    days_over: int
    """Days since `due_on`; negative: so many days are left."""


def add_period(day: date, period: Period) -> date:
    """The day a period later: the same day of the month, or the month's last when it has none."""
    if period.unit == "day":
        return date.fromordinal(min(day.toordinal() + period.number, date.max.toordinal()))
    months = day.year * 12 + day.month - 1 + period.number
    year, month = divmod(months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def latest_due(today: date, period: Period) -> date:
    """The latest day of confirmation that is due on ``today``: earlier ones are due, too."""
    if period.unit == "day":
        return today - timedelta(days=period.number)
    months = today.year * 12 + today.month - 1 - period.number
    year, month = divmod(months, 12)
    last = monthrange(year, month + 1)[1]
    is_last_of_month = (today + timedelta(days=1)).month != today.month
    return date(year, month + 1, last if is_last_of_month else min(today.day, last))


def entered_on(created_at: datetime) -> date:
    """The day (UTC, as in `OfferTable.entered_on`) on which an entry came into the directory."""
    return created_at.astimezone(UTC).date()


def freshness_of(
    kind: str,
    course_kind: str | None,
    verified_on: date | None,
    entered: date,
    today: date,
    rules: FreshnessRules,
) -> Freshness:
    """How fresh an offer is; where nobody ever confirmed it, the day it was ``entered`` counts."""
    due_on = add_period(verified_on or entered, rules.period_of(kind, course_kind))
    days_over = (today - due_on).days
    return Freshness(_state(days_over, rules), due_on, days_over)


def _state(days_over: int, rules: FreshnessRules) -> FreshnessState:
    if days_over < 0:
        return "fresh"
    if days_over < rules.after.stale:
        return "due"
    return "stale" if days_over < rules.after.unpublish else "expired"


def reminder_stage(
    today: date, round_on: date, last: tuple[int, date] | None, rules: FreshnessRules
) -> int | None:
    """Which reminder of a round is due today: 1 to 3 to the provider, 4 to the editor; else `None`.

    ``round_on``: the day on which the oldest entry of the provider became due; ``last``: stage and day
    of the newest reminder of this round. Stages are never skipped, and between two of them lie as
    many days as the rules say, also when the first was sent late.
    """
    days = (*rules.after.reminders, rules.after.editor)
    stage, told_on = last or (0, date.min)
    if stage >= EDITOR_STAGE:
        return None
    gap = days[stage] - days[stage - 1] if stage else 0
    is_due = (today - round_on).days >= days[stage]
    return stage + 1 if is_due and (not stage or (today - told_on).days >= gap) else None


def may_unpublish(
    freshness: Freshness, editor_told_on: date | None, today: date, rules: FreshnessRules
) -> bool:
    """Whether an entry may be taken out: it expired, and the editor has had the time to call."""
    grace = rules.after.unpublish - rules.after.editor
    return (
        freshness.state == "expired"
        and editor_told_on is not None
        and (today - editor_told_on).days >= grace
    )


def days_over(table: OfferTable, today: date, rules: FreshnessRules) -> Int32Column:
    """`Freshness.days_over` of each offer of the table; 0 where neither day is known."""
    base = np.where(table.verified_on == UNKNOWN, table.entered_on, table.verified_on)
    over = today.toordinal() - _due_ordinals(base, table, rules)
    return np.where(base == UNKNOWN, 0, over).astype(np.int32)


def freshness_codes(table: OfferTable, today: date, rules: FreshnessRules) -> Int8Column:
    """For each offer of the table its state as position in `FRESHNESS_STATES`."""
    limits = np.array([0, rules.after.stale, rules.after.unpublish])
    return np.searchsorted(limits, days_over(table, today, rules), side="right").astype(np.int8)


def freshness_values(table: OfferTable, today: date, rules: FreshnessRules) -> Float32Column:
    """1 within the period of the kind, then falling to 0 on the day an offer expires.

    That is ``1 - days over / days after which it is taken out``, held between 0 and 1.
    """
    over = days_over(table, today, rules) / np.float32(rules.after.unpublish)
    return (1 - over).clip(0, 1).astype(np.float32)


def _due_ordinals(base: Int32Column, table: OfferTable, rules: FreshnessRules) -> Int32Column:
    due = np.zeros(len(base), dtype=np.int32)
    is_known = np.zeros(len(base), dtype=np.bool_)
    for number, course_kind in enumerate(COURSE_KINDS):
        chosen = (table.kind == _COURSE) & (table.course_kind == number)
        is_known |= chosen
        due[chosen] = _add_period(base[chosen], rules.period_of("language_course", course_kind))
    for number, kind in enumerate(OFFER_KINDS):
        chosen = (table.kind == number) & ~is_known
        due[chosen] = _add_period(base[chosen], rules.period_of(kind))
    return due


_EPOCH = date(1970, 1, 1).toordinal()


def _add_period(ordinals: Int32Column, period: Period) -> Int32Column:
    """`add_period` for many days, as ordinals."""
    if period.unit == "day":
        return ordinals + np.int32(period.number)
    days = (ordinals.astype(np.int64) - _EPOCH).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    target = months + period.number
    first = target.astype("datetime64[D]")
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    shifted: npt.NDArray[np.datetime64] = np.minimum(
        first + (days - months.astype("datetime64[D]")), last
    )
    return (shifted.astype(np.int64) + _EPOCH).astype(np.int32)
