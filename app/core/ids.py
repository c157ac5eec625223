"""Identifiers: random for what people make, derived from the key for what is imported."""

from __future__ import annotations

import hashlib
import uuid

NAMESPACE = uuid.UUID("6b1f6c1e-52c4-4b0c-9d3e-3f0a5d8f7c21")
_NAMESPACE_HASH = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)


def new_id() -> str:
    """A new random identifier (UUID 4 as text)."""
    return str(uuid.uuid4())


def derived_id(kind: str, key: str) -> str:
    """The same identifier for the same kind and key every time (UUID 5 as text)."""
    # What `uuid.uuid5` gives, in a fifth of the time: a page of the HSDS API has thousands of them.
    hashing = _NAMESPACE_HASH.copy()
    hashing.update(f"{kind}:{key}".encode())
    digest = hashing.hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
