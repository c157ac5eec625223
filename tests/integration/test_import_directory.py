"""`lotsenbuch import directory` on the real club list and on made-up nasty files."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlmodel import col, func, select

from app.cli import cli
from app.core.errors import LotsenbuchError
from app.directory.hsds import dump_organization
from app.directory.models import DirectoryChange, Offer, Place, Provider
from app.operations.demo_directory import read_demo_providers
from app.operations.runtime import Runtime, open_runtime
from app.settings import Settings

HEADER = "uri,name,categories,plz,ort,strasse,nr,ortsteil,homepage"
GOOD = "u:1,Chor,Musik,04109,Leipzig,Lessingstrasse,7,Zentrum-West,https://chor.example"
Import = Callable[..., Result]


@pytest.fixture(scope="session")
def leipzig_instance(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """The folder of an instance with the clubs of Leipzig in it; to be copied, not used."""
    folder = tmp_path_factory.mktemp("leipzig") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOTSENBUCH_DATA_DIR", str(folder))
        file = str(shared_data / "leipzig_vereine.csv")
        result = CliRunner().invoke(cli, ["import", "directory", file])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def leipzig(leipzig_instance: Path, settings: Settings) -> Runtime:
    """An instance with the clubs of Leipzig in it."""
    shutil.copytree(leipzig_instance, settings.data_dir, dirs_exist_ok=True)
    return open_runtime(settings)


@pytest.fixture
def run_import(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Import:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(settings.data_dir))

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(cli, ["import", "directory", *map(str, arguments)])

    return run


@pytest.fixture
def write_list(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str, header: str = HEADER, name: str = "list.csv") -> Path:
        file = tmp_path / name
        file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return file

    return write


def report_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def counts(runtime: Runtime) -> tuple[int, int, int]:
    with runtime.database.read() as session:
        return (
            session.exec(select(func.count()).select_from(Provider)).one(),
            session.exec(select(func.count()).select_from(Offer)).one(),
            session.exec(select(func.count()).select_from(DirectoryChange)).one(),
        )


def test_the_clubs_of_leipzig_come_in_once(
    runtime: Runtime, run_import: Import, shared_data: Path
) -> None:
    file = shared_data / "leipzig_vereine.csv"
    first = report_of(run_import(file, "--json"))
    assert (first["created"], first["changed"], first["unchanged"]) == (477, 0, 0)
    assert [problem["line"] for problem in first["problems"]] == [2]
    assert first["rejected"] == 1
    before = counts(runtime)
    second = report_of(run_import(file, "--json"))
    assert (second["created"], second["changed"], second["unchanged"]) == (0, 0, 477)
    assert second["flagged"] == first["flagged"]
    assert counts(runtime) == before


def test_of_the_clubs_every_category_is_known_and_every_place_found_that_is_told(
    leipzig: Runtime, shared_data: Path
) -> None:
    file = shared_data / "leipzig_vereine.csv"
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    without_place = sum(bool(row["name"]) and not row["plz"] for row in rows)
    with leipzig.database.read() as session:
        flags = [flag for offer in session.exec(select(Offer)) for flag in offer.flags]
        streets = session.exec(select(Place.street).where(Place.plz == "04209")).all()
        placed = session.exec(
            select(func.count()).select_from(Place).where(col(Place.latitude).is_not(None))
        ).one()
    assert flags.count("place_missing") == without_place
    assert "category_unknown" not in flags
    assert placed >= 400
    assert "Ulmer Straße" in streets


def test_of_a_changed_list_only_what_changed_is_changed(
    leipzig: Runtime, run_import: Import, shared_data: Path, tmp_path: Path
) -> None:
    original = (shared_data / "leipzig_vereine.csv").read_text(encoding="utf-8")
    before = counts(leipzig)[2]
    changed = tmp_path / "changed.csv"
    changed.write_text(original.replace("UlmerStrasse,20", "UlmerStrasse,22"), encoding="utf-8")
    report = report_of(run_import(changed, "--json"))
    assert (report["created"], report["changed"], report["unchanged"]) == (0, 1, 476)
    assert counts(leipzig)[2] == before + 2  # the club and its offer


def test_a_list_in_another_encoding_and_with_semicolons_is_the_same_list(
    leipzig: Runtime, run_import: Import, shared_data: Path, tmp_path: Path
) -> None:
    file = shared_data / "leipzig_vereine.csv"
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
    turned = io.StringIO()
    csv.writer(turned, delimiter=";").writerows(rows)
    other = tmp_path / "other.csv"
    other.write_bytes(turned.getvalue().encode("utf-16"))
    before = counts(leipzig)
    assert report_of(run_import(other, "--json"))["unchanged"] == 477
    assert counts(leipzig) == before


def test_a_dry_run_reports_the_same_and_writes_nothing(
    runtime: Runtime, run_import: Import, shared_data: Path
) -> None:
    file = shared_data / "leipzig_vereine.csv"
    dry = run_import(file, "--dry-run", "--json")
    assert counts(runtime) == (0, 0, 0)
    assert report_of(run_import(file, "--json")) == report_of(dry)


def test_strict_refuses_the_whole_list_for_one_row(
    runtime: Runtime, run_import: Import, write_list: Callable[..., Path]
) -> None:
    file = write_list(GOOD, "u:2,,,,,,,,")
    result = run_import(file, "--strict", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rejected"] == 1
    assert counts(runtime) == (0, 0, 0)


def test_strict_takes_a_list_that_is_all_right(
    runtime: Runtime, run_import: Import, write_list: Callable[..., Path]
) -> None:
    assert run_import(write_list(GOOD), "--strict").exit_code == 0
    assert counts(runtime)[0] == 1


def test_every_row_counts_once_and_lines_are_those_of_the_file(
    run_import: Import, write_list: Callable[..., Path]
) -> None:
    file = write_list(
        GOOD,
        '"u:2","Verein\nmit Zeilen",Musik,,,,,,',
        "u:3",
        "",
        "u:1,Noch ein Chor,Musik,04109,Leipzig,,,,",
        ",Ohne Schlüssel,,,,,,,",
        '"u:4","Langer\n\nName",Musik,04109,Leipzig,,,,kaputt',
        f"u:5,{'x' * 200_000},,,,,,,",
    )
    report = report_of(run_import(file, "--json"))
    assert report["created"] + report["rejected"] == 7
    assert [problem["line"] for problem in report["problems"]] == [5, 7, 8, 12]
    assert report["problems"][1]["reason"] == "the key 'u:1' stands in line 2 already"
    assert report["flagged"] == 2


def test_the_readable_report_names_numbers_and_lines(
    run_import: Import, write_list: Callable[..., Path]
) -> None:
    result = run_import(write_list(GOOD, "u:2,,,,,,,,"))
    assert "created 1, changed 0, unchanged 0, rejected 1" in result.stdout
    assert "line 3: name: is missing" in result.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", HEADER.replace("name,", "").encode()),
        ("twice.csv", (HEADER + ",name").encode()),
        ("paper.csv", b"%PDF-1.7"),
        ("picture.csv", bytes(range(256))),
        ("list.json", b"{"),
        ("list.json", b"42"),
        ("list.json", b"[" * 200_000),
        ("list.json", b"\xff\xfe\xfd"),
        ("list.json", b'{"colour": "red"}'),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing_and_says_why_in_one_line(
    runtime: Runtime, run_import: Import, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    result = run_import(file, "--json")
    assert isinstance(result.exception, LotsenbuchError), result.output
    assert name in str(result.exception)
    assert "\n" not in str(result.exception)
    assert result.stdout == ""
    assert counts(runtime) == (0, 0, 0)


def test_an_own_mapping_reads_another_list(
    runtime: Runtime, run_import: Import, write_list: Callable[..., Path], tmp_path: Path
) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        "source = 'own'\n[columns]\nkey = 'Nr'\nname = 'Verein'\nemail = 'Mail'\n", encoding="utf-8"
    )
    file = write_list("7,Turnverein,tv@turnen.example", "8,X,keine", header="Nr,Verein,Mail")
    report = report_of(run_import(file, "--mapping", mapping, "--json"))
    assert (report["created"], report["problems"][0]["line"]) == (1, 3)
    with runtime.database.read() as session:
        assert session.exec(select(Provider.source)).all() == ["own"]


def test_a_mapping_whose_columns_are_missing_names_them(
    run_import: Import, write_list: Callable[..., Path], tmp_path: Path
) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text("source = 'own'\n[columns]\nkey = 'Nr'\nname = 'Verein'\n", encoding="utf-8")
    result = run_import(write_list(GOOD), "--mapping", mapping)
    assert "columns that are missing: Verein" in str(result.exception)


def test_hsds_files_come_in_from_a_folder_and_from_one_file(
    runtime: Runtime, run_import: Import, tmp_path: Path
) -> None:
    records = read_demo_providers()[:3]
    folder = tmp_path / "providers"
    folder.mkdir()
    for number, record in enumerate(records):
        (folder / f"{number}.json").write_text(dump_organization(record), encoding="utf-8")
    (folder / "broken.json").write_text('{"name": ', encoding="utf-8")
    report = report_of(run_import(folder, "--json"))
    assert (report["created"], report["rejected"]) == (3, 1)
    assert "broken.json" in report["problems"][0]["reason"]
    together = tmp_path / "all.json"
    pages = [json.loads((folder / f"{number}.json").read_text("utf-8")) for number in range(3)]
    together.write_text(json.dumps({"contents": [*pages, pages[0], {}]}), encoding="utf-8")
    report = report_of(run_import(together, "--json"))
    assert (report["unchanged"], report["rejected"]) == (3, 2)
    assert [problem["line"] for problem in report["problems"]] == [4, 5]
    assert counts(runtime)[0] == 3


def test_what_was_imported_is_found_at_once(
    run_import: Import, write_list: Callable[..., Path]
) -> None:
    run_import(write_list(GOOD.replace("Chor", "Schrebergartenfreunde")))
    found = CliRunner().invoke(cli, ["search", "Schrebergartenfreunde", "--json"])
    assert [hit["external_id"] for hit in json.loads(found.stdout)] == ["u:1"]


def test_an_index_that_cannot_be_written_does_not_hold_the_import_up(
    runtime: Runtime, run_import: Import, write_list: Callable[..., Path]
) -> None:
    runtime.settings.index_dir.write_text("a file where the folder should be", encoding="utf-8")
    result = run_import(write_list(GOOD), "--json")
    assert report_of(result)["created"] == 1
    assert "the search index is behind" in result.stderr
    assert counts(runtime)[0] == 1


def test_rebuilding_the_index_tells_how_many_offers_it_holds(
    run_import: Import, write_list: Callable[..., Path]
) -> None:
    run_import(write_list(GOOD))
    result = CliRunner().invoke(cli, ["index", "rebuild"])
    assert result.stdout == "The search index holds 1 offers.\n"
