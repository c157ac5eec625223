"""How the entries of the audit log hang together. Pure."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Final

FIRST_LINK: Final = "0" * 64
"""What stands for the hash before the very first entry."""


def link_hash(
    previous: str,
    seq: int,
    at: datetime,
    actor_id: str | None,
    action: str,
    subject_type: str,
    subject_id: str,
) -> str:
    """SHA-256 (hex) over an entry and the hash of the one before; ``at`` counts in UTC."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [previous, seq, moment, actor_id, action, subject_type, subject_id]
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
