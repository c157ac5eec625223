"""Matching one client: against the demo directory and against many generated offers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from app.directory.interests import load_taxonomy
from app.directory.offer_table import OfferTable
from app.directory.table_loading import load_offer_table
from app.matching.ranking import rank
from app.matching.rule_files import load_rules
from app.operations.demo_directory import load_demo_directory
from app.operations.runtime import open_runtime
from app.settings import load_settings
from tests.benchmarks.generated_offers import BENCH_DAY, bench_client, generated_rows, generated_table
from tests.benchmarks.measuring import BenchRow, median_ms
from tests.benchmarks.plain_matching import plain_answers

LIMIT = 10
PLAIN_SAMPLE = 1_000
LARGE = 100_000


def rows() -> Iterator[BenchRow]:
    """The lines of the table."""
    demo = _demo_table()
    yield BenchRow(f"match: one client × demo directory ({len(demo)} offers)", _match_ms(demo), goal=2)
    per_group = _match_ms(demo, per_group=3, limit=None)
    yield BenchRow("match: the same, three of each group with reasons", per_group)
    yield BenchRow("match: one client × 5,000 offers", _match_ms(generated_table(5_000)), goal=2)
    large = generated_table(LARGE)
    begin = time.perf_counter()
    _match(large)
    first = (time.perf_counter() - begin) * 1000
    fast = _match_ms(large)
    yield BenchRow("match: one client × 100,000 offers", fast, goal=25)
    yield BenchRow("match: the first of a day × 100,000 (prepares the table)", first, note="one run")
    plain = _plain_ms_per_offer() * LARGE
    yield BenchRow(
        "match: plain loop with geodesic × 100,000 offers",
        plain,
        note=f"rules only, {PLAIN_SAMPLE:,} offers drawn at random, extrapolated",
    )
    yield BenchRow("match: plain loop / columns", plain / fast, "×", goal=300, at_least=True)


def _match(table: OfferTable, today: date = BENCH_DAY, *, limit: int | None = LIMIT, per_group=None):
    return rank(
        bench_client(), table, load_rules(), load_taxonomy(), today, limit=limit, per_group=per_group
    )


def _match_ms(table: OfferTable, *, limit: int | None = LIMIT, per_group: int | None = None) -> float:
    return median_ms(lambda: _match(table, limit=limit, per_group=per_group), runs=25)


def _plain_ms_per_offer() -> float:
    sample = Random(1).sample(generated_rows(LARGE), PLAIN_SAMPLE)  # noqa: S311  no secret depends on it
    facts, rules = bench_client(), load_rules()

    def loop() -> None:
        for offer in sample:
            plain_answers(facts, offer, rules, BENCH_DAY)

    return median_ms(loop, runs=3, warm_up=1) / len(sample)


def _demo_table() -> OfferTable:
    with TemporaryDirectory() as folder:
        settings = load_settings({"LOTSENBUCH_DATA_DIR": str(Path(folder))}).with_today(BENCH_DAY)
        runtime = open_runtime(settings)
        with runtime.database.write() as session:
            load_demo_directory(session, BENCH_DAY)
        with runtime.database.read() as session:
            table = load_offer_table(session)
        runtime.database.dispose()
        return table
