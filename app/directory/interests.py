"""The taxonomy of interests and topics: one concept, whatever the word or language.

"Fußball", "soccer" and "كرة القدم" lead to the concept ``football``. Pure: read from files once,
never written. The files and their checks are described in data/taxonomy/README.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.core.errors import NotFoundError
from app.core.text import find_words, fold_phrase, fold_umlauts
from app.directory.interest_files import (
    Concept,
    TaxonomyError,
    read_concepts,
    words_in,
    words_of,
)
from app.settings import SHIPPED_DATA

__all__ = [
    "Closeness",
    "Concept",
    "ConceptHit",
    "Suggestion",
    "Taxonomy",
    "TaxonomyError",
    "load_taxonomy",
]

Closeness = Literal["exact", "narrower", "broader", "sibling"]
FALLBACK_LANGUAGE = "de"
MIN_FUZZY_LETTERS = 6
"""Shorter words have too many neighbours to guess a typing error."""
MIN_LETTERS_FOR_OTHER_LETTER = 8
"""From here on a typing error may also be a wrong letter, before only one too few, one too many or
two that changed places: "fragen" is not "Frauen"."""
MIN_LETTERS_FOR_TWO_ERRORS = 10
MAX_CANDIDATES = 20
TEXT_LANGUAGES = ("de", "en")
"""What texts and queries are mostly written in."""
MIN_FOREIGN_LETTERS = 5
"""Shorter Latin words of other languages are no hit within a text, where they mostly are ordinary
German words: Albanian "not" (swimming), Kurdish "kar" (work)."""

COMPOUND_ENDINGS = (
    *("abend", "angebot", "angebote", "cafe", "club", "gruppe", "klub", "kreis", "kurs", "kurse"),
    *("mannschaft", "nachmittag", "runde", "stunde", "team", "training", "treff", "turnier"),
    *("unterricht", "verein", "vereine", "werkstatt", "workshop"),
)
"""What German adds to an interest without changing it: "Schachgruppe" is chess."""
MIN_STEM_LETTERS = 4


@dataclass(frozen=True, slots=True)
class ConceptHit:
    """A concept named in a text: ``text[start:end]`` is how it is written there."""

    key: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What typing help offers: the concept, its label, and the word that was begun."""

    key: str
    label: str
    word: str


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    """Folded, from the beginning of one of the phrase's words to its end."""
    key: str
    word: str
    language: str
    is_label: bool
    is_start: bool


