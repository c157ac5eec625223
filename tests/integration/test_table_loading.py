"""The offer table holds what the database holds, and follows it."""

from __future__ import annotations

import threading
from dataclasses import fields
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from app.core.db import Database
from app.directory import table_loading
from app.directory.codes import ENTITLEMENT_KINDS, LEVELS, OFFER_KINDS, RESIDENCE_STATUSES, SEXES
from app.directory.models import (
    DirectoryChange,
    Offer,
    OfferPlace,
    OfferSession,
    OfferTopic,
    Place,
    Provider,
)
from app.directory.offer_table import BitSets, OfferTable
from app.directory.table_loading import (
    OfferRow,
    OfferTableCache,
    PlaceRow,
    build_offer_table,
    current_revision,
    load_offer_table,
)
from app.operations.runtime import Runtime, open_runtime
from app.settings import load_settings


def add_offer(database: Database, key: str, **facts: object) -> None:
    """A provider with one offer, as an import would leave it."""
    with database.write() as session:
        if session.get(Provider, "p") is None:
            session.add(Provider(id="p", source="t", external_id="p", name="Verein Blau", kind="club"))
            session.flush()
        offer = {"title": key, "kind": "club"} | facts
        session.add(Offer(id=key, provider_id="p", source="t", external_id=f"x-{key}", **offer))
        session.add(DirectoryChange(offer_id=key))


