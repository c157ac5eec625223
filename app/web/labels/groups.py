"""Words for the groups in which offers are suggested."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _l

_GROUPS = {
    "language": _l("Learning German"),
    "work": _l("Work"),
    "training": _l("Training and education"),
    "school": _l("School"),
    "children": _l("Children and family"),
    "health": _l("Health"),
    "housing": _l("Housing"),
    "social": _l("Contact and leisure"),
    "counselling": _l("Counselling"),
    "everyday": _l("Authorities and everyday life"),
}


def group_label(code: str) -> str:
    """The name of what an offer serves."""
    return str(_GROUPS[code])
