"""Search with filters and counts, typing help, and keeping the index in step, at 5,000 offers."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random

from app.directory.records import ProviderRecord
from app.directory.service import apply_all, apply_record
from app.operations.demo_directory import read_demo_providers
from app.operations.runtime import Runtime, open_runtime
from app.search.answering import answer_question
from app.search.concept_terms import ConceptTerms
from app.search.index import IndexFolder
from app.search.ranking import TextRanker
from app.search.reading import IndexSnapshot
from app.search.table_view import TableView
from app.search.types import NearPoint, SearchQuery
from app.settings import load_settings
from tests.benchmarks.generated_offers import BENCH_DAY, CENTRE
from tests.benchmarks.measuring import BenchRow, durations_ms, median_ms

OFFERS = 5_000
HERE = NearPoint(*CENTRE)
QUERIES = (
    SearchQuery("Deutschkurs B1 Zell"),
    SearchQuery("sprachkurs frauen", childcare=True),
    SearchQuery("fussball", near=HERE, max_km=10),
    SearchQuery("Sprachkus", weekdays=(1, 2)),
    SearchQuery("Beratung auf Arabisch", near=HERE),
    SearchQuery("كرة القدم"),
    SearchQuery("курси німецької", levels=("A1",)),
    SearchQuery("Kinderbetreuung", kinds=("childcare", "language_course")),
    SearchQuery("Wo kann ich schwimmen lernen?", free_seats_only=True),
    SearchQuery("Verein Musik Chor", sort="start", today=BENCH_DAY),
    SearchQuery("Kurs"),
    SearchQuery("", kinds=("club",), near=HERE, sort="distance"),
)
TYPED = ("d", "de", "deu", "deutschk", "fußb", "Sprachwerkstat", "Zel", "футб", "integrationskurs mo")


def rows() -> Iterator[BenchRow]:
    """The lines of the table."""
    with filled_with_demo(OFFERS) as (runtime, _records_in_it):
        begin = time.perf_counter()
        runtime.search_engine.rebuild()
        seconds = time.perf_counter() - begin
        yield from _search_rows(runtime)
        yield from _change_rows(runtime)
        yield BenchRow("search: index built anew × 5,000 offers", seconds, "s", note="one run")


def _search_rows(runtime: Runtime) -> Iterator[BenchRow]:
    engine = runtime.search_engine
    if any(engine.search(query).degraded for query in QUERIES):
        raise RuntimeError("the index is not used")
    name = "search: words, filters and counts × 5,000 offers"
    known = [median_ms(lambda query=query: engine.search(query)) for query in QUERIES]
    yield BenchRow(
        name,
        statistics.median(known),
        goal=15,
        note=f"{len(QUERIES)} questions; slowest {max(known):.1f} ms",
    )
    first = [statistics.median(_first_ms(runtime, query)) for query in QUERIES]
    yield BenchRow(
        "search: the same, words asked for the first time",
        statistics.median(first),
        goal=15,
        note=f"nothing kept of any word; slowest {max(first):.1f} ms",
    )
    typed = [median_ms(lambda text=text: engine.suggest(text)) for text in TYPED]
    yield BenchRow(
        "search: typing suggestions × 5,000 offers",
        statistics.median(typed),
        goal=5,
        note=f"{len(TYPED)} beginnings; slowest {max(typed):.1f} ms",
    )


def _first_ms(runtime: Runtime, query: SearchQuery) -> list[float]:
    view = TableView(runtime.offer_table_cache.current(), runtime.freshness_rules)
    answer_question(query, view, None, runtime.taxonomy)  # prepares the view
    concept_terms = ConceptTerms(runtime.taxonomy)
    found = []
    for _ in range(5):
        snapshot = IndexSnapshot(IndexFolder(runtime.settings.index_dir))
        ranker = TextRanker(snapshot, view.table, runtime.taxonomy, concept_terms)
        ranker.prepare()
        found += durations_ms(
            lambda ranker=ranker: answer_question(query, view, ranker, runtime.taxonomy), 1
        )
        snapshot.close()
    return found


def _change_rows(runtime: Runtime) -> Iterator[BenchRow]:
    records = iter(_records())
    writing, searching = [], []
    for record in islice(records, 7):
        changed = record.model_copy(update={"name": f"{record.name} neu"})
        with runtime.database.write() as session:
            apply_record(session, changed)
        writing += durations_ms(runtime.search_engine.catch_up, 1)
        searching += durations_ms(lambda: runtime.search_engine.search(QUERIES[0]), 1)
    yield BenchRow("search: index brought up to a changed provider", statistics.median(writing))
    yield BenchRow("search: first question after a change", statistics.median(searching))


@contextmanager
def filled_with_demo(offers: int) -> Iterator[tuple[Runtime, list[ProviderRecord]]]:
    """An instance with so many offers and its index, and the records in it."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": folder}).with_today(BENCH_DAY))
        records = list(_records(offers))
        with runtime.database.write() as session:
            apply_all(session, records)
        runtime.search_engine.rebuild()
        yield runtime, records
        runtime.search_engine.close()
        runtime.database.dispose()


def _records(count: int = OFFERS) -> Iterator[ProviderRecord]:
    """The demo's providers over and over, their texts mixed anew each time, up to ``count`` offers."""
    random = Random(11)  # noqa: S311  no secret depends on it
    demo = read_demo_providers(Path(__file__).parents[2] / "data" / "providers")
    offers = [offer for record in demo for offer in record.offers]
    left, number = count, 0
    while left > 0:
        for record in demo:
            number += 1
            mixed = tuple(
                offer.model_copy(
                    update={
                        "external_id": f"{number}/{offer.external_id}",
                        "description": f"{random.choice(offers).description} {offer.description}",
                        "title": f"{offer.title} {random.choice(random.choice(offers).title.split())}",
                    }
                )
                for offer in record.offers[:left]
            )
            left -= len(mixed)
            yield record.model_copy(
                update={
                    "external_id": f"{number}/{record.external_id}",
                    "name": f"{record.name} {number}",
                    "offers": mixed,
                    "parent_external_id": None,
                }
            )
            if left <= 0:
                return
