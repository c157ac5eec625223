"""The volunteers as the editors know them: how to reach them, what was checked, what is due.

Nothing is committed here; reading and changing one of them is audited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.volunteers.checks import Checks, who_saw
from app.volunteers.models import Volunteer

SOON: Final = timedelta(days=60)
"""So long before it is due a new police clearance is asked for: to get one takes weeks."""
Due = Literal["missing", "over", "soon"]


@dataclass(frozen=True, slots=True)
class VolunteerLine:
    """A volunteer in the editors' list."""

    provider_id: str
    name: str
    since: date
    due: Due | None
    next_on: date | None


def clearance_due(person: Volunteer, today: date) -> Due | None:
    """Whether a police clearance has to be asked for; `None`: none is needed, or it holds for long."""
    if not person.needs_clearance:
        return None
    if person.clearance_next_on is None:
        return "missing"
    if person.clearance_next_on < today:
        return "over"
    return "soon" if person.clearance_next_on <= today + SOON else None


def list_volunteers(session: Session, today: date) -> list[VolunteerLine]:
    """Those who help now: what is due first, then by name."""
    rows = session.exec(select(Volunteer).where(col(Volunteer.left_on).is_(None))).all()
    lines = [
        VolunteerLine(
            row.provider_id,
            f"{row.first_name} {row.last_name}",
            row.since,
            clearance_due(row, today),
            row.clearance_next_on,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.due is None, line.name.casefold(), line.provider_id))


def count_due(session: Session, today: date) -> int:
    """How many police clearances have to be asked for."""
    next_on = col(Volunteer.clearance_next_on)
    statement = select(func.count()).where(
        col(Volunteer.left_on).is_(None),
        col(Volunteer.needs_clearance),
        next_on.is_(None) | (next_on <= today + SOON),
    )
    return session.exec(statement).one()


def read_volunteer(session: Session, actor: Actor, provider_id: str) -> Volunteer:
    """One of them, with an audit entry (needs a transaction that writes); raises `NotFoundError`."""
    person = session.get(Volunteer, provider_id)
    if person is None:
        raise NotFoundError("no such volunteer")
    record_access(session, actor.id, "volunteer.read", "provider", provider_id)
    return person


def checks_of(person: Volunteer) -> Checks:
    """What was seen and done so far."""
    return Checks(
        clearance_seen_on=person.clearance_seen_on,
        clearance_seen_by=person.clearance_seen_by,
        clearance_next_on=person.clearance_next_on,
        talk_on=person.talk_on,
        agreement_on=person.agreement_on,
    )


def renew_checks(
    session: Session, actor: Actor, provider_id: str, checks: Checks, version: int
) -> Volunteer:
    """Keep what was seen anew; raises `NotFoundError`, `ConflictError`."""
    person = session.get(Volunteer, provider_id, with_for_update=True)
    if person is None:
        raise NotFoundError("no such volunteer")
    if person.version != version:
        raise ConflictError(_("Somebody else changed this in the meantime."))
    kept = who_saw(checks, checks_of(person), actor.id)
    for name, value in kept:
        setattr(person, name, value)
    person.version += 1
    session.add(person)
    record_access(session, actor.id, "volunteer.check", "provider", provider_id)
    session.flush()
    return person
