"""Allocations in figures: seats by group, waiting times, and what families and priorities cost; pure.

What leaves this module as figures names nobody, and hides what is told of few people.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.matching.allocation import DEFAULT_SECONDS, allocate
from app.matching.allocation_rules import (
    Allocation,
    AllocationProblem,
    list_households,
    without_families,
    without_priorities,
)
from app.matching.equity import EquityReport

UNKNOWN: Final = "unknown"
LEAST_SHOWN: Final = 5
"""Groups of fewer people are not told."""
WAITING_BANDS: Final = ((91, "under_3_months"), (183, "3_to_6_months"), (365, "6_to_12_months"))
"""Days waited below which the group counts."""
LONGEST_BAND: Final = "over_12_months"
AGE_BANDS: Final = ((18, "under_18"), (27, "18_to_26"), (50, "27_to_49"))
"""Years below which the group counts."""
OLDEST_BAND: Final = "50_and_over"


@dataclass(frozen=True, slots=True)
class GroupSeats:
    """How a group of people fares; counts are clients. `None`: hidden, because they are few."""

    dimension: str
    """``sex``, ``age_group``, ``language`` or ``waiting_time``."""
    group: str
    waiting: int | None
    proposed: int | None
    listed: int | None


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """How long those placed have waited."""

    placed: int
    waited_days: int
    """In sum."""
    mean_days: float | None
    """`None`: nobody has a place."""
    p90_days: int | None
    """Nine of ten waited no longer than this."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a rule costs: how much more there would be without it. Less than nothing is possible for one
    of the two: more people with a place can be people who waited for a shorter time.
    """

    seats: int
    waited_days: int
    """In sum over those placed."""
    is_exact: bool = True
    """Whether both ways were solved to the end."""


def age_group(birth_date: date | None, day: date) -> str:
    """The group of ages somebody belongs to on a day."""
    if birth_date is None:
        return UNKNOWN
    years = day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
    return next((group for limit, group in AGE_BANDS if years < limit), OLDEST_BAND)


def waiting_group(waited_days: int) -> str:
    """The group of waiting times."""
    return next((group for limit, group in WAITING_BANDS if waited_days < limit), LONGEST_BAND)


def count_seats(
    problem: AllocationProblem,
    proposal: Allocation,
    listed: Allocation,
    attributes: Mapping[str, Mapping[str, str | None]],
) -> tuple[GroupSeats, ...]:
    """Seats by waiting time and by whatever ``attributes`` (entry id → dimension → group) tell.

    Each client counts once, by the entry that waits longest. Small groups are not hidden yet
    (`hide_small`).
    """
    of_client: dict[str, dict[str, str]] = {}
    for one in sorted(problem.applicants, key=lambda one: (one.rank, one.entry_id), reverse=True):
        told = {key: value or UNKNOWN for key, value in attributes.get(one.entry_id, {}).items()}
        of_client[one.client_id] = {**told, "waiting_time": waiting_group(one.waited_days)}
    client_of = {one.entry_id: one.client_id for one in problem.applicants}
    waiting = _count(list(of_client), of_client)
    proposed = _count([client_of[entry] for entry in proposal.places], of_client)
    first_come = _count([client_of[entry] for entry in listed.places], of_client)
    return tuple(
        GroupSeats(*key, waiting[key], proposed[key], first_come[key]) for key in sorted(waiting)
    )


def _count(clients: Sequence[str], groups: Mapping[str, Mapping[str, str]]) -> Counter[tuple[str, str]]:
    return Counter(item for client in clients for item in groups[client].items())


def hide_small(rows: Sequence[GroupSeats]) -> tuple[GroupSeats, ...]:
    """The same rows without what is told of fewer than `LEAST_SHOWN` people.

    Where the sum of the column would tell what is hidden, as it is one number or few people in all, the
    next smallest number is hidden, too.
    """
    found: list[GroupSeats] = []
    for dimension in sorted({row.dimension for row in rows}):
        those = [row for row in rows if row.dimension == dimension]
        few = {i for i, row in enumerate(those) if (row.waiting or 0) < LEAST_SHOWN}
        columns = [
            _hide_in_column([getattr(row, column) for row in those], few)
            for column in ("waiting", "proposed", "listed")
        ]
        found += [
            GroupSeats(dimension, row.group, *numbers)
            for row, *numbers in zip(those, *columns, strict=True)
        ]
    return tuple(found)


def _hide_in_column(numbers: Sequence[int], few: set[int]) -> list[int | None]:
    hidden = few | {i for i, number in enumerate(numbers) if 0 < number < LEAST_SHOWN}
    rest = [(number, i) for i, number in enumerate(numbers) if i not in hidden and number]
    for _number, i in sorted(rest):
        if not hidden or (len(hidden) > 1 and sum(numbers[j] for j in hidden) >= LEAST_SHOWN):
            break
        hidden.add(i)
    return [None if i in hidden else number for i, number in enumerate(numbers)]


def measure_waits(problem: AllocationProblem, allocation: Allocation) -> WaitFigures:
    """How long those who have a place have waited."""
    waited_of = {one.entry_id: one.waited_days for one in problem.applicants}
    days = sorted(waited_of[entry] for entry in allocation.places)
    if not days:
        return WaitFigures(0, 0, None, None)
    p90 = days[math.ceil(len(days) * 9 / 10) - 1]
    return WaitFigures(len(days), sum(days), sum(days) / len(days), p90)


def price_of_families(
    problem: AllocationProblem, proposal: Allocation, *, seconds: float = DEFAULT_SECONDS
) -> Price:
    """What it costs that families are kept in mind."""
    if not list_households(problem.applicants):
        return Price(0, 0)
    return _price(problem, proposal, without_families(problem), seconds)


def price_of_priorities(
    problem: AllocationProblem, proposal: Allocation, *, seconds: float = DEFAULT_SECONDS
) -> Price:
    """What it costs that a legal right goes before the time of waiting."""
    if len({one.priority for one in problem.applicants}) < 2:
        return Price(0, 0)
    return _price(problem, proposal, without_priorities(problem), seconds)


def _price(
    problem: AllocationProblem, proposal: Allocation, relaxed: AllocationProblem, seconds: float
) -> Price:
    other = allocate(relaxed, seconds=seconds)
    with_rule, without = measure_waits(problem, proposal), measure_waits(problem, other)
    return Price(
        seats=without.placed - with_rule.placed,
        waited_days=without.waited_days - with_rule.waited_days,
        is_exact=proposal.is_exact and other.is_exact,
    )


def to_figures(
    problem: AllocationProblem,
    proposal: Allocation,
    listed: Allocation,
    report: EquityReport,
    seats: Sequence[GroupSeats],
    prices: Mapping[str, Price],
) -> dict[str, Any]:
    """The report in numbers only, as JSON can carry them: nobody's id, small groups hidden."""
    return {
        "seats": sum(start.seats for start in problem.starts),
        "waiting": len({one.client_id for one in problem.applicants}),
        "is_exact": proposal.is_exact,
        "proposed": _wait_figures(problem, proposal),
        "listed": _wait_figures(problem, listed),
        "gains": len(report.gains),
        "losses": len(report.losses),
        "moves": len(report.moves),
        "envy": len(report.envy),
        "listed_envy": len(report.listed_envy),
        "pairs_apart": report.pairs_apart,
        "listed_pairs_apart": report.listed_pairs_apart,
        "unfilled": [
            {"offer_id": one.offer_id, "seats": one.seats, "reason": one.reason}
            for one in report.unfilled
        ],
        "price": {
            name: {"seats": one.seats, "waited_days": one.waited_days, "is_exact": one.is_exact}
            for name, one in sorted(prices.items())
        },
        "by_group": [
            {
                "dimension": row.dimension,
                "group": row.group,
                "waiting": row.waiting,
                "proposed": row.proposed,
                "listed": row.listed,
            }
            for row in hide_small(seats)
        ],
    }


def _wait_figures(problem: AllocationProblem, allocation: Allocation) -> dict[str, Any]:
    found = measure_waits(problem, allocation)
    mean = None if found.mean_days is None else round(found.mean_days, 1)
    return {
        "placed": found.placed,
        "waited_days": found.waited_days,
        "mean_days": mean,
        "p90_days": found.p90_days,
    }
