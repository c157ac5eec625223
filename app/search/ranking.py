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

from app.directory.interests import Taxonomy
from app.directory.offer_table import BoolColumn, OfferTable
from app.search.analysis import is_stop_word, normal_form
from app.search.compound_words import JOINTS
from app.search.concept_scores import EXACT_VALUE, ConceptScores
from app.search.concept_terms import ConceptTerms
from app.search.reading import IndexSnapshot, VocabularyWord
from app.search.spelling import Speller, with_parts
from app.search.understanding import QueryWord, Understanding
from app.search.word_scores import (
    TELLING_SHARE,
    FloatColumn,
    WordScores,
    joined_scores,
    weighted_share,
)

FEW: Final = 10
"""Fewer offers than that are followed by some that are nearly what was asked for."""
NEARLY_VALUE: Final = 0.6
"""What offers count that are only nearly it, against the worst that has everything."""
WORDS_OF_CONCEPT_VALUE: Final = 0.5
"""What the other German words of a concept count against the one that was typed."""
PARTS_VALUE: Final = 0.5
_BOTH_BONUS: Final = 0.25


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
    complete: BoolColumn
    """Which of those found have all units; the others come after them."""
    units: tuple[Unit, ...]
    columns: tuple[FloatColumn, ...]
    """Per unit, 0 where it was not found."""
    concept_columns: tuple[dict[str, BoolColumn], ...]
    """Per unit: concept → rows that serve it."""


def build_units(understanding: Understanding, taxonomy: Taxonomy) -> tuple[Unit, ...]:
    """The units of the words that are left when levels, days, languages and places are taken."""
    units = _written_apart(understanding.words, taxonomy)
    joined = {word for unit in units for word in unit.words}
    rest = [word for word in understanding.words if word not in joined]
    spans: dict[tuple[int, int], list[str]] = {}
    for hit in taxonomy.find_in_text(understanding.rest):
        spans.setdefault((hit.start, hit.end), []).append(hit.key)
    for (start, end), keys in spans.items():
        inside = tuple(word for word in rest if word.start >= start and word.end <= end)
        if inside and _covers(understanding.rest[start:end], inside):
            units.append(Unit(inside, tuple(keys), all(word.is_optional for word in inside)))
            rest = [word for word in rest if word not in inside]
    units.extend(
        Unit((word,), taxonomy.find_without_ending(word.written), word.is_optional) for word in rest
    )
    return tuple(sorted(units, key=lambda unit: unit.words[0].start))


def _written_apart(words: Sequence[QueryWord], taxonomy: Taxonomy) -> list[Unit]:
    """Units of two words that are one German compound of the taxonomy ("Kinder Betreuung")."""
    units: list[Unit] = []
    position = 0
    while position + 1 < len(words):
        pair = tuple(words[position : position + 2])
        keys = _concepts_of_compound(pair, taxonomy)
        if keys:
            units.append(Unit(pair, keys, all(word.is_optional for word in pair)))
        position += 2 if keys else 1
    return units


def _concepts_of_compound(pair: Sequence[QueryWord], taxonomy: Taxonomy) -> tuple[str, ...]:
    first, second = (word.written for word in pair)
    for joint in JOINTS:
        compound = f"{first}{joint}{second.lower()}"
        hits = taxonomy.find_in_text(compound)
        if hits and hits[0].words == compound:
            return tuple(hit.key for hit in hits)
    return ()


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
        self._concept_terms = concept_terms
        self.words = WordScores.build(snapshot, table, concept_terms)
        self._concepts = ConceptScores(self.words, taxonomy)

    def prepare(self) -> None:
        """Read now what otherwise the first misspelt or unknown word has to wait for."""
        _ = self._speller

    def rank(self, units: Sequence[Unit]) -> Ranking:
        """The score of every offer; raises `IndexUnusableError`."""
        concepts = tuple(self._concepts.served(unit.concepts) for unit in units)
        columns = tuple(
            self._unit_column(unit, served) for unit, served in zip(units, concepts, strict=True)
        )
        complete = np.ones(len(self.table), dtype=np.bool_)
        for unit, column in zip(units, columns, strict=True):
            if not unit.is_optional:
                complete &= column > 0
        scores = joined_scores(columns)
        found = complete
        if np.count_nonzero(complete) < FEW:
            nearly = self._nearly(units, columns) * ~complete
            found = complete | _best(nearly, FEW - int(np.count_nonzero(complete)))
            worst = scores[complete].min(initial=1.0)
            scores = np.where(complete, scores, nearly * np.float32(NEARLY_VALUE * worst))
        return Ranking(scores, found, complete, tuple(units), columns, concepts)

    def find_misspelt(self, units: Iterable[Unit]) -> tuple[tuple[QueryWord, str], ...]:
        """Words that no offer has, with the word that was meant perhaps."""
        misspelt = []
        for unit in units:
            if unit.is_optional or unit.concepts:
                continue
            for word in unit.words:
                if not self.words.is_known(word.written):
                    corrected = self._speller.correct(word.written)
                    if corrected is not None:
                        misspelt.append((word, corrected))
        return tuple(misspelt)

    @cached_property
    def _speller(self) -> Speller:
        words = self._concept_terms.spelt_words(self.table.topics.vocabulary)
        of_concepts = (VocabularyWord(normal_form(word), word, 0) for word in words)
        return Speller((*with_parts(self.snapshot.vocabulary), *of_concepts))

    def _unit_column(self, unit: Unit, served: dict[str, BoolColumn]) -> FloatColumn:
        text = self.words.phrase(word.written for word in unit.words)
        if not unit.concepts:
            return text
        by_words = self._concepts.by_words(unit.concepts)
        if all(self.words.is_written(word.written) for word in unit.words):
            text = np.maximum(text, by_words * np.float32(WORDS_OF_CONCEPT_VALUE))
        else:  # said in another language: what the German words say of an offer orders them better
            text = np.asarray((text + by_words) / 2, dtype=np.float32)
        if not served:
            return np.asarray(text, dtype=np.float32)
        topic = self._concepts.by_topic(served)
        both = np.maximum(text, topic) + _BOTH_BONUS * np.minimum(text, topic)
        return np.asarray(both / (1 + _BOTH_BONUS * EXACT_VALUE), dtype=np.float32)

    def _nearly(self, units: Sequence[Unit], columns: Sequence[FloatColumn]) -> FloatColumn:
        """How near offers come that lack a unit, but have the telling ones, or parts or kin of them."""
        partly = [self._part_column(unit, column) for unit, column in zip(units, columns, strict=True)]
        share = weighted_share(partly)
        return np.where(share >= TELLING_SHARE, joined_scores(partly), np.float32(0))

    def _part_column(self, unit: Unit, column: FloatColumn) -> FloatColumn:
        parts = [self.words.telling_parts(word.written) for word in unit.words]
        partly = np.minimum.reduce(parts) * np.float32(PARTS_VALUE)
        near = np.maximum(partly, self._concepts.related(unit.concepts))
        return np.asarray(np.maximum(column, near), dtype=np.float32)


def _best(column: FloatColumn, number: int) -> BoolColumn:
    """The rows above 0 that are among the best ``number``."""
    order = np.argsort(-column, kind="stable")[:number]
    mask = np.zeros(len(column), dtype=np.bool_)
    mask[order] = True
    return np.asarray(mask & (column > 0), dtype=np.bool_)
