"""Reading accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.core.db import load_rows
from app.core.errors import NotFoundError

_USER: Final = select(User).where(col(User.id) == bindparam("user"))
"""Asked with each page, and so made once."""


def find_user(session: Session, user_id: str) -> User | None:
    """The user, or `None`."""
    return session.exec(_USER, params={"user": user_id}).first()


def get_user(session: Session, user_id: str) -> User:
    """The user; raises `NotFoundError`."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFoundError("no such account")
    return user


def find_user_by_email(session: Session, email: str) -> User | None:
    """The user with this address (upper and lower case do not matter), or `None`."""
    return session.exec(select(User).where(User.email == email.strip().lower())).first()


def list_users(session: Session) -> list[User]:
    """All users by name."""
    return list(session.exec(select(User).order_by(col(User.name), col(User.id))).all())


def list_users_of_provider(
    session: Session, provider_id: str, *, active_only: bool = False
) -> list[User]:
    """The people who answer for the provider, by name."""
    found = select(User).where(User.provider_id == provider_id, User.role == "provider")
    if active_only:
        found = found.where(col(User.is_active))
    return list(session.exec(found.order_by(col(User.name), col(User.id))))


def find_provider_of(session: Session, actor: Actor) -> str | None:
    """The provider that ``actor`` answers for today; `None`: of none, or no longer."""
    found = select(User.provider_id).where(
        User.id == actor.id, User.role == "provider", col(User.is_active)
    )
    return session.exec(found).first()


_NAMES: Final = select(User.id, User.name).where(col(User.id).in_(bindparam("users", expanding=True)))


def load_user_names(session: Session, user_ids: Iterable[str]) -> dict[str, str]:
    """User id → name, in one query; unknown ids are left out."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    rows = load_rows(session, _NAMES, {"users": list(wanted)})
    return {row[0]: row[1] for row in rows}


def list_teams(session: Session) -> list[str]:
    """The words for teams in use, in order; the empty one is left out."""
    return list(session.exec(select(User.team).where(User.team != "").distinct().order_by(User.team)))
