"""How well single words describe each offer: columns over the rows of the offer table, 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

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
from app.search.reading import IndexSnapshot

FloatColumn = npt.NDArray[np.float32]

PRESENCE: Final = 0.5
"""What a word gives for being found at all; the rest is for how well."""
ALL_PARTS_VALUE: Final = 0.85
MOST_PARTS_VALUE: Final = 0.5
PREFIX_VALUE: Final = 0.7
TOPIC_WEIGHT: Final = 0.9
TELLING_SHARE: Final = 0.5
"""So much of what is rare in a compound, or among the words of a question, an offer must have to be
nearly what was asked for."""
_MIN_PREFIX: Final = 3
_MAX_KEPT_VALUES: Final = 5_000_000
"""Columns of words are kept up to 20 MB."""


@dataclass(frozen=True, slots=True)
class WordScores:
    """Scores words on one state of the index and of the offer table. Shared between threads."""

    snapshot: IndexSnapshot
    table: OfferTable
    concept_terms: ConceptTerms
    rows: npt.NDArray[np.int64]
    """Row of each document; the number of offers stands for documents that are not in the table."""
    kept: dict[str, FloatColumn]

    @classmethod
    def build(
        cls, snapshot: IndexSnapshot, table: OfferTable, concept_terms: ConceptTerms
    ) -> WordScores:
        """Join the documents of ``snapshot`` with the rows of ``table``."""
        row_of = table.row_of
        rows = np.asarray(
            [row_of.get(offer_id, len(table)) for offer_id in snapshot.offer_ids], dtype=np.int64
        )
        return cls(snapshot, table, concept_terms, rows, {})

    def word(self, written: str) -> FloatColumn:
        """How well one word describes each offer, the best having 1."""
        column = self.kept.get(written)
        if column is None:
            if len(self.kept) * len(self.table) >= _MAX_KEPT_VALUES:
                self.kept.clear()
            column = self.kept[written] = self._build_word(written)
        return column

    def phrase(self, words: Iterable[str]) -> FloatColumn:
        """How well all of ``words`` describe each offer: as the worst of them."""
        columns = [self.word(word) for word in words if not is_stop_word(word)]
        return np.minimum.reduce(columns) if columns else self._nothing()

    def phrase_of(self, text: str) -> FloatColumn:
        """The same for the words of ``text``."""
        return self.phrase(words_of(text))

    def has(self, written: str) -> BoolColumn:
        """Where a word stands in just this form (or its inflexions)."""
        return np.asarray(self.term(terms_of(written).whole) > 0, dtype=np.bool_)

    def is_written(self, written: str) -> bool:
        """Whether a word, or each part of it, stands in the German texts of any offer."""
        terms = terms_of(written)
        return any(
            all(self.snapshot.scores(term).is_german for term in some)
            for some in ((terms.whole,), terms.parts)
            if some
        )

    def is_known(self, written: str) -> bool:
        """Whether a word is found, and not only by a chance part ("Sprach" in "Sprachkus")."""
        if not self.word(written).any():
            return False
        normal = normal_form(written)
        parts = split_compound(normal)
        return (
            bool(self.term(stem(normal)).any())
            or not parts
            or all(is_known_part(part) or self.snapshot.has_word(part) for part in parts)
        )

    def telling_parts(self, written: str) -> FloatColumn:
        """How well the parts of a compound describe each offer, rare ones counting more; or as `word`.

        0 where it has less than `TELLING_SHARE` of it.
        """
        parts = terms_of(written).parts
        if not parts:
            return self.word(written)
        columns = [_with_best_one(self.term(part)) for part in parts]
        share, score = weighted_share(columns), joined_scores(columns)
        return np.where(share >= TELLING_SHARE, score, np.float32(0)).astype(np.float32)

    def term(self, term: str) -> FloatColumn:
        """The score of one term on the index's scale: its texts, and the names of its topics."""
        found = self.snapshot.scores(term)
        size = len(self.table)
        column = np.bincount(self.rows[found.numbers], weights=found.scores, minlength=size + 1)
        return np.asarray(column[:size] + self._topics(term), dtype=np.float32)

    def _build_word(self, written: str) -> FloatColumn:
        terms = terms_of(written)
        column = self.term(terms.whole)
        if terms.parts:
            parts = np.stack([self.term(part) for part in terms.parts])
            number = np.count_nonzero(parts, axis=0)
            value = np.where(number == len(parts), np.float32(ALL_PARTS_VALUE), np.float32(0))
            if len(parts) > 2:
                value[(number == len(parts) - 1) & (parts[-1] > 0)] = MOST_PARTS_VALUE
            column = np.maximum(column, value * parts.mean(axis=0))
        if not column.any():
            column = self._beginning(normal_form(written))
        return _with_best_one(column)

    def _beginning(self, normal: str) -> FloatColumn:
        column = self._nothing()
        if len(normal) >= _MIN_PREFIX:
            for longer in self.snapshot.words_beginning(normal):
                np.maximum(column, self.term(stem(longer)), out=column)
        return column * np.float32(PREFIX_VALUE)

    def _topics(self, term: str) -> FloatColumn:
        """What a word in the names of an offer's concepts adds, on the scale of the index's scores."""
        column = self._nothing()
        for key, weight in self.concept_terms.find(term).items():
            np.maximum(column, self.table.topics.any_of([key]) * np.float32(weight), out=column)
        offers = np.count_nonzero(column)
        if offers:
            rarity = 1 + np.log(len(column) / (1 + offers))
            column *= np.float32(TOPIC_WEIGHT * rarity)
        return column

    def _nothing(self) -> FloatColumn:
        return np.zeros(len(self.table), dtype=np.float32)


def rarity_of(column: FloatColumn) -> float:
    """How much it says about an offer to have this: the fewer have it, the more."""
    return float(np.log1p(len(column) / (1 + np.count_nonzero(column))))


def joined_scores(columns: Iterable[FloatColumn]) -> FloatColumn:
    """The mean of ``columns``, rare ones counting more; being found at all counts `PRESENCE`."""
    listed = list(columns)
    weights = [rarity_of(column) for column in listed]
    parts = [
        np.float32(weight) * (PRESENCE * (column > 0) + (1 - PRESENCE) * column)
        for weight, column in zip(weights, listed, strict=True)
    ]
    return np.asarray(np.sum(parts, axis=0) / sum(weights), dtype=np.float32)


def _with_best_one(column: FloatColumn) -> FloatColumn:
    best = column.max(initial=0.0)
    return column / best if best > 0 else column


def weighted_share(columns: Iterable[FloatColumn]) -> FloatColumn:
    """The share of ``columns`` in which a row is above 0, weighted by their rarity.

    What no offer has at all does not count.
    """
    listed = [column for column in columns if column.any()]
    if not listed:
        return np.zeros(1, dtype=np.float32)
    weights = [rarity_of(column) for column in listed]
    total = np.sum([w * (c > 0) for w, c in zip(weights, listed, strict=True)], axis=0)
    return np.asarray(total / sum(weights), dtype=np.float32)
