"""``lotsenbuch duplicates``: entries that may be the same."""

from __future__ import annotations

import click

from app.cli.options import open_from_environment
from app.operations.duplicates import look_for_duplicates


@click.group("duplicates")
def command() -> None:
    """Entries that may be the same."""


@command.command()
def find() -> None:
    """Look for them and put them before the editors; what was judged stays judged."""
    report = look_for_duplicates(open_from_environment().database)
    click.echo(
        f"Compared {report.compared} providers and their offers: {report.found} new pairs, "
        f"{report.dropped} no longer alike."
    )
