"""Loading what runs out, for one case or for all that are somebody's day, in a few queries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col

from app.accounts.permissions import Actor
from app.cases.consents import list_ending_consents
from app.cases.deadlines import (
    FORGET_DAYS,
    WARN_DAYS,
    Deadline,
    DeadlineCode,
    DeadlineWarning,
    counselling_end,
    list_warnings,
)
from app.cases.models import Client, Entitlement
from app.cases.policy import is_own_or_deputised, is_visible_to
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
    _add_papers(session, mine, today, found)
    _add_consents(session, mine, today, found)
    warnings = {client_id: list_warnings(deadlines, today) for client_id, deadlines in found.items()}
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


def _add_papers(session: Session, mine: ColumnElement[bool], today: date, found: Found) -> None:
    newer = aliased(LevelEntry)
    is_latest = ~sa.exists().where(
        col(newer.client_id) == LevelEntry.client_id,
        col(newer.skill) == LevelEntry.skill,
        col(newer.recorded_at) > LevelEntry.recorded_at,
    )
    papers = sa.union_all(
        _near("permit_expires", Permit, col(Permit.kind), col(Permit.expires_on), mine, today),
        _near(
            "entitlement_expires",
            Entitlement,
            col(Entitlement.kind),
            col(Entitlement.valid_until),
            mine,
            today,
        ),
        _near(
            "certificate_expires",
            LevelEntry,
            col(LevelEntry.skill),
            col(LevelEntry.expires_on),
            mine & is_latest,
            today,
        ),
    )
    for client_id, code, kind, on in session.execute(papers).all():
        found.setdefault(client_id, []).append(Deadline(code, on, kind))


def _add_consents(session: Session, mine: ColumnElement[bool], today: date, found: Found) -> None:
    """By themselves: whether one was replaced cannot be asked of an encrypted recipient."""
    since = today - timedelta(days=FORGET_DAYS)
    until = today + timedelta(days=WARN_DAYS["consent_ends"])
    for consent in list_ending_consents(session, mine, since, until):
        deadline = Deadline("consent_ends", consent.valid_until, consent.id)
        found.setdefault(consent.client_id, []).append(deadline)


def _near(
    code: DeadlineCode,
    model: Any,
    kind: Mapped[str],
    on: Mapped[Any],
    wanted: ColumnElement[bool],
    today: date,
) -> Select[Any]:
    """Client, code, kind and day of what is to be told.

    Of several of one kind only the one that holds longest counts: the others were replaced.
    """
    last = sa.func.max(on)
    return (
        sa.select(col(model.client_id), sa.literal(code), kind, last)
        .join(Client, col(Client.id) == model.client_id)
        .where(wanted, on.is_not(None))
        .group_by(col(model.client_id), kind)
        .having(
            last.between(today - timedelta(days=FORGET_DAYS), today + timedelta(days=WARN_DAYS[code]))
        )
    )
