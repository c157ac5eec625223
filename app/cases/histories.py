"""Keeping what was: each new level, residence status and corrected field is a line that stays.

Callers have checked who may change the client and hold its row; nothing is committed here. Without an
``actor`` somebody outside told it, who has no account: a provider, by a signed link.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlmodel import Session

from app.accounts.permissions import Actor
from app.cases.models import CaseEvent
from app.cases.status_models import CaseCorrection, LevelEntry, ResidenceEntry


def note_event(
    session: Session,
    client_id: str,
    actor: Actor | None,
    code: str,
    facts: dict[str, Any] | None = None,
) -> None:
    """Put something that happened into the timeline: codes and numbers only, no free text."""
    session.add(
        CaseEvent(
            client_id=client_id, actor_id=actor.id if actor else None, code=code, facts=facts or {}
        )
    )


def note_corrections(
    session: Session,
    client_id: str,
    actor: Actor,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    """Keep, encrypted, what the changed fields said before and say now (Art. 16 GDPR)."""
    for name, value in after.items():
        if before.get(name) != value:
            values = {"before": _plain(before.get(name)), "after": _plain(value)}
            session.add(
                CaseCorrection(client_id=client_id, actor_id=actor.id, field=name, values=values)
            )


def note_level(
    session: Session,
    client_id: str,
    actor: Actor | None,
    skill: str,
    level: str | None,
    evidence: str | None,
    known_on: date | None,
    expires_on: date | None = None,
) -> None:
    """Add a level of German in one skill to the history."""
    session.add(
        LevelEntry(
            client_id=client_id,
            skill=skill,
            level=level,
            evidence=evidence,
            known_on=known_on,
            expires_on=expires_on,
            recorded_by=actor.id if actor else None,
        )
    )


def note_residence(
    session: Session,
    client_id: str,
    actor: Actor,
    status: str,
    valid_from: date | None,
    expires_on: date | None,
) -> None:
    """Add a residence status to the history."""
    session.add(
        ResidenceEntry(
            client_id=client_id,
            status=status,
            valid_from=valid_from,
            expires_on=expires_on,
            recorded_by=actor.id,
        )
    )


def _plain(value: object) -> Any:
    return to_jsonable_python(value) if not isinstance(value, datetime) else value.isoformat()
