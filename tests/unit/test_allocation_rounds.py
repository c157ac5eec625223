"""Rounds in time, against the plain ways: seats filled, waits, envy."""

from __future__ import annotations

import pytest

from app.matching.allocation import allocate
from app.matching.allocation_rules import PRIORITIES, Allocation, AllocationProblem, without_families
from app.matching.equity import find_envy
from app.matching.first_come import first_come, greedy
from tests.benchmarks.generated_rounds import WAYS, Outcome, heading, make_world, run

WORLDS, ROUNDS = 10, 20


def check_round(problem: AllocationProblem) -> None:
    """What holds in each single round, whatever came before."""
    alone = allocate(without_families(problem))
    assert alone.is_exact
    assert find_envy(problem, alone) == ()
    for plain in (first_come(problem), greedy(problem)):
        assert len(alone.places) >= len(plain.places)
        assert _placed_by_right(problem, alone) >= _placed_by_right(problem, plain)


def _placed_by_right(problem: AllocationProblem, found: Allocation) -> tuple[int, ...]:
    placed = [one.priority for one in problem.applicants if one.entry_id in found.places]
    return tuple(placed.count(priority) for priority in PRIORITIES)


def test_ten_rounds_against_the_plain_ways():
    exact, listed = Outcome(), Outcome()
    for problem in run(make_world(1, 10, people=24), WAYS["exact"], exact):
        check_round(problem)
    for _problem in run(make_world(1, 10, people=24), WAYS["first come, first served"], listed):
        pass
    assert exact.unproved == 0
    assert exact.children_alone == 0
    assert exact.legal_envy < listed.legal_envy
    assert sum(exact.obliged_waits) / len(exact.obliged_waits) < sum(listed.obliged_waits) / len(
        listed.obliged_waits
    )


@pytest.mark.soak
def test_two_hundred_rounds_against_the_plain_ways(capsys: pytest.CaptureFixture[str]):
    outcomes = {name: Outcome() for name in WAYS}
    same_rounds = dict.fromkeys(WAYS, 0)
    for seed in range(WORLDS):
        for name, way in WAYS.items():
            for problem in run(make_world(seed, ROUNDS), way, outcomes[name]):
                if name == "exact":
                    check_round(problem)
                    for other, its_way in WAYS.items():
                        same_rounds[other] += len(its_way(problem).places)
    with capsys.disabled():
        print(f"\n{WORLDS * ROUNDS} rounds, waits in days\n{heading()}")
        for name, outcome in outcomes.items():
            print(outcome.line(name))
        print("seats filled in the very rounds that the exact way met: ", same_rounds)
    exact, alone = outcomes["exact"], outcomes["exact, as if nobody had a family"]
    assert exact.unproved == alone.unproved == 0
    assert alone.legal_envy == alone.waiting_envy == 0
    assert exact.children_alone == 0
    assert same_rounds["exact, as if nobody had a family"] == max(same_rounds.values())
