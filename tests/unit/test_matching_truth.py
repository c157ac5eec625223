"""The words are true: turn round what a reason states, and the result turns or sinks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.directory.table_loading import OfferRow, PlaceRow, build_offer_table
from app.matching.codes import REASON_CODES, RULE_CODES
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
SOON = TODAY + timedelta(days=20)
PLACE = PlaceRow("p", 48.7427, 9.3071, "exact", step_free=True)
FAR = PlaceRow("p", 49.4, 9.3071, "exact", step_free=True)
CLIENT = ClientFacts(
    birth_date=date(1990, 5, 1),
    sex="female",
    languages=("ar",),
    german_level="A2",
    german_level_evidence="certificate",
    goals=(GoalFact("participation"), GoalFact("language", "B1")),
    interests=("football",),
    latitude=48.7427,
    longitude=9.3071,
    position_is_precise=True,
    available=(TimeSpan(1, 480, 1200),),
    mobility="walk",
    needs_childcare=True,
    needs_step_free=True,
    residence_status="25(2)",
    entitlements=(EntitlementFact("entitlement", TODAY, TODAY + timedelta(days=400)),),
)
CLUB = OfferRow(
    offer_id="offer",
    external_id="x",
    title="Angebot",
    provider_id="provider",
    provider_name="Haus",
    kind="club",
    entry_level="none",
    goal_areas=("participation",),
    onsite_languages=("ar",),
    topics=("football",),
    sessions=((1, 600, 660),),
    places=(PLACE,),
    has_childcare=True,
    cost_cents=0,
    seats_max=5,
    seats_booked=1,
    verified_on=TODAY,
    starts_on=SOON,
    individual_entry=True,
)
COURSE = replace(
    CLUB,
    kind="language_course",
    course_kind="integration_general",
    entry_level="A2",
    target_level="B1",
    goal_areas=("language",),
    topics=(),
)


@dataclass(frozen=True)
class Case:
    """A client and an offer, and what is turned round in one of them."""

    offer: OfferRow
    turned_offer: dict[str, Any] | None = None
    turned_client: dict[str, Any] | None = None
    client: ClientFacts = CLIENT

    def before(self) -> Match | Exclusion | None:
        return ask(self.client, self.offer)

    def after(self) -> Match | Exclusion | None:
        return ask(
            replace(self.client, **(self.turned_client or {})),
            replace(self.offer, **(self.turned_offer or {})),
        )


def ask(client: ClientFacts, offer: OfferRow) -> Match | Exclusion | None:
    table = build_offer_table([offer])
    return assess_offer(client, table, RULES, TAXONOMY, TODAY, offer.offer_id)


def rank_of(answer: Match | Exclusion | None) -> tuple[int, float]:
    """Excluded below to be clarified below suitable; then the score."""
    if not isinstance(answer, Match):
        return 0, 0.0
    return (2 if answer.verdict == "suitable" else 1), answer.score


REASONS: dict[str, Case] = {
    "interest": Case(CLUB, turned_offer={"topics": ("choir",)}),
    "goal": Case(CLUB, turned_client={"goals": (GoalFact("work"),)}),
    "entry_level": Case(COURSE, turned_client={"german_level": "A1"}),
    "open_to_all_levels": Case(replace(CLUB, entry_level="none"), turned_offer={"entry_level": "B2"}),
    "target_level": Case(COURSE, turned_client={"german_level": "B1"}),
    "distance": Case(CLUB, turned_offer={"places": (FAR,)}),
    "times": Case(CLUB, turned_client={"available": (TimeSpan(2, 480, 1200),)}),
    "by_appointment": Case(
        replace(CLUB, by_appointment=True, sessions=()),
        turned_offer={"by_appointment": False, "sessions": ((3, 600, 660),)},
    ),
    "language": Case(CLUB, turned_client={"languages": ("uk",)}),
    "childcare": Case(CLUB, turned_offer={"has_childcare": False}),
    "childcare_at_home": Case(
        replace(CLUB, has_childcare=False),
        turned_client={"household_free": ()},
        client=replace(CLIENT, household_free=(TimeSpan(1, 480, 1200),)),
    ),
    "step_free": Case(CLUB, turned_offer={"places": (replace(PLACE, step_free=False),)}),
    "free": Case(CLUB, turned_offer={"cost_cents": 5000}),
    "seats": Case(CLUB, turned_offer={"seats_booked": 5, "has_waiting_list": False}),
    "next_start": Case(CLUB, turned_offer={"starts_on": SOON + timedelta(days=90)}),
    "individual_entry": Case(
        replace(CLUB, starts_on=TODAY - timedelta(days=30)), turned_offer={"individual_entry": False}
    ),
    "sex_only": Case(replace(CLUB, sex="female"), turned_client={"sex": "male"}),
    "meant_for": Case(
        replace(CLUB, target_groups=("parents",)),
        turned_client={"has_children": None},
        client=replace(CLIENT, needs_childcare=False, has_children=True),
    ),
    "age_fits": Case(replace(CLUB, min_age=18), turned_client={"birth_date": date(2015, 1, 1)}),
    "residence_status_accepted": Case(
        replace(CLUB, residence_statuses=("25(2)",)), turned_client={"residence_status": "24"}
    ),
    "entitled": Case(COURSE, turned_client={"entitlements": ()}),
    "verified": Case(CLUB, turned_offer={"verified_on": TODAY - timedelta(days=700)}),
    "knows_provider": Case(
        CLUB,
        turned_client={"experiences": ()},
        client=replace(CLIENT, experiences=(Experience("other", "provider", "completed"),)),
    ),
    "nothing_against": Case(
        replace(
            CLUB,
            entry_level=None,
            goal_areas=(),
            onsite_languages=(),
            topics=(),
            sessions=(),
            places=(),
            has_childcare=None,
            cost_cents=None,
            seats_max=None,
            seats_booked=None,
            verified_on=None,
            starts_on=None,
            individual_entry=None,
        ),
        turned_client={"dismissed": (("offer", "times"),)},
    ),
}
"""Code → where it is stated, and the fact that makes it so turned round."""


@pytest.mark.parametrize("code", REASON_CODES)
def test_turning_a_reason_round_turns_or_lowers_the_result(code: str) -> None:
    case = REASONS[code]
    before, after = case.before(), case.after()
    assert isinstance(before, Match)
    stated = [reason for reason in before.reasons if reason.code == code]
    assert stated
    assert rank_of(after) < rank_of(before)
    if isinstance(after, Match):
        assert [reason for reason in after.reasons if reason.code == code] != stated


RULE_CASES: dict[str, Case] = {
    "level_below_entry": Case(replace(CLUB, entry_level="B2"), {"entry_level": "A2"}),
    "target_already_reached": Case(replace(COURSE, target_level="A2"), {"target_level": "B1"}),
    "age_below_minimum": Case(replace(CLUB, min_age=60), {"min_age": 30}),
    "age_above_maximum": Case(replace(CLUB, max_age=27), {"max_age": 60}),
    "only_for_other_sex": Case(replace(CLUB, sex="male"), {"sex": None}),
    "residence_status_not_accepted": Case(
        replace(CLUB, residence_statuses=("24",)), None, {"residence_status": "24"}
    ),
    "entitlement_missing": Case(
        replace(CLUB, entitlement_kinds=("obligation",)),
        None,
        {"entitlements": (EntitlementFact("obligation", TODAY, None),)},
    ),
    "admission_suspended": Case(
        COURSE,
        None,
        {"entitlements": (EntitlementFact("admission", date(2026, 1, 5), None),)},
        client=replace(CLIENT, residence_status="24", entitlements=()),
    ),
    "deadline_passed": Case(
        replace(CLUB, registration_deadline=TODAY - timedelta(days=1), individual_entry=False),
        {"registration_deadline": TODAY},
    ),
    "already_started": Case(
        replace(CLUB, starts_on=TODAY - timedelta(days=9), individual_entry=False),
        {"individual_entry": True},
    ),
    "over": Case(replace(CLUB, ends_on=TODAY - timedelta(days=1), starts_on=None), {"ends_on": SOON}),
    "full": Case(replace(CLUB, seats_booked=5, has_waiting_list=False), {"seats_booked": 4}),
    "times_do_not_fit": Case(
        replace(CLUB, sessions=((2, 600, 660),)), None, {"available": (TimeSpan(2, 600, 660),)}
    ),
    "time_taken": Case(
        CLUB,
        None,
        {"booked": ()},
        client=replace(CLIENT, booked=(BookedTime("other", TimeSpan(1, 600, 700), None, SOON),)),
    ),
    "not_step_free": Case(
        replace(CLUB, places=(replace(PLACE, step_free=False),)), None, {"needs_step_free": False}
    ),
    "too_far": Case(replace(CLUB, places=(FAR,)), None, {"max_distance_km": 100.0}),
    "set_aside": Case(
        CLUB, None, {"dismissed": ()}, client=replace(CLIENT, dismissed=(("offer", "times"),))
    ),
}
"""Code → what it excludes, and the change that makes it silent."""


@pytest.mark.parametrize("code", RULE_CODES)
def test_a_rule_excludes_for_just_the_fact_that_it_names(code: str) -> None:
    case = RULE_CASES[code]
    before, after = case.before(), case.after()
    assert isinstance(before, Exclusion)
    assert [rule.code for rule in before.rules] == [code]
    assert isinstance(after, Match)
