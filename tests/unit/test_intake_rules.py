"""What two people type at once, countries and years as people write them, words an editor may read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cases.field_merging import fingerprint, marks_of, merge_fields, read_marks
from app.cases.rules import LevelFact, is_minor, is_weaker_claim
from app.cases.unknown_words import may_be_shown
from app.core.i18n import language
from app.directory.interests import load_taxonomy
from app.directory.taught_words import understand
from app.web.forms.countries import countries_as_typed, country_name, parse_countries, parse_country
from app.web.forms.intake_reading import parse_years
from app.web.labels.intake import OPEN_FIELDS, recorded_field_label, value_words

PLAIN = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.text(max_size=4), st.lists(st.text()))
FIELDS = st.dictionaries(st.sampled_from(["phone", "email", "plz", "town"]), PLAIN)


@settings(max_examples=60)
@given(told=FIELDS, stored=FIELDS)
def test_what_was_read_and_left_changes_nothing(told: dict, stored: dict):
    merged = merge_fields(told, stored, read_marks(marks_of(told)))
    assert merged.changed == ()
    assert merged.conflicts == ()


@settings(max_examples=60)
@given(told=FIELDS, read=FIELDS, stored=FIELDS)
def test_only_what_both_changed_is_a_conflict(told: dict, read: dict, stored: dict):
    marks = {name: fingerprint(read.get(name)) for name in told}
    merged = merge_fields(told, stored, marks)
    for name in told:
        typed, now, then = (fingerprint(values.get(name)) for values in (told, stored, read))
        assert (name in merged.conflicts) is (len({typed, now, then}) == len("abc"))
        assert (name in merged.changed) is (now == then != typed)
    assert not set(merged.changed) & set(merged.conflicts)


def test_marks_travel_and_rubbish_is_left_out():
    assert read_marks(marks_of({"plz": "73730"})) == {"plz": fingerprint("73730")}
    assert read_marks("plz:xyz level_overall <b> :::: plz:") == {}


@pytest.mark.parametrize(
    ("known", "told", "is_weaker"),
    [
        (LevelFact("B1", "certificate"), LevelFact("A2", "self"), True),
        (LevelFact("B1", "certificate"), LevelFact("B1", "self"), True),
        (LevelFact("B1", "certificate"), LevelFact(None), True),
        (LevelFact("B1", "certificate"), LevelFact("B2", "self"), False),
        (LevelFact("B1", "certificate"), LevelFact("A2", "certificate"), False),
        (LevelFact("B1", "self"), LevelFact(None), False),
        (LevelFact("B1", "certificate"), LevelFact("B1", "certificate"), False),
        (LevelFact(None), LevelFact("A1", "self"), False),
    ],
    ids=lambda value: f"{value.level}-{value.evidence}" if isinstance(value, LevelFact) else str(value),
)
def test_weaker_claims(known: LevelFact, told: LevelFact, is_weaker: bool):
    assert is_weaker_claim(known, told) is is_weaker


def test_under_age():
    day = date(2026, 11, 23)
    assert is_minor(date(2008, 11, 24), day) is True
    assert is_minor(date(2008, 11, 23), day) is False
    assert is_minor(None, day) is None


def test_countries_by_whatever_name():
    assert parse_countries("Syrien, Turkey; türkei\nUA, staatenlos") == ["SY", "TR", "UA", "XX"]
    assert parse_country("") is None
    with pytest.raises(ValueError, match="Quatschland"):
        parse_countries("Quatschland")
    with pytest.raises(ValueError, match="ein Land"):
        parse_country("Syrien, Irak")


@pytest.mark.parametrize("interface", ["de", "en"])
def test_a_country_is_read_as_it_is_shown(interface: str):
    codes = ["SY", "AF", "TR", "UA", "XK", "PS", "CD", "CG", "CI", "MM", "XX", "BA"]
    with language(interface):
        assert parse_countries(countries_as_typed(codes)) == codes
        assert country_name("SY") in {"Syrien", "Syria"}


@pytest.mark.parametrize(
    ("typed", "years"), [("2", 2.0), (" 1,5 ", 1.5), ("3 Jahre", 3.0), ("", None), ("0.5", 0.5)]
)
def test_years(typed: str, years: float | None):
    assert parse_years(typed) == years


@pytest.mark.parametrize("typed", ["viele", "-1", "1e3", "²", "1,2,3", "٣", "."])
def test_other_words_are_no_years(typed: str):
    with pytest.raises(ValueError, match="1,5"):
        parse_years(typed)


@pytest.mark.parametrize(
    ("word", "is_shown"),
    [
        ("Topflappenhäkeln", True),
        ("in den Bergen wandern", True),
        ("mit meiner Schwester Anna kochen", False),
        ("0711 55501", False),
        ("a@b.de", False),
        ("", False),
        ("!!!", False),
        ("٣ مرات", False),
    ],
)
def test_words_that_may_tell_who_somebody_is_are_not_shown(word: str, is_shown: bool):
    assert may_be_shown(word) is is_shown


def test_taught_words_go_before_the_taxonomy():
    taxonomy = load_taxonomy()
    assert understand("Topflappenhäkeln", taxonomy, {}) == ()
    taught = {"topflappenhaekeln": "football", "schach": None, "fussball": "no_such_concept"}
    assert understand("TOPFLAPPENHÄKELN", taxonomy, taught) == ("football",)
    assert understand("Schach", taxonomy, taught) == taxonomy.resolve("Schach")
    assert understand("Fußball", taxonomy, taught) == ("football",)


def test_values_in_words():
    assert value_words("phone", None) == "unbekannt"
    assert value_words("degrees", []) == "keine"
    degree = {"title": "Abitur", "country": "SY", "recognition": "partly"}
    assert value_words("degrees", [degree]) == "Abitur, Syrien, teilweise anerkannt"
    level = {"level": "B1", "evidence": "test", "known_on": "2026-03-01", "expires_on": "2028-03-01"}
    assert value_words("level_reading", level) == (
        "B1 (Einstufungstest vom März 2026), gültig bis 01.03.2028"
    )
    assert value_words("sex", "from_a_later_version") == "from_a_later_version"
    assert value_words("accommodation_id", "x", {"x": "Haus am Hang"}) == "Haus am Hang"


def test_sensitive_fields_are_not_among_the_open_ones():
    assert not {"accessibility_note", "extension_note", "case_note:1", "goal.state_note"} & OPEN_FIELDS
    assert recorded_field_label("level_reading") == "Deutsch: Lesen"
    assert recorded_field_label("unknown_field") == "unknown_field"