def test_an_empty_directory_gives_an_empty_table(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        table = load_offer_table(session)
        assert current_revision(session) == 0
    assert len(table) == 0
    assert list(table.session_start) == [0]
    assert list(table.place_start) == [0]
    assert table.topics.any_of(["football"]).shape == (0,)


def test_every_fact_of_an_offer_arrives(runtime: Runtime) -> None:
    add_offer(
        runtime.database,
        "a",
        title="Kurs",
        kind="language_course",
        course_kind="orientation",
        entry_level="none",
        target_level="A1",
        sex="female",
        min_age=16,
        max_age=99,
        starts_on=date(2026, 12, 1),
        ends_on=date(2027, 3, 1),
        registration_deadline=date(2026, 11, 25),
        individual_entry=False,
        by_appointment=True,
        has_childcare=True,
        seats_max=20,
        seats_booked=18,
        has_waiting_list=False,
        cost_cents=0,
        verified_on=date(2026, 11, 1),
        residence_statuses=["24", "gestattung"],
        entitlement_kinds=["admission"],
        goal_areas=["language", "work"],
        instruction_languages=["de"],
        onsite_languages=["uk", "ar"],
    )
    with runtime.database.write() as session:
        session.add(Place(id="far", provider_id="p", key="far", town="Esslingen", step_free=False))
        session.add(
            Place(
                id="near",
                provider_id="p",
                key="near",
                latitude=48.7,
                longitude=9.3,
                precision="street",
                district="Zell",
                step_free=True,
            )
        )
        session.flush()
        session.add(OfferPlace(offer_id="a", place_id="far", position=1))
        session.add(OfferPlace(offer_id="a", place_id="near", position=0))
        session.add(OfferTopic(offer_id="a", concept="german_course"))
        session.add(OfferSession(offer_id="a", weekday=3, from_minute=540, to_minute=720))
        session.add(OfferSession(offer_id="a", weekday=1, from_minute=600, to_minute=660))
    with runtime.database.read() as session:
        table = load_offer_table(session)
    assert (table.ids, table.external_ids, table.titles) == (("a",), ("x-a",), ("Kurs",))
    assert (table.provider_ids, table.provider_names) == (("p",), ("Verein Blau",))
    assert OFFER_KINDS[table.kind[0]] == "language_course"
    assert (LEVELS[table.entry_level[0]], LEVELS[table.target_level[0]]) == ("none", "A1")
    assert SEXES[table.sex[0]] == "female"
    assert (table.min_age[0], table.max_age[0], table.seats_free[0]) == (16, 99, 2)
    assert date.fromordinal(table.starts_on[0]) == date(2026, 12, 1)
    assert date.fromordinal(table.registration_deadline[0]) == date(2026, 11, 25)
    assert (table.individual_entry[0], table.by_appointment[0], table.childcare[0]) == (0, 1, 1)
    assert (table.waiting_list[0], table.cost_cents[0], table.step_free[0]) == (0, 0, 1)
    accepted = {s for i, s in enumerate(RESIDENCE_STATUSES) if table.residence_statuses[0] >> i & 1}
    assert accepted == {"24", "gestattung"}
    assert table.entitlement_kinds[0] == 1 << ENTITLEMENT_KINDS.index("admission")
    assert table.languages.words_of(0) == ("ar", "de", "uk")
    assert table.instruction.words_of(0) == ("de",)
    assert table.topics.words_of(0) == ("german_course",)
    assert table.weekdays[0] == 0b101
    assert list(table.session_weekday) == [1, 3]
    assert (list(table.session_from), list(table.session_to)) == ([600, 540], [660, 720])
    assert table.place_id == ("near", "far")
    assert list(table.place_precise) == [True, False]
    assert np.isnan(table.place_latitude[1])
    assert (table.place_district, table.place_town) == (("Zell", ""), ("", "Esslingen"))


def test_what_is_unknown_stays_unknown(runtime: Runtime) -> None:
    add_offer(runtime.database, "a", seats_max=5)
    with runtime.database.read() as session:
        table = load_offer_table(session)
    columns = (
        table.course_kind,
        table.entry_level,
        table.target_level,
        table.sex,
        table.min_age,
        table.max_age,
        table.starts_on,
        table.individual_entry,
        table.childcare,
        table.step_free,
        table.seats_free,
        table.waiting_list,
        table.cost_cents,
        table.verified_on,
    )
    assert [int(column[0]) for column in columns] == [-1] * len(columns)
    assert table.languages.is_empty[0]
    assert table.residence_statuses[0] == 0


def test_only_published_offers_are_in_it_protected_ones_included(runtime: Runtime) -> None:
    add_offer(runtime.database, "a", visibility="protected")
    add_offer(runtime.database, "b", status="paused")
    add_offer(runtime.database, "c", status="withdrawn")
    with runtime.database.read() as session:
        assert load_offer_table(session).ids == ("a",)


def test_the_number_of_queries_does_not_grow_with_the_offers(runtime: Runtime) -> None:
    queries: list[str] = []

    @event.listens_for(runtime.database.engine, "before_cursor_execute")
    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        queries.append(statement)

    def queries_to_load() -> int:
        queries.clear()
        with runtime.database.read() as session:
            load_offer_table(session)
        return len([query for query in queries if query.startswith("SELECT")])

    add_offer(runtime.database, "a")
    few = queries_to_load()
    for i in range(20):
        add_offer(runtime.database, f"b{i}")
    assert queries_to_load() == few == 7


def test_the_cache_loads_again_only_after_a_change(runtime: Runtime) -> None:
    add_offer(runtime.database, "a")
    cache = OfferTableCache(runtime.database)
    first = cache.current()
    assert cache.current() is first
    add_offer(runtime.database, "b")
    assert cache.current().ids == ("a", "b")
    assert cache.current().revision == 2


def test_many_threads_get_the_same_table(runtime: Runtime) -> None:
    for i in range(10):
        add_offer(runtime.database, f"a{i}")
    cache = OfferTableCache(runtime.database)
    tables: list[int] = []
    threads = [threading.Thread(target=lambda: tables.append(id(cache.current()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tables) == 8
    assert len(set(tables)) == 1


@pytest.mark.parametrize(
    "fact", [{"kind": "circus"}, {"sex": "?"}, {"residence_statuses": ["24", "99"]}]
)
def test_an_unknown_code_is_refused_rather_than_dropped(fact: dict[str, object]) -> None:
    row = OfferRow("a", "a", "A", "p", "P", **({"kind": "club"} | fact))
    with pytest.raises(ValueError, match="no known code"):
        build_offer_table([row])


@pytest.mark.parametrize(
    ("places", "step_free"),
    [
        ([], -1),
        ([None], -1),
        ([False, None], -1),
        ([False, False], 0),
        ([False, None, True], 1),
    ],
)
def test_step_free_is_known_only_when_the_places_tell(
    places: list[bool | None], step_free: int
) -> None:
    rows = [PlaceRow(str(i), step_free=answer) for i, answer in enumerate(places)]
    table = build_offer_table([OfferRow("a", "a", "A", "p", "P", "club", places=rows)])
    assert table.step_free[0] == step_free


def test_more_bookings_than_seats_leave_none_free() -> None:
    row = OfferRow("a", "a", "A", "p", "P", "club", seats_max=3, seats_booked=5)
    assert build_offer_table([row]).seats_free[0] == 0


def _dump(table: OfferTable) -> dict[str, object]:
    """Every column as plain values."""
    plain: dict[str, object] = {}
    for field in fields(table):
        value = getattr(table, field.name)
        if isinstance(value, BitSets):
            value = [value.words_of(row) for row in range(len(table))]
        plain[field.name] = str(value.tolist()) if isinstance(value, np.ndarray) else value
    return plain


_steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "rename", "withdraw", "topic", "provider", "delete"]),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_steps, min_size=1, max_size=3))
def test_reading_only_what_changed_gives_the_same_table_as_reading_all(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}))
    cache = OfferTableCache(runtime.database)
    add_offer(runtime.database, "start")
    cache.current()
    for steps in rounds:
        for step, number in steps:
            _change(runtime.database, step, f"o{number}")
        with runtime.database.read() as session:
            whole = load_offer_table(session)
        assert _dump(cache.current()) == _dump(whole)
    runtime.database.dispose()


