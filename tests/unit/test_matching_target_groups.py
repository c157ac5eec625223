"""Whom an offer addresses: women and men among the groups exclude, all others are asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.directory.table_loading import OfferRow, build_offer_table
from app.matching.ranking import assess_offer, rank
from app.matching.rule_files import load_rules
from app.matching.types import ClientFacts, Exclusion, GoalFact, Match
from tests.unit.matching_strategies import TAXONOMY, TODAY

RULES = load_rules()
MEETING = OfferRow("offer", "x", "Treffen", "provider", "Haus", "meeting")
ADULT, ELDER, CHILD = date(1990, 5, 1), date(1955, 5, 1), date(2018, 5, 1)
ABOUT_GROUPS = {
    "sex_unknown",
    "sex_ask_provider",
    "age_unknown",
    "residence_status_unknown",
    "children_unknown",
    "target_group_to_be_checked",
}


def answer_to(groups: tuple[str, ...], offer: dict | None = None, **facts) -> str:
    """The rules that exclude, the questions about groups, or whom it is meant for; nothing: empty."""
    row = replace(MEETING, target_groups=groups, **(offer or {}))
    table = build_offer_table([row])
    found = assess_offer(ClientFacts(**facts), table, RULES, TAXONOMY, TODAY, "offer")
    if isinstance(found, Exclusion):
        return "no " + " ".join(rule.code for rule in found.rules)
    assert isinstance(found, Match)
    asked = [one for one in found.to_clarify if one.code in ABOUT_GROUPS]
    if asked:
        return "ask " + " ".join(one.code for one in asked)
    meant = [one.facts["groups"] for one in found.reasons if one.code == "meant_for"]
    only = [one.facts["sex"] for one in found.reasons if one.code == "sex_only"]
    return " ".join(["ok", *only, *(group for groups in meant for group in groups)])


@pytest.mark.parametrize(
    ("groups", "sex", "expected"),
    [
        (("women",), "female", "ok female"),
        (("women",), "male", "no only_for_other_sex"),
        (("women",), "diverse", "ask sex_ask_provider"),
        (("women",), None, "ask sex_unknown"),
        (("men",), "female", "no only_for_other_sex"),
        (("women", "men"), "male", "ok"),
        (("women", "refugees"), "male", "no only_for_other_sex"),
        (("women", "parents"), "male", "no only_for_other_sex"),
        (("women", "parents"), "female", "ok female"),
        (("women", "families"), "female", "ok"),
        (("women", "families"), "male", "ask children_unknown"),
    ],
)
def test_women_or_men_among_the_groups_count_as_the_sex_of_the_offer(groups, sex, expected):
    assert answer_to(groups, sex=sex) == expected


def test_the_word_of_the_offer_about_the_sex_counts_before_its_groups():
    assert answer_to(("women",), {"sex": "male"}, sex="male") == "ok male"


@pytest.mark.parametrize(
    ("groups", "facts", "expected"),
    [
        (("parents",), {}, "ask children_unknown"),
        (("parents",), {"has_children": True}, "ok parents"),
        (("parents",), {"needs_childcare": True}, "ok parents"),
        (("families", "parents"), {"goals": (GoalFact("children"),)}, "ok parents families"),
        (("parents",), {"has_children": False}, "ask target_group_to_be_checked"),
        (("parents",), {"needs_childcare": False}, "ask children_unknown"),
        (("parents",), {"birth_date": CHILD}, "ask target_group_to_be_checked"),
        (("children", "parents"), {"birth_date": CHILD}, "ok children"),
        (("children", "parents"), {"birth_date": ADULT}, "ask children_unknown"),
        (("parents", "seniors"), {"birth_date": ELDER}, "ok seniors"),
        (("lgbt",), {}, "ask target_group_to_be_checked"),
        (("lgbt", "refugees"), {"residence_status": "24"}, "ask target_group_to_be_checked"),
        (("lgbt",), {"interests": ("lgbt",)}, "ok"),
        (("refugees",), {}, "ask residence_status_unknown"),
        (("refugees",), {"residence_status": "duldung"}, "ok"),
        (("refugees",), {"residence_status": "eu"}, "ask target_group_to_be_checked"),
    ],
)
def test_other_groups_never_exclude_and_are_asked_about(groups, facts, expected):
    assert answer_to(groups, **facts) == expected


@pytest.mark.parametrize(
    ("groups", "born", "expected"),
    [
        (("seniors",), None, "ask age_unknown"),
        (("seniors",), ADULT, "ask target_group_to_be_checked"),
        (("seniors",), ELDER, "ok seniors"),
        (("youth",), ADULT, "ask target_group_to_be_checked"),
        (("youth",), date(2009, 1, 1), "ok youth"),
        (("children", "youth"), CHILD, "ok children"),
    ],
)
def test_young_and_old_are_told_by_the_age(groups, born, expected):
    assert answer_to(groups, birth_date=born) == expected


def test_ages_that_the_offer_names_say_more_than_its_groups():
    assert answer_to(("youth",), {"min_age": 14}, birth_date=ADULT) == "ok"
    assert answer_to(("youth",), {"max_age": 27}, birth_date=ADULT) == "no age_above_maximum"


def test_the_age_on_the_day_of_entry_counts():
    soon_sixty = date(1967, 1, 10)
    assert answer_to(("seniors",), birth_date=soon_sixty) == "ask target_group_to_be_checked"
    later = {"starts_on": TODAY + timedelta(days=60)}
    assert answer_to(("seniors",), later, birth_date=soon_sixty) == "ok seniors"


def test_offers_for_certain_people_stand_behind_the_same_ones_for_everybody():
    groups = {"a": ("women",), "b": ("lgbt",), "c": ("parents",), "d": (), "e": ("seniors",)}
    rows = [
        replace(MEETING, offer_id=name, target_groups=addressed) for name, addressed in groups.items()
    ]
    result = rank(ClientFacts(), build_offer_table(rows), RULES, TAXONOMY, TODAY)
    assert result.matches[0].offer_id == "d"
    assert result.suitable_count == len(rows)


def test_each_missing_fact_is_asked_for_once_with_all_that_waits_for_it():
    addressed = [("women",), ("parents",), ("families",), ("seniors",), ("refugees",), ("lgbt",)]
    rows = [
        replace(MEETING, offer_id=str(number), target_groups=groups)
        for number, groups in enumerate(addressed)
    ]
    table = build_offer_table(rows)
    result = rank(ClientFacts(), table, RULES, TAXONOMY, TODAY, with_questions=True)
    counts = {one.code: one.offer_count for one in result.open_questions}
    assert {code: count for code, count in counts.items() if code in ABOUT_GROUPS} == {
        "sex_unknown": 1,
        "children_unknown": 2,
        "age_unknown": 1,
        "residence_status_unknown": 1,
    }
