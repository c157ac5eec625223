"""Reminding providers who have not answered a request; then it is the case worker's follow-up.

What could not be delivered is the case worker's at once: somebody has to call.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.secrets import session_secret
from app.links.service import is_open as is_link_open
from app.links.service import list_links, token_of
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail
from app.operations.partner_answers import OpenRequest, open_request
from app.operations.partner_requests import write_words
from app.operations.runtime import Runtime
from app.referrals.events import add_event, touch
from app.referrals.models import Referral, ReferralEvent
from app.referrals.outcomes import fetch_referral
from app.referrals.requests import (
    LINK_PURPOSE,
    REMINDER_PURPOSE,
    SUBJECT_TYPE,
    list_reminder_mails,
    list_request_mails,
)

REMINDED_AFTER: Final = (timedelta(days=4), timedelta(days=8))
"""After the request went out. The follow-up of the case worker falls due two days after the last."""


def remind_partners(runtime: Runtime, now: datetime | None = None) -> int:
    """Write the reminders that are due, each in its own transaction; how many. Twice does no harm."""
    moment = now or utc_now()
    with runtime.database.read() as session:
        waiting = session.exec(
            select(Referral.id).where(Referral.mode == "arranged", Referral.state == "sent")
        ).all()
        due = [one for one in waiting if _next_reminder(session, one, moment) is not None]
        lost = [one for one in waiting if _is_lost(session, one)]
    for referral_id in lost:
        with runtime.database.write() as session:
            _hand_to_case_worker(session, referral_id, runtime.today)
    written = 0
    for referral_id in due:
        with runtime.database.write() as session:
            written += _remind(session, runtime, referral_id, moment)
    return written


def _remind(session: Session, runtime: Runtime, referral_id: str, now: datetime) -> bool:
    referral = fetch_referral(session, referral_id)
    request = _next_reminder(session, referral.id, now)
    link = next((one for one in list_links(session, LINK_PURPOSE, referral.id)), None)
    if referral.state != "sent" or request is None or link is None or not is_link_open(link, now):
        return False
    secret = session_secret(runtime.settings)
    token = token_of(secret, link)
    if not isinstance(open_request(session, secret, token, now, runtime.today), OpenRequest):
        return False  # the consent was revoked: nobody is asked any more
    asker = session.get_one(User, link.created_by)
    words = write_words(session, runtime, referral, asker, token, link.expires_at, is_reminder=True)
    number = len(list_reminder_mails(session, referral.id)) + 1
    draft = draft_mail(
        key=f"{request.key}:again:{number}",
        purpose=REMINDER_PURPOSE,
        recipient=request.recipient,
        reply_to=request.reply_to,
        subject=words[0],
        text=words[1],
        subject_type=SUBJECT_TYPE,
        subject_id=referral.id,
    )
    write_mail(session, draft)
    record_access(session, None, "referral.remind", "referral", referral.id)
    return True


def _is_lost(session: Session, referral_id: str) -> bool:
    """Whether the newest request came back or was given up, and nobody was told so yet."""
    request = next(iter(list_request_mails(session, referral_id)), None)
    if request is None or request.state not in {"bounced", "failed"}:
        return False
    told = select(ReferralEvent.id).where(
        ReferralEvent.referral_id == referral_id,
        ReferralEvent.source == "system",
        col(ReferralEvent.at) > request.created_at,
    )
    return session.exec(told).first() is None


def _hand_to_case_worker(session: Session, referral_id: str, today: date) -> None:
    """Let the follow-up fall due now."""
    referral = fetch_referral(session, referral_id)
    if referral.state != "sent" or not _is_lost(session, referral.id):
        return
    referral.follow_up_on = today
    touch(referral)
    add_event(
        session,
        referral,
        None,
        from_state=referral.state,
        reason="provider_not_reached",
        source="system",
    )
    record_access(session, None, "referral.undelivered", "referral", referral.id)


def _next_reminder(session: Session, referral_id: str, now: datetime) -> OutboxMail | None:
    """The request that is to be repeated now, if one is."""
    request = next(iter(list_request_mails(session, referral_id)), None)
    if request is None or request.state != "sent" or request.sent_at is None:
        return None
    reminded = [
        one for one in list_reminder_mails(session, referral_id) if one.created_at > request.sent_at
    ]
    if len(reminded) >= len(REMINDED_AFTER):
        return None
    return request if now >= request.sent_at + REMINDED_AFTER[len(reminded)] else None
