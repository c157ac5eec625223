"""Identifiers: random for what people make, derived from the key for what is imported."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("6b1f6c1e-52c4-4b0c-9d3e-3f0a5d8f7c21")


def new_id() -> str:
    """A new random identifier (UUID 4 as text)."""
    return str(uuid.uuid4())


def derived_id(kind: str, key: str) -> str:
    """The same identifier for the same kind and key every time (UUID 5 as text)."""
    return str(uuid.uuid5(NAMESPACE, f"{kind}:{key}"))
