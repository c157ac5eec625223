"""``lotsenbuch keys``: the keys of sensitive texts."""

from __future__ import annotations

import sys
from typing import Final

import click

from app.cli.options import open_from_environment
from app.core.secrets import configured_keys, new_key
from app.operations.reencryption import KeyReport, check_keys, reencrypt

EXIT_NOT_ALL: Final = 1


@click.group("keys")
def command() -> None:
    """Make keys, and encrypt sensitive texts anew with the newest one."""


@command.command()
def new() -> None:
    """Print a fresh key. Put it first in LOTSENBUCH_ENCRYPTION_KEYS, before the ones in use."""
    click.echo(new_key())


@command.command("reencrypt")
@click.option("--check", is_flag=True, help="Only tell how many texts still need an older key.")
def reencrypt_texts(*, check: bool) -> None:
    """Encrypt every sensitive text with the newest key; can be stopped and repeated at any time.

    Exit code 1: some texts still need an older key (--check), or no key opens them.
    """
    runtime = open_from_environment()
    keys = configured_keys(runtime.settings)
    if check:
        report = check_keys(runtime.database, keys)
        click.echo(f"{report.with_newest} with the newest key, {report.with_older} with older ones")
    else:
        report = reencrypt(runtime.database, keys)
        click.echo(f"{report.with_older} encrypted anew, {report.with_newest} were up to date")
    _tell_unreadable(report)
    if report.unreadable or (check and report.with_older):
        sys.exit(EXIT_NOT_ALL)


def _tell_unreadable(report: KeyReport) -> None:
    for column, count in sorted(report.unreadable.items()):
        click.echo(f"{column}: {count} that no key opens", err=True)
