"""The request by mail behind an arranged referral: its link and its mail, found and closed."""

from __future__ import annotations

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
