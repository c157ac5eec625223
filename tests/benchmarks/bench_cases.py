"""The pages of a grown caseload over HTTP: 1,200 clients, 8 case workers, 5 years, 8 people at once."""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.operations.runtime import open_runtime
from app.settings import load_settings
from tests.benchmarks.generated_cases import CLIENTS, PASSWORD, fill_with_cases, worker_email
from tests.benchmarks.measuring import BenchRow
from tests.benchmarks.serving import Person, run_command, serve, visit, visit_together

PEOPLE = 8
SECONDS = 15
CLIENT_PAGE_GOAL_MS = 200
CASELOAD_GOAL_MS = 300
TIMELINE = ("CaseEvent", "ContactEntry", "CaseNote", "Appointment", "ReferralEvent")


def rows() -> Iterator[BenchRow]:
    """The client's page, its timeline, the caseload list and the page of the day."""
    with tempfile.TemporaryDirectory() as folder:
        run_command(Path(folder), "demo", "load")
        yield _generate(Path(folder))
        with serve(Path(folder)) as port:
            people = [Person(port, worker_email(number), PASSWORD) for number in range(PEOPLE)]
            clients = {id(person): _own_clients(person) for person in people}

            def client_page(person: Person) -> Callable[[int], str]:
                own = clients[id(person)]
                return lambda number: own[number % len(own)]

            def timeline(person: Person) -> Callable[[int], str]:
                own = clients[id(person)]
                return lambda number: f"{own[number % len(own)]}/verlauf"

            yield from _measure(people, "client page", client_page, "Passende", CLIENT_PAGE_GOAL_MS)
            yield from _measure(people, "timeline", timeline, "Verlauf", CLIENT_PAGE_GOAL_MS)
            yield from _measure(
                people, "caseload list", lambda _: lambda __: "/faelle", "Fälle", CASELOAD_GOAL_MS
            )
            yield from _measure(people, "page of the day", lambda _: lambda __: "/heute", "Heute", None)


def _generate(folder: Path) -> BenchRow:
    begin = time.perf_counter()
    environment = os.environ | {"LOTSENBUCH_DATA_DIR": str(folder), "LOTSENBUCH_MODE": "demo"}
    runtime = open_runtime(load_settings(environment))
    made = fill_with_cases(runtime)
    runtime.database.dispose()
    entries = sum(made.get(table, 0) for table in TIMELINE)
    note = f"{CLIENTS} clients, {entries} timeline entries"
    return BenchRow("caseload generated in", time.perf_counter() - begin, unit="s", note=note)


def _own_clients(person: Person) -> list[str]:
    """Cases from several pages of the list, so that not the same few are asked for."""
    found: list[str] = []
    for page in range(1, 4):
        found += re.findall(r'href="(/faelle/[0-9a-f-]{36})"', person.get(f"/faelle?seite={page}"))
    return list(dict.fromkeys(found))


def _measure(
    people: list[Person],
    name: str,
    path_of: Callable[[Person], Callable[[int], str]],
    expected: str,
    goal: float | None,
) -> Iterator[BenchRow]:
    alone = visit(people[0], path_of(people[0]), 3, expected)
    durations, elapsed = visit_together(people, path_of, SECONDS, expected)
    yield BenchRow(f"{name}, 1,200 clients, one person: median", statistics.median(alone))
    yield BenchRow(
        f"{name}, 1,200 clients, {PEOPLE} in parallel: p95",
        statistics.quantiles(durations, n=20)[-1],
        goal=goal,
        note=f"median {statistics.median(durations):.0f} ms, {len(durations) / elapsed:.0f} pages/s",
    )
