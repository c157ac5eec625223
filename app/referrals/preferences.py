"""One client, several offers in an order of preference: what is next, what became needless; pure.

The first choice is tried at once, further ones may be tried beside it; the rest is ``proposed``. When
a choice comes to nothing, it is the turn of the next one; when one gives a place, the rest is needless,
which a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.referrals.states import PROPOSED, is_open

FEWEST: Final = 2
MOST: Final = 5
"""More than that is no order of preference but a list."""
HAS_A_PLACE: Final[frozenset[str]] = frozenset({"accepted", "started", "completed"})
NOT_ABOUT_THE_OFFER: Final[frozenset[str]] = frozenset({"illness", "found_other", "moved"})
"""Reasons to withdraw that hold for every other choice as well."""
_PASSES_ON: Final[frozenset[str]] = frozenset(
    {"rejected", "unresolved", "did_not_appear", "dropped_out", "withdrawn"}
)

OrderProblem = Literal["too_few", "too_many", "twice", "first_is_later", "later_before_now"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A referral of the bundle."""

    referral_id: str
    preference: int
    """From 1."""
    state: str


def find_order_problem(numbers: Sequence[int], are_now: Sequence[bool]) -> OrderProblem | None:
    """What is wrong with an order that somebody chose, if anything.

    ``numbers``: the place of each offer; ``are_now``: whether it is tried at once. Each place is there
    once, and what waits comes after what is tried.
    """
    if not FEWEST <= len(numbers) <= MOST:
        return "too_few" if len(numbers) < FEWEST else "too_many"
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        return "twice"
    in_order = [is_now for _number, is_now in sorted(zip(numbers, are_now, strict=True))]
    if not in_order[0]:
        return "first_is_later"
    return "later_before_now" if sorted(in_order, reverse=True) != in_order else None


def leads_to_next(state: str, reason: str | None) -> bool:
    """Whether a choice that ended like this makes it the turn of the next one."""
    if state == "cancelled":
        return reason == "offer_ended"
    return state in _PASSES_ON and reason not in NOT_ABOUT_THE_OFFER


def find_next(choices: Iterable[Choice]) -> Choice | None:
    """The choice whose turn it is: the first that waits, as long as none gives a place."""
    known = list(choices)
    if any(one.state in HAS_A_PLACE for one in known):
        return None
    waiting = [one for one in known if one.state == PROPOSED]
    return min(waiting, key=lambda one: one.preference, default=None)


@dataclass(frozen=True, slots=True)
class Needless:
    """What nobody needs any more, as another choice gives a place."""

    waiting: tuple[Choice, ...] = ()
    """Nobody outside knows of them: they can be cancelled at once."""
    under_way: tuple[Choice, ...] = ()
    """The client or a provider has been told: each is withdrawn for itself."""


def find_needless(choices: Iterable[Choice], taken_id: str) -> Needless:
    """What became needless with the choice ``taken_id``; nothing unless that gives a place."""
    known = sorted(choices, key=lambda one: one.preference)
    if not any(one.referral_id == taken_id and one.state in HAS_A_PLACE for one in known):
        return Needless()
    others = [one for one in known if one.referral_id != taken_id and is_open(one.state)]
    return Needless(
        tuple(one for one in others if one.state == PROPOSED),
        tuple(one for one in others if one.state != PROPOSED),
    )
