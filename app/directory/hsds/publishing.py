"""Public entries as the HSDS API gives them: alone, or with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlmodel import Session

from app.directory.entry_records import load_records
from app.directory.excerpts import LeftOut
from app.directory.hsds.attributes import Json, TermOf, attribute
from app.directory.hsds.catalogue import ListedService, PublicCatalogue
from app.directory.hsds.naming import Naming
from app.directory.hsds.reading import LEFT_OUT
from app.directory.hsds.writing import (
    write_location,
    write_location_facts,
    write_organization_alone,
    write_organization_facts,
    write_service,
    write_service_facts,
)
from app.directory.publicity import public_record
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord


class Publisher:
    """Writes entries of a catalogue, read in the transaction of ``session``, a bulk at a time."""

    def __init__(self, session: Session, catalogue: PublicCatalogue, term_of: TermOf) -> None:
        """``catalogue`` must be the one of the transaction."""
        self._session = session
        self._catalogue = catalogue
        self._term_of = term_of

    def services(self, ids: Sequence[str], *, full: bool) -> list[Json]:
        """The services with these ids, in this order; ``full``: with all that belongs to them.

        What is not public, or not any more, is left out here and in the other lists.
        """
        entries = self._load(ids)
        return [self._service(*entries[one], full=full) for one in ids if one in entries]

    def listed_services(self, ids: Sequence[str]) -> list[ListedService]:
        """The services with these ids, as the catalogue has them."""
        return [self._catalogue.services[one] for one in ids if one in self._catalogue.services]

    def at_locations(self, ids: Sequence[str], *, full: bool) -> list[Json]:
        """The services at locations with these ids, in this order."""
        known = self._catalogue.at_locations
        listed = [known[one] for one in ids if one in known]
        entries = self._load(list(dict.fromkeys(at.service_id for at in listed)))
        found = []
        for at in listed:
            if at.service_id not in entries:
                continue
            service, offer, record, naming = entries[at.service_id]
            place = next(place for place in record.places if place.key == at.place_key)
            written = self._service(service, offer, record, naming, full=full)
            written.pop("service_at_locations", None)
            found.append(
                {
                    "id": at.id,
                    "service_id": at.service_id,
                    "location_id": naming.locations[at.place_key],
                    "location": _location(place, naming, full=full),
                    "service": written,
                }
            )
        return found

    def organizations(
        self, ids: Sequence[str], *, full: bool, full_services: bool = False
    ) -> list[Json]:
        """The organisations with these ids, in this order.

        ``full``: with locations and services, the latter with no more than id, name and state;
        ``full_services``: with everything.
        """
        ids = [one for one in ids if one in self._catalogue.organizations]
        if not full:
            records = load_records(self._session, ids, [])
            named = {one: (public_record(record), self._naming(one)) for one, record in records.items()}
            return [write_organization_facts(*named[one]) for one in ids if one in named]
        records = load_records(self._session, ids)
        return [
            self._organization(one, records[one], full_services=full_services)
            for one in ids
            if one in records
        ]

    def _organization(self, own_id: str, record: ProviderRecord, *, full_services: bool) -> Json:
        record = self._with_public_parent(own_id, public_record(record))
        naming = self._naming(own_id)
        written = write_organization_alone(record, naming)
        mark: LeftOut = "not_public"  # for who imports it here or elsewhere
        written.setdefault("attributes", []).append(attribute(LEFT_OUT, mark, own_id))
        if record.places:
            written["locations"] = [write_location(place, naming) for place in record.places]
        services = []
        for offer in record.offers:
            listed = self._catalogue.services[naming.services[offer.external_id]]
            service = self._service(listed, offer, record, naming, full=full_services)
            if full_services:
                service.pop("organization")
            else:
                service = {name: service[name] for name in ("id", "name", "status")}
            services.append(service)
        return {**written, "services": services} if services else written

    def _service(
        self,
        listed: ListedService,
        offer: OfferRecord,
        record: ProviderRecord,
        naming: Naming,
        *,
        full: bool,
    ) -> Json:
        frame = {
            "organization_id": naming.organization,
            "last_modified": as_moment(listed.modified_at),
        }
        if not full:
            organization = write_organization_facts(record, naming)
            return {**write_service_facts(offer, naming), **frame, "organization": organization}
        written = {
            **write_service(offer, record, naming),
            **frame,
            "organization": write_organization_alone(record, naming),
        }
        place_of = {naming.locations[place.key]: place for place in record.places}
        for at in written.get("service_at_locations", ()):
            at["service_id"] = listed.id
            at["location"] = write_location(place_of[at["location_id"]], naming)
        return written

    def _load(
        self, service_ids: Sequence[str]
    ) -> dict[str, tuple[ListedService, OfferRecord, ProviderRecord, Naming]]:
        listed = {one.id: one for one in self.listed_services(service_ids)}
        providers = {service.organization_id for service in listed.values()}
        records = {
            one: self._with_public_parent(one, public_record(record))
            for one, record in load_records(self._session, providers, listed).items()
        }
        offers = {
            (provider_id, offer.external_id): offer
            for provider_id, record in records.items()
            for offer in record.offers
        }
        namings = {one: self._naming(one) for one in records}
        return {
            one: (service, offer, records[service.organization_id], namings[service.organization_id])
            for one, service in listed.items()
            if (offer := offers.get((service.organization_id, service.external_id))) is not None
        }

    def _with_public_parent(self, own_id: str, record: ProviderRecord) -> ProviderRecord:
        """``record`` without a parent that is not public itself."""
        if self._catalogue.organizations[own_id].parent_id is not None:
            return record
        return record.model_copy(update={"parent_external_id": None})

    def _naming(self, provider_id: str) -> Naming:
        organization = self._catalogue.organizations[provider_id]
        return Naming(
            organization=provider_id,
            parent=organization.parent_id,
            locations=self._catalogue.place_ids.get(provider_id, {}),
            services={
                self._catalogue.services[one].external_id: one for one in organization.service_ids
            },
            term_of=self._term_of,
        )


def minimal_services(services: Iterable[ListedService]) -> list[Json]:
    """Only which there are, and when they changed."""
    return [{"id": one.id, "modified_date": as_moment(one.modified_at)} for one in services]


def as_moment(moment: datetime) -> str:
    """``moment`` as RFC 3339 wants it, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _location(place: PlaceRecord, naming: Naming, *, full: bool) -> Json:
    return write_location(place, naming) if full else write_location_facts(place, naming)
