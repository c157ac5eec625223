"""Lists as they are found: encodings, delimiters, line numbers, mappings, spellings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.i18n import language
from app.directory.interests import load_taxonomy
from app.directory.records import ProviderRecord
from app.directory.tables.cleaning import restore_blanks, tidy, tidy_street
from app.directory.tables.mapping import Defaults, MappingError, choose_mapping, load_mapping
from app.directory.tables.rows import RowReader, RowRejectedError
from app.directory.tables.table import UnreadableFileError, read_table
from app.settings import SHIPPED_DATA

LEIPZIG = SHIPPED_DATA / "mappings" / "leipzig_vereine.toml"
HEADER = "uri,name,categories,plz,ort,strasse,nr,ortsteil,homepage"
CONCEPTS = load_taxonomy().concepts


def read_row(cells: str) -> ProviderRecord:
    table = read_table(f"{HEADER}\n{cells}\n".encode())
    reader = RowReader(table, load_mapping(LEIPZIG, CONCEPTS), lambda place: place)
    return reader.build_record(table.rows[0])


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ("UlmerStrasse", "Ulmer Straße"),
        ("Lessingstrasse", "Lessingstraße"),
        ("Karl-Liebknecht-Strasse", "Karl-Liebknecht-Straße"),
        ("AmRussischenGarten", "Am Russischen Garten"),
        ("AnderWindmuehle", "An der Windmuehle"),
        ("AndenHoefen", "An den Hoefen"),
        ("Strassedes17Juni", "Straße des 17. Juni"),
        ("ZumAltenWasserwerk", "Zum Alten Wasserwerk"),
        ("Messe-Allee", "Messe-Allee"),
        ("Rossplatz", "Rossplatz"),
        ("Strassenbahnhof", "Strassenbahnhof"),
        ("Goethestraße", "Goethestraße"),
        ("Am McDonaldPlatz", "Am McDonaldPlatz"),
        ("McNeillStrasse", "McNeill Straße"),
        ("Anderssenstrasse", "Anderssenstraße"),
        ("", ""),
    ],
)
def test_streets_get_their_blanks_and_their_sharp_s(found: str, shown: str) -> None:
    assert tidy_street(found) == shown


def test_written_out_umlauts_are_left_alone() -> None:
    assert restore_blanks("Gruenau-Mitte") == "Gruenau-Mitte"
    assert restore_blanks("BadDueben") == "Bad Dueben"


@given(st.text(max_size=40))
def test_tidying_again_changes_nothing(text: str) -> None:
    once = tidy_street(text)
    assert tidy(once) == once


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-32"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_found_out(encoding: str, delimiter: str) -> None:
    text = f"name{delimiter}ort\r\nMüllerchor{delimiter}Köln\r\nÄhre{delimiter}Weißenfels\r\n"
    table = read_table(text.encode(encoding))
    assert table.header == ("name", "ort")
    assert [row.cells for row in table.rows] == [("Müllerchor", "Köln"), ("Ähre", "Weißenfels")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_shows_them(newline: str) -> None:
    lines = ["a,b", '"one', 'two",x', "", "y,z", '"p ""q"""," r"']
    table = read_table(newline.join(lines).encode())
    assert [row.line for row in table.rows] == [2, 5, 6]
    assert table.rows[2].cells == ('p "q"', " r")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \r\n\r\n",
        b"\xef\xbb\xbf",
        b"%PDF-1.7\n1 0 obj",
        b"PK\x03\x04\x14\x00",
        b'{"name": "x"}',
        b"[1, 2]",
        b"<html></html>",
        bytes(range(256)) * 4,
        b"\x00\x01\x02\x03" * 50,
        b"\xff\xfea",
        b'name,ort\n"Chor,Ulm\nVerein,Bonn\n',
        "name,ort\nMüller,Köln\nÄhre,Düren\n".encode() + b"Fl\xfcrchen,Ulm\n",
    ],
)
def test_what_is_no_table_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_table(data)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        table = read_table(data)
    except UnreadableFileError:
        return
    assert all(row.line > 0 for row in table.rows)


def test_the_shipped_mapping_knows_its_topics_and_fits_its_header() -> None:
    assert choose_mapping(tuple(HEADER.split(",")), CONCEPTS).source == "leipzig_vereine"
    assert choose_mapping(tuple(HEADER.upper().split(",")), CONCEPTS).source == "leipzig_vereine"


