"""How long an entry about a talk stays open to its author, and when a self-assessment is due. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Literal

FREE_DAYS: Final = 7
"""So long the author changes or deletes an entry like a draft; later every change leaves a trace."""
CLOCK_TOLERANCE: Final = timedelta(minutes=10)
"""How far a clock may be ahead before a moment counts as the future."""
ASSESSMENT_DAYS: Final = 182
"""Half a year between two self-assessments."""
FIRST_ASSESSMENT_DAYS: Final = 30
"""Nobody is asked in the first weeks."""
FIRST_ASSESSMENT_AGE: Final = 14
"""Children are not asked how they see their situation."""

ChangeWay = Literal["free", "traced"]


def change_way(author_id: str, created_at: datetime, actor_id: str, now: datetime) -> ChangeWay:
    """Whether ``actor_id`` may change the entry like a draft, or only correct it with a trace."""
    is_fresh = now - created_at <= timedelta(days=FREE_DAYS)
    return "free" if author_id == actor_id and is_fresh else "traced"


def is_in_the_future(moment: datetime, now: datetime) -> bool:
    """Whether something is told that cannot have happened yet."""
    return moment > now + CLOCK_TOLERANCE


def is_assessment_due(
    last_on: date | None, started_on: date | None, birth_date: date | None, today: date
) -> bool:
    """Whether the client should be asked: half a year after the last time, a month after the start."""
    if birth_date is not None and _years_before(today, FIRST_ASSESSMENT_AGE) < birth_date:
        return False
    if last_on is not None:
        return (today - last_on).days > ASSESSMENT_DAYS
    return started_on is not None and (today - started_on).days > FIRST_ASSESSMENT_DAYS


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
