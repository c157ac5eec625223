"""Reading a file of entries and bringing the directory up to it: lists (CSV) and HSDS (JSON)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.directory.excerpts import LeftOut
from app.directory.faults import first_fault
from app.directory.hsds import find_left_out, gather_organizations, read_organization
from app.directory.interests import Taxonomy
from app.directory.records import ProviderRecord
from app.directory.table_edits import new_provider
from app.directory.tables.directory_mapping import (
    DirectoryMapping,
    load_directory_mapping,
)
from app.directory.tables.directory_rows import DirectoryRow, DirectoryRowReader, RowError
from app.directory.tables.listed_entries import group_rows
from app.directory.tables.mapping import Mapping, choose_mapping, is_directory_mapping, load_mapping
from app.directory.tables.rows import Locate, RowReader, RowRejectedError
from app.directory.tables.table import Row, Table, UnreadableFileError, decode, read_table
from app.directory.tables.workbook import is_workbook, read_workbook
from app.settings import SHIPPED_DATA

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
"""Passes on what it is given, of this number, and may show how far it is."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was rejected, and where it stands."""

    line: int
    """In a CSV file the line where the row begins; in JSON the position of the entry, from 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and where it stands."""

    line: int
    record: ProviderRecord
    left_out: LeftOut | None = None
    """What the file holds back of the entry."""
    unusable_line: int | None = None
    """Where a row of it stands that cannot be used."""

    @property
    def is_flagged(self) -> bool:
        """Whether an editor should complete it."""
        return bool(self.record.flags) or any(offer.flags for offer in self.record.offers)


@dataclass(slots=True)
class Entries:
    """What a file holds; grows while it is read."""

    accepted: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _line_of: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(
        self,
        line: int,
        record: ProviderRecord,
        left_out: LeftOut | None = None,
        unusable_line: int | None = None,
    ) -> None:
        """Take ``record`` unless its key was there before."""
        key = (record.source, record.external_id)
        if key in self._line_of:
            where = self._line_of[key]
            self.reject(
                line,
                _(
                    "the key %(key)r stands in line %(line)s already",
                    key=record.external_id,
                    line=where,
                ),
            )
        else:
            self._line_of[key] = line
            self.accepted.append(Entry(line, record, left_out, unusable_line))

    def reject(self, line: int, reason: str) -> None:
        """Note why what stands there is no entry."""
        self.problems.append(Problem(line, reason))


@dataclass(frozen=True, slots=True)
class DirectoryTable:
    """A table of the directory itself that came back edited."""

    mapping: DirectoryMapping
    rows: tuple[DirectoryRow, ...]
    problems: tuple[Problem, ...]


def read_entries(
    path: Path,
    mapping_path: Path | None,
    taxonomy: Taxonomy,
    locate: Locate,
    progress: Progress,
    sheet: str | None = None,
) -> Entries | DirectoryTable:
    """What a table, a JSON file or a folder of JSON files holds.

    Raises `UnreadableFileError` when it cannot be used as a whole.
    """
    try:
        if path.is_dir():
            return _read_folder(path, locate)
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(error.strerror or "cannot be read") from None
    is_json = path.suffix.lower() == ".json"
    return read_bytes(data, is_json, mapping_path, taxonomy, locate, progress, sheet)


def read_bytes(
    data: bytes,
    is_json: bool,
    mapping_path: Path | None,
    taxonomy: Taxonomy,
    locate: Locate,
    progress: Progress,
    sheet: str | None = None,
) -> Entries | DirectoryTable:
    """Like `read_entries`, for a file that is in memory."""
    if is_json:
        return _read_json(data, locate)
    table = read_workbook(data, sheet) if is_workbook(data) else read_table(data)
    _refuse_repeated_columns(table)
    directory_mapping = find_directory_mapping(table.header, mapping_path)
    if directory_mapping is not None:
        return _read_directory_rows(table, directory_mapping, taxonomy, locate)
    return _read_rows(table, _mapping_for(table, mapping_path, taxonomy), locate, progress)


def find_directory_mapping(
    header: tuple[str, ...], path: Path | None, folder: Path = SHIPPED_DATA / "mappings"
) -> DirectoryMapping | None:
    """The named mapping, or the shipped one that fits, if it is one of a table of the directory."""
    if path is not None:
        if not is_directory_mapping(path):
            return None
        mapping = load_directory_mapping(path)
        if missing := mapping.missing_columns(header):
            raise UnreadableFileError(
                _("columns that are missing: %(columns)s", columns=", ".join(missing))
            )
        return mapping
    for shipped in sorted(folder.glob("*.toml")):
        if is_directory_mapping(shipped):
            mapping = load_directory_mapping(shipped)
            if not mapping.missing_columns(header):
                return mapping
    return None


