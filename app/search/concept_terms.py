"""The words of the taxonomy as terms: which concepts a single word belongs to, in any language.

They stand beside the index, not in it: an offer names its concepts, and what those are called in
fourteen languages is the same for every offer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from app.directory.interests import Concept, Taxonomy
from app.search.analysis import weighted_terms, words_of

_SPELT_LANGUAGES: Final = frozenset({"de", "en", "ar", "fa", "ps", "ti", "uk", "ru"})
"""Typing errors are corrected to words of these languages. Of those in Latin letters only German and
English: a German word with an error is too often right in some other one."""


class ConceptTerms:
    """Looks terms up in a taxonomy. Immutable; safe to share between threads."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy

    def find(self, term: str) -> dict[str, float]:
        """Concepts with ``term`` in a label or synonym; 1 for a whole word, less for a part of one."""
        return self._concepts_of.get(term, {})

    def spelt_words(self, keys: Iterable[str]) -> Iterator[str]:
        """The words of these concepts to which typing errors may be corrected, as written."""
        for key in keys:
            if key in self._taxonomy:
                for language, phrase in _phrases_of(self._taxonomy.get(key)):
                    if language in _SPELT_LANGUAGES:
                        yield from words_of(phrase)

    @cached_property
    def _concepts_of(self) -> dict[str, dict[str, float]]:
        concepts_of: dict[str, dict[str, float]] = {}
        for key, concept in self._taxonomy.concepts.items():
            for _, phrase in _phrases_of(concept):
                for term, weight in weighted_terms(phrase).items():
                    concepts = concepts_of.setdefault(term, {})
                    concepts[key] = max(concepts.get(key, 0.0), min(1.0, weight))
        return concepts_of


def _phrases_of(concept: Concept) -> Iterator[tuple[str, str]]:
    """Language and label or synonym, one after the other."""
    yield from concept.labels.items()
    for language, synonyms in concept.synonyms.items():
        yield from ((language, synonym) for synonym in synonyms)
