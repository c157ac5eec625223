"""The lists and entries of the HSDS API are valid, whole, and filtered as asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from tests.contracts.hsds_api import (
    FORMATS,
    LISTS,
    NOBODY,
    get_all,
    get_json,
)


def schema(folder: Path, name: str) -> Draft202012Validator:
    """A compiled schema of the specification."""
    text = (folder / "schema" / "compiled" / f"{name}.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text), format_checker=FORMATS)


@pytest.mark.parametrize(
    ("address", "schema_name"),
    [
        ("services", "service_list"),
        ("services?full=true", "service"),
        ("organizations", "organization_list"),
        ("organizations?full=true", "organization"),
        ("organizations?full_service=true", "organization"),
        ("service_at_locations", "service_at_location_list"),
        ("service_at_locations?full=true", "service_at_location"),
    ],
)
def test_every_entry_of_every_list_is_valid(
    unchanged: FlaskClient, shared_hsds: Path, address: str, schema_name: str
) -> None:
    validator = schema(shared_hsds, schema_name)
    entries = get_all(unchanged, address)
    assert len(entries) > 60
    for entry in entries:
        validator.validate(entry)


@pytest.mark.parametrize(
    ("name", "schema_name"),
    [
        ("services", "service"),
        ("organizations", "organization"),
        ("service_at_locations", "service_at_location"),
    ],
)
def test_an_entry_alone_is_the_full_one_of_the_list(
    unchanged: FlaskClient, shared_hsds: Path, name: str, schema_name: str
) -> None:
    validator = schema(shared_hsds, schema_name)
    for entry in get_json(unchanged, f"{name}?full=true&per_page=5&page=3")["contents"]:
        alone = get_json(unchanged, f"{name}/{entry['id']}")
        validator.validate(alone)
        assert alone == entry


@pytest.mark.parametrize(
    ("name", "example_name"), [("taxonomies", "taxonomy"), ("taxonomy_terms", "taxonomy_term")]
)
def test_terms_have_the_fields_of_the_example(
    unchanged: FlaskClient, shared_hsds: Path, name: str, example_name: str
) -> None:
    example = json.loads((shared_hsds / "examples" / f"{example_name}.json").read_text())
    entries = get_all(unchanged, name)
    for entry in entries:
        assert {"id", "name", "description"} <= entry.keys() <= example.keys() | {"taxonomy_id"}
        assert get_json(unchanged, f"{name}/{entry['id']}") == entry
    assert len({entry["id"] for entry in entries}) == len(entries)


def test_each_term_names_its_parent_and_its_taxonomy(unchanged: FlaskClient) -> None:
    terms = {term["id"]: term for term in get_all(unchanged, "taxonomy_terms")}
    (taxonomy,) = get_all(unchanged, "taxonomies")
    assert all(term["taxonomy_id"] == taxonomy["id"] for term in terms.values())
    assert all(term["parent_id"] in terms for term in terms.values() if "parent_id" in term)


def test_the_topics_of_a_service_are_terms_that_can_be_asked_for(unchanged: FlaskClient) -> None:
    service = get_json(unchanged, "services?full=true&per_page=1&search=Fussball")["contents"][0]
    terms = [one["taxonomy_term"] for one in service["attributes"] if "taxonomy_term" in one]
    assert terms
    assert all(get_json(unchanged, f"taxonomy_terms/{term['id']}") == term for term in terms)


def test_the_base_names_version_profile_and_document(unchanged: FlaskClient) -> None:
    base = get_json(unchanged, "")
    assert base["version"] == "3.1"
    assert base["openapi_url"] == "http://localhost:8000/hsds/openapi.json"
    assert base["profile"].startswith("https://")


def test_organisations_name_their_services_briefly_unless_asked(unchanged: FlaskClient) -> None:
    for organization in get_json(unchanged, "organizations?full=true")["contents"]:
        services = organization.get("services", [])
        assert all(service.keys() == {"id", "name", "status"} for service in services)
    own_id = get_json(unchanged, "organizations")["contents"][0]["id"]
    with_all = get_json(unchanged, f"organizations/{own_id}?full_service=true")
    assert "schedules" in with_all["services"][0]


def test_a_branch_names_its_parent(unchanged: FlaskClient) -> None:
    organizations = {one["id"]: one for one in get_all(unchanged, "organizations")}
    parents = {
        one["parent_organization_id"]
        for one in organizations.values()
        if "parent_organization_id" in one
    }
    assert parents <= organizations.keys()


@pytest.mark.parametrize("name", LISTS)
def test_pages_together_hold_everything_once(unchanged: FlaskClient, name: str) -> None:
    whole = get_json(unchanged, f"{name}?per_page=500")
    small = get_json(unchanged, f"{name}?per_page=7&page=1")
    assert whole["total_items"] == small["total_items"] == len(whole["contents"])
    pages = [
        get_json(unchanged, f"{name}?per_page=7&page={n + 1}") for n in range(small["total_pages"])
    ]
    assert [one for page in pages for one in page["contents"]] == whole["contents"]
    assert [page["first_page"] for page in pages] == [n == 0 for n in range(len(pages))]
    assert [page["last_page"] for page in pages] == [n == len(pages) - 1 for n in range(len(pages))]
    assert all(page["size"] == len(page["contents"]) > 0 for page in pages)
    assert not any(page["empty"] for page in pages)


def test_a_page_after_the_last_is_empty(unchanged: FlaskClient) -> None:
    page = get_json(unchanged, "services?page=9999")
    assert (page["size"], page["contents"], page["empty"], page["last_page"]) == (0, [], True, True)
    assert page["total_items"] > 0


def test_nothing_found_is_an_empty_page(unchanged: FlaskClient) -> None:
    page = get_json(unchanged, f"services?organization_id={NOBODY}")
    assert page == {
        "total_items": 0,
        "total_pages": 0,
        "page_number": 1,
        "size": 0,
        "first_page": True,
        "last_page": True,
        "empty": True,
        "contents": [],
    }


def test_minimal_gives_all_services_at_once(unchanged: FlaskClient) -> None:
    page = get_json(unchanged, "services?minimal=true")
    assert page["size"] == page["total_items"] > 200
    assert all(one.keys() == {"id", "modified_date"} for one in page["contents"])
    assert get_json(unchanged, "services?minimal=true&per_page=3")["size"] == 3


@pytest.mark.parametrize("name", LISTS)
def test_lines_hold_what_the_pages_hold(unchanged: FlaskClient, name: str) -> None:
    answer = unchanged.get(f"/hsds/{name}?format=ndjson&per_page=2")
    assert answer.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == get_all(unchanged, name)
