"""Who works on cases: the colleagues one hands cases over to, and who stands in for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, false
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import PERMISSIONS_OF_ROLE, Actor
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _

CASE_ROLES: Final = tuple(role for role, may in PERMISSIONS_OF_ROLE.items() if "case:write" in may)
"""The roles that can be in charge of cases."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be in charge of cases."""

    id: str
    name: str
    team: str
    is_active: bool


def list_colleagues(session: Session) -> list[Colleague]:
    """Everybody who can be given a case now, by name."""
    return _list(session, col(User.is_active).is_(True), col(User.role).in_(CASE_ROLES))


def list_team(session: Session, actor: Actor) -> list[Colleague]:
    """The people of ``actor``'s team who work on cases, by name; nobody unless ``actor`` leads it.

    Also who was switched off: such cases have to go to somebody.
    """
    return _list(session, is_led_by(actor), col(User.role).in_(CASE_ROLES))


def is_led_by(actor: Actor) -> ColumnElement[bool]:
    """The users of the team that ``actor`` leads."""
    if not actor.may("team:manage"):
        return false()
    return col(User.team) == select(User.team).where(col(User.id) == actor.id).scalar_subquery()


def is_member_led(session: Session, actor: Actor, user_id: str) -> bool:
    """Whether ``actor`` leads the team of this user."""
    found = select(User.id).where(col(User.id) == user_id, is_led_by(actor))
    return session.exec(found).first() is not None


def get_colleague(session: Session, user_id: str, *, field: str) -> User:
    """The user who can be given a case; raises `InvalidInputError` for everybody else."""
    user = session.get(User, user_id) if user_id else None
    if user is None or not user.is_active or user.role not in CASE_ROLES:
        raise InvalidInputError(_("Please choose a colleague who works on cases."), field=field)
    return user


def _list(session: Session, *conditions: ColumnElement[bool]) -> list[Colleague]:
    rows = session.exec(
        select(User.id, User.name, User.team, User.is_active)
        .where(*conditions)
        .order_by(col(User.name), col(User.id))
    )
    return [Colleague(*row) for row in rows.all()]