def test_a_header_that_fits_nothing_names_the_missing_columns() -> None:
    with pytest.raises(UnreadableFileError, match="uri, homepage"):
        choose_mapping(tuple(HEADER.split(",")[1:-1]), CONCEPTS)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"source =",
        b"source = 'x'",
        b"source = 'x'\ncolour = 'red'\n[columns]\nkey='a'\nname='b'",
        b"source = 'Has Blanks'\n[columns]\nkey='a'\nname='b'",
        b"source = 'x'\n[columns]\nkey='a'\nname='b'\n[categories.'A']\ntopics=['no_such_topic']",
        b"source = 'x'\n[columns]\nkey='a'\nname='b'\n[categories.'A']\noffer_kind='shop'",
    ],
)
def test_a_faulty_mapping_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mapping.toml"
    file.write_bytes(content)
    with pytest.raises(MappingError, match=r"mapping\.toml") as caught:
        load_mapping(file, CONCEPTS)
    assert "\n" not in str(caught.value)


def test_a_row_becomes_a_provider_with_one_offer() -> None:
    record = read_row(
        'u:1,"Chor  am Park e.V.",Musik | Frauenvereine,04109,Leipzig,UlmerStrasse,20 a,'
        "Zentrum-West,https://chor.example"
    )
    offer = record.offers[0]
    place = record.places[0]
    assert (record.source, record.external_id, offer.external_id) == ("leipzig_vereine", "u:1", "u:1")
    assert (record.name, offer.title, offer.kind) == ("Chor am Park e.V.",) * 2 + ("club",)
    assert (place.street, place.house_number, place.plz) == ("Ulmer Straße", "20 a", "04109")
    assert set(offer.topics) == {"music", "women"}
    assert offer.target_groups == ("women",)
    assert offer.website == "https://chor.example"
    assert offer.flags == ("position_unknown",)


def test_of_several_web_addresses_the_first_usable_is_taken() -> None:
    offer = read_row("u:1,Chor,Musik,04109,,,,,file:///x | http://a.example | http://b.example").offers[
        0
    ]
    assert offer.website == "http://a.example"
    assert "website_invalid" in offer.flags
    offer = read_row("u:1,Chor,Musik,04109,,,,,http://a.example | http://b.example").offers[0]
    assert "website_invalid" not in offer.flags


def test_help_with_addiction_is_counselling_and_sensitive() -> None:
    offer = read_row("u:1,Rat,Musik | Suchthilfe,,,,,,").offers[0]
    assert (offer.kind, offer.is_sensitive) == ("counselling", True)


@pytest.mark.parametrize(
    ("cells", "flag"),
    [
        ("u:1,Chor,Musik,,,,,,", "place_missing"),
        ("u:1,Chor,Musik,,,,,Zentrum,", "place_missing"),
        ("u:1,Chor,Musik,4109,Leipzig,,,,", "postal_code_unknown"),
        ("u:1,Chor,Musik,00000,Leipzig,,,,", "postal_code_unknown"),
        ("u:1,Chor,Musik,٠٤١٠٩,Leipzig,,,,", "postal_code_unknown"),
        ("u:1,Chor,,04109,Leipzig,,,,", "topic_missing"),
        ("u:1,Chor,Musik | Quidditch,04109,Leipzig,,,,", "category_unknown"),
        ("u:1,Chor,Musik,04109,Leipzig,,,,www.chor.example", "website_invalid"),
        ("u:1,Chor,Musik,04109,Leipzig,,,,javascript:alert(1)", "website_invalid"),
        ("u:1,Chor,Musik,04109,Leipzig,,,,http://[", "website_invalid"),
        ("u:1,Chor,Musik,04109,Leipzig,,,,http://a b.example", "website_invalid"),
    ],
)
def test_what_is_incomplete_is_kept_and_flagged(cells: str, flag: str) -> None:
    offer = read_row(cells).offers[0]
    assert flag in offer.flags
    assert offer.website is None


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("u:1,,Musik,,,,,,", "name: is missing"),
        ("u:1,  ,Musik,,,,,,", "name: is missing"),
        (",Chor,Musik,,,,,,", "uri: is missing"),
        ("u:1,Chor", "has 2 cells instead of 9"),
        ("u:1,Chor,Musik,,,,,,,more", "has 10 cells instead of 9"),
        (f"u:1,{'x' * 301},Musik,,,,,,", "name: is longer than 300 characters"),
        (f"u:1,Chor,Musik,04109,Leipzig,{'x' * 201},,,", "street: is longer than 200 characters"),
        (f"{'u' * 501},Chor,Musik,,,,,,", "external_id: is longer than 500 characters"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_the_reason(cells: str, reason: str) -> None:
    with language("en"), pytest.raises(RowRejectedError) as caught:
        read_row(cells)
    assert str(caught.value) == reason


def test_a_misspelt_place_in_the_description_is_refused() -> None:
    with pytest.raises(ValueError, match="catagories"):
        Defaults(description="Bereiche: {catagories}")
    assert Defaults(description="Bereiche: {categories}").description
