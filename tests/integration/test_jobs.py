"""The regular jobs: each run once when due, also with several processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psutil
import pytest

from app.core.clock import utc_now
from app.operations.job_models import JobRun
from app.operations.jobs import JOBS, Job, run_due_jobs
from app.operations.runtime import Runtime
from app.operations.uploads import KEPT_FOR, new_upload, open_uploads
from tests.post_office import mail_of, write


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


def test_a_run_that_failed_or_was_killed_is_tried_again_before_the_day_is_over(
    runtime: Runtime,
) -> None:
    ran: list[int] = []

    def fail_at_first(_runtime: Runtime) -> None:
        ran.append(1)
        if len(ran) == 1:
            raise ValueError
        if len(ran) == 2:
            raise SystemExit  # as if killed: the end is never noted

    job = Job("daily", timedelta(days=1), fail_at_first)
    start = utc_now()
    run_due_jobs(runtime, [job], start)
    run_due_jobs(runtime, [job], start + timedelta(minutes=59))
    with pytest.raises(SystemExit):
        run_due_jobs(runtime, [job], start + timedelta(minutes=61))
    for hours in (1.5, 2.1, 3.2, 20):
        run_due_jobs(runtime, [job], start + timedelta(hours=hours))
    assert len(ran) == 3


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


def _start(runtime: Runtime, *words: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    program = [sys.executable, "-c", "from app.cli import main; main()", *words]
    return subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL)


def _wait_until_sent(runtime: Runtime, mail_id: str) -> None:
    deadline = time.monotonic() + 60
    while mail_of(runtime, mail_id).state != "sent":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_process_sends_mail_and_ends_when_asked(runtime: Runtime) -> None:
    mail_id = write(runtime)
    process = _start(runtime, "jobs")
    _wait_until_sent(runtime, mail_id)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL], ids=["asked", "killed"])
def test_the_server_sends_mail_as_long_as_it_runs(runtime: Runtime, way: signal.Signals) -> None:
    mail_id = write(runtime)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = _start(runtime, "serve", "--port", str(port), "--workers", "1")
    _wait_until_sent(runtime, mail_id)
    (jobs,) = (p for p in psutil.Process(server.pid).children() if "jobs" in p.cmdline())
    server.send_signal(way)
    server.wait(timeout=60)
    assert psutil.wait_procs([jobs], timeout=60)[1] == []


def test_an_upload_that_nobody_comes_back_to_goes_after_its_hour(runtime: Runtime) -> None:
    uploads, now = open_uploads(runtime.settings.data_dir), utc_now()
    for sent_at in (now, now - KEPT_FOR - timedelta(minutes=1)):
        uploads.keep(new_upload("me", "angebote.csv", sent_at), b"x", sent_at)
    folder = runtime.settings.data_dir / "uploads"
    assert len(list(folder.iterdir())) == 4
    jobs = [job for job in JOBS if job.name == "drop_uploads"]
    assert run_due_jobs(runtime, jobs) == ["drop_uploads"]
    assert len(list(folder.iterdir())) == 2
