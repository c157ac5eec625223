"""What stands in the entries of a timeline, loaded without anything sensitive.

No note, no answer and no name of a sensitive offer is read here: what is not loaded cannot be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Row, Select, bindparam, case, select
from sqlmodel import Session, col

from app.cases.counselling_models import Appointment, CaseNote, ContactEntry, SelfAssessment
from app.cases.models import CaseEvent
from app.core.db import load_rows
from app.directory.models import Offer, Provider
from app.referrals.models import Referral, ReferralEvent

Source = Literal["event", "contact", "step", "appointment", "note", "assessment"]


@dataclass(frozen=True, slots=True)
class ContactMark:
    """A talk, without its note."""

    id: str
    channel: str
    was_reached: bool
    topics: tuple[str, ...]
    minutes: int | None
    interpreting: str | None
    has_note: bool


@dataclass(frozen=True, slots=True)
class StepMark:
    """A step of a referral; the first one (no ``from_state``) made it."""

    referral_id: str
    mode: str
    state: str
    """Of the referral now."""
    offer_title: str | None
    """`None`: the offer is sensitive, and stands on the page of the referral only."""
    provider_name: str
    reasons: tuple[dict[str, Any], ...]
    """Of the match then; with the first step only."""
    follow_up_on: date | None
    source: str
    """Who told it: see `ReferralEvent.source`."""
    from_state: str | None
    to_state: str
    reason: str | None
    level_reached: str | None
    happened_on: date | None

    @property
    def is_sealed(self) -> bool:
        """Whether it may only be opened on its own page."""
        return self.offer_title is None


@dataclass(frozen=True, slots=True)
class AppointmentMark:
    """An appointment, without its note."""

    id: str
    kind: str
    state: str
    place: str
    with_whom: str


@dataclass(frozen=True, slots=True)
class NoteMark:
    """That there is a note."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class AssessmentMark:
    """That the client told how things are; never what."""

    id: str
    taken_on: date
    way: str
    language: str


@dataclass(frozen=True, slots=True)
class EventMark:
    """Something that happened to the case itself: what `app.cases.models.CaseEvent` says."""

    code: str
    facts: dict[str, Any]


Mark = EventMark | ContactMark | StepMark | AppointmentMark | NoteMark | AssessmentMark


def load_marks(session: Session, source: Source, ids: list[str]) -> dict[str, Mark]:
    """Id → what the entry says, for the rows ``ids`` of one source."""
    return _LOAD[source](session, ids)


# To make a statement takes longer than to run it, so they are made once.
_IDS: Final[Any] = bindparam("ids", expanding=True)

_EVENTS: Final = select(col(CaseEvent.id), col(CaseEvent.code), col(CaseEvent.facts)).where(
    col(CaseEvent.id).in_(_IDS)
)


def _load_events(session: Session, ids: list[str]) -> dict[str, Mark]:
    rows = load_rows(session, _EVENTS, {"ids": ids})
    return {row.id: EventMark(row.code, row.facts) for row in rows}


_CONTACTS: Final = select(
    col(ContactEntry.id),
    col(ContactEntry.channel),
    col(ContactEntry.was_reached),
    col(ContactEntry.topics),
    col(ContactEntry.minutes),
    col(ContactEntry.interpreting),
    col(ContactEntry.note).is_not(None),
).where(col(ContactEntry.id).in_(_IDS))


def _load_contacts(session: Session, ids: list[str]) -> dict[str, Mark]:
    rows = load_rows(session, _CONTACTS, {"ids": ids})
    return {
        key: ContactMark(key, channel, reached, tuple(topics), minutes, interpreting, bool(has_note))
        for key, channel, reached, topics, minutes, interpreting, has_note in rows
    }


_STEPS: Final[Select[*tuple[Any, ...]]] = (
    select(
        col(ReferralEvent.id),
        col(ReferralEvent.source),
        col(ReferralEvent.from_state),
        col(ReferralEvent.to_state),
        col(ReferralEvent.reason),
        col(ReferralEvent.level_reached),
        col(ReferralEvent.happened_on),
        col(Referral.id).label("referral_id"),
        col(Referral.mode),
        col(Referral.state),
        col(Referral.reasons),
        col(Referral.follow_up_on),
        case((col(Offer.is_sensitive).is_(False), col(Offer.title))).label("offer_title"),
        case((col(Offer.is_sensitive).is_(False), col(Provider.name))).label("provider_name"),
    )
    .join(Referral, col(Referral.id) == ReferralEvent.referral_id)
    .join(Offer, col(Offer.id) == Referral.offer_id, isouter=True)
    .join(Provider, col(Provider.id) == Offer.provider_id, isouter=True)
    .where(col(ReferralEvent.id).in_(_IDS))
)


def _load_steps(session: Session, ids: list[str]) -> dict[str, Mark]:
    rows = load_rows(session, _STEPS, {"ids": ids})
    return {row.id: _step_mark(row) for row in rows}


def _step_mark(row: Row[Any]) -> StepMark:
    is_open, is_first = row.offer_title is not None, row.from_state is None
    return StepMark(
        referral_id=row.referral_id,
        mode=row.mode,
        state=row.state,
        offer_title=row.offer_title,
        provider_name=row.provider_name or "",
        reasons=tuple(row.reasons) if is_open and is_first else (),
        follow_up_on=row.follow_up_on if is_first else None,
        source=row.source,
        from_state=row.from_state,
        to_state=row.to_state,
        reason=row.reason if is_open else None,
        level_reached=row.level_reached if is_open else None,
        happened_on=row.happened_on,
    )


_APPOINTMENTS: Final = select(
    col(Appointment.id),
    col(Appointment.kind),
    col(Appointment.state),
    col(Appointment.place),
    col(Appointment.with_whom),
).where(col(Appointment.id).in_(_IDS))


def _load_appointments(session: Session, ids: list[str]) -> dict[str, Mark]:
    rows = load_rows(session, _APPOINTMENTS, {"ids": ids})
    return {row.id: AppointmentMark(*row) for row in rows}


_NOTES: Final = select(col(CaseNote.id), col(CaseNote.kind)).where(col(CaseNote.id).in_(_IDS))


def _load_notes(session: Session, ids: list[str]) -> dict[str, Mark]:
    rows = load_rows(session, _NOTES, {"ids": ids})
    return {key: NoteMark(key, kind) for key, kind in rows}


_ASSESSMENTS: Final = select(
    col(SelfAssessment.id),
    col(SelfAssessment.taken_on),
    col(SelfAssessment.way),
    col(SelfAssessment.language),
).where(col(SelfAssessment.id).in_(_IDS))


def _load_assessments(session: Session, ids: list[str]) -> dict[str, Mark]:
    rows = load_rows(session, _ASSESSMENTS, {"ids": ids})
    return {row[0]: AssessmentMark(*row) for row in rows}


_LOAD: Final[dict[Source, Callable[[Session, list[str]], dict[str, Mark]]]] = {
    "event": _load_events,
    "contact": _load_contacts,
    "step": _load_steps,
    "appointment": _load_appointments,
    "note": _load_notes,
    "assessment": _load_assessments,
}
