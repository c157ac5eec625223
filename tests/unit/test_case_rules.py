from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.cases.records import ClientCreate, ClientUpdate
from app.cases.rules import (
    LevelFact,
    age_on,
    is_level_at_least,
    is_target_reached,
    level_after,
    sheet_language,
    unique_words,
)
from app.core.i18n import language
from app.core.paging import build_page
from app.directory.codes import LEVELS

TODAY = date(2026, 11, 23)
CONTEXT = {"today": TODAY}
levels = st.sampled_from(LEVELS)
evidence = st.sampled_from(["self", "test", "certificate"])
facts = st.builds(LevelFact, levels, evidence)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2008, 11, 23), TODAY, 18),
        (date(2008, 11, 24), TODAY, 17),
        (TODAY, TODAY, 0),
        (date(2030, 1, 1), TODAY, None),
        (None, TODAY, None),
    ],
)
def test_age_in_full_years(born: date | None, day: date, age: int | None):
    assert age_on(born, day) == age


@given(facts, facts)
def test_a_proven_level_is_never_lost_to_a_weaker_or_lower_claim(known: LevelFact, told: LevelFact):
    now = level_after(known, told)
    assert now in (known, told)
    if known.evidence == "certificate" and told.evidence != "certificate":
        assert LEVELS.index(now.level or "") >= LEVELS.index(known.level or "")
    if told.evidence == "certificate":
        assert now == told


@given(facts)
def test_the_first_told_level_counts_and_no_level_changes_nothing(told: LevelFact):
    assert level_after(LevelFact(None), told) == told
    assert level_after(told, LevelFact(None)) == told


@given(facts, levels)
def test_only_proof_reaches_a_goal(now: LevelFact, target: str):
    reached = is_target_reached(target, now)
    assert reached == (now.evidence != "self" and is_level_at_least(now.level, target))
    assert not is_target_reached(None, now)


@pytest.mark.parametrize(
    ("chosen", "reads", "spoken", "tag"),
    [
        (None, ["ckb", "ar"], ["kmr"], "ar"),
        ("uk", ["ar"], None, "uk"),
        ("xx", ["ar"], None, "ar"),
        (None, [], ["ar"], "de"),
        (None, None, ["so", "ar"], "so"),
        (None, None, None, "de"),
    ],
)
def test_the_sheet_speaks_what_the_client_reads(chosen, reads, spoken, tag):
    assert sheet_language(chosen, reads, spoken, {"ar", "uk", "so", "de"}) == tag


def test_words_are_kept_once_and_in_order():
    assert unique_words([" Chor ", "chor", "", "  ", "Yoga\n für alle"]) == ["Chor", "Yoga für alle"]


@given(st.lists(st.integers(), max_size=40), st.integers(-5, 99), st.integers(1, 10))
def test_pages_hold_every_item_once(items: list[int], wanted: int, size: int):
    page = build_page(items, wanted, size)
    assert 1 <= page.number <= page.count
    everything = [i for n in range(1, page.count + 1) for i in build_page(items, n, size).items]
    assert everything == items


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "family_name"),
        ({"given_name": " \x00 ", "family_name": "\n"}, "family_name"),
        ({"given_name": "x" * 121}, "given_name"),
        ({"birth_date": "2026-11-24"}, "birth_date"),
        ({"birth_date": "1899-01-01"}, "birth_date"),
        ({"birth_date": "gestern"}, "birth_date"),
        ({"sex": "f"}, "sex"),
        ({"languages": ["arabisch"]}, "languages"),
        ({"reads": [""]}, "reads"),
        ({"german_level": "D1"}, "german_level"),
        ({"german_level_evidence": "test"}, "german_level_evidence"),
        ({"german_level": "A1", "german_level_on": "2027-01-01"}, "german_level_on"),
        ({"plz": "7373"}, "plz"),
        ({"plz": "00000"}, "plz"),
        ({"plz": "٧٣٧٣٠"}, "plz"),
        ({"max_distance_km": 0}, "max_distance_km"),
        ({"max_distance_km": float("nan")}, "max_distance_km"),
        ({"available": [{"weekday": 8, "from": "08:00", "to": "09:00"}]}, "available"),
        ({"available": [{"weekday": 1, "from": "09:00", "to": "08:00"}]}, "available"),
        ({"available": [{"weekday": 1, "from": "9", "to": "10"}]}, "available"),
        ({"goals": [{"area": "work", "target_level": "B1"}]}, "goals"),
        (
            {
                "entitlements": [
                    {"kind": "admission", "issued_on": TODAY, "valid_until": date(2026, 1, 1)}
                ]
            },
            "entitlements",
        ),
        ({"residence_status": "25"}, "residence_status"),
        ({"interests": ["x"] * 41}, "interests"),
        ({"nickname": "Ami"}, "nickname"),
    ],
)
def test_input_that_cannot_be_true_names_its_field(data: dict, field: str):
    told = data if field in {"family_name", "given_name"} else {"given_name": "Amira", **data}
    with pytest.raises(ValidationError) as caught:
        ClientCreate.model_validate(told, context=CONTEXT)
    assert field in {error["loc"][0] for error in caught.value.errors()}


def test_messages_are_german_sentences_even_with_braces_in_the_input():
    with language("de"), pytest.raises(ValidationError) as caught:
        ClientCreate.model_validate({"given_name": "A", "languages": ["{0}%s"]}, context=CONTEXT)
    assert "„{0}%s“" in caught.value.errors()[0]["msg"]


def test_one_name_is_enough_and_absent_differs_from_empty():
    data = ClientCreate.model_validate({"family_name": "H.", "reads": []}, context=CONTEXT)
    assert data.reads == ()
    assert data.languages is None
    assert ClientUpdate.model_validate({}, context=CONTEXT).model_fields_set == set()


@given(st.text(max_size=200), st.dates(date(1800, 1, 1), date(2100, 1, 1)))
def test_whatever_is_typed_is_accepted_or_refused_in_words(name: str, born: date):
    try:
        data = ClientCreate.model_validate({"given_name": name, "birth_date": born}, context=CONTEXT)
    except ValidationError:
        return
    assert data.given_name
    assert not any(ord(letter) < 32 for letter in data.given_name)
    assert TODAY - timedelta(days=121 * 366) <= born <= TODAY
