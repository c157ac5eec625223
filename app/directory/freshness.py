"""How old a confirmation may be. Pure."""

from __future__ import annotations

from datetime import date, timedelta

STALE_AFTER = timedelta(days=365)
"""A year without a word from anybody: the entry is shown with a warning."""


def is_stale(verified_on: date | None, today: date) -> bool:
    """Whether an entry was never confirmed, or longer ago than `STALE_AFTER`."""
    return verified_on is None or today - verified_on > STALE_AFTER
