"""What each address of the HSDS API answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Response, request

from app.api import choosing
from app.api.answering import Validators, answer_json, answer_lines, answer_page
from app.api.openapi import VERSION, build_document
from app.api.parameters import PARAMETERS_OF, ListRequest, read_request
from app.api.problems import not_found
from app.api.terms import TAXONOMY_ID, Terms
from app.core.clock import utc_now
from app.directory.codes import EntryType
from app.directory.hsds.attributes import Json
from app.directory.hsds.catalogue import CatalogueCache, PublicCatalogue
from app.directory.hsds.publishing import Publisher, minimal_services
from app.directory.merging import find_successor
from app.directory.public_pages import list_offers_with_hidden_places
from app.operations.runtime import Runtime
from app.search.types import MAX_LIMIT, SearchQuery, is_found_openly

PREFIX: Final = "/hsds"
PROFILE: Final = "https://docs.openreferral.org/"
"""HSDS as it is: what it has no field for stands in attributes, which every reader may pass over."""

Choose = Callable[[PublicCatalogue, ListRequest, choosing.FindOffers], list[str]]
Publish = Callable[[Publisher, Sequence[str], ListRequest], list[Json]]


class DirectoryAnswers:
    """One per process; every method answers the current request. Raises `ProblemError`."""

    def __init__(self, runtime: Runtime) -> None:
        """Opens nothing yet."""
        self._runtime = runtime
        self._catalogues = CatalogueCache()
        self._address = runtime.settings.public_url + PREFIX
        self._terms = Terms(runtime.taxonomy, self._address)

    def base(self) -> Response:
        """Which version this is, and where it is described."""
        address = f"{self._address}/openapi.json"
        facts = {"version": VERSION, "profile": PROFILE, "openapi_url": address}
        return self._answer("/", lambda _: answer_json(facts))

    def openapi(self) -> Response:
        """The OpenAPI document."""
        return self._answer("/openapi.json", lambda _: answer_json(build_document(self._address)))

    def services(self) -> Response:
        """A page of services."""

        def publish(publisher: Publisher, ids: Sequence[str], asked: ListRequest) -> list[Json]:
            if asked.minimal:
                return minimal_services(publisher.listed_services(ids))
            return publisher.services(ids, full=asked.full)

        return self._list("/services", choosing.choose_services, publish)

    def service(self, own_id: str) -> Response:
        """One service in full."""

        def publish(publisher: Publisher, ids: Sequence[str], _: ListRequest) -> list[Json]:
            return publisher.services(ids, full=True)

        return self._item("/services/{id}", own_id, publish, "offer")

    def organizations(self) -> Response:
        """A page of organisations."""

        def publish(publisher: Publisher, ids: Sequence[str], asked: ListRequest) -> list[Json]:
            full = asked.full or asked.full_service
            return publisher.organizations(ids, full=full, full_services=asked.full_service)

        return self._list("/organizations", choosing.choose_organizations, publish)

    def organization(self, own_id: str) -> Response:
        """One organisation in full."""

        def publish(publisher: Publisher, ids: Sequence[str], asked: ListRequest) -> list[Json]:
            return publisher.organizations(ids, full=True, full_services=asked.full_service)

        return self._item("/organizations/{id}", own_id, publish, "provider")

    def service_at_locations(self) -> Response:
        """A page of services at locations."""

        def publish(publisher: Publisher, ids: Sequence[str], asked: ListRequest) -> list[Json]:
            return publisher.at_locations(ids, full=asked.full)

        return self._list("/service_at_locations", choosing.choose_at_locations, publish)

    def service_at_location(self, own_id: str) -> Response:
        """One service at a location in full."""

        def publish(publisher: Publisher, ids: Sequence[str], _: ListRequest) -> list[Json]:
            return publisher.at_locations(ids, full=True)

        return self._item("/service_at_locations/{id}", own_id, publish)

    def taxonomies(self) -> Response:
        """A page of taxonomies."""
        return self._answer(
            "/taxonomies", lambda asked: _listed(self._terms.choose_taxonomies(asked), asked)
        )

    def taxonomy(self, own_id: str) -> Response:
        """One taxonomy."""
        if own_id != TAXONOMY_ID:
            raise not_found("taxonomy")
        return self._answer("/taxonomies/{id}", lambda _: answer_json(self._terms.taxonomy))

    def taxonomy_terms(self) -> Response:
        """A page of taxonomy terms."""
        return self._answer("/taxonomy_terms", lambda asked: _listed(self._terms.choose(asked), asked))

    def taxonomy_term(self, own_id: str) -> Response:
        """One taxonomy term."""
        term = self._terms.by_id.get(own_id)
        if term is None:
            raise not_found("taxonomy term")
        return self._answer("/taxonomy_terms/{id}", lambda _: answer_json(term))

    def _list(self, path: str, choose: Choose, publish: Publish) -> Response:
        def answer(asked: ListRequest) -> Response:
            with self._runtime.database.read() as session:
                catalogue = self._catalogues.current(session)
            chosen = choose(catalogue, asked, self._find_offers)
            return _listed(chosen, asked, lambda ids: self._published(ids, asked, publish))

        return self._answer(path, answer)

    def _item(
        self, path: str, own_id: str, publish: Publish, entry_type: EntryType | None = None
    ) -> Response:
        def answer(asked: ListRequest) -> Response:
            found = self._published([own_id], asked, publish)
            if found:
                return answer_json(found[0])
            kept = self._find_kept(entry_type, own_id) if entry_type else None
            if kept is None:
                raise not_found(path.split("/")[1].rstrip("s").replace("_", " "))
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            address = f"{request.path.removesuffix(own_id)}{kept}{query}"
            return Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": address})

        return self._answer(path, answer)

    def _published(self, ids: Sequence[str], asked: ListRequest, publish: Publish) -> list[Json]:
        with self._runtime.database.read() as session:
            catalogue = self._catalogues.current(session)
            return publish(Publisher(session, catalogue, self._terms.term_of), ids, asked)

    def _find_kept(self, entry_type: EntryType, own_id: str) -> str | None:
        """The public entry that the one with this id was merged into."""
        with self._runtime.database.read() as session:
            kept = find_successor(session, entry_type, own_id)
            catalogue = self._catalogues.current(session)
        entries = catalogue.services if entry_type == "offer" else catalogue.organizations
        return kept if kept in entries else None

    def _find_offers(self, words: str) -> Iterable[str]:
        """Ids, the best first.

        The search knows addresses that are not public. So that nobody learns one by trying streets or
        places, an offer with such an address is found by its title, topics and provider only, and
        stands last when a place was named.
        """
        query = SearchQuery(text=words, limit=MAX_LIMIT, today=self._runtime.today)
        answer = self._runtime.search_engine.search(query)
        with self._runtime.database.read() as session:
            careful = list_offers_with_hidden_places(session)
        found = [h.offer_id for h in answer.hits if h.offer_id not in careful or is_found_openly(h)]
        return sorted(found, key=lambda one: answer.near is not None and one in careful)

    def _answer(self, path: str, build: Callable[[ListRequest], Response]) -> Response:
        """What ``build`` gives, unless the client has it already."""
        asked = read_request(request.args, PARAMETERS_OF[path])
        with self._runtime.database.read() as session:
            catalogue = self._catalogues.current(session)
        day = self._runtime.today if asked.search else None  # what is stale ranks lower
        parts = (catalogue.revision, catalogue.modified_at, self._terms.version, self._address, day)
        validators = Validators((*parts, request.path, asked.given), catalogue.modified_at, utc_now())
        if validators.is_unchanged:
            return validators.put_into(Response(status=HTTPStatus.NOT_MODIFIED))
        return validators.put_into(build(asked))


def _listed(
    chosen: Sequence[Any],
    asked: ListRequest,
    write: Callable[[Sequence[Any]], list[Json]] = list,
) -> Response:
    if asked.format == "ndjson":
        return answer_lines(chosen, write)
    return answer_page(chosen, asked, write)
