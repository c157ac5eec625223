"""When to ask again: the preset day of the next follow-up, by state and kind of offer; pure."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from app.referrals.states import is_open

FOLLOW_UP_DAYS: Final = MappingProxyType(
    {
        "proposed": 21,
        "handed_over": 14,
        "agreed": 3,
        "sent": 10,
        "received": 14,
        "waiting_list": 42,
        "accepted": 14,
        "started": 60,
    }
)
"""Days until somebody should ask again. For `accepted` they count from the start date, when known."""
DAYS_BY_KIND: Final = MappingProxyType(
    {
        # A counter is open every week: whoever has not been there by then needs help to go.
        ("authority", "handed_over"): 7,
        ("authority", "accepted"): 7,
        # Advice is short: after a month it has helped, or another door is needed.
        ("counselling", "started"): 30,
        # Dates with doctors are weeks ahead.
        ("health", "handed_over"): 28,
        ("health", "waiting_list"): 56,
        # A club is tried out for a few evenings before one stays.
        ("club", "accepted"): 21,
        ("club", "started"): 90,
        # A module of 100 lesson units takes about five weeks, a course half a year.
        ("language_course", "started"): 90,
        ("education", "started"): 90,
        # Applications are answered within days or never.
        ("work", "handed_over"): 7,
        ("work", "sent"): 7,
        ("work", "started"): 30,
        # Places in day care are given out for the coming year.
        ("childcare", "waiting_list"): 90,
        ("housing", "waiting_list"): 90,
        # Two weeks after the two have met, while it can still be put right.
        ("volunteer", "accepted"): 14,
        ("volunteer", "started"): 14,
    }
)
"""Kind of offer and state → days, where they differ from `FOLLOW_UP_DAYS`."""
_SATURDAY: Final = 5


def follow_up_day(
    state: str, today: date, happened_on: date | None = None, *, kind: str | None = None
) -> date | None:
    """The preset day of the next follow-up, never on a weekend; `None` for an end.

    ``kind`` is left out for what is confidential: the day stands in lists, and must not tell it.
    """
    if not is_open(state):
        return None
    begin = today
    if state == "accepted" and happened_on is not None:
        begin = max(today, happened_on)
    day = begin + timedelta(days=DAYS_BY_KIND.get((kind or "", state), FOLLOW_UP_DAYS[state]))
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day
