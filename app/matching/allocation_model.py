"""The integer program behind an allocation: its columns, its rows, and what is aimed at; pure.

Columns: one per option (this applicant gets this place: 0 or 1), one per applicant (the sum of theirs),
one per pair of a household (1 when their places keep them apart). Everything is in whole numbers, so
that what was reached on one level can be demanded exactly on the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.matching.allocation_rules import (
    PRIORITIES,
    AllocationProblem,
    Applicant,
    CourseStart,
    Household,
    keep_apart,
    list_crowded_hours,
    list_households,
)

FIT_STEPS: Final = 1000
"""The fit counts in thousandths."""
DISTANCE_STEPS: Final = 10
"""The distance counts in steps of 100 m."""

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """``sum(factor × column) <= upper``; or ``== upper``."""

    columns: tuple[int, ...]
    factors: tuple[int, ...]
    upper: int
    is_equal: bool = False


@dataclass(frozen=True, slots=True)
class Aim:
    """What one level makes as large as possible: a sum over the columns, in whole numbers."""

    name: str
    factors: Whole

    def worth(self, values: Whole) -> int:
        """The sum over these columns."""
        return int(self.factors @ values)


class AllocationModel:
    """Columns, rows and aims of a problem. The order of the input does not matter: ids decide."""

    def __init__(self, problem: AllocationProblem) -> None:
        self.applicants = tuple(sorted(problem.applicants, key=lambda one: one.entry_id))
        self.starts = tuple(sorted(problem.starts, key=lambda start: start.offer_id))
        self.options = {key: problem.options[key] for key in sorted(problem.options)}
        self.column_of_option = {key: column for column, key in enumerate(self.options)}
        self.option_count = len(self.options)
        self.column_of_entry = {
            one.entry_id: self.option_count + i for i, one in enumerate(self.applicants)
        }
        self._columns_of_client: dict[str, dict[str, list[int]]] = defaultdict(dict)
        client_of = {one.entry_id: one.client_id for one in self.applicants}
        for (entry_id, offer_id), column in self.column_of_option.items():
            offers = self._columns_of_client[client_of[entry_id]]
            offers.setdefault(offer_id, []).append(column)
        self.households = list_households(self.applicants)
        self._crowded_hours = list_crowded_hours(self.starts)
        self._apart = {needs: _list_apart(self.starts, needs) for needs in (False, True)}
        first_pair = self.option_count + len(self.applicants)
        self.column_of_pair = {
            pair: first_pair + i for i, pair in enumerate(self._pairs_that_may_part())
        }
        self.size = first_pair + len(self.column_of_pair)
        self._pair_rows = tuple(self._pairs_apart())
        self.rows = (*self._rows(), *self._pair_rows)

    def _pairs_that_may_part(self) -> list[tuple[str, str]]:
        return [
            (one, other)
            for household in self.households
            for one, other in combinations(household.client_ids, 2)
            if any(self._parting(household, one, other))
        ]

    def _parting(self, household: Household, one: str, other: str) -> Iterator[tuple[str, list[str]]]:
        """An offer of the one, and the offers of the other that would keep them apart."""
        of_one, of_other = self._columns_of_client[one], self._columns_of_client[other]
        for offer_id in of_one:
            apart = self._apart[household.needs_childcare][offer_id]
            parting = [theirs for theirs in of_other if theirs in apart]
            if parting:
                yield offer_id, parting

    def _rows(self) -> Iterator[Row]:
        yield from self._one_place_each()
        yield from self._capacities()
        for household in self.households:
            if household.needs_childcare:
                yield from self._somebody_is_with_the_children(household)

    def _one_place_each(self) -> Iterator[Row]:
        columns: dict[str, list[int]] = defaultdict(list)
        for (entry_id, _offer), column in self.column_of_option.items():
            columns[entry_id].append(column)
        entries_of: dict[str, list[int]] = defaultdict(list)
        for one in self.applicants:
            own = columns[one.entry_id]
            total = self.column_of_entry[one.entry_id]
            yield Row((*own, total), (*[1] * len(own), -1), 0, is_equal=True)
            entries_of[one.client_id].append(total)
        for totals in entries_of.values():
            if len(totals) > 1:
                yield Row(tuple(totals), (1,) * len(totals), 1)

    def _capacities(self) -> Iterator[Row]:
        columns: dict[str, list[int]] = defaultdict(list)
        for (_entry, offer_id), column in self.column_of_option.items():
            columns[offer_id].append(column)
        for start in self.starts:
            own = columns[start.offer_id]
            if len(own) > start.seats:
                yield Row(tuple(own), (1,) * len(own), start.seats)

    def _somebody_is_with_the_children(self, household: Household) -> Iterator[Row]:
        for crowded in self._crowded_hours:
            own = [
                [
                    column
                    for offer in crowded
                    for column in self._columns_of_client[adult].get(offer, ())
                ]
                for adult in household.adult_ids
            ]
            if all(own):
                columns = tuple(sorted(column for columns in own for column in columns))
                yield Row(columns, (1,) * len(columns), len(household.adult_ids) - 1)

    def _pairs_apart(self) -> Iterator[Row]:
        for household in self.households:
            for one, other in combinations(household.client_ids, 2):
                for offer_id, parting in self._parting(household, one, other):
                    own = self._columns_of_client[one][offer_id]
                    theirs = [c for offer in parting for c in self._columns_of_client[other][offer]]
                    columns = (*own, *theirs, self.column_of_pair[one, other])
                    yield Row(columns, (*[1] * (len(columns) - 1), -1), 1)

    def settle_pairs(self, values: Whole) -> Whole:
        """The same places, with 1 for exactly the pairs whose places keep them apart."""
        settled = values.copy()
        settled[list(self.column_of_pair.values())] = 0
        for row in self._pair_rows:
            *places, pair = row.columns
            if values[places].sum() > 1:
                settled[pair] = 1
        return settled

    def list_aims(self) -> tuple[Aim, ...]:
        """What counts, in this order; aims that cannot differ are left out."""
        aims = [*self._legal_priority(), *self._waiting_time(), self._family(), *self._fit()]
        return tuple(aim for aim in aims if aim.factors.any())

    def _legal_priority(self) -> Iterator[Aim]:
        for priority in PRIORITIES:
            yield self._of_applicants(f"placed_{priority}", partial(_counts, priority))

    def _waiting_time(self) -> Iterator[Aim]:
        for priority in PRIORITIES:
            yield self._of_applicants(f"waited_{priority}", partial(_days, priority))
        ranks = sorted({one.rank for one in self.applicants}, reverse=True)
        points = {rank: i for i, rank in enumerate(ranks)}
        yield self._of_applicants("came_first", lambda one: points[one.rank])

    def _of_applicants(self, name: str, factor: Callable[[Applicant], int]) -> Aim:
        factors = np.zeros(self.size, dtype=np.int64)
        for one in self.applicants:
            factors[self.column_of_entry[one.entry_id]] = factor(one)
        return Aim(name, factors)

    def _family(self) -> Aim:
        factors = np.zeros(self.size, dtype=np.int64)
        factors[list(self.column_of_pair.values())] = -1
        return Aim("together", factors)

    def _fit(self) -> Iterator[Aim]:
        fit = np.zeros(self.size, dtype=np.int64)
        way = np.zeros(self.size, dtype=np.int64)
        farthest: dict[str, float] = defaultdict(float)
        for (entry_id, _offer), option in self.options.items():
            farthest[entry_id] = max(farthest[entry_id], option.distance_km or 0)
        for key, option in self.options.items():
            column = self.column_of_option[key]
            km = farthest[key[0]] if option.distance_km is None else option.distance_km
            fit[column] = round(option.fit * FIT_STEPS)
            way[column] = -round(km * DISTANCE_STEPS)
        yield Aim("fit", fit)
        yield Aim("near", way)


def _list_apart(starts: Sequence[CourseStart], needs_childcare: bool) -> dict[str, frozenset[str]]:
    """Offer id → the offers that would take members of a family another way."""
    return {
        one.offer_id: frozenset(
            other.offer_id
            for other in starts
            if keep_apart(one, other, needs_childcare=needs_childcare)
        )
        for one in starts
    }


def _counts(priority: int, one: Applicant) -> int:
    return int(one.priority == priority)


def _days(priority: int, one: Applicant) -> int:
    return one.waited_days if one.priority == priority else 0
