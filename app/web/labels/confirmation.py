"""Words for the page that a provider opens by a link."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_DONE = {
    "alles": _l("Thank you! Everything is confirmed."),
    "stimmt": _l("Thank you! This offer is confirmed."),
    "geaendert": _l("Thank you! The editors will change it."),
    "vorbei": _l("Thank you! The editors will take it out."),
    "plaetze": _l("Thank you! The seats are noted."),
    "pause": _l("The offer takes a break now."),
    "weiter": _l("The offer can be found again."),
    "tandem": _l("Thank you! We keep to that."),
    "zeiten": _l("Thank you! The times are changed."),
}


def done_words(code: str) -> str:
    """What was done; empty for a code that means nothing."""
    return str(_DONE.get(code, ""))


def problem_words(field: str) -> str:
    """What is wrong with what was sent."""
    if field == "seats":
        return _("Please write whole numbers; there cannot be more free seats than seats.")
    return _("Please tell us in a few words (at most 2000 characters) what has changed.")
