"""Signed links: made, recognised, revoked.

The token is the row's id with a signature over id and purpose, so that guessers and tinkerers never
reach the database; the row decides whether the link still opens anything. Opening a link changes
nothing that matters: mail programs open links by themselves.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from itsdangerous import BadSignature, Signer
from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select

from app.core.clock import utc_now
from app.links.models import SignedLink

MAX_TOKEN_CHARACTERS: Final = 90
_SALT: Final = "lotsenbuch.link."


def create_link(
    session: Session,
    secret: str,
    purpose: str,
    subject_id: str,
    expires_at: datetime,
    created_by: str | None = None,
) -> str:
    """The token of a new link that opens ``subject_id`` for ``purpose`` until ``expires_at``."""
    link = SignedLink(
        purpose=purpose, subject_id=subject_id, expires_at=expires_at, created_by=created_by
    )
    session.add(link)
    session.flush()
    return token_of(secret, link)


def token_of(secret: str, link: SignedLink) -> str:
    """The token of ``link``: the same one each time."""
    return _signer(secret, link.purpose).sign(link.id).decode("ascii")


def find_link(
    session: Session, secret: str, token: str, purpose: str, now: datetime
) -> SignedLink | None:
    """The link behind ``token``, or `None`: forged, of another purpose, expired, revoked or unknown.

    Which of these it was is told to nobody.
    """
    link = find_signed(session, secret, token, purpose)
    return link if link is not None and is_open(link, now) else None


def find_signed(session: Session, secret: str, token: str, purpose: str) -> SignedLink | None:
    """The link that ``token`` was made for, closed or not; `None`: forged or of another purpose.

    For those who may be told that what the link was for is over; it opens nothing any more.
    """
    if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
        return None
    try:
        link_id = _signer(secret, purpose).unsign(token).decode("ascii")
    except BadSignature:
        return None
    link = session.get(SignedLink, link_id)
    if link is None or link.purpose != purpose:
        return None
    # The last letter of a signature has bits that count for nothing: only the token as made will do.
    return link if hmac.compare_digest(token, token_of(secret, link)) else None


def is_open(link: SignedLink, now: datetime) -> bool:
    """Whether the link still opens something."""
    return link.revoked_at is None and link.expires_at > now


def note_opened(session: Session, link_id: str, now: datetime) -> None:
    """Count an opening; several at once count each."""
    session.execute(
        update(SignedLink)
        .where(col(SignedLink.id) == link_id)
        .values(
            opened_count=col(SignedLink.opened_count) + 1,
            first_opened_at=func.coalesce(col(SignedLink.first_opened_at), now),
        )
    )


def list_links(session: Session, purpose: str, subject_id: str) -> Sequence[SignedLink]:
    """All links to the subject, the newest first, closed ones too."""
    return session.exec(
        select(SignedLink)
        .where(SignedLink.purpose == purpose, SignedLink.subject_id == subject_id)
        .order_by(col(SignedLink.created_at).desc())
    ).all()


def revoke_link(session: Session, link_id: str) -> None:
    """Close one link; a closed one stays as it is."""
    _revoke(session, col(SignedLink.id) == link_id)


def revoke_links(session: Session, purpose: str, subject_id: str) -> None:
    """Close all links that open the subject for this purpose."""
    _revoke(session, (col(SignedLink.purpose) == purpose) & (col(SignedLink.subject_id) == subject_id))


def _revoke(session: Session, condition: ColumnElement[bool]) -> None:
    session.execute(
        update(SignedLink)
        .where(condition, col(SignedLink.revoked_at).is_(None))
        .values(revoked_at=utc_now())
    )


def _signer(secret: str, purpose: str) -> Signer:
    return Signer(secret, salt=_SALT + purpose, digest_method=hashlib.sha256)
