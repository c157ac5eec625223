"""Excel workbooks (XLSX) as tables, and tables as workbooks.

A cell becomes the text that a person sees in it; a formula its last value.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from app.core.i18n import gettext as _
from app.directory.tables.table import Row, Table, UnreadableFileError

MAX_UNPACKED_BYTES: Final = 100 * 1024 * 1024
MAX_ROWS: Final = 100_000
"""Rows that hold something."""
MAX_ROW_NUMBER: Final = 1_048_576
"""Excel has no more; a forged file may claim any number."""
HEADER_WITHIN: Final = 10
"""Above the header there may be a title; it is looked for among so many rows."""
MAX_COLUMNS: Final = 300
_NUMBERS_FORMATTED_AS_TEXT: Final = "@"
_WIDEST: Final = 60
_NARROWEST: Final = 10


def is_workbook(data: bytes) -> bool:
    """Whether ``data`` is an XLSX file, and not some other ZIP file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def read_workbook(data: bytes, sheet: str | None = None) -> Table:
    """The table in ``sheet`` (default: the first sheet that holds something).

    Its header is the first row with more than one cell that is not empty, so that a title above it does
    no harm. Raises `UnreadableFileError`.
    """
    _refuse_bombs(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception:  # the library raises anything for a damaged file
        raise UnreadableFileError(_("the Excel file is damaged or protected by a password")) from None
    try:
        names = [page.title for page in book.worksheets]
        if sheet is not None and sheet not in names:
            raise UnreadableFileError(
                _("there is no sheet “%(sheet)s”, only: %(names)s", sheet=sheet, names=", ".join(names))
            )
        for name in [sheet] if sheet else names:
            if rows := _rows_of(book[name]):
                return _table(rows)
    except UnreadableFileError:
        raise
    except Exception:  # as above: what is read lazily may be damaged, too
        raise UnreadableFileError(_("the Excel file is damaged")) from None
    finally:
        book.close()
    raise UnreadableFileError(_("the file is empty"))


def write_workbook(header: Sequence[str], rows: Iterable[Sequence[Any]], sheet: str) -> bytes:
    """A workbook with one sheet: a bold header that stays in view, columns as wide as needed.

    Values are texts, numbers, days or `None`. A text stays a text, whatever it begins with: nothing in
    the file is ever a formula.
    """
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.freeze_panes = "A2"
    kept = [list(row) for row in rows]
    for position, name in enumerate(header, start=1):
        longest = max((len(str(row[position - 1] or "")) for row in kept), default=0)
        width = min(_WIDEST, max(_NARROWEST, len(name) + 2, longest + 2))
        page.column_dimensions[get_column_letter(position)].width = width
    page.append([_header_cell(page, name) for name in header])
    cells = _Cells(page)
    for row in kept:
        page.append(cells.of(value) for value in row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _header_cell(page: Any, name: str) -> Any:
    cell = WriteOnlyCell(page, value=name)
    cell.font = Font(bold=True)
    return cell


class _Cells:
    """One cell of each kind, filled again and again: to style each one anew takes ten times as long.

    That is safe because a row is written cell by cell, as they come.
    """

    def __init__(self, page: Any) -> None:
        self._short = self._text_cell(page, is_long=False)
        self._long = self._text_cell(page, is_long=True)
        self._day = WriteOnlyCell(page)
        self._day.number_format = "DD.MM.YYYY"

    def of(self, value: Any) -> Any:
        """``value`` in its cell; numbers and nothing as they are."""
        if isinstance(value, str):
            cell = self._long if len(value) > _WIDEST else self._short
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            cell.data_type = "s"  # otherwise "=…" would become a formula
            return cell
        if isinstance(value, date):
            self._day.value = value
            return self._day
        return value

    def _text_cell(self, page: Any, *, is_long: bool) -> Any:
        cell = WriteOnlyCell(page)
        cell.number_format = _NUMBERS_FORMATTED_AS_TEXT
        cell.alignment = Alignment(vertical="top", wrap_text=is_long)
        return cell


def _refuse_bombs(data: bytes) -> None:
    """A small file may unpack to gigabytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise UnreadableFileError(_("not an Excel file (XLSX)")) from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableFileError(_("the Excel file is too large"))


def _rows_of(page: Any) -> list[tuple[int, list[str]]]:
    """The rows that hold something, each with its number in the sheet."""
    page.reset_dimensions()  # some programs write a size that is too small: the rest would be lost
    rows: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(page.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1):
        if len(rows) > MAX_ROWS or number > MAX_ROW_NUMBER:
            raise UnreadableFileError(_("the sheet has more than %(max)s rows", max=MAX_ROWS))
        if cells.count(None) == len(cells):
            continue  # quickly: one formatted cell far below makes a million of them
        texts = [_text(value) for value in cells]
        if any(texts):
            rows.append((number, texts))
    return rows


def _table(rows: list[tuple[int, list[str]]]) -> Table:
    wide = (n for n, (_line, cells) in enumerate(rows[:HEADER_WITHIN]) if sum(map(bool, cells)) > 1)
    first = next(wide, 0)
    header = rows[first][1]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    below = rows[first + 1 :]
    body = [Row(number, tuple((cells + [""] * width)[:width])) for number, cells in below]
    beyond = [number for number, cells in below if any(cells[width:])]
    if beyond:
        raise UnreadableFileError(_("row %(line)s has a cell beyond the header", line=beyond[0]))
    return Table(tuple(name.strip() for name in header), tuple(body))


def _text(value: Any) -> str:
    """What a person sees: no ``12.0``, no time of day at a day, German yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        is_day = value.time() == time(0)
        return value.strftime("%d.%m.%Y") if is_day else value.strftime("%d.%m.%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return str(value).replace("\r\n", "\n").strip()
