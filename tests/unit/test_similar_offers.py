"""More like this, earlier experience, and what each factor adds to the score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.interests import load_taxonomy
from app.directory.table_loading import OfferRow, build_offer_table
from app.matching.ranking import assess_offer, rank
from app.matching.rule_files import FACTORS, load_rules
from app.matching.similar_offers import more_like
from app.matching.types import ClientFacts, Experience, Match
from tests.unit.matching_strategies import TAXONOMY, clients, offers

TODAY = date(2026, 11, 23)
RULES = load_rules()
FOOTBALL = OfferRow(
    offer_id="football",
    external_id="x",
    title="Fußball",
    provider_id="club",
    provider_name="Verein",
    kind="club",
    topics=("football",),
)
OTHER_FOOTBALL = replace(FOOTBALL, offer_id="other football", provider_id="other club")
CHOIR = replace(FOOTBALL, offer_id="choir", topics=("choir",), provider_id="house")
COURSE = replace(
    FOOTBALL, offer_id="course", kind="language_course", course_kind="conversation", topics=()
)


def like(offer_id: str, *rows: OfferRow, facts: ClientFacts | None = None) -> list[str]:
    table = build_offer_table(list(rows))
    found = more_like(facts or ClientFacts(), table, RULES, load_taxonomy(), TODAY, offer_id, 5)
    return [match.offer_id for match in found]


def test_what_is_about_the_same_comes_first_and_another_thing_not_at_all() -> None:
    found = like("football", CHOIR, COURSE, FOOTBALL, OTHER_FOOTBALL)
    assert found[0] == "other football"
    assert "football" not in found
    assert "course" not in found


def test_what_is_excluded_or_unknown_gives_nothing() -> None:
    facts = ClientFacts(dismissed=(("other football", "too_far"),))
    assert like("football", FOOTBALL, OTHER_FOOTBALL, facts=facts) == []
    assert like("gone", FOOTBALL, OTHER_FOOTBALL) == []


def score(facts: ClientFacts, offer: OfferRow) -> Match:
    found = assess_offer(facts, build_offer_table([offer]), RULES, TAXONOMY, TODAY, offer.offer_id)
    assert isinstance(found, Match)
    return found


@pytest.mark.parametrize(
    ("outcome", "reason", "same", "other"),
    [
        ("completed", None, "lower", "higher"),
        ("dropped_out", "too_far", "lower", "lower"),
        ("did_not_appear", "no_interest", "lower", "lower"),
        ("dropped_out", "illness", "equal", "equal"),
        ("rejected", "full", "equal", "equal"),
    ],
)
def test_how_it_went_counts_for_the_offer_and_its_provider(
    outcome: str, reason: str | None, same: str, other: str
) -> None:
    facts = ClientFacts(experiences=(Experience("football", "club", outcome, reason),))
    neighbour = replace(CHOIR, provider_id="club")
    for offer, expected in ((FOOTBALL, same), (neighbour, other), (OTHER_FOOTBALL, "equal")):
        before, now = score(ClientFacts(), offer).score, score(facts, offer).score
        change = "equal" if now == before else "higher" if now > before else "lower"
        assert change == expected, offer.offer_id


def test_who_left_because_of_the_offer_is_asked_whether_it_is_different_now() -> None:
    left = Experience("football", "club", "dropped_out", "times")
    match = score(ClientFacts(experiences=(left,)), FOOTBALL)
    told = {reason.code: reason.facts for reason in match.to_clarify}
    assert told["earlier_experience"] == {"outcome": "dropped_out", "reason": "times"}
    later = Experience("football", "club", "completed")
    match = score(ClientFacts(experiences=(left, later)), FOOTBALL)
    assert "earlier_experience" not in {reason.code for reason in match.to_clarify}


@settings(max_examples=40, deadline=None)
@given(clients(), st.lists(offers(), min_size=1, max_size=4))
def test_contributions_add_up_to_the_score(facts: ClientFacts, rows: list[OfferRow]) -> None:
    result = rank(facts, build_offer_table(rows), RULES, TAXONOMY, TODAY)
    for match in result.matches:
        assert {one.factor for one in match.contributions} == set(FACTORS)
        assert sum(one.weight for one in match.contributions) == pytest.approx(1, abs=1e-5)
        assert sum(one.points for one in match.contributions) == pytest.approx(match.score, abs=1e-4)
        points = [one.points for one in match.contributions]
        assert points == sorted(points, reverse=True)
        assert all(0 <= one.value <= 1 for one in match.contributions)
