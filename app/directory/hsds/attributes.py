"""Facts that HSDS has no field for, as attributes of an organisation, a service or a location."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.core.ids import derived_id
from app.directory import identity

Json = dict[str, Any]
TermOf = Callable[[str], Json]
"""Gives the HSDS taxonomy term of a concept."""

PREFIX: Final = "lotsenbuch."
TOPICS: Final = "lotsenbuch.topics"
"""The taxonomy that the topics of an offer belong to."""

_Part = TypeVar("_Part", bound=BaseModel)

ORGANIZATION_FIELDS = ("kind", "approach_note", "parent_external_id", "is_demo", "flags")
CONTACT_FIELDS = ("key", "note", "is_public")
LOCATION_FIELDS = ("house_number", "precision", "step_free", "visibility")
SEAT_FIELDS = ("seats_max", "seats_booked", "seats_told_on")
SPAN_FIELDS = ("starts_on", "ends_on")
STATUS_FIELDS = ("status",)
SERVICE_FIELDS = (
    "external_id",
    "kind",
    "course_kind",
    "plain_description",
    "visibility",
    "is_sensitive",
    "entry_level",
    "target_level",
    "lesson_units",
    "sex",
    "target_groups",
    "residence_statuses",
    "entitlement_kinds",
    "goal_areas",
    "topics",
    "registration_deadline",
    "individual_entry",
    "by_appointment",
    "schedule_note",
    "on_public_holidays",
    "payer",
    "has_childcare",
    "seats_told_by",
    "has_waiting_list",
    "what_to_bring",
    "verified_by",
    "flags",
)


def term_id(concept: str) -> str:
    """The id of the taxonomy term for a concept."""
    return derived_id("taxonomy_term", concept)


def plain_term(concept: str) -> Json:
    """The taxonomy term of a concept of which no more than the key is known."""
    return {
        "id": term_id(concept),
        "code": concept,
        "name": concept.replace("_", " "),
        "description": "",
        "taxonomy": TOPICS,
    }


def write_attributes(
    record: BaseModel, fields: Iterable[str], owner_id: str, term_of: TermOf = plain_term
) -> list[Json]:
    """The attributes for those ``fields`` of ``record`` that differ from their default."""
    attributes = []
    defaults = _defaults(type(record))
    for field in fields:
        value = getattr(record, field)
        if value == defaults[field]:
            continue
        values = value if isinstance(value, tuple) else (value,)
        for position, one in enumerate(values):
            written = attribute(field, one, owner_id, position)
            if field == "topics":
                del written["value"]
                written["taxonomy_term"] = term_of(str(one))
            attributes.append(written)
    return attributes


def attribute(field: str, value: Any, owner_id: str, position: int | str = 0) -> Json:
    """One attribute with a plain value."""
    return {
        "id": identity.part_id(owner_id, f"attribute.{field}", position),
        "link_type": PREFIX + field,
        "value": _text(value),
    }


def write_parts(field: str, parts: Iterable[BaseModel], owner_id: str) -> list[Json]:
    """An attribute for each of ``parts``, with its fields as JSON."""
    return [
        attribute(field, part.model_dump_json(exclude_defaults=True), owner_id, position)
        for position, part in enumerate(parts)
    ]


def read_parts(
    attributes: Iterable[Mapping[str, Any]], field: str, model: type[_Part]
) -> tuple[_Part, ...]:
    """What `write_parts` wrote; what is none is left out."""
    parts = []
    for value in read_values(attributes, field):
        try:
            parts.append(model.model_validate_json(value))
        except ValidationError:
            continue
    return tuple(parts)


def read_values(attributes: Iterable[Mapping[str, Any]], field: str) -> list[str]:
    """The values of all attributes for ``field``."""
    values = (_value(one) for one in attributes if one.get("link_type") == PREFIX + field)
    return [value for value in values if value is not None]


def read_attributes(
    attributes: Iterable[Mapping[str, Any]], fields: Iterable[str], model: type[BaseModel]
) -> dict[str, Any]:
    """The values of those ``fields`` of ``model`` that ``attributes`` name; others are ignored."""
    wanted = {PREFIX + field: field for field in fields}
    found: dict[str, list[str]] = {}
    for one in attributes:
        field = wanted.get(str(one.get("link_type")))
        value = _value(one)
        if field is not None and value is not None:
            found.setdefault(field, []).append(value)
    return {
        field: tuple(values) if isinstance(_defaults(model)[field], tuple) else values[-1]
        for field, values in found.items()
    }


@cache
def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    return {name: field.default for name, field in model.model_fields.items()}


def _value(one: Mapping[str, Any]) -> str | None:
    term = one.get("taxonomy_term")
    value = term.get("code") if isinstance(term, Mapping) else one.get("value")
    return value if isinstance(value, str) else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
