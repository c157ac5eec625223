"""The index under load: its size, how soon a change is found, many readers while one writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from app.directory.records import ProviderRecord
from app.directory.service import apply_record
from app.operations.runtime import Runtime
from app.search.types import SearchQuery
from app.settings import PROJECT_ROOT
from tests.benchmarks.bench_search import filled_with_demo
from tests.benchmarks.measuring import BenchRow, durations_ms, percentile

SIZES: Final = (345, 5_000)
CHANGES: Final = 40
READERS: Final = 8
SECONDS: Final = 6.0
BETWEEN_WRITES_SECONDS: Final = 0.1
_READER: Final = """
import json, sys, time
from app.operations.runtime import open_runtime
from app.settings import load_settings
from tests.benchmarks.bench_search import QUERIES

runtime = open_runtime(load_settings())
for query in QUERIES:
    runtime.search_engine.search(query)
print("ready", flush=True)
sys.stdin.readline()
end, found, errors, number = time.perf_counter() + float(sys.argv[1]), [], 0, 0
while time.perf_counter() < end:
    begin = time.perf_counter()
    try:
        errors += runtime.search_engine.search(QUERIES[number % len(QUERIES)]).degraded
    except Exception:
        errors += 1
    found.append((time.perf_counter() - begin) * 1000)
    number += 1
print(json.dumps([found, errors]), flush=True)
"""


def rows() -> Iterator[BenchRow]:
    """The lines of the table."""
    for offers in SIZES:
        with filled_with_demo(offers) as (runtime, records):
            size = sum(f.stat().st_size for f in runtime.settings.index_dir.rglob("*") if f.is_file())
            yield BenchRow(f"search: index on disk × {offers:,} offers", size / 1e6, "MB")
            yield _change_row(runtime, records, offers)
            if offers == SIZES[-1]:
                yield from _load_rows(runtime, records)


def _change_row(runtime: Runtime, records: list[ProviderRecord], offers: int) -> BenchRow:
    """From the commit of a changed entry until the first search that finds it by its new word."""
    found = []
    for number, record in enumerate(islice(cycle(records), CHANGES)):
        word = f"Wechselwort{'abcdefghij'[number % 10]}{number}"
        _write(runtime, record, word)
        found += durations_ms(lambda word=word: _must_find(runtime, word), 1)
    return BenchRow(
        f"search: a changed entry is found × {offers:,} offers",
        percentile(found, 50),
        note=f"{CHANGES} changes; p95 {percentile(found, 95):.0f} ms",
    )


def _write(runtime: Runtime, record: ProviderRecord, word: str) -> None:
    first = record.offers[0].model_copy(update={"title": f"{record.offers[0].title} {word}"})
    with runtime.database.write() as session:
        apply_record(session, record.model_copy(update={"offers": (first, *record.offers[1:])}))


def _must_find(runtime: Runtime, word: str) -> None:
    if runtime.search_engine.search(SearchQuery(word)).complete_total != 1:
        raise RuntimeError(f"{word} is not found")


def _load_rows(runtime: Runtime, records: list[ProviderRecord]) -> Iterator[BenchRow]:
    environment = {**os.environ, "LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _READER, str(SECONDS)],
            env=environment,
            cwd=Path(PROJECT_ROOT),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    for reader in readers:
        if reader.stdout is None or reader.stdout.readline() != "ready\n":
            raise RuntimeError("a reader did not start")
    for reader in readers:
        if reader.stdin is not None:
            reader.stdin.write("\n")
            reader.stdin.flush()
    writes, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        _write(runtime, records[writes % len(records)], f"Zwischenwort{writes}")
        runtime.search_engine.catch_up()
        writes += 1
        time.sleep(BETWEEN_WRITES_SECONDS)
    told = [json.loads(reader.communicate(timeout=120)[0]) for reader in readers]
    durations = [duration for found, _errors in told for duration in found]
    yield BenchRow(
        f"search: {READERS} processes read while one writes",
        len(durations) / SECONDS,
        "searches/s",
        note=f"{writes} changes in {SECONDS:.0f} s; a search: p50 {percentile(durations, 50):.0f}, "
        f"p95 {percentile(durations, 95):.0f} ms",
    )
    yield BenchRow("search: errors of these readers", sum(e for _found, e in told), "", goal=0)
