"""The exact allocation: it equals brute force, keeps the rules, and leaves nobody out for less."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.allocation import allocate
from app.matching.allocation_rules import AllocationProblem, without_families
from tests.unit.allocation_problems import all_allocations, is_possible, small_problems, worth

FEW = settings(max_examples=60, deadline=None)


@FEW
@given(small_problems())
def test_nothing_that_is_possible_is_worth_more(problem: AllocationProblem):
    found = allocate(problem)
    assert found.is_exact
    assert is_possible(problem, dict(found.places))
    assert worth(problem, dict(found.places)) == max(
        worth(problem, places) for places in all_allocations(problem)
    )
