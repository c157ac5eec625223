""" "More like this": suitable offers that resemble one; pure."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from app.directory.interests import Taxonomy
from app.directory.offer_table import Float32Column, OfferTable
from app.matching.comparison import Comparison
from app.matching.course_rules import UNKNOWN
from app.matching.prepared import prepare_offers
from app.matching.ranking import Ranking
from app.matching.rule_files import MatchingRules
from app.matching.types import ClientFacts, Match, MatchFilters

TOPICS: Final = 0.5
KIND: Final = 0.2
COURSE: Final = 0.15
LEVEL: Final = 0.15
"""The parts of the likeness; they add up to 1."""
LIKE_ENOUGH: Final = 0.35
"""Below this an offer is another thing."""
SHARE_OF_LIKENESS: Final = 0.7
"""The order: likeness, and for the rest how well the offer suits the client."""


def more_like(
    facts: ClientFacts,
    table: OfferTable,
    rules: MatchingRules,
    taxonomy: Taxonomy,
    today: date,
    offer_id: str,
    limit: int,
) -> tuple[Match, ...]:
    """Offers like this one that nothing excludes for the client, without itself, the best first.

    Likeness is the mean closeness of its topics to those of the other (one half), the same kind, the
    same kind of course, and levels next to each other. Nothing for an offer that is not in the table.
    """
    row = table.row_of.get(offer_id)
    if row is None:
        return ()
    comparison = Comparison(facts, prepare_offers(table, rules, today), taxonomy)
    ranking = Ranking(comparison, MatchFilters())
    like = _likeness(comparison, row)
    rows = ranking.candidates
    rows = rows[(rows != row) & (like[rows] >= LIKE_ENOUGH)]
    order = SHARE_OF_LIKENESS * like[rows] + (1 - SHARE_OF_LIKENESS) * ranking.scores.total[rows]
    best = rows[np.lexsort((comparison.offers.id_rank[rows], -order))][:limit]
    return tuple(ranking.build_match(other) for other in best.tolist())


def _likeness(c: Comparison, row: int) -> Float32Column:
    like: Float32Column = np.float32(KIND) * (c.table.kind == c.table.kind[row]).astype(np.float32)
    like += np.float32(COURSE) * (c.table.course_kind == c.table.course_kind[row])
    like += np.float32(LEVEL) * _nearness_of_levels(c, row)
    topics = c.offers.topic_sets.words_of(row)
    if not topics:
        like += np.float32(TOPICS) * (c.offers.goal_index == c.offers.goal_index[row])
        return like
    for topic in topics:
        value = c.offers.topic_sets.best(c.offers.closeness(topic, c.value_of_topic), 0.0)
        like += np.float32(TOPICS / len(topics)) * value
    return like


def _nearness_of_levels(c: Comparison, row: int) -> Float32Column:
    """1 for the same entry level (or both unknown), one half for the next one."""
    entry = c.offers.entry_level.astype(np.int16)
    apart = np.abs(entry - entry[row])
    is_known = (entry != UNKNOWN) & (entry[row] != UNKNOWN)
    near = np.where(apart == 0, 1.0, np.where(is_known & (apart == 1), 0.5, 0.0))
    return near.astype(np.float32)
