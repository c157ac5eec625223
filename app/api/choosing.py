"""Which entries of the catalogue a request asks for. Filters combine as AND. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

import numpy as np

from app.api.parameters import ListRequest
from app.api.problems import bad_parameter
from app.api.terms import TAXONOMY_ID
from app.core.text import fold_phrase
from app.directory.distance import great_circle_km
from app.directory.hsds.attributes import term_id
from app.directory.hsds.catalogue import ListedService, PublicCatalogue
from app.directory.postal_codes import position_of_plz

FindOffers = Callable[[str], Iterable[str]]
"""Words → ids of the offers found, best first."""
METERS_PER_KM = 1000


def choose_services(
    catalogue: PublicCatalogue, asked: ListRequest, find_offers: FindOffers
) -> list[str]:
    """The ids of the services asked for, in order."""
    near = _at_wanted_places(catalogue, asked)
    return [
        service.id
        for service in _wanted(_found(catalogue, asked, find_offers), asked)
        if near is None or any(one in near for one in service.at_locations)
    ]


def choose_at_locations(
    catalogue: PublicCatalogue, asked: ListRequest, find_offers: FindOffers
) -> list[str]:
    """The ids of the services at locations asked for, in order."""
    near = _at_wanted_places(catalogue, asked)
    return [
        one
        for service in _wanted(_found(catalogue, asked, find_offers), asked)
        for one in service.at_locations
        if near is None or one in near
    ]


def choose_organizations(
    catalogue: PublicCatalogue, asked: ListRequest, find_offers: FindOffers
) -> list[str]:
    """The ids of the organisations asked for: one whose services, or whose name, fit.

    The services of an organisation must not each bear all terms, but together.
    """
    order: Iterable[str] = catalogue.organizations
    if asked.search is not None:
        found = [service.organization_id for service in _found(catalogue, asked, find_offers)]
        words = fold_phrase(asked.search).split()
        named = [
            one.id
            for one in catalogue.organizations.values()
            if words and all(word in fold_phrase(one.name) for word in words)
        ]
        order = dict.fromkeys([*named, *found])
    return [one for one in order if _bears_terms(catalogue, one, asked)]


def _bears_terms(catalogue: PublicCatalogue, organization_id: str, asked: ListRequest) -> bool:
    organization = catalogue.organizations[organization_id]
    topics = {topic for one in organization.service_ids for topic in catalogue.services[one].topics}
    return _has_topics(topics, asked)


def _found(
    catalogue: PublicCatalogue, asked: ListRequest, find_offers: FindOffers
) -> Iterable[ListedService]:
    if asked.search is None:
        return catalogue.services.values()
    # The search knows internal offers as well: only those in the catalogue count.
    ids = (one for one in find_offers(asked.search) if one in catalogue.services)
    return [catalogue.services[one] for one in ids]


def _wanted(services: Iterable[ListedService], asked: ListRequest) -> Iterable[ListedService]:
    owner, since = asked.organization_id, asked.modified_after
    if owner is not None:
        services = (one for one in services if one.organization_id == owner)
    if since is not None:
        services = (one for one in services if one.modified_at >= since)
    if asked.taxonomy_term_id or asked.taxonomy_id:
        services = (one for one in services if _has_topics(one.topics, asked))
    return services


def _has_topics(topics: Iterable[str], asked: ListRequest) -> bool:
    if not asked.taxonomy_term_id and not asked.taxonomy_id:
        return True
    borne = {term_id(topic) for topic in topics}
    if asked.taxonomy_id and (not borne or set(asked.taxonomy_id) != {TAXONOMY_ID}):
        return False
    return borne.issuperset(asked.taxonomy_term_id)


def _at_wanted_places(catalogue: PublicCatalogue, asked: ListRequest) -> Container[str] | None:
    """The services at locations within what was asked for; `None`: anywhere, or nowhere."""
    if asked.postcode is None:
        return None
    if asked.proximity is None:
        return {at.id for at in catalogue.at_locations.values() if at.plz == asked.postcode}
    centre = position_of_plz(asked.postcode)
    if centre is None:
        raise bad_parameter("postcode", "its position is not known")
    placed = [at for at in catalogue.at_locations.values() if at.position is not None]
    positions = np.array([at.position for at in placed], dtype=np.float64).reshape(-1, 2)
    distances = great_circle_km(centre, positions[:, 0], positions[:, 1]) * METERS_PER_KM
    return {placed[i].id for i in np.flatnonzero(distances <= asked.proximity)}
