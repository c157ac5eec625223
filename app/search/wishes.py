"""What a text asks for besides its words (a language, a day, a level …): wishes, not conditions.

Offers that fulfil all of them come first. When these are few, some follow that lack one: a client who
speaks Dari is better off with an asylum counsellor and an interpreter than with nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.directory.codes import LEVELS
from app.directory.offer_table import BoolColumn, OfferTable
from app.search.filters import Filter, build_filters
from app.search.ranking import FEW, TextRanker
from app.search.types import SearchQuery, UnderstoodPart
from app.search.word_scores import FloatColumn

UNKNOWN_FACTOR: Final = 0.8
"""What the score counts of an offer that does not say whether it fulfils a wish."""
MISSING_FACTOR: Final = 0.7
WEAK_SHARE: Final = 0.6
"""With less than this share of the best score, an offer only mentions the words: it does not come
before a better one because it happens to fulfil a wish."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One kind of wish; several parts of a kind ("Montag oder Dienstag") are one."""

    parts: tuple[UnderstoodPart, ...]
    filter: Filter


def wishes_as_query(parts: Sequence[UnderstoodPart]) -> SearchQuery:
    """The filters that ``parts`` of a text would be if they had been chosen."""

    def values(kind: str) -> tuple[str, ...]:
        return tuple(part.value for part in parts if part.kind == kind)

    return SearchQuery(
        levels=values("level"),
        languages=values("language"),
        weekdays=tuple(int(day) for day in values("weekday")),
        childcare=bool(values("childcare")),
        free_seats_only=bool(values("free_seats")),
        step_free=bool(values("step_free")),
        women_only=bool(values("women_only")),
    )


def build_wishes(
    parts: Sequence[UnderstoodPart], table: OfferTable, ranker: TextRanker | None
) -> dict[str, Wish]:
    """The wishes by the name of the facet that they belong to; a place is none."""
    query = wishes_as_query(parts)
    filters = build_filters(query, table, None)
    admit_levels_in_titles(filters, query, table, ranker)
    return {
        name: Wish(tuple(part for part in parts if part.kind == name), one)
        for name, one in filters.items()
    }


def admit_levels_in_titles(
    filters: dict[str, Filter], query: SearchQuery, table: OfferTable, ranker: TextRanker | None
) -> None:
    """A course whose levels nobody entered counts when its own text names the level."""
    level = filters.get("level")
    if level is None or level.is_unknown is None or ranker is None:
        return
    named = np.zeros(len(table), dtype=np.bool_)
    for code in query.levels:
        if code in LEVELS[1:]:
            named |= ranker.words.has(code)
    admitted = level.is_unknown & named
    filters["level"] = Filter(level.holds | admitted, level.is_unknown & ~admitted)


def grant(
    scores: FloatColumn, found: BoolColumn, complete: BoolColumn, wishes: Sequence[Wish]
) -> tuple[FloatColumn, BoolColumn, BoolColumn]:
    """Scores, what is found and what is complete, now that all of ``wishes`` have been looked at."""
    if not wishes:
        return scores, found, complete
    factor = np.ones(len(scores), dtype=np.float32)
    for wish in wishes:
        factor *= np.where(wish.filter.holds, np.float32(1), np.float32(MISSING_FACTOR))
        if wish.filter.is_unknown is not None:
            unclear = wish.filter.is_unknown & ~wish.filter.holds
            factor *= np.where(unclear, np.float32(UNKNOWN_FACTOR / MISSING_FACTOR), np.float32(1))
    wished = np.logical_and.reduce([wish.filter.holds for wish in wishes])
    is_meant = scores >= WEAK_SHARE * scores[complete].max(initial=0.0)
    granted = complete & wished & is_meant
    scores = scores * factor
    left = FEW - int(np.count_nonzero(granted))
    others = np.flatnonzero(found & ~granted)
    best = others[np.argsort(-scores[others], kind="stable")[: max(0, left)]]
    taken = granted.copy()
    taken[best] = True
    return scores, taken, granted
