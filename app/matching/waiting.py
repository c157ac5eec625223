"""Waiting lists: putting a client on one, taking them off, and noting who was passed over.

Nothing is committed here; each change leaves a case event and an audit entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_event
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_writable_by
from app.cases.queries import fetch_client
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.codes import CourseKind
from app.directory.models import Offer
from app.matching.models import PassedOver, WaitingEntry
from app.matching.waiting_rules import DateReason, EndReason, Wanted

EARLIEST_DAYS = 3653
"""Nobody has waited for more than ten years: such a day is a typing error."""
MAX_NOTE_CHARACTERS = 2000


def _problem(message: str) -> PydanticCustomError:
    return PydanticCustomError("waiting", "{words}", {"words": message})


class WaitingOrder(BaseModel):
    """Who is put on which list. Validation needs the day: ``context={"today": date}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    course_kind: CourseKind | None = None
    """Any course of this kind; `None`: the offer says it."""
    offer_id: str = Field(default="", max_length=36)
    """One offer and no other; empty: any course of the kind."""
    entered_on: date
    date_reason: DateReason | None = Field(default=None, validate_default=True)

    @field_validator("entered_on")
    @classmethod
    def _is_not_ahead(cls, value: date, info: ValidationInfo) -> date:
        today: date = (info.context or {})["today"]
        if value > today:
            raise _problem(_("This day still lies ahead."))
        if (today - value).days > EARLIEST_DAYS:
            raise _problem(_("Please check the year."))
        return value

    @field_validator("date_reason")
    @classmethod
    def _explains_an_earlier_day(cls, value: str | None, info: ValidationInfo) -> str | None:
        today: date = (info.context or {})["today"]
        entered_on = info.data.get("entered_on")
        if entered_on is None or entered_on >= today:
            return None
        if value is None:
            raise _problem(_("Please say why the earlier day counts: it decides the order."))
        return value

    @model_validator(mode="after")
    def _wants_something(self) -> WaitingOrder:
        if not self.course_kind and not self.offer_id:
            raise _problem(_("Please choose what the client waits for."))
        return self


def join_list(session: Session, actor: Actor, client_id: str, order: WaitingOrder) -> WaitingEntry:
    """Put the client on the list; who is on it already stays where they are (the double click).

    Raises `NotFoundError` (also for an offer that is not published, or sensitive: what is confidential
    stands on no list), `CaseClosedError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    wanted = _wanted(session, order)
    if earlier := _find_open(session, client.id, wanted):
        return earlier
    entry = WaitingEntry(
        client_id=client.id,
        course_kind=wanted.course_kind,
        offer_key=wanted.offer_id,
        entered_on=order.entered_on,
        date_reason=order.date_reason,
        entered_by=actor.id,
    )
    if not _keep(session, entry):
        return _get_open(session, client.id, wanted)
    _note(session, actor, entry, "waiting_joined", "waiting.join")
    return entry


def leave_list(
    session: Session,
    actor: Actor,
    client_id: str,
    entry_id: str,
    reason: EndReason,
    version: int,
) -> WaitingEntry:
    """Take the client off the list; taken off for the same reason already, nothing happens.

    Raises `NotFoundError`, `CaseClosedError`, and `ConflictError` when the entry changed since
    ``version`` was shown.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    entry = _get_of_client(session, client.id, entry_id)
    if entry.ended_at is not None and entry.end_reason == reason:
        return entry
    if entry.ended_at is not None or entry.version != version:
        raise ConflictError(_("Somebody else changed this entry of the waiting list meanwhile."))
    end_entry(session, actor, entry, reason)
    return entry


