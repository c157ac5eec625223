"""Reading a file of entries and bringing the directory up to it: lists (CSV) and HSDS (JSON)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from app.core.errors import LotsenbuchError
from app.directory import service
from app.directory.tables.mapping import Mapping, choose_mapping, load_mapping
from app.directory.tables.rows import Locate, RowReader, RowRejectedError
from app.directory.tables.table import Row, Table, UnreadableFileError, decode, read_table
from app.directory.faults import first_fault
from app.directory.hsds import read_organization
from app.directory.interests import Taxonomy
from app.directory.records import ProviderRecord

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

    def add(self, line: int, record: ProviderRecord) -> None:
        """Take ``record`` unless its key was there before."""
        key = (record.source, record.external_id)
        if key in self._line_of:
            where = self._line_of[key]
            self.reject(line, f"the key {record.external_id!r} stands in line {where} already")
        else:
            self._line_of[key] = line
            self.accepted.append(Entry(line, record))

    def reject(self, line: int, reason: str) -> None:
        """Note why what stands there is no entry."""
        self.problems.append(Problem(line, reason))


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do. The first three and `rejected` add up to the rows."""

    created: int
    changed: int
    unchanged: int
    flagged: int
    """Among the first three."""
    problems: tuple[Problem, ...]

    @property
    def rejected(self) -> int:
        """The number of rows that did not become an entry."""
        return len(self.problems)


def read_entries(
    path: Path, mapping_path: Path | None, taxonomy: Taxonomy, locate: Locate, progress: Progress
) -> Entries:
    """The entries in a CSV or JSON file, or in a folder of JSON files.

    Raises `UnreadableFileError` when it cannot be used as a whole.
    """
    try:
        if path.is_dir():
            return _read_folder(path, locate)
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(error.strerror or "cannot be read") from None
    if path.suffix.lower() == ".json":
        return _read_json(data, locate)
    table = read_table(data)
    return _read_rows(table, _mapping_for(table, mapping_path, taxonomy), locate, progress)


def apply_entries(session: Session, entries: Entries, progress: Progress) -> ImportReport:
    """Bring the directory up to ``entries``; what cannot be applied counts as rejected."""
    accepted, problems = entries.accepted, list(entries.problems)
    outcomes: Counter[str] = Counter()
    flagged = 0
    order = service.parents_first([entry.record for entry in accepted])
    for position in progress(order, len(order)):
        entry = accepted[position]
        try:
            outcomes[service.apply_record(session, entry.record)] += 1
        except LotsenbuchError as error:
            problems.append(Problem(entry.line, str(error)))
        else:
            flagged += entry.is_flagged
    return ImportReport(
        created=outcomes["created"],
        changed=outcomes["changed"],
        unchanged=outcomes["unchanged"],
        flagged=flagged,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
    )


def _mapping_for(table: Table, path: Path | None, taxonomy: Taxonomy) -> Mapping:
    names = [name.casefold() for name in table.header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UnreadableFileError(f"the column {twice[0]} stands in the header twice")
    if path is None:
        return choose_mapping(table.header, taxonomy.concepts)
    mapping = load_mapping(path, taxonomy.concepts)
    if missing := mapping.missing_columns(table.header):
        raise UnreadableFileError(f"columns that are missing: {', '.join(missing)}")
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
        raise UnreadableFileError("there is no .json file in this folder")
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
    entries.add(position, record.model_copy(update={"places": places}))


def _organizations(data: bytes) -> Iterator[Any]:
    """One organisation, a list of them, or a page of the HSDS API (``contents``)."""
    try:
        content = json.loads(decode(data))
    except json.JSONDecodeError as error:
        raise UnreadableFileError(f"not a JSON file: line {error.lineno}: {error.msg}") from None
    except (RecursionError, ValueError):
        raise UnreadableFileError("not a JSON file of organisations") from None
    if isinstance(content, dict) and isinstance(content.get("contents"), list):
        content = content["contents"]
    if isinstance(content, list):
        return iter(content)
    if isinstance(content, dict) and content.keys() & {"id", "name"}:
        return iter([content])
    raise UnreadableFileError("not a JSON file of organisations")
