"""Why cases go from one case worker to another, in words."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _l

_REASONS = {
    "new_colleague": _l("new colleague"),
    "leaving": _l("leaves the team"),
    "leave": _l("long absence"),
    "workload": _l("workload"),
    "language": _l("language or trust"),
    "family_together": _l("family in one hand"),
    "moved": _l("client has moved"),
    "other": _l("other reason"),
}


def handover_reason_label(code: str) -> str:
    """Why cases were handed over."""
    return str(_REASONS[code])
