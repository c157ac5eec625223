"""Talks with a client and attempts at one: recorded, corrected, deleted, and their notes read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.contact_records import ContactInput
from app.cases.contact_rules import ChangeWay, change_way
from app.cases.counselling_models import ContactEntry
from app.cases.histories import note_event
from app.cases.policy import is_confided_to, is_writable_by
from app.cases.queries import fetch_client
from app.cases.status_models import CaseCorrection
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _

_FIELDS: Final = (
    "happened_at", "channel", "was_reached", "topics", "minutes", "interpreting", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Correction:
    """Who corrected an entry, and when; what it said before is opened on its own."""

    id: str
    at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class OpenedContact:
    """An entry opened for changing, its note included."""

    entry: ContactEntry
    way: ChangeWay
    """``free``: as a draft; ``traced``: what it said before is kept."""
    corrections: tuple[Correction, ...]
    """The oldest first."""

    @property
    def as_read(self) -> str:
        """Tells one state of the entry from another."""
        return state_of(self.entry)


def state_of(entry: ContactEntry) -> str:
    """Changes with every change of the entry."""
    return (entry.changed_at or entry.created_at).isoformat()


def record_contact(
    session: Session,
    actor: Actor,
    client_id: str,
    data: ContactInput,
    creation_key: str,
    now: datetime,
) -> ContactEntry:
    """Note a talk. The same ``creation_key`` twice records once, and gives the first entry back.

    Raises `NotFoundError` when ``actor`` may not change the case.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if earlier := _find_created(session, client.id, creation_key):
        return earlier
    entry = ContactEntry(
        client_id=client.id,
        author_id=actor.id,
        creation_key=creation_key,
        created_at=now,
        **_values(data),
    )
    try:
        with session.begin_nested():
            session.add(entry)
            session.flush()
    except IntegrityError:
        if earlier := _find_created(session, client.id, creation_key):
            return earlier
        raise ConflictError(_("This form was already used. Please open a new one.")) from None
    record_access(session, actor.id, "contact.create", "contact_entry", entry.id)
    return entry


def open_contact(
    session: Session, actor: Actor, client_id: str, contact_id: str, now: datetime
) -> OpenedContact:
    """The entry with its note, to change it; noted as a reading where there is a note."""
    entry = _get(session, actor, client_id, contact_id)
    if entry.note is not None:
        record_access(session, actor.id, "note.read", "contact_entry", entry.id)
    way = change_way(entry.author_id, entry.created_at, actor.id, now)
    corrections = list_entry_corrections(session, client_id, correction_field(entry.id))
    return OpenedContact(entry, way, corrections)


def list_entry_corrections(session: Session, client_id: str, field: str) -> tuple[Correction, ...]:
    """When one entry or note was corrected, the oldest first. The caller has checked who asks."""
    rows = session.exec(
        select(CaseCorrection.id, CaseCorrection.at, User.name)
        .join(User, col(User.id) == CaseCorrection.actor_id, isouter=True)
        .where(CaseCorrection.client_id == client_id, CaseCorrection.field == field)
        .order_by(col(CaseCorrection.at), col(CaseCorrection.id))
    ).all()
    return tuple(Correction(key, at, name or "") for key, at, name in rows)


def read_contact_note(session: Session, actor: Actor, client_id: str, contact_id: str) -> str:
    """The note of an entry, with an entry in the access log.

    Raises `NotFoundError`, also when there is no note or it is not confided to ``actor``.
    """
    client = fetch_client(session, client_id, is_confided_to(actor))
    note = session.exec(
        select(ContactEntry.note).where(
            ContactEntry.client_id == client.id, ContactEntry.id == contact_id
        )
    ).first()
    if note is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "contact_entry", contact_id)
    return note


def change_contact(
    session: Session,
    actor: Actor,
    client_id: str,
    contact_id: str,
    data: ContactInput,
    as_read: str,
    now: datetime,
) -> ContactEntry:
    """Correct an entry; unless it is the author's own of this week, what it said is kept, encrypted.

    Raises `ConflictError` when it changed since ``as_read``, and `NotFoundError`.
    """
    entry = _get(session, actor, client_id, contact_id)
    if state_of(entry) != as_read:
        raise ConflictError(_("Somebody else changed this entry in the meantime."))
    before = {name: getattr(entry, name) for name in _FIELDS}
    after = _values(data)
    changed = [name for name in _FIELDS if before[name] != after[name]]
    if not changed:
        return entry
    if change_way(entry.author_id, entry.created_at, actor.id, now) == "traced":
        values = {"before": _plain(before, changed), "after": _plain(after, changed)}
        session.add(
            CaseCorrection(
                client_id=client_id, actor_id=actor.id, field=correction_field(entry.id), values=values
            )
        )
        note_event(session, client_id, actor, "contact_corrected", {"contact_id": entry.id})
    for name in changed:
        setattr(entry, name, after[name])
    entry.changed_at = now
    session.add(entry)
    record_access(session, actor.id, "contact.update", "contact_entry", entry.id)
    session.flush()
    return entry


def delete_contact(
    session: Session, actor: Actor, client_id: str, contact_id: str, now: datetime
) -> None:
    """Delete one's own entry of this week; an older one can only be corrected.

    Raises `InvalidInputError` when it is not, and `NotFoundError`.
    """
    entry = _get(session, actor, client_id, contact_id)
    if change_way(entry.author_id, entry.created_at, actor.id, now) != "free":
        raise InvalidInputError(
            _("Only your own entries of the last 7 days can be deleted; others can be corrected.")
        )
    session.execute(
        delete(CaseCorrection).where(
            col(CaseCorrection.client_id) == client_id,
            col(CaseCorrection.field) == correction_field(entry.id),
        )
    )
    session.delete(entry)
    note_event(session, client_id, actor, "contact_deleted")
    record_access(session, actor.id, "contact.delete", "contact_entry", contact_id)
    session.flush()


def correction_field(contact_id: str) -> str:
    """What `CaseCorrection.field` says of a corrected entry."""
    return f"contact_entry:{contact_id}"


def _get(session: Session, actor: Actor, client_id: str, contact_id: str) -> ContactEntry:
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    entry = session.exec(
        select(ContactEntry).where(ContactEntry.client_id == client.id, ContactEntry.id == contact_id)
    ).first()
    if entry is None:
        raise NotFoundError("no such entry")
    return entry


def _find_created(session: Session, client_id: str, creation_key: str) -> ContactEntry | None:
    return session.exec(
        select(ContactEntry).where(
            ContactEntry.client_id == client_id, ContactEntry.creation_key == creation_key
        )
    ).first()


def _values(data: ContactInput) -> dict[str, Any]:
    values = data.model_dump()
    values["topics"] = list(data.topics)
    return values


def _plain(values: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value := values[name], datetime) else value
        for name in names
    }
