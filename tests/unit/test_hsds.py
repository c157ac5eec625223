"""HSDS files say everything a record says, and others' files are read without a crash."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.directory.canonical import canonical
from app.directory.hsds import dump_organization, read_organization, write_organization
from app.directory.records import ProviderRecord
from tests import directory_records

PLAIN: dict[str, Any] = {"id": "org-1", "name": "Nachbarschaftshaus", "description": ""}

HSDS_NAMES = [
    *("id", "services", "locations", "schedules", "phones", "attributes", "name", "latitude"),
    *("longitude", "capacities", "available", "maximum", "link_type"),
]
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(HSDS_NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(record=directory_records.providers())
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_record_survives_the_way_through_a_file(record: ProviderRecord) -> None:
    again = read_organization(json.loads(dump_organization(record)))
    assert again == canonical(record)


@given(data=_json)
def test_whatever_json_is_read_gives_a_record_or_names_the_fault(data: Any) -> None:
    with contextlib.suppress(ValidationError):
        assert read_organization(data).name


def test_writing_twice_gives_the_same_text() -> None:
    record = read_organization(PLAIN | {"services": [{"id": "s", "name": "Beratung"}]})
    assert dump_organization(record) == dump_organization(record)


def test_an_entry_of_others_takes_its_id_as_key_and_hsds_as_source() -> None:
    record = read_organization(PLAIN)
    assert (record.source, record.external_id, record.kind) == ("hsds", "org-1", "other")


def test_weekly_times_with_several_days_become_one_time_each() -> None:
    schedule = {"freq": "WEEKLY", "byday": "TH,FR", "opens_at": "10:00:00", "closes_at": "18:00Z"}
    service = {"id": "s", "name": "Beratung", "schedules": [schedule]}
    offer = read_organization(PLAIN | {"services": [service]}).offers[0]
    assert [(time.weekday, time.starts, time.ends) for time in offer.sessions] == [
        (4, "10:00", "18:00"),
        (5, "10:00", "18:00"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"freq": "MONTHLY", "byday": "2MO"},
        {"interval": 2},
        {"closes_at": "09:00"},
        {"opens_at": None},
        {"opens_at": "ten"},
        {"byday": "XX"},
    ],
)
def test_what_is_no_weekly_time_is_left_out(change: dict[str, Any]) -> None:
    schedule = {"freq": "WEEKLY", "byday": "MO", "opens_at": "10:00", "closes_at": "12:00"}
    service = {"id": "s", "name": "Beratung", "schedules": [schedule | change]}
    assert read_organization(PLAIN | {"services": [service]}).offers[0].sessions == ()


def test_a_position_off_the_globe_is_left_out() -> None:
    location = {"id": "l", "latitude": 100, "longitude": 101}
    place = read_organization(PLAIN | {"locations": [location]}).places[0]
    assert (place.latitude, place.precision) == (None, "unknown")


def test_a_postal_code_that_is_none_in_germany_is_flagged() -> None:
    location = {"id": "l", "addresses": [{"postal_code": "ABC 1234"}]}
    record = read_organization(PLAIN | {"locations": [location]})
    assert record.places[0].plz is None
    assert record.flags == ("postal_code_unknown",)


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), True, "5", 10**400])
def test_a_fee_that_is_no_number_is_unknown(amount: Any) -> None:
    service = {"id": "s", "name": "B", "cost_options": [{"currency": "EUR", "amount": amount}]}
    assert read_organization(PLAIN | {"services": [service]}).offers[0].cost_cents is None


def test_a_fee_in_another_currency_is_unknown() -> None:
    service = {"id": "s", "name": "B", "cost_options": [{"currency": "CHF", "amount": 5}]}
    assert read_organization(PLAIN | {"services": [service]}).offers[0].cost_cents is None


def test_an_organisation_without_a_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="name"):
        read_organization({"id": "org-1"})


def test_free_seats_stand_where_other_programs_look_for_them() -> None:
    service = {
        "id": "s",
        "name": "Kurs",
        "capacities": [{"maximum": 20, "available": 4, "updated": "2026-11-02T10:00:00Z"}],
    }
    record = read_organization(PLAIN | {"services": [service]})
    assert (record.offers[0].seats_max, record.offers[0].seats_booked) == (20, 16)
    written = write_organization(record)["services"][0]["capacities"][0]
    assert (written["available"], written["maximum"]) == (4, 20)
