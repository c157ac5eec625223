"""One question answered: understood, ranked, filtered, counted, ordered, cut to a page."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.directory.codes import LEVELS, OFFER_KINDS
from app.directory.distance import shown_distance_km
from app.directory.interests import Taxonomy
from app.directory.offer_table import UNKNOWN, BoolColumn, OfferTable
from app.search.filters import Filter, build_filters, combine, count_facets, count_unknown
from app.search.ranking import FloatColumn, Ranking, TextRanker, Unit, build_units
from app.search.table_view import TableView
from app.search.types import Correction, NearPoint, SearchAnswer, SearchHit, SearchQuery, Sort
from app.search.understanding import QueryWord, Understanding, take_literally, understand

NEARNESS_SHARE = 0.3
"""How much a near place counts beside the words when sorted by fit."""
HALF_NEARNESS_KM = 5.0
"""At this distance half of that is left."""

OTHERS_BESIDE_NAMED = 0.99
"""When the text is an offer's whole name, that offer comes first whatever the words say."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A query with what its text was taken for."""

    query: SearchQuery
    """The filters, those understood from the text included."""
    understanding: Understanding
    units: tuple[Unit, ...]
    near: NearPoint | None
    sort: Sort
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """The offers a question's words find."""

    scores: FloatColumn
    mask: BoolColumn
    matched: npt.NDArray[np.int64]
    """How many units each offer has."""
    is_complete: bool = True
    ranking: Ranking | None = None


def answer_question(
    query: SearchQuery, view: TableView, ranker: TextRanker | None, taxonomy: Taxonomy
) -> SearchAnswer:
    """Answer ``query``; without a ``ranker`` from titles and providers alone (degraded).

    Raises `IndexUnusableError` when the ranker's index turns out to be damaged.
    """
    question = _read(query, view, taxonomy)
    if ranker is not None:
        question = _corrected(question, query, view, ranker, taxonomy)
    found = _find(question, view, ranker)
    near = question.near
    distances = None if near is None else view.distances_km(near.latitude, near.longitude)
    filters = build_filters(question.query, view.table, distances)
    _admit_levels_in_titles(filters, question.query, view.table, ranker)
    mask = combine(filters, found.mask)
    rows = _in_order(question, np.flatnonzero(mask), found, distances, view)
    page = rows[query.offset : query.offset + query.limit]
    return SearchAnswer(
        hits=tuple(_hit(int(row), question, found, view) for row in page),
        total=len(rows),
        facets=count_facets(view.table, filters, found.mask, distances),
        understood=question.understanding.parts,
        near=near,
        sort=question.sort,
        revision=view.table.revision,
        correction=question.correction,
        is_complete_match=found.is_complete,
        unknown=count_unknown(filters, found.mask),
        degraded=ranker is None,
    )


def _read(query: SearchQuery, view: TableView, taxonomy: Taxonomy) -> _Question:
    if view.is_named(query.text).any():
        meant = take_literally(query.text)
    else:
        meant = understand(query.text, view.gazetteer.find_in_words)
    filters = replace(
        query,
        levels=_joined(query.levels, meant.values("level")),
        languages=_joined(query.languages, meant.values("language")),
        weekdays=tuple({*query.weekdays, *map(int, meant.values("weekday"))}),
        childcare=query.childcare or bool(meant.values("childcare")),
        free_seats_only=query.free_seats_only or bool(meant.values("free_seats")),
        step_free=query.step_free or bool(meant.values("step_free")),
        women_only=query.women_only or bool(meant.values("women_only")),
    )
    near = query.near or meant.place
    sort = query.sort
    if sort == "fit" and query.near is None and meant.place is not None:
        sort = "distance"
    if sort == "distance" and near is None:
        sort = "fit"
    return _Question(filters, meant, build_units(meant, taxonomy), near, sort)


def _joined(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *more)))


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


