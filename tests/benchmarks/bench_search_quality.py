"""How good the order of hits is on the judged queries, beside what Whoosh does out of the box."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from click.testing import CliRunner

from app.cli import cli
from app.operations.demo_directory import load_demo_directory
from app.operations.runtime import Runtime, open_runtime
from app.search.documents import list_published_offers, load_documents
from app.search.types import SearchQuery
from app.settings import PROJECT_ROOT, load_settings
from tests.benchmarks.generated_offers import BENCH_DAY
from tests.benchmarks.judging import DEPTH, GROUPS, Finder, Quality, measure, read_judged
from tests.benchmarks.measuring import BenchRow
from tests.benchmarks.plain_search import plain_search

DIRECTORIES: Final = ("demo", "leipzig")
LEIPZIG_LIST = PROJECT_ROOT.parent / "shared" / "data" / "leipzig_vereine.csv"


@contextmanager
def filled_runtime(directory: str) -> Iterator[Runtime]:
    """An instance with the demo directory or the clubs of Leipzig in it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"LOTSENBUCH_DATA_DIR": folder}).with_today(BENCH_DAY)
        if directory == "leipzig":
            _import_leipzig(folder)
        runtime = open_runtime(settings)
        if directory == "demo":
            with runtime.database.write() as session:
                load_demo_directory(session, BENCH_DAY)
        runtime.search_engine.catch_up()
        yield runtime
        runtime.search_engine.close()
        runtime.database.dispose()


def our_finder(runtime: Runtime) -> Finder:
    """The product's search as a person uses it who only types."""

    def find(text: str) -> Sequence[int]:
        answer = runtime.search_engine.search(SearchQuery(text, limit=DEPTH, today=BENCH_DAY))
        return [hit.row for hit in answer.hits]

    return find


def rows() -> Iterator[BenchRow]:
    """The lines of the table."""
    for directory in DIRECTORIES:
        if directory == "leipzig" and not LEIPZIG_LIST.is_file():
            continue
        with filled_runtime(directory) as runtime:
            table = runtime.offer_table_cache.current()
            queries = read_judged(directory, table)
            ours = measure(queries, our_finder(runtime))
            plain = [_measure_plain(runtime, queries, is_stemming=stems) for stems in (True, False)]
            for group in (*GROUPS, "all"):
                yield from _group_rows(directory, group, ours[group], [p[group] for p in plain])


def _measure_plain(runtime, queries, *, is_stemming):  # type: ignore[no-untyped-def]
    with runtime.database.read() as session:
        documents = list(load_documents(session, list_published_offers(session)))
    with plain_search(documents, runtime.offer_table_cache.current(), is_stemming=is_stemming) as find:
        return measure(queries, find)


def _group_rows(
    directory: str, group: str, ours: Quality, plain: Sequence[Quality]
) -> Iterator[BenchRow]:
    name = f"search: {directory}, {group.replace('_', ' ')}"
    stemming, standard = plain
    yield BenchRow(
        f"{name}: nDCG@{DEPTH}",
        ours.ndcg,
        "",
        note=f"{ours.queries} queries; Whoosh with stemming {stemming.ndcg:.2f}, "
        f"without {standard.ndcg:.2f}",
    )
    yield BenchRow(
        f"{name}: hit@3",
        ours.hit,
        "",
        note=f"Whoosh with stemming {stemming.hit:.2f}, without {standard.hit:.2f}",
    )


def _import_leipzig(folder: str) -> None:
    result = CliRunner(env={"LOTSENBUCH_DATA_DIR": folder}).invoke(
        cli, ["import", "directory", str(Path(LEIPZIG_LIST))]
    )
    if result.exit_code:
        raise RuntimeError(result.output)
