"""``lotsenbuch import``: entries from files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from app.cli.index import catch_up
from app.cli.options import open_from_environment
from app.directory.tables.table import UnreadableFileError
from app.directory.geocoding import build_geocoder, locate
from app.directory.importing import ImportReport, apply_entries, read_entries
from app.directory.interests import load_taxonomy
from app.operations.runtime import Runtime

EXIT_REFUSED = 1
MIN_ITEMS_FOR_PROGRESS = 100


@click.group("import")
def command() -> None:
    """Read entries from files into the directory."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="What the columns of a CSV file mean; not needed when its header fits a shipped mapping.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would happen, write nothing.")
@click.option("--strict", is_flag=True, help="One rejected row rejects the file (exit code 1).")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def directory(file: Path, mapping: Path | None, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Import providers and offers from FILE.

    FILE is a CSV file, a JSON file of HSDS 3.1 organisations, or a folder of such files. Entries are
    recognised by their key: a second import changes only what changed. Problems name the line of the
    file (the header is line 1), or in JSON the position of the entry. A file that cannot be used as a
    whole changes nothing (exit code 2).
    """
    runtime = open_from_environment()
    try:
        report = _run(runtime, file, mapping, dry_run=dry_run, strict=strict)
    except UnreadableFileError as error:
        raise UnreadableFileError(" ".join(f"{file}: {error}".split())) from None
    refused = strict and report.rejected > 0
    click.echo(_as_json(report) if as_json else _in_words(report, written=not (dry_run or refused)))
    if refused:
        sys.exit(EXIT_REFUSED)


def _run(
    runtime: Runtime, file: Path, mapping: Path | None, *, dry_run: bool, strict: bool
) -> ImportReport:
    find_position = partial(locate, geocoder=build_geocoder(runtime.settings))
    entries = read_entries(file, mapping, load_taxonomy(), find_position, _with_progress)
    with runtime.database.write() as session:
        report = apply_entries(session, entries, _with_progress)
        if dry_run or (strict and report.rejected):
            session.rollback()
            return report
    if report.created or report.changed:
        catch_up(runtime)
    return report


def _with_progress(items: Iterable[Any], length: int) -> Iterator[Any]:
    """``items``, with a bar on a terminal when there are many."""
    if length < MIN_ITEMS_FOR_PROGRESS or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, length=length, file=sys.stderr) as bar:
        yield from bar


def _as_json(report: ImportReport) -> str:
    counts = {
        name: getattr(report, name)
        for name in ("created", "changed", "unchanged", "flagged", "rejected")
    }
    problems = [asdict(problem) for problem in report.problems]
    return json.dumps(counts | {"problems": problems}, ensure_ascii=False, indent=2)


def _in_words(report: ImportReport, *, written: bool) -> str:
    lines = [
        f"created {report.created}, changed {report.changed}, unchanged {report.unchanged}, "
        f"rejected {report.rejected}; {report.flagged} entries should be completed"
    ]
    lines += [f"line {problem.line}: {problem.reason}" for problem in report.problems]
    if not written:
        lines.append("nothing was written")
    return "\n".join(lines)
