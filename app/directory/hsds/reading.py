"""An HSDS 3.1 organisation as a provider's record.

Written by ourselves, it gives the very record again. From others, texts for which there is no field of
ours go to the description, what we do not know is ignored, and what we cannot use (a position off the
globe, a fee in dollars, the 15th of each month) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from app.directory.excerpts import LeftOut
from app.directory.hsds.attributes import (
    LOCATION_FIELDS,
    ORGANIZATION_FIELDS,
    PREFIX,
    SEAT_FIELDS,
    SERVICE_FIELDS,
    STATUS_FIELDS,
    read_attributes,
    read_values,
)
from app.directory.hsds.contacts import ContactReader, first_number
from app.directory.hsds.json_values import Json, day_in, number_in, objects_in, text_in, whole_in
from app.directory.hsds.schedule_reading import read_times
from app.directory.hsds.writing import CENTS_PER_EURO, HELD_IN, IDENTIFIER_TYPE, STATUS
from app.directory.records import (
    LANGUAGE_TAG,
    OfferRecord,
    PlaceRecord,
    ProviderRecord,
    record_from,
)

FOREIGN_SOURCE = "hsds"
LEFT_OUT = "left_out"
"""Marks an organisation that is not whole; see `app.directory.excerpts`."""
_STATUS_READ = {words: status for status, words in STATUS.items()} | {"defunct": "withdrawn"}
_PLZ = re.compile(r"\d{5}", re.ASCII)
_MAX_LATITUDE, _MAX_LONGITUDE = 90, 180
MAX_PHRASE_CHARACTERS = 200
MAX_NOTE_CHARACTERS = 500
MAX_DIRECTIONS_CHARACTERS = 1000
MAX_TEXT_CHARACTERS = 10_000
MAX_TITLE_CHARACTERS = 300

_MORE_OF_ORGANIZATION = ("alternate_name",)
_MORE_OF_SERVICE = (
    *("alert", "alternate_name", "eligibility_description", "application_process"),
    *("interpretation_services", "wait_time", "accreditations", "licenses"),
)


def read_organization(data: Any, source: str = FOREIGN_SOURCE) -> ProviderRecord:
    """The record behind one organisation; ``source`` is taken when it names none of ours.

    Raises `pydantic.ValidationError` naming each field at fault.
    """
    data = data if isinstance(data, Mapping) else {}
    identifiers = objects_in(data, "organization_identifiers")
    key = next((one for one in identifiers if _is_ours(one, "identifier_type")), {})
    is_ours = bool(key)
    locations = _locations(data)
    contacts = ContactReader(data, is_ours=is_ours)
    services = _Services(locations, contacts, is_ours=is_ours)
    values = {
        "source": text_in(key, "identifier_scheme") or source,
        "external_id": text_in(key, "identifier") or text_in(data, "id"),
        "name": text_in(data, "name", MAX_TITLE_CHARACTERS),
        "kind": "other",
        "description": _description(data, () if is_ours else _MORE_OF_ORGANIZATION),
        "website": text_in(data, "website"),
        "email": text_in(data, "email"),
        "phone": first_number(objects_in(data, "phones")),
        "contacts": contacts.persons,
        "flags": _flags(locations),
        **read_attributes(objects_in(data, "attributes"), ORGANIZATION_FIELDS, ProviderRecord),
        "places": [_place(location) for location in locations],
        "offers": [services.read(service) for service in objects_in(data, "services")],
    }
    return record_from(values)


def find_left_out(data: Any) -> LeftOut | None:
    """What a file of ours says was left out of it."""
    attributes = objects_in(data, "attributes") if isinstance(data, Mapping) else []
    values = read_values(attributes, LEFT_OUT)
    return next((one for one in get_args(LeftOut) if one in values), None)


def _description(data: Json, more: tuple[str, ...]) -> str:
    texts = [text_in(data, name) for name in ("description", *more)]
    if not more:
        return texts[0] or ""
    whole = "\n\n".join(dict.fromkeys(text for text in texts if text))
    return text_in({"whole": whole}, "whole", MAX_TEXT_CHARACTERS) or ""


def _locations(data: Json) -> list[Json]:
    """Those of the organisation and those that stand only inside its services, each once."""
    nested = [
        at["location"]
        for service in objects_in(data, "services")
        for at in objects_in(service, "service_at_locations")
        if isinstance(at.get("location"), Mapping)
    ]
    by_id: dict[str, Json] = {}
    for location in [*objects_in(data, "locations"), *nested]:
        by_id.setdefault(str(location.get("id")), location)
    return list(by_id.values())


def _place_key(location: Json) -> str:
    key = location.get("external_identifier")
    is_ours = _is_ours(location, "external_identifier_type") and isinstance(key, str)
    return str(key) if is_ours else str(location.get("id"))


def _place(location: Json) -> dict[str, Any]:
    known = read_attributes(objects_in(location, "attributes"), LOCATION_FIELDS, PlaceRecord)
    address: Json = next(iter(objects_in(location, "addresses")), {})
    plz = text_in(address, "postal_code") or ""
    latitude, longitude = _position(location)
    precision = known.pop("precision", "exact") if latitude is not None else "unknown"
    street = text_in(address, "address_1", MAX_PHRASE_CHARACTERS + len(known.get("house_number") or ""))
    return {
        "key": _place_key(location),
        "name": text_in(location, "name", MAX_PHRASE_CHARACTERS),
        "street": _street(street, known.get("house_number")),
        "plz": plz if _PLZ.fullmatch(plz) else None,
        "town": text_in(address, "city", MAX_PHRASE_CHARACTERS) or None,
        "district": text_in(address, "address_2", MAX_PHRASE_CHARACTERS) or None,
        "latitude": latitude,
        "longitude": longitude,
        "directions": _directions(location),
        **known,
        "precision": precision,
    }


def _street(line: str | None, house_number: str | None) -> str | None:
    if not line or line == house_number:
        return None
    return line.removesuffix(f" {house_number}") if house_number else line


def _directions(location: Json) -> str | None:
    """How to get there; from others with what they say of the way into the house."""
    texts = [text_in(location, "transportation")]
    if not _is_ours(location, "external_identifier_type"):
        texts += [text_in(one, "description") for one in objects_in(location, "accessibility")]
    whole = "\n".join(text for text in texts if text)
    return text_in({"whole": whole}, "whole", MAX_DIRECTIONS_CHARACTERS) or None


def _position(location: Json) -> tuple[float | None, float | None]:
    latitude, longitude = number_in(location, "latitude"), number_in(location, "longitude")
    if latitude is None or longitude is None:
        return None, None
    if abs(latitude) > _MAX_LATITUDE or abs(longitude) > _MAX_LONGITUDE:
        return None, None
    return latitude, longitude


def _flags(locations: list[Json]) -> tuple[str, ...]:
    codes = [text_in(a, "postal_code") for place in locations for a in objects_in(place, "addresses")]
    wrong = any(code and not _PLZ.fullmatch(code) for code in codes)
    return ("postal_code_unknown",) if wrong else ()


class _Services:
    """Reads the services of one organisation, whose places and persons they refer to."""

    def __init__(self, locations: list[Json], contacts: ContactReader, *, is_ours: bool) -> None:
        self._key_of = {str(location.get("id")): _place_key(location) for location in locations}
        self._contacts = contacts
        self._is_ours = is_ours

    def read(self, service: Json) -> dict[str, Any]:
        """The values of an `OfferRecord`."""
        attributes = objects_in(service, "attributes")
        at_locations = objects_in(service, "service_at_locations")
        key_at = {str(at.get("id")): self._key_at(at) for at in at_locations}
        places = (self._key_at(at) for at in at_locations)
        times = read_times(service, self._key_of, key_at, is_ours=self._is_ours)
        note = text_in(times, "schedule_note", MAX_NOTE_CHARACTERS)
        return {
            "external_id": text_in(service, "id"),
            "title": text_in(service, "name", MAX_TITLE_CHARACTERS),
            "kind": "counselling",
            "description": _description(service, () if self._is_ours else _MORE_OF_SERVICE),
            "website": text_in(service, "url"),
            "status": _STATUS_READ.get(str(service.get("status")), "published"),
            "min_age": whole_in(service, "minimum_age"),
            "max_age": whole_in(service, "maximum_age"),
            "cost_note": _cost_note(service),
            "cost_cents": _cost_cents(service),
            "verified_on": day_in(service, "assured_date"),
            **self._contacts.read_offer(service),
            **times,
            "schedule_note": note,
            "places": list(dict.fromkeys(key for key in places if key is not None)),
            **_languages(service),
            "required_documents": [
                document
                for one in objects_in(service, "required_documents")
                if (document := text_in(one, "document", MAX_PHRASE_CHARACTERS)) is not None
            ],
            **_seats(service),
            "phrases": _phrases(attributes),
            **read_attributes(attributes, SERVICE_FIELDS + SEAT_FIELDS + STATUS_FIELDS, OfferRecord),
        }

    def _key_at(self, at: Json) -> str | None:
        location = at.get("location")
        location_id = location.get("id") if isinstance(location, Mapping) else at.get("location_id")
        return self._key_of.get(str(location_id))


def _languages(service: Json) -> dict[str, Any]:
    held_in: list[str] = []
    spoken: list[str] = []
    for one in objects_in(service, "languages"):
        tag = text_in(one, "code") or ""
        if LANGUAGE_TAG.fullmatch(tag):
            (held_in if one.get("note") == HELD_IN else spoken).append(tag)
    return {"instruction_languages": held_in, "onsite_languages": spoken}


def _cost_note(service: Json) -> str | None:
    """``fees_description``; the older name ``fees`` counts when there is no other."""
    note = text_in(service, "fees_description", MAX_NOTE_CHARACTERS)
    return text_in(service, "fees", MAX_NOTE_CHARACTERS) if note is None else note


def _cost_cents(service: Json) -> int | None:
    for one in objects_in(service, "cost_options"):
        amount = number_in(one, "amount")
        if amount is not None and (text_in(one, "currency") or "").upper() == "EUR":
            return round(amount * CENTS_PER_EURO)
    return None


def _seats(service: Json) -> dict[str, Any]:
    for one in objects_in(service, "capacities"):
        most, free = whole_in(one, "maximum"), whole_in(one, "available")
        if most is not None and free is not None and 0 <= free <= most:
            told_on = day_in(one, "updated")
            return {"seats_max": most, "seats_booked": most - free, "seats_told_on": told_on}
    return {}


def _phrases(attributes: list[Json]) -> dict[str, dict[str, str]]:
    phrases: dict[str, dict[str, str]] = {}
    for one in attributes:
        tag, value = text_in(one, "label"), text_in(one, "value")
        for part in ("title", "description"):
            if one.get("link_type") == f"{PREFIX}phrase_{part}" and tag and value is not None:
                phrases.setdefault(tag, {})[part] = value
    return phrases


def _is_ours(data: Json, field: str) -> bool:
    return data.get(field) == IDENTIFIER_TYPE
