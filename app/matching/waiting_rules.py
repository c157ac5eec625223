"""Waiting lists: first come, first served by the day of entry; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

EndReason = Literal["placed", "withdrawn", "not_needed", "moved", "closed", "mistake"]
END_REASONS: Final[tuple[str, ...]] = get_args(EndReason)
"""Why somebody does not wait any more; ``closed``: the case was closed."""

DateReason = Literal["asked_then", "on_provider_list", "before_takeover"]
DATE_REASONS: Final[tuple[str, ...]] = get_args(DateReason)
"""Why an entry counts from an earlier day than the one it was typed on."""

PassReason = Literal["legal_priority", "family", "fit", "not_in_round", "decided"]
PASS_REASONS: Final[tuple[str, ...]] = get_args(PassReason)
"""Why somebody further down gets a place, beside the rules that exclude the offer for whoever waits
longer; ``decided``: a person did, also by setting the offer aside for whoever waits longer."""
PASS_REASONS_TO_CHOOSE: Final = ("legal_priority", "family", "fit", "decided")
"""What a person may say; ``decided`` needs words."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits, as far as the order is concerned."""

    entry_id: str
    client_id: str
    entered_on: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody waits for."""

    course_kind: str
    """Empty: one offer that is no course of a known kind."""
    offer_id: str = ""
    """Empty: any course of the kind."""

    def includes(self, offer_id: str, course_kind: str | None) -> bool:
        """Whether a place in this offer, a course of this kind, is what they wait for."""
        if self.offer_id:
            return self.offer_id == offer_id
        return bool(self.course_kind) and self.course_kind == course_kind


def waiting_order(entry: Waiting) -> tuple[date, datetime, str]:
    """The key by which a waiting list is sorted: who came first stands first."""
    return entry.entered_on, entry.created_at, entry.entry_id


def list_before(entries: Iterable[Waiting], client_id: str) -> tuple[Waiting, ...]:
    """Who waits longer than the client, in order; everybody when the client is not on the list."""
    ordered = sorted(entries, key=waiting_order)
    before: list[Waiting] = []
    for entry in ordered:
        if entry.client_id == client_id:
            break
        before.append(entry)
    return tuple(before)
