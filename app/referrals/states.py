"""The life of a referral, in both modes.

A signpost: the client goes alone, and tells what came of it. ``handed_over`` → what the client reports
(``received`` by the provider, on the ``waiting_list``, ``accepted``, ``started``) → one of the ends.

An arranged referral: ``agreed`` with the client → ``sent`` once we have contacted the provider, which
is the moment when data leave the house → what the provider or the client tells → one of the ends.

Of several offers in the client's order of preference the later ones are ``proposed`` first: noted down,
nothing leaves the house, no seat is held. Taken up, they go the way of the others.

Every open state carries a follow-up date, an end never.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal, get_args

Mode = Literal["signpost", "arranged"]
MODES: Final[tuple[str, ...]] = get_args(Mode)
OpenState = Literal[
    "proposed", "handed_over", "agreed", "sent", "received", "waiting_list", "accepted", "started"
]
EndState = Literal[
    "completed",
    "dropped_out",
    "did_not_appear",
    "rejected",
    "withdrawn",
    "cancelled",
    "unresolved",
]
OPEN_STATES: Final[tuple[str, ...]] = get_args(OpenState)
END_STATES: Final[tuple[str, ...]] = get_args(EndState)
STATES: Final[tuple[str, ...]] = OPEN_STATES + END_STATES
FIRST_STATE: Final = MappingProxyType({"signpost": "handed_over", "arranged": "agreed"})
"""By mode."""
PROPOSED: Final = "proposed"
"""Comes before the first state: a later choice of several that nobody was told of yet."""
_CLIENT_SIDE = (
    "times",
    "too_far",
    "childcare",
    "illness",
    "cost",
    "found_other",
    "moved",
    "no_interest",
)
REASONS: Final = MappingProxyType(
    {
        "dropped_out": ("level_too_low", "level_too_high", *_CLIENT_SIDE, "other"),
        "did_not_appear": ("not_understood", *_CLIENT_SIDE, "not_told", "other"),
        "rejected": (
            "full",
            "not_eligible",
            "level_too_low",
            "level_too_high",
            "documents_missing",
            "offer_ended",
            "other",
        ),
        "withdrawn": (*_CLIENT_SIDE, "other"),
        "cancelled": ("mistake", "offer_ended", "found_other", "other"),
        "unresolved": ("no_answer", "client_not_reached", "other"),
    }
)
"""End state → the reasons one of which it needs; `completed` needs none."""
PutOffReason = Literal[
    "client_not_reached", "provider_not_reached", "they_will_call", "too_early", "other"
]
PUT_OFF_REASONS: Final[tuple[str, ...]] = get_args(PutOffReason)
"""Why a follow-up is put off."""
ALL_REASONS: Final[tuple[str, ...]] = tuple(
    dict.fromkeys([*(reason for reasons in REASONS.values() for reason in reasons), *PUT_OFF_REASONS])
)

TAKES_LEVEL: Final[frozenset[str]] = frozenset({"completed", "dropped_out"})
"""Ends with which a level of German may have been reached."""
MAY_LIE_AHEAD: Final[frozenset[str]] = frozenset({"accepted", "waiting_list"})
"""States that may tell of a day to come: the start date, or about when it is one's turn."""
OPENS_NEXT_BEST: Final[frozenset[str]] = frozenset({"rejected", "unresolved", "dropped_out"})
"""Ends after which the client is shown another way at once."""

OVERDUE_DAYS: Final = 14
"""A follow-up that fell due longer ago than this was not answered."""
NO_NEWS_STATES: Final[frozenset[str]] = frozenset({"handed_over", "sent"})
"""States in which nobody has told anything yet."""
NO_NEWS_DAYS: Final = 28
"""So long after it began, a referral without any news is unanswered, however often it was put off."""


def is_open(state: str) -> bool:
    """Whether something is still to come."""
    return state in OPEN_STATES


def reasons_for(state: str) -> tuple[str, ...]:
    """The reasons to choose from when a referral moves to ``state``; empty when it needs none."""
    return REASONS.get(state, ())


def needs_reason(state: str) -> bool:
    """Whether moving to ``state`` must be explained."""
    return bool(reasons_for(state))
