"""The directory as a table: written, edited in a spreadsheet, taken back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlmodel import col, select

from app.cli import cli
from app.directory.editing import get_offer_entry
from app.directory.entry_records import to_record
from app.directory.history import list_revisions
from app.directory.models import Offer, Provider
from app.operations.runtime import Runtime

Run = Callable[..., Result]


@pytest.fixture
def run(demo: Runtime, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(demo.settings.data_dir))
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def table(run: Run, tmp_path: Path) -> Path:
    file = tmp_path / "directory.csv"
    done = run("export", "table", file)
    assert done.exit_code == 0, done.output
    assert "protected offers left out" in done.output
    return file


def edited(file: Path, change: Callable[[list[dict[str, str]]], None]) -> Path:
    """The CSV file after ``change`` worked on its rows."""
    text = file.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    header = list(rows[0])
    change(rows)
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, header, delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return file


def report_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.output)
    return report


def all_records(runtime: Runtime) -> list[str]:
    with runtime.database.read() as session:
        ids = session.exec(select(Provider.id).order_by(Provider.id)).all()
        return [to_record(session, provider_id).model_dump_json() for provider_id in ids]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_table_that_comes_back_as_it_is_changes_nothing(
    demo: Runtime, run: Run, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"directory.{suffix}"
    assert run("export", "table", "--all", file).exit_code == 0
    before = all_records(demo)
    report = report_of(run("import", "directory", file, "--json"))
    assert (report["created"], report["changed"], report["rejected"]) == (0, 0, 0)
    with demo.database.read() as session:
        offers = session.exec(select(Offer.id).where(col(Offer.merged_into_id).is_(None))).all()
    assert report["unchanged"] == len(offers)
    assert all_records(demo) == before


def test_only_the_changed_cells_change_something(demo: Runtime, run: Run, table: Path) -> None:
    chosen: list[str] = []

    def change(rows: list[dict[str, str]]) -> None:
        row = next(row for row in rows if row["Art"] == "Sprachkurs" and row["Straße"])
        chosen.append(row["Angebots-ID"])
        row |= {"Titel": "Neuer Titel", "Kosten in Euro": "12,50", "Beginn": "1.2.2027"}
        row |= {"Zeiten": "Mo-Mi 9-12 Uhr", "Kinderbetreuung": "ja", "Ende": "", "Plätze": ""}
        row |= {"Belegt": "", "Anmeldeschluss": ""}

    before = dict.fromkeys(all_records(demo))
    report = report_of(run("import", "directory", edited(table, change), "--json"))
    assert (report["created"], report["changed"], report["rejected"]) == (0, 1, 0)
    with demo.database.read() as session:
        offer = get_offer_entry(session, chosen[0]).record
        revision = list_revisions(session, "offer", chosen[0])[0]
    assert (offer.title, offer.cost_cents, offer.has_childcare) == ("Neuer Titel", 1250, True)
    assert [(time.weekday, time.starts, time.ends) for time in offer.sessions] == [
        (day, "09:00", "12:00") for day in (1, 2, 3)
    ]
    assert (offer.ends_on, offer.seats_max) == (None, None)
    assert revision.author.name == "Import directory.csv"
    assert len([record for record in all_records(demo) if record not in before]) == 1


def test_an_address_and_a_provider_change_for_all_its_offers(
    demo: Runtime, run: Run, table: Path
) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        first = next(row for row in rows if row["PLZ"])
        first |= {
            "Anbieter-Telefon": "+49 711 999",
            "Straße": "Neue Gasse",
            "Hausnummer": "3",
            "PLZ": "73728",
            "Stufenlos": "ja",
        }

    report = report_of(run("import", "directory", edited(table, change), "--json"))
    assert report["rejected"] == 0
    changed = {one["field"] for edit in report["edits"] for one in edit["changes"]}
    assert changed == {"phone", "places"}
    with demo.database.read() as session:
        provider = session.exec(select(Provider).where(Provider.phone == "+49 711 999")).one()
        place = next(p for p in to_record(session, provider.id).places if p.street == "Neue Gasse")
    assert place.step_free is True
    assert place.precision in {"district", "postal_code"}


def test_rows_without_ids_are_new_once(demo: Runtime, run: Run, table: Path) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        known = rows[0]["Anbieter-ID"]
        rows.append({"Anbieter-ID": known, "Anbieter": "", "Titel": "Nähkurs", "Art": "Treffpunkt"})
        for title in ("Fußball", "Handball"):
            rows.append(
                {
                    "Anbieter": "TSV Musterberg",
                    "Anbieter-Art": "Verein",
                    "Titel": title,
                    "Art": "Verein",
                    "Straße": "Sportweg",
                    "PLZ": "73728",
                }
            )

    file = edited(table, change)
    for created in (3, 0):
        assert report_of(run("import", "directory", file, "--json"))["created"] == created
        with demo.database.read() as session:
            provider = session.exec(select(Provider).where(Provider.name == "TSV Musterberg")).one()
            offers = session.exec(select(Offer).where(Offer.provider_id == provider.id)).all()
            assert sorted(offer.title for offer in offers) == ["Fußball", "Handball"]
            assert len(session.exec(select(Offer).where(Offer.title == "Nähkurs")).all()) == 1
            assert not offers[0].is_imported


def test_what_cannot_be_read_is_named_with_its_line_and_the_rest_comes_in(
    demo: Runtime, run: Run, table: Path
) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        rows[0]["Art"] = "Kurs"
        rows[1]["Beginn"] = "bald"
        rows[2]["Angebots-ID"] = "gibt es nicht"
        rows[3] |= {"Alter von": "20", "Alter bis": "10"}
        rows[4]["Titel"] = "Doch"
        rows[5]["Titel"] = ""
        rows.append(rows[6] | {"Titel": "Kopie"})

    file = edited(table, change)
    report = report_of(run("import", "directory", file, "--json"))
    assert [p["line"] for p in report["problems"][:5]] == [2, 3, 4, 5, 7]
    assert "this id stands in line" in report["problems"][5]["reason"]
    assert "Art: “Kurs” is not known" in report["problems"][0]["reason"]
    assert report["changed"] == 1
    before = all_records(demo)
    strict = run("import", "directory", file, "--strict")
    assert strict.exit_code == 1
    assert all_records(demo) == before


def test_a_dry_run_names_entry_and_fields_and_writes_nothing(
    demo: Runtime, run: Run, table: Path
) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        rows[0] |= {"Titel": "Umbenannt", "Stand": "pausiert"}

    before = all_records(demo)
    done = run("import", "directory", edited(table, change), "--dry-run")
    assert "title, status" in done.output
    assert "nothing was written" in done.output
    assert all_records(demo) == before


def test_a_list_from_elsewhere_needs_only_some_columns_and_its_own_words(
    demo: Runtime, run: Run, tmp_path: Path
) -> None:
    mapping = tmp_path / "kurse.toml"
    mapping.write_text(
        'source = "kursliste"\n[keys]\nprovider = "Träger-Nr"\noffer = "Kurs-Nr"\n'
        '[provider]\nname = "Träger"\nkind = "Trägerart"\n'
        '[offer]\ntitle = "Kurs"\nkind = "Art"\nstarts_on = "Start"\ncost_cents = "Preis"\n'
        '[place]\nplz = "PLZ"\nstreet = "Straße"\n'
        '[values."offer.kind"]\n"Deutsch" = "language_course"\n'
        '[values."provider.kind"]\n"Schule" = "course_provider"\n',
        encoding="utf-8",
    )
    file = tmp_path / "kurse.csv"
    head = "Träger-Nr;Träger;Trägerart;Kurs-Nr;Kurs;Art;Start;Preis;PLZ;Straße"
    rows = [
        "7;Sprachschule Muster;Schule;k1;Deutsch A1;Deutsch;1.3.27;kostenlos;73728;Marktweg",
        "7;Sprachschule Muster;Schule;k2;Deutsch A2;Deutsch;1.4.27;99,90;73728;Marktweg",
        "7;Andere Schule;Schule;k3;Deutsch B1;Deutsch;;;;",
        ";Niemand;Schule;k4;Deutsch;Deutsch;;;;",
    ]
    file.write_text("\n".join([head, *rows]), encoding="cp1252")
    report = report_of(run("import", "directory", file, "--mapping", mapping, "--json"))
    assert (report["created"], [p["line"] for p in report["problems"]]) == (1, [4, 5])
    with demo.database.read() as session:
        provider = session.exec(select(Provider).where(Provider.source == "kursliste")).one()
        record = to_record(session, provider.id)
    assert len(record.places) == 1
    assert [offer.cost_cents for offer in record.offers] == [0, 9990]
    again = report_of(run("import", "directory", file, "--mapping", mapping, "--json"))
    assert (again["created"], again["changed"], again["rejected"]) == (0, 0, 3)


def test_a_row_of_a_list_that_cannot_be_used_withdraws_nothing(
    demo: Runtime, run: Run, tmp_path: Path
) -> None:
    mapping = tmp_path / "kurse.toml"
    mapping.write_text(
        'source = "kursliste"\n[keys]\nprovider = "Nr"\noffer = "Kurs-Nr"\n'
        '[provider]\nname = "Träger"\nkind = "Trägerart"\n'
        '[offer]\ntitle = "Kurs"\nkind = "Art"\nstarts_on = "Start"\n'
        '[values."offer.kind"]\n"Deutsch" = "language_course"\n'
        '[values."provider.kind"]\n"Schule" = "course_provider"\n',
        encoding="utf-8",
    )
    file = tmp_path / "kurse.csv"
    rows = ["7;Schule Muster;Schule;k1;A1;Deutsch;1.3.27", "7;Schule Muster;Schule;k2;A2;Deutsch;bald"]
    head = "Nr;Träger;Trägerart;Kurs-Nr;Kurs;Art;Start"
    file.write_text("\n".join([head, rows[0], rows[1].replace("bald", "")]), encoding="utf-8")
    options = (file, "--mapping", mapping, "--json")
    assert report_of(run("import", "directory", *options))["created"] == 1
    before = all_records(demo)
    file.write_text("\n".join([head, rows[0].replace("A1", "Neu"), rows[1]]), encoding="utf-8")
    report = report_of(run("import", "directory", *options))
    assert [problem["line"] for problem in report["problems"]] == [2, 3]
    assert report["problems"][0]["reason"] == "stays as it is: line 3 cannot be used"
    assert all_records(demo) == before
    again = tmp_path / "wieder.csv"
    assert run("export", "table", "--mapping", mapping, again).output == "2 offers\n"
    done = report_of(run("import", "directory", again, "--mapping", mapping, "--json"))
    assert (done["created"], done["changed"], done["unchanged"]) == (0, 0, 1)


def test_what_may_be_there_already_is_named_before_it_is_created(
    demo: Runtime, run: Run, tmp_path: Path
) -> None:
    with demo.database.read() as session:
        known = session.exec(
            select(Provider).where(Provider.kind == "club", Provider.phone != "")
        ).first()
        assert known is not None
        record = to_record(session, known.id)
    file = tmp_path / "clubs.json"
    again = {
        "id": "other-key",
        "name": f"{record.name} e. V.",
        "phones": [{"number": record.phone}],
        "website": record.website,
    }
    file.write_text(json.dumps(again), encoding="utf-8")
    report = report_of(run("import", "directory", file, "--dry-run", "--json"))
    assert report["similar"][0]["similar"][0]["name"] == record.name
    skipped = report_of(run("import", "directory", file, "--skip-similar", "--json"))
    assert skipped["created"] == 0


def test_texts_that_look_like_formulas_come_back_as_they_were(
    demo: Runtime, run: Run, table: Path, tmp_path: Path
) -> None:
    words = '=HYPERLINK("http://x")'
    chosen: list[str] = []

    def change(rows: list[dict[str, str]]) -> None:
        chosen.append(rows[0]["Angebots-ID"])
        rows[0]["Beschreibung"] = f"'{words}"

    report_of(run("import", "directory", edited(table, change), "--json"))
    with demo.database.read() as session:
        assert get_offer_entry(session, chosen[0]).record.description == words
    book = tmp_path / "again.xlsx"
    for file in (table, book):
        assert run("export", "table", file).exit_code == 0
        assert report_of(run("import", "directory", file, "--json"))["changed"] == 0
    assert f"'{words}".replace('"', '""') in table.read_text(encoding="utf-8-sig")
    cells = openpyxl.load_workbook(book)["Angebote"].iter_rows()
    assert {cell.data_type for row in cells for cell in row} <= {"s", "inlineStr", "n", "d"}


def test_another_ending_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("export", "table", tmp_path / "directory.ods")
    assert done.exit_code != 0
    assert not list(tmp_path.glob("*.ods"))
