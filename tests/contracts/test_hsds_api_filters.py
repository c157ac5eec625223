"""The filters of the HSDS API find what they name, and combine as AND."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from app.directory.models import Offer
from app.web.runtime import EXTENSION
from tests.contracts.hsds_api import (
    NOBODY,
    get_all,
    get_json,
    ids_at,
)


def full_services(client: FlaskClient) -> list[dict[str, Any]]:
    """All services with everything."""
    return get_all(client, "services?full=true")


def terms_of(service: dict[str, Any]) -> set[str]:
    """The ids of the terms that a service bears."""
    attributes = service.get("attributes", [])
    return {one["taxonomy_term"]["id"] for one in attributes if "taxonomy_term" in one}


def test_filters_find_what_they_name_and_combine_as_and(unchanged: FlaskClient) -> None:
    services = full_services(unchanged)
    term = max(
        (term for one in services for term in terms_of(one)),
        key=lambda term: sum(term in terms_of(one) for one in services),
    )
    bearing = [one for one in services if term in terms_of(one)]
    owner = bearing[0]["organization_id"]
    assert ids_at(unchanged, f"services?taxonomy_term_id={term}") == {one["id"] for one in bearing}
    assert ids_at(unchanged, f"services?taxonomy_term_id={term}&organization_id={owner}") == {
        one["id"] for one in bearing if one["organization_id"] == owner
    }
    assert ids_at(unchanged, f"organizations?taxonomy_term_id={term}") == {
        one["organization_id"] for one in bearing
    }
    assert ids_at(unchanged, f"service_at_locations?taxonomy_term_id={term}") == {
        at["id"] for one in bearing for at in one.get("service_at_locations", [])
    }


def test_two_terms_must_both_be_borne(unchanged: FlaskClient) -> None:
    services = full_services(unchanged)
    first, second = next(sorted(terms_of(one))[:2] for one in services if len(terms_of(one)) > 1)
    both = {one["id"] for one in services if {first, second} <= terms_of(one)}
    assert ids_at(unchanged, f"services?taxonomy_term_id={first}&taxonomy_term_id={second}") == both


def test_a_taxonomy_keeps_what_bears_one_of_its_terms(unchanged: FlaskClient) -> None:
    (taxonomy,) = get_all(unchanged, "taxonomies")
    services = full_services(unchanged)
    bearing = {one["id"] for one in services if terms_of(one)}
    assert ids_at(unchanged, f"services?taxonomy_id={taxonomy['id']}") == bearing < {
        one["id"] for one in services
    } or len(bearing) == len(services)
    assert ids_at(unchanged, f"services?taxonomy_id={NOBODY}") == set()


def test_a_postcode_keeps_what_takes_place_in_it(unchanged: FlaskClient) -> None:
    at_locations = get_all(unchanged, "service_at_locations?full=true")

    def codes(at: dict[str, Any]) -> set[str]:
        return {address["postal_code"] for address in at["location"].get("addresses", [])}

    here = {at["id"] for at in at_locations if "73728" in codes(at)}
    assert 0 < len(here) < len(at_locations)
    assert ids_at(unchanged, "service_at_locations?postcode=73728") == here
    services = {at["service_id"] for at in at_locations if at["id"] in here}
    assert ids_at(unchanged, "services?postcode=73728") == services


def test_proximity_counts_metres_around_the_postcode(unchanged: FlaskClient) -> None:
    sizes = [
        len(ids_at(unchanged, f"service_at_locations?postcode=73728&proximity={metres}"))
        for metres in (1, 1000, 3000, 20_000, 1_000_000)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2] < sizes[4]
    placed = [at for at in get_all(unchanged, "service_at_locations") if "latitude" in at["location"]]
    assert sizes[-1] == len(placed)


def test_search_understands_words_of_other_languages(unchanged: FlaskClient) -> None:
    names = [one["name"] for one in get_json(unchanged, "services?search=football")["contents"]]
    assert "Fußball" in names[0] or "fußball" in names[0]
    found = ids_at(unchanged, "services?search=football")
    owners = ids_at(unchanged, "organizations?search=football")
    assert {one["organization_id"] for one in full_services(unchanged) if one["id"] in found} <= owners


def test_an_organisation_is_found_by_its_name(unchanged: FlaskClient) -> None:
    name = get_json(unchanged, "organizations?per_page=1&page=9")["contents"][0]["name"]
    assert get_json(unchanged, f"organizations?search={quote(name)}")["contents"][0]["name"] == name


def test_terms_are_found_by_words_of_any_language_and_by_their_place(unchanged: FlaskClient) -> None:
    football = get_json(unchanged, f"taxonomy_terms?search={quote('كرة القدم')}")["contents"][0]
    assert football["code"] == "football"
    siblings = get_all(unchanged, f"taxonomy_terms?parent_id={football['parent_id']}")
    assert football in siblings
    assert all(term["parent_id"] == football["parent_id"] for term in siblings)
    top = get_all(unchanged, "taxonomy_terms?top_only=true")
    assert top
    assert not any("parent_id" in term for term in top)


def test_only_what_changed_since_then_is_given(app: Flask) -> None:
    client = app.test_client()
    later = datetime.now(UTC) + timedelta(hours=1)
    with app.extensions[EXTENSION].database.write() as session:
        offer = session.exec(
            select(Offer).where(Offer.status == "published", Offer.visibility == "public")
        ).first()
        assert offer is not None
        offer.updated_at = later
        session.add(offer)
    since = quote(later.isoformat())
    assert ids_at(client, f"services?modified_after={since}") == {offer.id}
    assert ids_at(client, f"services?modified_after={later.isoformat()}") == {offer.id}  # + unencoded
    assert all(
        one["service_id"] == offer.id
        for one in get_all(client, f"service_at_locations?modified_after={since}")
    )
    assert len(get_all(client, "services?modified_after=2020-01-01")) > 200
    assert get_all(client, "services?modified_after=2999-01-01T00:00:00Z") == []
