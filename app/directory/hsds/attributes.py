"""Facts that HSDS has no field for, as attributes of an organisation, a service or a location."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from app.core.ids import derived_id
from app.directory import identity

PREFIX = "lotsenbuch."
TOPICS = "lotsenbuch.topics"
"""The taxonomy that the topics of an offer belong to."""

ORGANIZATION_FIELDS = ("kind", "approach_note", "parent_external_id", "is_demo", "flags")
CONTACT_FIELDS = ("key", "languages", "note", "is_public")
LOCATION_FIELDS = ("house_number", "precision", "step_free", "visibility")
SEAT_FIELDS = ("seats_max", "seats_booked", "seats_told_on")
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
    "payer",
    "has_childcare",
    "has_waiting_list",
    "what_to_bring",
    "verified_by",
    "flags",
)


def write_attributes(record: BaseModel, fields: Iterable[str], owner_id: str) -> list[dict[str, Any]]:
    """The attributes for those ``fields`` of ``record`` that differ from their default."""
    attributes = []
    for field in fields:
        value = getattr(record, field)
        if value == type(record).model_fields[field].default:
            continue
        values = value if isinstance(value, tuple) else (value,)
        attributes += [attribute(field, one, owner_id, position) for position, one in enumerate(values)]
    return attributes


def attribute(field: str, value: Any, owner_id: str, position: int | str = 0) -> dict[str, Any]:
    """One attribute; a topic is a term of the taxonomy, everything else a value."""
    start = {
        "id": identity.part_id(owner_id, f"attribute.{field}", position),
        "link_type": PREFIX + field,
    }
    if field == "topics":
        return start | {"taxonomy_term": _term(str(value))}
    return start | {"value": _text(value)}


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
        field: tuple(values) if isinstance(model.model_fields[field].default, tuple) else values[-1]
        for field, values in found.items()
    }


def _value(one: Mapping[str, Any]) -> str | None:
    term = one.get("taxonomy_term")
    value = term.get("code") if isinstance(term, Mapping) else one.get("value")
    return value if isinstance(value, str) else None


def _term(code: str) -> dict[str, Any]:
    return {
        "id": derived_id("taxonomy_term", code),
        "code": code,
        "name": code.replace("_", " "),
        "description": "",
        "taxonomy": TOPICS,
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
