"""Importing a list of clients: what would become of each row, and doing it.

Each row is known again by its key (or by all its cells, when the list has none): a second import
creates nothing, also after the first was stopped in the middle. Who is likely known already is not
created unless that is wished. Reports tell lines and ids, never names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from sqlmodel import Session, col, select, update

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.client_rows import (
    ClientList,
    ClientRow,
    RowProblem,
    load_client_mapping,
    read_client_list,
)
from app.cases.client_similarity import KnownPeople, Person
from app.cases.models import CaseEvent, Client, Household
from app.cases.service import create_client
from app.cases.status_models import LevelEntry, ResidenceEntry
from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.core.ids import derived_id
from app.core.text import fold
from app.directory.models import Accommodation
from app.directory.tables.table import UnreadableFileError, read_table
from app.directory.tables.workbook import is_workbook, read_workbook
from app.operations.deletion_list import list_returned
from app.operations.runtime import Runtime
from app.settings import SHIPPED_DATA

SHIPPED_MAPPING: Final = SHIPPED_DATA / "mappings" / "cases" / "clients.toml"
ROWS_PER_TRANSACTION: Final = 25
"""Others write in between."""
Fate = Literal["new", "known", "deleted", "duplicate"]
Progress = Callable[[Iterable[Any], int], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class ImportWishes:
    """How the list is to be imported."""

    mapping: Path | None = None
    """`None`: the one that ships with the product."""
    sheet: str | None = None
    case_worker: str | None = None
    """E-mail of the case worker of rows that name none."""
    with_duplicates: bool = False
    is_strict: bool = False
    """One row that cannot be used refuses the file."""
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row whose client is likely known."""

    line: int
    same_as: str
    """``line N`` of the file, or ``client ID`` for one who is stored."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What is to become of a usable row."""

    row: ClientRow
    fate: Fate
    creation_key: str
    client_id: str
    worker: Actor
    accommodation_id: str | None = None

    @property
    def initials(self) -> str:
        """First letters of the names: all that a person at a terminal may see."""
        names = (self.row.data.given_name, self.row.data.family_name)
        return " ".join(f"{name[0]}." for name in names if name)


@dataclass(frozen=True, slots=True)
class ClientImportReport:
    """What became of a list, or would."""

    planned: tuple[PlannedRow, ...]
    duplicates: tuple[Duplicate, ...]
    problems: tuple[RowProblem, ...]
    unread_columns: tuple[str, ...]
    created: int = 0
    is_written: bool = False

    def count(self, fate: Fate) -> int:
        """How many rows have that fate."""
        return sum(planned.fate == fate for planned in self.planned)


def import_clients(
    runtime: Runtime, file: Path, wishes: ImportWishes, progress: Progress
) -> ClientImportReport:
    """Import ``file``; raises `UnreadableFileError` when it cannot be used as a whole."""
    listed = _read(file, wishes, runtime.today)
    with runtime.database.read() as session:
        report = _plan(session, listed, wishes, runtime.settings.data_dir)
    if wishes.is_dry_run or (wishes.is_strict and report.problems):
        return report
    wanted = [one for one in report.planned if one.fate in _fates(wishes)]
    if wishes.is_strict:
        return _create_at_once(runtime, listed.source, report, wanted)
    failed: list[RowProblem] = []
    for start in progress(range(0, len(wanted), ROWS_PER_TRANSACTION), len(wanted)):
        with runtime.database.write() as session:
            part = wanted[start : start + ROWS_PER_TRANSACTION]
            failed += _create_all(session, runtime, listed.source, part)
    return _finished(report, len(wanted), failed)


def _create_at_once(
    runtime: Runtime, source: str, report: ClientImportReport, wanted: Sequence[PlannedRow]
) -> ClientImportReport:
    """All or nothing."""
    with runtime.database.write() as session:
        failed = _create_all(session, runtime, source, wanted)
        if failed:
            session.rollback()
            return replace(report, problems=_in_order((*report.problems, *failed)))
    return _finished(report, len(wanted), failed)


def _finished(
    report: ClientImportReport, wanted: int, failed: Sequence[RowProblem]
) -> ClientImportReport:
    problems = _in_order((*report.problems, *failed))
    return replace(report, created=wanted - len(failed), problems=problems, is_written=True)


def _fates(wishes: ImportWishes) -> tuple[Fate, ...]:
    return ("new", "duplicate") if wishes.with_duplicates else ("new",)


