"""Loading what runs out, for one case or for all that are somebody's day, in a few queries."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, bindparam
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col

from app.accounts.permissions import Actor
from app.cases.consents import EndingConsent, drop_replaced_consents
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
from app.cases.privacy_models import Consent
from app.cases.status_models import LevelEntry, Permit

Found = dict[str, list[Deadline]]


def load_warnings_of_case(
    session: Session, client_id: str, actor: Actor, today: date
) -> tuple[DeadlineWarning, ...]:
    """What runs out in one case; nothing when ``actor`` may not see it."""
    return _load(session, actor, today, client_id).get(client_id, ())


def load_warnings_of_day(
    session: Session, actor: Actor, today: date
) -> dict[str, tuple[DeadlineWarning, ...]]:
    """Client id → warnings, for the open cases of ``actor`` and of those one stands in for.

    Clients without a warning are left out.
    """
    return _load(session, actor, today)


def _load(
    session: Session, actor: Actor, today: date, client_id: str | None = None
) -> dict[str, tuple[DeadlineWarning, ...]]:
    is_of_one = client_id is not None
    client: dict[str, Any] = {"client": client_id} if is_of_one else {}
    found: Found = {}
    for row in session.execute(_clients_of(actor, is_of_one=is_of_one), client).all():
        _add_client(row, found)
    ending: list[EndingConsent] = []
    for of_client, code, kind, on in session.execute(
        _papers_of(actor, is_of_one=is_of_one), client | _days(today)
    ).all():
        if code == "consent_ends":
            ending.append(EndingConsent(kind, of_client, on))
        else:
            found.setdefault(of_client, []).append(Deadline(code, on, kind))
    for consent in drop_replaced_consents(session, ending):
        deadline = Deadline("consent_ends", consent.valid_until, consent.id)
        found.setdefault(consent.client_id, []).append(deadline)
    warnings = {key: list_warnings(deadlines, today) for key, deadlines in found.items()}
    return {key: told for key, told in warnings.items() if told}


def _add_client(row: Row[*tuple[Any, ...]], found: Found) -> None:
    client_id, started_on, ends_on, extension, expires_on = row
    end = counselling_end(started_on, ends_on, is_extended=extension is not None)
    if end is not None:
        found.setdefault(client_id, []).append(Deadline("counselling_ends", end))
    if expires_on is not None:
        found.setdefault(client_id, []).append(Deadline("residence_expires", expires_on))


def _days(today: date) -> dict[str, date]:
    """What the statement of `_papers_of` binds: from when to when each kind of paper is told of."""
    until = {code: today + timedelta(days=days) for code, days in WARN_DAYS.items()}
    return {"since": today - timedelta(days=FORGET_DAYS), **until}


def _whose(actor: Actor, *, is_of_one: bool) -> ColumnElement[bool]:
    if is_of_one:
        return (col(Client.id) == bindparam("client")) & is_visible_to(actor)
    return is_own_or_deputised(actor) & col(Client.closed_on).is_(None)


# To make these statements takes longer than to run them, so each is made once for a person and a day.


@lru_cache(maxsize=512)
def _clients_of(actor: Actor, *, is_of_one: bool) -> Select[*tuple[Any, ...]]:
    return sa.select(
        col(Client.id),
        col(Client.counselling_started_on),
        col(Client.counselling_ends_on),
        col(Client.extension_reason),
        col(Client.residence_status_expires_on),
    ).where(_whose(actor, is_of_one=is_of_one))


@lru_cache(maxsize=512)
def _papers_of(actor: Actor, *, is_of_one: bool) -> CompoundSelect[Any]:
    mine = _whose(actor, is_of_one=is_of_one)
    newer = aliased(LevelEntry)
    is_latest = ~sa.exists().where(
        col(newer.client_id) == LevelEntry.client_id,
        col(newer.skill) == LevelEntry.skill,
        col(newer.recorded_at) > LevelEntry.recorded_at,
    )
    return sa.union_all(
        _near("permit_expires", Permit, col(Permit.kind), col(Permit.expires_on), mine),
        _near(
            "entitlement_expires",
            Entitlement,
            col(Entitlement.kind),
            col(Entitlement.valid_until),
            mine,
        ),
        _near(
            "certificate_expires",
            LevelEntry,
            col(LevelEntry.skill),
            col(LevelEntry.expires_on),
            mine & is_latest,
        ),
        _ending_consents(mine),
    )


def _near(
    code: DeadlineCode, model: Any, kind: Mapped[str], on: Mapped[Any], wanted: ColumnElement[bool]
) -> Select[Any]:
    """Client, code, kind and day of what is to be told.

    Of several of one kind only the one that holds longest counts: the others were replaced.
    """
    last = sa.func.max(on)
    return (
        sa.select(col(model.client_id), _word(code), kind, last)
        .join(Client, col(Client.id) == model.client_id)
        .where(wanted, on.is_not(None))
        .group_by(col(model.client_id), kind)
        .having(last.between(bindparam("since"), bindparam(code)))
    )


def _ending_consents(wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The same of consents, each by itself: whether one was replaced cannot be asked of an encrypted
    recipient."""
    last_day = col(Consent.valid_until)
    return (
        sa.select(col(Consent.client_id), _word("consent_ends"), col(Consent.id), last_day)
        .join(Client, col(Client.id) == Consent.client_id)
        .where(
            wanted,
            col(Consent.revoked_on).is_(None),
            last_day.between(bindparam("since"), bindparam("consent_ends")),
        )
    )


def _word(code: DeadlineCode) -> ColumnElement[str]:
    """A code of ours as a constant of the statement."""
    return sa.literal_column(f"'{code}'", sa.String)