def rejoin_list(session: Session, actor: Actor, client_id: str, entry_id: str) -> WaitingEntry:
    """Undo that the client was taken off: the old day counts again; an open entry stays as it is.

    Raises `NotFoundError`, `CaseClosedError`, and `ConflictError` when the client waits for the same
    thing by another entry.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    entry = _get_of_client(session, client.id, entry_id)
    if entry.ended_at is None:
        return entry
    if _find_open(session, client.id, wanted_by(entry)):
        raise ConflictError(_("The client is on this list again already, by a newer entry."))
    entry.ended_at = entry.end_reason = entry.placed_in = None
    _touch(session, entry)
    _note(session, actor, entry, "waiting_rejoined", "waiting.rejoin")
    return entry


def end_entry(
    session: Session,
    actor: Actor | None,
    entry: WaitingEntry,
    reason: EndReason,
    placed_in: str | None = None,
) -> None:
    """End an entry whose client the caller may change and has locked.

    Without ``actor`` a provider told, by its link, that there is a place.
    """
    entry.ended_at, entry.end_reason, entry.placed_in = utc_now(), reason, placed_in
    _touch(session, entry)
    _note(session, actor, entry, "waiting_left", "waiting.leave", reason=reason)


def end_entries(
    session: Session,
    actor: Actor | None,
    client_id: str,
    reason: EndReason,
    *,
    offer: Offer | None = None,
) -> tuple[WaitingEntry, ...]:
    """End what the client waits for: all of it, or what a place in ``offer`` answers.

    The caller may change the client and has locked the row.
    """
    ended = tuple(
        entry
        for entry in list_open_entries(session, client_id)
        if offer is None or wanted_by(entry).includes(offer.id, offer.course_kind)
    )
    for entry in ended:
        end_entry(session, actor, entry, reason, offer.id if offer else None)
    return ended


def list_open_entries(session: Session, client_id: str) -> tuple[WaitingEntry, ...]:
    """What the client waits for. The caller has checked who asks."""
    return tuple(
        session.exec(
            select(WaitingEntry)
            .where(WaitingEntry.client_id == client_id, col(WaitingEntry.ended_at).is_(None))
            .order_by(col(WaitingEntry.entered_on), col(WaitingEntry.created_at), col(WaitingEntry.id))
        ).all()
    )


def pass_over(
    session: Session,
    actor: Actor,
    offer_id: str,
    reasons: Iterable[tuple[str, str]],
    note: str | None = None,
) -> int:
    """Note why people (entry id, reason) were passed over for a place in the offer; how many notes.

    Those of colleagues, too: what somebody waits for is everybody's. The same reason for the same offer
    is told once, unless somebody adds words. That the offer was ``set_aside`` for somebody stands
    encrypted elsewhere; here it is that a person decided.
    """
    told = [(entry_id, "decided" if why == "set_aside" else why) for entry_id, why in reasons]
    ids = [entry_id for entry_id, _reason in told]
    known = set(
        session.exec(
            select(PassedOver.entry_id, PassedOver.reason).where(
                col(PassedOver.entry_id).in_(ids),
                PassedOver.offer_id == offer_id,
                col(PassedOver.note).is_(None),
            )
        ).all()
    )
    fresh = [one for one in told if note or one not in known]
    for entry_id, reason in fresh:
        session.add(
            PassedOver(entry_id=entry_id, offer_id=offer_id, reason=reason, note=note, by=actor.id)
        )
        record_access(session, actor.id, "waiting.pass_over", "waiting_entry", entry_id)
    session.flush()
    return len(fresh)


def read_passed_over_note(session: Session, actor: Actor, client_id: str, passed_id: str) -> PassedOver:
    """Why the client was passed over, in words, with an audit entry; raises `NotFoundError`."""
    row = session.exec(
        select(PassedOver)
        .join(WaitingEntry, col(WaitingEntry.id) == PassedOver.entry_id)
        .join(Client, col(Client.id) == WaitingEntry.client_id)
        .where(
            col(PassedOver.id) == passed_id,
            col(Client.id) == client_id,
            col(PassedOver.note).is_not(None),
            is_confided_to(actor),
        )
    ).first()
    if row is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "waiting.read_note", "passed_over", row.id)
    return row


def move_entries(session: Session, from_id: str, to_id: str) -> list[str]:
    """Let those who wait for a merged offer wait for the kept one; the ids of what moved.

    Who waits for both keeps one entry, which counts from the earlier day.
    """
    rows = session.exec(select(WaitingEntry).where(WaitingEntry.offer_key == from_id)).all()
    moved: list[str] = []
    for row in rows:
        if row.ended_at is None:
            other = _find_open(session, row.client_id, Wanted(row.course_kind, to_id))
            if other is not None:
                other.entered_on = min(other.entered_on, row.entered_on)
                row.ended_at, row.end_reason = utc_now(), "mistake"
                session.add_all((other, row))
                continue
        row.offer_key = to_id
        session.add(row)
        session.flush()
        moved.append(row.id)
    return moved


def return_entries(session: Session, entry_ids: Sequence[str], to_id: str) -> None:
    """Undo `move_entries`."""
    rows = session.exec(select(WaitingEntry).where(col(WaitingEntry.id).in_(entry_ids))).all()
    for row in rows:
        if row.ended_at is None and _find_open(session, row.client_id, Wanted(row.course_kind, to_id)):
            continue
        row.offer_key = to_id
        session.add(row)
        session.flush()


def wanted_by(entry: WaitingEntry) -> Wanted:
    """What an entry waits for, as a plain value."""
    return Wanted(entry.course_kind, entry.offer_key)


def _wanted(session: Session, order: WaitingOrder) -> Wanted:
    if not order.offer_id:
        return Wanted(order.course_kind or "")
    offer = session.get(Offer, order.offer_id)
    if offer is None or offer.status != "published" or offer.is_sensitive:
        raise NotFoundError("no such offer")
    if order.course_kind and order.course_kind != offer.course_kind:
        raise InvalidInputError(_("This offer is a course of another kind."), field="offer_id")
    return Wanted(offer.course_kind or "", offer.id)


def _find_open(session: Session, client_id: str, wanted: Wanted) -> WaitingEntry | None:
    return session.exec(
        select(WaitingEntry).where(
            WaitingEntry.client_id == client_id,
            WaitingEntry.course_kind == wanted.course_kind,
            WaitingEntry.offer_key == wanted.offer_id,
            col(WaitingEntry.ended_at).is_(None),
        )
    ).first()


def _get_open(session: Session, client_id: str, wanted: Wanted) -> WaitingEntry:
    entry = _find_open(session, client_id, wanted)
    if entry is None:
        raise ConflictError(_("Somebody else changed this entry of the waiting list meanwhile."))
    return entry


def _get_of_client(session: Session, client_id: str, entry_id: str) -> WaitingEntry:
    entry = session.get(WaitingEntry, entry_id)
    if entry is None or entry.client_id != client_id:
        raise NotFoundError("no such entry")
    return entry


def _keep(session: Session, entry: WaitingEntry) -> bool:
    """Store the entry, unless somebody put the client onto the same list at the same moment."""
    try:
        with session.begin_nested():
            session.add(entry)
            session.flush()
    except IntegrityError:
        return False
    return True


def _touch(session: Session, entry: WaitingEntry) -> None:
    entry.version += 1
    session.add(entry)
    session.flush()


def _note(
    session: Session,
    actor: Actor | None,
    entry: WaitingEntry,
    code: str,
    action: str,
    *,
    reason: str | None = None,
) -> None:
    facts = {"kind": entry.course_kind} if entry.course_kind else {}
    if reason is not None:
        facts["reason"] = reason
    note_event(session, entry.client_id, actor, code, facts)
    record_access(session, actor.id if actor else None, action, "waiting_entry", entry.id)
    session.flush()
