"""Cells of a directory table: read as people write them, written as they are read."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.i18n import language
from app.directory.codes import OFFER_KINDS, PROVIDER_KINDS
from app.directory.interests import load_taxonomy
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord, SessionRecord
from app.directory.table_export import ExportedTable, to_csv, to_xlsx
from app.directory.tables.cells import (
    OFFER_CELLS,
    PLACE_CELLS,
    PROVIDER_CELLS,
    CellError,
    parse_cell,
    parse_table_cents,
    parse_table_day,
)
from app.directory.tables.directory_mapping import load_directory_mapping
from app.directory.tables.directory_rows import (
    DirectoryRowReader,
    apostrophe_doubled,
    as_read,
    build_cells,
    guarded,
    unguarded,
)
from app.directory.tables.mapping import MappingError
from app.directory.tables.table import UnreadableFileError, read_table
from app.directory.tables.times import UnreadableTimesError, format_times, parse_times
from app.directory.tables.workbook import is_workbook, read_workbook, write_workbook
from app.settings import SHIPPED_DATA
from tests import directory_records

OWN = load_directory_mapping(SHIPPED_DATA / "mappings" / "lotsenbuch.toml")
CONCEPTS = load_taxonomy().concepts.keys()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1.2.2027", date(2027, 2, 1)),
        ("01.02.27", date(2027, 2, 1)),
        ("2027-02-01", date(2027, 2, 1)),
        ("1. 2. 2027", date(2027, 2, 1)),
    ],
)
def test_days_are_read_as_germans_write_them(text: str, day: date) -> None:
    assert parse_table_day(text) == day


@pytest.mark.parametrize("text", ["31.2.2027", "2/1/2027", "bald", "1.2.", "1.13.2027", "00.00.0000"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        parse_table_day(text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12,50", 1250),
        ("12.50", 1250),
        ("12,5 €", 1250),
        ("1.200", 120_000),
        ("1.200,99 Euro", 120_099),
        ("€ 5", 500),
        ("kostenlos", 0),
        ("0", 0),
    ],
)
def test_amounts_are_read_with_their_comma(text: str, cents: int) -> None:
    assert parse_table_cents(text) == cents


@pytest.mark.parametrize("text", ["viel", "-5", "12,505", "1,2,3", "12 $", "9" * 30])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        parse_table_cents(text)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Mo-Mi 9-12", "Mo 09:00–12:00; Di 09:00–12:00; Mi 09:00–12:00"),
        ("Mo 9:00–12:15; Fr 14–16 Uhr (Raum 3)", "Mo 09:00–12:15; Fr 14:00–16:00 (Raum 3)"),
        ("dienstags 9-10", None),
        ("Dienstag und Donnerstag: 18.30 bis 20 Uhr", "Di 18:30–20:00; Do 18:30–20:00"),
        ("Sa–Mo 10-12", "Sa 10:00–12:00; So 10:00–12:00; Mo 10:00–12:00"),
        ("Mo 9", None),
        ("Mo 12-9", None),
        ("Mo 9:75-12", None),
        ("Mo 9-25", None),
        ("nach Vereinbarung", None),
        ("Mo 9-12;" * 101, None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_weekly_times_are_read_or_refused(text: str, again: str | None) -> None:
    if again is None:
        with pytest.raises(UnreadableTimesError):
            parse_times(text)
    else:
        assert format_times(parse_times(text)) == again


@given(st.text(max_size=60))
def test_any_text_is_times_or_refused(text: str) -> None:
    try:
        sessions = parse_times(text)
    except UnreadableTimesError:
        return
    assert parse_times(format_times(sessions)) == sessions


@given(
    st.builds(
        SessionRecord,
        weekday=st.integers(1, 7),
        starts=st.sampled_from(["00:00", "09:05"]),
        ends=st.sampled_from(["10:00", "24:00"]),
        note=st.none() | st.from_regex(r"[A-Za-zäöü0-9 .,:-]{1,20}", fullmatch=True).map(str.strip),
    )
)
def test_written_times_are_read_again(session: SessionRecord) -> None:
    wanted = session.model_copy(update={"note": session.note or None})
    assert parse_times(format_times((session,))) == (wanted,)


@given(st.text(max_size=20))
def test_a_guard_against_formulas_is_taken_off_again(text: str) -> None:
    for guard in (guarded, apostrophe_doubled):
        assert unguarded(guard(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(offer=directory_records.offers("key", ("main",)))
def test_what_a_table_carries_is_the_same_when_read_twice(offer: OfferRecord) -> None:
    words = OWN.words("offer", CONCEPTS)
    offer = offer.model_copy(update={"topics": ("football", "choir")})
    for name in OFFER_CELLS:
        once = as_read("offer", name, _carried(name, getattr(offer, name)), words)
        assert as_read("offer", name, once, words) == once
        if name not in {"sessions", "instruction_languages", "required_documents"}:
            value = getattr(offer, name)
            assert once == (tuple(sorted(value)) if name == "topics" else _plain(value)), name


@given(offer=directory_records.offers("key", ("main",)), text=st.text(max_size=40))
@settings(max_examples=25)
def test_what_is_written_is_read_again_from_either_file(offer: OfferRecord, text: str) -> None:
    documents = _carried("required_documents", offer.required_documents)
    update = {"description": text.strip(), "sessions": (), "required_documents": documents}
    offer = offer.model_copy(update=update | {"topics": ("choir",)})
    provider = ProviderRecord(
        source="x",
        external_id="p",
        name="=Chor",
        kind="club",
        phone="+49 711 1",
        places=(PlaceRecord(key="main", plz="01067"),),
        offers=(offer,),
    )
    row = build_cells(OWN, CONCEPTS, ("p-id", "o-id"), provider, offer)
    table = ExportedTable(OWN.column_names, [row], 0)
    words = {part: OWN.words(part, CONCEPTS) for part in ("offer", "provider", "place")}
    main = provider.places[0] if offer.places else None
    for found in (read_table(to_csv(table)), read_workbook(to_xlsx(table))):
        read = DirectoryRowReader(found, OWN, CONCEPTS).read(found.rows[0])
        assert (read.provider_key, read.offer_key) == ("p-id", "o-id")
        for part, record in (("offer", offer), ("provider", provider), ("place", main)):
            for name, value in getattr(read, part).items():
                wanted = None if record is None else getattr(record, name)
                assert value == as_read(part, name, wanted, words[part]), (part, name)


def _carried(name: str, value: Any) -> Any:
    """Notes with brackets, and documents with the separator, are no plain cells."""
    if name == "sessions":
        return tuple(time.model_copy(update={"note": None}) for time in value)
    return tuple(d for d in value if "|" not in d and d) if name == "required_documents" else value


def _plain(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value


def test_the_own_table_knows_a_word_for_every_code_and_a_column_for_every_field() -> None:
    for part, cells in (("provider", PROVIDER_CELLS), ("place", PLACE_CELLS), ("offer", OFFER_CELLS)):
        assert set(getattr(OWN, part)) == set(cells)


@pytest.mark.parametrize(
    ("field", "text"),
    [("kind", "Kurs"), ("has_childcare", "vielleicht"), ("lesson_units", "viele"), ("topics", "x")],
)
def test_a_word_that_is_not_known_is_named(field: str, text: str) -> None:
    with language("en"), pytest.raises(CellError, match=text):
        parse_cell(OFFER_CELLS[field], field, text, OWN.words("offer", CONCEPTS))


@pytest.mark.parametrize(
    "change",
    [
        ("title =", "titel ="),
        ('title = "Titel"', 'title = "Anbieter"'),
        ('[values."offer.kind"]', '[values."offer.nothing"]'),
        ('name = "Anbieter"', 'email = "Anbieter"'),
        ("[keys]", "[key]"),
    ],
    ids=["field", "twice", "values", "name", "keys"],
)
def test_a_faulty_mapping_is_refused_in_one_line(tmp_path: Any, change: tuple[str, str]) -> None:
    text = (SHIPPED_DATA / "mappings" / "lotsenbuch.toml").read_text(encoding="utf-8")
    file = tmp_path / "own.toml"
    file.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(MappingError) as error:
        load_directory_mapping(file)
    assert "\n" not in str(error.value)


def test_a_workbook_gives_back_what_was_written() -> None:
    header = ("Titel", "Beginn", "Plätze", "Notiz")
    rows = [
        ["=1+1", date(2027, 2, 1), 12, None],
        ["Überschrift\nzweite Zeile", None, 0, "@x"],
    ]
    data = write_workbook(header, rows, "Angebote")
    assert is_workbook(data)
    table = read_workbook(data)
    assert table.header == header
    assert [row.cells for row in table.rows] == [
        ("=1+1", "01.02.2027", "12", ""),
        ("Überschrift\nzweite Zeile", "", "0", "@x"),
    ]
    assert [row.line for row in table.rows] == [2, 3]
    assert openpyxl.load_workbook(io.BytesIO(data))["Angebote"]["A2"].data_type == "s"


def _book(cells: dict[str, Any], sheets: tuple[str, ...] = ("Eins",)) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        book.create_sheet(name)
    for cell, value in cells.items():
        sheet, _, address = cell.rpartition("!")
        book[sheet or sheets[0]][address] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_as_a_person_sees_it() -> None:
    data = _book(
        {
            "Zwei!B3": "Name",
            "Zwei!C3": "Wert",
            "Zwei!B5": 12.0,
            "Zwei!C5": True,
            "Zwei!B6": datetime(2027, 2, 1, 9, 30),  # noqa: DTZ001  workbooks know no zones
            "Zwei!C6": 1.5,
        },
        ("Leer", "Zwei"),
    )
    table = read_workbook(data)
    assert table.header == ("", "Name", "Wert")
    assert [(row.line, row.cells) for row in table.rows] == [
        (5, ("", "12", "ja")),
        (6, ("", "01.02.2027 09:30", "1.5")),
    ]
    with pytest.raises(UnreadableFileError, match=": Leer, Zwei"):
        read_workbook(data, "Drei")


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 cut",
        _zip({"xl/workbook.xml": b"no xml"}),
        _zip({"xl/workbook.xml": b"0" * (201 * 1024 * 1024)}),
        _book({}),
        _book({"A1": "a", "B1": "b", "A2": "c", "D2": "beyond"}),
    ],
    ids=["empty", "cut", "damaged", "bomb", "no-cells", "beyond-header"],
)
def test_a_workbook_that_cannot_be_used_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFileError) as error:
        read_workbook(data)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "plz"), [("73728", "73728"), ("1067", "01067"), ("1067.0", "01067"), ("D-73728", "73728")]
)
def test_a_spreadsheet_may_take_the_zero_off_a_postal_code(text: str, plz: str) -> None:
    words = OWN.words("place", CONCEPTS)
    assert parse_cell(PLACE_CELLS["plz"], "plz", text, words) == plz
    for wrong in ("737", "737280", "A-1010", "７３７２８"):
        with pytest.raises(CellError):
            parse_cell(PLACE_CELLS["plz"], "plz", wrong, words)


def test_a_title_above_the_header_and_a_formatted_cell_far_below_do_no_harm() -> None:
    data = _book({"A1": "Kurse 2027", "A3": "Name", "B3": "Art", "A4": "Chor", "Z1000000": ""})
    table = read_workbook(data)
    assert table.header == ("Name", "Art")
    assert [(row.line, row.cells) for row in table.rows] == [(4, ("Chor", ""))]


def test_a_forged_row_number_is_refused() -> None:
    good = _book({"A1": "a", "B1": "b", "A2": "c"})
    files = {}
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        for name in archive.namelist():
            files[name] = archive.read(name)
    sheet = "xl/worksheets/sheet1.xml"
    files[sheet] = files[sheet].replace(b'r="2"', b'r="99999999999"')
    with pytest.raises(UnreadableFileError):
        read_workbook(_zip(files))


@pytest.mark.parametrize(
    ("part", "field", "codes"),
    [("provider", "kind", PROVIDER_KINDS), ("offer", "kind", OFFER_KINDS)],
    ids=["provider", "offer"],
)
def test_every_kind_of_entry_has_a_word_of_its_own_in_the_table(
    part: str, field: str, codes: tuple[str, ...]
) -> None:
    words = OWN.words(part, ()).values[field]
    assert set(words.values()) == set(codes)
    assert len(words) == len(codes)
