"""Hard rules where wording and meaning are easily missed: dates, seats, languages, hours, proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from app.directory.table_loading import OfferRow, build_offer_table
from app.matching.comparison import Comparison
from app.matching.course_rules import NO
from app.matching.eligibility import decide_all
from app.matching.prepared import PreparedOffers
from app.matching.ranking import assess_offer
from app.matching.rule_files import load_rules
from app.matching.types import BookedTime, ClientFacts, Exclusion, Match, TimeSpan
from tests.unit.matching_strategies import TAXONOMY, TODAY, clients, offers

RULES = load_rules()
MONDAY_MORNING = (1, 540, 720)
OFFER = OfferRow("offer", "x", "Angebot", "provider", "Haus", "meeting")
COURSE = replace(OFFER, kind="language_course", course_kind="state_german", entry_level="A1")


def codes_of(offer: OfferRow, **facts) -> set[str]:
    """All questions about the offer, or the rules that exclude it."""
    client = ClientFacts(**facts)
    found = assess_offer(client, build_offer_table([offer]), RULES, TAXONOMY, TODAY, "offer")
    if isinstance(found, Exclusion):
        return {f"no {rule.code}" for rule in found.rules}
    assert isinstance(found, Match)
    return {question.code for question in found.to_clarify}


@settings(max_examples=40, deadline=None)
@given(clients(), offers())
def test_what_clients_say_of_their_german_never_excludes(facts, offer):
    for evidence in (None, "self"):
        told = replace(facts, german_level_evidence=evidence)
        prepared = PreparedOffers(build_offer_table([offer]), RULES, TODAY)
        answers = decide_all(Comparison(told, prepared, TAXONOMY)).answers
        assert NO not in (int(answers["entry_level"][0]), int(answers["target_level"][0]))


@pytest.mark.parametrize("evidence", ["test", "certificate"])
def test_a_test_or_certificate_excludes_below_the_entry_and_from_the_target_on(evidence):
    course = replace(COURSE, entry_level="B1", target_level="B2")
    for level, code in (("A2", "no level_below_entry"), ("B2", "no target_already_reached")):
        assert codes_of(course, german_level=level, german_level_evidence=evidence) == {code}
    assert not {
        code
        for code in codes_of(course, german_level="B1", german_level_evidence=evidence)
        if code.startswith("no ") or "level" in code
    }


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"ends_on": TODAY - timedelta(days=1)}, "no over"),
        ({"ends_on": TODAY}, None),
        ({"ends_on": TODAY + timedelta(days=2), "sessions": ((5, 600, 660),)}, "no over"),
        ({"ends_on": TODAY + timedelta(days=4), "sessions": ((5, 600, 660),)}, None),
        ({"ends_on": TODAY + timedelta(days=2)}, None),
        ({"starts_on": TODAY - timedelta(days=1), "individual_entry": False}, "no already_started"),
        ({"starts_on": TODAY - timedelta(days=1)}, "late_entry_unknown"),
        ({"starts_on": TODAY, "individual_entry": False}, None),
        ({"registration_deadline": TODAY - timedelta(days=1)}, "no deadline_passed"),
        ({"registration_deadline": TODAY}, None),
    ],
)
def test_a_date_must_be_still_to_come(values, code):
    found = codes_of(replace(OFFER, **values))
    about_dates = {
        one
        for one in found
        if one.startswith("no ") or one in ("late_entry_unknown", "no_date_to_come")
    }
    assert about_dates == ({code} if code else set())


@pytest.mark.parametrize(
    ("values", "is_asked"),
    [
        ({}, True),
        ({"individual_entry": False}, True),
        ({"individual_entry": True}, False),
        ({"individual_entry": True, "seats_max": 12}, True),
        ({"individual_entry": True, "seats_max": 12, "seats_booked": 3}, False),
        ({"kind": "childcare", "course_kind": None, "individual_entry": True}, True),
        ({"kind": "club", "course_kind": None}, False),
    ],
)
def test_seats_are_asked_for_where_somebody_counts_them(values, is_asked):
    assert ("seats_unknown" in codes_of(replace(COURSE, **values))) == is_asked


@pytest.mark.parametrize(
    ("entry", "spoken", "facts", "code"),
    [
        ("none", ("de",), {"german_level": "none"}, "no_shared_language"),
        ("none", ("de", "ar"), {"german_level": "none"}, None),
        ("none", ("de",), {"german_level": "A1"}, None),
        ("none", ("de",), {}, "german_level_unknown"),
        ("none", (), {"german_level": "none"}, None),
        (None, ("de",), {"german_level": "A1"}, "no_shared_language"),
        (None, ("de",), {"german_level": "A2"}, None),
        ("A1", ("de",), {"german_level": "A1"}, None),
    ],
)
def test_no_level_demanded_is_no_language_in_common(entry, spoken, facts, code):
    offer = replace(OFFER, entry_level=entry, onsite_languages=spoken)
    about_languages = {"no_shared_language", "german_level_unknown", "offer_languages_unknown"}
    assert codes_of(offer, languages=("ar",), **facts) & about_languages == ({code} if code else set())


def test_an_offer_open_to_every_level_says_so_to_those_who_are_understood_there():
    offer = replace(OFFER, entry_level="none", onsite_languages=("de",))

    def reasons(level: str) -> set[str]:
        client = ClientFacts(languages=("ar",), german_level=level)
        found = assess_offer(client, build_offer_table([offer]), RULES, TAXONOMY, TODAY, "offer")
        assert isinstance(found, Match)
        return {reason.code for reason in found.reasons}

    assert "open_to_all_levels" in reasons("A1")
    assert "open_to_all_levels" not in reasons("none")


@pytest.mark.parametrize("available", [None, (), (TimeSpan(6, 480, 960),)])
def test_parents_need_not_be_free_while_their_child_is_looked_after(available):
    place = replace(OFFER, kind="childcare", sessions=(MONDAY_MORNING,))
    booked = (BookedTime("course", TimeSpan(*MONDAY_MORNING), TODAY, TODAY + timedelta(days=90)),)
    about_hours = {"availability_unknown", "no times_do_not_fit", "no time_taken", "times_unknown"}
    assert not codes_of(place, available=available, booked=booked) & about_hours
    parent = {"birth_date": date(1990, 5, 1), "available": available, "booked": booked}
    assert not codes_of(place, **parent) & about_hours
    child = parent | {"birth_date": date(2018, 5, 1)}
    assert codes_of(place, **child) & about_hours


def test_hours_of_childcare_that_nobody_knows_are_asked_for():
    assert "times_unknown" in codes_of(replace(OFFER, kind="childcare"))


@pytest.mark.parametrize(
    ("offer", "facts", "codes"),
    [
        ({"entitlement_kinds": ("entitlement", "admission")}, {}, {"entitlement_unknown"}),
        ({"entitlement_kinds": ("entitlement",)}, {"entitlements": ()}, {"apply_for_certificate"}),
        ({"entitlement_kinds": ("obligation",)}, {"entitlements": ()}, {"no entitlement_missing"}),
        (
            {"entitlement_kinds": ("vocational_course",), "course_kind": "vocational_basic"},
            {"entitlements": ()},
            {"apply_for_entitlement"},
        ),
        (
            {"entitlement_kinds": ("vocational_course",), "course_kind": "state_german"},
            {"entitlements": ()},
            {"no entitlement_missing"},
        ),
        (
            {"entitlement_kinds": ("entitlement",)},
            {"entitlements": (), "residence_status": "24"},
            {"no admission_suspended", "no entitlement_missing"},
        ),
    ],
)
def test_a_paper_that_a_course_demands_and_one_can_apply_for_is_a_question(offer, facts, codes):
    course = replace(COURSE, **{"course_kind": "integration_general", "entry_level": "none"} | offer)
    found = codes_of(course, **{"residence_status": "25(2)"} | facts)
    about_papers = {one for one in found if "apply" in one or "entitlement" in one or "no " in one}
    assert about_papers == codes


@pytest.mark.parametrize(
    ("years", "own_age", "kind", "code"),
    [
        (9, None, "integration_general", "no age_below_minimum"),
        (14, None, "state_german", "no age_below_minimum"),
        (15, None, "state_german", None),
        (9, 6, "state_german", None),
        (9, None, "conversation", None),
    ],
)
def test_courses_for_adults_are_not_for_children_unless_they_say_so(years, own_age, kind, code):
    course = replace(COURSE, course_kind=kind, min_age=own_age)
    born = date(TODAY.year - years, 1, 15)
    found = {one for one in codes_of(course, birth_date=born) if "age_" in one and "level" not in one}
    assert found == ({code} if code else set())


def test_work_is_not_for_children():
    work = replace(OFFER, kind="work")
    assert "no age_below_minimum" in codes_of(work, birth_date=date(TODAY.year - 14, 1, 15))
    assert "no age_below_minimum" not in codes_of(work, birth_date=date(TODAY.year - 15, 1, 15))


def test_whose_age_nobody_wrote_down_is_not_asked_for_it_because_of_the_kind_of_course():
    assert "age_unknown" not in codes_of(COURSE)
    assert "age_unknown" in codes_of(replace(COURSE, min_age=18))
