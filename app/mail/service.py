"""Writing into the outbox: a mail is a row in the same transaction as what it reports.

Mails carry no data of clients: who writes one is responsible for that.
"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from sqlalchemy import CursorResult, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.core.ids import new_id
from app.mail.models import OutboxMail

_PART: Final = r"[^@\s<>,;:\"\\\x00-\x1f]"
_ADDRESS: Final = re.compile(rf"{_PART}{{1,64}}@{_PART}+\.{_PART}*[^\s.@<>,;:]")
_LINK: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")

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
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError("not an e-mail address")
        return value

    @field_validator("subject")
    @classmethod
    def _is_one_line(cls, value: str) -> str:
        if _CONTROL.search(value):
            raise ValueError("a subject is one line")
        return value


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
    """Put the mail into the outbox; its id. What was written under the same key before stays."""
    known = select(OutboxMail.id).where(OutboxMail.key == draft.key)
    earlier = session.exec(known).first()
    if earlier is not None:
        return earlier
    mail = _build_row(draft)
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
    """Take a mail back that was not sent yet; whether that was in time."""
    return _change_state(session, mail_id, ("waiting",), "withdrawn", only_unclaimed=True)


def send_again(session: Session, mail_id: str) -> bool:
    """Put a mail that failed or bounced back into the queue; whether it was one."""
    return _change_state(session, mail_id, ("failed", "bounced"), "waiting")


def bounced_recipients(session: Session) -> set[str]:
    """Addresses to which the newest mail could not be delivered, in lower case."""
    newest: dict[str, str] = {}
    rows = session.exec(
        select(OutboxMail.recipient, OutboxMail.state)
        .where(col(OutboxMail.state).in_(["sent", "bounced"]))
        .order_by(col(OutboxMail.created_at))
    )
    for recipient, state in rows:
        newest[recipient.lower()] = state
    return {recipient for recipient, state in newest.items() if state == "bounced"}


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


def _change_state(
    session: Session,
    mail_id: str,
    before: tuple[str, ...],
    after: str,
    *,
    only_unclaimed: bool = False,
) -> bool:
    now = utc_now()
    change = (
        update(OutboxMail)
        .where(col(OutboxMail.id) == mail_id, col(OutboxMail.state).in_(before))
        .values(state=after, attempts=0, next_attempt_at=now, claimed_until=None)
    )
    if only_unclaimed:
        change = change.where(
            col(OutboxMail.claimed_until).is_(None) | (col(OutboxMail.claimed_until) < now)
        )
    result = session.execute(change)
    return isinstance(result, CursorResult) and result.rowcount == 1
