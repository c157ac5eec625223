"""What is typed is taken apart as a person means it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.places import Gazetteer, NamedPlace, PlaceHit
from app.search.understanding import MAX_TEXT_CHARACTERS, MAX_WORDS, Understanding, understand

_GAZETTEER = Gazetteer(
    (
        NamedPlace("Esslingen am Neckar", "town", 48.74, 9.31),
        NamedPlace("Zell", "district", 48.73, 9.37, town="Esslingen am Neckar"),
        NamedPlace("Bad Cannstatt", "district", 48.8, 9.21, town="Stuttgart"),
        NamedPlace("Weil", "district", 48.72, 9.29, town="Esslingen am Neckar", is_ordinary=True),
    )
)


def _understand(text: str) -> Understanding:
    return understand(text, _GAZETTEER.find_in_words)


def _nowhere(_words: Sequence[str]) -> PlaceHit | None:
    return None


def _parts(text: str) -> list[tuple[str, str]]:
    return [(part.kind, part.value) for part in _understand(text).parts]


def _words(text: str) -> list[str]:
    return [word.written for word in _understand(text).words]


def test_level_and_place_are_taken_out_of_the_words() -> None:
    meant = _understand("Deutschkurs B1 Zell")
    assert [(p.kind, p.value) for p in meant.parts] == [("level", "B1"), ("place", "Zell")]
    assert [word.written for word in meant.words] == ["Deutschkurs"]
    assert meant.place is not None
    assert meant.place.latitude == 48.73


def test_each_part_names_the_text_that_is_left_without_it() -> None:
    assert [part.rest for part in _understand("Deutschkurs B1 Zell").parts] == [
        "Deutschkurs Zell",
        "Deutschkurs B1",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b1", [("level", "B1")]),
        ("Niveau a2", [("level", "A2")]),
        ("B1-Kurs", [("level", "B1")]),
        ("B1.2", [("level", "B1")]),
        ("A2/B1", [("level", "A2"), ("level", "B1")]),
        ("montags", [("weekday", "1")]),
        ("am Dienstagabend", [("weekday", "2")]),
        ("Chor Mi", [("weekday", "3")]),
        ("Samstagvormittag", [("weekday", "6")]),
        ("am Wochenende", [("weekday", "6"), ("weekday", "7")]),
        ("Beratung auf Arabisch", [("language", "ar")]),
        ("Beratung ukrainisch", [("language", "uk")]),
        ("türkischsprachige Beratung", [("language", "tr")]),
        ("tuerkischsprachig", [("language", "tr")]),
        ("Beratung auf Englisch", [("language", "en")]),
        ("Dari", [("language", "prs")]),
        ("Sprachkurs mit Kinderbetreuung", [("childcare", "yes")]),
        ("Kurs nur für Frauen", [("women_only", "yes")]),
        ("Kurs mit freien Plätzen", [("free_seats", "yes")]),
        ("barrierefrei", [("step_free", "yes")]),
        ("Verein in Bad Cannstatt", [("place", "Bad Cannstatt")]),
        ("Kurs Weil", [("place", "Weil")]),
        ("73730", [("place", "73730")]),
    ],
)
def test_parts_are_understood(text: str, expected: list[tuple[str, str]]) -> None:
    assert _parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Englischkurs",  # a subject, not a language spoken
        "Englisch",
        "Spanisch",
        "So finde ich Hilfe",  # no Sunday
        "weil ich lerne",  # no place
        "Russisch-Orthodoxe Gemeinde",  # names, not languages wanted
        "Deutsch-Russisches Zentrum",
        "Ukrainische Gesellschaft",
        "D1",
        "B12",
        "Montagearbeit",
        "Kinderbetreuung",  # may be looked for by itself
    ],
)
def test_ordinary_words_are_not_taken_for_more(text: str) -> None:
    assert _parts(text) == []


def test_whom_it_is_for_lifts_but_does_not_exclude() -> None:
    meant = _understand("sprachkurs frauen")
    assert [(word.written, word.is_optional) for word in meant.words] == [
        ("sprachkurs", False),
        ("frauen", True),
    ]
    assert [word.is_optional for word in _understand("Frauen").words] == [False]


def test_a_place_that_is_an_ordinary_word_stays_a_word_too_unless_a_preposition_tells() -> None:
    assert [(w.written, w.is_optional) for w in _understand("Chor Weil Markt").words] == [
        ("Chor", False),
        ("Markt", False),
    ]  # "weil" says nothing as a word
    assert _understand("Chor in Weil").place == _understand("Chor Weil").place is not None


def test_a_question_is_reduced_to_what_it_asks_for() -> None:
    assert _words("Wo kann ich in Zell bitte schwimmen?") == ["schwimmen"]


def test_a_wild_text_is_cut() -> None:
    meant = _understand("wort " * 5_000)
    assert len(meant.text) <= MAX_TEXT_CHARACTERS
    assert len(meant.words) <= MAX_WORDS


@given(st.text(max_size=400))
def test_any_text_is_understood_somehow(text: str) -> None:
    meant = understand(text, _nowhere)
    assert len(meant.text) <= MAX_TEXT_CHARACTERS
    for word in meant.words:
        assert meant.text[word.start : word.end] == word.written
    for part in meant.parts:
        assert part.words in meant.text
        assert len(part.rest) < len(meant.text)


_TYPED = ["B1", "Zell", "montags", "auf", "Arabisch", "Deutschkurs", "Frauen", "mit", "Kinderbetreuung"]


@given(st.lists(st.sampled_from(_TYPED), max_size=8))
def test_no_word_is_used_twice(words: list[str]) -> None:
    meant = _understand(" ".join(words))
    used = sum(len(part.words.split()) for part in meant.parts) + len(meant.words)
    assert used <= len(words)
