"""Reading a file of entries and bringing the directory up to it: lists (CSV) and HSDS (JSON)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.core.db import Database
from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.directory import service
from app.directory.duplicates import SimilarEntry, find_similar
from app.directory.entry_records import to_record
from app.directory.excerpts import LeftOut, complete_excerpt
from app.directory.faults import first_fault
from app.directory.history import Author
from app.directory.hsds import find_left_out, gather_organizations, read_organization
from app.directory.import_changes import last_revision, list_edits_since
from app.directory.interests import Taxonomy
from app.directory.models import Provider
from app.directory.records import ProviderRecord
from app.directory.table_edits import EntryEdit, TableEditor, new_provider
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

MAX_TOLD_EDITS: Final = 500
"""So many entries of a list are told one by one; all are counted."""
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

    def add(self, line: int, record: ProviderRecord, left_out: LeftOut | None = None) -> None:
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
            self.accepted.append(Entry(line, record, left_out))

    def reject(self, line: int, reason: str) -> None:
        """Note why what stands there is no entry."""
        self.problems.append(Problem(line, reason))


@dataclass(frozen=True, slots=True)
class SimilarWarning:
    """A new entry that may be one the directory has already."""

    line: int
    name: str
    similar: tuple[SimilarEntry, ...]
    """The most alike first."""


@dataclass(frozen=True, slots=True)
class DirectoryTable:
    """A table of the directory itself that came back edited."""

    mapping: DirectoryMapping
    rows: tuple[DirectoryRow, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do. The first three and `rejected` add up to the rows."""

    created: int
    changed: int
    unchanged: int
    flagged: int
    """Among the first three."""
    problems: tuple[Problem, ...]
    edits: tuple[EntryEdit, ...] = ()
    """What became of single entries, as far as it was noted."""
    similar: tuple[SimilarWarning, ...] = ()

    @property
    def rejected(self) -> int:
        """The number of rows that did not become an entry."""
        return len(self.problems)


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
    for row in table.rows:
        try:
            rows.append(reader.read(row))
        except RowError as error:
            problems.append(Problem(row.line, str(error)))
    if mapping.source is None:
        return DirectoryTable(mapping, tuple(rows), tuple(problems))
    entries = Entries(problems=problems)
    providers, unusable = group_rows(rows, mapping, locate)
    for line, reason in unusable:
        entries.reject(line, reason)
    for provider in providers:
        try:
            entries.add(provider.line, provider.build())
        except RowError as error:
            entries.reject(provider.line, str(error))
    return entries


def find_similar_entries(
    session: Session, found: Entries | DirectoryTable
) -> tuple[SimilarWarning, ...]:
    """The providers that would be created although the directory may have them already."""
    keys = set(session.exec(select(Provider.source, Provider.external_id)))
    fresh = [
        (line, record)
        for line, record in _records_by_line(found).items()
        if (record.source, record.external_id) not in keys
    ]
    similar = find_similar(session, [record for _line, record in fresh])
    return tuple(
        SimilarWarning(fresh[position][0], fresh[position][1].name, tuple(entries))
        for position, entries in sorted(similar.items())
    )


def without_lines(found: Entries | DirectoryTable, lines: Collection[int]) -> Entries | DirectoryTable:
    """``found`` without the providers that begin in ``lines``."""
    if isinstance(found, Entries):
        kept = [entry for entry in found.accepted if entry.line not in lines]
        return replace(found, accepted=kept)
    dropped = {r.external_id for line, r in _records_by_line(found).items() if line in lines}
    rows = tuple(row for row in found.rows if not _enters_one_of(row, dropped, found.mapping))
    return replace(found, rows=rows)


def _records_by_line(found: Entries | DirectoryTable) -> dict[int, ProviderRecord]:
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


def apply_table(
    session: Session, table: DirectoryTable, author: Author, taxonomy: Taxonomy, locate: Locate
) -> ImportReport:
    """Change what differs in a table of the directory that came back."""
    editor = TableEditor(author, table.mapping, taxonomy.concepts.keys(), locate)
    done = editor.apply(session, table.rows)
    problems = [*table.problems, *(Problem(line, reason) for line, reason in done.problems)]
    return ImportReport(
        created=sum(edit.is_new for edit in done.edits),
        changed=sum(not edit.is_new for edit in done.edits),
        unchanged=done.unchanged,
        flagged=0,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
        edits=tuple(entry for row in done.edits for entry in row.entries),
    )


def apply_entries(session: Session, entries: Entries, progress: Progress) -> ImportReport:
    """Bring the directory up to ``entries``; what cannot be applied counts as rejected."""
    application = Application(entries)
    application.apply(session, progress(application.order, len(application.order)))
    return application.report()


def apply_in_batches(
    database: Database, entries: Entries, progress: Progress, size: int = 200
) -> ImportReport:
    """Like `apply_entries`, in several short transactions: others may write in between."""
    application = Application(entries)
    order = list(progress(application.order, len(application.order)))
    for start in range(0, len(order), size):
        with database.write() as session:
            application.apply(session, order[start : start + size])
    return application.report()


class Application:
    """Entries on their way into the directory."""

    def __init__(self, entries: Entries) -> None:
        """Applies nothing yet."""
        self._entries = entries
        self._problems = list(entries.problems)
        self._outcomes: Counter[str] = Counter()
        self._flagged = 0
        self._edits: list[EntryEdit] = []
        self._lines = {
            (entry.record.source, entry.record.external_id): entry.line for entry in entries.accepted
        }
        self.order = service.parents_first([entry.record for entry in entries.accepted])
        """Positions in an order in which parents come before their branches."""

    def apply(self, session: Session, positions: Iterable[int]) -> None:
        """Apply these entries in the caller's transaction."""
        before = last_revision(session)
        for position in positions:
            entry = self._entries.accepted[position]
            try:
                self._outcomes[service.apply_record(session, _whole_record(session, entry))] += 1
            except LotsenbuchError as error:
                self._problems.append(Problem(entry.line, str(error)))
            else:
                self._flagged += entry.is_flagged
        room = MAX_TOLD_EDITS - len(self._edits)
        self._edits += list_edits_since(session, before, self._lines, room)

    def report(self) -> ImportReport:
        """What became of all that was applied."""
        return ImportReport(
            created=self._outcomes["created"],
            changed=self._outcomes["changed"],
            unchanged=self._outcomes["unchanged"] + self._outcomes["merged"],
            flagged=self._flagged,
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
            edits=tuple(self._edits),
        )


def _whole_record(session: Session, entry: Entry) -> ProviderRecord:
    """The record of ``entry``, with what its file holds back as the directory has it."""
    record = entry.record
    if entry.left_out is None:
        return record
    known = session.exec(
        select(Provider.id).where(
            Provider.source == record.source,
            Provider.external_id == record.external_id,
            col(Provider.merged_into_id).is_(None),
        )
    ).first()
    if known is None:
        return record
    return complete_excerpt(record, to_record(session, known), entry.left_out)


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
