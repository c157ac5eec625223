"""HSDS files say everything a record says, and others' files are read without a crash."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.directory.canonical import canonical
from app.directory.hsds import dump_organization, read_organization, write_organization
from app.directory.records import OfferRecord, ProviderRecord, record_from
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
        {"freq": "MONTHLY", "byday": "6MO"},
        {"freq": "MONTHLY", "byday": None, "bymonthday": "15"},
        {"freq": "MONTHLY", "interval": 2, "byday": "1MO"},
        {"freq": "YEARLY"},
        {"freq": None},
        {"interval": 2},
        {"interval": 9, "dtstart": "2026-11-02"},
        {"interval": 1.5, "dtstart": "2026-11-02"},
        {"closes_at": "09:00"},
        {"opens_at": None},
        {"opens_at": "ten"},
        {"opens_at": "25:00"},
        {"opens_at": "12:00"},
        {"byday": "XX"},
    ],
)
def test_what_no_field_of_ours_can_hold_is_left_out(change: dict[str, Any]) -> None:
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


def offer_with(*schedules: dict[str, Any], **service: Any) -> OfferRecord:
    """An offer of others with these schedules."""
    one = {"id": "s", "name": "Beratung", "schedules": list(schedules)} | service
    return read_organization(PLAIN | {"services": [one]}).offers[0]


def schedule(**change: Any) -> dict[str, Any]:
    """Mondays from 10 to 12, changed."""
    return {"freq": "WEEKLY", "byday": "MO", "opens_at": "10:00", "closes_at": "12:00"} | change


@pytest.mark.parametrize(
    ("byday", "expected"),
    [
        ("1TH", [(4, 1)]),
        ("-1FR,2MO", [(5, -1), (1, 2)]),
        ("+3SU", [(7, 3)]),
        ("WE", [(3, None)]),
        ("6MO,TH1,, 2 MO", []),
    ],
)
def test_a_place_in_the_month_is_read(byday: str, expected: list[tuple[int, int | None]]) -> None:
    sessions = offer_with(schedule(freq="MONTHLY", byday=byday)).sessions
    assert [(time.weekday, time.nth_in_month) for time in sessions] == expected


def test_every_second_week_is_counted_from_the_week_of_the_first_date() -> None:
    rhythm = schedule(interval=2, dtstart="2026-11-04", byday="MO,WE,SU", wkst="MO")
    assert [(time.weekday, time.every_weeks, time.from_on) for time in offer_with(rhythm).sessions] == [
        (1, 2, date(2026, 11, 2)),
        (3, 2, date(2026, 11, 4)),
        (7, 2, date(2026, 11, 8)),
    ]


def test_a_week_may_begin_on_a_sunday() -> None:
    rhythm = schedule(interval=2, dtstart="2026-11-04", byday="SU", wkst="SU")
    assert offer_with(rhythm).sessions[0].from_on == date(2026, 11, 1)


def test_a_night_is_cut_at_midnight() -> None:
    night = schedule(byday="SA,SU", opens_at="22:00", closes_at="02:00")
    assert [(time.weekday, time.starts, time.ends) for time in offer_with(night).sessions] == [
        (6, "22:00", "24:00"),
        (7, "00:00", "02:00"),
        (7, "22:00", "24:00"),
        (1, "00:00", "02:00"),
    ]


def test_what_closes_at_midnight_ends_with_the_day() -> None:
    assert offer_with(schedule(closes_at="00:00:00")).sessions[0].ends == "24:00"


@pytest.mark.parametrize(
    "once",
    [
        schedule(dtstart="2026-12-05", count=1, byday=None),
        schedule(freq=None, byday=None, dtstart="2026-12-05"),
        schedule(freq=None, byday=None, valid_from="2026-12-05", valid_to="2026-12-05"),
    ],
    ids=["counted once", "no rhythm", "valid on one day"],
)
def test_what_happens_once_is_a_further_date(once: dict[str, Any]) -> None:
    offer = offer_with(once)
    assert offer.sessions == ()
    assert [(day.kind, day.first_on, day.starts) for day in offer.exceptions] == [
        ("extra", date(2026, 12, 5), "10:00")
    ]


def test_the_same_times_in_several_stretches_of_days_are_terms() -> None:
    offer = offer_with(
        schedule(valid_from="2026-09-14", valid_to="2026-12-18"),
        schedule(valid_from="2027-01-11", valid_to="2027-07-16"),
    )
    assert len(offer.sessions) == 1
    assert [(term.first_on, term.last_on) for term in offer.terms] == [
        (date(2026, 9, 14), date(2026, 12, 18)),
        (date(2027, 1, 11), date(2027, 7, 16)),
    ]
    assert offer.starts_on is None


def test_different_times_in_several_stretches_of_days_hold_from_the_first_to_the_last() -> None:
    offer = offer_with(
        schedule(valid_from="2026-09-14", valid_to="2026-12-18"),
        schedule(valid_from="2027-01-11", valid_to="2027-07-16", byday="TU"),
    )
    assert [time.weekday for time in offer.sessions] == [1, 2]
    assert offer.terms == ()
    assert (offer.starts_on, offer.ends_on) == (date(2026, 9, 14), date(2027, 7, 16))


def test_a_rhythm_is_written_as_other_programs_read_it() -> None:
    sessions = [
        {"weekday": 2, "starts": "10:00", "ends": "12:00", "every_weeks": 2, "from_on": "2026-11-03"},
        {"weekday": 4, "starts": "14:00", "ends": "16:00", "nth_in_month": 1},
        {"weekday": 5, "starts": "14:00", "ends": "16:00", "nth_in_month": -1},
    ]
    first, second, third = written_schedules(sessions=sessions)
    assert (first["freq"], first["interval"], first["dtstart"]) == ("WEEKLY", 2, "2026-11-03")
    assert (second["freq"], second["byday"]) == ("MONTHLY", "1TH")
    assert third["byday"] == "-1FR"


def test_each_term_has_its_schedule() -> None:
    terms = [
        {"first_on": "2026-09-14", "last_on": "2026-12-18"},
        {"first_on": "2027-01-11", "last_on": "2027-07-16"},
    ]
    sessions = [{"weekday": 2, "starts": "10:00", "ends": "12:00"}]
    schedules = written_schedules(sessions=sessions, terms=terms, starts_on="2026-10-05")
    assert [(one["valid_from"], one["valid_to"]) for one in schedules] == [
        ("2026-10-05", "2026-12-18"),
        ("2027-01-11", "2027-07-16"),
    ]


def test_a_further_date_is_a_schedule_and_a_closed_day_is_none() -> None:
    exceptions = [
        {"kind": "closed", "first_on": "2026-12-24", "last_on": "2027-01-06"},
        {
            "kind": "extra",
            "first_on": "2026-12-05",
            "last_on": "2026-12-06",
            "starts": "10:00",
            "ends": "17:00",
        },
    ]
    (extra,) = written_schedules(exceptions=exceptions)
    assert (extra["dtstart"], extra["until"], extra["byday"]) == ("2026-12-05", "2026-12-06", "SA,SU")


def written_schedules(**offer: Any) -> list[dict[str, Any]]:
    """The schedules of an offer of ours with these facts."""
    facts = {"external_id": "o", "title": "Treff", "kind": "meeting"} | offer
    provider = {"source": "test", "external_id": "p", "name": "Haus", "kind": "other"}
    record = record_from(provider | {"offers": [facts]})
    schedules: list[dict[str, Any]] = write_organization(record)["services"][0]["schedules"]
    return schedules


def test_everybody_to_ask_at_an_organisation_of_others_is_taken_over_once() -> None:
    ann = {"id": "a", "name": "Ann", "phones": [{"number": "0711 1", "extension": 10}]}
    bob = {"id": "b", "name": "Bob", "department": "Empfang", "phones": [PHONE_IN_URDU]}
    record = read_organization(
        PLAIN
        | {
            "contacts": [ann],
            "locations": [{"id": "l", "contacts": [ann, bob]}],
            "services": [{"id": "s", "name": "Beratung", "contacts": [ann, bob, {"id": "c"}]}],
        }
    )
    assert [(p.key, p.name, p.phone) for p in record.contacts] == [
        ("a", "Ann", "0711 1 ext. 10"),
        ("b", "Bob", "0711 2"),
    ]
    assert (record.contacts[1].role, record.contacts[1].languages) == ("Empfang", ("ur",))
    assert not any(person.is_public for person in record.contacts)
    assert (record.offers[0].contact_name, record.offers[0].contacts) == ("Ann", ("a", "b"))


PHONE_IN_URDU = {"number": "0711 2", "languages": [{"code": "ur"}, {"code": "klingon?"}]}


def test_texts_without_a_field_of_ours_go_to_the_description() -> None:
    texts = {"description": "Wir beraten.", "alert": "Nur online.", "wait_time": "3 Wochen"}
    assert offer_with(**texts).description == "Wir beraten.\n\nNur online.\n\n3 Wochen"


def test_texts_longer_than_a_field_of_ours_are_cut() -> None:
    offer = offer_with(name="x" * 500, description="y" * 20_000, fees_description="z" * 900)
    assert (len(offer.title), len(offer.description)) == (300, 10_000)
    assert offer.cost_note is not None
    assert len(offer.cost_note) == 500


@pytest.mark.parametrize("status", ["draft", "unconfirmed"])
def test_what_hsds_calls_inactive_keeps_its_own_state(status: str) -> None:
    facts = {"external_id": "o", "title": "Treff", "kind": "meeting", "status": status}
    provider = {"source": "test", "external_id": "p", "name": "Haus", "kind": "other"}
    written = write_organization(record_from(provider | {"offers": [facts]}))
    assert written["services"][0]["status"] == "inactive"
    assert read_organization(written).offers[0].status == status
