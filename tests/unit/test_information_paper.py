"""The information under Art. 13 GDPR: complete, in each language, to be signed by who has to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.printouts.papers.blocks import Block, Pair, Signatures, Together
from app.printouts.papers.book import PAPER_LANGUAGES
from app.printouts.papers.information import InformationContent, build_information_paper
from app.printouts.papers.rendering import render_paper

DAY = date(2026, 11, 23)
CONTENT = InformationContent(
    texts_kept=(12, "months"),
    case_kept=(36, "months"),
    client_name="Amira Haddad",
    born_on=date(1994, 4, 3),
    case_worker_name="Anna Beispiel",
)


def _pairs(value: Any) -> list[Pair]:
    if isinstance(value, Pair):
        return [value]
    if isinstance(value, tuple):
        return [pair for one in value for pair in _pairs(one)]
    if hasattr(value, "__dataclass_fields__"):
        return [p for name in value.__dataclass_fields__ for p in _pairs(getattr(value, name))]
    return []


def _flat(blocks: tuple[Block, ...]) -> list[Block]:
    return [one for b in blocks for one in (_flat(b.blocks) if isinstance(b, Together) else [b])]


def _text(content: InformationContent = CONTENT) -> str:
    paper = build_information_paper(content, "uk", DAY)
    return " ".join(pair.german.text for pair in _pairs(paper.blocks))


@pytest.mark.parametrize(
    "said",
    [
        "Verantwortlich (Stadt oder Gemeinde",
        "Datenschutzbeauftragte",
        "Wozu wir Ihre Daten brauchen",
        "Artikel 6 Absatz 1",
        "Artikel 9 Absatz 2",
        "Wer die Daten bekommt",
        "außerhalb der Europäischen Union",
        "12 Monate nach dem Abschluss",
        "36 Monate nach dem Abschluss",
        "Auskunft",
        "Berichtigung",
        "Löschung und Einschränkung",
        "Widerspruch",
        "als Datei",
        "zurücknehmen",
        "Beschwerde",
        "Sie müssen nicht teilnehmen",
        "Es entscheidet nichts",
    ],
)
def test_all_that_article_13_asks_for_is_said(said: str) -> None:
    assert said in _text()


@pytest.mark.parametrize("language", PAPER_LANGUAGES)
def test_it_prints_in_each_language_and_for_nobody_in_particular(language: str) -> None:
    blank = InformationContent(texts_kept=(90, "days"), case_kept=(36, "months"))
    for content in (CONTENT, blank):
        paper = build_information_paper(content, language, DAY)
        assert render_paper(paper).startswith(b"%PDF")
        both = [pair.other is not None for pair in _pairs(paper.blocks)]
        assert both == [language != "de"] * len(both)


@pytest.mark.parametrize(("needs_guardian", "lines"), [(True, 3), (False, 2)])
def test_a_guardian_signs_only_where_one_has_to(needs_guardian: bool, lines: int) -> None:
    content = replace(CONTENT, needs_guardian=needs_guardian)
    paper = build_information_paper(content, "ar", DAY)
    signatures = next(b for b in _flat(paper.blocks) if isinstance(b, Signatures))
    assert len(signatures.lines) == lines
    assert ("unter 18 Jahren" in _text(content)) is needs_guardian
