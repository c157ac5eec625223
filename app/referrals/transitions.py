"""Every step of a referral in one table: who may tell it, what it needs, what it writes; pure."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from app.referrals.states import FIRST_STATE, PROPOSED, TAKES_LEVEL, is_open, needs_reason

Teller = Literal["case_worker", "partner"]
Need = Literal["consent", "reason", "in_time", "rules"]
"""``in_time``: it takes something back, which is possible until the mail about it is on its way.
``rules``: it refers the client, so the rules run again."""
Effect = Literal["follow_up", "seat_taken", "seat_freed", "level", "goal", "directory"]

BEFORE_CONTACT: Final = "agreed"
STAYS_IN_THE_HOUSE: Final[frozenset[str]] = frozenset({"withdrawn", "cancelled", "unresolved"})
"""Ends that an arranged referral may come to without a word to the provider."""
WITH_THE_PARTNER: Final[frozenset[str]] = frozenset(
    {"sent", "received", "waiting_list", "accepted", "started"}
)
"""States in which the provider knows of the client, and can tell what came of it."""
PARTNER_TELLS: Final[frozenset[str]] = frozenset(
    {
        "received",
        "waiting_list",
        "accepted",
        "started",
        "completed",
        "dropped_out",
        "did_not_appear",
        "rejected",
    }
)
GIVES_A_PLACE: Final[frozenset[str]] = frozenset({"accepted", "started"})

TAKEN_BACK: Final = ("sent", BEFORE_CONTACT)
"""The step that takes a request back before it left the house."""

TAKEN_UP: Final = MappingProxyType({mode: (PROPOSED, first) for mode, first in FIRST_STATE.items()})
"""Mode → the step with which the client is referred to what was noted down for later."""

_AFTER: Final[dict[str, tuple[str, ...]]] = {
    PROPOSED: (*FIRST_STATE.values(), "withdrawn", "cancelled", "unresolved"),
    "agreed": (
        "sent",
        "received",
        "waiting_list",
        "accepted",
        "started",
        "rejected",
        "withdrawn",
        "cancelled",
        "unresolved",
    ),
    "sent": (
        BEFORE_CONTACT,
        "received",
        "waiting_list",
        "accepted",
        "started",
        "completed",
        "did_not_appear",
        "rejected",
        "withdrawn",
        "cancelled",
        "unresolved",
    ),
    "handed_over": (
        "received",
        "waiting_list",
        "accepted",
        "started",
        "completed",
        "did_not_appear",
        "rejected",
        "withdrawn",
        "cancelled",
        "unresolved",
    ),
    "received": (
        "waiting_list",
        "accepted",
        "started",
        "completed",
        "did_not_appear",
        "rejected",
        "withdrawn",
        "cancelled",
        "unresolved",
    ),
    "waiting_list": (
        "accepted",
        "started",
        "rejected",
        "withdrawn",
        "cancelled",
        "unresolved",
    ),
    "accepted": (
        "started",
        "completed",
        "did_not_appear",
        "rejected",
        "withdrawn",
        "cancelled",
        "unresolved",
    ),
    "started": ("completed", "dropped_out", "cancelled", "unresolved"),
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A step from one state to another."""

    from_state: str
    to_state: str
    by: frozenset[Teller]
    needs: frozenset[Need]
    writes: frozenset[Effect]
    """Beside the history and the access log, which every step writes."""


def _build(from_state: str, to_state: str) -> Transition:
    if (from_state, to_state) == TAKEN_BACK:
        return Transition(
            from_state,
            to_state,
            by=frozenset({"case_worker"}),
            needs=frozenset({"in_time"}),
            writes=frozenset({"follow_up", "seat_freed"}),
        )
    if from_state == PROPOSED and is_open(to_state):
        return _build_taking_up(to_state)
    by: set[Teller] = {"case_worker"}
    if from_state in WITH_THE_PARTNER and to_state in PARTNER_TELLS:
        by.add("partner")
    needs: set[Need] = {"reason"} if needs_reason(to_state) else set()
    if hands_over(from_state, to_state):
        needs.add("consent")
    return Transition(from_state, to_state, frozenset(by), frozenset(needs), _effects(to_state))


def _build_taking_up(to_state: str) -> Transition:
    """What is arranged needs the consent, as if it were referred to now."""
    needs: set[Need] = {"rules", "consent"} if to_state == BEFORE_CONTACT else {"rules"}
    return Transition(
        PROPOSED,
        to_state,
        by=frozenset({"case_worker"}),
        needs=frozenset(needs),
        writes=frozenset({"follow_up"}),
    )


def _effects(to_state: str) -> frozenset[Effect]:
    writes: set[Effect] = {"follow_up"} if is_open(to_state) else {"goal"}
    if to_state in GIVES_A_PLACE:
        writes.add("seat_taken")
    elif to_state == "waiting_list" or not is_open(to_state):
        writes.add("seat_freed")
    if to_state in TAKES_LEVEL:
        writes.add("level")
    if to_state == "rejected":
        writes.add("directory")
    return frozenset(writes)


def hands_over(from_state: str, to_state: str) -> bool:
    """Whether with this step the provider learns of the client from us for the first time."""
    return from_state == BEFORE_CONTACT and to_state not in STAYS_IN_THE_HOUSE


TRANSITIONS: Final = MappingProxyType(
    {(before, after): _build(before, after) for before, found in _AFTER.items() for after in found}
)
"""From one state to the other → the step; what is not in here cannot happen."""


def find_transition(from_state: str, to_state: str) -> Transition | None:
    """The step, if there is one."""
    return TRANSITIONS.get((from_state, to_state))


_MORE_THAN_TELLING: Final[frozenset[Need]] = frozenset({"in_time", "rules"})


def next_states(state: str, by: Teller = "case_worker") -> tuple[str, ...]:
    """The states that may follow ``state`` when ``by`` tells what happened; an end has none.

    Taking back is not among them: it tells nothing, it undoes. Nor is taking up, which refers.
    """
    return tuple(
        one.to_state
        for one in TRANSITIONS.values()
        if one.from_state == state and by in one.by and not one.needs & _MORE_THAN_TELLING
    )


def can_move(from_state: str, to_state: str, by: Teller = "case_worker") -> bool:
    """Whether a referral may go from one state to the other when ``by`` tells what happened."""
    return to_state in next_states(from_state, by)
