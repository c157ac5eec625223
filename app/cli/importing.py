"""``lotsenbuch import``: entries of the directory from files; clients in `importing_clients`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from app.cli.importing_clients import clients
from app.cli.index import catch_up
from app.cli.options import open_from_environment
from app.core.i18n import language
from app.directory.geocoding import build_geocoder, locate
from app.directory.history import Author
from app.directory.import_applying import (
    ImportReport,
    apply_at_once,
    apply_in_batches,
    find_similar_entries,
    start_application,
)
from app.directory.importing import Entries, read_entries, without_lines
from app.directory.interests import load_taxonomy
from app.directory.tables.table import UnreadableFileError
from app.operations.runtime import Runtime

EXIT_REFUSED = 1
MIN_ITEMS_FOR_PROGRESS = 100


@click.group("import")
def command() -> None:
    """Read entries of the directory, or clients, from files."""


command.add_command(clients)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="What the columns of a table mean; not needed when its header fits a shipped mapping.",
)
@click.option("--sheet", help="The sheet of an Excel workbook; default: the first.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, write nothing.")
@click.option("--strict", is_flag=True, help="One rejected row rejects the file (exit code 1).")
@click.option("--skip-similar", is_flag=True, help="Leave out new entries that may be there already.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def directory(
    file: Path,
    mapping: Path | None,
    sheet: str | None,
    *,
    dry_run: bool,
    strict: bool,
    skip_similar: bool,
    as_json: bool,
) -> None:
    """Import providers and offers from FILE.

    FILE is a CSV or Excel table, a JSON file of HSDS 3.1 organisations, or a folder of such files.
    Entries are recognised by their key: a second import changes only what changed. A table that `export
    table` wrote comes back as edits: only changed cells change something. Problems name the line of the
    file (the header is line 1), or in JSON the position of the entry. A file that cannot be used as a
    whole changes nothing (exit code 2).
    """
    runtime = open_from_environment()
    wishes = _Wishes(dry_run=dry_run, strict=strict, skip_similar=skip_similar)
    try:
        with language("en"):
            report, is_table = _run(runtime, file, mapping, sheet, wishes)
    except UnreadableFileError as error:
        raise UnreadableFileError(" ".join(f"{file}: {error}".split())) from None
    refused = strict and report.rejected > 0
    if as_json and not is_table:
        report = replace(report, edits=())
    click.echo(_as_json(report) if as_json else _in_words(report, written=not (dry_run or refused)))
    if refused:
        sys.exit(EXIT_REFUSED)


@dataclass(frozen=True, slots=True)
class _Wishes:
    dry_run: bool
    strict: bool
    skip_similar: bool

    @property
    def at_once(self) -> bool:
        """All in one transaction, as it may have to be taken back."""
        return self.dry_run or self.strict


def _run(
    runtime: Runtime, file: Path, mapping: Path | None, sheet: str | None, wishes: _Wishes
) -> tuple[ImportReport, bool]:
    """The report, and whether the file was a table of the directory itself."""
    find_position = partial(locate, geocoder=build_geocoder(runtime.settings))
    taxonomy = load_taxonomy()
    found = read_entries(file, mapping, taxonomy, find_position, _with_progress, sheet)
    is_table = not isinstance(found, Entries)
    with runtime.database.read() as session:
        similar = find_similar_entries(session, found)
    if wishes.skip_similar:
        found = without_lines(found, {warning.line for warning in similar})
    author = Author(f"Import {file.name}")
    application = start_application(found, author, taxonomy.concepts, find_position)
    if not wishes.at_once:
        report = apply_in_batches(runtime.database, application, _with_progress)
    else:
        with runtime.database.write() as session:
            report = apply_at_once(session, application, _with_progress)
            if wishes.dry_run or report.rejected:
                session.rollback()
                return replace(report, similar=similar), is_table
    if report.created or report.changed:
        catch_up(runtime)
    return replace(report, similar=similar), is_table


def _with_progress(items: Iterable[Any], length: int) -> Iterator[Any]:
    """``items``, with a bar on a terminal when there are many."""
    if length < MIN_ITEMS_FOR_PROGRESS or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, length=length, file=sys.stderr) as bar:
        yield from bar


def _as_json(report: ImportReport) -> str:
    """The five numbers and the problems; edits and similar entries only where there are any."""
    counts: dict[str, Any] = {
        name: getattr(report, name)
        for name in ("created", "changed", "unchanged", "flagged", "rejected")
    }
    counts["problems"] = [asdict(problem) for problem in report.problems]
    if report.edits:
        counts["edits"] = [asdict(edit) for edit in report.edits]
    if report.similar:
        counts["similar"] = [asdict(warning) for warning in report.similar]
    return json.dumps(counts, ensure_ascii=False, indent=2, default=str)


def _in_words(report: ImportReport, *, written: bool) -> str:
    lines = [
        f"created {report.created}, changed {report.changed}, unchanged {report.unchanged}, "
        f"rejected {report.rejected}; {report.flagged} entries should be completed"
    ]
    told = [edit for edit in report.edits if edit.changes or not written]
    for edit in told:
        fields = ", ".join(change.field for change in edit.changes)
        lines.append(f"line {edit.line}: {edit.title}: {'new' if edit.is_new else fields}")
    for warning in report.similar:
        names = ", ".join(f"{one.name} ({one.score:.0f} %)" for one in warning.similar)
        lines.append(f"line {warning.line}: {warning.name} may be there already: {names}")
    lines += [f"line {problem.line}: {problem.reason}" for problem in report.problems]
    if not written:
        lines.append("nothing was written")
    return "\n".join(lines)
