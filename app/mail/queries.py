"""Reading the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, func, select

from app.core.errors import NotFoundError
from app.mail.models import OutboxMail

MAIL_STATES: Final = ("waiting", "sent", "bounced", "failed", "withdrawn")


def list_mails(
    session: Session, state: str | None = None, limit: int = 50, offset: int = 0
) -> Sequence[OutboxMail]:
    """The newest first."""
    statement = select(OutboxMail).order_by(col(OutboxMail.created_at).desc(), col(OutboxMail.id))
    if state is not None:
        statement = statement.where(OutboxMail.state == state)
    return session.exec(statement.limit(limit).offset(offset)).all()


def count_mails(session: Session) -> Counter[str]:
    """State → number."""
    rows = session.exec(select(OutboxMail.state, func.count()).group_by(OutboxMail.state))
    return Counter(dict(rows.all()))


def get_mail(session: Session, mail_id: str) -> OutboxMail:
    """The mail; raises `NotFoundError`."""
    mail = session.get(OutboxMail, mail_id)
    if mail is None:
        raise NotFoundError(f"no mail has the id {mail_id}")
    return mail
