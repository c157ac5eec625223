"""Typing errors, corrected on the words of the directory as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.search.analysis import normal_form, split_compound
from app.search.reading import VocabularyWord

MIN_LETTERS: Final = 4
LONG_WORD_LETTERS: Final = 7
"""From here on two typing errors are forgiven, before only one."""


def with_parts(vocabulary: Iterable[VocabularyWord]) -> Iterator[VocabularyWord]:
    """The words and, after them, the parts of the compounds among them ("Parkinsonvereinigung").

    Parts whose way of writing cannot be told from the whole are left out (ß in front of them).
    """
    parts: list[VocabularyWord] = []
    for word in vocabulary:
        yield word
        position = 0
        for part in split_compound(word.normal) if len(word.written) == len(word.normal) else ():
            position = word.normal.index(part, position)
            written = word.written[position : position + len(part)].capitalize()
            parts.append(VocabularyWord(part, written, word.offers))
            position += len(part)
    yield from parts


class Speller:
    """Suggests words of one vocabulary. Immutable."""

    def __init__(self, vocabulary: Sequence[VocabularyWord]) -> None:
        """``vocabulary``: several ways of writing may share a normal form, the most frequent first."""
        best: dict[str, VocabularyWord] = {}
        for word in vocabulary:
            if len(word.normal) >= MIN_LETTERS - 1 and word.normal.isalpha():
                best.setdefault(word.normal, word)
        self._words = tuple(best.values())
        self._normals = [word.normal for word in self._words]

    def correct(self, typed: str) -> str | None:
        """The word that was meant perhaps, as it is written; `None` when none is near enough.

        The fewest errors win, then the same first letter, then the word of more offers.
        """
        normal = normal_form(typed)
        if len(normal) < MIN_LETTERS or not normal.isalpha():
            return None
        allowed = 2 if len(normal) >= LONG_WORD_LETTERS else 1
        near = process.extract(
            normal, self._normals, scorer=OSA.distance, processor=None, score_cutoff=allowed, limit=20
        )
        choices = [(int(distance), self._words[position]) for _, distance, position in near]
        if not choices:
            return None
        _, word = min(
            choices, key=lambda c: (c[0], c[1].normal[0] != normal[0], -c[1].offers, c[1].normal)
        )
        return word.written
