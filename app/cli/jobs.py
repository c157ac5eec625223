"""``lotsenbuch jobs``: what runs by itself."""

from __future__ import annotations

import logging
import os
import signal
from types import FrameType

import click

from app.cli.options import open_from_environment
from app.core.db import storage_problem
from app.operations.jobs import ending, run_due_jobs
from app.operations.runtime import Runtime

LOOK_EVERY_SECONDS = 5
_log = logging.getLogger(__name__)


@click.command()
@click.option("--once", is_flag=True, help="Run what is due now, then end.")
@click.option(
    "--parent", type=int, hidden=True, help="End when this process is not the parent any more."
)
def command(*, once: bool, parent: int | None) -> None:
    """Run the regular jobs (mails go out, and more) until stopped.

    Several of these processes do no harm: each run is claimed in the database.
    """
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    runtime = open_from_environment()
    if once:
        click.echo("\n".join(run_due_jobs(runtime)) or "nothing was due")
        return
    while not ending.is_set() and parent in {None, os.getppid()}:
        _run_due(runtime)
        ending.wait(LOOK_EVERY_SECONDS)


def _end(_number: int, _frame: FrameType | None) -> None:
    ending.set()


def _run_due(runtime: Runtime) -> None:
    """Run what is due; a database that is away or locked for a while must not end the process."""
    try:
        run_due_jobs(runtime)
    except Exception as error:
        problem = storage_problem(error)
        if problem is None:
            raise
        _log.warning("the jobs wait: %s", problem)
