"""Words for papers, appointments' forms, and for what runs out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from app.cases.codes import PERMIT_KINDS
from app.cases.deadlines import DeadlineWarning
from app.core.i18n import format_day, format_moment, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.labels.cases import entitlement_label, residence_label
from app.web.labels.papers import permit_label

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


def recorded_paper_words(value: dict[str, Any]) -> str:
    """A paper, an entitlement or a residence status as the history of changes keeps it."""
    kind = value.get("kind")
    if "status" in value:
        name = residence_label(value["status"])
    else:
        name = permit_label(kind) if kind in PERMIT_KINDS else entitlement_label(str(kind))
    begin = value.get("valid_from") or value.get("issued_on")
    end = value.get("expires_on") or value.get("valid_until")
    parts = [
        name,
        _("from %(day)s", day=format_day(date.fromisoformat(begin))) if begin else "",
        _("valid until %(day)s", day=format_day(date.fromisoformat(end))) if end else "",
        value.get("condition") or value.get("issuer") or "",
    ]
    return ", ".join(part for part in parts if part)


def recorded_appointment_words(value: dict[str, Any]) -> str:
    """An appointment as the history of changes keeps it."""
    parts = [
        appointment_kind_label(value["kind"]),
        format_moment(datetime.fromisoformat(value["starts_at"])),
        *(value.get(name) or "" for name in ("place", "with_whom", "bring", "note")),
    ]
    return ", ".join(part for part in parts if part)


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
