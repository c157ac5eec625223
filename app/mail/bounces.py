"""Delivery status notifications: what a mail server sends back when a mail could not be delivered."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import Message
from typing import Final

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col

from app.core.clock import utc_now
from app.mail.models import OutboxMail

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_REASON_CHARACTERS: Final = 500
_OUR_ID: Final = re.compile(rb"<[0-9a-f-]{36}@lotsenbuch>")
_OUR_HEADER: Final = re.compile(
    rb"^Message-ID:\s*(<[0-9a-f-]{36}@lotsenbuch>)", re.MULTILINE | re.IGNORECASE
)
_PERMANENT: Final = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A permanent failure that a notification reports."""

    message_id: str
    reason: str


def read_bounce(data: bytes) -> Bounce | None:
    """The permanent failure of one of our mails that ``data`` reports; `None`: nothing of the kind.

    Understands RFC 3464 reports; a delay (4.x.x) is none. Never raises for what a mailbox may hold.
    """
    if len(data) > MAX_BYTES:
        return None
    reason = _find_reason(email.message_from_bytes(data))
    message_id = _find_our_id(data)
    return Bounce(message_id, reason) if reason and message_id else None


def record_bounce(session: Session, data: bytes) -> bool:
    """Note the bounce that ``data`` reports; whether it belonged to a mail that was sent."""
    bounce = read_bounce(data)
    if bounce is None:
        return False
    result = session.execute(
        update(OutboxMail)
        .where(col(OutboxMail.message_id) == bounce.message_id, col(OutboxMail.state) == "sent")
        .values(state="bounced", bounced_at=utc_now(), last_error=bounce.reason)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def _find_reason(message: Message) -> str | None:
    """What the other side said, when it gave up on delivering."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for block in part.get_payload():
            if not isinstance(block, Message):
                continue
            action, status = str(block.get("Action", "")), str(block.get("Status", ""))
            if action.strip().lower() == "failed" and _PERMANENT.search(status):
                return _one_line(str(block.get("Diagnostic-Code", ""))) or _one_line(status)
    return None


def _one_line(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:MAX_REASON_CHARACTERS]


def _find_our_id(data: bytes) -> str | None:
    """The Message-ID of the mail that came back, whole or by its headers.

    Servers that send neither back name it as what they answer to. Two different ones tell nothing.
    """
    header = _OUR_HEADER.search(data)
    named = {header.group(1)} if header else set(_OUR_ID.findall(data))
    return named.pop().decode("ascii") if len(named) == 1 else None
