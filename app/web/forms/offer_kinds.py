"""Which fields of an offer the form asks for, by the kind of offer. Pure.

Only what a kind needs is asked at once; everything else stands under "further details", so that
nothing is out of reach. A field that has a value is always shown in its section.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.directory.codes import OfferKind
from app.directory.records import OfferRecord

SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "what": (
        *("title", "course_kind", "description", "plain_description", "topics", "goal_areas"),
        *("lesson_units", "website"),
    ),
    "who": (
        *("entry_level", "target_level", "sex", "min_age", "max_age", "target_groups"),
        *("entitlement_kinds", "residence_statuses", "instruction_languages", "onsite_languages"),
    ),
    "when": (
        *("starts_on", "ends_on", "registration_deadline", "individual_entry", "sessions"),
        *("by_appointment", "schedule_note", "terms", "exceptions", "on_public_holidays"),
    ),
    "where": ("places",),
    "cost": (
        *("seats_max", "seats_booked", "has_waiting_list", "seats_told_on", "seats_told_by"),
        *("cost_cents", "payer", "cost_note", "has_childcare"),
    ),
    "contact": (
        *("contacts", "contact_name", "contact_role", "contact_phone", "contact_email"),
        *("required_documents", "what_to_bring"),
    ),
    "texts": ("phrases",),
    "release": ("status", "visibility", "is_sensitive"),
}
"""Section of the form → the fields of `OfferRecord` in it, in their order."""

NOT_TYPED: Final = frozenset({"external_id", "kind", "flags", "verified_on", "verified_by"})
"""Fields that have no place in a section: keys, what is chosen before, what follows from rules."""

_ALWAYS: Final = frozenset(
    {"title", "description", "plain_description", "topics", "onsite_languages", "sessions"}
    | {"by_appointment", "schedule_note", "exceptions", "places", "cost_cents", "contacts"}
    | {"phrases", "status", "visibility", "is_sensitive", "website"}
)
_SEATS: Final = frozenset(
    {"seats_max", "seats_booked", "has_waiting_list", "seats_told_on", "seats_told_by"}
)
_PEOPLE: Final = frozenset({"sex", "min_age", "max_age", "target_groups"})
_COURSE: Final = frozenset(
    {"entry_level", "target_level", "lesson_units", "starts_on", "ends_on", "terms"}
    | {"registration_deadline", "individual_entry", "instruction_languages", "has_childcare"}
    | {"payer", "cost_note", "required_documents"}
)

_ASKED: Final[dict[OfferKind, frozenset[str]]] = {
    "language_course": _ALWAYS
    | _COURSE
    | _SEATS
    | {"course_kind", "entitlement_kinds", "residence_statuses"},
    "education": _ALWAYS | _COURSE | _SEATS | {"min_age", "max_age"},
    "work": _ALWAYS
    | _SEATS
    | {"entry_level", "residence_statuses", "starts_on", "ends_on", "registration_deadline"}
    | {"required_documents", "min_age", "max_age"},
    "club": _ALWAYS | _PEOPLE | {"individual_entry", "cost_note", "what_to_bring"},
    "meeting": _ALWAYS | _PEOPLE | {"individual_entry", "has_childcare", "what_to_bring"},
    "volunteer": _ALWAYS | _PEOPLE | _SEATS | {"instruction_languages", "has_childcare"},
    "counselling": _ALWAYS | {"sex", "target_groups", "residence_statuses", "required_documents"},
    "authority": _ALWAYS | {"residence_statuses", "required_documents"},
    "childcare": _ALWAYS
    | _SEATS
    | {"min_age", "max_age", "starts_on", "terms", "payer", "cost_note", "required_documents"}
    | {"registration_deadline"},
    "health": _ALWAYS | _PEOPLE | {"payer", "cost_note", "required_documents", "residence_statuses"},
    "housing": _ALWAYS
    | {"target_groups", "residence_statuses", "required_documents", "has_waiting_list"}
    | {"seats_max", "seats_booked", "seats_told_on", "seats_told_by", "starts_on"},
}


@dataclass(frozen=True, slots=True)
class FormSection:
    """A section of the form: what is asked at once, and what only on demand."""

    code: str
    asked: tuple[str, ...]
    further: tuple[str, ...]


def asked_fields(kind: str) -> frozenset[str]:
    """The fields that an offer of this kind needs; raises `KeyError` for an unknown kind."""
    return _ASKED[kind]  # type: ignore[index]  # an unknown kind raises, as told


def form_sections(kind: str, filled: frozenset[str] = frozenset()) -> tuple[FormSection, ...]:
    """The sections for an offer of ``kind``; ``filled`` fields have a value and are shown anyway.

    Only a language course has a course kind, so that no other kind ever asks for it.
    """
    shown = asked_fields(kind) | filled
    if filled & _SEATS:
        shown |= _SEATS  # a number of seats without its day says little
    unfit = frozenset() if kind == "language_course" else frozenset({"course_kind"})
    return tuple(
        FormSection(
            code,
            tuple(name for name in fields if name in shown and name not in unfit),
            tuple(name for name in fields if name not in shown and name not in unfit),
        )
        for code, fields in SECTIONS.items()
    )


def filled_fields(record: OfferRecord) -> frozenset[str]:
    """The fields of ``record`` that say something else than a new offer would."""
    return frozenset(
        name
        for name, field in OfferRecord.model_fields.items()
        if name not in NOT_TYPED
        and getattr(record, name) != field.get_default(call_default_factory=True)
    )
