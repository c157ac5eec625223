"""Help while typing: titles, providers, concepts and places that begin like what is typed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from rapidfuzz import fuzz, process

from app.core.text import fold_phrase
from app.search.types import SearchSuggestion

MIN_FUZZY_LETTERS: Final = 4
FUZZY_CUTOFF: Final = 75
MAX_PREFIX_CHARACTERS: Final = 80
_MAX_CANDIDATES: Final = 200
_KIND_ORDER: Final = {"concept": 0, "place": 1, "offer": 2, "provider": 3}


class SuggestionList:
    """Prepared strings of one directory revision. Immutable; safe to share between threads."""

    def __init__(self, entries: Iterable[SearchSuggestion]) -> None:
        """``entries``: what may be suggested; of the same kind and text only the first is kept."""
        unique: dict[tuple[str, str], SearchSuggestion] = {}
        for entry in entries:
            unique.setdefault((entry.kind, fold_phrase(entry.text)), entry)
        self._entries = tuple(unique.values())
        self._folded = [folded for _, folded in unique]
        beginnings = sorted(
            (" ".join(words[i:]), i > 0, position)
            for position, folded in enumerate(self._folded)
            for words in [folded.split()]
            for i in range(len(words))
        )
        self._beginnings = [text for text, _, _ in beginnings]
        self._targets = [(inside, position) for _, inside, position in beginnings]

    def suggest(self, prefix: str, limit: int) -> tuple[SearchSuggestion, ...]:
        """At most ``limit`` entries, those that begin like ``prefix`` first, each text once."""
        wanted = fold_phrase(prefix[:MAX_PREFIX_CHARACTERS])
        if not wanted or limit <= 0:
            return ()
        found = list(self._starting(wanted))
        if len(found) < limit and len(wanted) >= MIN_FUZZY_LETTERS:
            found.extend(self._similar(wanted, limit))
        texts: dict[str, SearchSuggestion] = {}
        for position in found:
            texts.setdefault(self._folded[position], self._entries[position])
            if len(texts) == limit:
                break
        return tuple(texts.values())

    def _starting(self, wanted: str) -> list[int]:
        """Positions of entries with a word that begins like ``wanted``, the best first."""
        start = bisect_left(self._beginnings, wanted)
        ranked: list[tuple[bool, int, int, int]] = []
        for at in range(start, min(start + _MAX_CANDIDATES, len(self._beginnings))):
            if not self._beginnings[at].startswith(wanted):
                break
            inside, position = self._targets[at]
            kind = _KIND_ORDER[self._entries[position].kind]
            ranked.append((inside, kind, len(self._folded[position]), position))
        return [position for *_, position in sorted(ranked)]

    def _similar(self, wanted: str, limit: int) -> Iterator[int]:
        """Positions of entries that resemble ``wanted`` in spite of typing errors."""
        near = process.extract(
            wanted,
            self._folded,
            scorer=fuzz.ratio,
            processor=None,
            score_cutoff=FUZZY_CUTOFF,
            limit=limit,
        )
        yield from (position for _, _, position in near)
