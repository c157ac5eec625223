"""The way of a registration, as one table; pure.

``unconfirmed`` → (link in the mail) → ``waiting`` → ``accepted`` | ``declined``; in between an editor
may ask back (``asked``), and the answer brings it back to ``waiting``. Whoever registered may withdraw
until it is decided: then it is deleted.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal, get_args

State = Literal["unconfirmed", "waiting", "asked", "accepted", "declined"]
STATES: Final[tuple[str, ...]] = get_args(State)

AFTER: Final = MappingProxyType(
    {
        "unconfirmed": ("waiting",),
        "waiting": ("asked", "accepted", "declined"),
        "asked": ("waiting", "accepted", "declined"),
        "accepted": (),
        "declined": (),
    }
)
IN_THE_QUEUE: Final[tuple[str, ...]] = ("waiting", "asked")
"""What an editor has to do with."""
CONFIRM_WITHIN: Final = timedelta(days=7)
"""Whose address is not confirmed by then is forgotten: it may not have been theirs."""


def can_become(state: str, after: str) -> bool:
    """Whether a registration may go from one state to the other."""
    return after in AFTER[state]
