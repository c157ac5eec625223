"""How well offers serve a concept of the taxonomy: by their topics, and by its words in their texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np

from app.directory.codes import OFFER_KINDS
from app.directory.interests import Taxonomy
from app.directory.offer_table import BoolColumn, OfferTable
from app.search.kind_words import CONCEPT_KINDS
from app.search.word_scores import FloatColumn, WordScores

EXACT_VALUE: Final = 0.75
NARROWER_VALUE: Final = 0.6
OTHER_KIND_FACTOR: Final = 0.85
"""A language course with childcare has the topic, too, but who looks for childcare wants a nursery."""
DIVIDED_FACTOR: Final = 0.9
"""What the topic of an offer with very many topics counts against its only one."""
SYNONYM_VALUE: Final = 0.7
PARENT_VALUE: Final = 0.35
SIBLING_VALUE: Final = 0.2
_MAX_PHRASES: Final = 8
_GERMAN: Final = "de"


@dataclass(frozen=True)
class ConceptScores:
    """Scores concepts on one state of the index and of the offer table. Shared between threads."""

    words: WordScores
    taxonomy: Taxonomy

    @property
    def table(self) -> OfferTable:
        """The offers that are scored."""
        return self.words.table

    def served(self, keys: Iterable[str]) -> dict[str, BoolColumn]:
        """Which offers serve each of these concepts, or a narrower one; unserved ones are left out."""
        columns = {
            key: self.table.topics.any_of((key, *self.taxonomy.descendants(key))) for key in keys
        }
        return {key: mask for key, mask in columns.items() if mask.any()}

    def by_topic(self, served: dict[str, BoolColumn]) -> FloatColumn:
        """How well the topics fit, the best concept counting."""
        column = np.zeros(len(self.table), dtype=np.float32)
        for key, mask in served.items():
            exact = self.table.topics.any_of([key])
            value = np.where(exact, np.float32(EXACT_VALUE), np.float32(NARROWER_VALUE))
            fits = np.where(self._has_usual_kind(key), 1, np.float32(OTHER_KIND_FACTOR))
            np.maximum(column, value * fits * self._focus * mask, out=column)
        return column

    def by_words(self, keys: Iterable[str]) -> FloatColumn:
        """How well the German label and synonyms of the concepts describe each offer."""
        column = np.zeros(len(self.table), dtype=np.float32)
        for key in keys:
            concept = self.taxonomy.get(key)
            np.maximum(column, self.words.phrase_of(self.taxonomy.label(key)), out=column)
            for synonym in islice(concept.synonyms.get(_GERMAN, ()), _MAX_PHRASES):
                found = self.words.phrase_of(synonym) * np.float32(SYNONYM_VALUE)
                np.maximum(column, found, out=column)
        return column

    def related(self, keys: Iterable[str]) -> FloatColumn:
        """Offers of the next wider concept, and of what else belongs to that one."""
        column = np.zeros(len(self.table), dtype=np.float32)
        for key in keys:
            above = self.taxonomy.ancestors(key)[:1]
            if above:
                kin = self.table.topics.any_of(self.taxonomy.children(above[0]))
                exact = self.table.topics.any_of(above)
                np.maximum(column, kin * np.float32(SIBLING_VALUE), out=column)
                np.maximum(column, exact * np.float32(PARENT_VALUE), out=column)
        return column

    def _has_usual_kind(self, key: str) -> BoolColumn:
        """Which offers are of a kind by which this concept is usually served."""
        for concept in (key, *self.taxonomy.ancestors(key)):
            if kinds := CONCEPT_KINDS.get(concept):
                return np.isin(self.table.kind, [OFFER_KINDS.index(kind) for kind in kinds])
        return np.ones(len(self.table), dtype=np.bool_)

    @cached_property
    def _focus(self) -> FloatColumn:
        topics = np.bitwise_count(self.table.topics.masks).sum(axis=1)
        share = 1 / np.maximum(topics, 1)
        return np.asarray(DIVIDED_FACTOR + (1 - DIVIDED_FACTOR) * share, dtype=np.float32)
