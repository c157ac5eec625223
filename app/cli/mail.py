"""``lotsenbuch mail``: the outbox."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.options import open_from_environment
from app.core.errors import NotFoundError
from app.mail.bounces import record_bounce
from app.mail.queries import MAIL_STATES, list_mails
from app.mail.sending import send_due

EXIT_REFUSED = 1


@click.group("mail")
def command() -> None:
    """Send mails, look at the outbox, take in what came back."""


@command.command()
def send() -> None:
    """Send what is due, once. `lotsenbuch jobs` does so all the time."""
    runtime = open_from_environment()
    report = send_due(runtime.database, runtime.settings)
    click.echo(
        f"sent {report.sent}, postponed {report.postponed}, refused {report.bounced}, "
        f"given up {report.failed}"
    )


@command.command("list")
@click.option("--state", type=click.Choice(MAIL_STATES), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_outbox(state: str | None, limit: int) -> None:
    """Show the newest mails: when written, state, recipient, subject."""
    with open_from_environment().database.read() as session:
        for mail in list_mails(session, state, limit):
            click.echo(
                f"{mail.created_at:%Y-%m-%d %H:%M}  {mail.state:<9}  {mail.recipient}  {mail.subject}"
            )


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
def bounces(files: tuple[Path, ...]) -> None:
    """Take in delivery status notifications from FILES (`-`: standard input).

    For the mail server's filter. What reports no permanent failure of a mail of ours is passed over
    (exit code 1 when none of the files did).
    """
    runtime = open_from_environment()
    noted = 0
    for file in files:
        with runtime.database.write() as session:
            noted += record_bounce(session, _read(file))
    click.echo(f"{noted} of {len(files)} reported a mail that could not be delivered")
    if not noted:
        sys.exit(EXIT_REFUSED)


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    if not file.is_file():
        raise NotFoundError(f"{file}: there is no such file")
    return file.read_bytes()
