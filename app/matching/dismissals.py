"""Offers set aside for a client: "not suitable because …".

Which offers somebody set aside, and why, tells of the person: all of it is encrypted, the note opens
on a click. What is wrong with the offer itself goes to the editor, without a word about the case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, get_args

from pydantic import Field, field_validator
from sqlalchemy import Select, bindparam
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_event
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_visible_to, is_writable_by
from app.cases.queries import fetch_client
from app.cases.typed_input import TypedInput, paragraphs
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.history import Author
from app.directory.merging import find_successor
from app.directory.models import Offer
from app.directory.suggesting import suggest_change
from app.matching.models import OfferDismissal

ClientReason = Literal["not_interested", "too_far", "times", "level", "tried_before", "family", "other"]
OfferReason = Literal["ended", "full", "details_wrong", "other_group", "no_answer"]
CLIENT_REASONS: Final[tuple[str, ...]] = get_args(ClientReason)
OFFER_REASONS: Final[tuple[str, ...]] = get_args(OfferReason)
"""These are about the offer itself: an editor is told."""
DISMISSAL_REASONS: Final = CLIENT_REASONS + OFFER_REASONS
MAX_NOTE: Final = 1000


class DismissalInput(TypedInput):
    """Why an offer does not suit this client."""

    offer_id: str = Field(min_length=1, max_length=36)
    reason: ClientReason | OfferReason
    note: str | None = Field(default=None, max_length=MAX_NOTE)
    """For the case alone; nobody else reads it."""

    _clean_note = field_validator("note", mode="before")(paragraphs)


@dataclass(frozen=True, slots=True)
class Dismissal:
    """An offer that was set aside, as a list shows it: without the note."""

    id: str
    offer_id: str
    """The entry as it is today, when it was merged into another one."""
    reason: str
    has_note: bool
    created_at: datetime
    created_by: str


def dismiss_offer(
    session: Session,
    actor: Actor,
    client_id: str,
    data: DismissalInput,
    creation_key: str,
    report: str = "",
) -> str:
    """Set the offer aside for this client; the id. The same ``creation_key`` twice does it once.

    ``report``: what the directory editor is told when the reason is about the offer; empty: nothing.
    About a sensitive offer nobody is told. Raises `NotFoundError` (no such offer, or a case that
    ``actor`` may not change) and `app.core.errors.CaseClosedError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    offer = session.get(Offer, find_successor(session, "offer", data.offer_id) or data.offer_id)
    if offer is None:
        raise NotFoundError("no such offer")
    if earlier := _find_same(session, client.id, offer.id, creation_key):
        return earlier
    row = OfferDismissal(
        client_id=client.id,
        sealed={"offer_id": offer.id, "reason": data.reason, "note": data.note},
        creation_key=creation_key,
        created_by=actor.id,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise ConflictError(_("This form was already used. Please open a new one.")) from None
    note_event(session, client.id, actor, "offer_set_aside")
    record_access(session, actor.id, "dismissal.create", "offer_dismissal", row.id)
    # A confidential offer could be linked to the case by the moment at which something is told.
    if report and data.reason in OFFER_REASONS and not offer.is_sensitive:
        suggest_change(session, Author(actor.name, actor.id), "offer", offer.id, {}, report)
    return row.id


def take_back_dismissal(session: Session, actor: Actor, client_id: str, dismissal_id: str) -> None:
    """Propose the offer to the client again; nothing happens when it is no longer set aside.

    When two entries that were set aside are one by now, both are proposed again. What an editor was
    told stays told. Raises `NotFoundError` and `CaseClosedError` for the case.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    row = _find(session, client.id, dismissal_id)
    if row is None:
        return
    merged = _load_merged(session)
    offer_id = _current_id(merged, row)
    for one in _list_rows(session, client.id):
        if _current_id(merged, one) == offer_id:
            session.delete(one)
            record_access(session, actor.id, "dismissal.delete", "offer_dismissal", one.id)
    note_event(session, client.id, actor, "offer_taken_up_again")


def list_dismissals(session: Session, actor: Actor, client_id: str) -> tuple[Dismissal, ...]:
    """What is set aside, the newest first; nothing in a case that was opened in an emergency."""
    found = session.execute(_confided_to(actor), {"client": client_id}).all()
    if not found:
        raise NotFoundError("no such case")
    rows = [row for _, row in found if row is not None]
    merged = _load_merged(session) if rows else {}
    return tuple(
        Dismissal(
            row.id,
            _current_id(merged, row),
            row.sealed["reason"],
            bool(row.sealed.get("note")),
            row.created_at,
            row.created_by,
        )
        for row in sorted(rows, key=lambda one: one.created_at, reverse=True)
    )


@lru_cache(maxsize=512)
def _confided_to(actor: Actor) -> Select[*tuple[Any, ...]]:
    """What is set aside in a case that ``actor`` may see, as far as it is confided: without it, one row
    with nothing. Made once for a person and a day, as that takes longer than to run it."""
    is_to_be_told = (col(OfferDismissal.client_id) == Client.id) & is_confided_to(actor)
    return (
        select_columns(col(Client.id), OfferDismissal)
        .join(OfferDismissal, is_to_be_told, isouter=True)
        .where(col(Client.id) == bindparam("client"), is_visible_to(actor))
        .order_by(col(OfferDismissal.id))
    )


def read_dismissal_note(
    session: Session, actor: Actor, client_id: str, dismissal_id: str
) -> str | None:
    """The note, with an entry in the audit log; raises `NotFoundError`."""
    fetch_client(session, client_id, is_confided_to(actor))
    row = _find(session, client_id, dismissal_id)
    if row is None:
        raise NotFoundError("no such dismissal")
    record_access(session, actor.id, "note.read", "offer_dismissal", row.id)
    note: str | None = row.sealed.get("note")
    return note


_OF_CLIENTS: Final = (
    select(OfferDismissal)
    .where(col(OfferDismissal.client_id).in_(bindparam("clients", expanding=True)))
    .order_by(col(OfferDismissal.id))
)


def load_dismissals(
    session: Session, client_ids: Collection[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Client id → offers that are set aside with their reasons. The caller has checked who asks."""
    rows = session.exec(_OF_CLIENTS, params={"clients": list(client_ids)}).all()
    merged = _load_merged(session) if rows else {}
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in rows:
        pair = (_current_id(merged, row), row.sealed["reason"])
        found[row.client_id] = (*found.get(row.client_id, ()), pair)
    return found


def _load_merged(session: Session) -> dict[str, str]:
    """Offer → the one into which it was merged."""
    merged = select(Offer.id, Offer.merged_into_id).where(col(Offer.merged_into_id).is_not(None))
    return {offer_id: kept_id for offer_id, kept_id in session.exec(merged).all() if kept_id}


def _current_id(merged: Mapping[str, str], row: OfferDismissal) -> str:
    offer_id: str = row.sealed["offer_id"]
    seen = {offer_id}
    while offer_id in merged and merged[offer_id] not in seen:
        offer_id = merged[offer_id]
        seen.add(offer_id)
    return offer_id


def _list_rows(session: Session, client_id: str) -> list[OfferDismissal]:
    return list(session.exec(_OF_CLIENTS, params={"clients": [client_id]}).all())


def _find(session: Session, client_id: str, dismissal_id: str) -> OfferDismissal | None:
    row = session.get(OfferDismissal, dismissal_id)
    return row if row is not None and row.client_id == client_id else None


def _find_same(session: Session, client_id: str, offer_id: str, creation_key: str) -> str | None:
    """What the same form did before, or what set the same offer aside already."""
    merged = _load_merged(session)
    for row in _list_rows(session, client_id):
        if row.creation_key == creation_key or _current_id(merged, row) == offer_id:
            return row.id
    return None
