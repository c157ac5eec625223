"""Invented rounds of sharing places, in time: people keep arriving, courses keep starting, and whoever
gets no place waits on (or gives up). Every way to share lives through the same arrivals and starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from app.matching.allocation import allocate
from app.matching.allocation_rules import (
    Allocation,
    AllocationProblem,
    Applicant,
    CourseStart,
    Option,
    list_crowded_hours,
    list_households,
    without_families,
)
from app.matching.equity import find_envy
from app.matching.equity_figures import measure_waits
from app.matching.first_come import first_come, greedy
from app.matching.types import TimeSpan
from tests.benchmarks.measuring import percentile

FIRST_DAY = date(2026, 1, 12)
DAYS_BETWEEN = 42
_PRIORITIES = (0, 1, 1, 1, 2, 2, 3, 3)
_HALVES = {"morning": 540, "afternoon": 810, "evening": 1050}
_RHYTHMS = ((1, 2, 3, 4, 5), (1, 3, 5), (2, 4), (1, 2, 4))

Way = Callable[[AllocationProblem], Allocation]
WAYS: dict[str, Way] = {
    "exact": allocate,
    "exact, as if nobody had a family": lambda problem: allocate(without_families(problem)),
    "first come, first served": first_come,
    "greedy by score": greedy,
}


@dataclass(frozen=True)
class Person:
    """Somebody who asks for a course."""

    id: str
    household: str | None
    arrived_on: date
    priority: int
    level: int
    halves: frozenset[str]
    position: tuple[float, float]
    reach_km: float
    needs_childcare: bool
    gives_up_after_days: int


@dataclass(frozen=True)
class Course:
    """A course that starts."""

    start: CourseStart
    level: int
    half: str
    position: tuple[float, float]


@dataclass(frozen=True)
class World:
    """What happens, round by round."""

    days: tuple[date, ...]
    arrivals: tuple[tuple[Person, ...], ...]
    courses: tuple[tuple[Course, ...], ...]


@dataclass
class Outcome:
    """What a way to share made of worlds."""

    offered: int = 0
    filled: int = 0
    waits: list[int] = field(default_factory=list)
    """Days until the place; of those who still wait or gave up, until then."""
    obliged_waits: list[int] = field(default_factory=list)
    legal_envy: int = 0
    waiting_envy: int = 0
    children_alone: int = 0
    """Households all of whose adults were placed at the same hour, without childcare."""
    unproved: int = 0

    def line(self, name: str) -> str:
        """A line of the table."""
        share = 100 * self.filled / self.offered
        mean = sum(self.waits) / len(self.waits)
        obliged = sum(self.obliged_waits) / max(1, len(self.obliged_waits))
        seats = f"{self.filled:,} ({share:.1f} %)"
        return _cells(
            name,
            seats,
            f"{mean:.0f}",
            percentile(self.waits, 90),
            f"{obliged:.0f}",
            self.legal_envy,
            self.waiting_envy,
            self.children_alone,
        )


def heading() -> str:
    """The heading of the table; waits in days."""
    return _cells(
        "way", "seats filled", "mean wait", "90 %", "obliged", "envy legal", "waiting", "children alone"
    )


def _cells(name: str, *values: object) -> str:
    widths = (16, 10, 6, 8, 11, 8, 15)
    return f"{name:<33}" + "".join(
        f"{value:>{width}}" for value, width in zip(values, widths, strict=True)
    )


def make_world(seed: int, rounds: int, *, people: int = 36, courses: int = 4) -> World:
    """Arrivals and course starts of so many rounds, on average so many of each round."""
    random = Random(seed)  # noqa: S311  no secret depends on it
    days = tuple(FIRST_DAY + timedelta(days=DAYS_BETWEEN * i) for i in range(rounds))
    return World(
        days,
        tuple(tuple(_people(random, day, i, people)) for i, day in enumerate(days)),
        tuple(
            tuple(
                _course(random, day, f"o{i:03}-{n}")
                for n in range(random.randint(courses - 1, courses + 1))
            )
            for i, day in enumerate(days)
        ),
    )


def run(world: World, way: Way, outcome: Outcome) -> Iterator[AllocationProblem]:
    """Live through the world; each round's problem as this way met it."""
    waiting: list[Person] = []
    for day, arrived, courses in zip(world.days, world.arrivals, world.courses, strict=True):
        waiting = [*_drop_out(waiting, day, outcome), *arrived]
        problem = build(waiting, courses, day)
        found = way(problem)
        _count(outcome, problem, found)
        waiting = [one for one in waiting if one.id not in found.places]
        yield problem
    _note_waits(outcome, waiting, world.days[-1])


def build(waiting: list[Person], courses: tuple[Course, ...], day: date) -> AllocationProblem:
    """The problem of one round."""
    ordered = sorted(waiting, key=lambda one: (one.arrived_on, one.id))
    applicants = tuple(
        Applicant(
            entry_id=one.id,
            client_id=f"c{one.id}",
            entered_on=one.arrived_on,
            rank=rank,
            priority=one.priority,
            waited_days=(day - one.arrived_on).days,
            household=one.household,
            needs_childcare=one.needs_childcare,
        )
        for rank, one in enumerate(ordered)
    )
    options = {
        (one.id, course.start.offer_id): option
        for one in ordered
        for course in courses
        if (option := _option(one, course)) is not None
    }
    return AllocationProblem(applicants, tuple(course.start for course in courses), options)


