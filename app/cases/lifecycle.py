"""Coming in and going out: taken over, informed, agreed, extended, closed, opened again.

Nothing is committed here; each change leaves a case event and an audit entry. A closed case is changed
by nobody until it is opened again; only what providers still answer, and consents that are revoked,
still come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.accounts.queries import load_user_names
from app.audit.service import record_access
from app.cases.counselling_models import Appointment
from app.cases.histories import note_corrections, note_event
from app.cases.lifecycle_records import (
    AgreementInput,
    ClosingInput,
    CounsellingInput,
    ReopeningInput,
    TakeoverInput,
)
from app.cases.models import Client, Goal
from app.cases.policy import is_confided_to, is_writable_by
from app.cases.queries import fetch_client
from app.cases.related_people import has_consenting_guardian
from app.cases.rules import age_on
from app.cases.status_models import CaseClosing, Takeover
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.directory.models import Provider

ADULT_AGE = 18


@dataclass(frozen=True, slots=True)
class TakeoverLine:
    """Where the case came from; the note is read on its own."""

    id: str
    from_whom: str
    taken_over_on: date
    released_on: date | None
    released: tuple[str, ...]
    has_note: bool


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """A closing, and perhaps its reopening; the note is read on its own."""

    id: str
    closed_on: date
    reason: str
    outcomes: tuple[str, ...]
    service: str
    closed_by: str
    has_note: bool
    reopened_on: date | None
    reopening_reason: str | None


@dataclass(frozen=True, slots=True)
class OpenEnds:
    """What is still open in a case, and stays so when it is closed."""

    goals: int
    appointments: int


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Coming in and going out of a client, whose case the caller has opened."""

    takeovers: tuple[TakeoverLine, ...]
    closings: tuple[ClosingLine, ...]
    """The latest first."""
    open_ends: OpenEnds


def load_lifecycle(session: Session, client: Client) -> Lifecycle:
    """What was recorded of coming and going."""
    takeovers = session.exec(
        select(Takeover)
        .where(Takeover.client_id == client.id)
        .order_by(col(Takeover.taken_over_on).desc(), col(Takeover.id))
    ).all()
    closings = session.exec(
        select(CaseClosing)
        .where(CaseClosing.client_id == client.id)
        .order_by(col(CaseClosing.closed_on).desc(), col(CaseClosing.id))
    ).all()
    providers = {row.provider_id for row in takeovers} | {row.provider_id for row in closings}
    names = dict(
        session.exec(select(Provider.id, Provider.name).where(col(Provider.id).in_(providers))).all()
    )
    people = load_user_names(session, {c.closed_by for c in closings if c.closed_by})
    return Lifecycle(
        takeovers=tuple(
            TakeoverLine(
                id=row.id,
                from_whom=names.get(row.provider_id or "", "") or row.from_whom,
                taken_over_on=row.taken_over_on,
                released_on=row.released_on,
                released=tuple(row.released),
                has_note=row.note is not None,
            )
            for row in takeovers
        ),
        closings=tuple(
            ClosingLine(
                id=row.id,
                closed_on=row.closed_on,
                reason=row.reason,
                outcomes=tuple(row.outcomes),
                service=names.get(row.provider_id or "", "") or row.service_words,
                closed_by=people.get(row.closed_by or "", ""),
                has_note=row.note is not None,
                reopened_on=row.reopened_on,
                reopening_reason=row.reopening_reason,
            )
            for row in closings
        ),
        open_ends=_open_ends(session, client.id),
    )


