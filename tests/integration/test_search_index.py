"""The index follows the directory, repairs itself, and survives killed and competing writers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.db import Database
from app.directory.interests import Concept, Taxonomy
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord
from app.directory.service import apply_record
from app.directory.table_loading import OfferTableCache
from app.operations.runtime import Runtime, open_runtime
from app.search import engine as engine_module
from app.search.engine import SearchEngine
from app.search.index import IndexFolder, IndexUnusableError
from app.search.types import SearchQuery
from app.settings import Settings, load_settings


def _record(number: int, title: str, **more: object) -> ProviderRecord:
    return ProviderRecord(
        source="test",
        external_id=f"provider-{number}",
        name=f"Haus {number}",
        kind="club",
        places=(PlaceRecord(key="main", town="Gruenau-Mitte"),),
        offers=(
            OfferRecord.model_validate(
                {
                    "external_id": f"offer-{number}",
                    "title": title,
                    "kind": "club",
                    "places": ("main",),
                    **more,
                }
            ),
        ),
    )


def _apply(database: Database, *records: ProviderRecord) -> None:
    with database.write() as session:
        for record in records:
            apply_record(session, record)


def _titles(engine: SearchEngine, text: str) -> set[str]:
    answer = engine.search(SearchQuery(text, limit=1000))
    assert not answer.degraded
    return {hit.title for hit in answer.hits}


def test_a_change_is_found_at_once_and_the_old_words_no_more(runtime: Runtime) -> None:
    engine = runtime.search_engine
    _apply(runtime.database, _record(1, "Schachabend"))
    assert _titles(engine, "Schach") == {"Schachabend"}
    _apply(runtime.database, _record(1, "Kegelabend"))
    assert _titles(engine, "Kegeln") == {"Kegelabend"}
    assert _titles(engine, "Schach") == set()


def test_a_provider_that_changed_by_itself_is_found_by_its_new_name_only(runtime: Runtime) -> None:
    engine = runtime.search_engine
    _apply(runtime.database, _record(1, "Schachabend"))
    assert _titles(engine, "Haus") == {"Schachabend"}
    _apply(runtime.database, _record(1, "Schachabend").model_copy(update={"name": "Villa Sonnenrain"}))
    assert _titles(engine, "Sonnenrain") == {"Schachabend"}
    assert engine.search(SearchQuery("Sonnenrain")).hits[0].provider == "Villa Sonnenrain"
    assert _titles(engine, "Haus") == set()


def test_a_withdrawn_offer_is_found_no_more(runtime: Runtime) -> None:
    _apply(runtime.database, _record(1, "Schachabend"))
    assert _titles(runtime.search_engine, "Schach")
    _apply(runtime.database, _record(1, "Schachabend", status="withdrawn"))
    assert _titles(runtime.search_engine, "Schach") == set()


def test_catching_up_twice_changes_nothing(runtime: Runtime) -> None:
    _apply(runtime.database, _record(1, "Schachabend"), _record(2, "Kegelabend"))
    engine = runtime.search_engine
    assert engine.catch_up() == 2
    assert engine.catch_up() == 0
    assert _titles(engine, "abend") == {"Schachabend", "Kegelabend"}


def test_place_names_are_found_however_umlauts_are_written(runtime: Runtime) -> None:
    _apply(runtime.database, _record(1, "Schachabend"))
    for word in ("Grünau", "Gruenau", "grunau"):
        answer = runtime.search_engine.search(SearchQuery(word))
        assert [hit.title for hit in answer.hits] == ["Schachabend"], word


def test_titles_in_other_languages_are_found(runtime: Runtime) -> None:
    _apply(runtime.database, _record(1, "Chorprobe", phrases={"tr": {"title": "Koro çalışması"}}))
    assert _titles(runtime.search_engine, "koro calismasi") == {"Chorprobe"}


def test_contact_people_are_not_in_the_index(runtime: Runtime) -> None:
    _apply(runtime.database, _record(1, "Schachabend", contact_name="Quirina Zwölfer"))
    assert _titles(runtime.search_engine, "Quirina") == set()


@pytest.mark.parametrize(
    "damage", ["gone", "pointer", "toc", "segments", "format_version", "fingerprint"]
)
def test_an_unusable_index_is_rebuilt_by_the_next_search(
    settings: Settings, runtime: Runtime, damage: str
) -> None:
    _apply(runtime.database, _record(1, "Schachabend"))
    runtime.search_engine.catch_up()
    _damage(settings.index_dir, damage)
    fresh = open_runtime(settings)
    assert _titles(fresh.search_engine, "Schach") == {"Schachabend"}


@pytest.mark.parametrize("damage", ["gone", "pointer", "toc", "segments"])
def test_an_index_damaged_under_an_open_engine_does_no_harm(
    settings: Settings, runtime: Runtime, damage: str
) -> None:
    _apply(runtime.database, _record(1, "Schachabend"))
    engine = runtime.search_engine
    assert _titles(engine, "Schach") == {"Schachabend"}
    _damage(settings.index_dir, damage)
    assert _titles(engine, "Schach") == {"Schachabend"}
    _apply(runtime.database, _record(2, "Kegelabend"))
    assert _titles(engine, "abend") == {"Schachabend", "Kegelabend"}


def _damage(folder: Path, damage: str) -> None:
    pointer = folder / "current.json"
    inner = folder / json.loads(pointer.read_text())["folder"]
    match damage:
        case "gone":
            for path in inner.iterdir():
                path.unlink()
        case "pointer":
            pointer.write_text("{", encoding="utf-8")
        case "toc":
            for path in inner.glob("*.toc"):
                path.write_bytes(b"\x80\x04nonsense")
        case "segments":
            for path in inner.glob("*.seg"):
                path.write_bytes(path.read_bytes()[:40])
        case _:
            data = json.loads(pointer.read_text())
            pointer.write_text(json.dumps(data | {damage: 0}), encoding="utf-8")


def test_the_words_of_another_taxonomy_are_found_without_a_new_index(
    settings: Settings, runtime: Runtime
) -> None:
    _apply(runtime.database, _record(1, "Schachabend", topics=("chess_x",)))
    runtime.search_engine.catch_up()
    chess = Concept(
        key="chess_x",
        parent=None,
        labels={"de": "Brettspiele", "tr": "satranç"},
        synonyms={},
        unchecked=frozenset(),
        osm=None,
        is_sensitive=False,
    )
    cache = OfferTableCache(runtime.database)
    engine = SearchEngine(
        settings.index_dir, runtime.database, cache, Taxonomy([chess]), runtime.freshness_rules
    )
    assert engine.is_usable()
    assert _titles(engine, "satranc") == {"Schachabend"}
    assert _titles(engine, "Spiele") == {"Schachabend"}


def test_an_empty_directory_is_searched_without_hits(runtime: Runtime) -> None:
    for text in ("Schach", "", "B1 Zell"):
        assert _titles(runtime.search_engine, text) == set()
    assert runtime.search_engine.suggest("Qqqq") == ()


def test_the_index_of_a_database_that_was_replaced_is_rebuilt(tmp_path: Path) -> None:
    for title in ("Schachabend", "Kegelabend"):
        settings = replace(
            load_settings({"LOTSENBUCH_DATA_DIR": str(tmp_path / title)}), index_dir=tmp_path / "index"
        )
        runtime = open_runtime(settings)
        _apply(runtime.database, _record(1, title))
        assert _titles(runtime.search_engine, "abend") == {title}


def test_without_index_titles_and_providers_are_searched_and_it_says_so(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _apply(runtime.database, _record(1, "Schachabend"), _record(2, "Kegelabend"))
    monkeypatch.setattr(engine_module, "QUICK_OFFERS", 0)
    engine = runtime.search_engine
    with IndexFolder(runtime.settings.index_dir).writing():  # the background rebuild has to wait
        answer = engine.search(SearchQuery("schach"))
    assert answer.degraded
    assert [hit.title for hit in answer.hits] == ["Schachabend"]
    assert answer.facets["kind"] == {"club": 1}
    engine.close()
    assert _titles(engine, "Schach") == {"Schachabend"}


def test_an_index_folder_that_cannot_be_written_does_not_stop_the_search(tmp_path: Path) -> None:
    settings = replace(
        load_settings({"LOTSENBUCH_DATA_DIR": str(tmp_path)}), index_dir=tmp_path / "file" / "index"
    )
    (tmp_path / "file").write_text("in the way")
    runtime = open_runtime(settings)
    _apply(runtime.database, _record(1, "Schachabend"))
    answer = runtime.search_engine.search(SearchQuery("schach"))
    assert answer.degraded
    assert len(answer.hits) == 1


def test_a_rebuild_reports_its_progress_and_leaves_one_index(
    settings: Settings, runtime: Runtime
) -> None:
    _apply(runtime.database, *(_record(number, f"Abend {number}") for number in range(5)))
    seen: list[tuple[int, int]] = []
    for _ in range(3):
        runtime.search_engine.rebuild(lambda done, total: seen.append((done, total)))
    assert seen == [(number, 5) for number in range(1, 6)] * 3
    assert len(list(settings.index_dir.glob("index-*"))) == 1


def test_a_rebuild_that_fails_leaves_the_old_index_in_use(settings: Settings, runtime: Runtime) -> None:
    _apply(runtime.database, _record(1, "Schachabend"))
    runtime.search_engine.catch_up()

    before = IndexFolder(settings.index_dir).state()

    def fail(_done: int, _total: int) -> None:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        runtime.search_engine.rebuild(fail)
    assert IndexFolder(settings.index_dir).state() == before
    assert _titles(runtime.search_engine, "Schach") == {"Schachabend"}
    assert len(list(settings.index_dir.glob("index-*"))) == 1


def test_many_threads_search_while_one_writes(runtime: Runtime) -> None:
    engine = runtime.search_engine
    _apply(runtime.database, *(_record(number, f"Dauerabend {number}") for number in range(20)))
    engine.catch_up()
    wrong: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                answer = engine.search(SearchQuery("Dauerabend", limit=100))
                if answer.total != 20 or answer.degraded:
                    wrong.append(answer)
            except Exception as error:  # whatever it is, the test shall name it
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(15):
        _apply(runtime.database, _record(100 + number % 3, f"Wechsel {number}"))
        engine.catch_up()
    engine.rebuild()
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert _titles(engine, "Wechsel") == {"Wechsel 12", "Wechsel 13", "Wechsel 14"}


_WRITER = """
import sys
from tests.integration.test_search_index import _apply, _record
from app.operations.runtime import open_runtime
from app.settings import load_settings

