"""Several senders at once, and senders that are killed: no mail is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlmodel import select

from app.mail.models import OutboxMail
from app.mail.sending import CLAIM, send_due
from app.operations.runtime import Runtime
from tests.post_office import PostOffice, by_smtp, let_time_pass, write


def _start_sender(runtime: Runtime, office: PostOffice) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir),
        "LOTSENBUCH_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
    }
    program = [sys.executable, "-c", "from app.cli import main; main()", "mail", "send"]
    return subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL)


def test_two_sending_processes_send_each_of_100_mails_once(
    runtime: Runtime, office: PostOffice
) -> None:
    for number in range(100):
        write(runtime, str(number), recipient=f"p{number}@verein.example")
    office.delay_seconds = 0.005  # so that both have something to do
    senders = [_start_sender(runtime, office) for _ in range(2)]
    assert [sender.wait(timeout=60) for sender in senders] == [0, 0]
    assert len(office.taken) == 100
    assert set(office.ids().values()) == {1}


def _kill_senders(runtime: Runtime, office: PostOffice, kills: int, seed: int) -> None:
    """Kill the sending process at random moments; what stays must go out under the same id."""
    chance = random.Random(seed)  # noqa: S311  moments, not secrets
    office.delay_seconds = 0.02
    for _ in range(kills):
        before = len(office.taken)
        process = _start_sender(runtime, office)
        deadline = time.monotonic() + 30
        while len(office.taken) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.06))
        process.send_signal(signal.SIGKILL)
        process.wait()
        let_time_pass(runtime, CLAIM + timedelta(minutes=1))
    office.delay_seconds = 0
    send_due(runtime.database, by_smtp(runtime, office))


def _check_after_kills(runtime: Runtime, office: PostOffice, mails: int, kills: int) -> None:
    ids = office.ids()
    assert len(ids) == mails, "a mail was lost"
    assert sum(ids.values()) - mails <= kills, "more doubles than kills"
    with runtime.database.read() as session:
        assert {mail.state for mail in session.exec(select(OutboxMail))} == {"sent"}


def test_a_killed_sender_loses_no_mail(runtime: Runtime, office: PostOffice) -> None:
    for number in range(30):
        write(runtime, str(number), recipient=f"p{number}@verein.example")
    _kill_senders(runtime, office, kills=3, seed=1)
    _check_after_kills(runtime, office, mails=30, kills=3)


@pytest.mark.soak
def test_fifty_killed_senders_lose_no_mail(runtime: Runtime, office: PostOffice) -> None:
    for number in range(400):
        write(runtime, str(number), recipient=f"p{number}@verein.example")
    _kill_senders(runtime, office, kills=50, seed=2)
    _check_after_kills(runtime, office, mails=400, kills=50)
