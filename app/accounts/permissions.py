"""Roles and what each may do. Closed by default: what is not listed here is not allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

Role = Literal[
    "case_worker",
    "team_lead",
    "directory_editor",
    "data_protection_officer",
    "administrator",
    "provider",
]
ROLES: Final[tuple[str, ...]] = get_args(Role)

Permission = Literal[
    "directory:read",
    "directory:suggest",
    "directory:verify",
    "directory:edit",
    "case:read",
    "case:write",
    "case:read_all",
    "case:hand_over",
    "case:emergency",
    "case:review_emergencies",
    "team:manage",
    "referral:create",
    "allocation:manage",
    "audit:read",
    "account:manage",
    "rules:manage",
    "inbox:answer",
    "own_entries:edit",
]

_EVERYONE: Final = frozenset({"directory:read", "directory:suggest"})
"""Whoever works in the house finds offers, and may say that one is wrong."""

_CASE_WORK: Final = _EVERYONE | {
    "directory:verify",
    "case:read",
    "case:write",
    "case:hand_over",
    "referral:create",
}

PERMISSIONS_OF_ROLE: Final[dict[str, frozenset[str]]] = {
    "case_worker": _CASE_WORK | {"case:emergency"},
    "team_lead": _CASE_WORK
    | {"case:read_all", "case:review_emergencies", "team:manage", "allocation:manage"},
    "directory_editor": _EVERYONE | {"directory:verify", "directory:edit"},
    "data_protection_officer": _EVERYONE | {"audit:read"},
    "administrator": _EVERYONE | {"account:manage", "rules:manage"},
    "provider": frozenset({"inbox:answer", "own_entries:edit"}),  # of another house: its own alone
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person on whose behalf something happens."""

    id: str
    role: str
    name: str = ""
    day: date | None = None
    """The day on which the person asks: substitutions hold on it. `None`: none counts."""

    def may(self, permission: Permission) -> bool:
        """Whether the role of this person grants ``permission``."""
        return permission in PERMISSIONS_OF_ROLE.get(self.role, frozenset())
