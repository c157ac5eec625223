"""``lotsenbuch export hsds``: the directory as a folder of HSDS files."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.options import open_from_environment
from app.directory.excerpts import LeftOut
from app.directory.hsds.exporting import build_export, write_export

_REASONS = {
    "protected": "protected (are in no export)",
    "internal": "internal (--internal exports them)",
    "draft": "not published yet",
    "paused": "paused",
    "unconfirmed": "taken out because nobody confirmed them",
    "withdrawn": "withdrawn",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--internal",
    is_flag=True,
    help="Everything but what is protected, also notes and names: to move to another instance.",
)
def hsds(folder: Path, *, internal: bool) -> None:
    """Write one HSDS 3.1 file per provider into FOLDER.

    Without --internal the files say what everybody may know, and can be published. Files that an
    earlier export wrote there and that are not needed any more are removed; others are left alone.
    """
    left_out: LeftOut = "protected" if internal else "not_public"
    with open_from_environment().database.read() as session:
        export = build_export(session, left_out)
    change = write_export(folder, export.files)
    click.echo(
        f"{len(export.files)} providers with {export.offers} offers: {change.written} files written, "
        f"{change.unchanged} unchanged, {change.removed} removed"
    )
    for reason, number in sorted(export.left_out.items()):
        click.echo(f"left out: {number} {_REASONS[reason]}")
