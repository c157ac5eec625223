"""Clients judged by hand (tests/benchmarks/judged): the rules agree, the order does not get worse."""

from __future__ import annotations

from collections import Counter

import pytest

from app.matching.rule_files import load_rules
from app.operations.demo_directory import load_demo_directory
from app.operations.runtime import open_runtime
from app.settings import load_settings
from tests.benchmarks.judging_matches import (
    MatchingBench,
    by_distance,
    by_interest,
    held_out_half,
    our_order,
    read_judged_clients,
)
from tests.conftest import TODAY

FLOOR, FLOOR_HELD_OUT = 0.70, 0.66
"""nDCG@5, what was measured less about 0.03."""
LEAST_CLIENTS, LEAST_VERDICTS = 60, 500


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> MatchingBench:
    """The judged clients beside the demo directory."""
    folder = tmp_path_factory.mktemp("judged")
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}).with_today(TODAY))
    with runtime.database.write() as session:
        load_demo_directory(session, TODAY)
    table = runtime.offer_table_cache.current()
    runtime.database.dispose()
    clients = read_judged_clients(table, runtime.taxonomy)
    return MatchingBench(table, load_rules(), runtime.taxonomy, TODAY, clients)


def test_the_rules_agree_with_every_judged_verdict(bench: MatchingBench) -> None:
    assert bench.list_differences() == []


def test_the_judged_set_is_large_and_mixed(bench: MatchingBench) -> None:
    verdicts = [verdict for client in bench.clients for verdict in client.verdicts.values()]
    words = Counter(verdict.partition(" ")[0] for verdict in verdicts)
    assert len(bench.clients) >= LEAST_CLIENTS
    assert len(verdicts) >= LEAST_VERDICTS
    assert min(words[word] for word in ("ok", "ask", "no")) >= LEAST_VERDICTS // 5
    assert all(client.grades for client in bench.clients)


def test_a_wrong_verdict_would_be_noticed(bench: MatchingBench) -> None:
    client = bench.clients[0]
    row = next(row for row, verdict in client.verdicts.items() if verdict == "ok")
    turned = type(client)(client.name, client.facts, {row: "no full"}, client.grades)
    other = MatchingBench(bench.table, bench.rules, bench.taxonomy, bench.today, (turned,))
    assert len(other.list_differences()) == 1


def test_the_order_is_as_good_as_before_and_better_than_simple_ones(bench: MatchingBench) -> None:
    ours = bench.mean_ndcg(our_order)
    assert ours >= FLOOR
    assert bench.mean_ndcg(our_order, held_out_half(bench.clients)) >= FLOOR_HELD_OUT
    assert ours > bench.mean_ndcg(by_interest) > bench.mean_ndcg(by_distance)
