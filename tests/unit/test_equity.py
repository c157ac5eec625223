"""The report beside the plain list: gains and losses, the runner-up, envy, figures, prices."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings

from app.matching.allocation import allocate
from app.matching.allocation_rules import (
    Allocation,
    AllocationProblem,
    CourseStart,
    without_families,
    without_priorities,
)
from app.matching.equity import REASONS, Change, LeftOut, RunnerUp, build_report, find_envy
from app.matching.equity_figures import (
    GroupSeats,
    Price,
    age_group,
    count_seats,
    hide_small,
    measure_waits,
    price_of_families,
    price_of_priorities,
    to_figures,
    waiting_group,
)
from app.matching.first_come import first_come
from tests.unit.allocation_problems import MORNING, applicant, problem_of, small_problems

FEW = settings(max_examples=40, deadline=None)


def reported(problem: AllocationProblem):
    return build_report(problem, allocate(problem), first_come(problem))


def obliged_and_long() -> AllocationProblem:
    """One seat; ``long`` came first, ``obliged`` has the stronger right."""
    return problem_of(
        [applicant("long", waited=300, rank=0), applicant("obliged", waited=5, priority=0, rank=1)],
        [CourseStart("o", 1)],
        {("long", "o"): 0.5, ("obliged", "o"): 0.5},
    )


def test_who_gains_who_loses_and_why():
    report = reported(obliged_and_long())
    assert report.gains == (Change("obliged", None, "o"),)
    assert report.losses == (Change("long", "o", None, "legal_priority", ("obliged",)),)
    assert report.moves == ()
    assert report.runners_up == (RunnerUp("o", "long", "legal_priority", "obliged"),)
    assert [one.reason for one in report.passed_by] == ["legal_priority"]
    assert report.envy == ()
    assert [(one.entry_id, one.kind) for one in report.listed_envy] == [("obliged", "legal_priority")]


def test_the_runner_up_is_the_next_in_line_and_came_later():
    problem = problem_of(
        [applicant(f"e{i}", waited=90 - i, rank=i) for i in range(4)],
        [CourseStart("o", 2)],
        {(f"e{i}", "o"): 0.5 for i in range(4)},
    )
    report = reported(problem)
    assert report.runners_up == (RunnerUp("o", "e2", "later_entry", "e1"),)
    assert report.passed_by == ()


def test_everybody_without_a_place_is_told_why():
    problem = problem_of(
        [
            applicant("obliged", waited=5, priority=0, rank=2),
            applicant("long", waited=300, rank=0),
            applicant("late", waited=90, rank=1),
            applicant("nothing suits", waited=1, rank=3),
        ],
        [CourseStart("o", 1), CourseStart("given", 0)],
        {
            ("obliged", "o"): 0.5,
            ("long", "o"): 0.5,
            ("long", "given"): 0.9,
            ("late", "given"): 0.9,
            ("late", "o"): 0.1,
        },
    )
    report = reported(problem)
    # "long" loses the place of the plain list; "late" would like best a course that has no seat left.
    assert report.left_out == (
        LeftOut("long", "o", "legal_priority"),
        LeftOut("late", "given", "no_seat"),
    )
    assert RunnerUp("given", "long", "no_seat", None) in report.runners_up


def test_a_seat_that_stays_free_for_the_children_is_said_so():
    parents = [
        applicant("a", household="h", needs_childcare=True, rank=0),
        applicant("b", household="h", rank=1),
    ]
    problem = problem_of(
        parents,
        [CourseStart("o", 3, spans=MORNING), CourseStart("empty", 2)],
        {("a", "o"): 0.5, ("b", "o"): 0.5},
    )
    report = reported(problem)
    free = [(one.offer_id, one.seats, one.reason) for one in report.unfilled]
    assert free == [("empty", 2, "no_applicant"), ("o", 2, "family")]
    assert report.losses[0].reason == "family"
    assert report.runners_up == (RunnerUp("o", "b", "family", None),)
    assert price_of_families(problem, allocate(problem)) == Price(1, 10)


def test_an_unproved_proposal_says_that_it_is_one():
    problem = obliged_and_long()
    report = build_report(
        problem, Allocation({"long": "o"}, is_exact=False, way="exact"), first_come(problem)
    )
    assert report.runners_up[0].reason == "not_proved"
    assert [one.kind for one in report.envy] == ["legal_priority"]


def test_somebody_placed_by_another_entry_envies_nobody():
    problem = problem_of(
        [
            applicant("e1", client="c", priority=0, rank=0),
            applicant("e2", client="c", priority=0, rank=1),
            applicant("x", rank=2),
        ],
        [CourseStart("o1", 1), CourseStart("o2", 1)],
        {("e1", "o1"): 0.5, ("e2", "o2"): 0.5, ("x", "o2"): 0.5},
    )
    places = Allocation({"e1": "o1", "x": "o2"})
    assert find_envy(problem, places) == ()


@FEW
@given(small_problems())
def test_a_report_holds_for_whatever_is_proposed(problem: AllocationProblem):
    proposal, plain = allocate(problem), first_come(problem)
    report = build_report(problem, proposal, plain)
    gained = {one.entry_id for one in report.gains}
    lost = {one.entry_id for one in report.losses}
    assert set(proposal.places) == (set(plain.places) | gained) - lost
    assert all(one.reason in REASONS for one in report.losses)
    free = sum(one.seats for one in report.unfilled)
    assert free + len(proposal.places) == sum(start.seats for start in problem.starts)
    told = {(one.entry_id, one.offer_id) for one in report.runners_up}
    assert told <= set(problem.options)
    if not any(one.household for one in problem.applicants):
        assert all(one.reason in ("legal_priority", "later_entry") for one in report.losses)


@FEW
@given(small_problems())
def test_without_a_rule_no_fewer_places_are_given(problem: AllocationProblem):
    proposal = allocate(problem)
    families = price_of_families(problem, proposal)
    priorities = price_of_priorities(problem, proposal)
    assert families.is_exact
    assert families.seats == len(allocate(without_families(problem)).places) - len(proposal.places) >= 0
    other = measure_waits(problem, allocate(without_priorities(problem)))
    assert priorities.seats == other.placed - len(proposal.places) or priorities == Price(0, 0)


def test_small_groups_are_hidden_and_cannot_be_reckoned_from_the_sum():
    rows = [
        GroupSeats("language", "ar", 40, 12, 14),
        GroupSeats("language", "ti", 3, 1, 0),
        GroupSeats("language", "uk", 20, 9, 7),
        GroupSeats("sex", "female", 30, 3, 12),
        GroupSeats("sex", "male", 33, 19, 9),
    ]
    assert hide_small(rows) == (
        GroupSeats("language", "ar", 40, 12, 14),
        GroupSeats("language", "ti", None, None, None),
        GroupSeats("language", "uk", None, None, None),
        GroupSeats("sex", "female", 30, None, 12),
        GroupSeats("sex", "male", 33, None, 9),
    )


def test_two_groups_of_one_are_not_told_by_the_sum_of_the_column():
    rows = [
        GroupSeats("language", "ar", 40, 12, 14),
        GroupSeats("language", "so", 1, 1, 0),
        GroupSeats("language", "ti", 1, 0, 1),
        GroupSeats("language", "uk", 20, 9, 7),
    ]
    told = {row.group: (row.waiting, row.proposed, row.listed) for row in hide_small(rows)}
    assert told == {
        "ar": (40, 12, 14),
        "so": (None, None, None),
        "ti": (None, None, None),
        "uk": (None, None, None),
    }


def test_figures_name_nobody_and_are_json():
    problem = problem_of(
        [applicant(f"secret-{i}", waited=i * 40, rank=12 - i) for i in range(12)],
        [CourseStart("o", 8)],
        {(f"secret-{i}", "o"): 0.5 for i in range(12)},
    )
    proposal, plain = allocate(problem), first_come(problem)
    report = build_report(problem, proposal, plain)
    attributes = {f"secret-{i}": {"sex": "female" if i % 2 else None} for i in range(12)}
    seats = count_seats(problem, proposal, plain, attributes)
    prices = {"families": price_of_families(problem, proposal)}
    figures = to_figures(problem, proposal, plain, report, seats, prices)
    words = json.dumps(figures)
    assert "secret" not in words
    assert figures["proposed"] == {
        "placed": 8,
        "waited_days": sum(i * 40 for i in range(4, 12)),
        "mean_days": 300.0,
        "p90_days": 440,
    }
    by_sex = {row["group"]: row["waiting"] for row in figures["by_group"] if row["dimension"] == "sex"}
    assert by_sex == {"female": 6, "unknown": 6}


def test_nobody_placed_has_no_mean_wait():
    problem = problem_of([applicant("a")], [], {})
    found = measure_waits(problem, allocate(problem))
    assert (found.placed, found.mean_days, found.p90_days) == (0, None, None)


@pytest.mark.parametrize(
    ("born", "group"),
    [
        (None, "unknown"),
        (date(2008, 11, 24), "under_18"),
        (date(2008, 11, 23), "18_to_26"),
        (date(1999, 11, 23), "27_to_49"),
        (date(1976, 11, 23), "50_and_over"),
    ],
    ids=["unknown", "eve-of-18", "18", "27", "50"],
)
def test_groups_of_ages_change_on_the_birthday(born: date | None, group: str):
    assert age_group(born, date(2026, 11, 23)) == group


@pytest.mark.parametrize(
    ("days", "group"),
    [(0, "under_3_months"), (91, "3_to_6_months"), (364, "6_to_12_months"), (365, "over_12_months")],
)
def test_groups_of_waiting_times(days: int, group: str):
    assert waiting_group(days) == group
