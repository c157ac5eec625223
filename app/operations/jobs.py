"""The jobs that run by themselves: mails go out, providers are reminded, duplicates are looked for.

One process (`lotsenbuch jobs`) runs them; several do no harm, as each run is claimed in the database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from app.core.clock import utc_now
from app.mail.sending import send_due
from app.operations.duplicates import look_for_duplicates
from app.operations.job_models import JobRun
from app.operations.reminding import run_reminders
from app.operations.runtime import Runtime

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again."""

    name: str
    every: timedelta
    run: Callable[[Runtime], None]


def _send_mails(runtime: Runtime) -> None:
    send_due(runtime.database, runtime.settings)


def _remind(runtime: Runtime) -> None:
    run_reminders(runtime)


def _find_duplicates(runtime: Runtime) -> None:
    look_for_duplicates(runtime.database)


def _find_new_duplicates(runtime: Runtime) -> None:
    look_for_duplicates(runtime.database, utc_now() - 3 * LOOK_FOR_NEW_DUPLICATES)


LOOK_FOR_NEW_DUPLICATES = timedelta(minutes=10)

JOBS: tuple[Job, ...] = (
    Job("send_mails", timedelta(seconds=20), _send_mails),
    Job("remind", timedelta(days=1), _remind),
    Job("find_duplicates", timedelta(days=1), _find_duplicates),
    Job("find_new_duplicates", LOOK_FOR_NEW_DUPLICATES, _find_new_duplicates),
)


def run_due_jobs(
    runtime: Runtime, jobs: Sequence[Job] = JOBS, now: datetime | None = None
) -> list[str]:
    """Run what is due; the names of the jobs that ran. A job that fails is logged, and noted."""
    ran = []
    for job in jobs:
        if not _claim(runtime, job, now or utc_now()):
            continue
        problem = None
        try:
            job.run(runtime)
        except Exception as error:  # one job must not stop the others
            _log.exception("job %s failed", job.name)
            problem = type(error).__name__
        _note_end(runtime, job, problem)
        ran.append(job.name)
    return ran


def _claim(runtime: Runtime, job: Job, now: datetime) -> bool:
    """Whether this process is to run the job now: the first to note the start wins."""
    with runtime.database.read() as session:
        known = session.get(JobRun, job.name)
    if known is not None and known.started_at > now - job.every:
        return False
    with runtime.database.write() as session:
        row = session.get(JobRun, job.name, with_for_update=True)
        if row is None:
            session.add(JobRun(name=job.name, started_at=now))
            return True
        claimed = session.execute(
            update(JobRun)
            .where(col(JobRun.name) == job.name, col(JobRun.started_at) <= now - job.every)
            .values(started_at=now, finished_at=None)
            .returning(col(JobRun.name))
        ).first()
        return claimed is not None


def _note_end(runtime: Runtime, job: Job, problem: str | None) -> None:
    with runtime.database.write() as session:
        session.execute(
            update(JobRun)
            .where(col(JobRun.name) == job.name)
            .values(finished_at=utc_now(), problem=problem)
        )