def _in_order(problems: Iterable[RowProblem]) -> tuple[RowProblem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _read(file: Path, wishes: ImportWishes, today: date) -> ClientList:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UnreadableFileError(error.strerror or "cannot be read") from None
    mapping = load_client_mapping(wishes.mapping or SHIPPED_MAPPING)
    table = read_workbook(data, wishes.sheet) if is_workbook(data) else read_table(data)
    return read_client_list(table, mapping, today)


class _Planner:
    """Says of each row what is to become of it."""

    def __init__(
        self, session: Session, listed: ClientList, wishes: ImportWishes, folder: Path
    ) -> None:
        self._source, self._columns = listed.source, listed.columns
        self._default = fold(wishes.case_worker) if wishes.case_worker else None
        users = session.exec(select(User).where(col(User.is_active).is_(True))).all()
        actors = {fold(user.email): Actor(user.id, user.role, user.name) for user in users}
        self._workers = {email: one for email, one in actors.items() if one.may("case:write")}
        if self._default is not None and self._default not in self._workers:
            raise UnreadableFileError(_("the case worker is no active account that works on cases"))
        homes = session.exec(select(Accommodation.name, Accommodation.id)).all()
        self._homes = {fold(name): home_id for name, home_id in homes}
        stored = session.exec(select(Client)).all()
        self._keys = {client.creation_key for client in stored}
        self._known = KnownPeople(
            Person(f"client {one.id}", one.given_name, one.family_name, one.birth_date, one.phone)
            for one in stored
        )
        ids = [self._client_id(row) for row in listed.rows]
        self._deleted = set(list_returned(folder, ids))
        self.duplicates: list[Duplicate] = []

    def plan(self, row: ClientRow) -> PlannedRow | RowProblem:
        """The row with its fate, or why it cannot be used."""
        worker = self._workers.get(row.case_worker or self._default or "")
        if worker is None:
            column = self._columns.get("case_worker") if row.case_worker else None
            return RowProblem(row.line, column, _("names no active account that works on cases"))
        home = self._homes.get(fold(row.accommodation)) if row.accommodation else None
        if row.accommodation and home is None:
            column = self._columns["accommodation"]
            return RowProblem(row.line, column, _("names an accommodation that is not there"))
        return PlannedRow(
            row=row,
            fate=self._fate(row),
            creation_key=self._creation_key(row),
            client_id=self._client_id(row),
            worker=worker,
            accommodation_id=home,
        )

    def _fate(self, row: ClientRow) -> Fate:
        data = row.data
        person = Person(
            f"line {row.line}",
            data.given_name or "",
            data.family_name or "",
            data.birth_date,
            data.phone,
        )
        if self._creation_key(row) in self._keys:
            return "known"
        if self._client_id(row) in self._deleted:
            return "deleted"
        same = self._known.find(person)
        self._known.add(person)
        if same is None:
            return "new"
        self.duplicates.append(Duplicate(row.line, same.key))
        return "duplicate"

    def _creation_key(self, row: ClientRow) -> str:
        return derived_id("client-import", f"{self._source}:{row.key}")

    def _client_id(self, row: ClientRow) -> str:
        return derived_id("imported-client", f"{self._source}:{row.key}")


def _plan(
    session: Session, listed: ClientList, wishes: ImportWishes, folder: Path
) -> ClientImportReport:
    planner = _Planner(session, listed, wishes, folder)
    planned: list[PlannedRow] = []
    problems = list(listed.problems)
    for row in listed.rows:
        found = planner.plan(row)
        if isinstance(found, RowProblem):
            problems.append(found)
        else:
            planned.append(found)
    return ClientImportReport(
        planned=tuple(planned),
        duplicates=tuple(planner.duplicates),
        problems=_in_order(problems),
        unread_columns=listed.unread_columns,
    )


def _create_all(
    session: Session, runtime: Runtime, source: str, rows: Iterable[PlannedRow]
) -> list[RowProblem]:
    """Create them; tells those that could not be."""
    failed = []
    for planned in rows:
        try:
            with session.begin_nested():
                _create(session, runtime, source, planned)
        except LotsenbuchError as error:
            failed.append(RowProblem(planned.row.line, None, str(error)))
    return failed


def _create(session: Session, runtime: Runtime, source: str, planned: PlannedRow) -> None:
    if session.exec(select(Client.id).where(Client.creation_key == planned.creation_key)).first():
        return  # another import was quicker
    row = planned.row
    client = create_client(
        session,
        planned.worker,
        row.data.model_copy(update={"accommodation_id": planned.accommodation_id})
        if planned.accommodation_id
        else row.data,
        planned.creation_key,
        taxonomy=runtime.taxonomy,
        today=runtime.today,
        client_id=planned.client_id,
        is_imported=True,
    )
    client.counselling_started_on = row.started_on
    if row.household is not None:
        client.household_id = _household(session, f"{source}:{row.household}")
    session.add(client)
    session.flush()
    # It was the operator, whom the access log names with nobody, and not the case worker.
    session.exec(update(CaseEvent).where(col(CaseEvent.client_id) == client.id).values(actor_id=None))
    for history in (LevelEntry, ResidenceEntry):
        ours = col(history.client_id) == client.id
        session.exec(update(history).where(ours).values(recorded_by=None))


def _household(session: Session, key: str) -> str:
    identifier = derived_id("imported-household", key)
    if session.get(Household, identifier) is None:
        session.add(Household(id=identifier))
        session.flush()
    return identifier
