"""Web addresses as people type them."""

from __future__ import annotations


def web_address(typed: str | None) -> str | None:
    """The address with its beginning, which people leave out; what cannot be one stays as it is."""
    if typed and "://" not in typed and "." in typed and "@" not in typed:
        return f"https://{typed}"
    return typed
