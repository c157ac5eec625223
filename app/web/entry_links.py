"""Addresses of the pages about an entry, whatever its type."""

from __future__ import annotations

from flask import url_for


def entry_address(entry_type: str, entry_id: str) -> str:
    """The page of an entry."""
    if entry_type == "offer":
        return url_for("directory.offer", offer_id=entry_id)
    return url_for("directory.provider", provider_id=entry_id)


def history_address(entry_type: str, entry_id: str) -> str:
    """The history of an entry."""
    if entry_type == "offer":
        return url_for("histories.offer_history", offer_id=entry_id)
    return url_for("histories.provider_history", provider_id=entry_id)
