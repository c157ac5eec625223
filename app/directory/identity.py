"""The identifiers of what is imported: derived from source and key, so the same on every machine."""

from __future__ import annotations

import json

from app.core.ids import derived_id


def provider_id(source: str, external_id: str) -> str:
    """The id of the provider with this key."""
    return _derived("provider", source, external_id)


def place_id(source: str, external_id: str, key: str) -> str:
    """The id of the place ``key`` of the provider with this source and key."""
    return _derived("place", source, external_id, key)


def offer_id(source: str, external_id: str) -> str:
    """The id of the offer with this key."""
    return _derived("offer", source, external_id)


def part_id(owner_id: str, part: str, position: int | str = 0) -> str:
    """The id of a dependent part (a weekly time, an attribute …) of the thing with ``owner_id``.

    ``part`` is one word.
    """
    return derived_id("part", f"{owner_id} {part} {position}")


def _derived(kind: str, *words: str) -> str:
    # A list in JSON: no two different keys can be written the same way.
    return derived_id(kind, json.dumps(words, ensure_ascii=False))
