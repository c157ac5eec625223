"""Reminding providers who have not answered a request; then it is the case worker's follow-up.

What could not be delivered is the case worker's at once: somebody has to call.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.queries import list_users_of_provider
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.secrets import session_secret
from app.directory.models import Offer
from app.links.service import is_open as is_link_open
from app.links.service import list_links, token_of
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail
from app.operations.partner_answers import OpenRequest, look_at, open_request
from app.operations.partner_requests import write_notice, write_words
from app.operations.runtime import Runtime
from app.referrals.events import call_case_worker
from app.referrals.models import Referral, ReferralEvent
from app.referrals.outcomes import fetch_referral
from app.referrals.requests import (
    LINK_PURPOSE,
    REMINDER_PURPOSE,
    SUBJECT_TYPE,
    is_notice,
    list_newest_request,
    list_reminder_mails,
)
from app.referrals.sealing import details_of

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
    if referral.state == "sent" and request is not None and is_notice(request):
        return _remind_people(session, runtime, referral, request)
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


def _remind_people(session: Session, runtime: Runtime, referral: Referral, request: OutboxMail) -> bool:
    """Tell all who look after the inbox of the provider once more that something waits there."""
    found = look_at(session, referral, runtime.today)
    if not isinstance(found, OpenRequest):
        return False  # the consent was revoked: nobody is asked any more
    asker = found.call_back
    words = write_notice(runtime, asker.name, asker.phone, is_reminder=True)
    provider_id = session.get_one(Offer, details_of(referral).offer_id).provider_id
    people = list_users_of_provider(session, provider_id, active_only=True)
    number = len(list_reminder_mails(session, referral.id)) + 1
    for person in people:
        draft = draft_mail(
            key=f"{request.key}:again:{number}:{person.id}",
            purpose=REMINDER_PURPOSE,
            recipient=person.email,
            reply_to=asker.email,
            subject=words[0],
            text=words[1],
            subject_type=SUBJECT_TYPE,
            subject_id=referral.id,
        )
        write_mail(session, draft)
    record_access(session, None, "referral.remind", "referral", referral.id)
    return bool(people)


def _is_lost(session: Session, referral_id: str) -> bool:
    """Whether the newest request came back or was given up, and nobody was told so yet."""
    asked = list_newest_request(session, referral_id)
    if not asked or any(mail.state not in {"bounced", "failed"} for mail in asked):
        return False
    told = select(ReferralEvent.id).where(
        ReferralEvent.referral_id == referral_id,
        ReferralEvent.source == "system",
        col(ReferralEvent.at) > asked[0].created_at,
    )
    return session.exec(told).first() is None


def _hand_to_case_worker(session: Session, referral_id: str, today: date) -> None:
    """Let the follow-up fall due now."""
    referral = fetch_referral(session, referral_id)
    if referral.state != "sent" or not _is_lost(session, referral.id):
        return
    call_case_worker(session, referral, today, "provider_not_reached")
    record_access(session, None, "referral.undelivered", "referral", referral.id)


def _next_reminder(session: Session, referral_id: str, now: datetime) -> OutboxMail | None:
    """The request that is to be repeated now, if one is."""
    sent = [
        (mail.sent_at, mail.key, mail)
        for mail in list_newest_request(session, referral_id)
        if mail.state == "sent" and mail.sent_at is not None
    ]
    if not sent:
        return None
    sent_at, _key, request = min(sent, key=lambda one: one[:2])
    reminders = [one for one in list_reminder_mails(session, referral_id) if one.created_at > sent_at]
    reminded = [one for one in reminders if one.recipient == request.recipient]
    if len(reminded) >= len(REMINDED_AFTER):
        return None
    return request if now >= sent_at + REMINDED_AFTER[len(reminded)] else None
