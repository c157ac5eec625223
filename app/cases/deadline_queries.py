"""Loading what runs out, for one case or for all that are somebody's day, in a few queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.deadlines import (
    Deadline,
    DeadlineWarning,
    counselling_end,
    latest_of,
    list_warnings,
)
from app.cases.models import Client, Entitlement
from app.cases.policy import is_own_or_deputised, is_visible_to
from app.cases.privacy_models import Consent
from app.cases.status_models import LevelEntry, Permit

Found = dict[str, list[Deadline]]


def load_warnings_of_case(
    session: Session, client_id: str, actor: Actor, today: date
) -> tuple[DeadlineWarning, ...]:
    """What runs out in one case; nothing when ``actor`` may not see it."""
    mine = (col(Client.id) == client_id) & is_visible_to(actor)
    return _load(session, mine, today).get(client_id, ())


def load_warnings_of_day(
    session: Session, actor: Actor, today: date
) -> dict[str, tuple[DeadlineWarning, ...]]:
    """Client id → warnings, for the open cases of ``actor`` and of those one stands in for.

    Clients without a warning are left out.
    """
    return _load(session, is_own_or_deputised(actor) & col(Client.closed_on).is_(None), today)


def _load(
    session: Session, mine: ColumnElement[bool], today: date
) -> dict[str, tuple[DeadlineWarning, ...]]:
    found: Found = {}
    _add_clients(session, mine, found)
    _add_papers(session, mine, found)
    warnings = {
        client_id: list_warnings(latest_of(deadlines), today) for client_id, deadlines in found.items()
    }
    return {client_id: told for client_id, told in warnings.items() if told}


def _add_clients(session: Session, mine: ColumnElement[bool], found: Found) -> None:
    rows = session.execute(
        sa.select(
            col(Client.id),
            col(Client.counselling_started_on),
            col(Client.counselling_ends_on),
            col(Client.extension_reason),
            col(Client.residence_status_expires_on),
        ).where(mine)
    ).all()
    for client_id, started_on, ends_on, extension, expires_on in rows:
        end = counselling_end(started_on, ends_on, is_extended=extension is not None)
        if end is not None:
            found.setdefault(client_id, []).append(Deadline("counselling_ends", end))
        if expires_on is not None:
            found.setdefault(client_id, []).append(Deadline("residence_expires", expires_on))


def _add_papers(session: Session, mine: ColumnElement[bool], found: Found) -> None:
    def add(rows: Iterable[tuple[str, Deadline]]) -> None:
        for client_id, deadline in rows:
            found.setdefault(client_id, []).append(deadline)

    of_mine = select(Client.id).where(mine)
    permits = select(Permit).where(
        col(Permit.client_id).in_(of_mine), col(Permit.expires_on).is_not(None)
    )
    add(
        (row.client_id, Deadline("permit_expires", row.expires_on, row.kind, row.id))
        for row in session.exec(permits)
        if row.expires_on
    )
    rights = select(Entitlement).where(
        col(Entitlement.client_id).in_(of_mine), col(Entitlement.valid_until).is_not(None)
    )
    add(
        (row.client_id, Deadline("entitlement_expires", row.valid_until, row.kind, row.id))
        for row in session.exec(rights)
        if row.valid_until
    )
    levels = select(LevelEntry).where(
        col(LevelEntry.client_id).in_(of_mine), col(LevelEntry.expires_on).is_not(None)
    )
    add(
        (row.client_id, Deadline("certificate_expires", row.expires_on, row.skill, row.id))
        for row in session.exec(levels)
        if row.expires_on
    )
    consents = select(Consent).where(
        col(Consent.client_id).in_(of_mine), col(Consent.revoked_on).is_(None)
    )
    add(
        (row.client_id, Deadline("consent_ends", row.valid_until, row.id, row.id))
        for row in session.exec(consents)
    )
