"""A real SMTP server for the tests, and mails to send by it."""

from __future__ import annotations

import email
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlmodel import select

from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail
from app.operations.runtime import Runtime
from app.settings import Settings


class PostOffice:
    """An SMTP server that keeps what it takes, and refuses whom it is told to."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, str] = {}
        """Address → what is answered instead of taking it."""
        self.content_answer: str | None = None
        self.delay_seconds = 0.0

    async def handle_RCPT(  # noqa: N802  the name that the server calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.content_answer:
            return self.content_answer
        message = email.message_from_bytes(envelope.content or b"", policy=default)
        self.taken.append((envelope.rcpt_tos[0], message))
        time.sleep(self.delay_seconds)
        return "250 taken"

    def ids(self) -> Counter[str]:
        """Message-ID → how often it was taken."""
        return Counter(str(message["Message-ID"]) for _, message in self.taken)


@contextmanager
def open_post_office(**options: Any) -> Iterator[PostOffice]:
    """The server on a free port; ``options`` as aiosmtpd's `SMTP` takes them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        handler = PostOffice(free.getsockname()[1])
    server = Controller(handler, hostname="127.0.0.1", port=handler.port, **options)
    server.start()
    try:
        yield handler
    finally:
        server.stop()


def by_smtp(runtime: Runtime, office: PostOffice) -> Settings:
    """Settings that send by the office."""
    return replace(runtime.settings, smtp_url=f"smtp://127.0.0.1:{office.port}")


def write(runtime: Runtime, key: str = "a", **values: Any) -> str:
    """Put a mail into the outbox; its id."""
    mail = {
        "key": key,
        "purpose": "reminder",
        "recipient": "buero@verein.example",
        "subject": "Stimmt das noch? Öffnungszeiten",
        "text": "Guten Tag,\n\nbitte sehen Sie hier nach: https://x.example/a?b=1\nDanke!",
    }
    with runtime.database.write() as session:
        return write_mail(session, draft_mail(**(mail | values)))


def mail_of(runtime: Runtime, mail_id: str) -> OutboxMail:
    """The mail as it stands in the outbox."""
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
