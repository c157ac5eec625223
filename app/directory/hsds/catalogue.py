"""What of the directory is public, as a list to choose from: ids, and what requests filter by.

Loaded once per revision of the directory; what the chosen entries say is read when they are shown.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, func, select

from app.directory.hsds.writing import at_location_id
from app.directory.models import Offer, OfferPlace, OfferTopic, Place, Provider
from app.directory.publicity import PUBLIC, public_offers, public_providers
from app.directory.table_loading import current_revision

_BEFORE_THE_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListedService:
    """A public offer."""

    id: str
    external_id: str
    organization_id: str
    modified_at: datetime
    topics: tuple[str, ...]
    at_locations: tuple[str, ...]
    """Where it takes place, as far as that is public: ids of services at locations."""


@dataclass(frozen=True, slots=True)
class ListedAtLocation:
    """A public offer at one of its public places."""

    id: str
    service_id: str
    place_key: str
    plz: str | None
    position: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ListedOrganization:
    """A provider with public offers, of its own or of its branches."""

    id: str
    name: str
    parent_id: str | None
    """Only when that is public as well."""
    service_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicCatalogue:
    """Everything public, services by title and organisations by name."""

    revision: int
    modified_at: datetime
    """When anything in the directory changed last, public or not."""
    services: Mapping[str, ListedService]
    at_locations: Mapping[str, ListedAtLocation]
    organizations: Mapping[str, ListedOrganization]
    place_ids: Mapping[str, Mapping[str, str]]
    """Provider → key of a place → id, for all places: whoever asks has the key from a public entry."""


class CatalogueCache:
    """The catalogue of the present revision; one per process, for all its threads."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._lock = threading.Lock()
        self._catalogue: PublicCatalogue | None = None

    def current(self, session: Session) -> PublicCatalogue:
        """The catalogue as the transaction of ``session`` sees the directory."""
        revision = current_revision(session)
        with self._lock:
            if self._catalogue is None or self._catalogue.revision != revision:
                self._catalogue = load_public_catalogue(session, revision)
            return self._catalogue


def load_public_catalogue(session: Session, revision: int) -> PublicCatalogue:
    """The catalogue; ``revision`` is what `current_revision` gave in the same transaction."""
    at_locations = _load_at_locations(session)
    services = _load_services(session, at_locations)
    return PublicCatalogue(
        revision=revision,
        modified_at=_newest_change(session),
        services=services,
        at_locations={
            at.id: at for service in services.values() for at in at_locations.get(service.id, ())
        },
        organizations=_load_organizations(session, services),
        place_ids=_load_place_ids(session),
    )


def _load_services(
    session: Session, at_locations: Mapping[str, list[ListedAtLocation]]
) -> dict[str, ListedService]:
    topics: dict[str, list[str]] = defaultdict(list)
    for offer_id, concept in session.exec(
        select(OfferTopic.offer_id, OfferTopic.concept).order_by(col(OfferTopic.concept))
    ):
        topics[offer_id].append(concept)
    rows = session.exec(
        select(Offer.id, Offer.external_id, Offer.provider_id, Offer.updated_at)
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(public_offers())
        .order_by(col(Offer.title), col(Offer.id))
    )
    return {
        offer_id: ListedService(
            offer_id,
            external_id,
            provider_id,
            modified_at,
            tuple(topics[offer_id]),
            tuple(at.id for at in at_locations.get(offer_id, ())),
        )
        for offer_id, external_id, provider_id, modified_at in rows
    }


def _load_at_locations(session: Session) -> dict[str, list[ListedAtLocation]]:
    found: dict[str, list[ListedAtLocation]] = defaultdict(list)
    rows = session.exec(
        select(OfferPlace.offer_id, Place.id, Place.key, Place.plz, Place.latitude, Place.longitude)  # type: ignore[call-overload]  # no overload for six columns
        .join(Place, col(Place.id) == col(OfferPlace.place_id))
        .join(Offer, col(Offer.id) == col(OfferPlace.offer_id))
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(public_offers(), col(Place.visibility) == PUBLIC)
        .order_by(col(OfferPlace.position))
    )
    for offer_id, place_id, key, plz, latitude, longitude in rows:
        position = None if latitude is None or longitude is None else (latitude, longitude)
        own_id = at_location_id(offer_id, place_id)
        found[offer_id].append(ListedAtLocation(own_id, offer_id, key, plz, position))
    return found


def _load_organizations(
    session: Session, services: Mapping[str, ListedService]
) -> dict[str, ListedOrganization]:
    own: dict[str, list[str]] = defaultdict(list)
    for service in services.values():
        own[service.organization_id].append(service.id)
    rows = session.exec(
        select(Provider.id, Provider.name, Provider.parent_id)
        .where(public_providers())
        .order_by(col(Provider.name), col(Provider.id))
    ).all()
    shown = {row[0] for row in rows}
    return {
        provider_id: ListedOrganization(
            provider_id,
            name,
            parent_id if parent_id in shown else None,
            tuple(own[provider_id]),
        )
        for provider_id, name, parent_id in rows
    }


def _load_place_ids(session: Session) -> dict[str, dict[str, str]]:
    ids: dict[str, dict[str, str]] = defaultdict(dict)
    for provider_id, key, place_id in session.exec(select(Place.provider_id, Place.key, Place.id)):
        ids[provider_id][key] = place_id
    return ids


def _newest_change(session: Session) -> datetime:
    moments = (
        session.exec(select(func.max(Offer.updated_at))).one(),
        session.exec(select(func.max(Provider.updated_at))).one(),
    )
    return max((moment for moment in moments if moment is not None), default=_BEFORE_THE_FIRST)
