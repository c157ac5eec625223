"""Slowing down who asks too often, for pages that need no account.

Counted in each server process by itself: with several of them the limit is that many times higher,
which is good enough against guessing and hammering.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_KEYS = 10_000


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
