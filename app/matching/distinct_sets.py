"""The different sets of words among the offers; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from app.directory.offer_table import BitSets, Float32Column

IndexColumn = npt.NDArray[np.intp]


@dataclass(frozen=True)
class DistinctSets:
    """The different sets of words among the offers, and which one each offer has."""

    vocabulary: tuple[str, ...]
    inverse: IndexColumn
    """Offer → number of its set."""
    words: IndexColumn
    """The words of all sets, one set after the other (positions in the vocabulary)."""
    nonempty: IndexColumn
    """The sets that have a word."""
    starts: IndexColumn
    """Where the words of each non-empty set begin."""
    count: int

    @classmethod
    def build(cls, sets: BitSets) -> DistinctSets:
        """Find the distinct rows of the masks."""
        masks = np.ascontiguousarray(sets.masks)
        as_bytes = masks.view(np.dtype((np.void, masks.shape[1] * 8))).ravel()
        distinct, first, inverse = np.unique(as_bytes, return_index=True, return_inverse=True)
        bits = np.unpackbits(masks[first].view(np.uint8), axis=1, bitorder="little")
        owners, words = np.nonzero(bits[:, : max(1, len(sets.vocabulary))])
        nonempty, starts = np.unique(owners, return_index=True)
        return cls(
            sets.vocabulary, inverse.astype(np.intp).ravel(), words, nonempty, starts, len(distinct)
        )

    @cached_property
    def _words(self) -> dict[int, tuple[str, ...]]:
        ends = [*self.starts.tolist()[1:], len(self.words)]
        spans = zip(self.nonempty.tolist(), self.starts.tolist(), ends, strict=False)
        return {
            number: tuple(self.vocabulary[word] for word in self.words[start:end].tolist())
            for number, start, end in spans
        }

    def words_of(self, row: int) -> tuple[str, ...]:
        """The words of one offer."""
        return self._words.get(int(self.inverse[row]), ())

    def best(self, value_of_word: Float32Column, empty: float) -> Float32Column:
        """For each offer the highest value among its words; ``empty`` where it has none."""
        per_set = np.full(self.count, empty, dtype=np.float32)
        if len(self.words):
            per_set[self.nonempty] = np.maximum.reduceat(value_of_word[self.words], self.starts)
        return per_set[self.inverse]
