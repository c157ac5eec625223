"""How long sheets take, each time with other words: the engine remembers what it has set before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count

from app.printouts.content import build_sheet
from app.printouts.pdf import FORMATS, PaperFormat, render_sheet, render_sheets
from tests.benchmarks.measuring import BenchRow, durations_ms, median_ms
from tests.sheet_samples import CASE_WORKER, FULL

GOAL_MS = 50.0
MANY = 100


def rows() -> Iterator[BenchRow]:
    """A sheet with everything on it, in three scripts; then a hundred in one PDF."""
    number = count()
    for language in ("de", "uk", "ar"):

        def make(language: str = language) -> None:
            snapshot = FULL.model_copy(
                update={"description": f"Gruppe {next(number)} lernt Deutsch. Sie üben sprechen."}
            )
            render_sheet(build_sheet(snapshot, language, CASE_WORKER, date(2026, 11, 22)))

        yield BenchRow(f"a sheet as PDF ({language})", median_ms(make), goal=GOAL_MS)
    yield from _many(number)


def _many(number: Iterator[int]) -> Iterator[BenchRow]:
    """Many sheets in one PDF, all with other words: how long, and how large."""
    for paper in FORMATS:
        made: list[bytes] = []

        def make(paper: PaperFormat = paper, made: list[bytes] = made) -> None:
            sheets = [
                FULL.model_copy(update={"description": f"Gruppe {next(number)} lernt Deutsch."})
                for _ in range(MANY)
            ]
            contents = [build_sheet(one, "ar", CASE_WORKER, date(2026, 11, 22)) for one in sheets]
            made.append(render_sheets(contents, paper))

        (taken_ms,) = durations_ms(make, 1)
        name = f"{MANY} sheets in one PDF (ar, {paper})"
        yield BenchRow(name, taken_ms / 1000, unit="s", note="once")
        yield BenchRow(f"{name}: its size", len(made[0]) / 1_000_000, unit="MB")
