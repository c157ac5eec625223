"""The fixed words of a paper in German and one other language.

A catalogue ``phrases/<paper>.<language>.toml`` holds ``[checked]`` phrases, which somebody whose mother
tongue it is has read, and ``[unchecked]`` ones. ``common.<language>.toml`` holds what all papers say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import babel.dates

from app.printouts.papers.blocks import Block, Pair, Paper
from app.printouts.phrases import (
    GERMAN,
    PhraseBook,
    Words,
    find_sheet_language,
    isolate,
    load_phrase_book,
)

PAPER_PHRASES: Final = Path(__file__).with_name("phrases")
PAPER_LANGUAGES: Final = ("de", "en", "uk", "ar")
"""BCP 47 tags of the languages that papers can be had in; `de` alone is in German only."""
COMMON: Final = "common"
Writer = Callable[[PhraseBook], str]


@dataclass(frozen=True, slots=True)
class PaperBook:
    """The words of one paper in German and, unless ``other`` is `None`, in a second language."""

    german: PhraseBook
    other: PhraseBook | None
    """Also knows how the language writes days and calls languages."""
    german_texts: dict[str, str]
    other_texts: dict[str, str]
    unchecked: frozenset[str]

    @property
    def language(self) -> str | None:
        """The other language; `None` on a paper in German only."""
        return self.other.language if self.other else None

    def say(self, key: str, **values: str | Pair) -> Pair:
        """The phrase ``key`` with ``{name}`` filled in on both sides.

        A phrase that the other language lacks stands there in German. Typed values are kept apart from
        right-to-left text around them, or numbers and dots would change places. Raises `KeyError` for a
        phrase that German lacks.
        """
        german = Words(self.german_texts[key].format_map(_side(values, GERMAN, "ltr")), GERMAN)
        if self.other is None:
            return Pair(german)
        if key not in self.other_texts:
            return Pair(german, german)
        filled = _side(values, self.other.language, self.other.direction)
        text = self.other_texts[key].format_map(filled)
        return Pair(german, Words(text, self.other.language, key not in self.unchecked))

    def day(self, day: date) -> Pair:
        """A day as each language writes it, the month in words."""
        return self._both(lambda book: _long_day(book, day))

    def language_name(self, tag: str) -> Pair:
        """What each language calls the language ``tag``."""
        return self._both(lambda book: book.language_name(tag))

    def join(self, parts: Sequence[Pair]) -> Pair:
        """Several texts in one line, separated as each language does."""
        other = None
        if self.other is not None:
            texts = [part.other or part.german for part in parts]
            checked = all(words.is_checked for words in texts)
            line = self.other.list_separator.join(words.text for words in texts)
            other = Words(line, self.other.language, checked)
        return Pair(Words(", ".join(part.german.text for part in parts), GERMAN), other)

    def build(
        self, title: Pair, subtitle: str, blocks: Iterable[Block | None], issued_on: date
    ) -> Paper:
        """The paper of these blocks (`None` is left out), noting unchecked words if there are any."""
        has_unchecked = self.other is not None and bool(self.unchecked)
        return Paper(
            title=title,
            subtitle=subtitle,
            language=self.language,
            direction=self.other.direction if self.other else "ltr",
            blocks=tuple(block for block in blocks if block is not None),
            issued_on=issued_on,
            unchecked_note=self.say("unchecked_note") if has_unchecked else None,
        )

    def _both(self, write: Writer) -> Pair:
        german = Words(write(self.german), GERMAN)
        other = None if self.other is None else Words(write(self.other), self.other.language)
        return Pair(german, other)


@cache
def load_paper_book(paper: str, language: str | None) -> PaperBook:
    """The words of ``paper`` in German and ``language``; German alone for ``de``, `None` and unknown.

    A language that is read with the catalogue of another one (such as Serbian in Latin script) gets
    that one, as on the sheets.
    """
    tag = find_sheet_language(language) or GERMAN
    other = tag if tag in PAPER_LANGUAGES and tag != GERMAN else None
    german_texts, _unchecked = _texts(paper, GERMAN)
    other_texts, unchecked = _texts(paper, other) if other else ({}, frozenset())
    return PaperBook(
        german=load_phrase_book(GERMAN),
        other=load_phrase_book(other) if other else None,
        german_texts=german_texts,
        other_texts=other_texts,
        unchecked=unchecked,
    )


def paper_language(wanted: str | None) -> str:
    """The language of `PAPER_LANGUAGES` that is nearest to ``wanted``; German when there is none."""
    tag = find_sheet_language(wanted)
    return tag if tag in PAPER_LANGUAGES else GERMAN


def _texts(paper: str, language: str) -> tuple[dict[str, str], frozenset[str]]:
    texts: dict[str, str] = {}
    unchecked: set[str] = set()
    for name in (COMMON, paper):
        data = tomllib.loads((PAPER_PHRASES / f"{name}.{language}.toml").read_text(encoding="utf-8"))
        texts |= data.get("checked", {}) | data.get("unchecked", {})
        unchecked |= set(data.get("unchecked", {}))
    return texts, frozenset(unchecked)


def _side(values: dict[str, str | Pair], language: str, direction: str) -> dict[str, str]:
    filled = {}
    for name, value in values.items():
        if isinstance(value, Pair):
            words = value.german if language == GERMAN or value.other is None else value.other
            filled[name] = words.text
        else:
            filled[name] = isolate(value) if direction == "rtl" else value
    return filled


def _long_day(book: PhraseBook, day: date) -> str:
    return babel.dates.format_date(day, "long", locale=book.locale)
