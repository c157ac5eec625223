"""Counts beside the filters are what a person counts who goes through the directory offer by offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS, SEXES
from app.directory.offer_table import OfferTable
from app.operations.demo_directory import load_demo_directory
from app.operations.runtime import Runtime, open_runtime
from app.search.filters import same_languages
from app.search.types import SearchQuery
from app.settings import load_settings
from tests.conftest import TODAY

EXTRAS = ("free_seats", "step_free", "childcare", "women_only")


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("facets")
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}).with_today(TODAY))
    with runtime.database.write() as session:
        load_demo_directory(session, TODAY)
    runtime.search_engine.catch_up()
    yield runtime
    runtime.search_engine.close()
    runtime.database.dispose()


def _facts(table: OfferTable, row: int) -> dict[str, set[str]]:
    """What each facet says of one offer."""
    course = int(table.course_kind[row])
    levels = {int(table.entry_level[row]), int(table.target_level[row]) or -1} - {-1}
    is_course = OFFER_KINDS[table.kind[row]] == "language_course"
    yes = {
        "free_seats": table.seats_free[row] > 0,
        "step_free": table.step_free[row] == 1,
        "childcare": table.childcare[row] == 1,
        "women_only": table.sex[row] == SEXES.index("female"),
    }
    return {
        "kind": {OFFER_KINDS[table.kind[row]]},
        "course_kind": {COURSE_KINDS[course]} if course >= 0 else set(),
        "level": {LEVELS[level] for level in levels} if is_course else set(),
        "language": set(table.languages.words_of(row)),
        "weekday": {str(day) for day in range(1, 8) if table.weekdays[row] >> (day - 1) & 1},
        "extra": {name for name, is_so in yes.items() if is_so},
    }


def _wanted(query: SearchQuery, table: OfferTable) -> dict[str, set[str]]:
    flags = (query.free_seats_only, query.step_free, query.childcare, query.women_only)
    chosen = {
        "kind": set(query.kinds),
        "course_kind": set(query.course_kinds),
        "level": set(query.levels),
        "language": set(same_languages(query.languages, table.languages.vocabulary)),
        "weekday": set(map(str, query.weekdays)),
    } | {name: {name} for name, is_set in zip(EXTRAS, flags, strict=True) if is_set}
    return {name: values for name, values in chosen.items() if values}


def _recount(
    query: SearchQuery, found: list[int], table: OfferTable
) -> tuple[int, dict[str, Counter[str]]]:
    wanted = _wanted(query, table)
    counts: dict[str, Counter[str]] = {name: Counter() for name in _facts(table, 0)}
    total = 0
    for row in found:
        facts = _facts(table, row)
        failed = [
            name
            for name, values in wanted.items()
            if values.isdisjoint(facts["extra"] if name in EXTRAS else facts[name])
        ]
        total += not failed
        for facet, values in facts.items():
            for value in values:
                own = value if facet == "extra" else facet
                counts[facet][value] += set(failed) <= {own}
    return total, counts


_TEXTS = st.sampled_from(["", "Deutsch", "Frauen", "Beratung", "Fußball", "Kurs", "yüzme", "Kinder"])
_LANGUAGES = st.sampled_from(["ar", "uk", "de", "tr", "fa", "prs"])


@settings(max_examples=40)
@given(
    _TEXTS,
    st.lists(st.sampled_from(OFFER_KINDS), max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from(COURSE_KINDS), max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from(LEVELS[1:]), max_size=2, unique=True).map(tuple),
    st.lists(_LANGUAGES, max_size=2, unique=True).map(tuple),
    st.lists(st.integers(1, 7), max_size=2, unique=True).map(tuple),
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
)
def test_counts_are_those_of_a_recount_by_hand(
    stocked: Runtime,
    text: str,
    kinds: tuple[str, ...],
    course_kinds: tuple[str, ...],
    levels: tuple[str, ...],
    languages: tuple[str, ...],
    weekdays: tuple[int, ...],
    flags: tuple[bool, bool, bool, bool],
) -> None:
    table = stocked.offer_table_cache.current()
    found = stocked.search_engine.search(SearchQuery(text, limit=1000))
    query = SearchQuery(text, kinds, course_kinds, levels, languages, weekdays, None, None, *flags)
    answer = stocked.search_engine.search(query)
    total, counts = _recount(query, [hit.row for hit in found.hits], table)
    assert answer.total == total
    for facet, counter in counts.items():
        assert dict(answer.facets[facet]) == {value: n for value, n in counter.items() if n}, facet
