"""Reading the index: scores of single terms, and the words there are.

A snapshot is one state of the index held open. It is never refreshed but replaced by a new one when
the index has a new generation. Whoosh scores; what it said of a term is kept for as long as the
snapshot lives, since people look for the same words again and again.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
from whoosh.reading import TermNotFound
from whoosh.scoring import BM25F

from app.search.analysis import normal_form
from app.search.index import IndexFolder, IndexUnusableError

FIELD_WEIGHTS: Final = {"main": 1.0, "other_titles": 0.9, "body": 0.5}
_K1: Final = 1.2
_SCORING: Final = BM25F(main_B=0.4, other_titles_B=0.4, K1=_K1)
_MAX_KEPT_TERMS: Final = 4_000
_MAX_PREFIXED: Final = 30
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TermScores:
    """Which documents have a term, and how well it describes each."""

    numbers: npt.NDArray[np.int32]
    """Document numbers; one may come twice, from two fields."""
    scores: npt.NDArray[np.float32]
    is_german: bool
    """Whether any has it in its German texts."""


@dataclass(frozen=True, slots=True)
class VocabularyWord:
    """A word as it is written in the directory."""

    normal: str
    written: str
    offers: int
    """In how many offers it stands."""


class IndexSnapshot:
    """One state of the index, open for reading; safe to share between threads."""

    def __init__(self, folder: IndexFolder) -> None:
        """Open the index in use; raises `IndexUnusableError`."""
        self.state = folder.state()
        self._folder = folder
        self._index = folder.open(self.state)
        self._lock = threading.Lock()
        self._kept: dict[str, TermScores] = {}
        self._searcher = self._reading(lambda: self._index.searcher(weighting=_SCORING))
        self._generation = self._searcher.reader().generation()

    def is_current(self) -> bool:
        """Whether nothing newer has been written; costs a listing of the folder."""
        try:
            if self._folder.state().folder != self.state.folder:
                return False
            return bool(self._index.latest_generation() == self._generation)
        except (OSError, IndexUnusableError):
            return False

    def close(self) -> None:
        """Give the open files back."""
        with self._lock:
            self._searcher.close()

    @cached_property
    def offer_ids(self) -> tuple[str, ...]:
        """The offer of each document number, also of those that were deleted."""

        def read() -> tuple[str, ...]:
            ids: list[str] = []
            for segment, _ in self._searcher.reader().leaf_readers():
                if segment.doc_count_all() == 0:
                    continue
                column = segment.column_reader("id")
                ids.extend(column[number] for number in range(segment.doc_count_all()))
            return tuple(ids)

        return self._reading(read)

    def scores(self, term: str) -> TermScores:
        """The documents that have ``term`` in any field; raises `IndexUnusableError`."""
        kept = self._kept.get(term)
        if kept is None:
            if len(self._kept) >= _MAX_KEPT_TERMS:
                self._kept.clear()
            kept = self._kept[term] = self._reading(lambda: self._read_scores(term))
        return kept

    def _read_scores(self, term: str) -> TermScores:
        numbers: list[int] = []
        parts: list[npt.NDArray[np.float32]] = []
        is_german = False
        for field, weight in FIELD_WEIGHTS.items():
            before = len(numbers)
            scores = self._read_field(field, term, numbers)
            is_german = is_german or (field != "other_titles" and len(numbers) > before)
            parts.append(scores * np.float32(weight))
        return TermScores(np.asarray(numbers, dtype=np.int32), np.concatenate(parts), is_german)

    def _read_field(self, field: str, term: str, numbers: list[int]) -> npt.NDArray[np.float32]:
        """Scores of ``term`` in one field; appends the documents' numbers to ``numbers``."""
        if self._searcher.doc_count_all() == 0:  # Whoosh cannot score in an empty index
            return np.empty(0, dtype=np.float32)
        try:
            matcher = self._searcher.postings(field, term)
        except TermNotFound:
            return np.empty(0, dtype=np.float32)
        # The body's length says nothing about how well a word fits, and asking for it takes most of
        # the time; so there it is the same formula without length, over all documents at once.
        value = matcher.weight if field == "body" else matcher.score
        values: list[float] = []
        while matcher.is_active():
            numbers.append(matcher.id())
            values.append(value())
            matcher.next()
        scores = np.asarray(values, dtype=np.float32)
        if field == "body":
            scores = self._searcher.idf(field, term) * scores * (_K1 + 1) / (scores + _K1)
        return np.asarray(scores, dtype=np.float32)

    @cached_property
    def vocabulary(self) -> tuple[VocabularyWord, ...]:
        """All words of the directory as they are written, in the order of their normal form."""

        def read() -> list[tuple[str, int]]:
            entries = self._searcher.reader().iter_field("words")
            return [(text.decode(), info.doc_frequency()) for text, info in entries]

        words = (VocabularyWord(normal_form(text), text, n) for text, n in self._reading(read))
        return tuple(sorted(words, key=lambda word: (word.normal, -word.offers)))

    @cached_property
    def _normals(self) -> list[str]:
        return [word.normal for word in self.vocabulary]

    def has_word(self, normal: str) -> bool:
        """Whether a word with this normal form is written somewhere in the directory."""
        at = bisect_left(self._normals, normal)
        return at < len(self._normals) and self._normals[at] == normal

    def words_beginning(self, normal: str) -> tuple[str, ...]:
        """Normal forms of a few words that begin with ``normal`` and are longer."""
        start = bisect_left(self._normals, normal)
        found: dict[str, None] = {}
        for word in self._normals[start:]:
            if not word.startswith(normal) or len(found) == _MAX_PREFIXED:
                break
            if word != normal:
                found[word] = None
        return tuple(found)

    def _reading(self, read: Callable[[], _T]) -> _T:
        """Read under the lock: Whoosh's files have one position, shared by all who read."""
        with self._lock:
            try:
                return read()
            except Exception as error:  # a vanished or damaged file raises nearly anything
                raise IndexUnusableError("the index cannot be read") from error
