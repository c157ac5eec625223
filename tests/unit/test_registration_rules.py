"""What has to be seen of a volunteer, and what becomes of what was told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.directory.interests import load_taxonomy
from app.volunteers.answers import VolunteerAnswers
from app.volunteers.building import build_organisation, build_place, build_volunteer
from app.volunteers.checks import Checks, list_missing, needs_clearance, next_due
from app.volunteers.codes import HELP, HELP_KINDS, WHOM
from app.volunteers.registration_states import AFTER, STATES, can_become
from tests.conftest import TODAY
from tests.registrations import VOLUNTEER, organisation, volunteer


def test_every_kind_of_help_means_topics_of_the_taxonomy() -> None:
    taxonomy = load_taxonomy()
    for kind in HELP_KINDS:
        for topic in HELP[kind].topics:
            assert taxonomy.label(topic, "de"), topic


@pytest.mark.parametrize("kind", ["tutoring", "childcare", "repairs"])
def test_work_with_children_and_in_homes_needs_a_clearance(kind: str) -> None:
    assert needs_clearance([kind], [])


@pytest.mark.parametrize("whom", ["children", "youth", "families"])
def test_whoever_is_there_for_the_young_needs_a_clearance_whatever_they_do(whom: str) -> None:
    assert needs_clearance(["music"], [whom])
    assert not needs_clearance(["music"], ["women", "seniors"])


def test_a_clearance_that_has_run_out_is_missing_again() -> None:
    checks = Checks(
        clearance_seen_on=TODAY - timedelta(days=800),
        clearance_next_on=TODAY - timedelta(days=1),
        talk_on=TODAY,
        agreement_on=TODAY,
    )
    assert list_missing(checks, is_clearance_needed=True, today=TODAY) == ("clearance",)
    assert list_missing(checks, is_clearance_needed=True, today=TODAY - timedelta(days=1)) == ()
    assert list_missing(checks, is_clearance_needed=False, today=TODAY) == ()
    assert list_missing(Checks(), is_clearance_needed=True, today=TODAY) == (
        "clearance",
        "talk",
        "agreement",
    )


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_the_next_clearance_is_due_within_five_years(seen_on: date) -> None:
    due = next_due(seen_on)
    assert timedelta(days=5 * 365) <= due - seen_on <= timedelta(days=5 * 366)
    Checks(clearance_seen_on=seen_on, clearance_next_on=due)
    with pytest.raises(ValidationError):
        Checks(clearance_seen_on=seen_on, clearance_next_on=due + timedelta(days=2))
    with pytest.raises(ValidationError):
        Checks(clearance_seen_on=seen_on)


def test_nothing_follows_on_a_decision_and_nobody_decides_before_the_address_is_confirmed() -> None:
    for state in STATES:
        if state in {"accepted", "declined"}:
            assert AFTER[state] == ()
    assert AFTER["unconfirmed"] == ("waiting",)
    assert not can_become("unconfirmed", "accepted")


def test_the_shortest_way_of_a_tandem_is_eight_answers() -> None:
    required = {name for name, field in VolunteerAnswers.model_fields.items() if field.is_required()}
    assert required == set(VOLUNTEER)
    assert len(required) <= 12


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("help_kinds", []),
        ("help_kinds", ["theft"]),
        ("languages", []),
        ("languages", ["klingonisch"]),
        ("plz", "7372"),
        ("plz", "00000"),
        ("first_name", "  "),
        ("last_name", "x" * 101),
        ("email", "wilma"),
        ("email", "a@b"),
        ("email", "a..b@zaun.example"),
        ("email", "ä@zaun.example"),
        ("email", "a,b@zaun.example"),
        ("email", "a@-zaun.example"),
        ("phone", "call me"),
        ("starts_on", "2020-01-01"),
        ("has_read_privacy", False),
        ("max_clients", 99),
        ("times", [[8, "morning"]]),
    ],
)
def test_what_cannot_be_is_not_taken(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        volunteer(**{name: value})


def test_a_volunteer_becomes_an_internal_offer_under_the_first_name_alone() -> None:
    answers = volunteer(
        help_kinds=["language_tandem", "forms"],
        times=[[1, "evening"], [6, "morning"]],
        phone="0711 123456",
        whom=["women"],
    )
    place = build_place("p", answers, "Esslingen am Neckar")
    record = build_volunteer("k", answers, "Sprachtandem mit Wilma", place)
    assert (record.kind, record.name) == ("volunteer", "Wilma")
    (offer,) = record.offers
    assert offer.visibility == "internal"
    assert offer.sex == "female"
    assert offer.goal_areas == ("language", "participation")
    assert [(one.weekday, one.starts) for one in offer.sessions] == [(1, "17:00"), (6, "09:00")]
    said = record.model_dump_json()
    for secret in ("Zaunkönig", "wilma@zaun.example", "0711"):
        assert secret not in said


@given(st.sets(st.sampled_from(WHOM)), st.booleans())
def test_whoever_is_meant_always_makes_a_valid_offer(whom: set[str], is_shown: bool) -> None:
    answers = volunteer(whom=sorted(whom), shows_first_name=is_shown)
    record = build_volunteer("k", answers, "t", build_place("p", answers, None))
    (offer,) = record.offers
    assert offer.visibility == ("public" if is_shown else "internal")
    assert not {"women", "men"} & set(offer.target_groups)
    if {"women", "men"} <= whom or not {"women", "men"} & whom:
        assert offer.sex is None


def test_an_organisation_keeps_its_contact_person_internal() -> None:
    answers = organisation(street="Zollbergstraße", house_number="7")
    record = build_organisation("k", answers, build_place("p", answers, "Esslingen am Neckar"))
    (contact,) = record.contacts
    assert contact.name == "Uwe Rollmops"
    assert not contact.is_public
    (offer,) = record.offers
    assert (offer.places, offer.by_appointment) == (("p",), True)
