"""How the benchmarks measure, and what a line of their table says."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

DEFAULT_RUNS = 15


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One line of the table."""

    name: str
    value: float
    """What was measured, in `unit`."""
    unit: str = "ms"
    goal: float | None = None
    """In the same unit; `None`: only told, nothing to reach."""
    at_least: bool = False
    """The goal is a lower bound (a ratio), not an upper one (a time)."""
    note: str = ""
    """How it was measured, when that is not obvious: runs, sample, extrapolation."""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; `None` when there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def median_ms(action: Callable[[], object], *, runs: int = DEFAULT_RUNS, warm_up: int = 2) -> float:
    """The median duration of ``action`` in milliseconds; the first calls are not counted."""
    for _ in range(warm_up):
        action()
    return statistics.median(durations_ms(action, runs))


def durations_ms(action: Callable[[], object], runs: int) -> list[float]:
    """Every duration in milliseconds, without the garbage collector in between."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        found = []
        for _ in range(runs):
            begin = time.perf_counter()
            action()
            found.append((time.perf_counter() - begin) * 1000)
        return found
    finally:
        if was_on:
            gc.enable()


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def table_lines(rows: Iterable[BenchRow]) -> Iterable[str]:
    """The table as text, line by line as the rows come."""
    yield f"{'what':<58} {'measured':>12} {'goal':>12}  met"
    yield "-" * 90
    for row in rows:
        goal = (
            "" if row.goal is None else f"{'≥' if row.at_least else '≤'} {_number(row.goal, row.unit)}"
        )
        met = {True: "yes", False: "NO", None: ""}[row.is_met]
        yield f"{row.name:<58} {_number(row.value, row.unit):>12} {goal:>12}  {met}"
        if row.note:
            yield f"    {row.note}"


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"
