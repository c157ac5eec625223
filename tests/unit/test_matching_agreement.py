"""The fast rules and the plain ones say the same, whatever the client and the offer."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.table_loading import OfferRow, build_offer_table
from app.matching.comparison import Comparison
from app.matching.eligibility import decide_all
from app.matching.prepared import PreparedOffers
from app.matching.rule_files import load_rules
from app.matching.types import ClientFacts
from tests.benchmarks.generated_offers import generated_rows
from tests.benchmarks.plain_matching import plain_answers
from tests.unit.matching_strategies import TAXONOMY, TODAY, clients, offers

RULES = load_rules()


def assert_same_answers(facts: ClientFacts, rows: list[OfferRow]) -> None:
    prepared = PreparedOffers(build_offer_table(rows), RULES, TODAY)
    answers = decide_all(Comparison(facts, prepared, TAXONOMY)).answers
    for number, row in enumerate(rows):
        fast = {
            name: {1: True, 0: False, -1: None}[int(column[number])] for name, column in answers.items()
        }
        assert fast == plain_answers(facts, row, RULES, TODAY)


@settings(max_examples=150, deadline=None)
@given(clients(), st.lists(offers(), min_size=1, max_size=6))
def test_fast_rules_agree_with_plain_rules(facts, rows):
    own = rows[0].offer_id
    booked = tuple(
        replace(time, offer_id=own) if time.offer_id == "offer-0" else time for time in facts.booked
    )
    experiences = tuple(
        replace(one, offer_id=own) if one.offer_id == "offer-0" else one for one in facts.experiences
    )
    facts = replace(facts, experiences=experiences)
    dismissed = ((rows[-1].offer_id, "times"),) if len(rows) > 2 else ()
    assert_same_answers(replace(facts, booked=booked, dismissed=dismissed), rows)


@settings(max_examples=10, deadline=None)
@given(clients())
def test_fast_rules_agree_with_plain_rules_on_a_generated_directory(facts):
    assert_same_answers(facts, generated_rows(150, seed=3))


def test_rules_cope_with_an_empty_directory():
    assert_same_answers(ClientFacts(), [])
