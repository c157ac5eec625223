"""``lotsenbuch export``: the directory as files."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.exporting_hsds import hsds
from app.cli.options import open_from_environment
from app.core.errors import InvalidInputError
from app.core.i18n import language
from app.directory.interests import load_taxonomy
from app.directory.table_export import build_table, to_csv, to_xlsx
from app.directory.tables.directory_mapping import load_directory_mapping
from app.settings import SHIPPED_DATA

OWN_MAPPING = SHIPPED_DATA / "mappings" / "lotsenbuch.toml"
WRITERS = {".csv": to_csv, ".xlsx": to_xlsx}


@click.group("export")
def command() -> None:
    """Write the directory into files."""


command.add_command(hsds)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    default=OWN_MAPPING,
    help="Which columns the table has; default: all that a table can carry.",
)
@click.option("--all", "with_protected", is_flag=True, help="Protected entries, too.")
def table(file: Path, mapping: Path, *, with_protected: bool) -> None:
    """Write all offers into FILE (.csv or .xlsx), to be edited and imported again.

    Internal entries are part of it; it is a table for the house, not for publishing. With a mapping
    that names a source, only what came from it is written, with the keys of that list.
    """
    write = WRITERS.get(file.suffix.lower())
    if write is None:
        raise InvalidInputError(f"{file}: the name must end with .csv or .xlsx")
    with language("en"):
        columns = load_directory_mapping(mapping)
    concepts = load_taxonomy().concepts.keys()
    with open_from_environment().database.read() as session:
        found = build_table(session, columns, concepts, with_protected=with_protected)
    file.write_bytes(write(found))
    left_out = f"; {found.left_out} protected offers left out (--all)" if found.left_out else ""
    click.echo(f"{len(found.rows)} offers{left_out}")
