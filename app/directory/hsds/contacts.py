"""Contact persons and phones, to HSDS and back.

A person stands with the organisation, with everything known; a service that names them repeats how to
reach them under the same id. The one contact that belongs to an offer alone has no such id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.directory import identity
from app.directory.hsds.attributes import (
    CONTACT_FIELDS,
    read_attributes,
    read_parts,
    write_attributes,
    write_parts,
)
from app.directory.hsds.attributes import Json as Written
from app.directory.hsds.json_values import Json, number_in, objects_in, text_in
from app.directory.records import LANGUAGE_TAG, ContactRecord, HourRecord, OfferRecord

MAX_NAME_CHARACTERS = 200
MAX_PHONE_CHARACTERS = 60


def write_persons(persons: tuple[ContactRecord, ...], owner_id: str) -> list[Written]:
    """The contacts of an organisation."""
    return [_person(person, owner_id) for person in persons]


def write_offer_contacts(
    offer: OfferRecord, persons: tuple[ContactRecord, ...], own_id: str, owner_id: str
) -> list[Written]:
    """The contacts of a service: its own, then the persons of the organisation whom to ask."""
    contacts: list[Written] = []
    if offer.contact_name is not None or offer.contact_role is not None:
        own = {
            "id": identity.part_id(own_id, "contact"),
            "name": offer.contact_name,
            "title": offer.contact_role,
        }
        contacts.append(_given(own))
    by_key = {person.key: person for person in persons}
    for key in offer.contacts:
        person = _person(by_key[key], owner_id)
        person.pop("attributes", None)
        contacts.append(person)
    return contacts


def write_phones(number: str | None, owner_id: str, languages: tuple[str, ...] = ()) -> list[Written]:
    """The phones of whom ``owner_id`` is, with the languages spoken there."""
    if not number:
        return []
    own_id = identity.part_id(owner_id, "phone")
    spoken = [
        {"id": identity.part_id(own_id, "language", position), "code": tag}
        for position, tag in enumerate(languages)
    ]
    return [_given({"id": own_id, "number": number, "languages": spoken})]


def _person(person: ContactRecord, owner_id: str) -> Written:
    own_id = identity.part_id(owner_id, "contact", person.key)
    fields = CONTACT_FIELDS if person.phone else (*CONTACT_FIELDS, "languages")
    return _given(
        {
            "id": own_id,
            "name": person.name,
            "title": person.role,
            "email": person.email,
            "phones": write_phones(person.phone, own_id, person.languages),
            "attributes": write_attributes(person, fields, own_id)
            + write_parts("hours", person.hours, own_id),
        }
    )


class ContactReader:
    """The contact persons of an organisation, each once, and which services name them."""

    def __init__(self, data: Json, *, is_ours: bool) -> None:
        """``is_ours``: written by this product."""
        self._is_ours = is_ours
        self._key_of: dict[str, str] = {}
        self.persons: list[dict[str, Any]] = []
        for one in self._all(data):
            self._add(one)

    def read_offer(self, service: Json) -> dict[str, Any]:
        """How to reach an offer: its own contact, phone, e-mail and the persons to ask."""
        contacts = _service_contacts(service)
        main: Json = contacts[0] if contacts else {}
        if self._is_ours and str(main.get("id")) in self._key_of:
            main = {}
        name, role = _name_and_role(main)
        phones = objects_in(service, "phones") + objects_in(main, "phones")
        keys = [self._key_of.get(str(one.get("id"))) for one in contacts]
        return {
            "contact_name": name,
            "contact_role": role,
            "contact_phone": first_number(phones),
            "contact_email": text_in(service, "email") or text_in(main, "email"),
            "contacts": list(dict.fromkeys(key for key in keys if key is not None)),
        }

    def _all(self, data: Json) -> Iterator[Json]:
        yield from objects_in(data, "contacts")
        if self._is_ours:
            return
        for location in objects_in(data, "locations"):
            yield from objects_in(location, "contacts")
        for service in objects_in(data, "services"):
            yield from _service_contacts(service)[1:]

    def _add(self, one: Json) -> None:
        name, role = _name_and_role(one)
        own_id = text_in(one, "id")
        if not (name or role) or (own_id is not None and own_id in self._key_of):
            return
        attributes = objects_in(one, "attributes")
        phones = objects_in(one, "phones")
        person = {
            "key": (own_id or f"person {len(self.persons) + 1}")[:MAX_NAME_CHARACTERS],
            "name": name or role,
            "role": role if name else None,
            "email": text_in(one, "email"),
            "phone": first_number(phones),
            "languages": _languages(phones),
            "hours": read_parts(attributes, "hours", HourRecord),
            **read_attributes(attributes, (*CONTACT_FIELDS, "languages"), ContactRecord),
        }
        if not any(person["key"] == other["key"] for other in self.persons):
            self.persons.append(person)
        if own_id is not None:
            self._key_of[own_id] = person["key"]


def first_number(phones: list[Json]) -> str | None:
    """The first phone number, with its extension."""
    for one in phones:
        number, extension = text_in(one, "number"), number_in(one, "extension")
        if number:
            whole = number if extension is None else f"{number} ext. {extension:g}"
            return whole[:MAX_PHONE_CHARACTERS]
    return None


def _service_contacts(service: Json) -> list[Json]:
    contacts = objects_in(service, "contacts")
    for at in objects_in(service, "service_at_locations"):
        contacts += objects_in(at, "contacts")
    return contacts


def _name_and_role(one: Json) -> tuple[str | None, str | None]:
    words = (text_in(one, "title"), text_in(one, "department"))
    role = ", ".join(word for word in words if word)
    return text_in(one, "name", MAX_NAME_CHARACTERS), role[:MAX_NAME_CHARACTERS] or None


def _languages(phones: list[Json]) -> list[str]:
    tags = (text_in(one, "code") or "" for phone in phones for one in objects_in(phone, "languages"))
    return [tag for tag in tags if LANGUAGE_TAG.fullmatch(tag)]


def _given(fields: Written) -> Written:
    return {name: value for name, value in fields.items() if value is not None and value != []}
