"""An HSDS 3.1 organisation as a provider's record.

Written by ourselves, it gives the very record again. From others, what we do not know is ignored, and
what we cannot use (a position off the globe, a fee in dollars, a monthly time) is left out.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.directory.hsds.attributes import (
    CONTACT_FIELDS,
    LOCATION_FIELDS,
    ORGANIZATION_FIELDS,
    PREFIX,
    SEAT_FIELDS,
    SERVICE_FIELDS,
    read_attributes,
)
from app.directory.hsds.writing import CENTS_PER_EURO, HELD_IN, IDENTIFIER_TYPE, STATUS, WEEKDAYS
from app.directory.records import (
    LANGUAGE_TAG,
    ContactRecord,
    OfferRecord,
    PlaceRecord,
    ProviderRecord,
    record_from,
)

FOREIGN_SOURCE = "hsds"
_STATUS_READ = {words: status for status, words in STATUS.items()} | {"defunct": "withdrawn"}
_PLZ = re.compile(r"\d{5}", re.ASCII)
_CLOCK = re.compile(r"(\d\d:\d\d)(:\d\d)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
MAX_PHRASE_CHARACTERS = 200
_MAX_LATITUDE, _MAX_LONGITUDE = 90, 180

Json = Mapping[str, Any]


def read_organization(data: Any, source: str = FOREIGN_SOURCE) -> ProviderRecord:
    """The record behind one organisation; ``source`` is taken when it names none of ours.

    Raises `pydantic.ValidationError` naming each field at fault.
    """
    data = data if isinstance(data, Mapping) else {}
    key = next(
        (i for i in _list(data, "organization_identifiers") if _is_ours(i, "identifier_type")), {}
    )
    locations = _locations(data)
    key_of = {str(location.get("id")): _place_key(location) for location in locations}
    values = {
        "source": _text(key, "identifier_scheme") or source,
        "external_id": _text(key, "identifier") or _text(data, "id"),
        "name": _text(data, "name"),
        "kind": "other",
        "description": _text(data, "description") or "",
        "website": _text(data, "website"),
        "email": _text(data, "email"),
        "phone": next((text for p in _list(data, "phones") if (text := _text(p, "number"))), None),
        "contacts": _persons(data),
        "flags": _flags(locations),
        **read_attributes(_list(data, "attributes"), ORGANIZATION_FIELDS, ProviderRecord),
        "places": [_place(location) for location in locations],
        "offers": [_offer(service, key_of) for service in _list(data, "services")],
    }
    return record_from(values)


def _locations(data: Json) -> list[Json]:
    """Those of the organisation and those that stand only inside its services, each once."""
    nested = [
        at["location"]
        for service in _list(data, "services")
        for at in _list(service, "service_at_locations")
        if isinstance(at.get("location"), Mapping)
    ]
    by_id: dict[str, Json] = {}
    for location in [*_list(data, "locations"), *nested]:
        by_id.setdefault(str(location.get("id")), location)
    return list(by_id.values())


def _place_key(location: Json) -> str:
    key = location.get("external_identifier")
    is_ours = _is_ours(location, "external_identifier_type") and isinstance(key, str)
    return str(key) if is_ours else str(location.get("id"))


def _place(location: Json) -> Json:
    known = read_attributes(_list(location, "attributes"), LOCATION_FIELDS, PlaceRecord)
    address: Json = next(iter(_list(location, "addresses")), {})
    plz = _text(address, "postal_code") or ""
    latitude, longitude = _position(location)
    precision = known.pop("precision", "exact") if latitude is not None else "unknown"
    return {
        "key": _place_key(location),
        "name": _text(location, "name"),
        "street": _street(_text(address, "address_1"), known.get("house_number")),
        "plz": plz if _PLZ.fullmatch(plz) else None,
        "town": _text(address, "city") or None,
        "district": _text(address, "address_2") or None,
        "latitude": latitude,
        "longitude": longitude,
        "directions": _text(location, "transportation"),
        **known,
        "precision": precision,
    }


def _street(line: str | None, house_number: str | None) -> str | None:
    if not line or line == house_number:
        return None
    return line.removesuffix(f" {house_number}") if house_number else line


def _position(location: Json) -> tuple[float | None, float | None]:
    latitude, longitude = _number(location, "latitude"), _number(location, "longitude")
    if latitude is None or longitude is None:
        return None, None
    if abs(latitude) > _MAX_LATITUDE or abs(longitude) > _MAX_LONGITUDE:
        return None, None
    return latitude, longitude


def _flags(locations: list[Json]) -> tuple[str, ...]:
    codes = [_text(a, "postal_code") for place in locations for a in _list(place, "addresses")]
    wrong = any(code and not _PLZ.fullmatch(code) for code in codes)
    return ("postal_code_unknown",) if wrong else ()


def _offer(service: Json, key_of: Mapping[str, str]) -> Json:
    attributes = _list(service, "attributes")
    return {
        "external_id": _text(service, "id"),
        "title": _text(service, "name"),
        "kind": "counselling",
        "description": _text(service, "description") or "",
        "website": _text(service, "url"),
        "contact_email": _text(service, "email"),
        "status": _STATUS_READ.get(str(service.get("status")), "published"),
        "min_age": _whole(service, "minimum_age"),
        "max_age": _whole(service, "maximum_age"),
        "cost_note": _text(service, "fees_description"),
        "cost_cents": _cost_cents(service),
        "verified_on": _day(_text(service, "assured_date")),
        **_contact(service, phone="contact_phone", name="contact_name", role="contact_role"),
        **_times(service, key_of),
        "places": _place_keys(service, key_of),
        **_languages(service),
        "required_documents": [
            document
            for one in _list(service, "required_documents")
            if (document := _cut(_text(one, "document"))) is not None
        ],
        **_seats(service),
        "phrases": _phrases(attributes),
        **read_attributes(attributes, SERVICE_FIELDS + SEAT_FIELDS, OfferRecord),
    }


def _times(service: Json, key_of: Mapping[str, str]) -> Json:
    """``sessions``, ``starts_on`` and ``ends_on`` from the schedules here and at the locations."""
    schedules = [(one, key_of.get(str(one.get("location_id")))) for one in _list(service, "schedules")]
    for at in _list(service, "service_at_locations"):
        schedules += [(one, _location_key(at, key_of)) for one in _list(at, "schedules")]
    starts = [day for one, _ in schedules if (day := _day(_text(one, "valid_from")))]
    ends = [day for one, _ in schedules if (day := _day(_text(one, "valid_to")))]
    return {
        "sessions": [session for one, key in schedules for session in _sessions(one, key)],
        "starts_on": min(starts, default=None),
        "ends_on": max(ends, default=None),
    }


def _sessions(schedule: Json, place: str | None) -> list[Json]:
    opens, closes = _clock(schedule, "opens_at"), _clock(schedule, "closes_at")
    every = _number(schedule, "interval") or 1
    if schedule.get("freq") != "WEEKLY" or every != 1 or not opens or not closes or closes <= opens:
        return []
    days = [day.strip() for day in (_text(schedule, "byday") or "").split(",")]
    return [
        {
            "weekday": WEEKDAYS.index(day) + 1,
            "starts": opens,
            "ends": closes,
            "place": place,
            "note": _cut(_text(schedule, "notes")),
        }
        for day in days
        if day in WEEKDAYS
    ]


def _location_key(at: Json, key_of: Mapping[str, str]) -> str | None:
    location = at.get("location")
    location_id = location.get("id") if isinstance(location, Mapping) else at.get("location_id")
    return key_of.get(str(location_id))


def _place_keys(service: Json, key_of: Mapping[str, str]) -> list[str]:
    keys = (_location_key(at, key_of) for at in _list(service, "service_at_locations"))
    return list(dict.fromkeys(key for key in keys if key is not None))


def _languages(service: Json) -> Json:
    held_in: list[str] = []
    spoken: list[str] = []
    for one in _list(service, "languages"):
        tag = _text(one, "code") or ""
        if LANGUAGE_TAG.fullmatch(tag):
            (held_in if one.get("note") == HELD_IN else spoken).append(tag)
    return {"instruction_languages": held_in, "onsite_languages": spoken}


def _cost_cents(service: Json) -> int | None:
    for one in _list(service, "cost_options"):
        amount = _number(one, "amount")
        if amount is not None and one.get("currency") == "EUR":
            return round(amount * CENTS_PER_EURO)
    return None


def _seats(service: Json) -> Json:
    for one in _list(service, "capacities"):
        most, free = _whole(one, "maximum"), _whole(one, "available")
        if most is not None and free is not None and 0 <= free <= most:
            told_on = _day((_text(one, "updated") or "")[:10])
            return {"seats_max": most, "seats_booked": most - free, "seats_told_on": told_on}
    return {}


def _phrases(attributes: list[Json]) -> Json:
    phrases: dict[str, dict[str, str]] = {}
    for one in attributes:
        tag, value = _text(one, "label"), _text(one, "value")
        for part in ("title", "description"):
            if one.get("link_type") == f"{PREFIX}phrase_{part}" and tag and value is not None:
                phrases.setdefault(tag, {})[part] = value
    return phrases


def _contact(data: Json, *, phone: str, name: str, role: str) -> Json:
    person: Json = next(iter(_list(data, "contacts")), {})
    numbers = _list(data, "phones") + _list(person, "phones")
    number = next((text for one in numbers if (text := _text(one, "number"))), None)
    return {phone: number, name: _text(person, "name"), role: _text(person, "title")}


def _persons(data: Json) -> list[Json]:
    """The contact persons of an organisation; one without a name goes by the role."""
    persons: list[Json] = []
    for position, one in enumerate(_list(data, "contacts")):
        name, role = _text(one, "name"), _text(one, "title")
        if not name and not role:
            continue
        attributes = _list(one, "attributes")
        persons.append(
            {
                "key": _text(one, "id") or str(position),
                "name": name or role,
                "role": role if name else None,
                "email": _text(one, "email"),
                "phone": next((t for p in _list(one, "phones") if (t := _text(p, "number"))), None),
                "hours": [json.loads(value) for value in _values(attributes, "hours")],
                **read_attributes(attributes, CONTACT_FIELDS, ContactRecord),
            }
        )
    return persons


def _values(attributes: list[Json], field: str) -> list[str]:
    texts = (_text(one, "value") for one in attributes if one.get("link_type") == PREFIX + field)
    return [text for text in texts if text is not None]


def _is_ours(data: Json, field: str) -> bool:
    return data.get(field) == IDENTIFIER_TYPE


def _list(data: Json, name: str) -> list[Json]:
    value = data.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(data: Json, name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) else None


def _cut(text: str | None) -> str | None:
    """``text`` in the length that a phrase of ours may have; others write whole paragraphs there."""
    if text is None or len(text) <= MAX_PHRASE_CHARACTERS:
        return text
    return text[: MAX_PHRASE_CHARACTERS - 1] + "…"


def _number(data: Json, name: str) -> float | None:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return None
    return value


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


def _whole(data: Json, name: str) -> int | None:
    value = _number(data, name)
    return None if value is None else round(value)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _clock(data: Json, name: str) -> str | None:
    found = _CLOCK.fullmatch(_text(data, name) or "")
    return found[1] if found else None
