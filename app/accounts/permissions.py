"""Roles and what each may do. Closed by default: what is not listed here is not allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal[
    "case_worker", "team_lead", "directory_editor", "data_protection_officer", "administrator"
]
ROLES: Final[tuple[str, ...]] = get_args(Role)

Permission = Literal[
    "directory:read",
    "directory:flags",
    "case:read",
    "case:write",
    "case:read_all",
    "referral:create",
    "audit:read",
    "account:manage",
]

PERMISSIONS_OF_ROLE: Final[dict[str, frozenset[str]]] = {
    "case_worker": frozenset({"directory:read", "case:read", "case:write", "referral:create"}),
    "team_lead": frozenset(
        {"directory:read", "case:read", "case:write", "case:read_all", "referral:create"}
    ),
    "directory_editor": frozenset({"directory:read", "directory:flags"}),
    "data_protection_officer": frozenset({"directory:read", "audit:read"}),
    "administrator": frozenset({"directory:read", "account:manage"}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person on whose behalf something happens."""

    id: str
    role: str
    name: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether the role of this person grants ``permission``."""
        return permission in PERMISSIONS_OF_ROLE.get(self.role, frozenset())
