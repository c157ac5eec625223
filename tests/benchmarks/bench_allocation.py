"""Sharing places: 300 clients and 40 course starts, with families."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from app.matching.allocation import allocate
from app.matching.allocation_rules import AllocationProblem, list_households, without_families
from app.matching.first_come import first_come
from app.operations.allocating import propose
from tests.benchmarks.generated_rounds import large_problem
from tests.benchmarks.measuring import BenchRow, durations_ms, median_ms

SEEDS = range(5)
_MEMORY_OF_A_PROCESS = """
from pathlib import Path
from tests.benchmarks.generated_rounds import large_problem

def peak_kb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

problem = large_problem(0, density=1.0)
before = peak_kb()
from app.matching.allocation import allocate
allocate(problem)
print((peak_kb() - before) / 1024)
"""


def rows() -> Iterator[BenchRow]:
    """The lines of the table."""
    allocate(large_problem(0))  # imports the solver
    suiting = [large_problem(seed) for seed in SEEDS]
    yield _worst("allocate: 300 clients × 40 starts", suiting, goal=5_000)
    half = [large_problem(seed, density=0.5) for seed in SEEDS]
    yield _worst("allocate: the same, half of all pairs possible", half)
    dense = [large_problem(seed, density=1.0) for seed in SEEDS]
    yield _worst("allocate: the same, every pair possible", dense, goal=5_000)
    alone = [without_families(problem) for problem in dense]
    yield _worst("allocate: the same, as if nobody had a family", alone)
    plain = median_ms(lambda: first_come(dense[0]), runs=5)
    yield BenchRow("allocate: the plain list, every pair possible", plain)
    whole = max(durations_ms(lambda: propose(suiting[0]), runs=2))
    yield BenchRow("allocate: with report and both prices (three solutions)", whole)
    yield BenchRow(
        "allocate: memory on top, every pair possible", _memory_mb(), "MB", note="own process"
    )


def _worst(name: str, problems: list[AllocationProblem], goal: float | None = None) -> BenchRow:
    worst, proved = 0.0, 0
    for problem in problems:
        found = []
        worst = max(worst, *durations_ms(lambda p=problem, f=found: f.append(allocate(p)), runs=1), 0.0)
        proved += found[0].is_exact
    sizes = [len(problem.options) for problem in problems]
    families = len(list_households(problems[0].applicants))
    told = f"{min(sizes):,}–{max(sizes):,} options, {families} families"
    note = f"the slowest of {len(problems)} rounds, {proved} proved; {told}"
    return BenchRow(name, worst, goal=goal, note=note)


def _memory_mb() -> float:
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY_OF_A_PROCESS], capture_output=True, text=True, check=True
    )
    return float(done.stdout)
