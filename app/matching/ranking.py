"""Which offers suit one client, best first: rules, then scores, then order, then reasons."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cached_property, lru_cache

import numpy as np

from app.directory.codes import GOAL_AREAS, OFFER_KINDS
from app.directory.interests import Taxonomy
from app.directory.offer_table import BoolColumn, Int8Column, OfferTable
from app.matching.comparison import Comparison
from app.matching.course_rules import UNKNOWN
from app.matching.eligibility import decide_all
from app.matching.explanations import list_reasons
from app.matching.open_questions import rank_questions
from app.matching.prepared import LANGUAGE_COURSE, IndexColumn, prepare_offers
from app.matching.questions import distance_facts, explain_exclusion, list_questions
from app.matching.rule_files import MatchingRules
from app.matching.scoring import Scores
from app.matching.types import (
    GROUP_OF_GOAL,
    GROUP_OF_KIND,
    GROUPS,
    ClientFacts,
    Exclusion,
    Match,
    MatchFilters,
    MatchResult,
    OpenQuestion,
)

MAX_OF_ONE_SORT = 2
"""In the choice for a group: at most so many of one provider, or with the same topics, while there
are others."""
_CHOICE_DEPTH = 8
"""How many times the wanted number of offers is looked at to find varied ones."""


def rank(
    facts: ClientFacts,
    table: OfferTable,
    rules: MatchingRules,
    taxonomy: Taxonomy,
    today: date,
    *,
    filters: MatchFilters | None = None,
    limit: int | None = None,
    per_group: int | None = None,
    groups: Collection[str] = GROUPS,
    with_exclusions: bool = False,
    with_questions: bool = False,
) -> MatchResult:
    """The offers that suit, by falling score; equal scores by offer id.

    ``limit`` keeps the best of all; ``per_group`` keeps so many of each group in ``groups``, varied
    (not ten football clubs); with both, the limit is applied last. Exclusions come in the order of
    the table, only of offers that pass the filters; questions count those that suit and pass them.
    """
    comparison = Comparison(facts, prepare_offers(table, rules, today), taxonomy)
    ranking = Ranking(comparison, filters or MatchFilters())
    rows = ranking.best(limit) if per_group is None else ranking.best_per_group(per_group, groups)
    if limit is not None:
        rows = rows[:limit]
    excluded = np.flatnonzero(ranking.eligibility.is_excluded & ranking.passes_filters)
    return MatchResult(
        matches=tuple(ranking.build_match(row) for row in rows.tolist()),
        suitable_count=len(ranking.candidates),
        exclusions=tuple(ranking.build_exclusion(row) for row in excluded.tolist())
        if with_exclusions
        else (),
        rules_version=rules.version,
        group_counts=ranking.count_groups(),
        open_questions=ranking.rank_questions() if with_questions else (),
    )


def list_best(
    facts: ClientFacts,
    table: OfferTable,
    rules: MatchingRules,
    taxonomy: Taxonomy,
    today: date,
    limit: int,
) -> list[tuple[str, float]]:
    """Id and score of the best offers, in the order of `rank`, without words: for a whole caseload."""
    comparison = Comparison(facts, prepare_offers(table, rules, today), taxonomy)
    ranking = Ranking(comparison, MatchFilters())
    rows = ranking.best(limit).tolist()
    return [(table.ids[row], float(ranking.scores.total[row])) for row in rows]


def assess_offer(
    facts: ClientFacts,
    table: OfferTable,
    rules: MatchingRules,
    taxonomy: Taxonomy,
    today: date,
    offer_id: str,
) -> Match | Exclusion | None:
    """The answer for one offer; `None` when the table has no such offer (withdrawn, unknown)."""
    row = table.row_of.get(offer_id)
    if row is None:
        return None
    comparison = Comparison(facts, prepare_offers(table, rules, today), taxonomy)
    ranking = Ranking(comparison, MatchFilters())
    if ranking.eligibility.is_excluded[row]:
        return ranking.build_exclusion(row)
    return ranking.build_match(row)


class Ranking:
    """One client's answers and scores, and what is built from them."""

    def __init__(self, comparison: Comparison, filters: MatchFilters) -> None:
        self.comparison = comparison
        self.eligibility = decide_all(comparison)
        self.scores = Scores(comparison)
        self.passes_filters = self._pass(filters)
        self.candidates: IndexColumn = np.flatnonzero(
            ~self.eligibility.is_excluded & self.passes_filters
        )

    @cached_property
    def groups(self) -> Int8Column:
        """The group of each offer, as a position in `GROUPS`."""
        return _groups_of(self.comparison.goal_areas)[self.comparison.offers.kind_and_goals]

    def _pass(self, filters: MatchFilters) -> BoolColumn:
        c = self.comparison
        passes = np.ones(len(c.table), dtype=np.bool_)
        if filters.kinds:
            passes &= np.isin(c.table.kind, [OFFER_KINDS.index(kind) for kind in filters.kinds])
        if filters.serves:
            passes &= np.isin(self.groups, [GROUPS.index(group) for group in filters.serves])
        if filters.weekdays:
            days = sum(1 << (day - 1) for day in set(filters.weekdays))
            passes &= (c.table.weekdays & np.uint8(days)) != 0
        if filters.max_distance_km is not None:
            with np.errstate(invalid="ignore"):
                passes &= c.distance_km <= filters.max_distance_km
        return passes

    def best(self, limit: int | None) -> IndexColumn:
        """The candidates in order, cut to ``limit``."""
        return self._ordered(self.candidates, limit)

    def best_per_group(self, count: int, groups: Collection[str]) -> IndexColumn:
        """The best ``count`` of each of these groups, varied, all together in order."""
        of_candidates = self.groups[self.candidates]
        chosen: list[int] = []
        for group in map(GROUPS.index, groups):
            rows = self._ordered(self.candidates[of_candidates == group], count * _CHOICE_DEPTH)
            chosen += self._vary(rows.tolist(), count)
        return self._ordered(np.array(chosen, dtype=np.intp), None)

    def _ordered(self, rows: IndexColumn, limit: int | None) -> IndexColumn:
        scores = self.scores.total[rows]
        if limit is not None and limit < len(rows):
            if limit <= 0:
                return rows[:0]
            cut = np.partition(scores, len(rows) - limit)[len(rows) - limit]
            keep = scores >= cut  # all that share the last score: the ids decide among them
            rows, scores = rows[keep], scores[keep]
        order = np.lexsort((self.comparison.offers.id_rank[rows], -scores))
        return rows[order][:limit]

    def _vary(self, rows: list[int], count: int) -> list[int]:
        seen: dict[object, int] = {}
        chosen: list[int] = []
        for row in rows:
            sorts = self._sorts_of(row)
            if len(chosen) < count and all(seen.get(sort, 0) < MAX_OF_ONE_SORT for sort in sorts):
                chosen.append(row)
                for sort in sorts:
                    seen[sort] = seen.get(sort, 0) + 1
        rest = [row for row in rows if row not in chosen]
        return chosen + rest[: count - len(chosen)]

    def _sorts_of(self, row: int) -> tuple[object, ...]:
        c = self.comparison
        provider = ("provider", c.table.provider_ids[row])
        if c.table.topics.is_empty[row]:
            return (provider,)
        return provider, (
            "topics",
            int(c.table.course_kind[row]),
            int(c.offers.topic_sets.inverse[row]),
        )

    def build_match(self, row: int) -> Match:
        """The match with its reasons and questions."""
        c = self.comparison
        told = distance_facts(c, row)
        place = c.nearest_place(row)
        next_on = int(c.offers.next_on[row])
        return Match(
            row=row,
            offer_id=c.table.ids[row],
            score=float(self.scores.total[row]),
            verdict="to_clarify" if self.eligibility.is_unclear[row] else "suitable",
            distance_km=told.get("km"),
            distance_is_estimate=bool(told.get("estimate", False)),
            place_id=None if place is None else c.table.place_id[place],
            next_on=None if next_on == UNKNOWN else date.fromordinal(next_on),
            serves=GROUPS[int(self.groups[row])],
            reasons=list_reasons(c, self.eligibility, self.scores, row),
            to_clarify=list_questions(c, self.eligibility, row),
            contributions=self.scores.list_contributions(row),
        )

    def build_exclusion(self, row: int) -> Exclusion:
        """The exclusion with every rule behind it."""
        rules = explain_exclusion(self.comparison, self.eligibility, row)
        return Exclusion(row, self.comparison.table.ids[row], rules)

    def rank_questions(self) -> tuple[OpenQuestion, ...]:
        """What to ask the client, by the candidates that wait for it."""
        is_candidate = np.zeros(len(self.comparison.table), dtype=np.bool_)
        is_candidate[self.candidates] = True
        return rank_questions(self.comparison, self.eligibility, is_candidate)

    def count_groups(self) -> dict[str, int]:
        """How many candidates each group has, empty groups left out."""
        counts = np.bincount(self.groups[self.candidates], minlength=len(GROUPS)).tolist()
        return {group: count for group, count in zip(GROUPS, counts, strict=True) if count}


@lru_cache(maxsize=1000)
def _groups_of(goal_areas: tuple[str, ...]) -> Int8Column:
    """The group of each `PreparedOffers.kind_and_goals`: a language course serves language; what serves
    an open goal stands with the first such goal; everything else is grouped by its kind.
    """
    masks = np.arange(1 << len(GOAL_AREAS))
    of_kind = np.array([GROUPS.index(GROUP_OF_KIND[kind]) for kind in OFFER_KINDS], dtype=np.int8)
    group = np.repeat(of_kind[:, None], len(masks), axis=1)
    for area in reversed(goal_areas):
        serves = (masks >> GOAL_AREAS.index(area) & 1) == 1
        group[:, serves] = GROUPS.index(GROUP_OF_GOAL[area])
    group[LANGUAGE_COURSE] = GROUPS.index("language")
    return group.ravel()
