"""A table of some offers alone answers for each of them as the whole table does."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.interests import load_taxonomy
from app.matching.ranking import assess_offer
from app.matching.rule_files import load_rules
from app.matching.types import Exclusion, Match
from tests.benchmarks.generated_offers import BENCH_DAY, bench_client, generated_table

WHOLE = generated_table(120)
RULES, TAXONOMY = load_rules(), load_taxonomy()


def _answer(table, offer_id: str, day: date = BENCH_DAY) -> object:
    found = assess_offer(bench_client(), table, RULES, TAXONOMY, day, offer_id)
    match found:
        case Match():
            told = (
                found.verdict,
                round(found.score, 5),
                found.place_id,
                found.next_on,
                found.distance_km,
            )
            return told, found.reasons, found.to_clarify
        case Exclusion():
            return found.rules
    return None


@given(st.lists(st.integers(0, len(WHOLE) - 1), max_size=8, unique=True))
@settings(max_examples=40, deadline=None)
def test_the_answer_for_an_offer_does_not_depend_on_the_others(rows: list[int]) -> None:
    part = WHOLE.take(np.array(rows, dtype=np.intp))
    assert part.ids == tuple(WHOLE.ids[row] for row in rows)
    assert part.topics.masks.shape[0] == len(part) == len(rows)
    for row in rows:
        offer_id = WHOLE.ids[row]
        assert _answer(part, offer_id) == _answer(WHOLE, offer_id)
