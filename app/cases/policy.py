"""Who may see and change a case, as conditions for queries: what one may not see is not found.

A case belongs to its case worker. Whoever stands in for them sees it too, on the days of the
substitution; the team lead sees those of the team; and in an emergency a case worker may open a case
for some hours to read, which the team lead is told. Nobody else ever sees a case.
"""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, bindparam, false, or_
from sqlmodel import col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.privacy_models import EmergencyAccess, Substitution
from app.core.clock import utc_now
from app.core.db import UtcDateTime

_kept = lru_cache(maxsize=512)
"""A page asks the same conditions many times, and to build one costs more than to run it."""


@_kept
def is_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The clients whose case ``actor`` may read."""
    if not actor.may("case:read"):
        return false()
    return or_(_is_worked_on_by(actor), _is_opened_in_emergency_by(actor))


@_kept
def is_writable_by(actor: Actor) -> ColumnElement[bool]:
    """The clients whose case ``actor`` may change: an emergency opens a case for reading only."""
    return _is_worked_on_by(actor) if actor.may("case:write") else false()


@_kept
def is_referable_by(actor: Actor) -> ColumnElement[bool]:
    """The clients whom ``actor`` may refer to an offer."""
    return _is_worked_on_by(actor) if actor.may("referral:create") else false()


@_kept
def is_confided_to(actor: Actor) -> ColumnElement[bool]:
    """The clients whose notes, health details and sensitive referrals ``actor`` may open.

    For the case worker, the deputy and the team lead only: an emergency does not open them.
    """
    return _is_worked_on_by(actor) if actor.may("case:read") else false()


@_kept
def is_handed_over_by(actor: Actor) -> ColumnElement[bool]:
    """The clients whom ``actor`` may give to another case worker: the own ones, or those of the team.

    Not those of colleagues one stands in for: they come back to their cases.
    """
    if not actor.may("case:hand_over"):
        return false()
    own = col(Client.case_worker_id) == actor.id
    return or_(own, _is_of_the_team_of(actor)) if actor.may("case:read_all") else own


@_kept
def is_own_or_deputised(actor: Actor) -> ColumnElement[bool]:
    """The clients who are ``actor``'s day: one's own and those of the colleagues one stands in for."""
    if not actor.may("case:read"):
        return false()
    return or_(col(Client.case_worker_id) == actor.id, _is_deputised_by(actor))


def _is_worked_on_by(actor: Actor) -> ColumnElement[bool]:
    ways = [col(Client.case_worker_id) == actor.id, _is_deputised_by(actor)]
    if actor.may("case:read_all"):
        ways.append(_is_of_the_team_of(actor))
    return or_(*ways)


def _is_deputised_by(actor: Actor) -> ColumnElement[bool]:
    if actor.day is None:
        return false()
    absent = select(Substitution.absent_id).where(
        col(Substitution.deputy_id) == actor.id,
        col(Substitution.from_on) <= actor.day,
        col(Substitution.until_on) >= actor.day,
        col(Substitution.ended_at).is_(None),
    )
    return col(Client.case_worker_id).in_(absent)


def _is_of_the_team_of(actor: Actor) -> ColumnElement[bool]:
    team = select(User.team).where(col(User.id) == actor.id).scalar_subquery()
    return col(Client.case_worker_id).in_(select(User.id).where(col(User.team) == team))


def _is_opened_in_emergency_by(actor: Actor) -> ColumnElement[bool]:
    if not actor.may("case:emergency"):
        return false()
    # Asked for when the statement runs: the condition itself is kept.
    now = bindparam("now", callable_=utc_now, type_=UtcDateTime, unique=True)
    opened = select(EmergencyAccess.client_id).where(
        col(EmergencyAccess.user_id) == actor.id, col(EmergencyAccess.until_at) > now
    )
    return col(Client.id).in_(opened)
