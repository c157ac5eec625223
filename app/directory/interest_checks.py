"""What is wrong with the files of the interest taxonomy, for those who edit them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from app.core.text import fold_phrase
from app.directory.interest_files import (
    Concept,
    IntendedAmbiguity,
    TaxonomyError,
    read_concepts,
    read_intended_ambiguities,
    words_of,
)
from app.settings import SHIPPED_DATA

REQUIRED_LANGUAGES = ("de", "en")


def find_problems(folder: Path = SHIPPED_DATA / "taxonomy") -> tuple[str, ...]:
    """What an editor should mend, one sentence each; `()` when all is well.

    Duplicate keys, unknown parents and cycles make the taxonomy unusable and come as the only
    problem. Otherwise: missing German or English labels, and words that lead to two concepts of one
    language without standing in ``ambiguous.csv``.
    """
    try:
        concepts = read_concepts(folder)
        intended = read_intended_ambiguities(folder)
    except TaxonomyError as error:
        return (str(error),)
    missing = (
        f"{concept.key}: the {language} label is missing"
        for concept in concepts
        for language in REQUIRED_LANGUAGES
        if language not in concept.labels
    )
    return (*missing, *_ambiguities(concepts, intended))


def _ambiguities(
    concepts: tuple[Concept, ...], intended: tuple[IntendedAmbiguity, ...]
) -> Iterator[str]:
    meanings: dict[tuple[str, str], list[str]] = {}
    for concept in concepts:
        for language, word in words_of(concept):
            meanings.setdefault((language, fold_phrase(word)), []).append(concept.key)
    allowed = {(a.language, fold_phrase(a.word)): a.keys for a in intended}
    for (language, phrase), keys in meanings.items():
        counts = Counter(keys)
        if len(counts) > 1 and not counts.keys() <= allowed.get((language, phrase), frozenset()):
            yield f"{language}: “{phrase}” leads to {', '.join(sorted(counts))}"
    for language, phrase in allowed:
        if len(set(meanings.get((language, phrase), ()))) < 2:
            yield f"{language}: “{phrase}” stands in ambiguous.csv and is not ambiguous"
