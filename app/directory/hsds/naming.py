"""How the parts of a written organisation are called: their ids, and the terms of the taxonomy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.directory import identity
from app.directory.hsds.attributes import TermOf, plain_term
from app.directory.records import ProviderRecord


@dataclass(frozen=True, slots=True)
class Naming:
    """The ids of an organisation, its parent, its places (by key) and its offers (by external id)."""

    organization: str
    parent: str | None
    locations: Mapping[str, str]
    services: Mapping[str, str]
    term_of: TermOf = plain_term


def derive_naming(record: ProviderRecord) -> Naming:
    """The ids that an import gives to what it creates: the same on every machine."""
    source, parent = record.source, record.parent_external_id
    return Naming(
        organization=identity.provider_id(source, record.external_id),
        parent=parent and identity.provider_id(source, parent),
        locations={
            place.key: identity.place_id(source, record.external_id, place.key)
            for place in record.places
        },
        services={
            offer.external_id: identity.offer_id(source, offer.external_id) for offer in record.offers
        },
    )
