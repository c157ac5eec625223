"""Words for importing and exporting."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _l

_MAPPINGS = {
    "lotsenbuch": _l("our own table (Export)"),
    "leipzig_vereine": _l("clubs of Leipzig (LeipzigData)"),
}


def mapping_label(name: str) -> str:
    """What a shipped mapping reads; one without words by its own name."""
    return str(_MAPPINGS.get(name, name))