class Taxonomy:
    """All concepts, and every way to find them. Immutable; safe to share between threads."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        """``concepts`` have existing parents and no cycles (see `read_concepts`)."""
        self.concepts: Mapping[str, Concept] = MappingProxyType({c.key: c for c in concepts})
        self._vocabulary: dict[str, tuple[str, ...]] = {}
        self._rough: dict[str, tuple[str, ...]] = {}
        self._text_words: set[str] = set()
        for language, word, key in self._all_words():
            _add(self._vocabulary, fold_phrase(word), key)
            _add(self._rough, fold_umlauts(fold_phrase(word)), key)
            if language in TEXT_LANGUAGES:
                self._text_words.add(fold_phrase(word))
        self._longest = max((len(phrase.split()) for phrase in self._vocabulary), default=0)
        self._children: dict[str, list[str]] = {}
        for concept in self.concepts.values():
            if concept.parent is not None:
                self._children.setdefault(concept.parent, []).append(concept.key)

    def __contains__(self, key: str) -> bool:
        """Whether ``key`` is a concept."""
        return key in self.concepts

    def get(self, key: str) -> Concept:
        """The concept; raises `NotFoundError`."""
        try:
            return self.concepts[key]
        except KeyError:
            raise NotFoundError(f"there is no concept “{key}”") from None

    def label(self, key: str, language: str = FALLBACK_LANGUAGE) -> str:
        """The word to show in ``language`` (BCP 47), else in German, else the key.

        A tag such as ``fa-AF`` falls back to its language. An unknown key is shown as it is: stored
        interests outlive a concept that an editor removed.
        """
        concept = self.concepts.get(key)
        if concept is None:
            return key
        for tag in (language, language.partition("-")[0], FALLBACK_LANGUAGE):
            if tag in concept.labels:
                return concept.labels[tag]
        return key

    def resolve(self, words: str, limit: int = 5) -> tuple[str, ...]:
        """The concepts that free ``words`` in any language mean, best first; ``()`` when none fits.

        The whole phrase counts first, then the same with umlauts spelt otherwise, then a German
        compound ("Gitarrengruppe"), then a typing error (see `_is_slip`; never when two concepts are
        equally near), then the concepts named within the phrase ("ich möchte Fußball spielen").
        """
        phrase = fold_phrase(words)
        if not phrase:
            return ()
        keys = (
            self._vocabulary.get(phrase)
            or self._rough.get(fold_umlauts(phrase))
            or self._without_ending(phrase)
            or self._correct(phrase)
            or tuple(dict.fromkeys(hit.key for hit in self.find_in_text(words)))
        )
        return keys[:limit]

    def find_without_ending(self, word: str) -> tuple[str, ...]:
        """The concepts of a German compound without what changes nothing ("Gartenverein": garden)."""
        return self._without_ending(fold_phrase(word))

    def find_in_text(self, text: str) -> tuple[ConceptHit, ...]:
        """The concepts named in ``text``, in order; longer names win, hits do not overlap.

        A word with several meanings gives one hit for each. No typing errors are forgiven here, and
        short words that are neither German nor English count only when they are the whole text.
        """
        words = find_words(text)
        hits: list[ConceptHit] = []
        position = 0
        while position < len(words):
            for length in range(min(self._longest, len(words) - position), 0, -1):
                span = words[position : position + length]
                phrase = " ".join(word.folded for word in span)
                keys = self._vocabulary.get(phrase, ())
                if length < len(words) and self._is_uncertain(phrase):
                    keys = ()
                if keys:
                    start, end = span[0].start, span[-1].end
                    hits.extend(ConceptHit(key, start, end, text[start:end]) for key in keys)
                    position += length
                    break
            else:
                position += 1
        return tuple(hits)

    def words(self, key: str) -> tuple[str, ...]:
        """Label and synonyms in all languages: what a search for the concept may also look for."""
        return tuple(dict.fromkeys(word for _, word in words_of(self.get(key))))

    def ancestors(self, key: str) -> tuple[str, ...]:
        """The concepts above, nearest first."""
        found: list[str] = []
        parent = self.get(key).parent
        while parent is not None:
            found.append(parent)
            parent = self.concepts[parent].parent
        return tuple(found)

    def children(self, key: str) -> tuple[str, ...]:
        """The concepts directly below."""
        return tuple(self._children.get(key, ()))

    def descendants(self, key: str) -> tuple[str, ...]:
        """All concepts below, nearest first."""
        found = list(self.children(key))
        for child in found:  # grows while we walk: breadth first
            found.extend(self.children(child))
        return tuple(found)

    def closeness(self, wanted: str, offered: str) -> Closeness | None:
        """How near ``offered`` comes to what is ``wanted``; `None`: not related or not known.

        ``narrower``: the offered is a kind of the wanted (wanted sport, offered football);
        ``broader``: the other way round; ``sibling``: they share their parent.
        """
        if wanted not in self.concepts or offered not in self.concepts:
            return None
        if wanted == offered:
            return "exact"
        if wanted in self.ancestors(offered):
            return "narrower"
        if offered in self.ancestors(wanted):
            return "broader"
        parent = self.concepts[wanted].parent
        return "sibling" if parent is not None and parent == self.concepts[offered].parent else None

    def suggest(
        self, prefix: str, limit: int = 8, language: str = FALLBACK_LANGUAGE
    ) -> tuple[Suggestion, ...]:
        """Typing help: the concepts with a word that begins like ``prefix``, each once.

        Words of ``language`` come first, beginnings of a phrase before words inside it, labels before
        synonyms, short before long. Where nothing begins like it, typing errors are forgiven.
        """
        wanted = fold_phrase(prefix)
        if not wanted:
            return ()
        found: dict[str, _Entry] = {}
        for entry in sorted(self._beginning(wanted), key=lambda e: _rank(e, language)):
            found.setdefault(entry.key, entry)
            if len(found) == limit:
                break
        if not found:
            return tuple(
                Suggestion(k, self.label(k, language), prefix) for k in self.resolve(prefix, limit)
            )
        return tuple(Suggestion(e.key, self.label(e.key, language), e.word) for e in found.values())

    @cached_property
    def _entries(self) -> tuple[tuple[str, ...], tuple[_Entry, ...]]:
        entries = sorted(
            (
                _Entry(" ".join(parts[i:]), concept.key, word, language, position == 0, i == 0)
                for concept in self.concepts.values()
                for language in concept.labels.keys() | concept.synonyms.keys()
                for position, word in enumerate(words_in(concept, language))
                for parts in [fold_phrase(word).split()]
                for i in range(len(parts))
            ),
            key=lambda entry: entry.text,
        )
        return tuple(entry.text for entry in entries), tuple(entries)

    def _beginning(self, prefix: str) -> Iterator[_Entry]:
        texts, entries = self._entries
        for position in range(bisect_left(texts, prefix), len(texts)):
            if not texts[position].startswith(prefix):
                return
            yield entries[position]

    def _all_words(self) -> list[tuple[str, str, str]]:
        """Language, word and key; German first, so that it also comes first where words are equal."""
        order = {language: position for position, language in enumerate(TEXT_LANGUAGES)}
        words = [(lang, word, c.key) for c in self.concepts.values() for lang, word in words_of(c)]
        return sorted(words, key=lambda entry: order.get(entry[0], len(order)))

    def _is_uncertain(self, phrase: str) -> bool:
        return len(phrase) < MIN_FOREIGN_LETTERS and phrase.isascii() and phrase not in self._text_words

    @cached_property
    def _phrases(self) -> tuple[str, ...]:
        return tuple(phrase for phrase in self._vocabulary if len(phrase) >= MIN_FUZZY_LETTERS - 1)

    def _without_ending(self, phrase: str) -> tuple[str, ...]:
        """The concepts of a compound's first part, its joining letter ("Gitarre-n-kurs") apart."""
        for ending in COMPOUND_ENDINGS:
            stem = phrase.removesuffix(ending).rstrip()
            if stem == phrase or len(stem) < MIN_STEM_LETTERS:
                continue
            for candidate in (stem, stem[:-1] if stem[-1] in "sn" else stem):
                if candidate in self._text_words:
                    return self._vocabulary[candidate]
        return ()

    def _correct(self, phrase: str) -> tuple[str, ...]:
        """The one concept within the allowed number of typing errors, or nothing."""
        if len(phrase) < MIN_FUZZY_LETTERS:
            return ()
        candidates = process.extract(
            phrase,
            self._phrases,
            scorer=OSA.distance,
            processor=None,
            score_cutoff=1 if len(phrase) < MIN_LETTERS_FOR_TWO_ERRORS else 2,
            limit=MAX_CANDIDATES,
        )
        near = [found for found in candidates if _is_slip(phrase, found[0])]
        if not near:
            return ()
        best = near[0][1]
        meanings = {self._vocabulary[word] for word, distance, _ in near if distance == best}
        return meanings.pop() if len(meanings) == 1 else ()


@cache
def load_taxonomy(folder: Path = SHIPPED_DATA / "taxonomy") -> Taxonomy:
    """The taxonomy in ``folder``, read once per process; raises `TaxonomyError`."""
    return Taxonomy(read_concepts(folder))


def _is_slip(typed: str, meant: str) -> bool:
    """Whether ``typed``, one or two letters from ``meant``, is a slip and not another word.

    People hit the first letter; in short words only a letter too few, too many or two that changed
    places are a slip.
    """
    if typed[0] != meant[0]:
        return False
    return (
        len(typed) >= MIN_LETTERS_FOR_OTHER_LETTER
        or len(typed) != len(meant)
        or sorted(typed) == sorted(meant)
    )


def _add(vocabulary: dict[str, tuple[str, ...]], phrase: str, key: str) -> None:
    keys = vocabulary.get(phrase, ())
    if phrase and key not in keys:
        vocabulary[phrase] = (*keys, key)


def _rank(entry: _Entry, language: str) -> tuple[int, bool, bool, int, str]:
    languages = (language, FALLBACK_LANGUAGE, "en")
    order = languages.index(entry.language) if entry.language in languages else len(languages)
    return (order, not entry.is_start, not entry.is_label, len(entry.text), entry.key)
