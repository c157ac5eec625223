"""Entries that came without what is not for others, and how they are taken back. Pure.

What was left out of a file is not gone: bringing the directory up to the file must not delete it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel

from app.directory.canonical import canonical
from app.directory.publicity import public_record, unprotected_record
from app.directory.records import OfferRecord, ProviderRecord

LeftOut = Literal["not_public", "protected", "others"]
"""``others``: only some of the public offers are there, as on a page of a list."""
CUTS: Final[Mapping[LeftOut, Callable[[ProviderRecord], ProviderRecord]]] = {
    "not_public": public_record,
    "protected": unprotected_record,
    "others": public_record,
}
"""What was left out → how to do it."""

_WHO_SAID: Final = {"verified_on": "verified_by", "seats_told_on": "seats_told_by"}
_Part = TypeVar("_Part", bound=BaseModel)


def complete_excerpt(
    excerpt: ProviderRecord, before: ProviderRecord, left_out: LeftOut
) -> ProviderRecord:
    """``excerpt`` with what was left out of it, taken from the entry as it is: ``before``.

    A field that says what an excerpt of ``before`` would say stays as it is.
    """
    excerpt, before = canonical(excerpt), canonical(before)
    shown = CUTS[left_out](before)
    if left_out == "others":
        shown = _only_listed(shown, excerpt)
    if excerpt.parent_external_id is None:  # a parent may be held back, too
        excerpt = excerpt.model_copy(update={"parent_external_id": before.parent_external_id})
    offers = _complete_parts(excerpt.offers, shown.offers, before.offers, "external_id")
    return canonical(
        _complete(
            excerpt,
            shown,
            before,
            places=_complete_parts(excerpt.places, shown.places, before.places, "key"),
            contacts=_complete_parts(excerpt.contacts, shown.contacts, before.contacts, "key"),
            offers=offers,
        )
    )


def _only_listed(shown: ProviderRecord, excerpt: ProviderRecord) -> ProviderRecord:
    """``shown`` without what ``excerpt`` does not name: whether it is gone cannot be told."""
    offers = {offer.external_id for offer in excerpt.offers}
    places = {place.key for place in excerpt.places}
    persons = {person.key for person in excerpt.contacts}
    return shown.model_copy(
        update={
            "offers": tuple(one for one in shown.offers if one.external_id in offers),
            "places": tuple(one for one in shown.places if one.key in places),
            "contacts": tuple(one for one in shown.contacts if one.key in persons),
        }
    )


def _complete_parts(
    listed: Sequence[_Part], shown: Sequence[_Part], own: Sequence[_Part], key: str
) -> tuple[_Part, ...]:
    """The listed parts completed, and those of one's own that were not shown, in their order."""
    new = {getattr(part, key): part for part in listed}
    visible = {getattr(part, key): part for part in shown}
    found: list[_Part] = []
    for part in own:
        name = getattr(part, key)
        if name in visible and name in new:
            found.append(_complete(new.pop(name), visible[name], part))
        elif name not in visible:
            found.append(new.pop(name, part))
    return (*found, *new.values())


def _complete(listed: _Part, shown: _Part, own: _Part, **parts: Any) -> _Part:
    """``own`` with the fields in which ``listed`` differs from what was ``shown`` of it."""
    changed = {
        name: getattr(listed, name)
        for name in type(listed).model_fields
        if getattr(listed, name) != getattr(shown, name)
    }
    if isinstance(shown, OfferRecord) and isinstance(own, OfferRecord):
        for name in ("places", "contacts"):
            if name in changed:
                hidden = (one for one in getattr(own, name) if one not in getattr(shown, name))
                changed[name] = tuple(dict.fromkeys((*changed[name], *hidden)))
        for day, name in _WHO_SAID.items():
            if day in changed:  # told anew: who said the old word did not say this one
                changed[name] = getattr(listed, name)
    return own.model_copy(update=changed | parts)
