"""What has to be seen of somebody before they help; pure.

A police clearance (erweitertes Führungszeugnis) is asked of those who work with children or young
people (§ 72a SGB VIII) and, as a rule of this house, of those who come into homes. Only the day on
which it was shown, by whom it was looked at, and when the next one is due is kept (§ 72a (5) SGB VIII),
never the document.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from app.volunteers.codes import HELP

CLEARANCE_YEARS: Final = 5
"""After so many years at the latest it is shown anew (usual in agreements under § 72a SGB VIII)."""
_WITH_CHILDREN: Final = frozenset({"children", "youth", "families"})

Missing = Literal["clearance", "talk", "agreement"]


class Checks(BaseModel):
    """What was seen and done so far; `None`: not yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clearance_seen_on: date | None = None
    clearance_seen_by: str | None = None
    clearance_next_on: date | None = None
    talk_on: date | None = None
    agreement_on: date | None = None

    @model_validator(mode="after")
    def _next_lies_ahead(self) -> Checks:
        if (self.clearance_seen_on is None) != (self.clearance_next_on is None):
            raise ValueError("a clearance that was seen has a day on which the next is due")
        if (
            self.clearance_seen_on is not None
            and self.clearance_next_on is not None
            and not self.clearance_seen_on < self.clearance_next_on <= next_due(self.clearance_seen_on)
        ):
            raise ValueError("the next clearance is due within five years")
        return self


def who_saw(checks: Checks, before: Checks, actor_id: str) -> Checks:
    """``checks`` with whoever noted the clearance: another day than ``before`` was looked at by the
    actor."""
    seen_by = before.clearance_seen_by
    if checks.clearance_seen_on != before.clearance_seen_on:
        seen_by = actor_id if checks.clearance_seen_on else None
    return checks.model_copy(update={"clearance_seen_by": seen_by})


def next_due(seen_on: date) -> date:
    """The latest day on which the next clearance is due."""
    year = seen_on.year + CLEARANCE_YEARS
    day = 28 if (seen_on.month, seen_on.day) == (2, 29) else seen_on.day
    return date(year, seen_on.month, day)


def needs_clearance(help_kinds: Collection[str], whom: Collection[str]) -> bool:
    """Whether this help means work with children or in homes."""
    kinds = [HELP[kind] for kind in help_kinds]
    return not _WITH_CHILDREN.isdisjoint(whom) or any(
        kind.is_with_children or kind.is_in_homes for kind in kinds
    )


def list_missing(checks: Checks, *, is_clearance_needed: bool, today: date) -> tuple[Missing, ...]:
    """What still has to be seen before a volunteer is accepted."""
    missing: list[Missing] = []
    due = checks.clearance_next_on
    if is_clearance_needed and (due is None or due < today):
        missing.append("clearance")
    if checks.talk_on is None:
        missing.append("talk")
    if checks.agreement_on is None:
        missing.append("agreement")
    return tuple(missing)
