"""Words for the papers of a client, and for what happened to them."""

from __future__ import annotations

from typing import Final

from app.core.i18n import lazy_gettext as _l

_PERMITS: Final = {
    "work": _l("Work permit"),
    "residence_rule": _l("Residence obligation"),
    "travel_document": _l("Travel document"),
    "passport": _l("Passport"),
    "fiction": _l("Interim certificate"),
    "housing": _l("Housing entitlement certificate"),
    "other": _l("Other paper"),
}
_PAPER_EVENTS: Final = {
    "permit_added": _l("Paper noted: %(paper)s"),
    "permit_changed": _l("Paper corrected: %(paper)s"),
    "permit_removed": _l("Paper taken out: %(paper)s"),
    "entitlement_added": _l("Entitlement noted: %(paper)s"),
    "entitlement_changed": _l("Entitlement corrected: %(paper)s"),
    "entitlement_removed": _l("Entitlement taken out: %(paper)s"),
    "residence_recorded": _l("Residence status: %(paper)s"),
    "residence_corrected": _l("Residence status corrected: %(paper)s"),
}
PAPER_EVENTS: Final = frozenset(_PAPER_EVENTS)
"""The codes of case events that `paper_event_words` knows."""


def permit_label(code: str) -> str:
    """The kind of a paper."""
    return str(_PERMITS[code])


def paper_event_words(code: str, paper: str) -> str:
    """What happened to a paper, an entitlement or the residence status."""
    return str(_PAPER_EVENTS[code]) % {"paper": paper}
