"""``lotsenbuch privacy``: what is due to be deleted, deleting it, deleting one client."""

from __future__ import annotations

import json
import sys
from typing import Final

import click

from app.cli.options import open_from_environment
from app.operations.client_deletion import erase_client, reapply_deletions
from app.operations.retention import delete_due, list_due

EXIT_REFUSED: Final = 1


@click.group("privacy")
def command() -> None:
    """Delete what is due, or one client on request. Names are never shown, ids only."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def due(*, as_json: bool) -> None:
    """List what is due by retention.toml. Nothing is deleted."""
    runtime = open_from_environment()
    with runtime.database.read() as session:
        found = list_due(session, runtime.retention_rules, runtime.today)
    if as_json:
        lines = [
            {
                "kind": one.kind,
                "id": one.id,
                "since": one.since.isoformat(),
                "due_on": one.due_on.isoformat(),
            }
            for one in found
        ]
        click.echo(json.dumps(lines, indent=2))
        return
    for one in found:
        click.echo(f"{one.kind:<18} {one.id:<36} since {one.since}, due {one.due_on}")
    click.echo(f"{len(found)} due (nothing was deleted)")


@command.command()
@click.option("--yes", is_flag=True, help="Delete it; without it nothing happens.")
def delete(*, yes: bool) -> None:
    """Delete what is due, for good. Can be repeated, also after it was stopped in the middle."""
    if not yes:
        click.echo("look at `lotsenbuch privacy due` first, then say --yes", err=True)
        sys.exit(EXIT_REFUSED)
    counts = delete_due(open_from_environment())
    for kind, count in counts.items():
        click.echo(f"{kind:<18} {count}")
    click.echo(f"{counts.total()} deleted")


@command.command("delete-client")
@click.argument("client_id")
@click.option("--yes", is_flag=True, help="Delete; without it nothing happens.")
def delete_client(client_id: str, *, yes: bool) -> None:
    """Delete the client CLIENT_ID with everything that hangs on it, for good (Art. 17 GDPR)."""
    if not yes:
        click.echo("this deletes a case for good: say --yes", err=True)
        sys.exit(EXIT_REFUSED)
    runtime = open_from_environment()
    erase_client(runtime.settings, runtime.database, client_id)
    click.echo(f"deleted: {client_id}")


@command.command()
def reapply() -> None:
    """Delete again whoever a restored backup brought back (also done at every start)."""
    runtime = open_from_environment()
    again = reapply_deletions(runtime.settings, runtime.database)
    click.echo(f"{again} deleted again")
