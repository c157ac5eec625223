"""Writing into the outbox: a mail is a row in the same transaction as what it reports.

Mails carry no data of clients, by design: they are about entries of the directory, and whoever writes
one keeps it so. What concerns a client stands behind a link that says nothing by itself.

An address from which a mail came back gets no further one: `write_mail` then writes the row as
``bounced``, so that the editors see what did not go out. That ends when the entry has another address,
or when somebody tries one of these mails again and it arrives.
"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from sqlalchemy import ColumnElement, CursorResult, Exists, exists, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.core.ids import new_id
from app.mail.addresses import normal_address
from app.mail.models import OutboxMail

_LINK: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_IN_TEXTS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
EARLIER_CAME_BACK: Final = "earlier_mail_came_back"
"""In place of the mail server's words; a code."""

Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]


class MailDraft(BaseModel):
    """A mail to be written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """What it is about: the same key is never written twice."""
    purpose: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
    recipient: Address
    subject: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
    """Paragraphs parted by empty lines; addresses beginning with http become links in the HTML part."""
    reply_to: Address | None = None
    subject_type: str | None = Field(default=None, max_length=40)
    subject_id: str | None = Field(default=None, max_length=36)
    hold_for: timedelta = timedelta(0)
    """So long it can be withdrawn."""

    @field_validator("recipient", "reply_to")
    @classmethod
    def _is_one_address(cls, value: str | None) -> str | None:
        return None if value is None else normal_address(value)

    @field_validator("subject")
    @classmethod
    def _is_one_line(cls, value: str) -> str:
        if _CONTROL.search(value):
            raise ValueError("a subject is one line")
        return value

    @field_validator("text")
    @classmethod
    def _holds_words(cls, value: str) -> str:
        text = _NOT_IN_TEXTS.sub("", value)
        if not text.strip():
            raise ValueError("a mail says something")
        return text


def draft_mail(**values: object) -> MailDraft:
    """The draft of ``values``; raises `InvalidInputError` naming the field."""
    try:
        return MailDraft.model_validate(values)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        raise InvalidInputError(
            error.errors()[0]["msg"].removeprefix("Value error, "), field=str(where[0])
        ) from None


def write_mail(session: Session, draft: MailDraft) -> str:
    """Put the mail into the outbox; its id. What was written under the same key before stays.

    To an address from which an earlier mail came back it is not sent (state ``bounced``).
    """
    known = select(OutboxMail.id).where(OutboxMail.key == draft.key)
    earlier = session.exec(known).first()
    if earlier is not None:
        return earlier
    mail = _build_row(draft)
    if _is_bounced(session, draft.recipient):
        mail.state, mail.bounced_at, mail.last_error = "bounced", utc_now(), EARLIER_CAME_BACK
    try:
        with session.begin_nested():
            session.add(mail)
    except IntegrityError:  # somebody else wrote it in this very moment
        return session.exec(known).one()
    return mail.id


def _build_row(draft: MailDraft) -> OutboxMail:
    now, mail_id = utc_now(), new_id()
    return OutboxMail(
        id=mail_id,
        key=draft.key,
        message_id=f"<{mail_id}@lotsenbuch>",
        purpose=draft.purpose,
        subject_type=draft.subject_type,
        subject_id=draft.subject_id,
        recipient=draft.recipient,
        reply_to=draft.reply_to,
        subject=draft.subject,
        text_body=draft.text,
        html_body=build_html(draft.text),
        hold_until=now + draft.hold_for,
        next_attempt_at=now + draft.hold_for,
        created_at=now,
    )


def withdraw_mail(session: Session, mail_id: str) -> bool:
    """Take a mail back that was not sent yet; whether that was in time.

    A mail that a sender took up is gone, also when that sender was killed: it may have arrived.
    """
    return _change_unclaimed(session, mail_id, ("waiting",), state="withdrawn")


def send_again(session: Session, mail_id: str) -> bool:
    """Put a mail that failed or bounced back into the queue; whether it was one.

    It keeps its Message-ID: should the other side have it after all, it is recognised.
    """
    fresh = {"state": "waiting", "attempts": 0, "next_attempt_at": utc_now(), "last_error": None}
    return _change_unclaimed(session, mail_id, ("failed", "bounced"), **fresh)


def bounced_recipients(session: Session) -> set[str]:
    """Addresses from which a mail came back and that none reached since, in lower case."""
    rows = session.exec(select(OutboxMail.recipient).where(*_came_back()).distinct())
    return {recipient.lower() for recipient in rows}


def _is_bounced(session: Session, recipient: str) -> bool:
    found = select(OutboxMail.id).where(OutboxMail.recipient == recipient, *_came_back())
    return session.exec(found.limit(1)).first() is not None


def _came_back() -> tuple[ColumnElement[bool], ...]:
    later = aliased(OutboxMail)
    reached_since: Exists = exists().where(
        col(later.recipient) == col(OutboxMail.recipient),
        col(later.state) == "sent",
        col(later.sent_at) > func.coalesce(col(OutboxMail.bounced_at), col(OutboxMail.created_at)),
    )
    return col(OutboxMail.state) == "bounced", ~reached_since


def build_html(text: str) -> str:
    """``text`` as a plain HTML page: its paragraphs, line breaks and links. Pure."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = "<br>\n".join(_with_links(line) for line in paragraph.splitlines())
        paragraphs.append(f"<p>{lines}</p>")
    body = "\n".join(paragraphs)
    return (
        '<!doctype html>\n<html lang="de"><head><meta charset="utf-8"></head>\n'
        '<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 40em">\n'
        f"{body}\n</body></html>\n"
    )


def _with_links(line: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(line):
        address = html.escape(found.group(0))
        parts += [html.escape(line[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, html.escape(line[end:])])


def _change_unclaimed(
    session: Session, mail_id: str, before: tuple[str, ...], **values: object
) -> bool:
    result = session.execute(
        update(OutboxMail)
        .where(
            col(OutboxMail.id) == mail_id,
            col(OutboxMail.state).in_(before),
            col(OutboxMail.claimed_until).is_(None),
        )
        .values(**values)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1