def _change(database: Database, step: str, key: str) -> None:
    with database.read() as session:
        is_there = session.get(Offer, key) is not None
    if step == "add" or not is_there:
        if not is_there:
            add_offer(database, key)
        return
    with database.write() as session:
        offer = session.get_one(Offer, key)
        changed = key
        match step:
            case "rename":
                offer.title += "!"
            case "withdraw":
                offer.status = "published" if offer.status == "withdrawn" else "withdrawn"
            case "topic":
                session.merge(OfferTopic(offer_id=key, concept="football"))
                session.merge(
                    OfferSession(
                        id=key, offer_id=key, weekday=2, from_minute=1, to_minute=9, languages=["ar"]
                    )
                )
            case "provider":
                provider = session.get_one(Provider, "p")
                provider.name += "!"
                session.add(provider)
                changed = "p"
            case _:
                session.delete(offer)
        session.add(DirectoryChange(offer_id=changed))


def test_after_a_change_only_the_changed_offers_are_read(runtime: Runtime) -> None:
    for i in range(10):
        add_offer(runtime.database, f"a{i}")
    cache = OfferTableCache(runtime.database)
    cache.current()
    read: list[int] = []

    @event.listens_for(runtime.database.engine, "before_cursor_execute")
    def count(
        _conn: object, _cursor: object, statement: str, parameters: object, *_rest: object
    ) -> None:
        if statement.startswith("SELECT offer.id, offer.external_id"):
            read.append(str(parameters).count("a3"))

    add_offer(runtime.database, "b")
    assert len(cache.current()) == 11
    with runtime.database.write() as session:
        session.add(DirectoryChange(offer_id="a3"))
        session.add(DirectoryChange(offer_id="nobody"))
    assert cache.current().revision == 13
    assert read == [0, 2]


def test_languages_of_single_days_count_as_spoken_there(runtime: Runtime) -> None:
    add_offer(runtime.database, "a", onsite_languages=["tr"])
    with runtime.database.write() as session:
        for day, languages in ((1, ["ar", "uk"]), (2, [])):
            session.add(
                OfferSession(
                    offer_id="a", weekday=day, from_minute=60, to_minute=120, languages=languages
                )
            )
    table = OfferTableCache(runtime.database).current()
    assert table.languages.words_of(0) == ("ar", "tr", "uk")


def test_many_changes_at_once_are_read_too(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_loading, "MOST_SINGLE_CHANGES", 1)
    cache = OfferTableCache(runtime.database)
    add_offer(runtime.database, "a")
    assert cache.current().ids == ("a",)
    for key in ("c", "b"):
        add_offer(runtime.database, key)
    assert cache.current().ids == ("a", "b", "c")
