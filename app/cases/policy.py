"""Who may see and change a case, as conditions for queries: what one may not see is not found."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, true
from sqlmodel import col

from app.accounts.permissions import Actor
from app.cases.models import Client


def is_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The clients whose case ``actor`` may read: one's own, with `case:read_all` all, else none."""
    if actor.may("case:read_all"):
        return true()
    if actor.may("case:read"):
        return col(Client.case_worker_id) == actor.id
    return false()


def is_writable_by(actor: Actor) -> ColumnElement[bool]:
    """The clients whose case ``actor`` may change: those one sees, when one may change cases at all."""
    return is_visible_to(actor) if actor.may("case:write") else false()


def is_referable_by(actor: Actor) -> ColumnElement[bool]:
    """The clients whom ``actor`` may refer to an offer."""
    return is_visible_to(actor) if actor.may("referral:create") else false()
