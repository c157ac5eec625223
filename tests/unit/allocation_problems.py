"""Small problems for tests of the allocation, their brute force, and a way to draw them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

from hypothesis import strategies as st

from app.matching.allocation_rules import (
    AllocationProblem,
    Applicant,
    CourseStart,
    Option,
    count_pairs_apart,
    list_households,
    overlap,
)
from app.matching.types import TimeSpan

DAY = date(2026, 11, 23)
_LATER = DAY + timedelta(days=60)
_MUCH_LATER = DAY + timedelta(days=90)
MORNING = (TimeSpan(1, 540, 720), TimeSpan(3, 540, 720))
LATE_MORNING = (TimeSpan(1, 660, 780),)
AFTERNOON = (TimeSpan(1, 840, 1020),)
OTHER_DAYS = (TimeSpan(2, 540, 720),)


def applicant(
    entry: str, *, waited: int = 10, priority: int = 3, client: str | None = None, rank: int = 0, **more
) -> Applicant:
    return Applicant(
        entry_id=entry,
        client_id=client or f"client of {entry}",
        entered_on=DAY - timedelta(days=waited),
        rank=rank,
        priority=priority,
        waited_days=waited,
        **more,
    )


def problem_of(
    applicants: list[Applicant], starts: list[CourseStart], options: dict[tuple[str, str], float]
) -> AllocationProblem:
    """Options are told by their fit."""
    return AllocationProblem(
        tuple(applicants), tuple(starts), {key: Option(fit) for key, fit in options.items()}
    )


@st.composite
def small_problems(draw: st.DrawFn, *, families: bool = True) -> AllocationProblem:
    """Up to five entries and three courses: few enough to try everything."""
    count = draw(st.integers(1, 5))
    ranks = draw(st.permutations(range(count)))
    applicants = [
        applicant(
            f"e{i}",
            waited=draw(st.sampled_from([0, 5, 5, 40, 200])),
            priority=draw(st.integers(0, 3)),
            client=f"c{draw(st.integers(0, i))}" if draw(st.integers(0, 5)) == 0 else f"c{i}",
            rank=ranks[i],
            household=draw(st.sampled_from([None, "h1", "h1", "h2"])) if families else None,
            needs_childcare=draw(st.booleans()),
            is_adult=draw(st.integers(0, 4)) > 0,
        )
        for i in range(count)
    ]
    periods = [(None, None), (None, _LATER), (DAY, None), (DAY, _LATER), (_MUCH_LATER, None)]
    starts = []
    for i in range(draw(st.integers(1, 3))):
        starts_on, ends_on = draw(st.sampled_from(periods))
        starts.append(
            CourseStart(
                f"o{i}",
                seats=draw(st.integers(0, 2)),
                starts_on=starts_on,
                ends_on=ends_on,
                spans=draw(st.sampled_from([(), MORNING, LATE_MORNING, AFTERNOON, OTHER_DAYS])),
                has_childcare=draw(st.sampled_from([None, False, True])),
                site=draw(st.sampled_from([None, "s1", "s2"])),
            )
        )
    options = {
        (one.entry_id, start.offer_id): Option(
            fit=draw(st.integers(0, 4)) / 4, distance_km=draw(st.sampled_from([None, 0.5, 2.0, 7.3]))
        )
        for one in applicants
        for start in starts
        if draw(st.integers(0, 3)) > 0
    }
    return AllocationProblem(tuple(applicants), tuple(starts), options)


def all_allocations(problem: AllocationProblem) -> Iterator[dict[str, str]]:
    """Every allocation that seats, rules, one place for each client and the children allow."""
    choices = [
        [
            None,
            *(
                start.offer_id
                for start in problem.starts
                if (one.entry_id, start.offer_id) in problem.options
            ),
        ]
        for one in problem.applicants
    ]
    for chosen in product(*choices):
        places = {
            one.entry_id: offer
            for one, offer in zip(problem.applicants, chosen, strict=True)
            if offer is not None
        }
        if is_possible(problem, places):
            yield places


def is_possible(problem: AllocationProblem, places: dict[str, str]) -> bool:
    """Written a second time, and as plainly as it gets: by the hour, not by sets of courses."""
    client_of = {one.entry_id: one.client_id for one in problem.applicants}
    start_of = {start.offer_id: start for start in problem.starts}
    if any((entry, offer) not in problem.options for entry, offer in places.items()):
        return False
    if any(list(places.values()).count(one.offer_id) > one.seats for one in problem.starts):
        return False
    clients = [client_of[entry] for entry in places]
    if len(set(clients)) < len(clients):
        return False
    course_of = {client_of[entry]: start_of[offer] for entry, offer in places.items()}
    for home in list_households(problem.applicants):
        if home.needs_childcare and all(adult in course_of for adult in home.adult_ids):
            courses = [course_of[adult] for adult in home.adult_ids]
            if _all_at_once(courses):
                return False
    return True


def _all_at_once(courses: list[CourseStart]) -> bool:
    """Two are compared as such; more of them minute by minute, in steps of half an hour."""
    if any(course.has_childcare for course in courses):
        return False
    if len(courses) == 2:
        return bool(courses[0].spans) and overlap(*courses)
    days = [date.min, *(c.starts_on for c in courses if c.starts_on)]
    return any(
        all(_is_held(c, day, weekday, minute) for c in courses)
        for day in days
        for weekday, minute in product(range(1, 8), range(0, 1440, 30))
    )


def _is_held(course: CourseStart, day: date, weekday: int, minute: int) -> bool:
    if (course.starts_on and day < course.starts_on) or (course.ends_on and day > course.ends_on):
        return False
    return any(s.weekday == weekday and s.from_minute <= minute < s.to_minute for s in course.spans)


def worth(problem: AllocationProblem, places: dict[str, str]) -> tuple[int, ...]:
    """What is to be as large as possible, the first number before the second and so on."""
    of_entry = {one.entry_id: one for one in problem.applicants}
    placed = [of_entry[entry] for entry in places]
    ranks = sorted({one.rank for one in problem.applicants}, reverse=True)
    options = [problem.options[item] for item in places.items()]
    return (
        *(sum(one.priority == p for one in placed) for p in range(4)),
        *(sum(one.waited_days for one in placed if one.priority == p) for p in range(4)),
        sum(ranks.index(one.rank) for one in placed),
        -count_pairs_apart(problem, places),
        sum(round(option.fit * 1000) for option in options),
        -sum(round(_km(problem, item) * 10) for item in places.items()),
    )


def _km(problem: AllocationProblem, item: tuple[str, str]) -> float:
    known = problem.options[item].distance_km
    if known is not None:
        return known
    own = [o.distance_km for (entry, _offer), o in problem.options.items() if entry == item[0]]
    return max((km for km in own if km is not None), default=0)