def count_children_alone(problem: AllocationProblem, allocation: Allocation) -> int:
    """Households all of whose waiting adults have a place at one and the same hour."""
    client_of = {one.entry_id: one.client_id for one in problem.applicants}
    offer_of = {client_of[entry]: offer for entry, offer in allocation.places.items()}
    hours = list_crowded_hours(problem.starts)
    return sum(
        any(all(offer_of.get(adult) in crowded for adult in home.adult_ids) for crowded in hours)
        for home in list_households(problem.applicants)
        if home.needs_childcare
    )


def large_problem(
    seed: int, people: int = 300, starts: int = 40, *, density: float | None = None
) -> AllocationProblem:
    """One round of that size; with ``density`` that share of all pairs is possible, whatever their
    levels and ways (else: what suits).
    """
    random = Random(seed)  # noqa: S311  no secret depends on it
    waiting: list[Person] = []
    for number in range(40):
        day = FIRST_DAY + timedelta(days=7 * number)
        waiting += _people(random, day, number, people // 35)
    day = FIRST_DAY + timedelta(days=300)
    courses = tuple(_course(random, day, f"o{n:03}") for n in range(starts))
    smaller = tuple(
        replace(course, start=replace(course.start, seats=random.randint(3, 7))) for course in courses
    )
    problem = build(waiting[:people], smaller, day)
    if density is None:
        return problem
    options = {
        (one.entry_id, course.start.offer_id): Option(
            round(random.random(), 3), round(12 * random.random(), 1)
        )
        for one in problem.applicants
        for course in courses
        if random.random() < density
    }
    return replace(problem, options=options)


def _people(random: Random, day: date, number: int, count: int) -> Iterator[Person]:
    made = 0
    wanted = random.randint(count * 2 // 3, count * 4 // 3)
    while made < wanted:
        size = random.choice((1, 1, 1, 2, 2, 3))
        home = f"h{number:03}-{made}" if size > 1 else None
        position = (random.uniform(0, 10), random.uniform(0, 8))
        has_children = random.random() < 0.55
        level = random.choice((0, 0, 1, 1, 2, 3))
        for _member in range(size):
            yield Person(
                id=f"p{number:03}-{made:03}",
                household=home,
                arrived_on=day - timedelta(days=random.randint(0, DAYS_BETWEEN - 1)),
                priority=random.choice(_PRIORITIES),
                level=min(3, max(0, level + random.choice((-1, 0, 0, 1)))),
                halves=frozenset(random.sample(sorted(_HALVES), random.choice((1, 2, 2, 3)))),
                position=position,
                reach_km=random.choice((4, 8, 15)),
                needs_childcare=has_children,
                gives_up_after_days=random.choice((200, 365, 500, 900)),
            )
            made += 1


def _course(random: Random, day: date, offer_id: str) -> Course:
    half = random.choice(sorted(_HALVES))
    minute = _HALVES[half]
    site = random.randint(0, 5)
    begins = day + timedelta(days=random.randint(7, 35))
    return Course(
        CourseStart(
            offer_id=offer_id,
            seats=random.randint(4, 8),
            starts_on=begins,
            spans=tuple(TimeSpan(w, minute, minute + 180) for w in random.choice(_RHYTHMS)),
            has_childcare=random.choice((True, False, False, None)),
            ends_on=begins + timedelta(days=random.choice((60, 120, 180))),
            site=f"s{site}",
        ),
        level=random.choice((0, 0, 1, 1, 2, 3)),
        half=half,
        position=(1.5 + 1.5 * site, 1 + site * 5 % 7),
    )


def _option(one: Person, course: Course) -> Option | None:
    km = (
        (one.position[0] - course.position[0]) ** 2 + (one.position[1] - course.position[1]) ** 2
    ) ** 0.5
    if one.level < course.level or one.level > course.level + 1:
        return None
    if course.half not in one.halves or km > one.reach_km:
        return None
    fit = 0.9 - 0.3 * (one.level - course.level) - 0.03 * km
    return Option(round(max(0.05, fit), 3), round(km, 1))


def _drop_out(waiting: list[Person], day: date, outcome: Outcome) -> Iterator[Person]:
    for one in waiting:
        if (day - one.arrived_on).days > one.gives_up_after_days:
            _note_waits(outcome, [one], day)
        else:
            yield one


def _note_waits(outcome: Outcome, people: list[Person], day: date) -> None:
    for one in people:
        outcome.waits.append((day - one.arrived_on).days)
        if one.priority == 0:
            outcome.obliged_waits.append((day - one.arrived_on).days)


def _count(outcome: Outcome, problem: AllocationProblem, found: Allocation) -> None:
    outcome.offered += sum(start.seats for start in problem.starts)
    outcome.filled += measure_waits(problem, found).placed
    for one in problem.applicants:
        if one.entry_id in found.places:
            outcome.waits.append(one.waited_days)
            if one.priority == 0:
                outcome.obliged_waits.append(one.waited_days)
    envy = find_envy(problem, found)
    outcome.legal_envy += sum(one.kind == "legal_priority" for one in envy)
    outcome.waiting_envy += sum(one.kind == "waiting_time" for one in envy)
    outcome.children_alone += count_children_alone(problem, found)
    outcome.unproved += found.way == "exact" and not found.is_exact
