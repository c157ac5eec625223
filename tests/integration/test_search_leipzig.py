"""The search tried on a real list of clubs, as it was found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from app.core.text import fold_phrase, fold_umlauts
from app.operations.runtime import Runtime, open_runtime
from app.search.types import SearchQuery
from app.settings import load_settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    folder = tmp_path_factory.mktemp("leipzig")
    result = CliRunner(env={"LOTSENBUCH_DATA_DIR": str(folder)}).invoke(
        cli, ["import", "directory", str(shared_data / "leipzig_vereine.csv")]
    )
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def leipzig(folder: Path) -> Iterator[Runtime]:
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}))
    yield runtime
    runtime.search_engine.close()
    runtime.database.dispose()


def test_every_club_is_found_by_its_own_name(leipzig: Runtime) -> None:
    table = leipzig.offer_table_cache.current()
    missed = [
        title
        for title in table.titles
        if fold_phrase(title)
        not in {
            fold_phrase(hit.title)
            for hit in leipzig.search_engine.search(SearchQuery(title, limit=3)).hits
        }
    ]
    assert missed == []


@pytest.mark.parametrize("word", ["Grünau", "Gruenau", "GRUENAU", "grunau"])
def test_districts_folded_to_ascii_are_found_by_their_real_name(leipzig: Runtime, word: str) -> None:
    answer = leipzig.search_engine.search(SearchQuery(f"Verein {word}", limit=500))
    table = leipzig.offer_table_cache.current()
    assert answer.total > 10
    for hit in answer.hits:
        places = table.place_district[table.place_start[hit.row] : table.place_start[hit.row + 1]]
        assert "grunau" in fold_umlauts(" ".join((hit.title, *places)))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Frauenkultur", "frauen"),
        ("Selbsthilfe", "selbsthilfe"),
        ("Kinderschutz", "kinderschutz"),
        ("Fahrrad", "fahrrad"),
        ("Literatur", "literatur"),
        ("Schutz Kinder", "kinder"),
        ("Selbsthilfegrupe", "selbsthilfegruppe"),
        ("deutsch russisches zentrum", "deutsch-russisch"),
    ],
)
def test_the_first_hit_is_about_what_was_asked(leipzig: Runtime, text: str, word: str) -> None:
    assert word in leipzig.search_engine.search(SearchQuery(text)).hits[0].title.lower()


def test_a_street_finds_the_clubs_in_it(leipzig: Runtime) -> None:
    answer = leipzig.search_engine.search(SearchQuery("Bernhard-Goering-Strasse"))
    assert answer.total > 3
    assert answer.is_complete_match


def _run(folder: Path, *arguments: str) -> str:
    result = CliRunner(env={"LOTSENBUCH_DATA_DIR": str(folder)}).invoke(cli, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_prints_a_json_list_with_the_imported_key(folder: Path) -> None:
    hits = json.loads(_run(folder, "search", "Frauenkultur", "--json"))
    assert set(hits[0]) == {"id", "external_id", "title", "provider", "kind", "score"}
    assert hits[0]["external_id"].startswith("http://leipzig-data.de/Data/Verein/")
    assert "Frauenkultur" in hits[0]["title"]
    assert all(0 <= hit["score"] <= 1 for hit in hits)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)


def test_the_command_keeps_to_the_limit(folder: Path) -> None:
    assert len(json.loads(_run(folder, "search", "Verein", "--limit", "3", "--json"))) == 3


def test_the_command_prints_an_empty_list_when_nothing_is_found(folder: Path) -> None:
    assert json.loads(_run(folder, "search", "qqxyzzyq", "--json")) == []


def test_the_command_prints_a_readable_list(folder: Path) -> None:
    text = _run(folder, "search", "Frauenkultr")
    assert "Ergebnisse für „Frauenkultur“" in text
    assert "Frauenkultur e.V. Leipzig" in text
    assert "gefunden" in text


def test_the_command_makes_a_missing_index(folder: Path) -> None:
    for path in (folder / "search_index").iterdir():
        if path.is_file():
            path.unlink()
    assert json.loads(_run(folder, "search", "Frauenkultur", "--json"))


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_the_command_refuses_a_limit_that_is_none(folder: Path, limit: str) -> None:
    result = CliRunner(env={"LOTSENBUCH_DATA_DIR": str(folder)}).invoke(
        cli, ["search", "x", "--limit", limit]
    )
    assert result.exit_code == 2
