"""Words that should meet in the index do meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.analysis import (
    MAX_WORD_CHARACTERS,
    is_stop_word,
    normal_form,
    split_compound,
    stem,
    terms_of,
    weighted_terms,
    words_of,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kurs", "Kurse"),
        ("Kurs", "Kursen"),
        ("Sprachkurs", "Sprachkurse"),
        ("Fussball", "Fußball"),
        ("FUSSBALL", "Fußball"),
        ("Gruenau", "Grünau"),
        ("Grunau", "Grünau"),
        ("Verein", "Vereine"),
        ("Ämter", "Amt"),
        ("Beratung", "Beratungen"),
        ("Frau", "Frauen"),
        ("курс", "курси"),
    ],
)
def test_ways_of_writing_one_word_share_a_term(one: str, other: str) -> None:
    assert terms_of(one).whole == terms_of(other).whole


@pytest.mark.parametrize(
    ("compound", "part"),
    [
        ("Sprachkurs", "Kurs"),
        ("Deutschsprachkurs", "Kurse"),
        ("Deutschsprachkurs", "Sprachkurs"),
        ("Deutschsprachkurs", "Deutsch"),
        ("Fußballverein", "Fussball"),
        ("Fußballverein", "Vereine"),
        ("Kinderbetreuung", "Kinder"),
        ("Kinderbetreuung", "Betreuung"),
        ("Integrationskurse", "Integration"),
        ("Frauenfrühstück", "Frau"),
        ("Migrationsberatungsstelle", "Beratung"),
        ("Bachfestverein", "Verein"),
        ("Schwimmkurs", "Schwimmen"),
    ],
)
def test_a_compound_is_found_by_its_part(compound: str, part: str) -> None:
    assert terms_of(part).whole in weighted_terms(compound)


@pytest.mark.parametrize(
    "word", ["Kirchheim", "Mannheim", "Verein", "Esslingen", "Beispiel", "Fußball"]
)
def test_what_only_looks_like_a_compound_stays_whole(word: str) -> None:
    assert terms_of(word).parts == ()


def test_a_word_weighs_more_than_its_parts() -> None:
    weights = weighted_terms("Sprachkurs", 2.0)
    assert weights["sprachkurs"] == 2.0 > weights["kurs"] > 0


def test_words_without_meaning_leave_no_term() -> None:
    assert weighted_terms("und die für mit") == {}
    assert is_stop_word("FÜR")
    assert is_stop_word("fuer")


@given(st.text(max_size=200))
def test_any_text_becomes_terms_that_hold_no_blank_and_no_mark(text: str) -> None:
    for term, weight in weighted_terms(text).items():
        assert term
        assert not set(" ^\t\n") & set(term)
        assert weight > 0
    assert all(0 < len(word) <= MAX_WORD_CHARACTERS for word in words_of(text))


@given(st.text(st.characters(categories=["Ll"]), min_size=1, max_size=70))
def test_the_parts_of_a_compound_lie_in_it_in_order(word: str) -> None:
    normal = normal_form(word)
    position = 0
    for part in split_compound(normal):
        position = normal.index(part, position) + len(part)


@given(st.text(st.characters(categories=["Ll", "Lo"]), min_size=1, max_size=30))
def test_a_stem_is_never_empty(word: str) -> None:
    normal = normal_form(word)
    assert stem(normal) or not normal
