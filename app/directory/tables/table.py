"""A CSV file as header and rows: encoding and delimiter found out, true line numbers kept."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import charset_normalizer

from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

DELIMITERS = (",", ";", "\t")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FORMATS = (
    (b"%PDF", _l("a PDF")),
    (b"PK\x03\x04", _l("a ZIP file that is no Excel workbook")),
    (
        b"\xd0\xcf\x11\xe0",
        _l("an old Excel or Word file, or one with a password; please save it as .xlsx without one"),
    ),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"<", _l("HTML or XML")),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
MAX_CONTROL_SHARE = 0.01
"""More control characters than this, and it is no text."""
_SAMPLE_BYTES = 20_000


class UnreadableFileError(LotsenbuchError):
    """A file cannot be used as a whole; the message is one line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file."""

    line: int
    """Where it begins; the file's first line is 1."""
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The header's names as written, trimmed, and the records below it."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(data: bytes) -> Table:
    """The table in ``data``; raises `UnreadableFileError`. Blank lines are no rows."""
    _refuse_other_formats(data)
    text = decode(data)
    if not text.strip():
        raise UnreadableFileError(_("the file is empty"))
    if len(_CONTROL.findall(text)) > MAX_CONTROL_SHARE * len(text):
        raise UnreadableFileError(_("not a CSV file: it does not hold text"))
    rows = _parse(text, _find_delimiter(text))
    header = next(rows, None)
    if header is None:
        raise UnreadableFileError(_("the file is empty"))
    return Table(tuple(name.strip() for name in header.cells), tuple(rows))


def decode(data: bytes) -> str:
    """``data`` as text: UTF-8, UTF-16, UTF-32 or Windows-1252; raises `UnreadableFileError`."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_as(data, encoding)
    if b"\0" in data:
        return _decode_as(data, _guess_wide_encoding(data))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_mixed(data, error.start)
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # knows every byte


def _refuse_other_formats(data: bytes) -> None:
    start = data.removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, name in _OTHER_FORMATS:
        if start.startswith(mark):
            raise UnreadableFileError(_("not a CSV file: it looks like %(what)s", what=name))


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableFileError(
            _("the text is damaged (it began as %(encoding)s)", encoding=encoding)
        ) from None


def _guess_wide_encoding(data: bytes) -> str:
    """Which UTF-16 it is that lacks its mark."""
    sample = data[:_SAMPLE_BYTES]
    guess = charset_normalizer.from_bytes(sample, cp_isolation=["utf_16_le", "utf_16_be"]).best()
    if guess is None:
        raise UnreadableFileError(_("not a CSV file: it does not hold text"))
    return guess.encoding


def _refuse_mixed(data: bytes, position: int) -> None:
    """Refuse a file that is UTF-8 but for some bytes: read otherwise, all its umlauts would break."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    sound = sum(not character.isascii() for character in text) - broken
    if sound > broken:
        line = data.count(b"\n", 0, position) + 1
        raise UnreadableFileError(
            _("the text is damaged: line %(line)s is not UTF-8 like the rest", line=line)
        )


def _find_delimiter(text: str) -> str:
    """The one that parts the header into most cells."""
    lines = text.lstrip("\r\n").splitlines(keepends=True)
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader(lines, delimiter=delimiter))))


def _parse(text: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(sys.maxsize)  # too long a text is a matter of its row, not of the file
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines_before = 0
    last = 0
    for cells in reader:
        last = lines_before
        if any(cell.strip() for cell in cells) or len(cells) > 1:
            yield Row(lines_before + 1, tuple(cells))
        lines_before = reader.line_num
    if _ends_inside_quotes(text, last, delimiter):
        raise UnreadableFileError(
            _("the quotation mark opened in line %(line)s is never closed", line=last + 1)
        )


def _ends_inside_quotes(text: str, lines_before: int, delimiter: str) -> bool:
    """Whether the last record, which begins after that many lines, lacks its closing mark."""
    lines = list(io.StringIO(text, newline=""))[lines_before:]
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False
