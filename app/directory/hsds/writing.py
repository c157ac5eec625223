"""A provider's record as an HSDS 3.1 organisation."""

from __future__ import annotations

import json
from typing import Any

from app.directory import identity
from app.directory.canonical import canonical
from app.directory.hsds.attributes import (
    CONTACT_FIELDS,
    LOCATION_FIELDS,
    ORGANIZATION_FIELDS,
    SEAT_FIELDS,
    SERVICE_FIELDS,
    attribute,
    write_attributes,
)
from app.directory.records import ContactRecord, OfferRecord, PlaceRecord, ProviderRecord

IDENTIFIER_TYPE = "lotsenbuch"
HELD_IN = "held in this language"
ALSO_SPOKEN = "also spoken on site"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STATUS = {
    "published": "active",
    "paused": "temporarily closed",
    "withdrawn": "inactive",
    "draft": "inactive",
    "unconfirmed": "inactive",
}
CENTS_PER_EURO = 100

Json = dict[str, Any]


def dump_organization(record: ProviderRecord) -> str:
    """`write_organization` as text for a file: indented, stable, umlauts as they are."""
    return json.dumps(write_organization(record), ensure_ascii=False, indent=2) + "\n"


def write_organization(record: ProviderRecord) -> Json:
    """The organisation with its locations and services; everything the record says is in it.

    That includes what is internal or protected: whoever publishes it leaves that out before. What
    stands inside another thing belongs to it; the links back that HSDS allows are left out.
    """
    record = canonical(record)
    own_id = identity.provider_id(record.source, record.external_id)
    parent = record.parent_external_id
    return _given(
        {
            "id": own_id,
            "name": record.name,
            "description": record.description,
            "email": record.email,
            "website": record.website,
            "parent_organization_id": parent and identity.provider_id(record.source, parent),
            "organization_identifiers": [
                {
                    "id": identity.part_id(own_id, "identifier"),
                    "identifier_scheme": record.source,
                    "identifier_type": IDENTIFIER_TYPE,
                    "identifier": record.external_id,
                }
            ],
            "contacts": [_person(person, own_id) for person in record.contacts],
            "phones": _phones(record.phone, own_id),
            "attributes": write_attributes(record, ORGANIZATION_FIELDS, own_id),
            "locations": [_location(place, record) for place in record.places],
            "services": [_service(offer, record) for offer in record.offers],
        }
    )


def _location(place: PlaceRecord, record: ProviderRecord) -> Json:
    own_id = identity.place_id(record.source, record.external_id, place.key)
    return _given(
        {
            "id": own_id,
            "location_type": "physical",
            "external_identifier": place.key,
            "external_identifier_type": IDENTIFIER_TYPE,
            "name": place.name,
            "transportation": place.directions,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "addresses": _addresses(place, own_id),
            "accessibility": _accessibility(place.step_free, own_id),
            "attributes": write_attributes(place, LOCATION_FIELDS, own_id),
        }
    )


def _addresses(place: PlaceRecord, location_id: str) -> list[Json]:
    lines = [line for line in (place.street, place.house_number) if line is not None]
    if not lines and not place.plz and not place.town and not place.district:
        return []
    return [
        {
            "id": identity.part_id(location_id, "address"),
            "address_1": " ".join(lines),
            "address_2": place.district or "",
            "city": place.town or "",
            "state_province": "",
            "postal_code": place.plz or "",
            "country": "DE",
            "address_type": "physical",
        }
    ]


def _accessibility(step_free: bool | None, location_id: str) -> list[Json]:
    if step_free is None:
        return []
    words = "Stufenlos erreichbar" if step_free else "Nicht stufenlos erreichbar"
    return [
        {
            "id": identity.part_id(location_id, "accessibility"),
            "description": words,
        }
    ]


def _service(offer: OfferRecord, record: ProviderRecord) -> Json:
    own_id = identity.offer_id(record.source, offer.external_id)
    return _given(
        {
            "id": own_id,
            "name": offer.title,
            "description": offer.description or None,
            "url": offer.website,
            "email": offer.contact_email,
            "status": STATUS[offer.status],
            "minimum_age": offer.min_age,
            "maximum_age": offer.max_age,
            "fees_description": offer.cost_note,
            "assured_date": offer.verified_on and offer.verified_on.isoformat(),
            "contacts": _contacts(offer.contact_name, offer.contact_role, own_id),
            "phones": _phones(offer.contact_phone, own_id),
            "schedules": _schedules(offer, record, own_id),
            "service_at_locations": _at_locations(offer, record, own_id),
            "languages": _languages(offer, own_id),
            "cost_options": _cost_options(offer, own_id),
            "required_documents": [
                {
                    "id": identity.part_id(own_id, "document", position),
                    "document": document,
                }
                for position, document in enumerate(offer.required_documents)
            ],
            "capacities": _capacities(offer, own_id),
            "attributes": _service_attributes(offer, own_id),
        }
    )


