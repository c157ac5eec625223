"""The names of purposes and kinds of data; they need nothing of a case."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from app.cases.codes import DATA_CATEGORIES
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_PURPOSES = {
    "referral": _l("Arranging an offer"),
    "authority": _l("Contact with an authority"),
    "benefit_authority": _l("Contact with the benefit authority"),
    "foreigners_office": _l("Contact with the foreigners' office"),
    "school": _l("Contact with school or childcare"),
    "health": _l("Contact with doctors and health services"),
    "volunteer": _l("Help by volunteers"),
    "takeover": _l("Taking over from other counselling"),
    "interpreting": _l("Interpreting"),
    "other": _l("Other purpose"),
}
_DATA = {
    "name": _l("Name"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "address": _l("Address"),
    "area": _l("Part of town"),
    "birth_date": _l("Date of birth"),
    "languages": _l("Languages spoken"),
    "german_level": _l("Level of German"),
    "schooling": _l("School and qualifications"),
    "work_experience": _l("Work experience"),
    "family": _l("Household"),
    "residence_status": _l("Residence status"),
    "entitlement": _l("Entitlements"),
    "plan": _l("Goals of the integration plan"),
    "needs": _l("Childcare and step-free access"),
    "health": _l("Health details"),
}


def purpose_label(code: str) -> str:
    """What data are passed on for."""
    return str(_PURPOSES[code])


def data_label(code: str) -> str:
    """A kind of data."""
    return str(_DATA[code])


def data_words(codes: Collection[str]) -> str:
    """Kinds of data in the usual order."""
    return ", ".join(data_label(code) for code in DATA_CATEGORIES if code in codes)


def consent_event_words(code: str, facts: Mapping[str, Any]) -> str:
    """What happened to a consent, for the timeline: for what, never to whom."""
    purpose = purpose_label(facts["purpose"])
    if code == "consent_revoked":
        return _("Consent revoked: %(purpose)s", purpose=purpose)
    until = format_day(date.fromisoformat(facts["until"]))
    return _("Consent given: %(purpose)s, until %(day)s", purpose=purpose, day=until)
