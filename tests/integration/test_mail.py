"""The outbox against a real SMTP server: sent once, tried again, given back, taken back."""

from __future__ import annotations

import email
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner
from sqlalchemy import update
from sqlmodel import col, select

from app.cli import cli
from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.mail.bounces import read_bounce, record_bounce
from app.mail.models import OutboxMail
from app.mail.sending import WAITS, send_due, wait_after
from app.mail.service import (
    bounced_recipients,
    build_html,
    draft_mail,
    send_again,
    withdraw_mail,
    write_mail,
)
from app.operations.runtime import Runtime
from app.settings import Settings


class PostOffice:
    """An SMTP server that keeps what it takes, and refuses whom it is told to."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.delay_seconds = 0.0

    async def handle_RCPT(  # noqa: N802  the name that the server calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content or b"", policy=default)
        self.taken.append((envelope.rcpt_tos[0], message))
        time.sleep(self.delay_seconds)
        return "250 taken"

    def ids(self) -> Counter[str]:
        return Counter(str(message["Message-ID"]) for _, message in self.taken)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        handler = PostOffice(free.getsockname()[1])
    server = Controller(handler, hostname="127.0.0.1", port=handler.port)
    server.start()
    yield handler
    server.stop()


def by_smtp(runtime: Runtime, office: PostOffice) -> Settings:
    return replace(runtime.settings, smtp_url=f"smtp://127.0.0.1:{office.port}")


def write(runtime: Runtime, key: str = "a", **values: Any) -> str:
    mail = {
        "key": key,
        "purpose": "reminder",
        "recipient": "büro@verein.example",
        "subject": "Stimmt das noch? Öffnungszeiten",
        "text": "Guten Tag,\n\nbitte sehen Sie hier nach: https://x.example/a?b=1\nDanke!",
    }
    with runtime.database.write() as session:
        return write_mail(session, draft_mail(**(mail | values)))


def mail_of(runtime: Runtime, mail_id: str) -> OutboxMail:
    with runtime.database.read() as session:
        return session.get_one(OutboxMail, mail_id)


def let_time_pass(runtime: Runtime, time_passed: timedelta) -> None:
    """As if everything in the outbox had been written and claimed so much earlier."""
    moments = ("hold_until", "next_attempt_at", "claimed_until")
    with runtime.database.write() as session:
        for mail in session.exec(select(OutboxMail)):
            for name in moments:
                if (moment := getattr(mail, name)) is not None:
                    setattr(mail, name, moment - time_passed)
            session.add(mail)


def test_a_mail_goes_out_once_as_text_and_html(runtime: Runtime, office: PostOffice) -> None:
    mail_id = write(runtime, recipient="buero@verein.example", reply_to="haus@stadt.example")
    settings = by_smtp(runtime, office)
    assert send_due(runtime.database, settings).sent == 1
    assert send_due(runtime.database, settings).sent == 0
    ((recipient, message),) = office.taken
    assert recipient == "buero@verein.example"
    assert message["Subject"] == "Stimmt das noch? Öffnungszeiten"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "haus@stadt.example"
    text = message.get_body(("plain",))
    page = message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Guten Tag" in text.get_content()
    assert '<a href="https://x.example/a?b=1">' in page.get_content()
    assert mail_of(runtime, mail_id).state == "sent"


def test_the_same_key_is_written_once(runtime: Runtime) -> None:
    first = write(runtime, "reminder:1")
    assert write(runtime, "reminder:1", subject="Etwas anderes") == first
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: write(runtime, "reminder:2"), range(16)))
    assert len(ids) == 1
    with runtime.database.read() as session:
        assert len(session.exec(select(OutboxMail)).all()) == 2


def test_a_mail_of_a_transaction_that_fails_was_never_written(runtime: Runtime) -> None:
    draft = draft_mail(key="k", purpose="p", recipient="a@b.example", subject="s", text="t")

    def write_and_fail() -> None:
        with runtime.database.write() as session:
            write_mail(session, draft)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with runtime.database.read() as session:
        assert session.exec(select(OutboxMail)).all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", "a@b.example\r\nBcc: c@d.example"),
        ("recipient", "a@b.example, c@d.example"),
        ("recipient", "nobody"),
        ("recipient", "Name <a@b.example>"),
        ("recipient", "a" * 300 + "@b.example"),
        ("reply_to", "a@b.example\nX: y"),
        ("subject", "Hallo\nBcc: c@d.example"),
        ("subject", ""),
        ("subject", "x" * 301),
        ("text", "x" * 100_001),
        ("purpose", "drop table"),
    ],
    ids=lambda value: str(value)[:12].strip().replace("\r\n", " "),
)
def test_what_does_not_belong_into_a_head_line_is_refused(field: str, value: str) -> None:
    sound = {"key": "k", "purpose": "p", "recipient": "a@b.example", "subject": "s", "text": "t"}
    with pytest.raises(InvalidInputError) as error:
        draft_mail(**(sound | {field: value}))
    assert error.value.field == field


def test_words_of_others_stay_words_in_the_html_part() -> None:
    page = build_html('Titel: <script>alert("1")</script>\n\nhttps://x.example/"><b>')
    assert "<script>" not in page
    assert "<b>" not in page


def test_a_refused_address_bounces_and_the_next_mail_goes_out(
    runtime: Runtime, office: PostOffice
) -> None:
    office.answers["gone@verein.example"] = "550 5.1.1 no such user"
    refused = write(runtime, "1", recipient="gone@verein.example")
    write(runtime, "2", recipient="here@verein.example")
    report = send_due(runtime.database, by_smtp(runtime, office))
    assert (report.bounced, report.sent) == (1, 1)
    mail = mail_of(runtime, refused)
    assert (mail.state, mail.last_error) == ("bounced", "550 5.1.1 no such user")
    with runtime.database.read() as session:
        assert bounced_recipients(session) == {"gone@verein.example"}


def test_what_fails_for_now_is_tried_again_later_and_given_up_in_the_end(
    runtime: Runtime, office: PostOffice
) -> None:
    office.answers["busy@verein.example"] = "451 4.3.0 try later"
    mail_id = write(runtime, recipient="busy@verein.example")
    settings = by_smtp(runtime, office)
    for attempt in range(1, len(WAITS) + 1):
        assert send_due(runtime.database, settings).postponed == 1
        assert send_due(runtime.database, settings).postponed == 0
        mail = mail_of(runtime, mail_id)
        wait = mail.next_attempt_at - utc_now()
        assert mail.attempts == attempt
        assert timedelta(0) < wait <= WAITS[attempt - 1]
        let_time_pass(runtime, wait + timedelta(seconds=1))
    assert send_due(runtime.database, settings).failed == 1
    assert mail_of(runtime, mail_id).state == "failed"
    office.answers.clear()
    with runtime.database.write() as session:
        assert send_again(session, mail_id)
    assert send_due(runtime.database, settings).sent == 1
    assert wait_after(len(WAITS) + 1) is None


def test_without_a_server_everything_waits(runtime: Runtime, office: PostOffice) -> None:
    mail_id = write(runtime, recipient="a@verein.example")
    away = replace(runtime.settings, smtp_url="smtp://someone:s3cret-word@127.0.0.1:1")
    assert send_due(runtime.database, away).postponed == 1
    mail = mail_of(runtime, mail_id)
    assert (mail.state, mail.attempts) == ("waiting", 0)
    assert "s3cret-word" not in str(mail)
    assert send_due(runtime.database, by_smtp(runtime, office)).sent == 1


def test_a_held_mail_can_be_taken_back_and_a_sent_one_not(runtime: Runtime, office: PostOffice) -> None:
    held = write(runtime, "1", recipient="a@b.example", hold_for=timedelta(minutes=10))
    other = write(runtime, "2", recipient="a@b.example", hold_for=timedelta(minutes=10))
    settings = by_smtp(runtime, office)
    assert send_due(runtime.database, settings).sent == 0
    with runtime.database.write() as session:
        assert withdraw_mail(session, held)
        assert not withdraw_mail(session, held)
    let_time_pass(runtime, timedelta(minutes=11))
    assert send_due(runtime.database, settings).sent == 1
    with runtime.database.write() as session:
        assert not withdraw_mail(session, other)


def test_several_senders_send_each_mail_once(runtime: Runtime, office: PostOffice) -> None:
    for number in range(60):
        write(runtime, str(number), recipient=f"p{number}@verein.example")
    settings = by_smtp(runtime, office)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: send_due(runtime.database, settings), range(4)))
    assert sum(report.sent for report in reports) == 60
    assert set(office.ids().values()) == {1}
    assert len(office.taken) == 60


def _kill_senders(runtime: Runtime, office: PostOffice, kills: int, seed: int) -> None:
    """Kill the sending process at random moments; what stays must go out under the same id."""
    chance = random.Random(seed)  # noqa: S311  moments, not secrets
    environment = os.environ | {
        "LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir),
        "LOTSENBUCH_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
    }
    program = [sys.executable, "-c", "from app.cli import main; main()", "mail", "send"]
    office.delay_seconds = 0.02
    for _ in range(kills):
        before = len(office.taken)
        process = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while len(office.taken) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.06))
        process.send_signal(signal.SIGKILL)
        process.wait()
        let_time_pass(runtime, timedelta(minutes=6))
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


def test_in_the_demo_a_mail_is_a_file_of_its_own(runtime: Runtime) -> None:
    mail_id = write(runtime, recipient="a@verein.example")
    assert send_due(runtime.database, runtime.settings).sent == 1
    (file,) = runtime.settings.mail_folder.glob("*")
    assert file.name == f"{mail_id}.eml"
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert message["To"] == "a@verein.example"
    with runtime.database.write() as session:
        session.execute(update(OutboxMail).where(col(OutboxMail.id) == mail_id).values(state="waiting"))
    send_due(runtime.database, runtime.settings)
    assert list(runtime.settings.mail_folder.glob("*")) == [file]


def notification(message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """What a mail server sends back, with the headers of our mail at the end."""
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: lotsenbuch@demo.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; gone@verein.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 mailbox unavailable\r\n\r\n"
        "--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: lotsenbuch@demo.example\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\n--x--\r\n"
    ).encode()


def test_a_returned_mail_is_noted_once(runtime: Runtime) -> None:
    mail_id = write(runtime, recipient="gone@verein.example")
    send_due(runtime.database, runtime.settings)
    message_id = mail_of(runtime, mail_id).message_id
    with runtime.database.write() as session:
        assert not record_bounce(session, notification(message_id, "delayed", "4.4.1"))
        assert record_bounce(session, notification(message_id))
        assert not record_bounce(session, notification(message_id))
    mail = mail_of(runtime, mail_id)
    assert (mail.state, mail.last_error) == ("bounced", "smtp; 550 mailbox unavailable")
    with runtime.database.read() as session:
        assert bounced_recipients(session) == {"gone@verein.example"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"Subject: hello\r\n\r\nout of office",
        notification("<somebody@else>"),
        notification("<00000000-0000-0000-0000-000000000000@lotsenbuch>").replace(b"5.1.1", b"9.9"),
        b"x" * (3 * 1024 * 1024),
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/",
    ],
    ids=["empty", "bytes", "note", "foreign", "no-status", "huge", "cut"],
)
def test_what_is_no_notification_is_passed_over(data: bytes) -> None:
    bounce = read_bounce(data)
    assert bounce is None or not bounce.message_id.endswith("@lotsenbuch>")


def test_the_commands_show_send_and_take_in(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    mail_id = write(runtime, recipient="a@verein.example")
    run = CliRunner().invoke
    assert "waiting    a@verein.example" in run(cli, ["mail", "list"]).output
    assert run(cli, ["mail", "send"]).output.startswith("sent 1,")
    assert run(cli, ["mail", "list", "--state", "waiting"]).output == ""
    report = tmp_path / "report.eml"
    report.write_bytes(notification(mail_of(runtime, mail_id).message_id))
    assert run(cli, ["mail", "bounces", str(report)]).exit_code == 0
    assert run(cli, ["mail", "bounces", "-"], input="nothing of ours").exit_code == 1
