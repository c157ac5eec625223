"""What is shown of an offer that was found, and why it was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.directory.codes import OFFER_KINDS
from app.directory.distance import shown_distance_km
from app.directory.offer_table import BoolColumn
from app.search.analysis import is_stop_word, terms_of, words_of
from app.search.ranking import Ranking, Unit
from app.search.table_view import TableView
from app.search.types import MatchReason, NearPoint, SearchHit, UnderstoodPart
from app.search.wishes import Wish
from app.search.word_scores import FloatColumn


@dataclass(frozen=True, slots=True)
class Found:
    """The offers a question's words find, as columns over the rows of the offer table."""

    scores: FloatColumn
    mask: BoolColumn
    complete: BoolColumn
    """Which of them have all words; the others are nearly what was asked for."""
    matched: npt.NDArray[np.int64]
    """How many units each offer has."""
    stale: BoolColumn
    ranking: Ranking | None = None


def build_hit(
    row: int, found: Found, wishes: Mapping[str, Wish], near: NearPoint | None, view: TableView
) -> SearchHit:
    """What is shown of the offer in ``row``."""
    table = view.table
    reasons = tuple(_reasons(row, found.ranking, view))
    distance, is_estimate = _shown_distance(row, near, view)
    return SearchHit(
        row=row,
        offer_id=table.ids[row],
        external_id=table.external_ids[row],
        title=table.titles[row],
        provider=table.provider_names[row],
        kind=OFFER_KINDS[table.kind[row]],
        score=min(1.0, max(0.0, round(float(found.scores[row]), 4))),
        is_stale=bool(found.stale[row]),
        is_complete=bool(found.complete[row]),
        distance_km=distance,
        distance_is_estimate=is_estimate,
        matched_words=tuple(dict.fromkeys(reason.words for reason in reasons)),
        matched_concepts=tuple(dict.fromkeys(r.concept for r in reasons if r.concept)),
        reasons=reasons,
        granted=_parts_where(wishes, row, is_granted=True),
        missing=_parts_where(wishes, row, is_granted=False, is_unclear=False),
        unclear=_parts_where(wishes, row, is_granted=False, is_unclear=True),
    )


def _parts_where(
    wishes: Mapping[str, Wish], row: int, *, is_granted: bool, is_unclear: bool | None = None
) -> tuple[UnderstoodPart, ...]:
    parts: list[UnderstoodPart] = []
    for wish in wishes.values():
        unknown = wish.filter.is_unknown
        if bool(wish.filter.holds[row]) is is_granted and (
            is_unclear is None or is_unclear is (unknown is not None and bool(unknown[row]))
        ):
            parts.extend(wish.parts)
    return tuple(parts)


def _reasons(row: int, ranking: Ranking | None, view: TableView) -> Iterator[MatchReason]:
    if ranking is None:
        return
    title = _terms_in(view.table.titles[row])
    provider = _terms_in(view.table.provider_names[row])
    for unit, column, served in zip(
        ranking.units, ranking.columns, ranking.concept_columns, strict=True
    ):
        if not column[row] > 0:
            continue
        concepts = [key for key, mask in served.items() if mask[row]]
        terms = _terms_of(unit)
        if terms <= title:
            yield MatchReason("title", unit.written, None)
        elif not concepts:
            yield MatchReason("provider" if terms <= provider else "text", unit.written, None)
        for concept in concepts:
            yield MatchReason("topic", unit.written, concept)


def _terms_of(unit: Unit) -> set[str]:
    """The parts of a compound stand for it: "Deutschkurs" is in "Kurs: Deutsch am Abend"."""
    terms: set[str] = set()
    for word in unit.words:
        found = terms_of(word.written)
        terms.update(found.parts or (found.whole,))
    return terms


@lru_cache(maxsize=10_000)
def _terms_in(text: str) -> frozenset[str]:
    terms = [terms_of(word) for word in words_of(text) if not is_stop_word(word)]
    return frozenset(part for found in terms for part in (found.whole, *found.parts))


def _shown_distance(row: int, near: NearPoint | None, view: TableView) -> tuple[float | None, bool]:
    if near is None:
        return None, False
    place = view.nearest_place(row, near.latitude, near.longitude)
    if place is None:
        return None, False
    table = view.table
    position = (float(table.place_latitude[place]), float(table.place_longitude[place]))
    distance = shown_distance_km((near.latitude, near.longitude), position)
    return round(distance, 2), not (near.is_precise and bool(table.place_precise[place]))
