"""What the HSDS API refuses, what it does not send again, and who may read it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import select

from app.api.parameters import PARAMETERS
from app.directory.models import Offer, Provider
from app.directory.service import apply_record
from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from app.web.runtime import EXTENSION
from tests.contracts.hsds_api import (
    LISTS,
    NOBODY,
    get_json,
    ids_at,
    open_app,
    record_with_secrets,
)


@pytest.mark.parametrize(
    "address",
    [
        "services?page=0",
        "services?page=-1",
        "services?page=1.5",
        "services?page=١",
        "services?page=99999999999999999999",
        "services?per_page=0",
        "services?per_page=501",
        "services?page=1&page=2",
        "services?full=maybe",
        "services?minimal=true&full=true",
        "services?format=csv",
        "services?modified_after=yesterday",
        "services?modified_after=2026-13-01",
        "services?modified_after=0001-01-01T00:00:00%2B14:00",
        "service_at_locations?proximity=100",
        "service_at_locations?postcode=7372",
        "service_at_locations?postcode=73728&proximity=-1",
        "service_at_locations?postcode=73728&proximity=nan",
        "service_at_locations?postcode=73728&proximity=1e9",
        "service_at_locations?postcode=00000&proximity=1000",
        "services?search=" + "x" * 301,
        "services?serch=football",
        "organizations?organization_id=1",
        "taxonomy_terms?full=true",
        "?page=1",
    ],
)
def test_what_cannot_be_used_is_a_problem_that_names_the_parameter(
    unchanged: FlaskClient, address: str
) -> None:
    answer = unchanged.get(f"/hsds/{address}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    problem = json.loads(answer.data)
    assert problem["status"] == 400
    assert problem["title"] == "Bad Request"
    assert problem["instance"] == answer.request.path
    assert problem["parameter"] in problem["detail"]
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("own_id", [NOBODY, "x", "%00", "ä" * 300, "..%2f..%2fetc", "1' OR 1=1"])
def test_an_unknown_id_is_a_problem(unchanged: FlaskClient, name: str, own_id: str) -> None:
    answer = unchanged.get(f"/hsds/{name}/{own_id}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert json.loads(answer.data)["status"] == 404


def test_an_unknown_address_is_a_problem(unchanged: FlaskClient) -> None:
    for address in ("nothing", "services/", "services/a/b", "a/b/c"):
        answer = unchanged.get(f"/hsds/{address}")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", ["services", "services/x", "elsewhere"])
def test_nothing_can_be_written(unchanged: FlaskClient, method: str, address: str) -> None:
    answer = unchanged.open(f"/hsds/{address}", method=method)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]


@given(
    name=st.sampled_from(LISTS),
    query=st.dictionaries(
        st.sampled_from(sorted(PARAMETERS)) | st.text(max_size=5),
        st.text(max_size=20) | st.integers().map(str) | st.sampled_from(["true", "false", "73728"]),
        max_size=3,
    ),
)
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_is_answered_or_refused(
    unchanged: FlaskClient, name: str, query: dict[str, str]
) -> None:
    answer = unchanged.get(f"/hsds/{name}", query_string=query)
    assert answer.status_code in {200, 400}
    assert answer.mimetype in {
        "application/json",
        "application/x-ndjson",
        "application/problem+json",
    }


@pytest.mark.parametrize(
    "address", ["", "openapi.json", "services?full=true", "services?format=ndjson", *LISTS]
)
def test_an_unchanged_answer_is_not_sent_again(unchanged: FlaskClient, address: str) -> None:
    first = unchanged.get(f"/hsds/{address}")
    for header in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": f'"other", W/{first.headers["ETag"]}'},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = unchanged.get(f"/hsds/{address}", headers=header)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    other = {"If-None-Match": '"other"', "If-Modified-Since": first.headers["Last-Modified"]}
    assert unchanged.get(f"/hsds/{address}", headers=other).status_code == 200


def test_other_questions_have_other_tags(unchanged: FlaskClient) -> None:
    addresses = [
        "services",
        "services?page=2",
        "services?full=true",
        "organizations",
        "services?search=a",
    ]
    tags = {unchanged.get(f"/hsds/{address}").headers["ETag"] for address in addresses}
    assert len(tags) == len(addresses)


def test_a_change_is_seen_at_once(app: Flask) -> None:
    client = app.test_client()
    before = client.get("/hsds/services?minimal=true")
    with app.extensions[EXTENSION].database.write() as session:
        apply_record(session, record_with_secrets())
    after = client.get("/hsds/services?minimal=true", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert json.loads(after.data)["total_items"] == json.loads(before.data)["total_items"] + 1
    since = {"If-Modified-Since": before.headers["Last-Modified"]}
    assert client.get("/hsds/services?minimal=true", headers=since).status_code == 200


def test_head_answers_like_get_without_content(unchanged: FlaskClient) -> None:
    head, whole = unchanged.head("/hsds/services"), unchanged.get("/hsds/services")
    assert head.data == b""
    assert head.status_code == 200
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert head.headers[name] == whole.headers[name]


def test_other_sites_may_read(unchanged: FlaskClient) -> None:
    origin = {"Origin": "https://karte.example", "Access-Control-Request-Method": "GET"}
    for address in ("services", f"services/{NOBODY}", "services?page=0", "nothing"):
        answer = unchanged.get(f"/hsds/{address}", headers=origin)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = unchanged.options("/hsds/services", headers=origin)
    assert asked.status_code == 200
    assert "GET" in asked.headers["Access-Control-Allow-Methods"]
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("name", LISTS)
def test_lists_can_be_asked_for_by_post(unchanged: FlaskClient, name: str) -> None:
    answer = unchanged.post(f"/hsds/{name}?per_page=2")
    assert json.loads(answer.data) == get_json(unchanged, f"{name}?per_page=2")


def test_no_cookie_is_set_or_heeded(app: Flask) -> None:
    client = app.test_client()
    form = client.get("/anmelden")
    token = form.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    fields = {"csrf_token": token, "email": DEMO_ACCOUNTS[0].email, "password": DEMO_PASSWORD}
    assert client.post("/anmelden", data=fields).status_code == 302
    for address in ("/hsds", "/hsds/", "/hsds/services", "/hsds/services?page=0", "/hsds/nothing"):
        answer = client.get(address)
        assert "Set-Cookie" not in answer.headers, address
        assert "Cookie" not in answer.headers.get("Vary", ""), address


def test_answers_may_be_kept_and_are_asked_for_again(unchanged: FlaskClient) -> None:
    assert unchanged.get("/hsds/services").headers["Cache-Control"] == "public, no-cache"
    assert unchanged.get("/hsds/nothing").headers["Cache-Control"] == "no-store"
    assert unchanged.get("/anmelden").headers["Cache-Control"] == "no-store"


def test_it_can_be_switched_off(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path / "demo")
    client = open_app(tmp_path / "demo", LOTSENBUCH_PUBLIC_PAGES="off").test_client()
    for address in ("", "services", "openapi.json", *LISTS):
        assert client.get(f"/hsds/{address}").status_code == 404


def test_a_merged_entry_leads_to_the_one_that_was_kept(app: Flask) -> None:
    client = app.test_client()
    kept, merged, gone = [one["id"] for one in get_json(client, "services")["contents"][:3]]
    with app.extensions[EXTENSION].database.write() as session:
        for own_id, target in ((merged, kept), (gone, merged)):
            offer = session.get(Offer, own_id)
            assert offer is not None
            offer.merged_into_id, offer.status = target, "withdrawn"
            session.add(offer)
        apply_record(session, record_with_secrets())  # a change, so that the catalogue is read anew
    for own_id in (merged, gone):
        answer = client.get(f"/hsds/services/{own_id}")
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"/hsds/services/{kept}"
    assert merged not in ids_at(client, "services")


def test_a_merged_entry_leads_nowhere_when_the_kept_one_is_not_public(app: Flask) -> None:
    client = app.test_client()
    kept, merged = [one["id"] for one in get_json(client, "organizations")["contents"][:2]]
    with app.extensions[EXTENSION].database.write() as session:
        provider = session.get(Provider, merged)
        assert provider is not None
        provider.merged_into_id = kept
        session.add(provider)
        for offer in session.exec(select(Offer).where(Offer.provider_id == kept)):
            offer.visibility = "internal"
            session.add(offer)
        apply_record(session, record_with_secrets())
    assert client.get(f"/hsds/organizations/{merged}").status_code == 404


def test_an_error_of_our_own_is_a_problem_that_tells_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_words: object) -> None:
        raise RuntimeError("words that must not get out")

    runtime = app.extensions[EXTENSION]
    monkeypatch.setattr(type(runtime.database), "read", fail)
    answer = app.test_client().get("/hsds/services")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "words" not in answer.text


def test_an_address_that_is_not_public_cannot_be_guessed_by_searching(app: Flask) -> None:
    runtime = app.extensions[EXTENSION]
    with runtime.database.write() as session:
        apply_record(session, record_with_secrets())
    reader = app.test_client()
    streets = [one.street for one in record_with_secrets().places if one.visibility != "public"]
    assert len(streets) == 2

    def names_found(words: str | None) -> list[str]:
        found = reader.get("/hsds/services", query_string={"search": words}).get_json()
        return [one["name"] for one in found["contents"]]

    for street in streets:
        assert "Offene Beratung" not in names_found(street)
    assert "Offene Beratung" in names_found("Offene Beratung")
