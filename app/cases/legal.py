"""Residence status with its history, permits, entitlements, who is in charge at the office.

Nothing is committed here; each change leaves a case event, a correction and an audit entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.accounts.queries import load_user_names
from app.audit.service import record_access
from app.cases.histories import note_corrections, note_event, note_residence
from app.cases.legal_records import PermitInput, ResidenceInput, RightInput
from app.cases.models import Client, Entitlement
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client
from app.cases.status_models import Permit, ResidenceEntry
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.models import Provider

MAX_OFFICE_CONTACT = 200
Row = TypeVar("Row", Permit, Entitlement, ResidenceEntry)


@dataclass(frozen=True, slots=True)
class ResidenceLine:
    """A residence status as it was recorded."""

    entry: ResidenceEntry
    recorded_by: str


@dataclass(frozen=True, slots=True)
class LegalCard:
    """The papers of a client. The caller has opened the case (`get_case_head`)."""

    residence: tuple[ResidenceLine, ...]
    """The one that holds first, then the earlier ones."""
    permits: tuple[Permit, ...]
    entitlements: tuple[Entitlement, ...] | None
    """`None`: nobody asked yet; an empty tuple: has none."""
    office: Provider | None
    """The foreigners' office of the directory, if it knows one."""


def load_legal_card(session: Session, client: Client) -> LegalCard:
    """The papers of ``client``."""
    entries = _list_residence(session, client.id)
    names = load_user_names(session, {e.recorded_by for e in entries if e.recorded_by})
    permits = session.exec(
        select(Permit)
        .where(Permit.client_id == client.id)
        .order_by(col(Permit.expires_on), col(Permit.id))
    ).all()
    rights = session.exec(
        select(Entitlement)
        .where(Entitlement.client_id == client.id)
        .order_by(col(Entitlement.issued_on), col(Entitlement.id))
    ).all()
    office = session.exec(
        select(Provider).where(Provider.kind == "foreigners_office").order_by(col(Provider.name))
    ).first()
    return LegalCard(
        residence=tuple(ResidenceLine(e, names.get(e.recorded_by or "", "")) for e in entries),
        permits=tuple(permits),
        entitlements=tuple(rights) if rights or client.entitlements_known else None,
        office=office,
    )


def record_residence(session: Session, actor: Actor, client_id: str, data: ResidenceInput) -> Client:
    """A new residence status; the one before stays in the history. The same one again changes nothing.

    Raises `NotFoundError` when ``actor`` may not change the case.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    entries = _list_residence(session, client.id)
    told = (data.status, data.valid_from, data.expires_on)
    if entries and (entries[0].status, entries[0].valid_from, entries[0].expires_on) == told:
        return client
    note_residence(session, client.id, actor, data.status, data.valid_from, data.expires_on)
    session.flush()
    _let_hold(session, client, actor)
    _note_change(session, client, actor, "residence_recorded", {"status": data.status})
    return client


def correct_residence(
    session: Session, actor: Actor, client_id: str, entry_id: str, data: ResidenceInput
) -> None:
    """Correct a line of the history; what it said before is kept. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    row = _get_row(session, ResidenceEntry, entry_id, client.id)
    told = data.model_dump()
    before = {name: getattr(row, name) for name in told}
    if before == told:
        return
    note_corrections(session, client.id, actor, {"residence": before}, {"residence": told})
    for name, value in told.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    _let_hold(session, client, actor)
    _note_change(session, client, actor, "residence_corrected", {"status": data.status})


def get_residence(session: Session, client: Client, entry_id: str) -> ResidenceEntry:
    """The line of ``client``, whose case is open already; raises `NotFoundError`."""
    return _get_row(session, ResidenceEntry, entry_id, client.id)


def _list_residence(session: Session, client_id: str) -> list[ResidenceEntry]:
    """All lines, the one that holds first: it began last, or was recorded last."""
    rows = session.exec(select(ResidenceEntry).where(ResidenceEntry.client_id == client_id)).all()
    return sorted(
        rows,
        key=lambda row: (row.valid_from or row.recorded_at.date(), row.recorded_at, row.id),
        reverse=True,
    )


def _let_hold(session: Session, client: Client, actor: Actor) -> None:
    """Let the status of the client, which matching uses, be the one that holds."""
    holding = _list_residence(session, client.id)[0]
    told = {
        "residence_status": holding.status,
        "residence_status_expires_on": holding.expires_on,
    }
    note_corrections(session, client.id, actor, {name: getattr(client, name) for name in told}, told)
    for name, value in told.items():
        setattr(client, name, value)


def set_office_contact(session: Session, actor: Actor, client_id: str, words: str) -> None:
    """Who is in charge of the client at the foreigners' office; empty: unknown."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    told = " ".join(words.split())
    if len(told) > MAX_OFFICE_CONTACT:
        raise InvalidInputError(_("At most 200 characters, please."), field="office_contact")
    if (client.office_contact or "") == told:
        return
    note_corrections(
        session,
        client.id,
        actor,
        {"office_contact": client.office_contact},
        {"office_contact": told or None},
    )
    client.office_contact = told or None
    _note_change(session, client, actor, "client_changed", {"fields": ["office_contact"]})


def add_permit(
    session: Session, actor: Actor, client_id: str, data: PermitInput, creation_key: str
) -> Permit:
    """A paper; the same ``creation_key`` twice adds one. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    permit = Permit(client_id=client.id, creation_key=creation_key, **data.model_dump())
    try:
        with session.begin_nested():
            session.add(permit)
            session.flush()
    except IntegrityError:
        earlier = session.exec(
            select(Permit).where(Permit.creation_key == creation_key, Permit.client_id == client.id)
        ).first()
        if earlier is None:
            raise NotFoundError("no such case") from None
        return earlier
    _note_change(session, client, actor, "permit_added", {"kind": data.kind})
    return permit


def change_permit(
    session: Session, actor: Actor, client_id: str, permit_id: str, data: PermitInput
) -> None:
    """Correct a paper; what it said before is kept. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    permit = _get_row(session, Permit, permit_id, client.id)
    _correct(session, client, actor, permit, data.model_dump(), "permit")


def remove_permit(session: Session, actor: Actor, client_id: str, permit_id: str) -> None:
    """Take a paper out that was entered by mistake; what it said is kept. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    permit = _get_row(session, Permit, permit_id, client.id)
    _remove(session, client, actor, permit, "permit")


def add_right(session: Session, actor: Actor, client_id: str, data: RightInput) -> None:
    """An entitlement; one that is there just so is not added again. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    told = data.model_dump()
    rows = session.exec(select(Entitlement).where(Entitlement.client_id == client.id)).all()
    if any(all(getattr(row, name) == value for name, value in told.items()) for row in rows):
        return
    session.add(Entitlement(client_id=client.id, **told))
    client.entitlements_known = True
    _note_change(session, client, actor, "entitlement_added", {"kind": data.kind})


def change_right(
    session: Session, actor: Actor, client_id: str, entitlement_id: str, data: RightInput
) -> None:
    """Correct an entitlement; what it said before is kept. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    row = _get_row(session, Entitlement, entitlement_id, client.id)
    _correct(session, client, actor, row, data.model_dump(), "entitlement")


def remove_right(session: Session, actor: Actor, client_id: str, entitlement_id: str) -> None:
    """Take an entitlement out that was entered by mistake; what it said is kept."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    row = _get_row(session, Entitlement, entitlement_id, client.id)
    _remove(session, client, actor, row, "entitlement")


def get_permit(session: Session, client: Client, permit_id: str) -> Permit:
    """The paper of ``client``, whose case is open already; raises `NotFoundError`."""
    return _get_row(session, Permit, permit_id, client.id)


def get_right(session: Session, client: Client, entitlement_id: str) -> Entitlement:
    """The entitlement of ``client``, whose case is open already; raises `NotFoundError`."""
    return _get_row(session, Entitlement, entitlement_id, client.id)


def _get_row(session: Session, model: Callable[..., Row], row_id: str, client_id: str) -> Row:
    row: Row | None = session.get(model, row_id)  # type: ignore[arg-type]  # a mapped class is callable
    if row is None or row.client_id != client_id:
        raise NotFoundError("no such paper")
    return row


def _correct(
    session: Session,
    client: Client,
    actor: Actor,
    row: Permit | Entitlement,
    told: dict[str, Any],
    what: str,
) -> None:
    before = {name: getattr(row, name) for name in told}
    if before == told:
        return
    note_corrections(session, client.id, actor, {what: before}, {what: told})
    for name, value in told.items():
        setattr(row, name, value)
    session.add(row)
    _note_change(session, client, actor, f"{what}_changed", {"kind": told["kind"]})


def _remove(
    session: Session, client: Client, actor: Actor, row: Permit | Entitlement, what: str
) -> None:
    kept = row.model_dump(mode="json", exclude={"id", "client_id", "creation_key", "created_at"})
    note_corrections(session, client.id, actor, {what: kept}, {what: None})
    session.delete(row)
    _note_change(session, client, actor, f"{what}_removed", {"kind": row.kind})


def _note_change(
    session: Session, client: Client, actor: Actor, code: str, facts: dict[str, Any]
) -> None:
    client.version += 1
    client.updated_at = utc_now()
    session.add(client)
    note_event(session, client.id, actor, code, facts)
    record_access(session, actor.id, "client.update", "client", client.id)
    session.flush()
