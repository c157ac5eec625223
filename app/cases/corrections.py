"""The history of rectification: what a field said before, says now, who changed it and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic_core import to_jsonable_python
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_corrections
from app.cases.policy import is_confided_to
from app.cases.queries import fetch_client
from app.cases.status_models import CaseCorrection
from app.core.clock import utc_now
from app.core.errors import NotFoundError
from app.core.paging import Page, page_number

STILL_TYPING: Final = timedelta(minutes=10)
"""What one person writes into one field within this time is one change."""
PAGE_SIZE: Final = 50
_WITHOUT_COLON: Final = "%:%"
"""Notes and talks (``case_note:<id>``) show their own history, where they are read."""


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One change, without its values when they are to be read one by one."""

    id: str
    at: datetime
    field: str
    actor_name: str | None
    is_open: bool
    before: Any
    after: Any


def keep_corrections(
    session: Session,
    client_id: str,
    actor: Actor,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    """Keep what the changed fields said, as one line while somebody is still typing.

    A field that is back to what it said before the line began leaves none.
    """
    since = utc_now() - STILL_TYPING
    for name, value in after.items():
        was, now = _plain(before.get(name)), _plain(value)
        if was == now:
            continue
        row = session.exec(
            select(CaseCorrection)
            .where(
                CaseCorrection.client_id == client_id,
                CaseCorrection.field == name,
                CaseCorrection.actor_id == actor.id,
                col(CaseCorrection.at) >= since,
            )
            .order_by(col(CaseCorrection.at).desc())
        ).first()
        if row is None or row.values.get("after") != was:
            note_corrections(session, client_id, actor, {name: was}, {name: now})
        elif row.values.get("before") == now:
            session.delete(row)
        else:
            row.values = {"before": row.values.get("before"), "after": now}
            row.at = utc_now()
            session.add(row)


def list_corrections(
    session: Session, client_id: str, open_fields: frozenset[str], page: int
) -> Page[CorrectionLine]:
    """The changes of a case, the newest first; values only of ``open_fields``.

    The caller has checked who asks.
    """
    wanted = (
        CaseCorrection.client_id == client_id,
        col(CaseCorrection.field).not_like(_WITHOUT_COLON),
    )
    total = session.exec(select(func.count()).select_from(CaseCorrection).where(*wanted)).one()
    number = page_number(page, PAGE_SIZE, total)
    rows = session.exec(
        select(CaseCorrection, User.name)
        .join(User, col(User.id) == CaseCorrection.actor_id, isouter=True)
        .where(*wanted)
        .order_by(col(CaseCorrection.at).desc(), col(CaseCorrection.id))
        .offset((number - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    ).all()
    lines = tuple(_line(row, name, is_open=row.field in open_fields) for row, name in rows)
    return Page(lines, number, PAGE_SIZE, total)


def get_correction(
    session: Session, actor: Actor, client_id: str, correction_id: str
) -> CorrectionLine:
    """One change with its values, with an entry in the audit log; raises `NotFoundError`."""
    fetch_client(session, client_id, is_confided_to(actor))
    found = session.exec(
        select(CaseCorrection, User.name)
        .join(User, col(User.id) == CaseCorrection.actor_id, isouter=True)
        .where(CaseCorrection.id == correction_id, CaseCorrection.client_id == client_id)
    ).first()
    if found is None:
        raise NotFoundError("no such change")
    record_access(session, actor.id, "correction.read", "case_correction", correction_id)
    return _line(*found, is_open=True)


def _line(row: CaseCorrection, name: str | None, *, is_open: bool) -> CorrectionLine:
    values = row.values if is_open else {}
    return CorrectionLine(
        row.id, row.at, row.field, name, is_open, values.get("before"), values.get("after")
    )


def _plain(value: object) -> Any:
    return to_jsonable_python(value)
