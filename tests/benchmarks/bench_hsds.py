"""The HSDS API over 5,000 services: full pages, lists, and what has not changed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from flask.testing import FlaskClient

from app.directory.hsds.catalogue import load_public_catalogue
from app.directory.table_loading import current_revision
from app.factory import create_app
from app.operations.runtime import Runtime
from tests.benchmarks.bench_search import filled_with_demo
from tests.benchmarks.measuring import BenchRow, durations_ms, median_ms

OFFERS = 5_000
PER_PAGE = 50
P95 = 18
"""Index of the 95th percentile among twenty quantiles."""


def rows() -> Iterator[BenchRow]:
    """The lines of the table."""
    with filled_with_demo(OFFERS) as (runtime, _records):
        client = create_app(runtime.settings).test_client()
        total = _get(client, "services?minimal=true")
        yield from _page_rows(client, total // PER_PAGE)
        yield from _other_rows(client)
        yield BenchRow(
            f"HSDS: what is public, read anew after a change × {total:,} services",
            median_ms(lambda: _load_catalogue(runtime), runs=5),
            note="once per change and process, by the first request after it",
        )


def _page_rows(client: FlaskClient, pages: int) -> Iterator[BenchRow]:
    numbers = iter(range(1, pages + 1))
    next(numbers)  # the first page comes when everything is opened
    busy: list[float] = []

    def turn_page() -> None:
        begin = time.process_time()
        _get(client, f"services?full=true&per_page={PER_PAGE}&page={next(numbers)}")
        busy.append((time.process_time() - begin) * 1000)

    full = durations_ms(turn_page, pages - 1)
    note = f"{len(full)} different pages, each asked for once: nothing is kept of any"
    name = f"HSDS: full page of {PER_PAGE} services"
    yield BenchRow(f"{name}: median", statistics.median(full), goal=50, note=note)
    yield BenchRow(
        f"{name}: time of the processor, median",
        statistics.median(busy),
        note="what it takes when nothing else runs on the machine",
    )
    yield BenchRow(f"{name}: p95", statistics.quantiles(full, n=20)[P95], goal=50)
    yield BenchRow(
        f"HSDS: plain page of {PER_PAGE} services",
        median_ms(lambda: _get(client, f"services?per_page={PER_PAGE}&page=7")),
    )


def _other_rows(client: FlaskClient) -> Iterator[BenchRow]:
    tag = client.get("/hsds/services?full=true").headers["ETag"]

    def ask_again() -> None:
        answer = client.get("/hsds/services?full=true", headers={"If-None-Match": tag})
        assert answer.status_code == 304

    yield BenchRow("HSDS: unchanged list answered 304", median_ms(ask_again, runs=100))
    yield BenchRow(
        "HSDS: all ids and dates (minimal=true)",
        median_ms(lambda: _get(client, "services?minimal=true")),
    )
    yield BenchRow(
        "HSDS: full page of places around a postcode",
        median_ms(
            lambda: _get(
                client, "service_at_locations?full=true&postcode=73728&proximity=3000&per_page=50"
            )
        ),
    )


def _get(client: FlaskClient, address: str) -> int:
    """The number of entries there are."""
    answer = client.get(f"/hsds/{address}")
    assert answer.status_code == 200, answer.text
    total: int = answer.get_json()["total_items"]
    return total


def _load_catalogue(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        load_public_catalogue(session, current_revision(session))
