"""Signing in by a link in a mail, for people of providers and volunteers: no password to remember.

The link opens a page with a button, and works once: what a mail program opens by itself signs nobody
in, and who finds an old mail neither. People of the house sign in with their password.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.secrets import session_secret
from app.links.models import SignedLink
from app.links.service import create_link, find_link, note_opened, revoke_links
from app.mail.service import draft_mail, write_mail
from app.operations.runtime import Runtime

PURPOSE: Final = "sign_in"
MAIL_PURPOSE: Final = "sign_in_link"
VALID_FOR: Final = timedelta(minutes=30)
LINKS_AN_HOUR: Final = 4
"""For one account: a stranger who types the address cannot flood its mailbox."""


def ask_for_link(session: Session, runtime: Runtime, email: str) -> None:
    """Send a link to the address if somebody of a provider has an account with it.

    Whether there is one is told to nobody but the mailbox. Earlier links stay good for their time: a
    stranger who asks for more cannot close the one just used.
    """
    user = session.exec(
        select(User).where(User.email == email.strip().lower()[:254], User.role == "provider")
    ).first()
    if user is None or not _may_sign_in(user, runtime) or _asked_too_often(session, user.id):
        return
    secret = session_secret(runtime.settings)
    token = create_link(session, secret, PURPOSE, user.id, utc_now() + VALID_FOR)
    address = f"{runtime.settings.public_url}/zugang/{token}"
    minutes = int(VALID_FOR.total_seconds() // 60)
    with language("de"):
        blocks = [
            _("Good day,"),
            _("with this link you get to your page, without a password:"),
            address,
            _("It works once, for %(minutes)s minutes.", minutes=minutes),
            _("You did not ask for it? Then you need do nothing."),
        ]
        subject = _("Your access to Lotsenbuch")
    write_mail(
        session,
        draft_mail(
            key=f"sign_in:{token[:36]}",
            purpose=MAIL_PURPOSE,
            recipient=user.email,
            subject=subject,
            text="\n\n".join(blocks),
            subject_type="user",
            subject_id=user.id,
        ),
    )
    record_access(session, None, "account.ask_for_link", "user", user.id)


def is_link_open(session: Session, runtime: Runtime, token: str) -> bool:
    """Whether the link would sign somebody in now. Asking changes nothing."""
    link = _find(session, runtime, token)
    user = session.get(User, link.subject_id) if link else None
    return user is not None and _may_sign_in(user, runtime)


def use_link(session: Session, runtime: Runtime, token: str) -> User | None:
    """Who signs in by the link, which is used up by that; `None`: it opens nothing (any more)."""
    link = _find(session, runtime, token)
    user = session.get(User, link.subject_id) if link else None
    if link is None or user is None or not _may_sign_in(user, runtime):
        return None
    # Two clicks at once: the database lets one of them have it.
    taken: Any = session.execute(
        update(SignedLink)
        .where(col(SignedLink.id) == link.id, col(SignedLink.revoked_at).is_(None))
        .values(revoked_at=utc_now())
    )
    if taken.rowcount != 1:
        return None
    revoke_links(session, PURPOSE, user.id)  # one is enough
    note_opened(session, link.id, utc_now())
    record_access(session, user.id, "account.sign_in", "user", user.id)
    return user


def _find(session: Session, runtime: Runtime, token: str) -> SignedLink | None:
    return find_link(session, session_secret(runtime.settings), token, PURPOSE, utc_now())


def _may_sign_in(user: User, runtime: Runtime) -> bool:
    is_allowed = user.is_active and (runtime.settings.is_demo or not user.is_demo)
    return is_allowed and user.role == "provider"


def _asked_too_often(session: Session, user_id: str) -> bool:
    since: datetime = utc_now() - timedelta(hours=1)
    asked = session.exec(
        select(func.count())
        .select_from(SignedLink)
        .where(
            SignedLink.purpose == PURPOSE,
            SignedLink.subject_id == user_id,
            col(SignedLink.created_at) > since,
        )
    ).one()
    return asked >= LINKS_AN_HOUR
