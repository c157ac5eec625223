"""Times of the day, as minutes since midnight and as people write them."""

from __future__ import annotations

MINUTES_PER_HOUR = 60


def minute_of(clock_time: str) -> int:
    """``HH:MM`` as minutes since midnight."""
    hours, minutes = clock_time.split(":")
    return int(hours) * MINUTES_PER_HOUR + int(minutes)


def clock_time_of(minute: int) -> str:
    """Minutes since midnight as ``HH:MM`` (24:00 at the end of the day)."""
    return f"{minute // MINUTES_PER_HOUR:02d}:{minute % MINUTES_PER_HOUR:02d}"
