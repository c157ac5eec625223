"""Importing a file that an editor sent: first the report of what it would do, then doing it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from app.core.errors import ConflictError
from app.directory.geocoding import locate
from app.directory.history import Author
from app.directory.import_applying import (
    ImportReport,
    apply_in_batches,
    find_similar_entries,
    start_application,
)
from app.directory.importing import DirectoryTable, Entries, read_bytes, without_lines
from app.directory.records import PlaceRecord
from app.operations.runtime import Runtime
from app.settings import SHIPPED_DATA

MAPPINGS: Final = SHIPPED_DATA / "mappings"


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
        _all,
        file.sheet or None,
    )


def preview_import(runtime: Runtime, file: ImportFile, author: Author) -> ImportReport:
    """What importing ``file`` would do; writes nothing. Raises `UnreadableFileError`."""
    found = read_file(runtime, file)
    with runtime.database.read() as session:
        similar = find_similar_entries(session, found)
    return replace(_apply(runtime, found, author, is_trial=True), similar=similar)


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
    # A list is merged with what editors changed meanwhile; a table overwrites it.
    if isinstance(found, DirectoryTable):
        now = _apply(runtime, found, author, is_trial=True)
        if report_digest(now) != as_shown:
            raise ShownReportOutdatedError("the directory was changed since the report was made")
    return replace(_apply(runtime, kept, author, is_trial=False), similar=left_out)


def report_digest(report: ImportReport) -> str:
    """What tells two reports apart (hexadecimal)."""
    return hashlib.sha256(repr(replace(report, similar=())).encode()).hexdigest()[:32]


def _locate(place: PlaceRecord) -> PlaceRecord:
    return locate(place)


def _all(items: Iterable[Any], _length: int) -> Iterable[Any]:
    return items


def _apply(
    runtime: Runtime, found: Entries | DirectoryTable, author: Author, *, is_trial: bool
) -> ImportReport:
    application = start_application(found, author, runtime.taxonomy.concepts, _locate)
    return apply_in_batches(runtime.database, application, _all, is_trial=is_trial)
