"""One order for everything in a record that has none of its own.

The tables keep no order of places, offers, topics and weekly times. Two records that differ in such an
order only are the same entry, and must have the same fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import TypeVar

from pydantic import BaseModel

from app.directory.records import (
    ContactRecord,
    OfferRecord,
    PlaceRecord,
    ProviderRecord,
    SessionRecord,
)

_Part = TypeVar("_Part", bound=BaseModel)


def canonical(record: ProviderRecord) -> ProviderRecord:
    """``record`` with places by key, offers by external id, topics and weekly times sorted.

    Topics and places that an offer names twice are named once; the order of an offer's places stays,
    as the first is the main one. An empty optional text is none.
    """
    places = sorted(record.places, key=lambda place: place.key)
    return record.model_copy(
        update=_emptied(record)
        | {
            "places": _all_emptied(places),
            "contacts": tuple(map(_canonical_contact, record.contacts)),
            "offers": tuple(
                sorted(map(_canonical_offer, record.offers), key=lambda offer: offer.external_id)
            ),
        }
    )


def offer_fingerprint(offer: OfferRecord, record: ProviderRecord) -> str:
    """A fingerprint of all that an offer shows: itself, its places, its provider's name and kind.

    ``offer`` and ``record`` are canonical. SHA-256, hexadecimal.
    """
    used = offer.used_places()
    places: list[PlaceRecord] = [place for place in record.places if place.key in used]
    persons = [person for person in record.contacts if person.key in offer.contacts]
    digest = hashlib.sha256(offer.model_dump_json().encode())
    for part in (*places, *persons):
        digest.update(part.model_dump_json().encode())
    digest.update(f"{record.kind}\n{record.name}".encode())
    return digest.hexdigest()


def _canonical_offer(offer: OfferRecord) -> OfferRecord:
    times = [
        time.model_copy(update=_emptied(time) | {"languages": tuple(sorted(set(time.languages)))})
        for time in offer.sessions
    ]
    phrases = {
        tag: phrase.model_copy(update=_emptied(phrase))
        for tag, phrase in sorted(offer.phrases.items())
        if phrase.title or phrase.description
    }
    return offer.model_copy(
        update=_emptied(offer)
        | {
            "topics": tuple(sorted(set(offer.topics))),
            "places": tuple(dict.fromkeys(offer.places)),
            "contacts": tuple(dict.fromkeys(offer.contacts)),
            "sessions": tuple(sorted(times, key=_session_order)),
            "terms": tuple(sorted(_all_emptied(offer.terms), key=_text_order)),
            "exceptions": tuple(sorted(_all_emptied(offer.exceptions), key=_text_order)),
            "phrases": phrases,
        }
    )


def _canonical_contact(person: ContactRecord) -> ContactRecord:
    hours = sorted(_all_emptied(person.hours), key=_text_order)
    languages = tuple(dict.fromkeys(person.languages))
    return person.model_copy(update=_emptied(person) | {"hours": tuple(hours), "languages": languages})


def _all_emptied(parts: Iterable[_Part]) -> tuple[_Part, ...]:
    return tuple(part.model_copy(update=_emptied(part)) for part in parts)


def _text_order(part: BaseModel) -> str:
    """Any order will do, as long as it is one: that of the part written out (days as ISO dates)."""
    return part.model_dump_json()


def _emptied(record: BaseModel) -> dict[str, None]:
    """What to write over the empty ones among the optional texts of ``record``."""
    return {name: None for name in _optional(type(record)) if getattr(record, name) == ""}


@cache
def _optional(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of ``model`` that may be unknown."""
    return tuple(name for name, field in model.model_fields.items() if field.default is None)


def _session_order(time: SessionRecord) -> tuple[object, ...]:
    return (
        time.weekday,
        time.starts,
        time.ends,
        time.place is not None,
        time.place or "",
        time.note is not None,
        time.note or "",
        time.model_dump_json(),
    )
