"""One question answered: understood, ranked, filtered, counted, ordered, cut to a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from app.directory.interests import Taxonomy
from app.directory.offer_table import BoolColumn
from app.search.filters import build_filters, combine, count_facets, count_unknown
from app.search.hits import Found, build_hit
from app.search.ordering import CLOSE_TO_BEST, Sortable, in_order
from app.search.ranking import TextRanker, Unit, build_units
from app.search.table_view import TableView
from app.search.types import (
    Correction,
    NearPoint,
    SearchAnswer,
    SearchQuery,
    Sort,
    UnderstoodPart,
)
from app.search.understanding import QueryWord, Understanding, take_literally, understand
from app.search.wishes import Wish, admit_levels_in_titles, build_wishes, grant
from app.search.word_scores import FloatColumn

OTHERS_BESIDE_NAMED: Final = 0.99
"""When the text is an offer's whole name, that offer comes first whatever the words say."""
STALE_FACTOR: Final = 0.95
"""What the score of an offer counts that nobody has confirmed for long."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A query with what its text was taken for."""

    query: SearchQuery
    """As it came: what was chosen, not understood."""
    understanding: Understanding
    units: tuple[Unit, ...]
    near: NearPoint | None
    sort: Sort
    correction: Correction | None = None


def answer_question(
    query: SearchQuery, view: TableView, ranker: TextRanker | None, taxonomy: Taxonomy
) -> SearchAnswer:
    """Answer ``query``; without a ``ranker`` from titles and providers alone (degraded).

    Raises `IndexUnusableError` when the ranker's index turns out to be damaged.
    """
    question = _read(query, view, taxonomy)
    if ranker is not None:
        question = _corrected(question, query, view, ranker, taxonomy)
    near = question.near
    distances = None if near is None else view.distances_km(near.latitude, near.longitude)
    wishes = build_wishes(question.understanding.parts, view.table, ranker)
    words = _find(question, view, ranker)
    found = _grant(question, words, wishes)
    filters = build_filters(query, view.table, distances)
    admit_levels_in_titles(filters, query, view.table, ranker)
    mask = combine(filters, found.mask)
    rows = _in_order(question, np.flatnonzero(mask), found, distances, view)
    page = rows[query.offset : query.offset + query.limit]
    asked = filters | {name: wish.filter for name, wish in wishes.items()}
    return SearchAnswer(
        hits=tuple(build_hit(int(row), found, wishes, near, view) for row in page),
        total=len(rows),
        complete_total=int(np.count_nonzero(mask & found.complete)),
        facets=count_facets(view.table, filters, found.mask, distances),
        understood=question.understanding.parts,
        near=near,
        sort=question.sort,
        revision=view.table.revision,
        correction=question.correction,
        unknown=count_unknown(asked, words.complete),
        ungranted=_ungranted(wishes, words, mask),
        degraded=ranker is None,
    )


def understand_text(text: str, view: TableView) -> Understanding:
    """What ``text`` means, unless it is the name of an offer or a provider."""
    if view.is_named(text).any():
        return take_literally(text)
    return understand(text, view.gazetteer.find_in_words)


def _read(query: SearchQuery, view: TableView, taxonomy: Taxonomy) -> _Question:
    meant = understand_text(query.text, view)
    near = query.near or meant.place
    sort = query.sort
    if sort == "fit" and query.near is None and meant.place is not None:
        sort = "distance"
    if sort == "distance" and near is None:
        sort = "fit"
    return _Question(query, meant, build_units(meant, taxonomy), near, sort)


def _corrected(
    question: _Question,
    query: SearchQuery,
    view: TableView,
    ranker: TextRanker,
    taxonomy: Taxonomy,
) -> _Question:
    """The question with words that exist nowhere put right, when there are such."""
    misspelt = ranker.find_misspelt(question.units)
    if not misspelt:
        return question
    text = _replaced(question.understanding.text, misspelt)
    correction = Correction(text, tuple((word.written, meant) for word, meant in misspelt))
    return replace(_read(replace(query, text=text), view, taxonomy), correction=correction)


def _replaced(text: str, misspelt: tuple[tuple[QueryWord, str], ...]) -> str:
    for word, meant in sorted(misspelt, key=lambda pair: -pair[0].start):
        text = text[: word.start] + meant + text[word.end :]
    return text


def _find(question: _Question, view: TableView, ranker: TextRanker | None) -> Found:
    size = len(view.table)
    nothing_matched = np.zeros(size, dtype=np.int64)
    stale = view.is_stale(question.query.today)
    factor: FloatColumn = np.where(stale, np.float32(STALE_FACTOR), np.float32(1))
    if not question.units:
        # Only what was understood, or nothing at all: everything. Only signs or "und die": nothing.
        is_asked = bool(question.query.text.strip()) and not question.understanding.parts
        mask = np.full(size, not is_asked)
        return Found(factor * mask, mask, mask, nothing_matched, stale)
    if ranker is None:
        mask = view.contains(tuple(word.written for word in question.understanding.words))
        return Found(factor * mask, mask, mask, nothing_matched, stale)
    ranking = ranker.rank(question.units)
    matched = np.sum([column > 0 for column in ranking.columns], axis=0)
    scores = ranking.scores * factor
    named = view.is_named(question.understanding.text)
    if not named.any():
        return Found(scores, ranking.found, ranking.complete, matched, stale, ranking)
    scores = np.where(named, np.float32(1), scores * np.float32(OTHERS_BESIDE_NAMED))
    complete = ranking.complete | named
    return Found(scores, ranking.found | named, complete, matched + named, stale, ranking)


def _grant(question: _Question, found: Found, wishes: Mapping[str, Wish]) -> Found:
    """``found`` with those first that fulfil the wishes, and the others only when these are few.

    Where nothing but wishes was typed, there is nothing else to go by: they are conditions.
    """
    listed = tuple(wishes.values())
    if not question.units:
        wished = np.logical_and.reduce([found.mask, *(wish.filter.holds for wish in listed)])
        return replace(found, mask=wished, complete=wished)
    scores, mask, complete = grant(found.scores, found.mask, found.complete, listed)
    return replace(found, scores=scores, mask=mask, complete=complete)


def _ungranted(
    wishes: Mapping[str, Wish], words: Found, mask: BoolColumn
) -> tuple[UnderstoodPart, ...]:
    """The wishes that no offer fulfils among those found that are more than a mention."""
    best = words.scores[mask].max(initial=0.0)
    meant = mask & (words.scores >= CLOSE_TO_BEST * best)
    return tuple(
        part for wish in wishes.values() if not (meant & wish.filter.holds).any() for part in wish.parts
    )


def _in_order(
    question: _Question,
    rows: npt.NDArray[np.intp],
    found: Found,
    distances: npt.NDArray[np.float64] | None,
    view: TableView,
) -> npt.NDArray[np.intp]:
    near, today = question.near, question.query.today
    is_by_date = question.sort == "start" and today is not None
    return in_order(
        question.sort,
        rows,
        Sortable(
            found.scores,
            found.complete,
            found.matched,
            view.title_rank,
            distances,
            view.is_in_place(near) if near is not None and question.sort == "distance" else None,
            view.next_dates(today) if is_by_date and today is not None else None,
        ),
    )
