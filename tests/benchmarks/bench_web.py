"""The client's page over HTTP, with 8 people at once in a closed loop without pauses."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from tests.benchmarks.measuring import BenchRow
from tests.benchmarks.serving import Person, run_command, serve, visit, visit_together

PEOPLE = 8
SECONDS = 15
EXPECTED = "Passende Angebote"


def rows() -> Iterator[BenchRow]:
    """Median, 95th percentile and pages per second of the client's page."""
    with tempfile.TemporaryDirectory() as folder:
        run_command(Path(folder), "demo", "load")
        with serve(Path(folder)) as port:
            people = [Person(port, account.email) for account in DEMO_CASE_WORKERS[:PEOPLE]]
            alone = visit(people[0], _own_clients(people[0]), 3, EXPECTED)
            durations, elapsed = visit_together(people, _own_clients, SECONDS, EXPECTED)
    note = f"{len(durations)} pages in {elapsed:.0f} s, audited reads, matching and page included"
    yield BenchRow("client page over HTTP, one person: median", statistics.median(alone))
    yield BenchRow(f"client page over HTTP, {PEOPLE} in parallel: median", statistics.median(durations))
    yield BenchRow(
        f"client page over HTTP, {PEOPLE} in parallel: p95",
        statistics.quantiles(durations, n=20)[-1],
        note=note,
    )
    yield BenchRow("client pages a second", len(durations) / elapsed, unit="/s")


def _own_clients(person: Person) -> Callable[[int], str]:
    return lambda number: person.clients[number % len(person.clients)]