runtime = open_runtime(load_settings())
number = int(sys.argv[1])
while True:
    number += 1
    _apply(runtime.database, _record(1000 + number % 5, f"Fremd {number}"))
    runtime.search_engine.catch_up()
    if number % 10 == 0:
        runtime.search_engine.rebuild()
    print(number, flush=True)
"""


def _start_writer(settings: Settings, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(number)],
        env={**os.environ, "LOTSENBUCH_DATA_DIR": str(settings.data_dir)},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.soak)])
def test_one_process_reads_while_another_writes_and_is_killed(
    settings: Settings, runtime: Runtime, kills: int
) -> None:
    _apply(runtime.database, *(_record(number, f"Dauerabend {number}") for number in range(20)))
    engine = runtime.search_engine
    engine.catch_up()
    number = 0
    for _ in range(kills):
        writer = _start_writer(settings, number)
        assert writer.stdout is not None
        number = int(writer.stdout.readline())
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            assert len(_titles(engine, "Dauerabend")) == 20
        writer.send_signal(signal.SIGKILL)
        number = max([number, *map(int, writer.stdout.read().split())])
        writer.wait()
        engine.catch_up()
        assert len(_titles(engine, "Dauerabend")) == 20
        table = runtime.offer_table_cache.current()
        expected = {title for title in table.titles if title.startswith("Fremd")}
        assert _titles(engine, "Fremd") == expected
        answer = engine.search(SearchQuery("Fremd", limit=1000))
        assert len(answer.hits) == len({hit.offer_id for hit in answer.hits})


def test_an_index_that_was_never_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusableError):
        IndexFolder(tmp_path / "nowhere").state()
