"""``lotsenbuch index``: the search index, which can be thrown away at any time."""

from __future__ import annotations

import sys

import click

from app.cli.options import open_from_environment
from app.operations.runtime import Runtime


@click.group("index")
def command() -> None:
    """Look after the search index."""


@command.command()
def rebuild() -> None:
    """Build the search index anew from the database."""
    engine = open_from_environment().search_engine
    with click.progressbar(
        length=1, label="Building the search index", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        offers = engine.rebuild(show)
    click.echo(f"The search index holds {offers} offers.")


def catch_up(runtime: Runtime) -> None:
    """Bring the index up to what was just written; a failure is told and undoes nothing.

    The database is the truth: the next search, or ``lotsenbuch index rebuild``, catches up.
    """
    try:
        runtime.search_engine.catch_up()
    except Exception as error:  # whatever is wrong with the index, the data is written
        click.echo(f"lotsenbuch: the search index is behind ({type(error).__name__})", err=True)
