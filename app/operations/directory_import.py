"""Importing a file that an editor sent: first the report of what it would do, then doing it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlmodel import Session

from app.core.errors import ConflictError
from app.directory.geocoding import locate
from app.directory.history import Author
from app.directory.importing import (
    Application,
    DirectoryTable,
    Entries,
    ImportReport,
    apply_table,
    find_similar_entries,
    read_bytes,
    without_lines,
)
from app.directory.records import PlaceRecord
from app.operations.runtime import Runtime
from app.settings import SHIPPED_DATA

MAPPINGS: Final = SHIPPED_DATA / "mappings"
BATCH: Final = 200
"""Entries per transaction: others write in between."""


class ShownReportOutdatedError(ConflictError):
    """What the import would do is not what its report said any more."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """What was sent."""

    data: bytes
    is_json: bool
    mapping: str = ""
    """Name of a shipped mapping; empty: found out by the header."""
    sheet: str = ""


def list_mappings() -> list[str]:
    """The names of the shipped mappings."""
    return sorted(path.stem for path in MAPPINGS.glob("*.toml"))


def read_file(runtime: Runtime, file: ImportFile) -> Entries | DirectoryTable:
    """What is in it; raises `UnreadableFileError`.

    Positions come from what ships with the product: to ask a geocoder for each of a thousand rows
    takes far longer than anybody waits for a page.
    """
    mapping: Path | None = (
        MAPPINGS / f"{file.mapping}.toml" if file.mapping in list_mappings() else None
    )
    return read_bytes(
        file.data,
        file.is_json,
        mapping,
        runtime.taxonomy,
        _locate,
        lambda items, _length: items,
        file.sheet or None,
    )


def preview_import(runtime: Runtime, file: ImportFile, author: Author) -> ImportReport:
    """What importing ``file`` would do; writes nothing. Raises `UnreadableFileError`."""
    found = read_file(runtime, file)
    with runtime.database.read() as session:
        similar = find_similar_entries(session, found)
    if isinstance(found, Entries):
        return replace(_apply_list(runtime, found, is_trial=True), similar=similar)
    with runtime.database.write() as session:
        report = apply_table(session, found, author, runtime.taxonomy, _locate)
        session.rollback()
    return replace(report, similar=similar)


def import_file(
    runtime: Runtime, file: ImportFile, author: Author, wanted: Collection[int], as_shown: str
) -> ImportReport:
    """Do it. Of the providers that may be there already, only those in the lines ``wanted`` are
    created; `similar` of the report names the others.

    ``as_shown``: the `report_digest` of the report that the person has read. Raises
    `ShownReportOutdatedError`, and writes nothing, when a table of the directory would change something
    else by now. Raises `UnreadableFileError`.
    """
    found = read_file(runtime, file)
    with runtime.database.read() as session:
        similar = find_similar_entries(session, found)
    left_out = tuple(warning for warning in similar if warning.line not in wanted)
    kept = without_lines(found, {warning.line for warning in left_out})
    if isinstance(kept, Entries):
        return replace(_apply_list(runtime, kept, is_trial=False), similar=left_out)
    with runtime.database.write() as session:
        if isinstance(found, DirectoryTable):
            _refuse_outdated(session, runtime, found, author, as_shown)
        report = apply_table(session, kept, author, runtime.taxonomy, _locate)
    return replace(report, similar=left_out)


def report_digest(report: ImportReport) -> str:
    """What tells two reports apart (hexadecimal)."""
    return hashlib.sha256(repr(replace(report, similar=())).encode()).hexdigest()[:32]


def _locate(place: PlaceRecord) -> PlaceRecord:
    return locate(place)


def _refuse_outdated(
    session: Session, runtime: Runtime, table: DirectoryTable, author: Author, as_shown: str
) -> None:
    trial = session.begin_nested()
    report = apply_table(session, table, author, runtime.taxonomy, _locate)
    trial.rollback()
    if report_digest(report) != as_shown:
        raise ShownReportOutdatedError("the directory was changed since the report was made")


def _apply_list(runtime: Runtime, entries: Entries, *, is_trial: bool) -> ImportReport:
    """Apply ``entries`` in short transactions; a trial takes each of them back."""
    application = Application(entries)
    order = list(application.order)
    for start in range(0, len(order), BATCH):
        with runtime.database.write() as session:
            application.apply(session, order[start : start + BATCH])
            if is_trial:
                session.rollback()
    return application.report()