def _service_attributes(offer: OfferRecord, own_id: str) -> list[Json]:
    fields = SERVICE_FIELDS if _seats_are_known(offer) else SERVICE_FIELDS + SEAT_FIELDS
    attributes = write_attributes(offer, fields, own_id)
    for tag, phrase in offer.phrases.items():
        for part in ("title", "description"):
            text = getattr(phrase, part)
            if text is not None:
                one = attribute(f"phrase_{part}", text, own_id, tag)
                attributes.append(one | {"label": tag})
    return attributes


def _schedules(offer: OfferRecord, record: ProviderRecord, own_id: str) -> list[Json]:
    span = {
        "valid_from": offer.starts_on and offer.starts_on.isoformat(),
        "valid_to": offer.ends_on and offer.ends_on.isoformat(),
    }
    schedules = [
        {
            "id": identity.part_id(own_id, "schedule", position),
            "location_id": None
            if time.place is None
            else identity.place_id(record.source, record.external_id, time.place),
            **span,
            "freq": "WEEKLY",
            "byday": WEEKDAYS[time.weekday - 1],
            "opens_at": time.starts,
            "closes_at": time.ends,
            "notes": time.note,
        }
        for position, time in enumerate(offer.sessions)
    ]
    if not schedules and any(span.values()):
        schedules = [{"id": identity.part_id(own_id, "schedule"), **span}]
    return [_given(schedule) for schedule in schedules]


def _at_locations(offer: OfferRecord, record: ProviderRecord, own_id: str) -> list[Json]:
    return [
        {
            "id": identity.part_id(own_id, "at_location", key),
            "location_id": identity.place_id(record.source, record.external_id, key),
        }
        for key in offer.places
    ]


def _languages(offer: OfferRecord, own_id: str) -> list[Json]:
    noted = [(tag, HELD_IN) for tag in offer.instruction_languages]
    noted += [(tag, ALSO_SPOKEN) for tag in offer.onsite_languages]
    return [
        {
            "id": identity.part_id(own_id, "language", position),
            "code": tag,
            "note": note,
        }
        for position, (tag, note) in enumerate(noted)
    ]


def _cost_options(offer: OfferRecord, own_id: str) -> list[Json]:
    if offer.cost_cents is None:
        return []
    return [
        {
            "id": identity.part_id(own_id, "cost"),
            "currency": "EUR",
            "amount": offer.cost_cents / CENTS_PER_EURO,
        }
    ]


def _seats_are_known(offer: OfferRecord) -> bool:
    """Whether they can be told the way HSDS wants: free seats at a moment."""
    return None not in (offer.seats_max, offer.seats_booked, offer.seats_told_on)


def _capacities(offer: OfferRecord, own_id: str) -> list[Json]:
    if offer.seats_max is None or offer.seats_booked is None or offer.seats_told_on is None:
        return []
    unit_id = identity.part_id("lotsenbuch", "unit", "seat")
    return [
        {
            "id": identity.part_id(own_id, "capacity"),
            "unit": {"id": unit_id, "name": "Platz"},
            "available": offer.seats_max - offer.seats_booked,
            "maximum": offer.seats_max,
            "updated": f"{offer.seats_told_on.isoformat()}T00:00:00Z",
        }
    ]


def _person(person: ContactRecord, owner_id: str) -> Json:
    own_id = identity.part_id(owner_id, "contact", person.key)
    attributes = write_attributes(person, CONTACT_FIELDS, own_id)
    attributes += [
        attribute("hours", hour.model_dump_json(), own_id, position)
        for position, hour in enumerate(person.hours)
    ]
    return _given(
        {
            "id": own_id,
            "name": person.name,
            "title": person.role,
            "email": person.email,
            "phones": _phones(person.phone, own_id),
            "attributes": attributes,
        }
    )


def _contacts(name: str | None, role: str | None, owner_id: str) -> list[Json]:
    if name is None and role is None:
        return []
    return [_given({"id": identity.part_id(owner_id, "contact"), "name": name, "title": role})]


def _phones(number: str | None, owner_id: str) -> list[Json]:
    return [{"id": identity.part_id(owner_id, "phone"), "number": number}] if number else []


def _given(fields: Json) -> Json:
    """``fields`` without what is not known."""
    return {name: value for name, value in fields.items() if value is not None and value != []}
