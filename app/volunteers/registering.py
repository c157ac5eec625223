"""Registering: told on a public page, confirmed by the link in a mail, then read by an editor.

Nothing is committed here. Nothing of a registration is public, and nobody of the house reads it before
the address is confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select

from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.errors import ConflictError
from app.core.i18n import gettext as _
from app.settings import TIMEZONE
from app.volunteers.answers import OrganisationAnswers, VolunteerAnswers
from app.volunteers.models import Registration
from app.volunteers.registration_states import AFTER, CONFIRM_WITHIN, IN_THE_QUEUE, can_become

MAILS_A_DAY: Final = 3
"""To one address that nobody has confirmed: whoever types a stranger's cannot flood it."""
Answers = VolunteerAnswers | OrganisationAnswers


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """What a public form brings."""

    answers: Answers
    creation_key: str
    is_suspected: bool


def register(session: Session, new: NewRegistration) -> Registration:
    """Keep what was told; the form sent twice is kept once."""
    if earlier := _find_by_key(session, new.creation_key):
        return earlier
    registration = Registration(
        kind="volunteer" if isinstance(new.answers, VolunteerAnswers) else "organisation",
        state="unconfirmed",
        email=new.answers.email,
        answers=new.answers.model_dump(mode="json"),
        is_suspected=new.is_suspected,
        creation_key=new.creation_key,
    )
    try:
        with session.begin_nested():
            session.add(registration)
    except IntegrityError:  # the same form at the same moment
        found = _find_by_key(session, new.creation_key)
        if found is None:
            raise
        return found
    record_access(session, None, "registration.create", "registration", registration.id)
    return registration


def may_be_mailed(session: Session, email: str, now: datetime) -> bool:
    """Whether one more mail may go to an address that is not known to be the sender's."""
    recent = session.exec(
        select(func.count())
        .select_from(Registration)
        .where(
            Registration.email == email,
            Registration.state == "unconfirmed",
            col(Registration.created_at) > now - timedelta(days=1),
        )
    ).one()
    return recent <= MAILS_A_DAY


def confirm(session: Session, registration_id: str) -> Registration | None:
    """The address is theirs: an editor may look at it now. A second time nothing happens.

    `None`: it was withdrawn, or forgotten in the meantime.
    """
    registration = _lock(session, registration_id)
    if registration is None:
        return None
    if registration.state == "unconfirmed":
        registration.confirmed_at = utc_now()
        move(session, registration, "waiting", None, "confirm")
    return registration


def find_registration(session: Session, registration_id: str) -> Registration | None:
    """The registration behind a link; `None`: it is forgotten."""
    return session.get(Registration, registration_id)


def withdraw(session: Session, registration_id: str) -> bool:
    """Whoever registered thinks better of it: what was told is deleted. `False`: it is decided."""
    registration = _lock(session, registration_id)
    if registration is None:
        return True
    if not AFTER[registration.state]:
        return False
    session.delete(registration)
    record_access(session, None, "registration.withdraw", "registration", registration_id)
    session.flush()
    return True


def move(
    session: Session, registration: Registration, state: str, actor_id: str | None, verb: str
) -> None:
    """Take the step in the table of states, audited; raises `ConflictError` when there is none."""
    if not can_become(registration.state, state):
        raise ConflictError(_("Somebody else has decided on this in the meantime."))
    registration.state = state
    registration.version += 1
    session.add(registration)
    record_access(session, actor_id, f"registration.{verb}", "registration", registration.id)
    session.flush()


def forget_unconfirmed(session: Session, now: datetime) -> int:
    """Delete what nobody confirmed in time; how many."""
    result: Any = session.execute(
        delete(Registration).where(
            col(Registration.state) == "unconfirmed",
            col(Registration.created_at) < now - CONFIRM_WITHIN,
        )
    )
    return int(result.rowcount)


def read_answers(registration: Registration) -> Answers:
    """What was told, as it was told."""
    model = VolunteerAnswers if registration.kind == "volunteer" else OrganisationAnswers
    return model.model_validate(registration.answers)


@dataclass(frozen=True, slots=True)
class QueuedRegistration:
    """A line of the editors' queue."""

    id: str
    kind: str
    state: str
    name: str
    is_suspected: bool
    since: date


def list_queue(session: Session) -> list[QueuedRegistration]:
    """What waits for an editor: the oldest first, suspected ones last."""
    rows = session.exec(
        select(Registration)
        .where(col(Registration.state).in_(IN_THE_QUEUE))
        .order_by(col(Registration.is_suspected), col(Registration.confirmed_at))
    ).all()
    return [
        QueuedRegistration(
            row.id,
            row.kind,
            row.state,
            name_of(read_answers(row)),
            row.is_suspected,
            (row.confirmed_at or row.created_at).astimezone(TIMEZONE).date(),
        )
        for row in rows
    ]


def count_waiting(session: Session) -> int:
    """How many an editor has to look at now."""
    statement = select(func.count()).select_from(Registration).where(Registration.state == "waiting")
    return session.exec(statement).one()


def name_of(answers: Answers) -> str:
    """Who it is."""
    if isinstance(answers, VolunteerAnswers):
        return f"{answers.first_name} {answers.last_name}"
    return answers.name


def _lock(session: Session, registration_id: str) -> Registration | None:
    return session.exec(
        select(Registration).where(Registration.id == registration_id).with_for_update()
    ).first()


def _find_by_key(session: Session, creation_key: str) -> Registration | None:
    return session.exec(select(Registration).where(Registration.creation_key == creation_key)).first()
