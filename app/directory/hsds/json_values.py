"""Values of an HSDS file as they come: anything may stand anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

Json = Mapping[str, Any]


def objects_in(data: Json, name: str) -> list[Json]:
    """The objects in the list ``name``; empty when there is no list."""
    value = data.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def text_in(data: Json, name: str, longest: int | None = None) -> str | None:
    """The text ``name``, cut to ``longest`` characters: others write whole paragraphs anywhere."""
    value = data.get(name)
    if not isinstance(value, str):
        return None
    return value if longest is None or len(value) <= longest else value[: longest - 1] + "…"


def number_in(data: Json, name: str) -> float | None:
    """The finite number ``name``."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return None
    return value


def whole_in(data: Json, name: str) -> int | None:
    """The number ``name``, rounded."""
    value = number_in(data, name)
    return None if value is None else round(value)


def day_in(data: Json, name: str) -> date | None:
    """The day ``name``; of a moment, its day."""
    try:
        return date.fromisoformat((text_in(data, name) or "")[:10])
    except ValueError:
        return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False
