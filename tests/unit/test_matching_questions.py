"""Questions are worth asking: for every one there is an answer that removes it.

Each case names what differs from a client and a course that suit each other, so that the question
comes up, and then the answer. A new code without a case here fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.directory.table_loading import OfferRow, PlaceRow, build_offer_table
from app.directory.timetable import Term, Timetable, WeeklyTime
from app.matching.codes import CLARIFY_CODES
from app.matching.ranking import assess_offer
from app.matching.rule_files import load_rules
from app.matching.types import (
    BookedTime,
    ClientFacts,
    EntitlementFact,
    Exclusion,
    Experience,
    GoalFact,
    Match,
    TimeSpan,
)
from tests.unit.matching_strategies import TAXONOMY, TODAY

RULES = load_rules()
NORTH_OF_HERE = 48.7787
"""Four kilometres north of the client."""
NEAR = PlaceRow("near", 48.7437, 9.3081, "exact", step_free=True)
COURSE = OfferRow(
    offer_id="course",
    external_id="x",
    title="t",
    provider_id="p",
    provider_name="p",
    kind="language_course",
    course_kind="integration_general",
    entry_level="A2",
    target_level="B1",
    sex="female",
    min_age=18,
    starts_on=TODAY + timedelta(days=7),
    individual_entry=False,
    has_childcare=True,
    seats_max=15,
    seats_booked=5,
    has_waiting_list=False,
    cost_cents=0,
    verified_on=TODAY - timedelta(days=10),
    goal_areas=("language",),
    instruction_languages=("de",),
    onsite_languages=("ar",),
    residence_statuses=("25(2)", "24"),
    topics=("football",),
    sessions=((1, 540, 720), (2, 540, 720)),
    places=(NEAR,),
)
CLIENT = ClientFacts(
    birth_date=date(1990, 1, 1),
    sex="female",
    languages=("ar",),
    reads=("ar",),
    german_level="A2",
    german_level_evidence="certificate",
    goals=(GoalFact("language", "B1"),),
    interests=("football",),
    latitude=48.7427,
    longitude=9.3071,
    position_is_precise=True,
    available=(TimeSpan(1, 480, 780), TimeSpan(2, 480, 780)),
    mobility="transit",
    needs_childcare=True,
    needs_step_free=True,
    residence_status="25(2)",
    entitlements=(EntitlementFact("entitlement", date(2026, 1, 1)),),
)
COUNSELLING = {
    "kind": "counselling",
    "course_kind": None,
    "entry_level": None,
    "target_level": None,
    "instruction_languages": (),
}
ANY_STATUS = {"residence_statuses": ()}
VOCATIONAL = {"course_kind": "vocational_basic"}
VOCATIONAL_PAPER = {"entitlements": (EntitlementFact("vocational_course", date(2026, 1, 1)),)}
NO_PAPER = {"entitlements": ()}
UNDER_WAY = {"starts_on": TODAY - timedelta(days=7), "ends_on": TODAY + timedelta(days=200)}
BUSY = BookedTime(
    "other", TimeSpan(1, 540, 600), TODAY - timedelta(days=30), TODAY + timedelta(days=90)
)


LAST_TERM = Timetable(
    weekly=(WeeklyTime(1, 540, 720),),
    terms=(Term(TODAY - timedelta(days=90), TODAY - timedelta(days=3)),),
    starts_on=TODAY - timedelta(days=90),
    individual_entry=True,
)


@dataclass(frozen=True)
class Case:
    """What is different from `CLIENT` and `COURSE`, and what is changed then."""

    client: dict[str, Any]
    offer: dict[str, Any]
    then_client: dict[str, Any]
    then_offer: dict[str, Any]
    today: date = TODAY


def case(client=None, offer=None, *, then_client=None, then_offer=None, today=TODAY) -> Case:
    return Case(client or {}, offer or {}, then_client or {}, then_offer or {}, today)


def answers(one: Case) -> tuple[Match | Exclusion, Match | Exclusion]:
    """Before and after the change."""
    client, offer = replace(CLIENT, **one.client), replace(COURSE, **one.offer)
    pairs = [
        (client, offer),
        (replace(client, **one.then_client), replace(offer, **one.then_offer)),
    ]
    found = [
        assess_offer(facts, build_offer_table([row]), RULES, TAXONOMY, one.today, "course")
        for facts, row in pairs
    ]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


SPECIAL_COURSES = {
    "support_to_be_checked": "integration_support",
    "placement_test_needed": "integration_intensive",
    "after_integration_course": "vocational_special_b1",
    "recognition_needed": "vocational_subject",
    "only_employed": "vocational_job",
}
"""For people of whom the record does not tell whether the client is one: the ordinary course of the
same kind does not ask."""

CASES: dict[str, Case] = {
    "german_level_unknown": case(
        {"german_level": None, "german_level_evidence": None},
        then_client={"german_level": "A2", "german_level_evidence": "test"},
    ),
    "level_to_test": case(
        {"german_level": "A1", "german_level_evidence": "self"},
        then_client={"german_level": "A2", "german_level_evidence": "test"},
    ),
    "certificate_needed": case(
        VOCATIONAL_PAPER | {"german_level_evidence": "self"},
        VOCATIONAL,
        then_client={"german_level_evidence": "certificate"},
    ),
    "entry_level_unknown": case(
        offer={"course_kind": "state_german", "entry_level": None}, then_offer={"entry_level": "A2"}
    ),
    "age_unknown": case({"birth_date": None}, then_client={"birth_date": date(1990, 1, 1)}),
    "child_age": case(
        offer=COUNSELLING | {"kind": "childcare", "min_age": 3, "max_age": 6},
        then_offer={"min_age": None, "max_age": None},
    ),
    "sex_unknown": case({"sex": None}, then_client={"sex": "female"}),
    "sex_ask_provider": case({"sex": "diverse"}, then_offer={"sex": None}),
    "children_unknown": case(
        {"needs_childcare": False},
        {"sex": None, "target_groups": ("parents",)},
        then_client={"has_children": True},
    ),
    "target_group_to_be_checked": case(
        offer={"target_groups": ("lgbt",)}, then_client={"interests": ("lgbt",)}
    ),
    "residence_status_unknown": case(
        {"residence_status": None}, then_client={"residence_status": "25(2)"}
    ),
    "residence_status_expires": case(
        {"residence_valid_until": TODAY + timedelta(days=6)},
        then_client={"residence_valid_until": TODAY + timedelta(days=7)},
    ),
    "entitlement_unknown": case(
        {"entitlements": None}, then_client={"entitlements": CLIENT.entitlements}
    ),
    "course_kind_unknown": case(
        offer={"course_kind": None}, then_offer={"course_kind": "integration_general"}
    ),
    "course_rule_missing": case(
        VOCATIONAL_PAPER,
        VOCATIONAL | {"starts_on": date(2016, 6, 30)},
        then_offer={"starts_on": date(2016, 7, 1)},
        today=date(2016, 6, 1),
    ),
    "apply_for_certificate": case(NO_PAPER, then_client={"entitlements": CLIENT.entitlements}),
    "apply_for_admission": case(
        NO_PAPER | {"residence_status": "24"},
        {"starts_on": date(2027, 1, 11)},
        then_client={"entitlements": (EntitlementFact("admission", date(2026, 2, 1)),)},
    ),
    "apply_for_entitlement": case(NO_PAPER, VOCATIONAL, then_client=VOCATIONAL_PAPER),
    "check_admission": case(
        {"entitlements": (EntitlementFact("admission", date(2026, 2, 9)),)},
        then_client={"entitlements": (EntitlementFact("admission", date(2026, 2, 8)),)},
    ),
    "pupil_at_school": case(
        NO_PAPER | {"birth_date": date(2010, 1, 1)},
        {"min_age": 16},
        then_client={"entitlements": CLIENT.entitlements},
    ),
    "access_to_be_checked": case(
        NO_PAPER | {"residence_status": "settlement"},
        ANY_STATUS,
        then_client={"entitlements": CLIENT.entitlements},
    ),
    "integration_course_first": case(
        offer={"course_kind": "orientation"}, then_client=NO_PAPER | {"residence_status": "24"}
    ),
    "literacy_to_be_checked": case(
        offer={"course_kind": "integration_literacy"}, then_client={"reads": ()}
    ),
    "second_script_to_be_checked": case(
        {"reads": None}, {"course_kind": "integration_second_script"}, then_client={"reads": ("ar",)}
    ),
    "late_entry_unknown": case(
        offer=UNDER_WAY | {"individual_entry": None}, then_offer={"individual_entry": True}
    ),
    "no_date_to_come": case(
        offer={"timetable": LAST_TERM} | UNDER_WAY | {"individual_entry": True, "ends_on": None},
        then_offer={"timetable": replace(LAST_TERM, terms=(Term(TODAY, TODAY + timedelta(days=90)),))},
    ),
    "waiting_list": case(
        offer={"seats_booked": 15, "has_waiting_list": True}, then_offer={"seats_booked": 14}
    ),
    "waiting_list_unknown": case(
        offer={"seats_booked": 15, "has_waiting_list": None}, then_offer={"has_waiting_list": True}
    ),
    "seats_unknown": case(offer={"seats_booked": None}, then_offer={"seats_booked": 5}),
    "availability_unknown": case({"available": None}, then_client={"available": CLIENT.available}),
    "times_unknown": case(offer={"sessions": ()}, then_offer={"sessions": COURSE.sessions}),
    "times_only_partly": case(
        {"available": (TimeSpan(1, 480, 780),)}, then_client={"available": CLIENT.available}
    ),
    "time_perhaps_taken": case(
        {"booked": (replace(BUSY, is_binding=False),)}, then_client={"booked": ()}
    ),
    "childcare_needed": case(
        offer={"has_childcare": False}, then_client={"household_free": CLIENT.available}
    ),
    "childcare_need_unknown": case(
        {"needs_childcare": None}, {"has_childcare": None}, then_client={"needs_childcare": False}
    ),
    "step_free_unknown": case(
        offer={"places": (replace(NEAR, step_free=None),)}, then_offer={"places": (NEAR,)}
    ),
    "step_free_need_unknown": case(
        {"needs_step_free": None},
        {"places": (replace(NEAR, step_free=False),)},
        then_client={"needs_step_free": False},
    ),
    "languages_unknown": case({"languages": None}, COUNSELLING, then_client={"languages": ("ar",)}),
    "offer_languages_unknown": case(
        offer=COUNSELLING | {"onsite_languages": ()}, then_offer={"onsite_languages": ("ar",)}
    ),
    "no_shared_language": case(
        offer=COUNSELLING | {"onsite_languages": ("uk",)}, then_client={"languages": ("ar", "uk")}
    ),
    "place_unknown": case(offer={"places": ()}, then_offer={"places": (NEAR,)}),
    "position_unknown": case(
        {"latitude": None, "longitude": None},
        then_client={"latitude": CLIENT.latitude, "longitude": CLIENT.longitude},
    ),
    "reach_unknown": case(
        {"latitude": NORTH_OF_HERE, "mobility": None}, then_client={"mobility": "transit"}
    ),
    "distance_estimated": case(
        {"latitude": NORTH_OF_HERE, "mobility": "walk", "position_is_precise": False},
        then_client={"latitude": CLIENT.latitude, "position_is_precise": True},
    ),
    "out_of_date": case(
        offer={"verified_on": TODAY - timedelta(days=500)}, then_offer={"verified_on": TODAY}
    ),
    "never_verified": case(offer={"verified_on": None}, then_offer={"verified_on": TODAY}),
    "earlier_experience": case(
        {"experiences": (Experience("course", "p", "dropped_out", "too_far"),)},
        then_client={"experiences": ()},
    ),
} | {
    code: case(
        {"entitlements": CLIENT.entitlements + VOCATIONAL_PAPER["entitlements"]},
        {"course_kind": kind},
        then_offer={
            "course_kind": "vocational_basic" if "vocational" in kind else "integration_general"
        },
    )
    for code, kind in SPECIAL_COURSES.items()
}


def test_the_client_and_the_course_suit_each_other_without_any_question():
    match, _ = answers(case())
    assert isinstance(match, Match)
    assert match.verdict == "suitable"


@pytest.mark.parametrize("code", CLARIFY_CODES)
def test_an_answer_removes_its_question(code):
    before, after = answers(CASES[code])
    assert isinstance(before, Match)
    assert before.verdict == "to_clarify"
    assert code in {question.code for question in before.to_clarify}
    assert isinstance(after, Match)
    assert code not in {question.code for question in after.to_clarify}


def test_every_question_has_its_case_and_no_other():
    assert set(CASES) == set(CLARIFY_CODES)