def record_takeover(session: Session, actor: Actor, client_id: str, data: TakeoverInput) -> Takeover:
    """The case came from somebody else; told twice just so, it is kept once.

    Raises `NotFoundError`, and `InvalidInputError` when nobody is named, or nobody there is.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if not (data.from_whom or data.provider_id):
        raise InvalidInputError(_("Please name who hands the case over."), field="from_whom")
    _require_provider(session, data.provider_id)
    told = data.model_dump() | {"released": list(data.released)}
    known = session.exec(select(Takeover).where(Takeover.client_id == client.id)).all()
    for row in known:
        if all(getattr(row, name) == value for name, value in told.items()):
            return row
    row = Takeover(client_id=client.id, recorded_by=actor.id, **told)
    session.add(row)
    session.flush()
    _note(session, client, actor, "case_taken_over", "client.take_over", {})
    return row


def record_agreement(session: Session, actor: Actor, client_id: str, data: AgreementInput) -> None:
    """The information was given, the agreement to take part signed.

    For a minor a guardian who may consent has to be on record and to sign. Raises `NotFoundError`,
    `InvalidInputError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    _require_who_may_sign(session, client, data)
    told = data.model_dump()
    before = {name: getattr(client, name) for name in told}
    if before == told:
        return
    note_corrections(session, client.id, actor, before, told)
    for name, value in told.items():
        setattr(client, name, value)
    if told["informed_on"] != before["informed_on"] and data.informed_on is not None:
        note_event(session, client.id, actor, "client_informed", {"language": data.informed_language})
    if told["agreed_on"] != before["agreed_on"] and data.agreed_on is not None:
        note_event(session, client.id, actor, "client_agreed", {"by": data.agreed_by})
    _touch(session, client, actor, "client.update")


def record_counselling(session: Session, actor: Actor, client_id: str, data: CounsellingInput) -> None:
    """When the counselling began, and whether and why it lasts a fourth year."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    told = data.model_dump()
    if "extension_note" not in data.model_fields_set:
        del told["extension_note"]
    before = {name: getattr(client, name) for name in told}
    if before == told:
        return
    note_corrections(session, client.id, actor, before, told)
    for name, value in told.items():
        setattr(client, name, value)
    if data.extension_reason is not None and before["extension_reason"] != data.extension_reason:
        facts = {"reason": data.extension_reason}
        note_event(session, client.id, actor, "counselling_extended", facts)
    elif before["extension_reason"] is not None and data.extension_reason is None:
        note_event(session, client.id, actor, "counselling_not_extended")
    else:
        fields = [name for name in told if told[name] != before[name]]
        note_event(session, client.id, actor, "client_changed", {"fields": fields})
    _touch(session, client, actor, "client.update")


def close_case(session: Session, actor: Actor, client_id: str, data: ClosingInput) -> CaseClosing:
    """Close the case. Goals, appointments and referrals that are open stay as they are.

    A closed case is not closed again: the first closing counts (the double click). Raises
    `NotFoundError`, and `InvalidInputError` for a day before the counselling began or on which the case
    was closed already, and for a provider that does not exist.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True, even_closed=True)
    if client.closed_on is not None:
        return _latest_closing(session, client.id)
    if client.counselling_started_on and data.closed_on < client.counselling_started_on:
        raise InvalidInputError(_("The counselling began only later."), field="closed_on")
    _require_after_reopening(session, client.id, data.closed_on)
    _require_provider(session, data.provider_id)
    closing = CaseClosing(
        client_id=client.id,
        closed_by=actor.id,
        **data.model_dump() | {"outcomes": list(data.outcomes)},
    )
    session.add(closing)
    client.closed_on = data.closed_on
    facts = {"reason": data.reason, "outcomes": list(data.outcomes)}
    _note(session, client, actor, "case_closed", "client.close", facts)
    return closing


def reopen_case(
    session: Session, actor: Actor, client_id: str, data: ReopeningInput, today: date
) -> None:
    """Open a closed case again; an open one stays as it is. Raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True, even_closed=True)
    if client.closed_on is None:
        return
    closing = _latest_closing(session, client.id)
    closing.reopened_on, closing.reopened_by = today, actor.id
    closing.reopening_reason = data.reason
    session.add(closing)
    client.closed_on = None
    _note(session, client, actor, "case_reopened", "client.reopen", {"reason": data.reason})


def read_takeover_note(session: Session, actor: Actor, client_id: str, takeover_id: str) -> str:
    """What was told when the case was taken over, with an audit entry; raises `NotFoundError`."""
    fetch_client(session, client_id, is_confided_to(actor))
    row = session.get(Takeover, takeover_id)
    if row is None or row.client_id != client_id or row.note is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "takeover", row.id)
    return row.note


def read_closing_note(session: Session, actor: Actor, client_id: str, closing_id: str) -> str:
    """What was told when the case was closed, with an audit entry; raises `NotFoundError`."""
    fetch_client(session, client_id, is_confided_to(actor))
    row = session.get(CaseClosing, closing_id)
    if row is None or row.client_id != client_id or row.note is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "case_closing", row.id)
    return row.note


def read_extension_note(session: Session, actor: Actor, client_id: str) -> str:
    """Why the counselling lasts longer, with an audit entry; raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_confided_to(actor))
    if client.extension_note is None:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "client", client.id)
    return client.extension_note


def is_minor(client: Client, day: date) -> bool:
    """Whether the client is known to be under age."""
    age = age_on(client.birth_date, day)
    return age is not None and age < ADULT_AGE


def _require_who_may_sign(session: Session, client: Client, data: AgreementInput) -> None:
    if data.agreed_on is None or not is_minor(client, data.agreed_on):
        return
    if data.agreed_by != "guardian":
        words = _("The client is under age: a guardian has to sign.")
        raise InvalidInputError(words, field="agreed_by")
    if not has_consenting_guardian(session, client.id):
        words = _("Please enter a guardian who may consent first.")
        raise InvalidInputError(words, field="agreed_by")


def _require_provider(session: Session, provider_id: str | None) -> None:
    if provider_id is not None and session.get(Provider, provider_id) is None:
        raise InvalidInputError(_("This provider is not in the directory."), field="provider_id")


def _require_after_reopening(session: Session, client_id: str, day: date) -> None:
    reopened = select(func.max(CaseClosing.reopened_on)).where(CaseClosing.client_id == client_id)
    last = session.exec(reopened).one()
    if last is not None and day < last:
        words = _("The case was opened again only on %(day)s.", day=format_day(last))
        raise InvalidInputError(words, field="closed_on")


def _latest_closing(session: Session, client_id: str) -> CaseClosing:
    closing = session.exec(
        select(CaseClosing)
        .where(CaseClosing.client_id == client_id, col(CaseClosing.reopened_on).is_(None))
        .order_by(col(CaseClosing.closed_on).desc())
    ).first()
    if closing is None:
        raise NotFoundError("the case was never closed")
    return closing


def _open_ends(session: Session, client_id: str) -> OpenEnds:
    goals = session.exec(
        select(func.count()).select_from(Goal).where(Goal.client_id == client_id, Goal.state == "open")
    ).one()
    appointments = session.exec(
        select(func.count())
        .select_from(Appointment)
        .where(
            Appointment.client_id == client_id,
            Appointment.state == "planned",
            col(Appointment.starts_at) > utc_now(),
        )
    ).one()
    return OpenEnds(goals, appointments)


def _note(
    session: Session,
    client: Client,
    actor: Actor,
    code: str,
    action: str,
    facts: dict[str, Any],
) -> None:
    note_event(session, client.id, actor, code, facts)
    _touch(session, client, actor, action)


def _touch(session: Session, client: Client, actor: Actor, action: str) -> None:
    client.version += 1
    client.updated_at = utc_now()
    session.add(client)
    record_access(session, actor.id, action, "client", client.id)
    session.flush()
