"""The sending job: claims what is due, hands it over, notes what came of it.

A mail is claimed by one atomic statement, sent outside any transaction, and then noted as sent. When
the process dies in between, the claim runs out and the mail is sent again with the same Message-ID:
that is the only way in which a mail can reach the other side's server twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, CursorResult, update
from sqlmodel import Session, col, select

from app.core.clock import utc_now
from app.core.db import Database
from app.mail.models import OutboxMail
from app.mail.transports import (
    AddressRefusedError,
    MailRefusedError,
    NothingTakenError,
    Transport,
    UnsentError,
    build_message,
    open_transport,
)
from app.settings import Settings

WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=1),
)
"""Until the next attempt, after the first, second … one that failed; then it is given up."""
CLAIM: Final = timedelta(minutes=15)
"""Longer than handing one mail over can take (see `app.mail.transports.TIMEOUT_SECONDS`)."""
SERVER_PAUSE: Final = timedelta(minutes=5)
"""When the server is away or refuses the login: some lock accounts that try too often."""
MOST_AT_ONCE: Final = 500
MAX_ERROR_CHARACTERS: Final = 500
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SendingReport:
    """What a run did."""

    sent: int = 0
    postponed: int = 0
    bounced: int = 0
    failed: int = 0


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that failed; `None`: give up. Pure."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def send_due(
    database: Database, settings: Settings, is_ending: Callable[[], bool] = lambda: False
) -> SendingReport:
    """Send what is due. Several processes may do so at the same time.

    ``is_ending`` is asked before each mail: a process that is to end leaves the rest to the next.
    """
    report = SendingReport()
    if not _is_something_due(database):
        return report
    try:
        with open_transport(settings) as transport:
            for _ in range(MOST_AT_ONCE):
                mail = None if is_ending() else _claim_next(database)
                if mail is None:
                    break
                if not _send_one(database, settings, transport, mail, report):
                    break
    except UnsentError as error:
        _log.warning("mails wait, the mail server cannot be used: %s", error)
        report.postponed += _let_all_wait(database, _short(error))
    return report


def _is_something_due(database: Database) -> bool:
    with database.read() as session:
        return _find_due(session, utc_now()) is not None


def _find_due(session: Session, now: datetime) -> str | None:
    return session.exec(
        select(OutboxMail.id)
        .where(*_due(now))
        .order_by(col(OutboxMail.next_attempt_at), col(OutboxMail.id))
        .limit(1)
    ).first()


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(OutboxMail.state) == "waiting",
        col(OutboxMail.hold_until) <= now,
        col(OutboxMail.next_attempt_at) <= now,
        col(OutboxMail.claimed_until).is_(None) | (col(OutboxMail.claimed_until) < now),
    )


def _let_all_wait(database: Database, words: str) -> int:
    """Try nobody's mail for a while, and count it as nobody's attempt; how many wait."""
    now = utc_now()
    with database.write() as session:
        result = session.execute(
            update(OutboxMail)
            .where(*_due(now))
            .values(next_attempt_at=now + SERVER_PAUSE, last_error=words)
        )
    return result.rowcount if isinstance(result, CursorResult) else 0


def _claim_next(database: Database) -> OutboxMail | None:
    """The next mail that is due, claimed for this process; `None`: there is none."""
    while True:
        now = utc_now()
        with database.write() as session:
            mail_id = _find_due(session, now)
            if mail_id is None:
                return None
            claimed = session.execute(
                update(OutboxMail)
                .where(col(OutboxMail.id) == mail_id, *_due(now))
                .values(claimed_until=now + CLAIM, attempts=col(OutboxMail.attempts) + 1)
                .returning(col(OutboxMail.id))
            ).first()
            if claimed is not None:
                return session.exec(select(OutboxMail).where(OutboxMail.id == mail_id)).one()


def _send_one(
    database: Database,
    settings: Settings,
    transport: Transport,
    mail: OutboxMail,
    report: SendingReport,
) -> bool:
    """Whether the connection can take another one."""
    try:
        transport.send(build_message(mail, settings.mail_from), mail.recipient)
    except AddressRefusedError as error:
        _note(database, mail, state="bounced", bounced_at=utc_now(), last_error=_short(error))
        report.bounced += 1
    except MailRefusedError as error:
        _note(database, mail, state="failed", last_error=_short(error))
        report.failed += 1
    except UnsentError as error:
        _note_failure(database, mail, _short(error), report)
        return not isinstance(error, NothingTakenError)
    except Exception as error:  # a mail that cannot be built must not hold up the others
        _log.exception("mail %s cannot be sent", mail.id)
        _note_failure(database, mail, type(error).__name__, report)
    else:
        _note(database, mail, state="sent", sent_at=utc_now(), last_error=None)
        report.sent += 1
    return True


def _note_failure(database: Database, mail: OutboxMail, words: str, report: SendingReport) -> None:
    wait = wait_after(mail.attempts)
    if wait is None:
        _note(database, mail, state="failed", last_error=words)
        report.failed += 1
    else:
        _note(database, mail, next_attempt_at=utc_now() + wait, last_error=words)
        report.postponed += 1


def _note(database: Database, mail: OutboxMail, **values: object) -> None:
    with database.write() as session:
        change = update(OutboxMail).where(
            col(OutboxMail.id) == mail.id, col(OutboxMail.state) == "waiting"
        )
        if "sent_at" not in values:  # another sender may have it by now, and succeed
            change = change.where(col(OutboxMail.attempts) == mail.attempts)
        session.execute(change.values(claimed_until=None, **values))


def _short(error: Exception) -> str:
    return str(error)[:MAX_ERROR_CHARACTERS]
