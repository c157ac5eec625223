"""The rows of a directory table as plain values, and entries as rows. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord
from app.directory.tables.cells import CellError, CellKind, CellWords, parse_cell
from app.directory.tables.directory_mapping import PARTS, DirectoryMapping
from app.directory.tables.table import Row, Table

_MODELS: dict[str, Any] = {"provider": ProviderRecord, "place": PlaceRecord, "offer": OfferRecord}
_GUARDED = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""
GUARD = "'"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no workbook can hold, and what makes a CSV file look like something else."""


class RowError(LotsenbuchError):
    """A row cannot be used; the message names column, value and why."""


@dataclass(frozen=True, slots=True)
class DirectoryRow:
    """What a row says: only the fields that have a column in the file."""

    line: int
    provider_key: str
    offer_key: str
    provider: dict[str, Any] = field(default_factory=dict)
    place: dict[str, Any] = field(default_factory=dict)
    offer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DirectoryRowReader:
    """Turns the rows of one table into values."""

    table: Table
    mapping: DirectoryMapping
    concepts: Collection[str]

    def read(self, row: Row) -> DirectoryRow:
        """The values of ``row``; raises `RowError`."""
        expected, found = len(self.table.header), len(row.cells)
        if found != expected:
            raise RowError(
                _("has %(found)s cells instead of %(expected)s", found=found, expected=expected)
            )
        cell_of = {
            name.casefold(): unguarded(text)
            for name, text in zip(self.table.header, row.cells, strict=True)
        }
        parts = {part: self._read_part(part, cell_of) for part in PARTS}
        keys = self.mapping.keys
        return DirectoryRow(
            row.line,
            cell_of[keys.provider.casefold()].strip(),
            cell_of[keys.offer.casefold()].strip(),
            **parts,
        )

    def provider_key_of(self, row: Row) -> str:
        """Whose row it is, also when it cannot be read; empty when that cannot be told."""
        wanted = self.mapping.keys.provider.casefold()
        names = [name.casefold() for name in self.table.header]
        position = names.index(wanted)
        return unguarded(row.cells[position]).strip() if position < len(row.cells) else ""

    def _read_part(self, part: str, cell_of: dict[str, str]) -> dict[str, Any]:
        words = self.mapping.words(part, self.concepts)
        columns: dict[str, str] = getattr(self.mapping, part)
        return {
            name: self._read_cell(part, name, column, cell_of[column.casefold()], words)
            for name, column in columns.items()
            if column.casefold() in cell_of
        }

    def _read_cell(self, part: str, name: str, column: str, text: str, words: CellWords) -> Any:
        plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not plain:
            return empty_value(part, name)
        try:
            return parse_cell(PARTS[part][name], name, plain, words)
        except CellError as error:
            raise RowError(f"{column}: {error}") from None


def empty_value(part: str, name: str) -> Any:
    """What an empty cell means: the field's default (unknown, nothing, none), else nothing at all."""
    info = _MODELS[part].model_fields[name]
    return None if info.is_required() else info.get_default(call_default_factory=True)


def as_read(part: str, name: str, value: Any, words: CellWords) -> Any:
    """``value`` as it would come back from the table: what the table does not carry of it is lost."""
    kind: CellKind = PARTS[part][name]
    cell = "" if value is None else kind.format(name, value, words)
    plain = _plain_text(cell)
    if not plain:
        return empty_value(part, name)
    return parse_cell(kind, name, plain, words)


def build_cells(
    mapping: DirectoryMapping,
    concepts: Collection[str],
    keys: tuple[str, str],
    provider: ProviderRecord,
    offer: OfferRecord,
) -> list[Any]:
    """The row of one offer: texts, numbers, days or `None`, in the order of the mapping's columns."""
    main = next((place for place in provider.places if place.key in offer.places[:1]), None)
    cells: list[Any] = [*keys]
    for part, record in (("provider", provider), ("offer", offer), ("place", main)):
        words = mapping.words(part, concepts)
        for name in getattr(mapping, part):
            value = None if record is None else getattr(record, name)
            cell = None if value is None else PARTS[part][name].format(name, value, words)
            cells.append(_UNWRITABLE.sub("", cell) if isinstance(cell, str) else cell)
    return cells


def guarded(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula; `unguarded` gives it back."""
    return GUARD + text if text.startswith((*_GUARDED, GUARD)) else text


def apostrophe_doubled(text: str) -> str:
    """For files in which a text is a text: only what `unguarded` would take for a guard gets one."""
    return text if unguarded(text) == text else GUARD + text


def unguarded(text: str) -> str:
    """``text`` as it was before `guarded`."""
    if text.startswith(GUARD) and text[1:].startswith((*_GUARDED, GUARD)):
        return text[1:]
    return text


def conflict_words(column: str, line: int) -> str:
    """Why a row cannot be used that says something else of its provider than an earlier one."""
    return _(
        "%(column)s: line %(line)s says something else of the same provider", column=column, line=line
    )


def _plain_text(cell: Any) -> str:
    text = cell.isoformat() if isinstance(cell, date) else _UNWRITABLE.sub("", str(cell))
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
