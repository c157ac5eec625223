"""Words for papers, appointments' forms, and for what runs out."""

from __future__ import annotations

from datetime import date
from typing import Final

from app.cases.deadlines import DeadlineWarning
from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.labels.cases import entitlement_label

_PERMITS: Final = {
    "work": _l("Work permit"),
    "residence_rule": _l("Residence obligation"),
    "travel_document": _l("Travel document"),
    "passport": _l("Passport"),
    "fiction": _l("Interim certificate"),
    "housing": _l("Housing entitlement certificate"),
    "other": _l("Other paper"),
}
_BADGES: Final = {"over": "danger", "soon": "warning", "coming": "info"}
_APPOINTMENT_KINDS: Final = {
    "counselling": _l("Counselling with us"),
    "foreigners_office": _l("Foreigners' office"),
    "benefit_authority": _l("Benefit authority"),
    "course": _l("Course or placement test"),
    "health": _l("Health"),
    "school": _l("School or day care"),
    "other": _l("Something else"),
}


def permit_label(code: str) -> str:
    """The kind of a paper."""
    return str(_PERMITS[code])


def appointment_kind_label(code: str) -> str:
    """Where an appointment is, for choosing."""
    return str(_APPOINTMENT_KINDS[code])


def warning_words(warning: DeadlineWarning) -> str:
    """What runs out, and when."""
    what, on = _what(warning), format_day(warning.deadline.on)
    if warning.days_left < 0:
        return _("%(what)s: ran out on %(day)s", what=what, day=on)
    return _("%(what)s: until %(day)s", what=what, day=on)


def warning_badge(warning: DeadlineWarning) -> str:
    """How loud it is said."""
    return _BADGES[warning.severity]


def days_left_words(on: date, today: date) -> str:
    """How long something still holds."""
    days = (on - today).days
    if days < 0:
        return ngettext("ran out %(num)s day ago", "ran out %(num)s days ago", -days)
    if days == 0:
        return _("last day today")
    return ngettext("%(num)s day left", "%(num)s days left", days)


def _what(warning: DeadlineWarning) -> str:
    kind = warning.deadline.kind
    match warning.deadline.code:
        case "counselling_ends":
            return _("Counselling")
        case "residence_expires":
            return _("Residence status")
        case "permit_expires":
            return permit_label(kind or "other")
        case "entitlement_expires":
            return entitlement_label(kind or "entitlement")
        case "certificate_expires":
            return _("Certificate of German")
        case "consent_ends":
            return _("Consent")
