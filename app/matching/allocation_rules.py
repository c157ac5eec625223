"""What an allocation of places is made from and gives: plain values, shared by all ways to allocate.

And the rules that hold whichever way it is made: who stands before whom, when two courses keep a family
apart, when the hours of the parents leave nobody for the children. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from typing import Final

from app.matching.types import TimeSpan

PRIORITIES: Final = (0, 1, 2, 3)
"""From the obliged to those without a right; see `Applicant.priority`."""
MAX_WAITED_DAYS: Final = 36_525
"""A hundred years: more is a mistake, and would cost the sums their exactness."""
MAX_SEATS: Final = 100_000
MAX_DISTANCE_KM: Final = 20_038
"""Half way round the earth."""


class ProblemError(ValueError):
    """The problem contradicts itself; the message says where."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who waits for a place."""

    entry_id: str
    client_id: str
    entered_on: date
    rank: int
    """Position by the day of entry among all applicants: 0 came first."""
    priority: int
    """Legal priority: 0 = obliged to take part (AufenthG § 44a), 1 = claim or entitlement,
    2 = admission, 3 = none or unknown."""
    waited_days: int
    household: str | None = None
    """Whoever shares it lives together; `None`: alone."""
    needs_childcare: bool = False
    is_adult: bool = True
    """Could look after the children of the household."""


@dataclass(frozen=True, slots=True)
class CourseStart:
    """A course with the places that are given out."""

    offer_id: str
    seats: int
    starts_on: date | None = None
    spans: tuple[TimeSpan, ...] = ()
    """Weekly times; empty: unknown."""
    has_childcare: bool | None = None
    ends_on: date | None = None
    """The last day; `None`: unknown."""
    site: str | None = None
    """Where it is held: the same key, the same place; `None`: unknown."""


@dataclass(frozen=True, slots=True)
class Option:
    """A course start that the rules allow an applicant."""

    fit: float
    """The score of the match, between 0 and 1."""
    distance_km: float | None = None
    needs_clarifying: bool = False


@dataclass(frozen=True, slots=True)
class AllocationProblem:
    """Who may get what."""

    applicants: tuple[Applicant, ...]
    starts: tuple[CourseStart, ...]
    options: Mapping[tuple[str, str], Option]
    """(entry id, offer id) → what speaks for it; pairs that the rules exclude are missing."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who gets what; who is missing goes without."""

    places: Mapping[str, str] = field(default_factory=dict)
    """Entry id → offer id."""
    is_exact: bool = True
    """Whether nothing better exists (proved by the solver)."""
    way: str = "exact"
    """``exact``, ``first_come`` or ``greedy``."""


@dataclass(frozen=True, slots=True)
class Household:
    """Clients who live together and of whom more than one waits."""

    key: str
    client_ids: tuple[str, ...]
    """In order."""
    adult_ids: tuple[str, ...]
    needs_childcare: bool
    """Somebody among them has children to look after, and there are at least two adults: while both
    of them wait, the one is not simply free for the children of the other."""


def check_problem(problem: AllocationProblem) -> None:
    """Raise `ProblemError` for whatever no way to allocate could make sense of."""
    applicants = {one.entry_id for one in problem.applicants}
    starts = {start.offer_id for start in problem.starts}
    if len(applicants) != len(problem.applicants):
        raise ProblemError("an entry stands twice among the applicants")
    if len(starts) != len(problem.starts):
        raise ProblemError("an offer stands twice among the course starts")
    for one in problem.applicants:
        _check_applicant(one)
    for start in problem.starts:
        if not 0 <= start.seats <= MAX_SEATS:
            raise ProblemError(f"{start.offer_id}: {start.seats} is not a number of seats")
        if start.ends_on is not None and start.ends_on < _first_day(start):
            raise ProblemError(f"{start.offer_id}: ends before it begins")
    for (entry_id, offer_id), option in problem.options.items():
        if entry_id not in applicants or offer_id not in starts:
            raise ProblemError(f"the option {entry_id} → {offer_id} names something unknown")
        _check_option(entry_id, offer_id, option)


def _check_applicant(one: Applicant) -> None:
    if one.priority not in PRIORITIES:
        raise ProblemError(f"{one.entry_id}: a priority lies between 0 and 3")
    if not 0 <= one.waited_days <= MAX_WAITED_DAYS:
        raise ProblemError(f"{one.entry_id}: nobody has waited for {one.waited_days} days")


