"""``lotsenbuch index``: the search index, which can be thrown away at any time."""

from __future__ import annotations

import click

from app.cli.options import open_from_environment
from app.operations.runtime import Runtime


@click.group("index")
def command() -> None:
    """Look after the search index."""


@command.command()
def rebuild() -> None:
    """Build the search index anew from the database."""
    runtime = open_from_environment()
    runtime.search_engine.rebuild()
    click.echo("The search index has been rebuilt.")


def catch_up(runtime: Runtime) -> None:
    """Bring the index up to what was just written; a failure is told and undoes nothing.

    The database is the truth: the next search, or ``lotsenbuch index rebuild``, catches up.
    """
    try:
        runtime.search_engine.catch_up()
    except Exception as error:  # whatever is wrong with the index, the data is written
        click.echo(f"lotsenbuch: the search index is behind ({type(error).__name__})", err=True)
