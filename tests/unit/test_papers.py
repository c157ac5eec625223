"""The papers of a case: catalogues, pairs of words, and any text that people type."""

from __future__ import annotations

import re
import tomllib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.printouts.papers.blocks import (
    Box,
    Boxes,
    Bullets,
    Code,
    Field,
    Fields,
    Heading,
    PageBreak,
    Paper,
    Scale,
    Signatures,
    Table,
    Text,
    Together,
    typed_text,
)
from app.printouts.papers.book import PAPER_LANGUAGES, PAPER_PHRASES, load_paper_book, paper_language
from app.printouts.papers.rendering import render_paper

DAY = date(2026, 11, 23)
PAPERS = sorted({file.name.split(".")[0] for file in PAPER_PHRASES.glob("*.toml")})


def _phrases(paper: str, language: str) -> dict[str, str]:
    data = tomllib.loads((PAPER_PHRASES / f"{paper}.{language}.toml").read_text(encoding="utf-8"))
    texts: dict[str, str] = data.get("checked", {}) | data.get("unchecked", {})
    return texts


def _paper(language: str | None, typed: str) -> Paper:
    book = load_paper_book("common", language)
    say = book.say
    yes, no, name = say("yes"), say("no"), say("name")
    return book.build(
        say("case_worker"),
        typed,
        [
            Heading(name),
            Heading(yes, level=3),
            Text(typed),
            Text(say("issued_on", day=book.day(DAY)), is_strong=True),
            None,
            Bullets((yes, typed)),
            Fields((Field(name, typed), Field(say("born_on"), book.day(DAY)), Field(no, None))),
            Boxes((Box(yes, is_ticked=True), Box(typed))),
            Table((name, yes), ((typed, None), (yes, no)), (1, 2)),
            Scale(name, (no, yes)),
            Together((Text(typed), Code("https://example.org/?a=1&b=2", name)), is_framed=True),
            PageBreak(),
            Signatures(say("place_and_date"), (say("signature_client"),)),
        ],
        DAY,
    )


@pytest.mark.parametrize("language", PAPER_LANGUAGES[1:])
@pytest.mark.parametrize("paper", PAPERS)
def test_catalogues_say_the_same_in_each_language(paper: str, language: str) -> None:
    german, other = _phrases(paper, "de"), _phrases(paper, language)
    assert other.keys() == german.keys()
    for key, text in german.items():
        names = sorted(re.findall(r"{(\w+)}", text))
        assert sorted(re.findall(r"{(\w+)}", other[key])) == names, key


@pytest.mark.parametrize("language", PAPER_LANGUAGES)
def test_each_block_can_be_printed_in_each_language(language: str) -> None:
    content = render_paper(_paper(language, "Getippt"))
    assert content.startswith(b"%PDF")
    assert content == render_paper(_paper(language, "Getippt"))


def test_unchecked_words_are_named_as_such_and_german_alone_has_no_other_side() -> None:
    assert _paper("uk", "x").unchecked_note is not None
    german = _paper("de", "x")
    assert german.language is None
    assert german.unchecked_note is None
    assert german.title.other is None


def test_days_and_languages_are_written_as_each_language_does() -> None:
    book = load_paper_book("common", "uk")
    day = book.day(DAY)
    assert (day.german.text, day.other and day.other.text) == (
        "23. November 2026",
        "23 листопада 2026\u202fр.",
    )
    assert book.language_name("ar").german.text == "Arabisch"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("uk", "uk"),
        ("ar", "ar"),
        ("ar-SY", "ar"),
        (None, "de"),
        ("de", "de"),
        ("xx", "de"),
        ("fr", "de"),
    ],
)
def test_a_language_without_papers_gets_german(wanted: str | None, found: str) -> None:
    assert paper_language(wanted) == found


def test_typed_lines_stay_lines() -> None:
    assert [text.words for text in typed_text("eins\n\n zwei\r\ndrei")] == ["eins", " zwei", "drei"]


@given(typed=st.text(max_size=300))
@settings(max_examples=25, deadline=None)
def test_no_typed_text_breaks_a_paper(typed: str) -> None:
    assert render_paper(_paper("ar", typed)).startswith(b"%PDF")
