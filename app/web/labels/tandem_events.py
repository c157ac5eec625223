"""Words for what happened to a tandem."""

from __future__ import annotations

from typing import Any, Final

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_ENDS: Final = {
    "reached": _l("reached what they wanted"),
    "client_stopped": _l("the client stopped"),
    "volunteer_stopped": _l("the volunteer stopped"),
    "not_fitting": _l("did not suit each other"),
    "moved": _l("moved away"),
    "case_closed": _l("case closed"),
    "mistake": _l("entered by mistake"),
}
_EVENTS: Final = {
    "tandem_wished": _l("Wishes a tandem"),
    "tandem_wish_changed": _l("Wish for a tandem changed"),
    "tandem_wish_dropped": _l("Wishes no tandem any more"),
    "tandem_agreed": _l("Tandem agreed"),
}
TANDEM_EVENTS: Final = frozenset({*_EVENTS, "tandem_ended"})


def end_label(code: str) -> str:
    """Why a tandem ended."""
    return str(_ENDS[code])


def tandem_event_words(code: str, facts: dict[str, Any]) -> str:
    """What happened, in one sentence."""
    if code == "tandem_ended":
        return _("Tandem ended (%(reason)s)", reason=end_label(facts["reason"]))
    return str(_EVENTS[code])
