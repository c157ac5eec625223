"""What a list of clients says, and what is told of what cannot be read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cases.client_rows import ClientList, load_client_mapping, read_client_list
from app.directory.tables.table import Row, Table, UnreadableFileError, read_table
from app.operations.client_import import SHIPPED_MAPPING
from tests.conftest import TODAY

MAPPING = load_client_mapping(SHIPPED_MAPPING)


def _read(text: str) -> ClientList:
    return read_client_list(read_table(text.encode()), MAPPING, TODAY)


def _one(header: str, cell: str) -> ClientList:
    table = Table(("Vorname", header), (Row(2, ("Amira", cell)),))
    return read_client_list(table, MAPPING, TODAY)


def test_the_usual_headers_are_understood() -> None:
    found = _read(
        "Aktenzeichen;Vorname;Nachname;Geburtsdatum;Geschlecht;Staatsangehörigkeit;Sprachen;liest;"
        "Deutschniveau;Nachweis;Aufenthaltsstatus;gültig bis;Unterkunft;Straße;Hausnummer;PLZ;Ort;"
        "Telefon;zuständig;Beginn der Beratung;Interessen;Haushalt;Bemerkung\n"
        "A-1;Amira;Haddad;3.4.1994;w;Syrien, staatenlos;Arabisch, Kurmandschi;Arabisch;A2;Zertifikat;"
        "§ 25 Abs. 2 AufenthG;31.12.2027;Haus Linde;Hauptstraße;5a;4109;Leipzig;+49 341 1234567;"
        "Anna@Example.org;1.2.2025;Nähen, Fußball;H7;egal\n"
    )
    assert found.problems == ()
    assert found.unread_columns == ("Bemerkung",)
    row = found.rows[0]
    assert (row.key, row.household, row.case_worker) == ("key:a-1", "h7", "anna@example.org")
    assert (row.accommodation, row.started_on) == ("Haus Linde", date(2025, 2, 1))
    told = row.data.model_dump(exclude_unset=True)
    assert told == {
        "given_name": "Amira",
        "family_name": "Haddad",
        "birth_date": date(1994, 4, 3),
        "sex": "female",
        "nationalities": ("SY", "XX"),
        "languages": ("ar", "kmr"),
        "reads": ("ar",),
        "german_level": "A2",
        "german_level_evidence": "certificate",
        "residence_status": "25(2)",
        "residence_status_expires_on": date(2027, 12, 31),
        "street": "Hauptstraße",
        "house_number": "5a",
        "plz": "04109",
        "town": "Leipzig",
        "phone": "+49 341 1234567",
        "interests": ("Nähen", "Fußball"),
    }


def test_empty_is_unknown_and_reading_nothing_is_told() -> None:
    assert _one("liest", "").rows[0].data.reads is None
    assert _one("liest", "liest nicht").rows[0].data.reads == ()


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Geburtsdatum", "31.02.1990"),
        ("Geburtsdatum", "1.1.2999"),
        ("Geburtsdatum", "(TT.MM.JJJJ)"),
        ("Deutschniveau", "Huber"),
        ("Geschlecht", "Huber"),
        ("Sprachen", "Arabisch, Huber"),
        ("Staatsangehörigkeit", "Huber"),
        ("Aufenthaltsstatus", "§ 99"),
        ("PLZ", "Huber"),
        ("PLZ", "99999"),
        ("E-Mail", "Huber"),
        ("Nachname", '=HYPERLINK("http://x.example","Huber")'),
        ("Nachname", "@SUM(Huber)"),
        ("Telefon", "-cmd|Huber"),
        ("Nachname", "Huber" * 100),
        ("Ort", "Huber" * 100_000),
        ("Beginn der Beratung", "1.1.2030"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_line_and_column_only(header: str, cell: str) -> None:
    found = _one(header, cell)
    assert found.rows == ()
    problem = found.problems[0]
    assert (problem.line, problem.column) == (2, header)
    assert "Huber" not in problem.reason
    assert problem.reason


def test_evidence_without_a_level_is_told_beside_its_column() -> None:
    table = Table(("Vorname", "Deutschniveau", "Nachweis"), (Row(2, ("A", "", "Test")),))
    assert read_client_list(table, MAPPING, TODAY).problems[0].column == "Nachweis"


def test_a_title_above_the_header_and_a_second_header_do_no_harm() -> None:
    found = _read("Klientenliste;;\nVorname;Nachname;PLZ\nVorname;Nachname;PLZ\nAmira;Haddad;04109\n")
    assert [row.line for row in found.rows] == [4]
    assert found.problems == ()


@pytest.mark.parametrize("text", ["PLZ;Ort\n04109;Leipzig\n", "x\n", "Vorname;Vorname\nA;B\n"])
def test_a_list_without_names_or_with_a_column_twice_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFileError):
        _read(text)


def test_the_same_key_twice_and_cells_beyond_the_header_are_told() -> None:
    found = _read("ID;Vorname\n1;Amira\n1;Ali\n2;Olena;zu viel\n")
    assert [row.line for row in found.rows] == [2]
    assert [problem.line for problem in found.problems] == [3, 4]


def test_a_row_without_any_name_is_told() -> None:
    found = _read("ID;Vorname;Nachname\n1;;\n")
    assert found.problems[0].line == 2


@pytest.mark.parametrize(
    "text",
    [
        "x = [",
        'source = "x"',
        'source = "x"\n[columns]\nplz = ["PLZ"]',
        'source = "x"\n[columns]\nvorname = ["V"]',
        'source = ""\n[columns]\ngiven_name = ["V"]',
        'source = "x"\nmore = 1\n[columns]\ngiven_name = ["V"]',
    ],
    ids=["no toml", "no columns", "no name", "unknown field", "empty source", "unknown part"],
)
def test_a_mapping_that_cannot_be_used_is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError) as refused:
        load_client_mapping(file)
    assert "\n" not in str(refused.value)


@given(st.lists(st.text(max_size=30), min_size=3, max_size=3))
@settings(max_examples=60)
def test_whatever_stands_in_the_cells_is_a_row_or_a_problem(cells: list[str]) -> None:
    table = Table(("Vorname", "Geburtsdatum", "Sprachen"), (Row(2, tuple(cells)),))
    found = read_client_list(table, MAPPING, TODAY)
    assert len(found.rows) + len(found.problems) <= 1
