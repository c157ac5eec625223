"""Decisions about an integration plan: which way a goal may go, when to look again, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from app.accounts.permissions import Permission

REVIEW_DAYS: Final = 182
"""Half a year until the plan is looked at again."""
_SATURDAY = 5

_WHY_REACHED: Final = ("proven", "seen", "told", "referral")
_WHY_LEFT: Final = (
    "other_priority",
    "too_early",
    "too_hard",
    "no_offer",
    "illness",
    "family",
    "residence",
    "moved",
    "no_interest",
    "other",
)


@dataclass(frozen=True, slots=True)
class GoalMove:
    """A way from one state of a goal to another, and what it needs."""

    reasons: tuple[str, ...] = ()
    """One of them has to be given; empty: none is asked for."""
    needs_new_goal: bool = False
    """Whether another goal takes the place."""
    is_agreement: bool = True
    """Whether the client has to agree to it, so that an earlier signature does not cover it."""
    permission: Permission = "case:write"
    """What the person needs, beside the case being theirs to change."""


MOVES: Final = MappingProxyType(
    {
        ("open", "reached"): GoalMove(reasons=_WHY_REACHED, is_agreement=False),
        ("open", "changed"): GoalMove(reasons=_WHY_LEFT, needs_new_goal=True),
        ("open", "given_up"): GoalMove(reasons=_WHY_LEFT),
        ("reached", "open"): GoalMove(),
        ("changed", "open"): GoalMove(),
        ("given_up", "open"): GoalMove(),
    }
)
"""(state, next state) → what the way needs; what is not here cannot happen."""


def find_move(from_state: str, to_state: str) -> GoalMove | None:
    """What the way from one state to the other needs; `None` when there is none."""
    return MOVES.get((from_state, to_state))


def next_states(state: str) -> tuple[str, ...]:
    """The states that a goal in ``state`` may go to."""
    return tuple(after for before, after in MOVES if before == state)


def reasons_for(state: str) -> tuple[str, ...]:
    """The reasons to choose from when an open goal goes to ``state``; empty when it needs none."""
    move = find_move("open", state)
    return move.reasons if move else ()


def first_review_day(today: date) -> date:
    """When to look at a plan again that was made or looked at ``today``: never on a weekend."""
    day = today + timedelta(days=REVIEW_DAYS)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day


def moved(ids: Sequence[str], wanted: str, to: int) -> list[str]:
    """``ids`` with ``wanted`` at position ``to`` (0 = first; beyond the ends: at the end).

    Sending the same twice changes nothing the second time. Raises `ValueError` for an unknown id.
    """
    rest = list(ids)
    rest.remove(wanted)
    rest.insert(min(max(to, 0), len(rest)), wanted)
    return rest
