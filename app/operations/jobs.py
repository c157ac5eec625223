"""The jobs that run by themselves: mails go out, and what `JOBS` names besides.

One process (`lotsenbuch jobs`) runs them; several do no harm, as each run is claimed in the database.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.core.clock import utc_now
from app.mail.sending import send_due
from app.operations.audit_log import verify_log
from app.operations.duplicates import look_for_duplicates
from app.operations.job_models import JobRun
from app.operations.leaving import note_who_left
from app.operations.match_all import match_all
from app.operations.partner_reminders import remind_partners
from app.operations.registrations import tidy_registrations
from app.operations.reminding import run_reminders
from app.operations.retention import run_deletions
from app.operations.runtime import Runtime
from app.operations.uploads import open_uploads
from app.operations.volunteer_mails import accompany_volunteers
from app.volunteers.pausing import resume_due

TRY_AGAIN_AFTER: Final = timedelta(hours=1)
"""When a run failed or did not come to its end; until then it may still be at it."""
ending = threading.Event()
"""Set when this process was asked to end: nothing new is begun then, a mail under way is finished."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again. Done twice, it must do no harm."""

    name: str
    every: timedelta
    run: Callable[[Runtime], None]


def _send_mails(runtime: Runtime) -> None:
    send_due(runtime.database, runtime.settings, ending.is_set)


def _find_duplicates(runtime: Runtime) -> None:
    look_for_duplicates(runtime.database)


def _find_new_duplicates(runtime: Runtime) -> None:
    look_for_duplicates(runtime.database, utc_now() - 3 * LOOK_FOR_NEW_DUPLICATES)


def _remind(runtime: Runtime) -> None:
    run_reminders(runtime)


def _remind_partners(runtime: Runtime) -> None:
    remind_partners(runtime)


def _match_caseload(runtime: Runtime) -> None:
    match_all(runtime)


def _verify_access_log(runtime: Runtime) -> None:
    verify_log(runtime)


def _resume_offers(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        resume_due(session, runtime.today)


def _tidy_registrations(runtime: Runtime) -> None:
    tidy_registrations(runtime)


def _accompany_volunteers(runtime: Runtime) -> None:
    accompany_volunteers(runtime)


def _drop_uploads(runtime: Runtime) -> None:
    open_uploads(runtime.settings.data_dir).drop_old(utc_now())


LOOK_FOR_NEW_DUPLICATES = timedelta(minutes=10)

JOBS: tuple[Job, ...] = (
    Job("send_mails", timedelta(seconds=20), _send_mails),
    Job("remind", timedelta(days=1), _remind),
    Job("remind_partners", timedelta(hours=1), _remind_partners),
    Job("find_duplicates", timedelta(days=1), _find_duplicates),
    Job("find_new_duplicates", LOOK_FOR_NEW_DUPLICATES, _find_new_duplicates),
    Job("match_all", timedelta(days=1), _match_caseload),
    Job("verify_access_log", timedelta(days=1), _verify_access_log),
    Job("drop_uploads", timedelta(minutes=10), _drop_uploads),
    Job("resume_offers", timedelta(hours=6), _resume_offers),
    Job("tidy_registrations", timedelta(days=1), _tidy_registrations),
    Job("accompany_volunteers", timedelta(days=1), _accompany_volunteers),
    Job("note_who_left", timedelta(days=1), note_who_left),
    Job("delete_due_data", timedelta(days=1), run_deletions),
)


def run_due_jobs(
    runtime: Runtime, jobs: Sequence[Job] = JOBS, now: datetime | None = None
) -> list[str]:
    """Run what is due; the names of the jobs that ran. A job that fails is logged, and noted."""
    ran = []
    for job in jobs:
        if ending.is_set():
            break
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


def _is_due(job: Job, last: JobRun | None, now: datetime) -> bool:
    if last is None:
        return True
    went_well = last.finished_at is not None and last.problem is None
    wait = job.every if went_well else min(job.every, TRY_AGAIN_AFTER)
    return last.started_at <= now - wait


def _claim(runtime: Runtime, job: Job, now: datetime) -> bool:
    """Whether this process is to run the job now: the first to note the start wins."""
    with runtime.database.read() as session:  # looked at every few seconds: no lock for that
        if not _is_due(job, session.get(JobRun, job.name), now):
            return False
    try:
        with runtime.database.write() as session:
            last = session.get(JobRun, job.name, with_for_update=True)
            if not _is_due(job, last, now):
                return False
            last = last or JobRun(name=job.name, started_at=now)
            last.started_at, last.finished_at, last.problem = now, None, None
            session.add(last)
    except IntegrityError:  # the first run of all, and another process was faster
        return False
    return True


def _note_end(runtime: Runtime, job: Job, problem: str | None) -> None:
    with runtime.database.write() as session:
        session.execute(
            update(JobRun)
            .where(col(JobRun.name) == job.name)
            .values(finished_at=utc_now(), problem=problem)
        )
