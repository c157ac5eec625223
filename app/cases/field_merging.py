"""Two people type at the same case: what of a form is news, and what collides. Pure.

A form carries a fingerprint of each field as it was read. What somebody left as it was changes nothing,
whoever changed it meanwhile; only what both changed, to different ends, is a conflict.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_MARK: Final = re.compile(r"[a-z_]{1,60}:[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Merged:
    """What to do with the fields of a form."""

    changed: tuple[str, ...]
    """To be written: news, and nobody else touched it."""
    conflicts: tuple[str, ...]
    """Somebody else wrote something different there since it was read."""


def fingerprint(value: Any) -> str:
    """12 hexadecimal digits for a plain (JSON) value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def marks_of(values: Mapping[str, Any]) -> str:
    """The fingerprints of ``values`` as a form carries them: ``name:digits name:digits``."""
    return " ".join(f"{name}:{fingerprint(value)}" for name, value in sorted(values.items()))


def read_marks(text: str) -> dict[str, str]:
    """Name → fingerprint of what `marks_of` wrote; whatever else stands there is left out."""
    return dict(one.split(":", 1) for one in text.split() if _MARK.fullmatch(one))


def merge_fields(
    told: Mapping[str, Any], stored: Mapping[str, Any], as_read: Mapping[str, str] | None
) -> Merged:
    """Compare what is told with what is stored now; ``as_read`` `None`: what is told holds.

    A field that ``as_read`` does not name was not read, so a different value in it is a conflict
    unless nothing was stored there.
    """
    changed: list[str] = []
    conflicts: list[str] = []
    for name, value in told.items():
        now = stored.get(name)
        if fingerprint(value) == fingerprint(now):
            continue
        read = None if as_read is None else as_read.get(name, fingerprint(None))
        if read is not None and fingerprint(value) == read:
            continue  # left as it was read: what somebody else wrote meanwhile stays
        is_free = read is None or read == fingerprint(now)
        (changed if is_free else conflicts).append(name)
    return Merged(tuple(sorted(changed)), tuple(sorted(conflicts)))
