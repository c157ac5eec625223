"""The exact allocation: it equals brute force, keeps the rules, and leaves nobody out for less."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.allocation import allocate
from app.matching.allocation_rules import (
    AllocationProblem,
    CourseStart,
    Option,
    ProblemError,
    count_pairs_apart,
    without_families,
)
from app.matching.equity import find_envy
from app.matching.first_come import first_come, greedy, take_in_order
from tests.unit.allocation_problems import (
    AFTERNOON,
    DAY,
    MORNING,
    OTHER_DAYS,
    all_allocations,
    applicant,
    is_possible,
    problem_of,
    small_problems,
    worth,
)

FEW = settings(max_examples=60, deadline=None)
WAYS = [allocate, first_come, greedy]


def together(problem: AllocationProblem) -> AllocationProblem:
    """Everybody in one household with children."""
    return replace(
        problem,
        applicants=tuple(replace(o, household="h", needs_childcare=True) for o in problem.applicants),
    )


@FEW
@given(small_problems())
def test_nothing_that_is_possible_is_worth_more(problem: AllocationProblem):
    found = allocate(problem)
    assert found.is_exact
    assert is_possible(problem, dict(found.places))
    assert worth(problem, dict(found.places)) == max(
        worth(problem, places) for places in all_allocations(problem)
    )


@FEW
@given(small_problems(families=False))
def test_without_families_nobody_envies_anybody(problem: AllocationProblem):
    assert find_envy(problem, allocate(problem)) == ()


@FEW
@given(small_problems(families=False))
def test_without_families_as_many_seats_are_filled_as_can_be(problem: AllocationProblem):
    most = max(len(places) for places in all_allocations(problem))
    assert len(allocate(problem).places) == most


@FEW
@given(small_problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_a_problem_is_told_changes_nothing(problem: AllocationProblem, random):
    applicants, starts = list(problem.applicants), list(problem.starts)
    options = list(problem.options.items())
    for values in (applicants, starts, options):
        random.shuffle(values)
    told_otherwise = AllocationProblem(tuple(applicants), tuple(starts), dict(options))
    for way in WAYS:
        assert way(told_otherwise) == way(problem)


@FEW
@given(small_problems(), st.data())
def test_another_seat_never_lowers_the_first_aim(problem: AllocationProblem, data: st.DataObject):
    number = data.draw(st.integers(0, len(problem.starts) - 1))
    starts = list(problem.starts)
    starts[number] = replace(starts[number], seats=starts[number].seats + 1)
    more = replace(problem, starts=tuple(starts))
    placed = [worth(one, dict(allocate(one).places))[:4] for one in (problem, more)]
    assert placed[0] <= placed[1]


@FEW
@given(small_problems())
def test_the_plain_ways_keep_to_seats_options_and_one_place_for_each(problem: AllocationProblem):
    alone = without_families(problem)
    for way in (first_come, greedy):
        assert is_possible(alone, dict(way(problem).places))
    assert is_possible(problem, take_in_order(problem))


@FEW
@given(small_problems())
def test_a_solver_out_of_time_still_keeps_the_rules(problem: AllocationProblem):
    found = allocate(problem, seconds=0.0)
    assert is_possible(problem, dict(found.places))
    assert not found.is_exact or not problem.options


def test_whoever_is_obliged_goes_before_whoever_waited_longer():
    problem = problem_of(
        [applicant("long", waited=900, priority=1), applicant("obliged", waited=1, priority=0)],
        [CourseStart("o", 1)],
        {("long", "o"): 1.0, ("obliged", "o"): 0.1},
    )
    assert allocate(problem).places == {"obliged": "o"}


def test_a_lower_priority_makes_room_when_it_has_somewhere_else_to_go():
    problem = problem_of(
        [applicant("a", waited=900, priority=0), applicant("b", waited=1, priority=3)],
        [CourseStart("o1", 1), CourseStart("o2", 1)],
        {("a", "o1"): 1.0, ("a", "o2"): 0.2, ("b", "o1"): 0.5},
    )
    assert allocate(problem).places == {"a": "o2", "b": "o1"}
    assert first_come(problem).places == {"a": "o1"}


def test_fit_decides_before_distance():
    problem = AllocationProblem(
        (applicant("a"),),
        (CourseStart("far", 1), CourseStart("near", 1)),
        {("a", "far"): Option(0.5, 9.0), ("a", "near"): Option(0.499, 0.1)},
    )
    assert allocate(problem).places == {"a": "far"}
    equal = replace(problem, options={("a", "far"): Option(0.5, 9.0), ("a", "near"): Option(0.5, 0.1)})
    assert allocate(equal).places == {"a": "near"}


def test_parents_are_not_away_at_the_same_hours():
    parents = [
        applicant("a", household="h", needs_childcare=True, rank=0),
        applicant("b", household="h", rank=1),
    ]
    same = problem_of(parents, [CourseStart("o", 2, spans=MORNING)], {("a", "o"): 1.0, ("b", "o"): 1.0})
    assert allocate(same).places == {"a": "o"}
    cared_for = replace(same, starts=(CourseStart("o", 2, spans=MORNING, has_childcare=True),))
    assert len(allocate(cared_for).places) == 2
    unknown_hours = replace(same, starts=(CourseStart("o", 2),))
    assert len(allocate(unknown_hours).places) == 2


def test_parents_get_complementary_hours():
    options = {(one, offer): 0.9 for one in ("a", "b") for offer in ("am", "pm")}
    problem = problem_of(
        [
            applicant("a", household="h", needs_childcare=True, rank=0),
            applicant("b", household="h", rank=1),
        ],
        [CourseStart("am", 2, spans=MORNING), CourseStart("pm", 2, spans=AFTERNOON)],
        options,
    )
    assert sorted(allocate(problem).places.values()) == ["am", "pm"]


def test_of_three_adults_one_stays_with_the_children():
    problem = together(
        problem_of(
            [applicant(f"e{i}", rank=i) for i in range(3)],
            [CourseStart("o", 3, spans=MORNING)],
            {(f"e{i}", "o"): 1.0 for i in range(3)},
        )
    )
    assert allocate(problem).places == {"e0": "o", "e1": "o"}


def test_a_minor_looks_after_nobody():
    problem = problem_of(
        [
            applicant("a", household="h", needs_childcare=True),
            applicant("son", household="h", is_adult=False, rank=1),
        ],
        [CourseStart("o", 2, spans=MORNING)],
        {("a", "o"): 1.0, ("son", "o"): 1.0},
    )
    assert len(allocate(problem).places) == 2


def test_a_household_told_by_one_entry_holds_for_the_other_entry_of_the_client():
    problem = problem_of(
        [
            applicant("a1", client="a", household="h", rank=0),
            applicant("a2", client="a", rank=1),
            applicant("b", household="h", needs_childcare=True, rank=2),
        ],
        [CourseStart("o", 2, spans=MORNING)],
        {("a2", "o"): 0.5, ("b", "o"): 0.5},
    )
    assert len(take_in_order(problem)) == len(allocate(problem).places) == 1


def test_a_family_stays_together_even_for_less_fit_but_costs_nobody_a_place():
    starts = [
        CourseStart("monday", 2, spans=AFTERNOON, site="s1"),
        CourseStart("tuesday", 1, spans=OTHER_DAYS, site="s2"),
    ]
    options = {
        ("a", "monday"): 0.5,
        ("a", "tuesday"): 0.9,
        ("b", "monday"): 0.9,
    }
    family = [applicant("a", household="h", rank=0), applicant("b", household="h", rank=1)]
    problem = problem_of(family, starts, options)
    assert allocate(problem).places == {"a": "monday", "b": "monday"}
    assert allocate(without_families(problem)).places == {"a": "tuesday", "b": "monday"}
    longer = applicant("c", waited=400, rank=2)
    crowded = problem_of([*family, longer], starts, {**options, ("c", "monday"): 0.9})
    found = allocate(crowded)
    assert len(found.places) == 3
    assert count_pairs_apart(crowded, found.places) == 1


def test_a_client_on_two_lists_gets_one_place():
    problem = problem_of(
        [applicant("e1", client="c", rank=0), applicant("e2", client="c", rank=1)],
        [CourseStart("o1", 1), CourseStart("o2", 1)],
        {("e1", "o1"): 0.5, ("e2", "o2"): 0.9},
    )
    for way in WAYS:
        assert len(way(problem).places) == 1


def test_nothing_to_share_is_an_answer_too():
    assert allocate(AllocationProblem((), (), {})).places == {}
    assert allocate(problem_of([applicant("a")], [CourseStart("o", 3)], {})).places == {}
    full = problem_of([applicant("a")], [CourseStart("o", 0)], {("a", "o"): 1.0})
    assert allocate(full).places == {}


def test_large_sums_stay_exact():
    """Two people of whom one has waited a day longer, among many who have waited for decades."""
    many = [applicant(f"m{i:03}", waited=36_000, rank=i) for i in range(150)]
    two = [applicant("x", waited=35_999, rank=900), applicant("y", waited=35_998, rank=151)]
    options = {(one.entry_id, "o"): 0.5 for one in [*many, *two]}
    found = allocate(problem_of([*many, *two], [CourseStart("o", 151)], options))
    assert "x" in found.places
    assert "y" not in found.places


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (problem_of([applicant("a"), applicant("a")], [], {}), "twice"),
        (problem_of([], [CourseStart("o", 1), CourseStart("o", 1)], {}), "twice"),
        (problem_of([applicant("a", priority=4)], [], {}), "priority"),
        (problem_of([applicant("a", waited=-1)], [], {}), "waited"),
        (problem_of([applicant("a", waited=40_000)], [], {}), "waited"),
        (problem_of([], [CourseStart("o", -1)], {}), "seats"),
        (problem_of([], [CourseStart("o", 1, starts_on=DAY, ends_on=DAY.replace(day=1))], {}), "ends"),
        (problem_of([applicant("a")], [], {("a", "o"): 1.0}), "unknown"),
        (problem_of([applicant("a")], [CourseStart("o", 1)], {("a", "o"): float("nan")}), "fit"),
        (
            AllocationProblem((applicant("a"),), (CourseStart("o", 1),), {("a", "o"): Option(1, -1)}),
            "distance",
        ),
    ],
    ids=["entry", "offer", "priority", "future", "ages", "seats", "period", "unknown", "fit", "km"],
)
def test_what_contradicts_itself_is_refused(broken: AllocationProblem, words: str):
    for way in WAYS:
        with pytest.raises(ProblemError, match=words):
            way(broken)
