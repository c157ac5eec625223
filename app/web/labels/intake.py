"""Words of the intake: codes of schooling and literacy, sections, and values of single fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from app.cases.codes import SKILLS
from app.core.i18n import format_day, format_number
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms.countries import country_name
from app.web.labels import cases, counselling, legal, lifecycle

_LITERACY = {
    "none": _l("cannot read or write"),
    "other_script": _l("in another script only"),
    "latin_slow": _l("in Latin script, slowly"),
    "latin": _l("in Latin script, well"),
}
_SCHOOLING = {
    "none": _l("no school"),
    "primary": _l("primary school"),
    "lower_secondary": _l("secondary school, to class 9 or 10"),
    "upper_secondary": _l("secondary school, to class 12 or 13"),
    "vocational": _l("vocational school or training"),
    "university": _l("university"),
}
_RECOGNITION = {
    "not_applied": _l("not applied for"),
    "applied": _l("applied for"),
    "partly": _l("recognised in part"),
    "full": _l("recognised"),
    "rejected": _l("not recognised"),
}
_AGREED_BY = {"client": _l("the client"), "guardian": _l("the guardian")}


_MORE_FIELDS = {
    "counselling_ends_on": _l("Counselled until"),
    "informed_on": _l("Informed about data protection"),
    "informed_language": _l("Language of the information"),
    "agreed_on": _l("Agreed to take part"),
    "agreed_by": _l("Agreed by"),
    "permit": _l("Paper"),
    "entitlement": _l("Entitlement"),
    "residence": _l("History of the status"),
    "appointment": _l("Appointment"),
    "person": _l("Guardian or emergency contact"),
}


def literacy_label(code: str) -> str:
    """How well somebody reads and writes."""
    return str(_LITERACY[code])


def schooling_label(code: str) -> str:
    """How long somebody went to school."""
    return str(_SCHOOLING[code])


def recognition_label(code: str) -> str:
    """How far the recognition of a degree is."""
    return str(_RECOGNITION[code])


def recorded_field_label(name: str) -> str:
    """What a field is called in the history of changes; an unknown code is shown as it is."""
    if name.startswith("level_"):
        return _("German: %(skill)s", skill=cases.skill_label(name.removeprefix("level_")))
    if counselling.is_entry(name):
        return counselling.entry_label(name)
    if name.startswith("goal."):
        return _("Goal of the plan")
    if name.startswith("step."):
        return _("Step of the plan")
    if name in _MORE_FIELDS:
        return str(_MORE_FIELDS[name])
    try:
        return cases.field_label(name)
    except KeyError:
        return name


def degree_words(degree: dict[str, Any]) -> str:
    """A degree with country and recognition."""
    parts = [degree["title"]]
    if degree.get("country"):
        parts.append(country_name(degree["country"]))
    if degree.get("recognition"):
        parts.append(recognition_label(degree["recognition"]))
    return ", ".join(parts)


def work_words(work: dict[str, Any]) -> str:
    """A time of work with its length and country."""
    parts = [work["occupation"]]
    if work.get("years") is not None:
        parts.append(_("%(years)s years", years=format_number(work["years"], 2)))
    if work.get("country"):
        parts.append(country_name(work["country"]))
    return ", ".join(parts)


def _level(value: dict[str, Any]) -> str:
    known_on = value.get("known_on")
    words = cases.level_words(
        value["level"], value.get("evidence"), date.fromisoformat(known_on) if known_on else None
    )
    if value.get("expires_on"):
        until = format_day(date.fromisoformat(value["expires_on"]))
        return _("%(level)s, valid until %(day)s", level=words, day=until)
    return words


def _entitlement(row: list[Any]) -> str:
    kind, issuer, issued_on, valid_until = row
    words = cases.entitlement_label(kind)
    if issuer:
        words = f"{words}, {issuer}"
    if issued_on:
        words = f"{words}, {_('of %(day)s', day=_day(issued_on))}"
    if valid_until:
        words = f"{words}, {_('valid until %(day)s', day=_day(valid_until))}"
    return words


def _day(value: str) -> str:
    return format_day(date.fromisoformat(value))


def _yes_no(value: Any) -> str:
    return _("yes") if value else _("no")


def _each(words: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda values: "; ".join(words(one) for one in values) or _("none")


_VALUES: Final[dict[str, Callable[[Any], str]]] = {
    "sex": cases.sex_label,
    "birth_date": _day,
    "nationalities": _each(country_name),
    "languages": cases.spoken_words,
    "reads": cases.reading_words,
    "sheet_language": cases.spoken_language,
    "interpreting_language": cases.spoken_language,
    "informed_language": cases.spoken_language,
    "literacy": literacy_label,
    "schooling": schooling_label,
    "degrees": _each(degree_words),
    "work_experience": _each(work_words),
    "mobility": cases.mobility_label,
    "max_distance_km": lambda value: f"{format_number(value, 2)} km",
    "needs_childcare": _yes_no,
    "needs_step_free": _yes_no,
    "available": cases.times_words,
    "interests": _each(str),
    "goals": _each(lambda goal: cases.goal_words(goal[0], goal[2], goal[1])),
    "entitlements": _each(_entitlement),
    "residence_status": cases.residence_label,
    "residence_status_expires_on": _day,
    "informed_on": _day,
    "agreed_on": _day,
    "agreed_by": lambda code: str(_AGREED_BY[code]),
    "counselling_started_on": _day,
    "counselling_ends_on": _day,
    "permit": legal.recorded_paper_words,
    "entitlement": legal.recorded_paper_words,
    "residence": legal.recorded_paper_words,
    "appointment": legal.recorded_appointment_words,
    "person": lifecycle.recorded_person_words,
}
_ON_A_CLICK: Final = frozenset({"appointment", "person"})
"""May hold a note; is about somebody else."""
_AS_IT_IS: Final = frozenset(
    {"given_name", "family_name", "phone", "email", "street", "house_number", "plz", "town",
     "schooling_years", "benefit_reference", "office_contact", "accommodation_id",
     "benefit_authority_id"}
)  # fmt: skip
OPEN_FIELDS: Final = (
    frozenset({*_VALUES, *_AS_IT_IS, *(f"level_{skill}" for skill in SKILLS)}) - _ON_A_CLICK
)
"""Fields whose values the history of changes shows at once; all others open on a click."""


def value_words(field: str, value: Any, names: dict[str, str] | None = None) -> str:
    """What a field says, as people read it. ``names``: id → name of accommodations and providers."""
    if value is None or value == "":
        return _("unknown")
    if field.startswith("level_"):
        return _level(value)
    if counselling.is_entry(field):
        return counselling.earlier_words(value)
    if names and isinstance(value, str) and value in names:
        return names[value]
    words = _VALUES.get(field)
    try:
        return words(value) if words else str(value)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        return str(value)  # written by an earlier version that knew other codes
