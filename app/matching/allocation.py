"""Shares places exactly: an integer program solved by HiGHS, one aim after the other; pure.

The aims, each only among the ways that are best for all before it:

1. legal priority: as many as possible of those obliged to take part, then of those with a claim, then
   with an admission, then of the others (so that together no seat stays free that somebody could use);
2. waiting time: the sum of the days waited of those placed, class by class in the same order; then
   whoever came first;
3. families: as few pairs of a household as possible whose places keep them apart;
4. fit: the sum of the scores of the matches, in thousandths;
5. distance: the sum of the ways, in steps of 100 m; an unknown one counts as the farthest known of that
   person.

Without families the people who may be placed together form a matroid. In it these sums are largest for
exactly those whom one gets by going through the people in order of precedence and keeping everybody for
whom there is still room (after moving others around): nobody is left out for somebody who stands behind
them. That parents of one household leave somebody with the children is no aim but a condition, like the
seats and the rules.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import numpy as np

from app.matching.allocation_model import Aim, AllocationModel, Whole
from app.matching.allocation_rules import Allocation, AllocationProblem, check_problem
from app.matching.allocation_solver import Solver
from app.matching.first_come import take_in_order

DEFAULT_SECONDS: Final = 20.0
_LEAST_SECONDS: Final = 0.05
"""A level that gets less would only fail."""


def allocate(problem: AllocationProblem, *, seconds: float = DEFAULT_SECONDS) -> Allocation:
    """The best allocation; the same for the same problem, in whatever order it is told.

    After ``seconds`` the best one found so far is given with ``is_exact=False``: then the clock
    decides, and the answer may differ from run to run. Raises `ProblemError`.
    """
    check_problem(problem)
    model = AllocationModel(problem)
    start = take_in_order(problem)
    if not model.options:
        return Allocation({}, is_exact=True, way="exact")
    levels = _Levels(model, _columns_of(model, start), time.monotonic() + seconds)
    for aim in model.list_aims():
        levels.reach(aim)
    return Allocation(levels.places(), is_exact=levels.is_exact, way="exact")


class _Levels:
    """The best columns so far; each level keeps what those before it reached."""

    def __init__(self, model: AllocationModel, values: Whole, ends_at: float) -> None:
        self._model = model
        self._values = values
        self._ends_at = ends_at
        self._solver = Solver(model)
        self.is_exact = True

    def reach(self, aim: Aim) -> None:
        """Make the aim as large as it gets without giving up what was reached before."""
        if not (self._try(aim, is_whole=False) or self._try(aim, is_whole=True)):
            self.is_exact = False
        self._solver.demand(aim, aim.worth(self._values))

    def _try(self, aim: Aim, *, is_whole: bool) -> bool:
        """Whether nothing better exists than the columns known then."""
        left = self._ends_at - time.monotonic()
        if left < _LEAST_SECONDS:
            return False
        if is_whole:
            answer = self._solver.solve(aim, self._values, left)
        else:
            answer = self._solver.relax(aim, left)
        if answer.values is not None:
            values = self._model.settle_pairs(answer.values)
            if self._is_better(values, aim):
                self._values = values
        return answer.bound is not None and answer.bound <= aim.worth(self._values)

    def _is_better(self, values: Whole, aim: Aim) -> bool:
        """Checked in whole numbers: the solver calculates with tolerances."""
        return aim.worth(values) > aim.worth(self._values) and self._solver.holds(values)

    def places(self) -> dict[str, str]:
        """Entry id → offer id."""
        return {
            entry_id: offer_id
            for (entry_id, offer_id), column in self._model.column_of_option.items()
            if self._values[column]
        }


def _columns_of(model: AllocationModel, places: Mapping[str, str]) -> Whole:
    """An allocation as columns."""
    values = np.zeros(model.size, dtype=np.int64)
    for entry_id, offer_id in places.items():
        values[model.column_of_option[entry_id, offer_id]] = 1
        values[model.column_of_entry[entry_id]] = 1
    return model.settle_pairs(values)
