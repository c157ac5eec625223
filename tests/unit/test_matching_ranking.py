"""What holds of every answer, whatever the client and the directory."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.table_loading import OfferRow, build_offer_table
from app.matching.codes import CLARIFY_CODES, REASON_CODES, RULE_CODES
from app.matching.ranking import assess_offer, rank
from app.matching.rule_files import load_rules
from app.matching.types import (
    GROUPS,
    ClientFacts,
    Exclusion,
    GoalFact,
    Match,
    MatchFilters,
    MatchResult,
    order_groups,
)
from tests.benchmarks.generated_offers import BENCH_DAY, bench_client, generated_table
from tests.unit.matching_strategies import TAXONOMY, TODAY, clients, offers

RULES = load_rules()
DIRECTORIES = st.lists(offers(), max_size=8, unique_by=lambda offer: offer.offer_id)
FEW = settings(max_examples=80, deadline=None)


def answer(facts: ClientFacts, rows: list[OfferRow], **options) -> MatchResult:
    table = build_offer_table(rows)
    return rank(facts, table, RULES, TAXONOMY, TODAY, **{"with_exclusions": True, **options})


@FEW
@given(clients(), DIRECTORIES)
def test_each_offer_is_either_a_match_with_reasons_or_excluded_by_rules(facts, rows):
    result = answer(facts, rows)
    matched = [match.offer_id for match in result.matches]
    excluded = [exclusion.offer_id for exclusion in result.exclusions]
    assert sorted(matched + excluded) == sorted(row.offer_id for row in rows)
    assert result.suitable_count == len(matched) == sum(result.group_counts.values())
    for match in result.matches:
        assert 0 <= match.score <= 1
        assert match.reasons
        assert match.serves in GROUPS
        assert {reason.code for reason in match.reasons} <= set(REASON_CODES)
        assert {question.code for question in match.to_clarify} <= set(CLARIFY_CODES)
        assert (match.verdict == "suitable") == (not match.to_clarify)
    for exclusion in result.exclusions:
        assert exclusion.rules
        assert {rule.code for rule in exclusion.rules} <= set(RULE_CODES)


@FEW
@given(clients(), DIRECTORIES, st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_the_rows(facts, rows, shuffler: random.Random):
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    first, second = answer(facts, rows), answer(facts, shuffled)
    assert [replace(m, row=0) for m in first.matches] == [replace(m, row=0) for m in second.matches]
    assert {e.offer_id: e.rules for e in first.exclusions} == {
        e.offer_id: e.rules for e in second.exclusions
    }


# Latitude and longitude are one fact. Without `max_distance_km` the general reach of the mobility
# holds, which is a known fact of its own and may be narrower: it is left out of this property. So is
# the end of the residence status, which counts as lasting without one.
REMOVABLE = sorted(
    {field.name for field in fields(ClientFacts)}
    - {
        "latitude",
        "longitude",
        "position_is_precise",
        "max_distance_km",
        "residence_valid_until",
        "unknown_interests",
        "german_level_on",
    }
)


@FEW
@given(clients(), DIRECTORIES, st.sampled_from([*REMOVABLE, "position"]))
def test_forgetting_a_fact_never_excludes_an_offer(facts, rows, name):
    if name == "position":
        forgetful = replace(facts, latitude=None, longitude=None, position_is_precise=False)
    else:
        forgetful = replace(facts, **{name: getattr(ClientFacts(), name)})
    before = {match.offer_id for match in answer(facts, rows).matches}
    after = {match.offer_id for match in answer(forgetful, rows).matches}
    assert before <= after


@FEW
@given(DIRECTORIES)
def test_without_any_fact_about_the_client_only_the_offer_itself_excludes(rows):
    excluded = {rule.code for e in answer(ClientFacts(), rows).exclusions for rule in e.rules}
    assert excluded <= {"deadline_passed", "already_started", "over", "full"}


@FEW
@given(clients(), DIRECTORIES, st.integers(0, 5))
def test_a_limit_keeps_the_best(facts, rows, limit):
    everything = answer(facts, rows)
    scores = [(-match.score, match.offer_id) for match in everything.matches]
    assert scores == sorted(scores)
    assert answer(facts, rows, limit=limit).matches == everything.matches[:limit]


@FEW
@given(clients(), DIRECTORIES)
def test_one_offer_is_assessed_as_in_the_list(facts, rows):
    result = answer(facts, rows)
    table = build_offer_table(rows)
    listed: dict[str, Match | Exclusion] = {m.offer_id: m for m in result.matches}
    listed |= {e.offer_id: e for e in result.exclusions}
    for row in rows:
        alone = assess_offer(facts, table, RULES, TAXONOMY, TODAY, row.offer_id)
        assert alone == listed[row.offer_id]


def test_an_offer_that_is_not_there_is_not_assessed():
    assert assess_offer(ClientFacts(), build_offer_table([]), RULES, TAXONOMY, TODAY, "gone") is None


def test_equal_scores_are_ordered_by_id_and_cut_there():
    rows = [_club(f"{number:02}") for number in range(30)]
    rows.sort(key=lambda row: row.offer_id[::-1])
    result = answer(ClientFacts(), rows, limit=7)
    assert [match.offer_id for match in result.matches] == [f"{number:02}" for number in range(7)]
    assert result.suitable_count == 30


def test_an_offer_without_anything_to_say_for_it_says_so():
    result = answer(ClientFacts(), [_club("a")])
    assert [reason.code for reason in result.matches[0].reasons] == ["nothing_against"]


def test_the_choice_for_a_group_is_varied():
    football = [_club(f"f{i}", topics=("football",), provider_id=f"f{i}") for i in range(10)]
    sewing = _club("s", topics=("sewing",), provider_id="s")
    facts = ClientFacts(interests=("football",))
    result = answer(facts, [*football, sewing], per_group=3)
    assert [match.offer_id for match in result.matches] == ["f0", "f1", "s"]
    assert result.group_counts == {"social": 11}


def test_filters_narrow_matches_and_exclusions():
    table = generated_table(400)
    facts = bench_client()

    def ids(filters: MatchFilters) -> set[str]:
        result = rank(facts, table, RULES, TAXONOMY, BENCH_DAY, filters=filters, with_exclusions=True)
        return {m.offer_id for m in result.matches} | {e.offer_id for e in result.exclusions}

    everything = ids(MatchFilters())
    assert everything == set(table.ids)
    clubs = ids(MatchFilters(kinds=("club",)))
    assert 0 < len(clubs) < len(everything)
    near = ids(MatchFilters(max_distance_km=5))
    assert 0 < len(near) < len(everything)
    assert ids(MatchFilters(kinds=("club",), max_distance_km=5)) == clubs & near
    work = rank(facts, table, RULES, TAXONOMY, BENCH_DAY, filters=MatchFilters(serves=("work",)))
    assert {match.serves for match in work.matches} == {"work"}
    monday = rank(facts, table, RULES, TAXONOMY, BENCH_DAY, filters=MatchFilters(weekdays=(1,)))
    assert all(table.weekdays[match.row] & 1 for match in monday.matches)


def test_groups_of_open_goals_come_first():
    assert order_groups(bench_client())[:3] == ("language", "work", "training")
    assert sorted(order_groups(ClientFacts())) == sorted(GROUPS)


def test_what_serves_an_open_goal_stands_with_it():
    rows = [_club("a", goal_areas=("work", "participation")), _club("b", goal_areas=("health",))]
    served = {m.offer_id: m.serves for m in answer(bench_client(), rows).matches}
    assert served == {"a": "work", "b": "social"}


@FEW
@given(clients(), DIRECTORIES)
def test_a_second_goal_of_an_area_changes_nothing_but_the_level_wanted(facts, rows):
    several = replace(
        facts, goals=tuple(goal for goal in facts.goals or () for _ in range(2)) or facts.goals
    )
    assert answer(several, rows) == answer(facts, rows)
    assert order_groups(several) == order_groups(facts)


def test_of_two_language_goals_the_higher_one_decides_what_leads_too_far():
    rows = [
        OfferRow(
            offer_id=level,
            external_id="x",
            title="t",
            provider_name="p",
            provider_id=level,
            kind="language_course",
            target_level=level,
            verified_on=TODAY,
        )
        for level in ("B1", "B2", "C1")
    ]
    facts = replace(
        bench_client(),
        german_level="A2",
        goals=(GoalFact("language", "B1"), GoalFact("language", "B2")),
    )
    goals = {
        match.offer_id: [r.facts["is_goal"] for r in match.reasons if r.code == "target_level"]
        for match in answer(facts, rows).matches
    }
    assert (goals["B1"], goals["B2"]) == ([True], [True])
    assert goals["C1"] != [True]


def _club(offer_id: str, **values) -> OfferRow:
    defaults = {"provider_id": offer_id, "kind": "club", "verified_on": TODAY - timedelta(days=200)}
    return OfferRow(
        offer_id=offer_id, external_id="x", title="t", provider_name="p", **{**defaults, **values}
    )
