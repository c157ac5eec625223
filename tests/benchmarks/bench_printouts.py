"""How long a sheet takes, each time with other words: the engine remembers what it has set before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count

from app.printouts.content import build_sheet
from app.printouts.pdf import render_sheet
from tests.benchmarks.measuring import BenchRow, median_ms
from tests.sheet_samples import CASE_WORKER, FULL

GOAL_MS = 50.0


def rows() -> Iterator[BenchRow]:
    """A sheet with everything on it, in three scripts."""
    number = count()
    for language in ("de", "uk", "ar"):

        def make(language: str = language) -> None:
            snapshot = FULL.model_copy(
                update={"description": f"Gruppe {next(number)} lernt Deutsch. Sie üben sprechen."}
            )
            render_sheet(build_sheet(snapshot, language, CASE_WORKER, date(2026, 11, 22)))

        yield BenchRow(f"a sheet as PDF ({language})", median_ms(make), goal=GOAL_MS)
