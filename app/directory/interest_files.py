"""Reads the interest taxonomy from the files that its editor maintains.

``concepts.csv`` holds one concept a line (key, parent, OpenStreetMap key, sensitive); ``words/xx.csv``
the words of language xx (key, label or synonym, word, source, checked). See data/taxonomy/README.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import LotsenbuchError

CONCEPT_COLUMNS = ("key", "parent", "osm", "sensitive")
WORD_COLUMNS = ("key", "kind", "word", "source", "checked")
AMBIGUOUS_COLUMNS = ("language", "word", "keys")
SOURCES = frozenset({"own", "osm", "cldr"})
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class TaxonomyError(LotsenbuchError):
    """A file of the taxonomy cannot be used; the message names the file and the line."""


@dataclass(frozen=True)
class Concept:
    """One interest or topic."""

    key: str
    parent: str | None
    labels: Mapping[str, str]
    """Language → the word to show."""
    synonyms: Mapping[str, tuple[str, ...]]
    """Language → other words that people use."""
    unchecked: frozenset[str]
    """Languages with a word that nobody who speaks them has looked at."""
    osm: str | None
    """``key=value`` of OpenStreetMap."""
    is_sensitive: bool
    """Interest in it is to be treated like a health note."""


@dataclass(frozen=True)
class IntendedAmbiguity:
    """A word that rightly leads to several concepts."""

    language: str
    word: str
    keys: frozenset[str]


@dataclass
class _Draft:
    parent: str | None
    osm: str | None
    is_sensitive: bool
    line: int
    labels: dict[str, str]
    synonyms: dict[str, tuple[str, ...]]
    unchecked: set[str]


def read_concepts(folder: Path) -> tuple[Concept, ...]:
    """All concepts below ``folder``, parents before children; raises `TaxonomyError`."""
    path = folder / "concepts.csv"
    drafts: dict[str, _Draft] = {}
    for line, row in _rows(path, CONCEPT_COLUMNS):
        key = row["key"]
        if not _KEY.fullmatch(key):
            raise _error(path, line, f"“{key}” is no key (lower-case letters, digits, underscores)")
        if key in drafts:
            raise _error(path, line, f"the key “{key}” stands here for the second time")
        drafts[key] = _Draft(
            row["parent"] or None,
            row["osm"] or None,
            _yes_or_no(path, line, row["sensitive"]),
            line,
            {},
            {},
            set(),
        )
    _check_parents(path, drafts)
    for words in sorted((folder / "words").glob("*.csv")):
        _read_words(words, drafts)
    return tuple(
        _concept(key, drafts[key]) for key in sorted(drafts, key=lambda k: (_depth(k, drafts), k))
    )


def read_intended_ambiguities(folder: Path) -> tuple[IntendedAmbiguity, ...]:
    """The words of ``ambiguous.csv``, none where the file is missing; raises `TaxonomyError`."""
    path = folder / "ambiguous.csv"
    if not path.exists():
        return ()
    return tuple(
        IntendedAmbiguity(row["language"], row["word"], frozenset(row["keys"].split()))
        for _, row in _rows(path, AMBIGUOUS_COLUMNS)
    )


def words_in(concept: Concept, language: str) -> tuple[str, ...]:
    """Label and synonyms of one language, the label first."""
    label = concept.labels.get(language)
    return (() if label is None else (label,)) + concept.synonyms.get(language, ())


def words_of(concept: Concept) -> Iterator[tuple[str, str]]:
    """Language and word, for every word of every language."""
    for language in sorted(concept.labels.keys() | concept.synonyms.keys()):
        for word in words_in(concept, language):
            yield language, word


def _read_words(path: Path, drafts: dict[str, _Draft]) -> None:
    language = path.stem
    for line, row in _rows(path, WORD_COLUMNS):
        draft = drafts.get(row["key"])
        if draft is None:
            raise _error(path, line, f"there is no concept “{row['key']}”")
        if not row["word"]:
            raise _error(path, line, "the word is missing")
        if row["source"] not in SOURCES:
            raise _error(path, line, f"“{row['source']}” is none of the sources {sorted(SOURCES)}")
        if not _yes_or_no(path, line, row["checked"]):
            draft.unchecked.add(language)
        match row["kind"]:
            case "label":
                if language in draft.labels:
                    raise _error(path, line, f"“{row['key']}” has a second label")
                draft.labels[language] = row["word"]
            case "synonym":
                draft.synonyms[language] = (*draft.synonyms.get(language, ()), row["word"])
            case other:
                raise _error(path, line, f"“{other}” is neither label nor synonym")


def _check_parents(path: Path, drafts: dict[str, _Draft]) -> None:
    for key, draft in drafts.items():
        seen = {key}
        parent = draft.parent
        while parent is not None:
            if parent not in drafts:
                raise _error(path, draft.line, f"the parent “{parent}” of “{key}” does not exist")
            if parent in seen:
                raise _error(path, draft.line, f"“{key}” is its own ancestor")
            seen.add(parent)
            parent = drafts[parent].parent


def _depth(key: str, drafts: dict[str, _Draft]) -> int:
    parent = drafts[key].parent
    return 0 if parent is None else 1 + _depth(parent, drafts)


def _concept(key: str, draft: _Draft) -> Concept:
    return Concept(
        key,
        draft.parent,
        draft.labels,
        draft.synonyms,
        frozenset(draft.unchecked),
        draft.osm,
        draft.is_sensitive,
    )


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if tuple(header) != columns:
                raise _error(path, 1, f"the columns must be {','.join(columns)}")
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(columns):
                    raise _error(path, reader.line_num, f"{len(cells)} cells instead of {len(columns)}")
                yield reader.line_num, {c: v.strip() for c, v in zip(columns, cells, strict=True)}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TaxonomyError(f"{path}: cannot be read ({error})") from error


def _yes_or_no(path: Path, line: int, text: str) -> bool:
    if text not in {"yes", "no"}:
        raise _error(path, line, f"“{text}” is neither yes nor no")
    return text == "yes"


def _error(path: Path, line: int, reason: str) -> TaxonomyError:
    return TaxonomyError(f"{path}, line {line}: {reason}")
