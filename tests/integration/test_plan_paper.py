"""The integration plan as PDF: long, in several scripts, and with words that are hard to set."""

from __future__ import annotations

import io
from datetime import date

import pytest
from pypdf import PdfReader

from app.printouts.papers.blocks import Signatures, Together
from app.printouts.papers.book import PAPER_LANGUAGES, load_paper_book
from app.printouts.papers.plan import PAPER, PlanContent, PlanGoal, PlanStep, build_plan_paper
from app.printouts.papers.rendering import render_paper
from tests.conftest import TODAY

STEP = PlanStep("Beim Sprachhaus anrufen", "case_worker", "", date(2026, 12, 5), None)


def _goal(words: str, **values: object) -> PlanGoal:
    told: dict[str, object] = {
        "area": "work",
        "due_on": date(2027, 6, 30),
        "measure": None,
        "target_level": None,
        "measure_words": "",
        "steps": (STEP,),
        "ways": (),
    }
    return PlanGoal(words=words, **(told | values))  # type: ignore[arg-type]


def _content(*goals: PlanGoal, needs_guardian: bool = False) -> PlanContent:
    return PlanContent("Amira H.", "Mira Lindner", goals, date(2027, 5, 25), needs_guardian)


def _text(content: PlanContent, language: str) -> tuple[str, int]:
    reader = PdfReader(io.BytesIO(render_paper(build_plan_paper(content, language, TODAY))))
    return "\n".join(page.extract_text() for page in reader.pages), len(reader.pages)


def test_thirty_goals_fill_several_pages_and_end_with_lines_to_sign_on():
    goals = [_goal(f"Ziel Nummer {number}") for number in range(30)]
    text, pages = _text(_content(*goals), "ar")
    assert pages > 5
    assert all(f"Ziel Nummer {number}" in text for number in range(30))
    assert text.rindex("Unterschrift Klient:in") > text.rindex("Ziel Nummer 29")


def test_words_that_are_hard_to_set_are_printed_all_the_same():
    hard = ("Kita 😀 finden", "أريد العمل في مطبخ (Küche) 2027", "W" * 200, "#strong[*Markup*] $x$", "")
    goals = [_goal(words, measure="place", measure_words="Z" * 200) for words in hard]
    for language in PAPER_LANGUAGES:
        text, _pages = _text(_content(*goals), language)
        assert "#strong[*Markup*] $x$" in text
        assert "Kita" in text


@pytest.mark.parametrize("language", PAPER_LANGUAGES)
def test_every_language_says_everything(language: str):
    german = load_paper_book(PAPER, None).german_texts
    other = load_paper_book(PAPER, language).other_texts
    assert language == "de" or set(other) == set(german)


@pytest.mark.parametrize(("needs_guardian", "lines"), [(False, 2), (True, 3)], ids=["grown", "minor"])
def test_a_guardian_signs_for_a_minor(needs_guardian: bool, lines: int):
    paper = build_plan_paper(_content(_goal("x"), needs_guardian=needs_guardian), "uk", TODAY)
    end = paper.blocks[-1]
    assert isinstance(end, Together)
    signatures = end.blocks[-1]
    assert isinstance(signatures, Signatures)
    assert len(signatures.lines) == lines


def test_the_measure_of_each_kind_is_said():
    text, _pages = _text(
        _content(
            _goal("a", area="language", target_level="B1", measure="level"),
            _goal("b", measure="certificate", measure_words="telc"),
            _goal("c", measure="own_words", measure_words="Fühlt sich wohl"),
        ),
        "en",
    )
    for words in ("German at level B1", "telc", "Zertifikat", "Fühlt sich wohl", "30 June 2027"):
        assert words in text
