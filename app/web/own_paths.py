"""Going back to where somebody came from, without being led elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_path(target: str | None) -> str | None:
    """``target`` when it is a path of this application; otherwise `None`."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(not character.isprintable() for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
