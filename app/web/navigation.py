"""The navigation: what a person may open, in the order of their day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.accounts.permissions import Permission
from app.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry, as the page shows it."""

    label: str
    address: str
    is_current: bool


_ITEMS: tuple[tuple[str, str, Permission], ...] = (
    (_l("Today"), "today.show", "case:read"),
    (_l("Cases"), "caseload.list_cases", "case:read"),
    (_l("Directory"), "directory.search", "directory:read"),
    (_l("Referrals"), "referrals.list_referrals", "case:read"),
    (_l("Requests"), "inbox.show_list", "inbox:answer"),
    (_l("My offers"), "own_entries.show", "own_entries:edit"),
    (_l("Upkeep"), "upkeep.due", "directory:edit"),
    (_l("Access log"), "administration.audit_log", "audit:read"),
    (_l("Course rules"), "rule_sets.show", "rules:manage"),
    (_l("Accounts"), "administration.accounts", "account:manage"),
)


_ALSO_BELOW = {"caseload.list_cases": ("/uebergaben", "/vertretungen", "/notzugriffe")}
"""Pages that belong to an entry though their address does not begin with its own."""


def list_navigation(user: Any, path: str) -> list[NavigationItem]:
    """The entries for ``user`` (nothing before the sign-in); the current one is marked."""
    if not user.is_authenticated:
        return []
    return [
        NavigationItem(
            str(label),
            address,
            any(_is_below(path, own) for own in (address, *_ALSO_BELOW.get(endpoint, ()))),
        )
        for label, endpoint, permission in _ITEMS
        if user.may(permission)
        for address in [url_for(endpoint)]
    ]


def _is_below(path: str, address: str) -> bool:
    return path == address or path.startswith(address + "/")
