"""``lotsenbuch websites``: whether the web addresses in the directory work."""

from __future__ import annotations

import sys

import click

from app.cli.options import open_from_environment
from app.operations.website_checking import build_visitor, check_websites


@click.group("websites")
def command() -> None:
    """Look after the web addresses in the directory."""


@command.command()
@click.option("--limit", type=click.IntRange(min=1), help="Look at no more than so many addresses.")
@click.option("--all", "everything", is_flag=True, help="Also those that were in order this week.")
def check(limit: int | None, everything: bool) -> None:
    """Look at the web addresses of published offers and their providers.

    Asks the servers of others, at most once a second each; nothing is downloaded. An address counts as
    broken when its page is gone, or when it failed on two different days. Editors find them under
    “Pflege”. Runs only when it is called.
    """
    runtime = open_from_environment()
    with click.progressbar(
        length=1, label="Looking at web addresses", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        counts = check_websites(
            runtime, build_visitor(runtime), limit=limit, everything=everything, tell=show
        )
    click.echo(
        f"looked at {counts.total()} addresses: {counts['ok']} in order, {counts['gone']} gone, "
        f"{counts['failing']} failing, {counts['unreachable']} unreachable"
    )
