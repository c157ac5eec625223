"""The request by mail behind an arranged referral: its link and its mail, found and closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from app.links.service import revoke_links
from app.mail.models import OutboxMail
from app.mail.service import withdraw_mail
from app.referrals.models import Referral

LINK_PURPOSE: Final = "referral_answer"
MAIL_PURPOSE: Final = "referral_request"
REMINDER_PURPOSE: Final = "referral_reminder"
SUBJECT_TYPE: Final = "referral"


def list_request_mails(session: Session, referral_id: str) -> list[OutboxMail]:
    """The mails that asked the provider, the newest first; reminders are none of them."""
    return _list_mails(session, referral_id, MAIL_PURPOSE)


def list_newest_request(session: Session, referral_id: str) -> list[OutboxMail]:
    """The mails with which the provider was asked last: one to the address that the directory knows, or
    one to each of its people with an account (`notice_key`)."""
    mails = list_request_mails(session, referral_id)
    return [mail for mail in mails if _asking_of(mail) == _asking_of(mails[0])]


def request_key(referral_id: str, number: int) -> str:
    """Of the mail with which a provider is asked for the ``number``-th time."""
    return f"referral:{referral_id}:{number}"


def notice_key(referral_id: str, number: int, user_id: str) -> str:
    """The same for the mail to one who answers in the inbox."""
    return f"{request_key(referral_id, number)}:{user_id}"


def is_notice(mail: OutboxMail) -> bool:
    """Whether it only says that a request stands in the inbox."""
    return mail.key != _asking_of(mail)


def has_left(asked: Sequence[OutboxMail], now: datetime) -> bool:
    """Whether what was asked with these mails is beyond taking back for those who have an inbox. Pure.

    A mail was sent, or the time for taking back is over: then the request stands in the inbox.
    """
    return any(
        mail.state == "sent"
        or mail.claimed_until is not None
        or (mail.state != "withdrawn" and mail.hold_until <= now)
        for mail in asked
    )


def _asking_of(mail: OutboxMail) -> str:
    return ":".join(mail.key.split(":")[:3])


def list_reminder_mails(session: Session, referral_id: str) -> list[OutboxMail]:
    """The mails that asked once more, the newest first."""
    return _list_mails(session, referral_id, REMINDER_PURPOSE)


def _list_mails(session: Session, referral_id: str, purpose: str) -> list[OutboxMail]:
    return list(
        session.exec(
            select(OutboxMail)
            .where(OutboxMail.subject_id == referral_id, OutboxMail.purpose == purpose)
            .order_by(col(OutboxMail.created_at).desc(), col(OutboxMail.id).desc())
        )
    )


def close_request(session: Session, referral: Referral) -> bool:
    """Close the links to the referral and stop mails that still wait; whether a request was stopped."""
    if referral.mode != "arranged":
        return False
    revoke_links(session, LINK_PURPOSE, referral.id)
    for reminder in list_reminder_mails(session, referral.id):
        withdraw_mail(session, reminder.id)
    stopped = [withdraw_mail(session, mail.id) for mail in list_request_mails(session, referral.id)]
    return any(stopped)
