"""Who may meet whom, what is a question, and how well it suits each side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.codes import SEXES
from app.directory.table_loading import OfferRow, PlaceRow, build_offer_table
from app.matching.comparison import Comparison
from app.matching.course_rules import NO, UNKNOWN, YES
from app.matching.prepared import prepare_offers
from app.matching.rule_files import load_rules
from app.matching.tandem_rules import Assessment, Seeker, Volunteer, decide_sex_wish
from app.matching.types import ClientFacts, TimeSpan
from tests.unit.matching_strategies import TAXONOMY, TODAY, clients, maybe

RULES = load_rules()
OFFER = OfferRow(
    offer_id="v",
    external_id="x",
    title="t",
    provider_id="p",
    provider_name="p",
    kind="volunteer",
    verified_on=TODAY,
    onsite_languages=("de", "ar"),
    topics=("football",),
    sessions=((2, 960, 1080),),
    places=(PlaceRow("near", 48.7437, 9.3081, "exact", step_free=True),),
)
CLIENT = ClientFacts(
    birth_date=date(1990, 1, 1),
    sex="female",
    languages=("ar",),
    german_level="A1",
    interests=("football",),
    latitude=48.7427,
    longitude=9.3071,
    position_is_precise=True,
    available=(TimeSpan(2, 960, 1080),),
    mobility="transit",
    needs_childcare=False,
    needs_step_free=False,
)


def assess(
    client: ClientFacts = CLIENT,
    offer: OfferRow = OFFER,
    volunteer: Volunteer | None = None,
    **seeker: Any,
) -> Assessment:
    table = build_offer_table([offer])
    comparison = Comparison(client, prepare_offers(table, RULES, TODAY), TAXONOMY)
    return Assessment(
        Seeker("c", TODAY, client, **seeker), [volunteer or Volunteer(offer.offer_id)], comparison
    )


def answer(one: Assessment, rule: str) -> int:
    return int(one.answers[rule][0])


def test_two_who_fit_may_meet_and_each_side_knows_why() -> None:
    one = assess(volunteer=Volunteer("v", "female", "female"), wanted_sex="female")
    assert not one.is_excluded[0]
    assert one.list_questions(0) == ()
    assert [r.code for r in one.reasons_for_client(0)] == [
        "topics", "hours", "own_language", "distance", "wanted_sex",
    ]  # fmt: skip
    assert [r.code for r in one.reasons_for_volunteer(0)] == [
        "their_topics", "their_hours", "talk_own", "wanted_sex",
    ]  # fmt: skip
    assert one.for_client[0] > 0.99
    assert one.for_volunteer[0] == 1


@pytest.mark.parametrize(
    ("wanted", "sex", "expected"),
    [
        (None, "male", YES),
        ("female", "female", YES),
        ("female", "male", NO),
        ("female", None, UNKNOWN),
        ("female", "diverse", UNKNOWN),
        ("diverse", "female", UNKNOWN),
    ],
)
def test_a_wish_for_one_sex(wanted: str | None, sex: str | None, expected: int) -> None:
    assert decide_sex_wish(wanted, sex) == expected
    assert answer(assess(volunteer=Volunteer("v", sex), wanted_sex=wanted), "client_wish") == expected
    of_client = assess(replace(CLIENT, sex=sex), volunteer=Volunteer("v", None, wanted))
    assert answer(of_client, "volunteer_wish") == expected


@pytest.mark.parametrize(
    ("languages", "level", "spoken", "entry", "expected"),
    [
        (("ar",), "A1", ("ar",), None, YES),
        (("uk",), "A1", ("de",), None, NO),
        (("uk",), "A2", ("de",), None, YES),
        (("uk",), "A1", ("de",), "A1", YES),
        (("uk",), None, ("de",), None, UNKNOWN),
        (None, "A1", ("ar",), None, UNKNOWN),
        (("uk",), "A1", (), None, UNKNOWN),
    ],
)
def test_they_need_a_language_in_common_or_enough_german(
    languages: Any, level: str | None, spoken: Any, entry: str | None, expected: int
) -> None:
    offer = replace(OFFER, onsite_languages=spoken, entry_level=entry)
    client = replace(CLIENT, languages=languages, german_level=level)
    assert answer(assess(client, offer), "talk") == expected


@pytest.mark.parametrize(
    ("free", "by_appointment", "expected"),
    [
        ((TimeSpan(2, 900, 1005),), None, YES),
        ((TimeSpan(2, 900, 1004),), None, UNKNOWN),
        ((TimeSpan(3, 900, 1005),), None, NO),
        ((TimeSpan(3, 900, 1005),), True, YES),
        (None, None, UNKNOWN),
        (None, True, YES),
    ],
)
def test_they_need_the_time_of_one_meeting(free: Any, by_appointment: Any, expected: int) -> None:
    offer = replace(OFFER, by_appointment=by_appointment)
    assert answer(assess(replace(CLIENT, available=free), offer), "hours") == expected


def test_those_with_whom_it_did_not_work_are_not_proposed_again() -> None:
    assert assess(parted=frozenset({"v"})).list_pairs() == []
    assert [r.code for r in assess(parted=frozenset({"v"})).list_obstacles(0)] == ["no_parted"]


def test_the_rules_for_every_offer_hold_here_too() -> None:
    one = assess(offer=replace(OFFER, min_age=60))
    assert [r.code for r in one.list_obstacles(0)] == ["age_below_minimum"]


def test_each_side_has_its_own_view() -> None:
    offer = replace(OFFER, topics=("football", "chess", "cooking"), sessions=((2, 960, 1200),))
    one = assess(offer=offer)
    assert one.for_client[0] > 0.99  # all that is wished for, and two hours
    assert one.for_volunteer[0] < 0.8  # one topic of three, half of the hours


@settings(max_examples=40)
@given(clients(), maybe(st.sampled_from(SEXES)), maybe(st.sampled_from(SEXES)), st.data())
def test_wishes_hold_and_scores_stay_between_0_and_1(
    facts: ClientFacts, sex: str | None, wanted: str | None, data: st.DataObject
) -> None:
    wish = data.draw(maybe(st.sampled_from(SEXES)))
    one = assess(facts, volunteer=Volunteer("v", sex, wanted), wanted_sex=wish)
    assert 0 <= one.for_client[0] <= 1
    assert 0 <= one.for_volunteer[0] <= 1
    assert bool(one.list_obstacles(0)) == bool(one.is_excluded[0])
    assert bool(one.list_questions(0)) == bool(one.is_unclear[0])
    if one.list_pairs():
        for want, have in ((wish, sex), (wanted, facts.sex)):
            assert want in (None, have) or have is None or "diverse" in (want, have)


def test_all_that_is_unknown_is_a_question() -> None:
    nothing = OfferRow(
        offer_id="v", external_id="x", title="t", provider_id="p", provider_name="p", kind="volunteer"
    )
    one = assess(ClientFacts(), nothing, Volunteer("v", None, "female"), wanted_sex="male")
    assert len(one.list_pairs()) == 1
    codes = {reason.code for reason in one.list_questions(0)}
    assert codes >= {"ask_client_wish", "ask_volunteer_wish", "ask_talk", "ask_hours"}


@pytest.mark.parametrize(
    ("client_km", "volunteer_km", "expected"),
    [(1.0, None, NO), (1.0, 3, NO), (1.0, 20, YES), (30.0, None, YES), (30.0, 1, YES)],
    ids=["neither", "both_too_short", "volunteer_comes", "client_comes", "client_comes_anyway"],
)
def test_one_of_the_two_comes_to_the_other(
    client_km: float, volunteer_km: int | None, expected: int
) -> None:
    far = replace(OFFER, places=(PlaceRow("far", 48.80, 9.42, "exact", step_free=True),))
    client = replace(CLIENT, max_distance_km=client_km)
    one = assess(client, far, Volunteer(far.offer_id, radius_km=volunteer_km))
    assert answer(one, "way") == expected


def test_without_a_position_the_way_is_a_question_whatever_the_volunteer_says() -> None:
    client = replace(CLIENT, latitude=None, longitude=None)
    assert answer(assess(client, volunteer=Volunteer("v", radius_km=50)), "way") == UNKNOWN
