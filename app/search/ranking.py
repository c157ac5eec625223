"""From the words of a question to a score for every offer.

A question falls into units: a concept of the taxonomy that is named (perhaps by several words), or a
single word. Each unit gives every offer a value between 0 and 1, 0 meaning "not found". An offer
should have all units that are not optional; how well the units describe it decides the order, rare
words counting more than frequent ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from app.directory.interests import Taxonomy
from app.directory.offer_table import BoolColumn, OfferTable
from app.search.analysis import (
    is_known_part,
    is_stop_word,
    normal_form,
    split_compound,
    stem,
    terms_of,
    words_of,
)
from app.search.concept_terms import ConceptTerms
from app.search.reading import IndexSnapshot, VocabularyWord
from app.search.spelling import Speller
from app.search.understanding import QueryWord, Understanding

FloatColumn = npt.NDArray[np.float32]

PRESENCE: Final = 0.5
"""What a unit gives for being found at all; the rest is for how well."""
CONCEPT_VALUE: Final = 0.75
NARROWER_CONCEPT_VALUE: Final = 0.6
ALL_PARTS_VALUE: Final = 0.85
MOST_PARTS_VALUE: Final = 0.5
PREFIX_VALUE: Final = 0.7
SINGLE_PART_VALUE: Final = 0.3
TOPIC_WEIGHT: Final = 0.9
_BOTH_BONUS: Final = 0.25
_MIN_PREFIX: Final = 3
_MAX_KEPT_VALUES: Final = 5_000_000
"""Columns of words are kept up to 20 MB."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What must be found together."""

    words: tuple[QueryWord, ...]
    concepts: tuple[str, ...]
    is_optional: bool

    @property
    def written(self) -> str:
        """As it was typed."""
        return " ".join(word.written for word in self.words)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The scores for one question."""

    scores: FloatColumn
    """Per row of the offer table, 0 to 1."""
    found: BoolColumn
    is_complete: bool
    """Whether the offers found have all units."""
    units: tuple[Unit, ...]
    columns: tuple[FloatColumn, ...]
    """Per unit, 0 where it was not found."""
    concept_columns: tuple[dict[str, BoolColumn], ...]
    """Per unit: concept → rows that serve it."""


def build_units(understanding: Understanding, taxonomy: Taxonomy) -> tuple[Unit, ...]:
    """The units of the words that are left when levels, days, languages and places are taken."""
    units: list[Unit] = []
    rest = list(understanding.words)
    spans: dict[tuple[int, int], list[str]] = {}
    for hit in taxonomy.find_in_text(understanding.rest):
        spans.setdefault((hit.start, hit.end), []).append(hit.key)
    for (start, end), keys in spans.items():
        inside = tuple(word for word in rest if word.start >= start and word.end <= end)
        if inside and _covers(understanding.rest[start:end], inside):
            units.append(Unit(inside, tuple(keys), all(word.is_optional for word in inside)))
            rest = [word for word in rest if word not in inside]
    units.extend(Unit((word,), (), word.is_optional) for word in rest)
    return tuple(sorted(units, key=lambda unit: unit.words[0].start))


def _covers(span: str, inside: Sequence[QueryWord]) -> bool:
    """Whether the span holds nothing but these words and words that say nothing."""
    left = span
    for word in inside:
        left = left.replace(word.written, " ", 1)
    return all(is_stop_word(word) for word in left.split())


class TextRanker:
    """Scores questions on one state of the index and of the offer table."""

    def __init__(
        self,
        snapshot: IndexSnapshot,
        table: OfferTable,
        taxonomy: Taxonomy,
        concept_terms: ConceptTerms,
    ) -> None:
        """``concept_terms`` are those of ``taxonomy``."""
        self.snapshot = snapshot
        self.table = table
        self._taxonomy = taxonomy
        self._concept_terms = concept_terms
        self._kept: dict[str, FloatColumn] = {}
        row_of = table.row_of
        # The last row is a bin for documents that are not in the table.
        self._rows = np.asarray(
            [row_of.get(offer_id, len(table)) for offer_id in snapshot.offer_ids], dtype=np.int64
        )

    def prepare(self) -> None:
        """Read now what otherwise the first misspelt or unknown word has to wait for."""
        _ = self._speller

    def rank(self, units: Sequence[Unit]) -> Ranking:
        """The score of every offer; raises `IndexUnusableError`."""
        concepts = tuple(self._concept_columns(unit.concepts) for unit in units)
        columns = tuple(
            self._unit_column(unit, served) for unit, served in zip(units, concepts, strict=True)
        )
        size = len(self.table)
        required = [c for unit, c in zip(units, columns, strict=True) if not unit.is_optional]
        complete = np.ones(size, dtype=np.bool_)
        for column in required:
            complete &= column > 0
        is_complete, telling = bool(complete.any()), columns
        if not is_complete:
            telling = tuple(
                column if column.any() else self._single_parts_column(unit)
                for unit, column in zip(units, columns, strict=True)
            )
            complete = np.logical_or.reduce([column > 0 for column in telling])
        total = np.zeros(size, dtype=np.float32)
        weight_sum = 0.0
        for column in telling:
            weight = np.log1p(size / (1 + np.count_nonzero(column)))
            total += np.float32(weight) * (PRESENCE * (column > 0) + (1 - PRESENCE) * column)
            weight_sum += weight
        scores = total / np.float32(weight_sum)
        return Ranking(scores, complete, is_complete, tuple(units), columns, concepts)

    def has_term(self, written: str) -> BoolColumn:
        """Where a word stands in just this form (or its inflexions)."""
        return np.asarray(self._term_column(terms_of(written).whole) > 0, dtype=np.bool_)

    def find_misspelt(self, units: Iterable[Unit]) -> tuple[tuple[QueryWord, str], ...]:
        """Words that no offer has, with the word that was meant perhaps."""
        misspelt = []
        for unit in units:
            if unit.is_optional or self._concept_columns(unit.concepts):
                continue
            for word in unit.words:
                if not self._is_known(word.written):
                    corrected = self._speller.correct(word.written)
                    if corrected is not None:
                        misspelt.append((word, corrected))
        return tuple(misspelt)

    def _is_known(self, written: str) -> bool:
        """Whether a word is found, and not only by a chance part ("Sprach" in "Sprachkus")."""
        if not self._word_column(written).any():
            return False
        normal = normal_form(written)
        parts = split_compound(normal)
        return (
            bool(self._term_column(stem(normal)).any())
            or not parts
            or all(is_known_part(part) or self.snapshot.has_word(part) for part in parts)
        )

    @cached_property
    def _speller(self) -> Speller:
        words = self._concept_terms.spelt_words(self.table.topics.vocabulary)
        of_concepts = (VocabularyWord(normal_form(word), word, 0) for word in words)
        return Speller((*self.snapshot.vocabulary, *of_concepts))

    def _unit_column(self, unit: Unit, served: dict[str, BoolColumn]) -> FloatColumn:
        words = [self._word_column(word.written) for word in unit.words]
        text: FloatColumn = np.minimum.reduce(words)
        if not served:
            return text
        if not any(self.snapshot.scores(terms_of(w.written).whole).is_named for w in unit.words):
            # Said in another language: what the German word says of an offer orders them better.
            text = np.asarray((text + self._label_column(served)) / 2, dtype=np.float32)
        concept = np.zeros_like(text)
        for key, mask in served.items():
            exact = self.table.topics.any_of([key])
            value = np.where(exact, np.float32(CONCEPT_VALUE), np.float32(NARROWER_CONCEPT_VALUE))
            np.maximum(concept, value * mask, out=concept)
        both = np.maximum(text, concept) + _BOTH_BONUS * np.minimum(text, concept)
        return np.asarray(both / (1 + _BOTH_BONUS * CONCEPT_VALUE), dtype=np.float32)

    def _label_column(self, keys: Iterable[str]) -> FloatColumn:
        """How well the German labels of concepts describe each offer; the best label counts."""
        column = np.zeros(len(self.table), dtype=np.float32)
        for key in keys:
            words = [w for w in words_of(self._taxonomy.label(key)) if not is_stop_word(w)]
            if words:
                described = np.minimum.reduce([self._word_column(word) for word in words])
                np.maximum(column, described, out=column)
        return column

    def _concept_columns(self, keys: Iterable[str]) -> dict[str, BoolColumn]:
        columns = {
            key: self.table.topics.any_of((key, *self._taxonomy.descendants(key))) for key in keys
        }
        return {key: mask for key, mask in columns.items() if mask.any()}

    def _word_column(self, written: str) -> FloatColumn:
        """How well one word describes each offer, the best having 1."""
        column = self._kept.get(written)
        if column is None:
            if len(self._kept) * len(self.table) >= _MAX_KEPT_VALUES:
                self._kept.clear()
            column = self._kept[written] = self._build_word_column(written)
        return column

    def _build_word_column(self, written: str) -> FloatColumn:
        terms = terms_of(written)
        column = self._term_column(terms.whole)
        if terms.parts:
            parts = np.stack([self._term_column(part) for part in terms.parts])
            number = np.count_nonzero(parts, axis=0)
            value = np.where(number == len(parts), np.float32(ALL_PARTS_VALUE), np.float32(0))
            if len(parts) > 2:
                value[(number == len(parts) - 1) & (parts[-1] > 0)] = MOST_PARTS_VALUE
            column = np.maximum(column, value * parts.mean(axis=0))
        if not column.any():
            column = self._prefix_column(normal_form(written))
        return _with_best_one(column)

    def _prefix_column(self, normal: str) -> FloatColumn:
        column = np.zeros(len(self.table), dtype=np.float32)
        if len(normal) >= _MIN_PREFIX:
            for longer in self.snapshot.words_beginning(normal):
                np.maximum(column, self._term_column(stem(longer)), out=column)
        return column * np.float32(PREFIX_VALUE)

    def _single_parts_column(self, unit: Unit) -> FloatColumn:
        """The last resort for what nobody has: offers with one of the words, or parts of them."""
        column = np.zeros(len(self.table), dtype=np.float32)
        for word in unit.words:
            terms = terms_of(word.written)
            for term in (terms.whole, *terms.parts):
                np.maximum(column, self._term_column(term), out=column)
        return _with_best_one(column) * np.float32(SINGLE_PART_VALUE)

    def _term_column(self, term: str) -> FloatColumn:
        found = self.snapshot.scores(term)
        size = len(self.table)
        column = np.bincount(self._rows[found.numbers], weights=found.scores, minlength=size + 1)
        return np.asarray(column[:size] + self._topic_column(term), dtype=np.float32)

    def _topic_column(self, term: str) -> FloatColumn:
        """What a word in the names of an offer's concepts adds, on the scale of the index's scores."""
        column = np.zeros(len(self.table), dtype=np.float32)
        for key, weight in self._concept_terms.find(term).items():
            np.maximum(column, self.table.topics.any_of([key]) * np.float32(weight), out=column)
        offers = np.count_nonzero(column)
        if offers:
            rarity = 1 + np.log(len(column) / (1 + offers))
            column *= np.float32(TOPIC_WEIGHT * rarity)
        return column


def _with_best_one(column: FloatColumn) -> FloatColumn:
    best = column.max(initial=0.0)
    return column / best if best > 0 else column
