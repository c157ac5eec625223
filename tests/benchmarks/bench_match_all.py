"""The whole caseload: 1,200 clients against 5,000 offers, beside the floor and the plain loop.

The command reads the clients from the database and writes down what it found; what matching itself
takes of that is told on its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from app.directory.interests import load_taxonomy
from app.directory.offer_table import OfferTable
from app.matching.ranking import list_best
from app.matching.rule_files import load_rules
from app.matching.types import ClientFacts
from app.operations.demo_directory import load_demo_directory
from app.operations.match_all import match_all
from app.operations.runtime import open_runtime
from app.settings import load_settings
from tests.benchmarks.bench_growth import touch
from tests.benchmarks.generated_cases import fill_with_cases
from tests.benchmarks.generated_clients import generated_clients
from tests.benchmarks.generated_offers import BENCH_DAY, generated_rows, generated_table
from tests.benchmarks.measuring import BenchRow, median_ms
from tests.benchmarks.plain_matching import plain_answers

CLIENTS, OFFERS, BEST = 1_200, 5_000, 60
SAMPLE = 2_000
"""Pairs of client and offer that the plain loop is tried with."""


def rows() -> Iterator[BenchRow]:
    """Time for all clients, by itself and in the command."""
    table, clients = generated_table(OFFERS), generated_clients(CLIENTS)
    all_clients = partial(_match_all, table, clients)
    matched = median_ms(all_clients, runs=5, warm_up=1) / 1000
    floor = median_ms(partial(touch, table)) * CLIENTS / 1000
    plain = _plain_seconds(clients)
    yield BenchRow(
        f"match all: {CLIENTS:,} clients × {OFFERS:,} offers",
        matched,
        "s",
        goal=2,
        note=f"floor: one numpy pass over the columns for each, {floor:.2f} s, {matched / floor:.1f} ×",
    )
    yield BenchRow(
        "match all: plain loop / columns",
        plain / matched,
        "×",
        note=f"plain loop {plain:,.0f} s, rules only, {SAMPLE:,} pairs drawn at random, extrapolated",
    )
    yield from _command()


def _match_all(table: OfferTable, clients: list[ClientFacts]) -> None:
    rules, taxonomy = load_rules(), load_taxonomy()
    for facts in clients:
        list_best(facts, table, rules, taxonomy, BENCH_DAY, BEST)


def _plain_seconds(clients: list[ClientFacts]) -> float:
    random, rules, offers = Random(1), load_rules(), generated_rows(OFFERS)  # noqa: S311  no secret
    pairs = [(random.choice(clients), random.choice(offers)) for _ in range(SAMPLE)]

    def loop() -> None:
        for facts, offer in pairs:
            plain_answers(facts, offer, rules, BENCH_DAY)

    return median_ms(loop, runs=3, warm_up=1) / SAMPLE * CLIENTS * OFFERS / 1000


def _command() -> Iterator[BenchRow]:
    with TemporaryDirectory() as folder:
        settings = load_settings({"LOTSENBUCH_DATA_DIR": str(Path(folder))}).with_today(BENCH_DAY)
        runtime = open_runtime(settings)
        with runtime.database.write() as session:
            load_demo_directory(session, BENCH_DAY)
        count = fill_with_cases(runtime)["Client"]
        for name in ("first night", "second night"):
            begin = time.perf_counter()
            done = match_all(runtime)
            yield BenchRow(
                f"match all: the command, {name}",
                time.perf_counter() - begin,
                "s",
                note=f"one run, with reading and writing; {done.clients:,} of {count:,} are open; demo",
            )
            with runtime.database.write() as session:
                session.connection().exec_driver_sql(
                    "UPDATE match_run SET started_at = datetime(started_at, '-1 day')"
                )
        runtime.database.dispose()
