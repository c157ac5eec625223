"""Distances are exact, and factors do what their formulas say."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.table_loading import OfferRow, PlaceRow, build_offer_table
from app.matching.comparison import Comparison
from app.matching.positions import distances_km, ecef_km
from app.matching.prepared import PreparedOffers, prepare_offers
from app.matching.ranking import rank
from app.matching.rule_files import FACTORS, load_rules
from app.matching.scoring import Scores
from app.matching.types import ClientFacts, EntitlementFact, GoalFact, Match, TimeSpan
from tests.unit.matching_strategies import TAXONOMY, TODAY, clients, offers

RULES = load_rules()
HERE = (48.7427, 9.3071)
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
    individual_entry=True,
    has_childcare=True,
    seats_max=15,
    seats_booked=5,
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
    german_level_on=date(2026, 3, 1),
    goals=(GoalFact("language", "B1"),),
    interests=("football",),
    latitude=HERE[0],
    longitude=HERE[1],
    position_is_precise=True,
    available=(TimeSpan(1, 480, 780), TimeSpan(2, 480, 780)),
    mobility="transit",
    needs_childcare=True,
    needs_step_free=True,
    residence_status="25(2)",
    entitlements=(EntitlementFact("entitlement", date(2026, 1, 1)),),
)


def only(facts: ClientFacts, offer: OfferRow) -> Match | None:
    matches = rank(facts, build_offer_table([offer]), RULES, TAXONOMY, TODAY).matches
    return matches[0] if matches else None


def factors(facts: ClientFacts, offer: OfferRow) -> dict[str, float]:
    prepared = PreparedOffers(build_offer_table([offer]), RULES, TODAY)
    return {k: float(v[0]) for k, v in Scores(Comparison(facts, prepared, TAXONOMY)).factors.items()}


@given(st.floats(47.2, 55.1), st.floats(5.9, 15.0), st.floats(-0.9, 0.9), st.floats(-0.9, 0.9))
def test_distances_are_the_geodesic_to_within_some_metres(latitude, longitude, north, east):
    other = (latitude + north, longitude + east)
    x, y, z = ecef_km(np.array([other[0]]), np.array([other[1]]))
    points = (x.astype(np.float32), y.astype(np.float32), z.astype(np.float32))
    found = float(distances_km(points, latitude, longitude)[0])
    assert found == pytest.approx(geodesic((latitude, longitude), other).km, abs=0.005)


def test_an_unknown_position_has_no_distance():
    x, y, z = ecef_km(np.array([np.nan]), np.array([np.nan]))
    points = (x.astype(np.float32), y.astype(np.float32), z.astype(np.float32))
    assert math.isnan(distances_km(points, *HERE)[0])


@settings(max_examples=100, deadline=None)
@given(clients(), offers())
def test_factors_lie_between_0_and_1(facts, offer):
    found = factors(facts, offer)
    assert set(found) == set(FACTORS)
    assert all(0 <= value <= 1 for value in found.values())


def test_everything_that_speaks_for_an_offer_is_named():
    match = only(CLIENT, COURSE)
    assert match.verdict == "suitable"
    assert [reason.code for reason in match.reasons][:2] == ["entry_level", "target_level"]
    assert {reason.code for reason in match.reasons} == {
        "interest", "goal", "entry_level", "target_level", "distance", "times", "language",
        "childcare", "step_free", "free", "seats", "next_start", "individual_entry", "sex_only",
        "age_fits", "residence_status_accepted", "entitled", "verified",
    }  # fmt: skip


def test_closer_interests_count_more():
    wanted = replace(CLIENT, interests=("ball_sports",))
    values = [
        factors(CLIENT, COURSE)["interest"],
        factors(wanted, COURSE)["interest"],
        factors(CLIENT, replace(COURSE, topics=("ball_sports",)))["interest"],
        factors(CLIENT, replace(COURSE, topics=("cooking",)))["interest"],
    ]
    assert values == pytest.approx([1.0, 0.9, 0.6, 0.0])


@pytest.mark.parametrize(
    ("level", "entry", "target", "expected"),
    [
        ("A2", "A2", "B1", 1.0),
        ("B1", "A2", "B2", 0.75 * 0.8),
        ("A2", "A2", "B2", 0.8),
        ("A1", "A2", "B1", 0.25),
        ("none", "none", "A1", 1.0),
        (None, "A2", "B1", 0.5),
    ],
)
def test_levels_fit_best_at_the_entry(level, entry, target, expected):
    offer = replace(COURSE, entry_level=entry, target_level=target)
    facts = replace(CLIENT, german_level=level, german_level_evidence="self")
    assert factors(facts, offer)["level"] == pytest.approx(expected)


def test_practice_and_courses_for_a_special_group_fit_a_little_less():
    practice = replace(COURSE, course_kind="conversation", target_level=None)
    special = replace(COURSE, course_kind="vocational_special_b1")
    assert factors(CLIENT, practice)["level"] == pytest.approx(0.7)
    assert factors(CLIENT, special)["level"] == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("addressed", "of_client"),
    [
        ({"sex": "female"}, {"sex": None}),
        ({"sex": None, "target_groups": ("women",)}, {"sex": "diverse"}),
        ({"target_groups": ("lgbt",)}, {}),
        ({"sex": None, "target_groups": ("parents",)}, {"needs_childcare": None}),
    ],
)
@pytest.mark.parametrize("goals", [None, CLIENT.goals])
def test_what_is_for_others_perhaps_serves_goals_a_little_less(addressed, of_client, goals):
    facts = replace(CLIENT, goals=goals, **of_client)
    everybody = factors(facts, replace(COURSE, sex=None))["goal"]
    assert factors(facts, replace(COURSE, **addressed))["goal"] == pytest.approx(0.7 * everybody)


def test_hours_of_childcare_say_nothing_about_the_hours_of_the_parents():
    place = replace(COURSE, kind="childcare", course_kind=None, sessions=((6, 480, 960),))
    assert factors(CLIENT, place)["times"] == RULES.weights.neutral["times"]
    child = replace(CLIENT, birth_date=date(2016, 5, 1), needs_childcare=None)
    assert factors(child, place)["times"] == 0


@pytest.mark.parametrize(
    ("kind", "areas", "expected"),
    [
        ("language_course", ("language", "work"), 1.0),
        ("counselling", ("language",), 1.0),
        ("counselling", ("language", "work", "housing", "health"), 0.5),
        ("work", ("work",), 0.0),
        ("work", (), RULES.weights.neutral["goal"]),
    ],
)
def test_what_is_there_for_everything_serves_each_goal_a_little(kind, areas, expected):
    course_kind = COURSE.course_kind if kind == "language_course" else None
    offer = replace(COURSE, kind=kind, course_kind=course_kind, goal_areas=areas)
    assert factors(CLIENT, offer)["goal"] == pytest.approx(expected)


def test_sensitive_help_stands_back_unless_an_interest_comes_near_it():
    offer = replace(
        COURSE, kind="health", course_kind=None, goal_areas=("health",), topics=("addiction",)
    )
    facts = replace(CLIENT, goals=(GoalFact("health"),))
    named = replace(facts, interests=("addiction",))
    assert factors(facts, offer)["goal"] == pytest.approx(0.6)
    assert factors(named, offer)["goal"] == 1.0


def test_the_distance_factor_is_one_half_at_the_half_distance():
    half = RULES.weights.half_distance_km.walk
    place = replace(NEAR, latitude=HERE[0] + half / 111.2, longitude=HERE[1])
    offer = replace(COURSE, places=(place,))
    assert factors(replace(CLIENT, mobility="walk"), offer)["distance"] == pytest.approx(0.5, abs=0.01)


def test_the_nearest_place_counts():
    far = PlaceRow("far", 48.9, 9.6, "exact")
    match = only(CLIENT, replace(COURSE, places=(far, NEAR)))
    assert (match.place_id, match.distance_km) == ("near", 0.1)


def test_unknown_facts_take_their_neutral_value():
    bare = OfferRow("o", "x", "t", "p", "p", "club")
    assert factors(ClientFacts(), bare) == pytest.approx(RULES.weights.neutral)


def test_the_course_rules_give_the_levels_that_an_offer_does_not_name():
    offer = replace(COURSE, entry_level=None, target_level=None, course_kind="vocational_basic")
    prepared = PreparedOffers(build_offer_table([offer]), RULES, TODAY)
    assert (prepared.entry_level[0], prepared.target_level[0], prepared.needs_proof[0]) == (3, 4, True)
    own = replace(offer, entry_level="B2", target_level="C1")
    prepared = PreparedOffers(build_offer_table([own]), RULES, TODAY)
    assert (prepared.entry_level[0], prepared.target_level[0], prepared.needs_proof[0]) == (4, 5, True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"starts_on": TODAY + timedelta(days=3)}, TODAY + timedelta(days=7)),
        ({"starts_on": TODAY + timedelta(days=3), "sessions": ()}, TODAY + timedelta(days=3)),
        ({"starts_on": None}, TODAY),
        ({"starts_on": None, "sessions": ((7, 0, 60),)}, TODAY + timedelta(days=6)),
        ({"starts_on": None, "sessions": ()}, None),
        ({"starts_on": TODAY, "sessions": ()}, TODAY),
    ],
)
def test_the_next_date_is_the_next_weekday_from_the_start_on(values, expected):
    facts = replace(CLIENT, available=None)
    assert only(facts, replace(COURSE, **values)).next_on == expected


def test_the_prepared_table_is_shared_by_all_clients_of_a_day():
    table = build_offer_table([COURSE])
    prepared = prepare_offers(table, RULES, TODAY)
    assert prepare_offers(table, RULES, TODAY) is prepared
    assert prepare_offers(table, RULES, TODAY + timedelta(days=1)) is not prepared
    assert prepare_offers(build_offer_table([COURSE]), RULES, TODAY) is not prepared


def test_an_office_without_a_wanted_topic_loses_as_much_as_counselling_does() -> None:
    presets = load_rules().weights.preset
    assert presets["authority"]["interest"] >= presets["counselling"]["interest"]
