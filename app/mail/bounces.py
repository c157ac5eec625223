"""Delivery status notifications: what a mail server sends back when a mail could not be delivered."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.policy import default
from typing import Final

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col

from app.core.clock import utc_now
from app.mail.models import OutboxMail

MAX_BYTES: Final = 2 * 1024 * 1024
_OUR_ID: Final = re.compile(r"<[0-9a-f-]{36}@lotsenbuch>")
_STATUS: Final = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")


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
    message = email.message_from_bytes(data, policy=default)
    status = _failed_status(message)
    if status is None:
        return None
    found = _OUR_ID.search(_returned_part(message))
    return Bounce(found.group(0), status) if found else None


def record_bounce(session: Session, data: bytes) -> bool:
    """Note the bounce that ``data`` reports; whether it belonged to a mail that was sent."""
    bounce = read_bounce(data)
    if bounce is None:
        return False
    result = session.execute(
        update(OutboxMail)
        .where(col(OutboxMail.message_id) == bounce.message_id, col(OutboxMail.state) == "sent")
        .values(state="bounced", bounced_at=utc_now(), last_error=bounce.reason[:500])
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def _failed_status(message: EmailMessage) -> str | None:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload() if part.is_multipart() else ():
            if not isinstance(block, Message):
                continue
            action, status = str(block.get("Action", "")), str(block.get("Status", ""))
            if action.strip().lower() == "failed" and _STATUS.search(status):
                words = str(block.get("Diagnostic-Code", "")) or status
                return " ".join(words.split())
    return None


def _returned_part(message: EmailMessage) -> str:
    """The headers of our mail as they come back, else everything: servers differ."""
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            return part.as_string()
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else part
            if isinstance(inner, Message):
                return str(inner.get("Message-ID", "")) or str(inner)
    return message.as_string()
