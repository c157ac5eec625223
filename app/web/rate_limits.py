"""Slowing down who asks too often, for pages that need no account.

Counted in each server process by itself: with several of them the limit is that many times higher,
which is good enough against guessing and hammering.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

MOST_KEYS = 10_000
_PREFIX_OF_A_HOME = 64


def network_of(address: str | None) -> str:
    """Whom to count by the address of a request: with IPv6 a whole connection has 2⁶⁴ of them."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(known, IPv6Address):
        return str(ip_network((int(known), _PREFIX_OF_A_HOME), strict=False).network_address)
    return str(known)


class RateLimit:
    """At most ``number`` times in ``seconds`` for each key, after that as many as time allows."""

    def __init__(self, number: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        """``now`` counts seconds from any start."""
        self._number = number
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}
        """Key → how often it may still ask, and when that was."""

    def allow(self, key: str) -> bool:
        """Whether ``key`` may now; counts."""
        with self._lock:
            moment = self._now()
            left, since = self._left.pop(key, (float(self._number), moment))
            left = min(self._number, left + (moment - since) * self._number / self._seconds)
            is_allowed = left >= 1
            self._left[key] = (left - 1 if is_allowed else left, moment)
            while len(self._left) > MOST_KEYS:
                del self._left[next(iter(self._left))]  # who asked least lately
            return is_allowed
