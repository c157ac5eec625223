"""Bringing the directory up to what a file holds, or trying what that would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol

from sqlmodel import Session, col, select

from app.core.db import Database
from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.directory import service
from app.directory.duplicates import SimilarEntry, find_similar
from app.directory.entry_records import to_record
from app.directory.excerpts import complete_excerpt
from app.directory.history import Author
from app.directory.import_changes import last_revision, list_edits_since
from app.directory.importing import (
    DirectoryTable,
    Entries,
    Entry,
    Problem,
    Progress,
    records_by_line,
)
from app.directory.models import Provider
from app.directory.records import ProviderRecord
from app.directory.table_edits import EntryEdit, TableEditor, TableEdits
from app.directory.tables.directory_rows import RowError
from app.directory.tables.rows import Locate

BATCH: Final = 200
"""Entries or rows in one transaction: others write in between."""
MAX_TOLD_EDITS: Final = 500
"""So many entries of a list are told one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class SimilarWarning:
    """A new entry that may be one the directory has already."""

    line: int
    name: str
    similar: tuple[SimilarEntry, ...]
    """The most alike first."""


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


class Application(Protocol):
    """What a file holds, on its way into the directory."""

    @property
    def steps(self) -> list[Any]:
        """What is to be applied, in this order."""

    def apply(self, session: Session, steps: Iterable[Any]) -> None:
        """Apply ``steps`` in the caller's transaction."""

    def report(self) -> ImportReport:
        """What became of all that was applied."""


class EntriesApplication:
    """The entries of a list or of JSON files; what cannot be applied counts as rejected."""

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

    @property
    def steps(self) -> list[int]:
        """Positions in an order in which parents come before their branches."""
        return service.parents_first([entry.record for entry in self._entries.accepted])

    def apply(self, session: Session, steps: Iterable[int]) -> None:
        """Apply these entries in the caller's transaction."""
        before = last_revision(session)
        for position in steps:
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


class TableApplication:
    """The rows of a table of the directory: what differs is changed."""

    def __init__(
        self, table: DirectoryTable, author: Author, concepts: Iterable[str], locate: Locate
    ) -> None:
        """Applies nothing yet."""
        self._table = table
        self._editor = TableEditor(author, table.mapping, frozenset(concepts), locate)
        self._done = TableEdits()

    @property
    def steps(self) -> list[Any]:
        """The rows."""
        return list(self._table.rows)

    def apply(self, session: Session, steps: Iterable[Any]) -> None:
        """Apply these rows in the caller's transaction."""
        done = self._editor.apply(session, steps)
        self._done.edits += done.edits
        self._done.problems += done.problems
        self._done.unchanged += done.unchanged

    def report(self) -> ImportReport:
        """What became of all that was applied."""
        edits = self._done.edits
        told = [Problem(line, reason) for line, reason in self._done.problems]
        problems = sorted([*self._table.problems, *told], key=lambda problem: problem.line)
        return ImportReport(
            created=sum(edit.is_new for edit in edits),
            changed=sum(not edit.is_new for edit in edits),
            unchanged=self._done.unchanged,
            flagged=0,
            problems=tuple(problems),
            edits=tuple(entry for edit in edits for entry in edit.entries),
        )


def start_application(
    found: Entries | DirectoryTable, author: Author, concepts: Iterable[str], locate: Locate
) -> Application:
    """``found`` on its way into the directory; ``author`` is who edits, where it is an edit."""
    if isinstance(found, Entries):
        return EntriesApplication(found)
    return TableApplication(found, author, concepts, locate)


def apply_at_once(session: Session, application: Application, progress: Progress) -> ImportReport:
    """Apply all of it in the caller's transaction."""
    steps = application.steps
    application.apply(session, progress(steps, len(steps)))
    return application.report()


def apply_in_batches(
    database: Database, application: Application, progress: Progress, *, is_trial: bool = False
) -> ImportReport:
    """Apply it in short transactions; a trial takes each of them back."""
    steps = application.steps
    rest = iter(progress(steps, len(steps)))
    while batch := list(islice(rest, BATCH)):
        with database.write() as session:
            application.apply(session, batch)
            if is_trial:
                session.rollback()
    return application.report()


def find_similar_entries(
    session: Session, found: Entries | DirectoryTable
) -> tuple[SimilarWarning, ...]:
    """The providers that would be created although the directory may have them already."""
    keys = set(session.exec(select(Provider.source, Provider.external_id)))
    fresh = [
        (line, record)
        for line, record in records_by_line(found).items()
        if (record.source, record.external_id) not in keys
    ]
    similar = find_similar(session, [record for _line, record in fresh])
    return tuple(
        SimilarWarning(fresh[position][0], fresh[position][1].name, tuple(entries))
        for position, entries in sorted(similar.items())
    )


def _whole_record(session: Session, entry: Entry) -> ProviderRecord:
    """The record of ``entry``, with what its file holds back as the directory has it.

    Raises `RowError` for a known provider of which a row cannot be used: the offer of that row would
    look as if the list had dropped it.
    """
    record = entry.record
    if entry.left_out is None and entry.unusable_line is None:
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
    if entry.unusable_line is not None:
        raise RowError(_("stays as it is: line %(line)s cannot be used", line=entry.unusable_line))
    before = to_record(session, known)
    return record if entry.left_out is None else complete_excerpt(record, before, entry.left_out)
