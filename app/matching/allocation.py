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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from app.matching.allocation_model import Aim, AllocationModel, Whole
from app.matching.allocation_rules import Allocation, AllocationProblem, check_problem
from app.matching.first_come import take_in_order

if TYPE_CHECKING:
    from highspy import Highs

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


@dataclass(frozen=True, slots=True)
class _Answer:
    values: Whole
    is_optimal: bool


class _Levels:
    """The best columns so far, and what each level demands of those that follow."""

    def __init__(self, model: AllocationModel, values: Whole, ends_at: float) -> None:
        self._model = model
        self._values = values
        self._ends_at = ends_at
        self._matrix = _Matrix(model)
        self._reached: list[tuple[Aim, int]] = []
        self.is_exact = True

    def reach(self, aim: Aim) -> None:
        """Make the aim as large as it gets without giving up what was reached before."""
        left = self._ends_at - time.monotonic()
        answer = self._solve(aim, left) if left > _LEAST_SECONDS else None
        if answer is not None and self._keeps_what_was_reached(answer.values, aim):
            self._values = answer.values
        if answer is None or not answer.is_optimal or answer.values is not self._values:
            self.is_exact = False
        self._reached.append((aim, _sum(aim, self._values)))

    def _keeps_what_was_reached(self, values: Whole, aim: Aim) -> bool:
        """Checked in whole numbers: the solver calculates with tolerances."""
        return (
            self._matrix.holds(values)
            and all(_sum(earlier, values) >= least for earlier, least in self._reached)
            and _sum(aim, values) >= _sum(aim, self._values)
        )

    def _solve(self, aim: Aim, seconds: float) -> _Answer | None:
        from highspy import HighsModelStatus

        solver = self._matrix.load(aim, self._reached, self._values)
        solver.setOptionValue("time_limit", seconds)
        solver.run()
        solution = solver.getSolution()
        if not solution.value_valid:
            return None
        values = np.rint(np.asarray(solution.col_value)).astype(np.int64)
        return _Answer(values, solver.getModelStatus() == HighsModelStatus.kOptimal)

    def places(self) -> dict[str, str]:
        """Entry id → offer id."""
        return {
            entry_id: offer_id
            for (entry_id, offer_id), column in self._model.column_of_option.items()
            if self._values[column]
        }


class _Matrix:
    """The rows of a model as the solver takes them."""

    def __init__(self, model: AllocationModel) -> None:
        self.model = model
        lengths = [len(row.columns) for row in model.rows]
        self.starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int32)
        self.columns = np.array([c for row in model.rows for c in row.columns], dtype=np.int32)
        self.factors = np.array([f for row in model.rows for f in row.factors], dtype=np.int64)
        self.upper = np.array([row.upper for row in model.rows], dtype=np.int64)
        self.is_equal = np.array([row.is_equal for row in model.rows], dtype=np.bool_)

    def holds(self, values: Whole) -> bool:
        """Whether every row and every bound holds."""
        if values.min(initial=0) < 0 or values.max(initial=0) > 1:
            return False
        sums = np.add.reduceat(self.factors * values[self.columns], self.starts[:-1])
        return bool(np.all(np.where(self.is_equal, sums == self.upper, sums <= self.upper)))

    def load(self, aim: Aim, reached: list[tuple[Aim, int]], best: Whole) -> Highs:
        """A solver with the rows, what was reached, and the best columns so far to begin with."""
        from highspy import Highs, HighsLp, HighsVarType, MatrixFormat, ObjSense, kHighsInf

        size = self.model.size
        lp = HighsLp()
        demands = [np.flatnonzero(earlier.factors) for earlier, _least in reached]
        lp.num_col_, lp.num_row_ = size, len(self.upper) + len(reached)
        lp.sense_ = ObjSense.kMaximize
        lp.col_cost_ = aim.factors.astype(np.float64)
        lp.col_lower_ = np.zeros(size)
        lp.col_upper_ = np.ones(size)
        lp.integrality_ = [HighsVarType.kInteger] * size
        lp.a_matrix_.format_ = MatrixFormat.kRowwise
        lengths = np.cumsum([len(columns) for columns in demands], dtype=np.int64) + self.starts[-1]
        lp.a_matrix_.start_ = np.concatenate((self.starts, lengths)).astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate((self.columns, *demands)).astype(np.int32)
        factors = [
            earlier.factors[columns]
            for (earlier, _least), columns in zip(reached, demands, strict=True)
        ]
        lp.a_matrix_.value_ = np.concatenate((self.factors, *factors)).astype(np.float64)
        lower = np.where(self.is_equal, self.upper.astype(np.float64), -kHighsInf)
        lp.row_lower_ = np.concatenate((lower, [float(least) for _aim, least in reached]))
        lp.row_upper_ = np.concatenate((self.upper.astype(np.float64), [kHighsInf] * len(reached)))
        solver = Highs()  # type: ignore[no-untyped-call]  # the package types all but this
        _set_up(solver)
        solver.passModel(lp)
        solver.setSolution(size, np.arange(size, dtype=np.int32), best.astype(np.float64))
        return solver


def _set_up(solver: Highs) -> None:
    """Silent, with one thread and a fixed seed (the same answer each time), and with no gap allowed:
    the sums are whole numbers, so what is less than one away from the bound is the best.
    """
    options: Mapping[str, bool | int | float | str] = {
        "output_flag": False,
        "parallel": "off",
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.9,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)


def _columns_of(model: AllocationModel, places: Mapping[str, str]) -> Whole:
    """An allocation as columns; every pair is taken to be apart where that is not counted yet."""
    values = np.zeros(model.size, dtype=np.int64)
    values[list(model.column_of_pair.values())] = 1
    for entry_id, offer_id in places.items():
        values[model.column_of_option[entry_id, offer_id]] = 1
        values[model.column_of_entry[entry_id]] = 1
    return values


def _sum(aim: Aim, values: Whole) -> int:
    return int(aim.factors @ values)
