"""People around a client: guardians of a minor, and whom to call in an emergency."""

from __future__ import annotations

from typing import Any, Final, Literal

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_corrections, note_event
from app.cases.lifecycle_records import PersonInput
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client
from app.cases.status_models import RelatedPerson
from app.core.errors import NotFoundError

CORRECTED: Final = "person"
"""What the history of corrections calls somebody around the client: all of the entry together, as a
phone number alone would pass for the client's own."""
PersonRole = Literal["guardian", "emergency"]


def list_people(session: Session, client_id: str) -> tuple[RelatedPerson, ...]:
    """Guardians first, then emergency contacts, in their order. The caller has checked who asks."""
    rows = session.exec(
        select(RelatedPerson)
        .where(RelatedPerson.client_id == client_id)
        .order_by(col(RelatedPerson.role).desc(), col(RelatedPerson.position), col(RelatedPerson.id))
    ).all()
    return tuple(rows)


def get_person(session: Session, client_id: str, person_id: str) -> RelatedPerson:
    """One of them; the caller has checked who asks. Raises `NotFoundError`."""
    person = session.get(RelatedPerson, person_id)
    if person is None or person.client_id != client_id:
        raise NotFoundError("no such person")
    return person


def has_consenting_guardian(session: Session, client_id: str) -> bool:
    """Whether somebody is on record who consents for the minor."""
    found = select(RelatedPerson.id).where(
        RelatedPerson.client_id == client_id,
        RelatedPerson.role == "guardian",
        col(RelatedPerson.may_consent).is_(True),
    )
    return session.exec(found).first() is not None


def add_person(
    session: Session, actor: Actor, client_id: str, role: PersonRole, data: PersonInput
) -> RelatedPerson:
    """Enter a guardian or an emergency contact; the same one again is not entered twice."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    told = _columns(data)
    others = [one for one in list_people(session, client.id) if one.role == role]
    for one in others:
        if all(getattr(one, name) == value for name, value in told.items()):
            return one
    person = RelatedPerson(client_id=client.id, role=role, position=len(others), **told)
    session.add(person)
    note_event(session, client.id, actor, "person_added", {"role": role})
    record_access(session, actor.id, "client.update", "client", client.id)
    session.flush()
    return person


def change_person(
    session: Session, actor: Actor, client_id: str, person_id: str, data: PersonInput
) -> None:
    """Correct an entry; what it said before is kept. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    person = get_person(session, client.id, person_id)
    told = _columns(data)
    before = {name: getattr(person, name) for name in told}
    if before == told:
        return
    note_corrections(session, client.id, actor, {CORRECTED: before}, {CORRECTED: told})
    for name, value in told.items():
        setattr(person, name, value)
    session.add(person)
    note_event(session, client.id, actor, "person_changed", {"role": person.role})
    record_access(session, actor.id, "client.update", "client", client.id)
    session.flush()


def remove_person(session: Session, actor: Actor, client_id: str, person_id: str) -> None:
    """Take an entry out; what it said is kept in the history. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    person = get_person(session, client.id, person_id)
    kept = person.model_dump(mode="json", exclude={"id", "client_id", "person_id"})
    note_corrections(session, client.id, actor, {CORRECTED: kept}, {CORRECTED: None})
    session.delete(person)
    note_event(session, client.id, actor, "person_removed", {"role": person.role})
    record_access(session, actor.id, "client.update", "client", client.id)
    session.flush()


def _columns(data: PersonInput) -> dict[str, Any]:
    told = data.model_dump()
    told["languages"] = None if data.languages is None else list(data.languages)
    return told
