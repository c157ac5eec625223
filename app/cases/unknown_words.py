"""The words that clients use and nobody understands yet, for the editor of the directory.

Words and counts only: which client used a word is told nobody. Nothing is committed here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import ClientInterest
from app.core.text import find_words, fold_phrase
from app.directory.interests import Taxonomy
from app.directory.taught_words import load_taught_words, teach_word, understand

MOST_WORDS: Final = 4
"""Longer ones are sentences, which may tell who somebody is."""
_TELLING: Final = re.compile(r"[\d@]")


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word, as most people write it, and how often it stands in cases."""

    word: str
    count: int


@dataclass(frozen=True, slots=True)
class WordList:
    """What the editor sees."""

    waiting: tuple[UnknownWord, ...]
    """The most frequent first."""
    hidden: int
    """How many words are not shown, because they may tell who somebody is."""


def may_be_shown(word: str) -> bool:
    """Whether an editor may read ``word``: at most four words, no digits, no @. Pure."""
    return 0 < len(find_words(word)) <= MOST_WORDS and not _TELLING.search(word)


def list_unknown_words(session: Session) -> WordList:
    """The words without a concept that no editor has looked at."""
    taught = load_taught_words(session)
    spellings: dict[str, Counter[str]] = {}
    rows = session.exec(select(ClientInterest.word).where(col(ClientInterest.concept).is_(None)))
    for word in rows.all():
        if (folded := fold_phrase(word)) not in taught:
            spellings.setdefault(folded, Counter())[" ".join(word.split())] += 1
    waiting, hidden = [], 0
    for counter in spellings.values():
        if all(map(may_be_shown, counter)):
            word = min(counter, key=lambda one: (-counter[one], one))
            waiting.append(UnknownWord(word, counter.total()))
        else:
            hidden += 1
    return WordList(tuple(sorted(waiting, key=lambda one: (-one.count, one.word))), hidden)


def count_unknown_words(session: Session) -> int:
    """How many words wait for an editor."""
    return len(list_unknown_words(session).waiting)


def decide_word(
    session: Session, actor: Actor, word: str, concept: str | None, taxonomy: Taxonomy
) -> int:
    """Teach what ``word`` means, and let the interests that use it mean it; tells how many.

    The cases themselves are neither opened nor told: nobody reads them for it. A word that means
    nothing (any more) is left to the taxonomy. Raises what `teach_word` raises.
    """
    folded = teach_word(session, actor, word, concept, taxonomy).folded
    taught = load_taught_words(session)
    rows = [
        row for row in session.exec(select(ClientInterest)).all() if fold_phrase(row.word) == folded
    ]
    used: dict[tuple[str, int], list[ClientInterest]] = {}
    for row in rows:
        used.setdefault((row.client_id, row.position), []).append(row)
    for (client_id, position), there in used.items():
        concepts = understand(there[0].word, taxonomy, taught) or (None,)
        if {row.concept for row in there} == set(concepts):
            continue
        for row in there:
            session.delete(row)
        for one in concepts:
            session.add(
                ClientInterest(client_id=client_id, word=there[0].word, concept=one, position=position)
            )
    session.flush()
    return len(used)
