"""Appointments of a client: made, changed, what came of them, and those of a case worker's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.codes import APPOINTMENT_STATES
from app.cases.counselling_models import Appointment
from app.cases.histories import note_corrections
from app.cases.legal_records import AppointmentInput
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_own_or_deputised, is_writable_by
from app.cases.queries import fetch_client
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class AppointmentLine:
    """An appointment in the list of a day; its note is read on its own."""

    id: str
    client_id: str
    client_name: str
    kind: str
    starts_at: datetime
    place: str
    with_whom: str


def list_appointments(session: Session, client_id: str) -> tuple[Appointment, ...]:
    """All of a client, the latest first. The caller has checked who asks."""
    return tuple(
        session.exec(
            select(Appointment)
            .where(Appointment.client_id == client_id)
            .order_by(col(Appointment.starts_at).desc(), col(Appointment.id))
        ).all()
    )


def list_appointments_of_day(
    session: Session, actor: Actor, begin: datetime, end: datetime
) -> tuple[AppointmentLine, ...]:
    """The planned ones between two moments of ``actor``'s own and deputised open cases, in order."""
    rows = session.execute(
        columns(
            col(Appointment.id),
            col(Appointment.client_id),
            col(Appointment.kind),
            col(Appointment.starts_at),
            col(Appointment.place),
            col(Appointment.with_whom),
            col(Client.given_name),
            col(Client.family_name),
        )
        .join(Client, col(Client.id) == Appointment.client_id)
        .where(
            is_own_or_deputised(actor),
            col(Client.closed_on).is_(None),
            col(Appointment.starts_at) >= begin,
            col(Appointment.starts_at) < end,
            col(Appointment.state) == "planned",
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    ).all()
    return tuple(
        AppointmentLine(
            id=row.id,
            client_id=row.client_id,
            client_name=f"{row.given_name} {row.family_name}".strip(),
            kind=row.kind,
            starts_at=row.starts_at,
            place=row.place,
            with_whom=row.with_whom,
        )
        for row in rows
    )


def get_appointment(session: Session, client_id: str, appointment_id: str) -> Appointment:
    """The appointment of a client whose case is open already; raises `NotFoundError`."""
    found = session.get(Appointment, appointment_id)
    if found is None or found.client_id != client_id:
        raise NotFoundError("no such appointment")
    return found


def read_appointment_note(session: Session, actor: Actor, client_id: str, appointment_id: str) -> str:
    """The note, for those whom the case is confided to, with an audit entry; raises `NotFoundError`."""
    fetch_client(session, client_id, is_confided_to(actor))
    found = get_appointment(session, client_id, appointment_id)
    if found.note is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "appointment", found.id)
    return found.note


def make_appointment(
    session: Session, actor: Actor, client_id: str, data: AppointmentInput, creation_key: str
) -> Appointment:
    """Note an appointment; the same ``creation_key`` twice notes one. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    made = Appointment(
        client_id=client.id, created_by=actor.id, creation_key=creation_key, **data.model_dump()
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        earlier = session.exec(
            select(Appointment).where(
                Appointment.creation_key == creation_key, Appointment.client_id == client.id
            )
        ).first()
        if earlier is None:
            raise NotFoundError("no such case") from None
        return earlier
    record_access(session, actor.id, "appointment.create", "appointment", made.id)
    return made


def change_appointment(
    session: Session, actor: Actor, client_id: str, appointment_id: str, data: AppointmentInput
) -> Appointment:
    """Move or correct an appointment; what it said before is kept. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    found = get_appointment(session, client.id, appointment_id)
    told = data.model_dump()
    before = {name: getattr(found, name) for name in told}
    if before == told:
        return found
    note_corrections(session, client.id, actor, {"appointment": before}, {"appointment": told})
    for name, value in told.items():
        setattr(found, name, value)
    if found.state != "planned" and told["starts_at"] != before["starts_at"]:
        found.state = "planned"
    session.add(found)
    record_access(session, actor.id, "appointment.update", "appointment", found.id)
    session.flush()
    return found


def set_appointment_state(
    session: Session, actor: Actor, client_id: str, appointment_id: str, state: str
) -> None:
    """Say what came of it: ``kept``, ``missed``, ``cancelled``, or ``planned`` again.

    Raises `NotFoundError`, and `InvalidInputError` for any other state.
    """
    if state not in APPOINTMENT_STATES:
        raise InvalidInputError(_("An appointment is planned, kept, missed or cancelled."))
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    found = get_appointment(session, client.id, appointment_id)
    if found.state == state:
        return
    found.state = state
    session.add(found)
    record_access(session, actor.id, "appointment.update", "appointment", found.id)
    session.flush()
