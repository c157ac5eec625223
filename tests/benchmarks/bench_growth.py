"""How matching one client grows from 1,000 to 1,000,000 offers, beside the floor and the plain loop.

The floor is one numpy pass over the same columns (each is read once and compared); the plain loop is
what one would write first. Draws docs/matching-growth.svg when asked to (``DRAW=1``).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from random import Random

import numpy as np

from app.directory.interests import load_taxonomy
from app.directory.offer_table import BitSets, OfferTable
from app.matching.ranking import rank
from app.matching.rule_files import load_rules
from app.settings import PROJECT_ROOT
from tests.benchmarks.generated_offers import BENCH_DAY, bench_client, generated_rows, generated_table
from tests.benchmarks.measuring import BenchRow, median_ms
from tests.benchmarks.plain_matching import plain_answers

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
DRAWN_FROM = 100_000
"""Larger tables repeat these offers in random order: what they cost does not depend on the titles."""
PLAIN_SAMPLE = 1_000
MEMORY_GOAL_MB = 150
PICTURE = PROJECT_ROOT / "docs" / "matching-growth.svg"


def rows() -> Iterator[BenchRow]:
    """Time for each size, and the memory of the table at 100,000."""
    plain = _plain_ms_per_offer()
    curve: list[tuple[int, float, float]] = []
    for size in SIZES:
        table = _table(size)
        runs = 25 if size <= 100_000 else 7
        matched = median_ms(partial(_match, table), runs=runs)
        floor = median_ms(partial(touch, table), runs=runs)
        curve.append((size, matched, floor))
        yield BenchRow(
            f"growth: one client × {size:,} offers",
            matched,
            note=f"floor {floor:.2f} ms ({matched / floor:.1f} ×), "
            f"plain loop {plain * size:,.0f} ms, extrapolated ({plain * size / matched:,.0f} ×)",
        )
        if size == 100_000:
            yield BenchRow(
                "growth: memory of the table at 100,000 offers",
                _megabytes(table),
                "MB",
                goal=MEMORY_GOAL_MB,
                note="all columns, sets and strings, each string once",
            )
        del table
        gc.collect()
    if os.environ.get("DRAW"):
        _draw(curve, plain)


def _table(size: int) -> OfferTable:
    drawn = generated_table(min(size, DRAWN_FROM))
    if size <= DRAWN_FROM:
        return drawn
    chosen = np.random.default_rng(7).integers(0, len(drawn), size).astype(np.intp)
    return drawn.take(chosen)


def _match(table: OfferTable) -> object:
    return rank(bench_client(), table, load_rules(), load_taxonomy(), BENCH_DAY, limit=10)


def touch(table: OfferTable) -> int:
    """Read every column once and compare it: less work than this no matching can do."""
    found = 0
    for column in _columns(table):
        found += int(np.count_nonzero(column > column.flat[0]))
    return found


def _columns(table: OfferTable) -> Iterator[np.ndarray]:
    for one in fields(table):
        value = getattr(table, one.name)
        if isinstance(value, BitSets):
            yield value.masks
        elif isinstance(value, np.ndarray) and value.size:
            yield value


def _megabytes(table: OfferTable) -> float:
    total = sum(column.nbytes for column in _columns(table))
    seen: set[int] = set()
    for one in fields(table):
        value = getattr(table, one.name)
        if isinstance(value, tuple):
            total += value.__sizeof__()
            for text in value:
                if id(text) not in seen:
                    seen.add(id(text))
                    total += text.__sizeof__() if text is not None else 0
    return total / 1e6


def _plain_ms_per_offer() -> float:
    sample = Random(1).sample(generated_rows(DRAWN_FROM), PLAIN_SAMPLE)  # noqa: S311  no secret
    facts, rules = bench_client(), load_rules()

    def loop() -> None:
        for offer in sample:
            plain_answers(facts, offer, rules, BENCH_DAY)

    return median_ms(loop, runs=3, warm_up=1) / len(sample)


def _draw(curve: list[tuple[int, float, float]], plain_ms: float) -> None:
    """The curve on double logarithmic axes, as a picture for the documents."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "lotsenbuch", "font.size": 10, "svg.fonttype": "none"})
    sizes = [size for size, *_ in curve]
    figure, axes = plt.subplots(figsize=(7, 4.2))
    axes.loglog(
        sizes, [plain_ms * n for n in sizes], ":", color="#8a5a00", label="plain loop (extrapolated)"
    )
    axes.loglog(sizes, [matched for _, matched, _ in curve], "o-", color="#1f3fb0", label="matching")
    axes.loglog(sizes, [floor for *_, floor in curve], "s--", color="#5b6270", label="floor: one pass")
    axes.axhline(25, color="#b00020", linewidth=0.8)
    axes.annotate("goal at 100,000: 25 ms", (1_000, 28), color="#b00020", fontsize=8)
    axes.set(xlabel="offers", ylabel="milliseconds for one client", title="Matching one client")
    axes.grid(visible=True, which="major", linewidth=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None, "Creator": None})
