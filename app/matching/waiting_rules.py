"""Waiting lists: first come, first served by the day of entry; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

EndReason = Literal["placed", "withdrawn", "not_needed", "moved", "closed", "mistake"]
END_REASONS: Final[tuple[str, ...]] = get_args(EndReason)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits, as far as the order is concerned."""

    entry_id: str
    client_id: str
    entered_on: date
    created_at: datetime


def waiting_order(entry: Waiting) -> tuple[date, datetime, str]:
    """The key by which a waiting list is sorted: who came first stands first."""
    return entry.entered_on, entry.created_at, entry.entry_id
