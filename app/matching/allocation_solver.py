"""HiGHS as the allocation uses it: one aim after the other over the same rows; pure.

A place is 0 or 1, but nearly every level is solved without saying so: seats and people form a network,
and in a network the best fractions are whole. Only where parents of one household make it otherwise,
the integer program is needed. Whatever comes out is checked in whole numbers by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from app.matching.allocation_model import Aim, AllocationModel, Whole

if TYPE_CHECKING:
    from highspy import Highs, HighsLp

_TOLERANCE: Final = 1e-6
_BOUND_TOLERANCE: Final = 1e-3
"""How far below the next whole number a bound may lie and still count as reaching it: sums go up to ten
millions, and are exact to ten digits."""
_FIXING_MARGIN: Final = 0.5
"""Worths are whole numbers: half of one is more than any error of the solver."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found for one aim."""

    values: Whole | None
    """Columns, rounded; `None`: none, or none in whole numbers."""
    bound: int | None
    """No way is worth more; `None`: not known, as the time was over."""


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The best fractions for an aim."""

    aim: Aim
    worth: float
    columns: NDArray[np.float64]
    reduced_costs: NDArray[np.float64]


class Solver:
    """The rows of a model, and what was reached so far."""

    def __init__(self, model: AllocationModel) -> None:
        self._size = model.size
        lengths = [len(row.columns) for row in model.rows]
        self._starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        self._columns = np.array([c for row in model.rows for c in row.columns], dtype=np.int64)
        self._factors = np.array([f for row in model.rows for f in row.factors], dtype=np.int64)
        self._upper = np.array([row.upper for row in model.rows], dtype=np.int64)
        self._is_equal = np.array([row.is_equal for row in model.rows], dtype=np.bool_)
        self._demands: list[tuple[Aim, int]] = []
        self._lowest, self._highest = np.zeros(self._size), np.ones(self._size)
        self._relaxed: _Relaxed | None = None
        self._linear = _new_solver()
        self._linear.passModel(self._build())

    def demand(self, aim: Aim, least: int) -> None:
        """From now on the aim has to be worth at least so much."""
        from highspy import kHighsInf

        if self._relaxed is not None and self._relaxed.aim is aim:
            self._fix(self._relaxed, least)
        self._demands.append((aim, least))
        columns = np.flatnonzero(aim.factors).astype(np.int32)
        factors = aim.factors[columns].astype(np.float64)
        self._linear.addRow(float(least), kHighsInf, len(columns), columns, factors)

    def _fix(self, relaxed: _Relaxed, least: int) -> None:
        """Give up the columns that no way worth so much can change (their reduced cost is larger than
        what the best fractions are worth beyond it): most of them, at every level.
        """
        is_settled = np.abs(relaxed.reduced_costs) > relaxed.worth - least + _FIXING_MARGIN
        at_bound = np.abs(relaxed.columns - np.rint(relaxed.columns)) < _TOLERANCE
        fixed = np.flatnonzero(is_settled & at_bound & (self._lowest < self._highest)).astype(np.int32)
        bounds = np.rint(relaxed.columns[fixed])
        self._lowest[fixed] = self._highest[fixed] = bounds
        self._linear.changeColsBounds(len(fixed), fixed, bounds, bounds)

    def holds(self, values: Whole) -> bool:
        """Whether every row, every bound and every demand holds, in whole numbers."""
        if values.min(initial=0) < 0 or values.max(initial=0) > 1:
            return False
        sums = np.add.reduceat(self._factors * values[self._columns], self._starts[:-1])
        holds = np.where(self._is_equal, sums == self._upper, sums <= self._upper)
        return bool(holds.all()) and all(aim.worth(values) >= least for aim, least in self._demands)

    def relax(self, aim: Aim, seconds: float) -> Answer:
        """The best fractions, from where the last level ended; ``values`` only when they are whole."""
        from highspy import HighsModelStatus

        costs = aim.factors.astype(np.float64)
        self._linear.changeColsCost(self._size, np.arange(self._size, dtype=np.int32), costs)
        self._linear.setOptionValue("time_limit", self._linear.getRunTime() + seconds)
        self._linear.run()
        if self._linear.getModelStatus() != HighsModelStatus.kOptimal:
            return Answer(None, None)
        solution = self._linear.getSolution()
        found: NDArray[np.float64] = np.asarray(solution.col_value)
        worth = self._linear.getInfo().objective_function_value
        self._relaxed = _Relaxed(aim, worth, found, np.asarray(solution.col_dual))
        rounded = np.rint(found)
        is_whole = bool(np.abs(found - rounded).max(initial=0.0) < _TOLERANCE)
        return Answer(rounded.astype(np.int64) if is_whole else None, _whole(worth))

    def solve(self, aim: Aim, best: Whole, seconds: float) -> Answer:
        """The best whole numbers, beginning with the ``best`` known ones."""
        from highspy import HighsVarType

        lp = self._build()
        lp.col_cost_ = aim.factors.astype(np.float64)
        lp.integrality_ = [HighsVarType.kInteger] * self._size
        solver = _new_solver()
        solver.passModel(lp)
        solver.setSolution(self._size, np.arange(self._size, dtype=np.int32), best.astype(np.float64))
        solver.setOptionValue("time_limit", seconds)
        solver.run()
        solution = solver.getSolution()
        if not solution.value_valid:
            return Answer(None, None)
        values = np.rint(np.asarray(solution.col_value)).astype(np.int64)
        limit = solver.getInfo().mip_dual_bound
        return Answer(values, _whole(limit) if math.isfinite(limit) else None)

    def _build(self) -> HighsLp:
        from highspy import HighsLp, MatrixFormat, ObjSense, kHighsInf

        demanded = [np.flatnonzero(aim.factors) for aim, _least in self._demands]
        starts = self._starts[-1] + np.cumsum([len(columns) for columns in demanded], dtype=np.int64)
        factors = [aim.factors[c] for (aim, _), c in zip(self._demands, demanded, strict=True)]
        least = [float(least) for _aim, least in self._demands]
        upper = self._upper.astype(np.float64)
        lp = HighsLp()
        lp.num_col_, lp.num_row_ = self._size, len(upper) + len(least)
        lp.sense_ = ObjSense.kMaximize
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(self._size), self._lowest, self._highest
        lp.row_lower_ = np.concatenate((np.where(self._is_equal, upper, -kHighsInf), least))
        lp.row_upper_ = np.concatenate((upper, [kHighsInf] * len(least)))
        lp.a_matrix_.format_ = MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.concatenate((self._starts, starts)).astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate((self._columns, *demanded)).astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate((self._factors, *factors)).astype(np.float64)
        return lp


def _whole(bound: float) -> int:
    return math.floor(bound + _BOUND_TOLERANCE)


def _new_solver() -> Highs:
    """Silent, with one thread and a fixed seed (the same answer each time), and with no gap allowed:
    the sums are whole numbers, so what is less than one away from the bound is the best.
    """
    from highspy import Highs

    options: Mapping[str, bool | int | float | str] = {
        "output_flag": False,
        "parallel": "off",
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.9,
    }
    solver = Highs()  # type: ignore[no-untyped-call]  # the package types all but this
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver
