"""Notes on a case: listed without their text, read one by one, each reading in the access log.

They are for the case worker, the deputy and the team lead; an emergency does not open them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.contact_records import NoteInput
from app.cases.contacts import Correction, list_entry_corrections
from app.cases.counselling_models import CaseNote
from app.cases.histories import note_event
from app.cases.policy import is_confided_to, is_visible_to, is_writable_by
from app.cases.queries import fetch_client
from app.cases.status_models import CaseCorrection
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.core.paging import Page, page_number

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class NoteLine:
    """That there is a note; never its text."""

    id: str
    kind: str
    author_name: str
    created_at: datetime
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note that was opened."""

    note: CaseNote
    author_name: str
    changes: tuple[Correction, ...]
    """The oldest first."""

    @property
    def as_read(self) -> str:
        """Tells one state of the note from another."""
        return _state_of(self.note)


def list_notes(session: Session, actor: Actor, client_id: str, page: int = 1) -> Page[NoteLine]:
    """The notes of a case that ``actor`` may see, the newest first, without their texts."""
    client = fetch_client(session, client_id, is_visible_to(actor))
    ids = session.exec(select(CaseNote.id).where(CaseNote.client_id == client.id)).all()
    number = page_number(page, PAGE_SIZE, len(ids))
    rows = session.execute(
        columns(
            col(CaseNote.id),
            col(CaseNote.kind),
            col(User.name),
            col(CaseNote.created_at),
            col(CaseNote.changed_at),
        )
        .join(User, col(User.id) == CaseNote.author_id)
        .where(col(CaseNote.client_id) == client.id)
        .order_by(col(CaseNote.created_at).desc(), col(CaseNote.id))
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return Page(tuple(NoteLine(*row) for row in rows), number, PAGE_SIZE, len(ids))


def read_note(session: Session, actor: Actor, client_id: str, note_id: str) -> ReadNote:
    """The note with its text, and an entry in the access log (needs a transaction that writes).

    Raises `NotFoundError`, also when it is not confided to ``actor``.
    """
    fetch_client(session, client_id, is_confided_to(actor))
    row = session.exec(
        select(CaseNote, User.name)
        .join(User, col(User.id) == CaseNote.author_id)
        .where(CaseNote.id == note_id, CaseNote.client_id == client_id)
    ).first()
    if row is None:
        raise NotFoundError("no such note")
    note, author = row
    record_access(session, actor.id, "note.read", "case_note", note.id)
    changes = list_entry_corrections(session, client_id, _field_of(note.id))
    return ReadNote(note, author, changes)


def write_note(
    session: Session,
    actor: Actor,
    client_id: str,
    data: NoteInput,
    creation_key: str,
    now: datetime,
) -> CaseNote:
    """Add a note. The same ``creation_key`` twice adds one, and gives the first back."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if earlier := _find_created(session, client.id, creation_key):
        return earlier
    note = CaseNote(
        client_id=client.id,
        kind=data.kind,
        text=data.text,
        author_id=actor.id,
        creation_key=creation_key,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(note)
            session.flush()
    except IntegrityError:
        if earlier := _find_created(session, client.id, creation_key):
            return earlier
        raise ConflictError(_("This form was already used. Please open a new one.")) from None
    record_access(session, actor.id, "note.create", "case_note", note.id)
    return note


def change_note(
    session: Session,
    actor: Actor,
    client_id: str,
    note_id: str,
    data: NoteInput,
    as_read: str,
    now: datetime,
) -> CaseNote:
    """Change a note; what it said before is kept, encrypted.

    Raises `ConflictError` when it changed since ``as_read``, and `NotFoundError`.
    """
    note = _get(session, actor, client_id, note_id)
    if _state_of(note) != as_read:
        raise ConflictError(_("Somebody else changed this note in the meantime."))
    before = {"kind": note.kind, "text": note.text}
    after = {"kind": data.kind, "text": data.text}
    if before == after:
        return note
    session.add(
        CaseCorrection(
            client_id=client_id,
            actor_id=actor.id,
            field=_field_of(note.id),
            values={"before": before, "after": after},
        )
    )
    note.kind, note.text, note.changed_at = data.kind, data.text, now
    session.add(note)
    note_event(session, client_id, actor, "note_changed", {"note_id": note.id})
    record_access(session, actor.id, "note.update", "case_note", note.id)
    session.flush()
    return note


def delete_note(session: Session, actor: Actor, client_id: str, note_id: str) -> None:
    """Delete a note and whatever it once said; that there was one stays in the timeline."""
    note = _get(session, actor, client_id, note_id)
    session.execute(
        delete(CaseCorrection).where(
            col(CaseCorrection.client_id) == client_id,
            col(CaseCorrection.field) == _field_of(note.id),
        )
    )
    session.delete(note)
    note_event(session, client_id, actor, "note_deleted")
    record_access(session, actor.id, "note.delete", "case_note", note_id)
    session.flush()


def _get(session: Session, actor: Actor, client_id: str, note_id: str) -> CaseNote:
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    note = session.exec(
        select(CaseNote).where(CaseNote.id == note_id, CaseNote.client_id == client.id)
    ).first()
    if note is None:
        raise NotFoundError("no such note")
    return note


def _find_created(session: Session, client_id: str, creation_key: str) -> CaseNote | None:
    return session.exec(
        select(CaseNote).where(CaseNote.client_id == client_id, CaseNote.creation_key == creation_key)
    ).first()


def _state_of(note: CaseNote) -> str:
    return (note.changed_at or note.created_at).isoformat()


def _field_of(note_id: str) -> str:
    return f"case_note:{note_id}"
