"""``lotsenbuch import clients``: a list of clients becomes cases."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from app.cli.options import open_from_environment
from app.core.i18n import language
from app.directory.tables.table import UnreadableFileError
from app.operations.client_import import (
    ROWS_PER_TRANSACTION,
    ClientImportReport,
    ImportWishes,
    PlannedRow,
    import_clients,
)

EXIT_REFUSED: Final = 1
_FATES: Final = {
    "new": "would be created",
    "known": "is there already from an earlier import",
    "deleted": "was deleted here and is not created again",
    "duplicate": "is likely somebody known",
}


@click.command("clients")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="What the columns mean; default: data/mappings/cases/clients.toml.",
)
@click.option("--sheet", help="The sheet of an Excel workbook; default: the first.")
@click.option(
    "--case-worker", metavar="EMAIL", help="Whose cases they become where the row says nothing."
)
@click.option("--with-duplicates", is_flag=True, help="Also create who is likely known already.")
@click.option("--dry-run", is_flag=True, help="Tell line by line what would happen, write nothing.")
@click.option("--strict", is_flag=True, help="One unusable row refuses the file (exit code 1).")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def clients(file: Path, *, as_json: bool, **wishes: Any) -> None:
    """Open cases for the people listed in FILE, a CSV or Excel table.

    A row that cannot be used is told with line and column (the header of a plain file is line 1), the
    others go in. Whoever is likely known, here or further up in the file, is listed and not created.
    The same file again creates nothing. Reports hold lines and ids, no names. A file that cannot be
    used as a whole changes nothing (exit code 2).
    """
    runtime = open_from_environment()
    wanted = ImportWishes(
        mapping=wishes["mapping"],
        sheet=wishes["sheet"],
        case_worker=wishes["case_worker"],
        with_duplicates=wishes["with_duplicates"],
        is_strict=wishes["strict"],
        is_dry_run=wishes["dry_run"],
    )
    try:
        with language("en"):
            report = import_clients(runtime, file, wanted, _with_progress)
    except UnreadableFileError as error:
        raise UnreadableFileError(" ".join(f"{file}: {error}".split())) from None
    click.echo(_as_json(report) if as_json else _in_words(report, is_dry_run=wanted.is_dry_run))
    if wanted.is_strict and report.problems:
        sys.exit(EXIT_REFUSED)


def _with_progress(items: Iterable[Any], length: int) -> Iterator[Any]:
    """``items``, with a bar on a terminal when there are many."""
    if length <= ROWS_PER_TRANSACTION or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, file=sys.stderr) as bar:
        yield from bar


def _counts(report: ClientImportReport) -> dict[str, int]:
    return {
        "created": report.created,
        "known": report.count("known"),
        "deleted": report.count("deleted"),
        "duplicates": len(report.duplicates),
        "rejected": len(report.problems),
    }


def _as_json(report: ClientImportReport) -> str:
    """The numbers, then everything with its line."""
    told: dict[str, Any] = {
        **_counts(report),
        "rows": [{"line": one.row.line, "fate": one.fate} for one in report.planned],
        "duplicate_of": [asdict(one) for one in report.duplicates],
        "problems": [asdict(one) for one in report.problems],
        "unread_columns": list(report.unread_columns),
        "written": report.is_written,
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _in_words(report: ClientImportReport, *, is_dry_run: bool) -> str:
    lines = [", ".join(f"{name} {count}" for name, count in _counts(report).items())]
    if is_dry_run:
        lines += [_row_words(one) for one in report.planned]
    lines += [f"line {one.line}: is likely {one.same_as}" for one in report.duplicates]
    for problem in report.problems:
        where = f", column “{problem.column}”" if problem.column else ""
        lines.append(f"line {problem.line}{where}: {problem.reason}")
    if report.unread_columns:
        lines.append(f"columns that were not read: {', '.join(report.unread_columns)}")
    if not report.is_written:
        lines.append("nothing was written")
    return "\n".join(lines)


def _row_words(planned: PlannedRow) -> str:
    """The fate of a row. Initials help who compares it with the file; only a person at a terminal
    gets them, no log does."""
    who = f" ({planned.initials})" if sys.stdout.isatty() else ""
    return f"line {planned.row.line}{who}: {_FATES[planned.fate]}"
