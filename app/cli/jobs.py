"""``lotsenbuch jobs``: what runs by itself."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import click

from app.cli.options import open_from_environment
from app.operations.jobs import run_due_jobs

LOOK_EVERY_SECONDS = 5


@click.command()
@click.option("--once", is_flag=True, help="Run what is due now, then end.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the starting process has.")
def command(*, once: bool, with_parent: bool) -> None:
    """Run the regular jobs (mails, reminders, the search for duplicates) until stopped.

    Several of these processes do no harm: each run is claimed in the database.
    """
    runtime, parent = open_from_environment(), os.getppid()
    end = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        end.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        ran = run_due_jobs(runtime)
        if once:
            click.echo("\n".join(ran) or "nothing was due")
            return
        if end.wait(LOOK_EVERY_SECONDS) or (with_parent and os.getppid() != parent):
            return
