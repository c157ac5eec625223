"""What people look for in the demo directory is found: the examples the product is measured by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.errors import InvalidInputError
from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS
from app.directory.next_dates import next_days
from app.directory.offer_table import UNKNOWN
from app.operations.demo_directory import load_demo_directory
from app.operations.runtime import Runtime, open_runtime
from app.search.ordering import CLOSE_TO_BEST
from app.search.types import NearPoint, SearchAnswer, SearchHit, SearchQuery
from app.settings import load_settings
from tests.conftest import TODAY

ZELL = NearPoint(48.7305, 9.3680, "Zell")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("demo")
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}).with_today(TODAY))
    with runtime.database.write() as session:
        load_demo_directory(session, TODAY)
    runtime.search_engine.catch_up()
    yield runtime
    runtime.search_engine.close()
    runtime.database.dispose()


def _search(demo: Runtime, text: str = "", **more: object) -> SearchAnswer:
    return demo.search_engine.search(SearchQuery(text, **({"limit": 500} | more)))


def _titles(answer: SearchAnswer) -> list[str]:
    return [hit.title for hit in answer.hits]


def test_fussball_finds_the_football_club(demo: Runtime) -> None:
    answer = _search(demo, "fussball")
    assert "fußball" in answer.hits[0].title.lower()
    assert answer.hits[0].kind == "club"
    assert answer.is_complete_match
    assert not answer.degraded


def test_all_ways_of_writing_football_find_football_first(demo: Runtime) -> None:
    for word in ("Fußball", "FUSSBALL", "soccer", "football", "футбол", "كرة القدم", "futbol"):
        first = _search(demo, word).hits[:5]
        assert len(first) == 5, word
        assert all("football" in hit.matched_concepts and hit.kind == "club" for hit in first), word


def test_sprachkurs_frauen_lists_womens_courses_first_and_all_courses_after(demo: Runtime) -> None:
    answer = _search(demo, "sprachkurs frauen")
    women = [hit for hit in answer.hits if "Frauen" in hit.title and hit.kind == "language_course"]
    assert "Sprachkurs" in answer.hits[0].title
    assert "Frauen" in answer.hits[0].title
    assert {hit.offer_id for hit in answer.hits[:3]} <= {hit.offer_id for hit in women}
    assert answer.total > len(women)


def test_sprachkus_is_corrected_and_says_so(demo: Runtime) -> None:
    answer = _search(demo, "Sprachkus")
    assert answer.correction is not None
    assert answer.correction.text == "Sprachkurs"
    assert answer.correction.replaced == (("Sprachkus", "Sprachkurs"),)
    assert answer.hits == _search(demo, "Sprachkurs").hits
    assert _search(demo, "Sprachkurs").correction is None


def test_deutschkurs_b1_zell_means_level_and_district_nearest_first(demo: Runtime) -> None:
    answer = _search(demo, "Deutschkurs B1 Zell")
    assert [(part.kind, part.value) for part in answer.understood] == [
        ("level", "B1"),
        ("place", "Zell"),
    ]
    assert answer.sort == "distance"
    assert answer.near is not None
    assert abs(answer.near.latitude - ZELL.latitude) < 0.02
    assert "Zell" in answer.hits[0].title
    assert "german_course" in {key for hit in answer.hits for key in hit.matched_concepts}
    table = demo.offer_table_cache.current()
    b1 = LEVELS.index("B1")
    for hit in answer.hits:
        assert hit.kind == "language_course"
        assert b1 in {table.entry_level[hit.row], table.target_level[hit.row]}
    close = [hit.distance_km for hit in answer.hits if hit.distance_km is not None and hit.score > 0.6]
    elsewhere = [km for km in close if km > 1.5]
    assert close[0] < 1.5
    assert elsewhere == sorted(elsewhere) == close[len(close) - len(elsewhere) :]
    assert all(hit.distance_is_estimate for hit in answer.hits if hit.distance_km is not None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Kurs", "kurs"),
        ("yüzme", "schwimm"),
        ("schwimmen", "schwimm"),
        ("Nähkurs", "näh"),
        ("Wo kann ich bitte schwimmen lernen?", "schwimm"),
        ("Chor", "chor"),
    ],
)
def test_the_first_hit_is_about_what_was_asked(demo: Runtime, text: str, word: str) -> None:
    assert word in _search(demo, text).hits[0].title.lower()


def test_a_german_course_is_found_in_ukrainian(demo: Runtime) -> None:
    for hit in _search(demo, "курси німецької").hits[:10]:
        assert hit.kind == "language_course"
        assert "german_course" in hit.matched_concepts


def test_a_misspelt_district_is_understood(demo: Runtime) -> None:
    answer = _search(demo, "Deutschkurs Mettinegn")
    assert answer.correction is not None
    assert [(part.kind, part.value) for part in answer.understood] == [("place", "Mettingen")]


def test_words_that_no_offer_has_together_give_partial_matches(demo: Runtime) -> None:
    answer = _search(demo, "Fußball Integrationskurs Chor")
    assert answer.total > 0
    assert not answer.is_complete_match


def test_nothing_is_found_for_nonsense(demo: Runtime) -> None:
    for text in ("qqxyzzyq", "???", "und", "***", '"', "(", "🦜"):
        assert _search(demo, text).hits == (), text


def test_words_that_only_a_part_was_found_of_are_not_named_as_matched(demo: Runtime) -> None:
    answer = _search(demo, "Bachfestchor")
    assert "chor" in answer.hits[0].title.lower()
    assert not answer.is_complete_match
    assert answer.hits[0].matched_words == ()
    assert not answer.hits[0].is_complete


def test_a_town_is_taken_as_a_whole(demo: Runtime) -> None:
    answer = _search(demo, "Deutschkurs Plochingen")
    table = demo.offer_table_cache.current()

    def is_there(hit: SearchHit) -> bool:
        return (
            "Plochingen"
            in table.place_town[table.place_start[hit.row] : table.place_start[hit.row + 1]]
        )

    best = max(hit.score for hit in answer.hits)
    there = [is_there(hit) for hit in answer.hits if hit.score >= CLOSE_TO_BEST * best]
    assert there[0]
    assert there == sorted(there, reverse=True)


def test_an_empty_text_shows_everything_by_title(demo: Runtime) -> None:
    answer = _search(demo)
    assert answer.total == len(demo.offer_table_cache.current())
    assert answer.hits[0].score == 1.0


@pytest.mark.parametrize(
    "text", ["Sprachkurs AND Frauen", 'NOT "Sprachkurs"', "Sprach* (Kurs", "title:Kurs^9"]
)
def test_operators_are_only_words_and_signs(demo: Runtime, text: str) -> None:
    answer = _search(demo, text)
    assert answer.total >= 0
    assert not answer.degraded


def test_a_page_is_a_slice_of_the_whole(demo: Runtime) -> None:
    whole = _search(demo, "Deutsch")
    page = _search(demo, "Deutsch", limit=5, offset=5)
    assert page.hits == whole.hits[5:10]
    assert page.total == whole.total == len(whole.hits)


def test_start_sorts_by_the_next_date_those_without_one_last(demo: Runtime) -> None:
    table = demo.offer_table_cache.current()
    answer = _search(demo, "Deutschkurs", sort="start", today=TODAY)
    days = next_days(table, TODAY)
    found = [int(days[hit.row]) for hit in answer.hits if hit.is_complete]
    known = [day for day in found if day != UNKNOWN]
    assert found == [*sorted(known), *[UNKNOWN] * (len(found) - len(known))]
    assert known[0] >= TODAY.toordinal()


def test_offers_without_a_fact_are_counted_not_silently_dropped(demo: Runtime) -> None:
    table = demo.offer_table_cache.current()
    answer = _search(demo, weekdays=(1,))
    assert answer.unknown["weekday"] == int((table.weekdays == 0).sum())


def test_a_distance_limit_needs_a_place(demo: Runtime) -> None:
    assert _search(demo, "Chor", max_km=1.0).total == _search(demo, "Chor").total
    near = _search(demo, near=ZELL, max_km=2.0)
    assert 0 < near.total < len(demo.offer_table_cache.current())
    assert all(hit.distance_km is not None and hit.distance_km <= 2.02 for hit in near.hits)


_FACETS = {"kind": "kinds", "course_kind": "course_kinds", "level": "levels", "language": "languages"}


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"text": "Deutsch"},
        {"text": "Frauen", "kinds": ("language_course",)},
        {"levels": ("A1", "B1"), "weekdays": (1, 3)},
        {"near": ZELL, "max_km": 5.0, "childcare": True},
    ],
)
def test_each_count_is_the_number_found_when_it_is_chosen(
    demo: Runtime, filters: dict[str, object]
) -> None:
    facets = _search(demo, **filters).facets
    for facet, field in _FACETS.items():
        for value, count in facets[facet].items():
            chosen = _search(demo, **(filters | {field: (value,)}))
            if facet != "language":  # a related language is found too, but counted by itself
                assert chosen.total == count, (facet, value)
            else:
                assert chosen.total >= count
    for day, count in facets["weekday"].items():
        assert _search(demo, **(filters | {"weekdays": (int(day),)})).total == count


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": ("x",)},
        {"levels": ("D9",)},
        {"weekdays": (8,)},
        {"max_km": 0.0},
        {"limit": -1},
        {"offset": -1},
    ],
)
def test_a_filter_that_does_not_exist_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        SearchQuery(**wrong)
    assert caught.value.field in {*wrong, "limit"}


_relaxed = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _is_sound(hit: SearchHit) -> bool:
    return 0.0 <= hit.score <= 1.0 and hit.kind in OFFER_KINDS


@_relaxed
@given(st.text(max_size=60))
def test_any_text_is_answered(demo: Runtime, text: str) -> None:
    answer = _search(demo, text)
    assert not answer.degraded
    assert len({hit.offer_id for hit in answer.hits}) == len(answer.hits)
    assert all(_is_sound(hit) for hit in answer.hits)
    assert demo.search_engine.suggest(text) is not None


_WORDS = [
    "Deutschkurs",
    "Zell",
    "B1",
    "frauen",
    "fussbal",
    "auf",
    "Arabisch",
    "AND",
    "*",
    "montags",
    "Chor",
]


@_relaxed
@given(
    st.lists(st.sampled_from(_WORDS), max_size=5).map(" ".join),
    st.lists(st.sampled_from(OFFER_KINDS), max_size=2).map(tuple),
    st.lists(st.sampled_from(COURSE_KINDS), max_size=1).map(tuple),
    st.lists(st.integers(1, 7), max_size=2).map(tuple),
    st.sampled_from(["fit", "distance", "start"]),
    st.booleans(),
)
def test_any_combination_of_words_and_filters_is_answered(
    demo: Runtime,
    text: str,
    kinds: tuple[str, ...],
    course_kinds: tuple[str, ...],
    weekdays: tuple[int, ...],
    sort: str,
    childcare: bool,
) -> None:
    answer = _search(
        demo,
        text,
        kinds=kinds,
        course_kinds=course_kinds,
        weekdays=weekdays,
        sort=sort,
        childcare=childcare,
    )
    assert answer.total == len(answer.hits)
    assert all(_is_sound(hit) for hit in answer.hits)
    assert not kinds or {hit.kind for hit in answer.hits} <= set(kinds)


def test_typing_suggests_titles_providers_concepts_and_places(demo: Runtime) -> None:
    def kinds(prefix: str) -> set[str]:
        return {suggestion.kind for suggestion in demo.search_engine.suggest(prefix, limit=20)}

    assert "place" in kinds("Mettin")
    assert "concept" in kinds("Fußb")
    assert "provider" in kinds("Sprachwerkstatt")
    assert "offer" in kinds("Deutschkurs")
    assert demo.search_engine.suggest("fussb")[0].text.lower().startswith("fußb")
    assert demo.search_engine.suggest("футб")[0].key == "football"
    assert demo.search_engine.suggest("") == ()
    assert len(demo.search_engine.suggest("s", limit=3)) == 3


def test_typing_errors_are_forgiven_while_typing(demo: Runtime) -> None:
    assert any("Sprachwerkstatt" in s.text for s in demo.search_engine.suggest("Sprachwerkstat Zel"))
