"""``lotsenbuch audit``: proves the access log unbroken, seals its years, drops old ones."""

from __future__ import annotations

import sys
from typing import Final

import click

from app.audit.proving import Proof
from app.cli.options import open_from_environment
from app.operations.audit_log import (
    drop_years,
    list_years_to_drop,
    note_restored_backup,
    seal_log,
    verify_log,
)

EXIT_BROKEN: Final = 1
_WORDS: Final = {
    "missing": "an entry is missing",
    "altered": "the entry, or its place, is not as it was written",
    "not_as_noted": "the log was written anew: it differs from what was noted",
    "cut_off": "the newest entries are missing",
    "bad_segment": "the list of sealed years does not hang together",
}


@click.group("audit")
def command() -> None:
    """Prove the access log unbroken, seal years that are over, drop old ones."""


@command.command()
def verify() -> None:
    """Prove that no entry was changed, taken out, put in or moved (exit code 1: it is broken).

    The head of the log is noted in access-log-heads.txt in the data folder: keep a copy elsewhere, and
    nobody can cut off the end unseen.
    """
    _tell(verify_log(open_from_environment()))


@command.command()
def seal() -> None:
    """Seal each year that is over. A broken log is not sealed (exit code 1)."""
    proof, years = seal_log(open_from_environment())
    _tell(proof)
    click.echo(f"sealed: {_listed(years)}")


@command.command()
@click.option("--yes", is_flag=True, help="Drop them; without it they are only listed.")
def drop(*, yes: bool) -> None:
    """Drop sealed years whose period (retention.toml) is over, whole; the closing hash stays."""
    runtime = open_from_environment()
    if not yes:
        click.echo(f"due: {_listed(list_years_to_drop(runtime))} (nothing was dropped)")
        return
    years, entries = drop_years(runtime)
    click.echo(f"dropped: {_listed(years)}, {entries} entries")


@command.command()
@click.option("--yes", is_flag=True, required=True, help="Yes, a backup was restored.")
def restored(*, yes: bool) -> None:  # noqa: ARG001  click wants it to be given
    """Note that a backup was restored: entries written after it are lost, and no longer looked for."""
    last = note_restored_backup(open_from_environment())
    click.echo(f"noted: what was proved before counts up to entry {last}")


def _tell(proof: Proof) -> None:
    if proof.fault is not None:
        click.echo(f"BROKEN at entry {proof.broken_at}: {_WORDS[proof.fault]}")
        sys.exit(EXIT_BROKEN)
    click.echo(f"unbroken: {proof.checked} entries, head {proof.head_seq} {proof.head_hash}")


def _listed(years: list[int]) -> str:
    return ", ".join(map(str, years)) or "none"