def _read_directory_rows(
    table: Table, mapping: DirectoryMapping, taxonomy: Taxonomy, locate: Locate
) -> Entries | DirectoryTable:
    reader = DirectoryRowReader(table, mapping, taxonomy.concepts.keys())
    rows: list[DirectoryRow] = []
    problems: list[Problem] = []
    unusable: dict[str, int] = {}
    for row in table.rows:
        try:
            rows.append(reader.read(row))
        except RowError as error:
            problems.append(Problem(row.line, str(error)))
            unusable[reader.provider_key_of(row)] = row.line
    if mapping.source is None:
        return DirectoryTable(mapping, tuple(rows), tuple(problems))
    entries = Entries(problems=problems)
    providers, contradictions = group_rows(rows, mapping, locate)
    for line, reason in contradictions:
        entries.reject(line, reason)
    for provider in providers:
        at = unusable.get(provider.key, provider.unusable_line)
        try:
            entries.add(provider.line, provider.build(), unusable_line=at)
        except RowError as error:
            entries.reject(provider.line, str(error))
    return entries


def without_lines(found: Entries | DirectoryTable, lines: Collection[int]) -> Entries | DirectoryTable:
    """``found`` without the providers that begin in ``lines``."""
    if isinstance(found, Entries):
        kept = [entry for entry in found.accepted if entry.line not in lines]
        return replace(found, accepted=kept)
    dropped = {r.external_id for line, r in records_by_line(found).items() if line in lines}
    rows = tuple(row for row in found.rows if not _enters_one_of(row, dropped, found.mapping))
    return replace(found, rows=rows)


def records_by_line(found: Entries | DirectoryTable) -> dict[int, ProviderRecord]:
    """The providers of a file by the line where they begin; of a directory table only new ones."""
    if isinstance(found, Entries):
        return {entry.line: entry.record for entry in found.accepted}
    records: dict[str, tuple[int, ProviderRecord]] = {}
    for row in found.rows:
        if row.provider_key or row.offer_key:
            continue
        with suppress(RowError):  # told when the row is applied
            record = new_provider(row, found.mapping)
            records.setdefault(record.external_id, (row.line, record))
    return dict(records.values())


def _enters_one_of(row: DirectoryRow, keys: Collection[str], mapping: DirectoryMapping) -> bool:
    if row.provider_key or row.offer_key or not keys:
        return False
    with suppress(RowError):
        return new_provider(row, mapping).external_id in keys
    return False


def _refuse_repeated_columns(table: Table) -> None:
    names = [name.casefold() for name in table.header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UnreadableFileError(
            _("the column %(column)s stands in the header twice", column=twice[0])
        )


def _mapping_for(table: Table, path: Path | None, taxonomy: Taxonomy) -> Mapping:
    if path is None:
        return choose_mapping(table.header, taxonomy.concepts)
    mapping = load_mapping(path, taxonomy.concepts)
    if missing := mapping.missing_columns(table.header):
        raise UnreadableFileError(
            _("columns that are missing: %(columns)s", columns=", ".join(missing))
        )
    return mapping


def _read_rows(table: Table, mapping: Mapping, locate: Locate, progress: Progress) -> Entries:
    entries = Entries()
    reader = RowReader(table, mapping, locate)
    rows: Iterable[Row] = progress(table.rows, len(table.rows))
    for row in rows:
        try:
            entries.add(row.line, reader.build_record(row))
        except RowRejectedError as error:
            entries.reject(row.line, str(error))
    return entries


def _read_folder(path: Path, locate: Locate) -> Entries:
    files = sorted(path.glob("*.json"))
    if not files:
        raise UnreadableFileError(_("there is no .json file in this folder"))
    entries = Entries()
    for position, file in enumerate(files, start=1):
        try:
            for organization in _organizations(file.read_bytes()):
                _add_organization(entries, position, organization, locate, f"{file.name}: ")
        except UnreadableFileError as error:
            entries.reject(position, f"{file.name}: {error}")
    return entries


def _read_json(data: bytes, locate: Locate) -> Entries:
    entries = Entries()
    for position, organization in enumerate(_organizations(data), start=1):
        _add_organization(entries, position, organization, locate)
    return entries


def _add_organization(
    entries: Entries, position: int, organization: Any, locate: Locate, prefix: str = ""
) -> None:
    try:
        record = read_organization(organization)
    except ValidationError as error:
        entries.reject(position, prefix + first_fault(error))
        return
    places = tuple(locate(place) for place in record.places)
    record = record.model_copy(update={"places": places})
    entries.add(position, record, find_left_out(organization))


def _organizations(data: bytes) -> Iterator[Any]:
    """Organisations: one, a list, a page of the HSDS API (``contents``), or those of its services."""
    try:
        content = json.loads(decode(data))
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            _("not a JSON file: line %(line)s: %(what)s", line=error.lineno, what=error.msg)
        ) from None
    except (RecursionError, ValueError):
        raise UnreadableFileError(_("not a JSON file of organisations")) from None
    if isinstance(content, dict) and isinstance(content.get("contents"), list):
        content = content["contents"]
    if isinstance(content, list):
        return iter(gather_organizations(content))
    if isinstance(content, dict) and content.keys() & {"id", "name"}:
        return iter(gather_organizations([content]))
    raise UnreadableFileError(_("not a JSON file of organisations"))
