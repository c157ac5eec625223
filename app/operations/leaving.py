"""Who helps no more, or speaks for a provider no more: noted on its day, forgotten after a while."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, exists, update
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.audit.service import record_access
from app.directory.models import Offer
from app.directory.verification import VERIFIABLE
from app.operations.runtime import Runtime
from app.volunteers.models import Volunteer

NAMELESS: Final = "Ehemalige Ansprechperson"
NO_ADDRESS: Final = "invalid"
"""A domain that never exists (RFC 2606)."""


def note_who_left(runtime: Runtime) -> None:
    """The daily job: since when somebody has nothing to do with us any more, or has again.

    A volunteer leaves by their own word, or when an editor takes the last of their offers out or merges
    it into another entry; somebody who answers for a provider, when the account is closed.
    """
    with runtime.database.write() as session:
        _note_volunteers(session, runtime.today)
        _note_accounts(session, runtime.today)


def is_forgotten(user: User) -> bool:
    """Whether who it was is deleted already."""
    return user.email.endswith(f"@{NO_ADDRESS}")


def forget_user(user: User) -> None:
    """Delete who it was; the row stays, as the access log points to it. It opens nothing."""
    user.name, user.phone, user.is_active = NAMELESS, None, False
    user.email = f"{user.id}@{NO_ADDRESS}"
    user.password_hash = ""
    user.session_epoch += 1


def forget_account(session: Session, user_id: str, latest: date) -> None:
    """Forget somebody whose account was closed on ``latest`` or earlier. Harmless when repeated."""
    user = session.exec(select(User).where(User.id == user_id).with_for_update()).first()
    if user is None or user.is_active or user.closed_on is None or user.closed_on > latest:
        return  # the account was opened again meanwhile
    forget_user(user)
    session.add(user)
    record_access(session, None, "account.forget", "user", user.id)
    session.flush()


def is_closed_account(latest: date) -> ColumnElement[bool]:
    """Of a provider's people, closed on ``latest`` or earlier, and not forgotten yet."""
    return (
        (col(User.role) == "provider")
        & (col(User.closed_on) <= latest)
        & ~col(User.email).endswith(f"@{NO_ADDRESS}")
    )


def _note_volunteers(session: Session, today: date) -> None:
    offers = exists().where(
        col(Offer.provider_id) == col(Volunteer.provider_id),
        col(Offer.status).in_(VERIFIABLE),
        col(Offer.merged_into_id).is_(None),
    )
    left = (col(Volunteer.left_on).is_(None) & ~offers, today)
    is_back = (col(Volunteer.left_on).is_not(None) & offers, None)
    for condition, day in (left, is_back):
        session.execute(update(Volunteer).where(condition).values(left_on=day))


def _note_accounts(session: Session, today: date) -> None:
    active = col(User.is_active)
    closed = (~active & col(User.closed_on).is_(None), today)
    is_back = (active & col(User.closed_on).is_not(None), None)
    for condition, day in (closed, is_back):
        statement = update(User).where(col(User.role) == "provider", condition)
        session.execute(statement.values(closed_on=day))
