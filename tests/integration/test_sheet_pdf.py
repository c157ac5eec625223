"""The printed sheet as it leaves the printer: what can be read, on how many pages, and where."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from app.printouts.content import build_sheet
from app.printouts.glyphs import REPLACEMENT
from app.printouts.pdf import render_sheet
from app.printouts.phrases import SHEET_LANGUAGES, load_phrase_book
from app.printouts.snapshot import OfferSnapshot
from tests.sheet_samples import CASE_WORKER, FULL, LONGEST, PROTECTED

ISSUED_ON = date(2026, 11, 22)
BIDI_MARKS = str.maketrans("", "", "\u2066\u2069\u200b")


def _text(snapshot: OfferSnapshot, language: str | None) -> str:
    reader = PdfReader(
        io.BytesIO(render_sheet(build_sheet(snapshot, language, CASE_WORKER, ISSUED_ON)))
    )
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().translate(BIDI_MARKS).split())


@pytest.mark.parametrize("language", SHEET_LANGUAGES)
@pytest.mark.parametrize("snapshot", [FULL, LONGEST], ids=["full", "longest"])
def test_one_page_names_address_times_and_contacts(snapshot: OfferSnapshot, language: str) -> None:
    text = _text(snapshot, language)
    for expected in ("Beispielstraße 12 a", "73728", "0711 123456-78", "0711 555-1234", "Mira Lindner"):
        assert expected in text
    assert ("09:00–12:30" if snapshot is FULL else "08:00–10:00") in text
    assert "None" not in text
    assert REPLACEMENT not in text


@pytest.mark.parametrize("language", ["de", "ar", "ti", "uk"])
@pytest.mark.parametrize("snapshot", [FULL, LONGEST], ids=["full", "longest"])
def test_footer_stands_below_everything_else(snapshot: OfferSnapshot, language: str) -> None:
    page = PdfReader(
        io.BytesIO(render_sheet(build_sheet(snapshot, language, CASE_WORKER, ISSUED_ON)))
    ).pages[0]
    heights: list[tuple[str, float]] = []
    page.extract_text(visitor_text=lambda text, cm, tm, *_: heights.append((text, _height(cm, tm))))
    footer = next(height for text, height in heights if "Stand:" in text)
    rows = [height for text, height in heights if "Zimmer 214" in text]
    assert rows
    assert all(height > footer + 12 for height in rows)


def _height(cm: list[float], tm: list[float]) -> float:
    return cm[1] * tm[4] + cm[3] * tm[5] + cm[5]


@pytest.mark.parametrize("language", SHEET_LANGUAGES)
def test_protected_place_has_neither_code_nor_address(language: str) -> None:
    content = build_sheet(PROTECTED, language, CASE_WORKER, ISSUED_ON)
    assert content.qr is None
    german = load_phrase_book("de-simple" if language == "de-simple" else "de")
    assert content.title.text == german.say("neutral_title").text
    assert "0711 999" in _text(PROTECTED, language)


@pytest.mark.parametrize("language", SHEET_LANGUAGES)
def test_catalogues_are_complete(language: str) -> None:
    assert load_phrase_book(language).texts.keys() == load_phrase_book("de").texts.keys()


def test_papers_are_named_in_the_readers_language_or_in_german() -> None:
    rows = {row.key: row for row in build_sheet(FULL, "en", CASE_WORKER, ISSUED_ON).rows}
    passport, unknown, _ = rows["bring"].other_lines
    assert passport.language == "en"
    assert "Stundennachweis" in unknown.text


def test_same_content_gives_the_same_bytes() -> None:
    content = build_sheet(FULL, "ar", CASE_WORKER, ISSUED_ON)
    assert render_sheet(content) == render_sheet(content)


@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=300))
def test_odd_text_never_breaks_the_sheet(text: str) -> None:
    odd = FULL.model_copy(update={"title": text, "description": text, "directions": text})
    assert "0711 555-1234" in _text(odd, "ar")


@pytest.mark.parametrize("language", ["de", "ar", "uk", "ti"])
def test_large_print_is_sixteen_points_and_more_on_two_pages_at_most(language: str) -> None:
    pdf = render_sheet(build_sheet(FULL, language, CASE_WORKER, ISSUED_ON), "large")
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) <= 2
    sizes: list[tuple[float, str]] = []
    for page in reader.pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, _, size: sizes.append((abs(size * tm[0] * cm[0]), text))
        )
    small = {text.strip() for size, text in sizes if size < 15.9 and text.strip()}
    assert small <= {"*"}  # the mark of what nobody checked


@pytest.mark.parametrize("language", SHEET_LANGUAGES)
@pytest.mark.parametrize("snapshot", [FULL, LONGEST, PROTECTED], ids=["full", "longest", "protected"])
def test_a5_is_one_page_with_address_times_contacts_and_slip(
    snapshot: OfferSnapshot, language: str
) -> None:
    content = build_sheet(snapshot, language, CASE_WORKER, ISSUED_ON)
    reader = PdfReader(io.BytesIO(render_sheet(content, "a5")))
    assert len(reader.pages) == 1
    text = " ".join(reader.pages[0].extract_text().translate(BIDI_MARKS).split())
    expected = ["Mira Lindner", "0711 555-1234", "war hier am"]
    expected += ["0711 999"] if snapshot is PROTECTED else ["Beispielstraße 12 a", "0711 123456-78"]
    assert [word for word in expected if word not in text] == []
