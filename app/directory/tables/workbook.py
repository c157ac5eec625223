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
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from app.core.i18n import gettext as _
from app.directory.tables.table import Row, Table, UnreadableFileError

MAX_UNPACKED_BYTES: Final = 200 * 1024 * 1024
MAX_ROWS: Final = 100_000
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

    Its header is the first row that is not empty. Raises `UnreadableFileError`.
    """
    _refuse_bombs(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception:  # the library raises anything for a damaged file
        raise UnreadableFileError(_("the Excel file is damaged or protected by a password")) from None
    try:
        names = book.sheetnames
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
    page.append([_cell(page, name, bold=True) for name in header])
    for row in kept:
        page.append([_cell(page, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(page: Any, value: Any, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # otherwise "=…" would become a formula
        cell.number_format = _NUMBERS_FORMATTED_AS_TEXT
        cell.alignment = Alignment(vertical="top", wrap_text=len(value) > _WIDEST)
    elif isinstance(value, date):
        cell.number_format = "DD.MM.YYYY"
    if bold:
        cell.font = Font(bold=True)
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
    rows = []
    for number, cells in enumerate(page.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1):
        if number > MAX_ROWS:
            raise UnreadableFileError(_("the sheet has more than %(max)s rows", max=MAX_ROWS))
        texts = [_text(value) for value in cells]
        if any(texts):
            rows.append((number, texts))
    return rows


def _table(rows: list[tuple[int, list[str]]]) -> Table:
    header = rows[0][1]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    body = [Row(number, tuple((cells + [""] * width)[:width])) for number, cells in rows[1:]]
    beyond = [n for n, cells in rows[1:] if any(cells[width:])]
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