def _find(question: _Question, view: TableView, ranker: TextRanker | None) -> _Found:
    size = len(view.table)
    nothing_matched = np.zeros(size, dtype=np.int64)
    if not question.units:
        # Only what was understood, or nothing at all: everything. Only signs or "und die": nothing.
        is_asked = bool(question.query.text.strip()) and not question.understanding.parts
        mask = np.full(size, not is_asked)
        return _Found(mask.astype(np.float32), mask, nothing_matched)
    if ranker is None:
        mask = view.contains(tuple(word.written for word in question.understanding.words))
        return _Found(mask.astype(np.float32), mask, nothing_matched)
    ranking = ranker.rank(question.units)
    matched = np.sum([column > 0 for column in ranking.columns], axis=0)
    named = view.is_named(question.understanding.text)
    if not named.any():
        return _Found(ranking.scores, ranking.found, matched, ranking.is_complete, ranking)
    scores = np.where(named, np.float32(1), ranking.scores * np.float32(OTHERS_BESIDE_NAMED))
    return _Found(scores, ranking.found | named, matched + named, ranking.is_complete, ranking)


def _admit_levels_in_titles(
    filters: dict[str, Filter], query: SearchQuery, table: OfferTable, ranker: TextRanker | None
) -> None:
    """A course whose levels nobody entered counts when its own text names the level."""
    level = filters.get("level")
    if level is None or level.is_unknown is None or ranker is None:
        return
    named = np.zeros(len(table), dtype=np.bool_)
    for code in query.levels:
        if code in LEVELS[1:]:
            named |= ranker.has_term(code)
    admitted = level.is_unknown & named
    filters["level"] = Filter(level.holds | admitted, level.is_unknown & ~admitted)


def _in_order(
    question: _Question,
    rows: npt.NDArray[np.intp],
    found: _Found,
    distances: npt.NDArray[np.float64] | None,
    view: TableView,
) -> npt.NDArray[np.intp]:
    """``rows``, the best first; ties by title."""
    title = view.title_rank[rows]
    fit = -np.round(found.scores[rows].astype(np.float64), 4)
    if question.sort == "start":
        return rows[np.lexsort((title, fit, _start_order(question, rows, view.table)))]
    if distances is None:
        return rows[np.lexsort((title, fit))]
    away = np.nan_to_num(distances[rows], nan=np.inf)
    if question.sort == "distance":
        if question.near is not None and question.near.is_town:
            away = np.where(view.is_in_town(question.near.label)[rows], 0.0, away)
        return rows[np.lexsort((title, fit, away, -found.matched[rows]))]
    nearness = 1 / (1 + away / HALF_NEARNESS_KM)
    return rows[np.lexsort((title, (1 - NEARNESS_SHARE) * fit - NEARNESS_SHARE * nearness))]


def _start_order(
    question: _Question, rows: npt.NDArray[np.intp], table: OfferTable
) -> npt.NDArray[np.int64]:
    """Next starts first, then what one may join at any time, then the rest."""
    far = np.iinfo(np.int32).max
    starts = table.starts_on[rows].astype(np.int64)
    today = question.query.today
    passed = starts < (today.toordinal() if today is not None else 0)
    is_open = table.individual_entry[rows] == 1
    unclear = np.where(is_open, far - 1, far)
    return np.where((starts == UNKNOWN) | passed, unclear, starts)


def _hit(row: int, question: _Question, found: _Found, view: TableView) -> SearchHit:
    table = view.table
    words: list[str] = []
    concepts: list[str] = []
    if found.ranking is not None:
        for unit, column, served in zip(
            found.ranking.units, found.ranking.columns, found.ranking.concept_columns, strict=True
        ):
            if column[row] > 0:
                words.append(unit.written)
            concepts.extend(key for key, mask in served.items() if mask[row])
    distance, is_estimate = _shown_distance(row, question.near, view)
    return SearchHit(
        row=row,
        offer_id=table.ids[row],
        external_id=table.external_ids[row],
        title=table.titles[row],
        provider=table.provider_names[row],
        kind=OFFER_KINDS[table.kind[row]],
        score=min(1.0, max(0.0, round(float(found.scores[row]), 4))),
        distance_km=distance,
        distance_is_estimate=is_estimate,
        matched_words=tuple(words),
        matched_concepts=tuple(dict.fromkeys(concepts)),
    )


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
