"""Words for the list of cases and the summary of a case."""

from __future__ import annotations

from app.cases.handover_summaries import Expiring
from app.core.i18n import lazy_gettext as _l
from app.web.labels.cases import entitlement_label, residence_label

_STATES = {"open": _l("open"), "closed": _l("closed"), "all": _l("all")}
_WAYS = {
    "own": _l("own"),
    "deputised": _l("standing in"),
    "team": _l("of the team"),
    "emergency": _l("opened in an emergency"),
}
_EXTRAS = {
    "no_contact": _l("no contact for 60 days"),
    "ends_soon": _l("counselling ends within 6 months"),
    "status_expires": _l("status expires within 3 months"),
    "without_plan": _l("no open goal"),
    "without_information": _l("not informed (Art. 13 GDPR)"),
    "without_agreement": _l("no agreement to take part"),
    "without_consent": _l("no consent that holds"),
}
_SORTS = {
    "name": _l("Name"),
    "contact": _l("Last contact"),
    "follow_up": _l("Follow-up"),
    "ends": _l("End of counselling"),
    "status": _l("Status valid until"),
    "level": _l("German"),
    "started": _l("Counselled since"),
}
_EXPIRING = {
    "status": _l("Residence status"),
    "permit": _l("Permit or paper"),
    "entitlement": _l("Entitlement"),
    "counselling": _l("Counselling"),
}


def case_state_label(code: str) -> str:
    """Open, closed, or all."""
    return str(_STATES[code])


def way_label(code: str) -> str:
    """How one comes to see a case."""
    return str(_WAYS[code])


def extra_label(code: str) -> str:
    """What may be missing or near its end."""
    return str(_EXTRAS[code])


def sort_label(code: str) -> str:
    """What a list is sorted by."""
    return str(_SORTS[code])


def expiring_words(end: Expiring) -> str:
    """What has an end, with which one it is where there are several."""
    what = str(_EXPIRING[end.kind])
    if end.kind == "status" and end.code:
        return residence_label(end.code)
    return entitlement_label(end.code) if end.kind == "entitlement" else what
