"""The plain ways to share places, beside which the exact one has to show itself; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from app.matching.allocation_rules import (
    Allocation,
    AllocationProblem,
    Applicant,
    Option,
    check_problem,
    list_crowded_hours,
    list_households,
    precedence,
)


def first_come(problem: AllocationProblem) -> Allocation:
    """The plain list: by the day of entry, each takes the best option that still has a seat.

    Knows neither legal priority nor families; the best option is the one with the highest fit, then the
    nearest. One place for each client. Raises `ProblemError`.
    """
    check_problem(problem)
    taking = _Taking(problem)
    for one in sorted(problem.applicants, key=lambda one: (one.rank, one.entered_on, one.entry_id)):
        taking.take_best(one)
    return Allocation(taking.places, is_exact=False, way="first_come")


def greedy(problem: AllocationProblem) -> Allocation:
    """The highest score first, whoever it belongs to; equal ones by day of entry.

    Raises `ProblemError`.
    """
    check_problem(problem)
    taking = _Taking(problem)
    applicant_of = {one.entry_id: one for one in problem.applicants}
    ranked = sorted(
        problem.options.items(), key=lambda item: (-item[1].fit, applicant_of[item[0][0]].rank, item[0])
    )
    for (entry_id, offer_id), _option in ranked:
        taking.take(applicant_of[entry_id], offer_id)
    return Allocation(taking.places, is_exact=False, way="greedy")


def take_in_order(problem: AllocationProblem) -> dict[str, str]:
    """Entry id → offer id when people choose in order of precedence, and leave somebody with the
    children: what the exact way starts from.
    """
    crowding = _Crowding(problem)
    taking = _Taking(problem, crowding.is_possible)
    for one in sorted(problem.applicants, key=precedence):
        taking.take_best(one)
    return taking.places


def _attraction(item: tuple[str, Option]) -> tuple[float, bool, float, str]:
    offer_id, option = item
    km = option.distance_km
    return -option.fit, km is None, km or 0, offer_id


class _Taking:
    """Seats are taken one by one."""

    def __init__(
        self,
        problem: AllocationProblem,
        is_possible: Callable[[Applicant, str, dict[str, str]], bool] | None = None,
    ) -> None:
        self.places: dict[str, str] = {}
        self._offer_of_client: dict[str, str] = {}
        self._is_possible = is_possible
        self._free = {start.offer_id: start.seats for start in problem.starts}
        self._options: dict[str, list[tuple[str, Option]]] = defaultdict(list)
        for (entry_id, offer_id), option in problem.options.items():
            self._options[entry_id].append((offer_id, option))

    def take_best(self, one: Applicant) -> None:
        """The best option that is left for this applicant, if any."""
        for offer_id, _option in sorted(self._options[one.entry_id], key=_attraction):
            if self.take(one, offer_id):
                return

    def take(self, one: Applicant, offer_id: str) -> bool:
        """A seat in this course, when one is free and the client has none yet."""
        if one.client_id in self._offer_of_client or self._free[offer_id] < 1:
            return False
        if self._is_possible and not self._is_possible(one, offer_id, self._offer_of_client):
            return False
        self._free[offer_id] -= 1
        self._offer_of_client[one.client_id] = self.places[one.entry_id] = offer_id
        return True


class _Crowding:
    """Whether a place would leave the children of a household alone."""

    def __init__(self, problem: AllocationProblem) -> None:
        self._hours = list_crowded_hours(problem.starts)
        self._homes = [home for home in list_households(problem.applicants) if home.needs_childcare]

    def is_possible(self, one: Applicant, offer_id: str, offer_of_client: dict[str, str]) -> bool:
        """At every hour of this course some adult is in none of the courses held then."""
        crowded = [hours for hours in self._hours if offer_id in hours]
        for home in self._homes:
            if one.client_id not in home.adult_ids:
                continue
            others = [adult for adult in home.adult_ids if adult != one.client_id]
            if any(_are_all_in(hours, others, offer_of_client) for hours in crowded):
                return False
        return True


def _are_all_in(
    hours: Collection[str], clients: Iterable[str], offer_of_client: dict[str, str]
) -> bool:
    return all(offer_of_client.get(client, "") in hours for client in clients)
