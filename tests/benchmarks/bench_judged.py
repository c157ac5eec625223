"""How good the order of the offers is for the judged clients, beside two simple orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.matching.rule_files import load_rules
from tests.benchmarks.bench_search_quality import filled_runtime
from tests.benchmarks.generated_offers import BENCH_DAY
from tests.benchmarks.judging_matches import (
    DEPTH,
    MatchingBench,
    by_distance,
    by_interest,
    held_out_half,
    our_order,
    read_judged_clients,
    tuning_half,
)
from tests.benchmarks.measuring import BenchRow

ORDERS: Final = {"our order": our_order, "nearest first": by_distance, "interest first": by_interest}


def rows() -> Iterator[BenchRow]:
    """The lines of the table."""
    with filled_runtime("demo") as runtime:
        table, taxonomy = runtime.offer_table_cache.current(), runtime.taxonomy
        clients = read_judged_clients(table, taxonomy)
        bench = MatchingBench(table, load_rules(), taxonomy, BENCH_DAY, clients)
        verdicts = sum(len(client.verdicts) for client in clients)
        agreed = 1 - len(bench.list_differences()) / verdicts
        yield BenchRow(
            "matching: the rules agree with the judged verdicts",
            100 * agreed,
            "%",
            goal=100,
            at_least=True,
            note=f"{verdicts} verdicts about {len(clients)} clients",
        )
        halves = (
            f"weights chosen by {len(tuning_half(clients))}, {len(held_out_half(clients))} held out"
        )
        for name, order in ORDERS.items():
            yield BenchRow(
                f"matching: nDCG@{DEPTH}, {name}",
                bench.mean_ndcg(order),
                "",
                note=f"{bench.mean_ndcg(order, tuning_half(clients)):.3f} and "
                f"{bench.mean_ndcg(order, held_out_half(clients)):.3f} ({halves})",
            )
