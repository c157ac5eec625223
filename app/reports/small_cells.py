"""Figures about few people tell who they are: small ones are not told, others are rounded. Pure.

Rounding keeps two tables that differ by a few people from telling about these few (differencing).
"""

from __future__ import annotations

from typing import Final

FEWEST: Final = 5
"""Below it a number of people is not told; nor is that it is none."""


def told_number(count: int) -> int | None:
    """``count`` people to the nearest multiple of `FEWEST`; `None`: fewer than that."""
    return None if count < FEWEST else (count + FEWEST // 2) // FEWEST * FEWEST