def _check_option(entry_id: str, offer_id: str, option: Option) -> None:
    if not 0 <= option.fit <= 1:
        raise ProblemError(f"{entry_id} → {offer_id}: a fit lies between 0 and 1")
    if option.distance_km is not None and not 0 <= option.distance_km <= MAX_DISTANCE_KM:
        raise ProblemError(f"{entry_id} → {offer_id}: {option.distance_km} km is no distance")


def precedence(one: Applicant) -> tuple[int, int, int, str]:
    """The key of the order in which people have a right to a place: legal priority, then days waited,
    then the position on the list.
    """
    return one.priority, -one.waited_days, one.rank, one.entry_id


def list_households(applicants: Iterable[Applicant]) -> tuple[Household, ...]:
    """Households of which at least two clients wait, in order."""
    members: dict[str, list[Applicant]] = defaultdict(list)
    for one in applicants:
        if one.household is not None:
            members[one.household].append(one)
    found = []
    for key, those in sorted(members.items()):
        clients = tuple(sorted({one.client_id for one in those}))
        adults = tuple(sorted({one.client_id for one in those if one.is_adult}))
        if len(clients) > 1:
            needs = len(adults) > 1 and any(one.needs_childcare for one in those)
            found.append(Household(key, clients, adults, needs))
    return tuple(found)


def overlap(one: CourseStart, other: CourseStart) -> bool:
    """Whether some minute belongs to both courses. Unknown times overlap nothing."""
    if _is_over_before(one, other) or _is_over_before(other, one):
        return False
    return any(
        a.weekday == b.weekday and a.from_minute < b.to_minute and b.from_minute < a.to_minute
        for a in one.spans
        for b in other.spans
    )


def _is_over_before(one: CourseStart, other: CourseStart) -> bool:
    return one.ends_on is not None and other.starts_on is not None and one.ends_on < other.starts_on


def keep_apart(one: CourseStart, other: CourseStart, *, needs_childcare: bool) -> bool:
    """Whether places in these two courses would take members of a family different ways.

    They go together in the same course, at the same site, or on some common weekday; with children to
    look after also at complementary hours, which are better still. What is unknown keeps nobody apart.
    """
    if one.offer_id == other.offer_id or not one.spans or not other.spans:
        return False
    if one.site is not None and one.site == other.site:
        return False
    if needs_childcare and not overlap(one, other):
        return False
    return not {span.weekday for span in one.spans} & {span.weekday for span in other.spans}


def list_crowded_hours(starts: Iterable[CourseStart]) -> tuple[frozenset[str], ...]:
    """The largest sets of courses without (known) childcare that are all held at one and the same
    time: of each, the adults of a household with children must leave one adult out.

    Whatever runs at the same time also runs at the same time when the last of them begins.
    """
    those = [start for start in starts if start.has_childcare is not True and start.spans]
    days = sorted({_first_day(start) for start in those})
    found = set()
    for weekday, minute in sorted({(s.weekday, s.from_minute) for one in those for s in one.spans}):
        at_this_time = [one for one in those if _covers(one, weekday, minute)]
        for day in days:
            found.add(frozenset(one.offer_id for one in at_this_time if _runs_on(one, day)))
    largest = [one for one in found if one and not any(one < other for other in found)]
    return tuple(sorted(largest, key=sorted))


def _covers(start: CourseStart, weekday: int, minute: int) -> bool:
    return any(s.weekday == weekday and s.from_minute <= minute < s.to_minute for s in start.spans)


def _runs_on(start: CourseStart, day: date) -> bool:
    return _first_day(start) <= day and (start.ends_on is None or day <= start.ends_on)


def _first_day(start: CourseStart) -> date:
    return start.starts_on or date.min


def count_pairs_apart(problem: AllocationProblem, places: Mapping[str, str]) -> int:
    """How many pairs of a household have places that keep them apart."""
    start_of = {start.offer_id: start for start in problem.starts}
    client_of = {one.entry_id: one.client_id for one in problem.applicants}
    placed = {client_of[entry]: start_of[offer] for entry, offer in places.items()}
    return sum(
        keep_apart(placed[one], placed[other], needs_childcare=household.needs_childcare)
        for household in list_households(problem.applicants)
        for one, other in combinations(household.client_ids, 2)
        if one in placed and other in placed
    )


def without_families(problem: AllocationProblem) -> AllocationProblem:
    """The same problem as if everybody lived alone."""
    alone = tuple(replace(one, household=None) for one in problem.applicants)
    return replace(problem, applicants=alone)


def without_priorities(problem: AllocationProblem) -> AllocationProblem:
    """The same problem as if nobody had a right before others: only the time of waiting counts."""
    equal = tuple(replace(one, priority=PRIORITIES[-1]) for one in problem.applicants)
    return replace(problem, applicants=equal)
