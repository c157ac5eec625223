"""The regular jobs: each run once when due, also with several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.core.clock import utc_now
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail
from app.operations.job_models import JobRun
from app.operations.jobs import Job, run_due_jobs
from app.operations.runtime import Runtime


def test_a_job_runs_when_it_is_due_and_not_before(runtime: Runtime) -> None:
    ran: list[str] = []
    jobs = [
        Job("daily", timedelta(days=1), lambda _: ran.append("daily")),
        Job("hourly", timedelta(hours=1), lambda _: ran.append("hourly")),
    ]
    start = utc_now()
    for hours in (0, 0.5, 1, 23, 24.1):
        run_due_jobs(runtime, jobs, start + timedelta(hours=hours))
    assert ran == ["daily", "hourly", "hourly", "hourly", "daily", "hourly"]


def test_several_processes_run_a_job_once(runtime: Runtime) -> None:
    ran: list[int] = []
    job = Job("daily", timedelta(days=1), lambda _: ran.append(1))
    now = utc_now()
    for day in range(3):
        moment = now + timedelta(days=day, minutes=day)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _, m=moment: run_due_jobs(runtime, [job], m), range(8)))
        assert len(ran) == day + 1


def test_a_job_that_fails_is_noted_and_stops_no_other(runtime: Runtime) -> None:
    ran: list[str] = []

    def fail(_runtime: Runtime) -> None:
        raise ValueError("words that must not be stored")

    jobs = [
        Job("bad", timedelta(hours=1), fail),
        Job("good", timedelta(hours=1), lambda _: ran.append("x")),
    ]
    run_due_jobs(runtime, jobs)
    assert ran == ["x"]
    with runtime.database.read() as session:
        assert session.get_one(JobRun, "bad").problem == "ValueError"
        assert session.get_one(JobRun, "good").problem is None


def test_the_process_sends_mail_and_ends_when_asked(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        draft = draft_mail(key="k", purpose="p", recipient="a@b.example", subject="s", text="t")
        mail_id = write_mail(session, draft)
    environment = os.environ | {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    program = [sys.executable, "-c", "from app.cli import main; main()", "jobs"]
    process = subprocess.Popen(program, env=environment)
    deadline = time.monotonic() + 60
    state = "waiting"
    while state == "waiting" and time.monotonic() < deadline:
        time.sleep(0.1)
        with runtime.database.read() as session:
            state = session.get_one(OutboxMail, mail_id).state
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert state == "sent"
