"""A provider's record as an HSDS 3.1 organisation."""

from __future__ import annotations

import json

from app.directory import identity
from app.directory.canonical import canonical
from app.directory.hsds.attributes import (
    LOCATION_FIELDS,
    ORGANIZATION_FIELDS,
    SEAT_FIELDS,
    SERVICE_FIELDS,
    SPAN_FIELDS,
    STATUS_FIELDS,
    Json,
    attribute,
    write_attributes,
    write_parts,
)
from app.directory.hsds.contacts import write_offer_contacts, write_persons, write_phones
from app.directory.hsds.naming import Naming, derive_naming
from app.directory.hsds.schedules import write_schedules
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord

IDENTIFIER_TYPE = "lotsenbuch"
HELD_IN = "held in this language"
ALSO_SPOKEN = "also spoken on site"
STATUS = {
    "published": "active",
    "paused": "temporarily closed",
    "withdrawn": "inactive",
}
"""Those that HSDS can tell apart; the others are inactive, with an attribute."""
CENTS_PER_EURO = 100


def dump_organization(record: ProviderRecord, naming: Naming | None = None) -> str:
    """`write_organization` as text for a file: indented, stable, umlauts as they are."""
    return as_file(write_organization(record, naming))


def as_file(organization: Json) -> str:
    """A written organisation as text for a file."""
    return json.dumps(organization, ensure_ascii=False, indent=2) + "\n"


def write_organization(record: ProviderRecord, naming: Naming | None = None) -> Json:
    """The organisation with its locations and services; everything the record says is in it.

    That includes what is internal or protected: whoever publishes it leaves that out before. What
    stands inside another thing belongs to it; the links back that HSDS allows are left out. ``naming``
    must know every part of the record; by default the ids are those that an import would give.
    """
    record = canonical(record)
    naming = naming or derive_naming(record)
    return {
        **write_organization_alone(record, naming),
        **_given(
            {
                "locations": [write_location(place, naming) for place in record.places],
                "services": [write_service(offer, record, naming) for offer in record.offers],
            }
        ),
    }


def write_organization_alone(record: ProviderRecord, naming: Naming) -> Json:
    """The organisation of a canonical record without its locations and services."""
    own_id = naming.organization
    return _given(
        {
            **write_organization_facts(record, naming),
            "organization_identifiers": [
                {
                    "id": identity.part_id(own_id, "identifier"),
                    "identifier_scheme": record.source,
                    "identifier_type": IDENTIFIER_TYPE,
                    "identifier": record.external_id,
                }
            ],
            "contacts": write_persons(record.contacts, own_id),
            "phones": write_phones(record.phone, own_id),
            "attributes": write_attributes(record, ORGANIZATION_FIELDS, own_id),
        }
    )


def write_organization_facts(record: ProviderRecord, naming: Naming) -> Json:
    """Only what stands in fields of the organisation itself."""
    return _given(
        {
            "id": naming.organization,
            "name": record.name,
            "description": record.description,
            "email": record.email,
            "website": record.website,
            "parent_organization_id": naming.parent,
        }
    )


def write_location(place: PlaceRecord, naming: Naming) -> Json:
    """The location of a canonical record's place."""
    own_id = naming.locations[place.key]
    return _given(
        {
            **write_location_facts(place, naming),
            "addresses": _addresses(place, own_id),
            "accessibility": _accessibility(place.step_free, own_id),
            "attributes": write_attributes(place, LOCATION_FIELDS, own_id),
        }
    )


def write_location_facts(place: PlaceRecord, naming: Naming) -> Json:
    """Only what stands in fields of the location itself."""
    return _given(
        {
            "id": naming.locations[place.key],
            "location_type": "physical",
            "external_identifier": place.key,
            "external_identifier_type": IDENTIFIER_TYPE,
            "name": place.name,
            "transportation": place.directions,
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
    )


def write_service(offer: OfferRecord, record: ProviderRecord, naming: Naming) -> Json:
    """The service of a canonical record's offer."""
    own_id = naming.services[offer.external_id]
    return _given(
        {
            **write_service_facts(offer, naming),
            "contacts": write_offer_contacts(offer, record.contacts, own_id, naming.organization),
            "phones": write_phones(offer.contact_phone, own_id),
            "schedules": write_schedules(offer, own_id, naming.locations),
            "service_at_locations": _at_locations(offer, naming, own_id),
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
            "attributes": _service_attributes(offer, naming, own_id),
        }
    )


def write_service_facts(offer: OfferRecord, naming: Naming) -> Json:
    """Only what stands in fields of the service itself."""
    return _given(
        {
            "id": naming.services[offer.external_id],
            "name": offer.title,
            "description": offer.description or None,
            "url": offer.website,
            "email": offer.contact_email,
            "status": STATUS.get(offer.status, "inactive"),
            "minimum_age": offer.min_age,
            "maximum_age": offer.max_age,
            "fees_description": offer.cost_note,
            "assured_date": offer.verified_on and offer.verified_on.isoformat(),
        }
    )


def at_location_id(service_id: str, location_id: str) -> str:
    """The id of a service at a location."""
    return identity.part_id(service_id, "at_location", location_id)


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


def _service_attributes(offer: OfferRecord, naming: Naming, own_id: str) -> list[Json]:
    fields: tuple[str, ...] = SERVICE_FIELDS
    if not _seats_are_known(offer):
        fields += SEAT_FIELDS
    if offer.status not in STATUS:
        fields += STATUS_FIELDS
    if offer.terms:  # the schedules are valid within the terms
        fields += SPAN_FIELDS
    attributes = write_attributes(offer, fields, own_id, naming.term_of)
    attributes += write_parts("terms", offer.terms, own_id)
    attributes += write_parts("exceptions", offer.exceptions, own_id)
    for tag, phrase in offer.phrases.items():
        for part in ("title", "description"):
            text = getattr(phrase, part)
            if text is not None:
                one = attribute(f"phrase_{part}", text, own_id, tag)
                attributes.append(one | {"label": tag})
    return attributes


def _at_locations(offer: OfferRecord, naming: Naming, own_id: str) -> list[Json]:
    return [
        {
            "id": at_location_id(own_id, naming.locations[key]),
            "location_id": naming.locations[key],
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


def _given(fields: Json) -> Json:
    """``fields`` without what is not known."""
    return {name: value for name, value in fields.items() if value is not None and value != []}
