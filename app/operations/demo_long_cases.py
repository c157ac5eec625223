"""Cases of the demo that have lasted for years: their time is nearly over, or was extended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import CaseEvent, Client

_LONG_CASES: Final = ((-1055, None), (-945, None), (-1290, "training_near_end"))
"""When the counselling began, in days from today, and why it lasts a fourth year."""
_NOT_THE_FIRST: Final = 4
"""The first people of the demo have stories of their own."""


def lengthen_demo_cases(session: Session, people: Sequence[tuple[str, Actor]], today: date) -> int:
    """Let some of ``people`` (client id and case worker) be counselled for years; tells how many.

    They are the same case worker's, so that one account shows it all.
    """
    own = [client_id for client_id, actor in people if actor.id == people[0][1].id]
    told = list(zip(own[_NOT_THE_FIRST::3], _LONG_CASES, strict=False))
    for client_id, (days, reason) in told:
        client = session.get_one(Client, client_id)
        started_on = today + timedelta(days=days)
        client.counselling_started_on, client.extension_reason = started_on, reason
        client.created_at = datetime.combine(started_on, time(9), UTC)
        session.add(client)
        for event in session.exec(select(CaseEvent).where(col(CaseEvent.client_id) == client_id)).all():
            event.at = client.created_at
            session.add(event)
    session.flush()
    return len(told)
