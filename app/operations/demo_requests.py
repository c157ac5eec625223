"""A request by mail of the demo: sent and not answered yet. Its mail soon lies in the demo's folder.

It stands in the inbox of the provider, too, for whom a demo account answers.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.privacy_models import Consent
from app.directory.models import Offer
from app.mail.models import OutboxMail
from app.operations.demo_accounts import load_demo_provider_account
from app.operations.partner_requests import ask_provider
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.requests import MAIL_PURPOSE, list_request_mails
from app.referrals.sealing import details_of


def load_demo_request(session: Session, runtime: Runtime) -> bool:
    """Ask about the referral that was agreed first; whether there was one. For a demo just made."""
    found = session.exec(
        select(Referral, User)
        .join(Client, col(Client.id) == Referral.client_id)
        .join(User, col(User.id) == Client.case_worker_id)
        .join(Consent, col(Consent.id) == Referral.consent_id)
        .where(Referral.mode == "arranged", Referral.state == "agreed", col(Client.is_demo))
        .order_by(col(Consent.given_on), col(Referral.id))
    ).first()
    if found is None:
        return False
    referral, worker = found
    actor = Actor(worker.id, worker.role, worker.name, runtime.today)
    ask_provider(session, runtime, actor, referral.id, referral.version)
    for mail in list_request_mails(session, referral.id):
        mail.hold_until = mail.next_attempt_at = mail.created_at
        session.add(mail)
    return True


def load_demo_inbox(session: Session) -> None:
    """Let the demo's account of a provider answer for whom the demo has asked first."""
    asked = session.exec(
        select(Referral)
        .join(OutboxMail, col(OutboxMail.subject_id) == Referral.id)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(OutboxMail.purpose == MAIL_PURPOSE, col(Client.is_demo))
        .order_by(col(OutboxMail.created_at), col(OutboxMail.id))
    ).first()
    if asked is not None:
        offer = session.get_one(Offer, details_of(asked).offer_id)
        load_demo_provider_account(session, offer.provider_id)
