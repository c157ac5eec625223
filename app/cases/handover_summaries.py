"""What somebody should know who takes a case over; of sensitive texts only that there are some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import func, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from app.accounts.permissions import Actor
from app.cases.counselling_models import Appointment, CaseNote, ContactEntry
from app.cases.deadlines import counselling_end
from app.cases.models import Client, Entitlement, Goal
from app.cases.plan_models import IntegrationPlan
from app.cases.policy import is_visible_to
from app.cases.privacy_models import Consent
from app.cases.status_models import Permit
from app.core.crypto import EncryptedText
from app.directory.models import Accommodation

LAST_CONTACTS = 3
_PLAIN = [
    column
    for column in SQLModel.metadata.tables[Client.__tablename__].columns
    if not isinstance(column.type, EncryptedText)
]

ExpiringKind = Literal["status", "permit", "entitlement", "counselling"]


@dataclass(frozen=True, slots=True)
class LastContact:
    """A talk, without its note."""

    happened_at: datetime
    channel: str
    was_reached: bool
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextAppointment:
    """A date that is still to come."""

    starts_at: datetime
    kind: str
    with_whom: str
    place: str


@dataclass(frozen=True, slots=True)
class Expiring:
    """Something with an end."""

    kind: ExpiringKind
    code: str
    """Of the status, permit or entitlement; empty for the counselling itself."""
    on: date


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case in short."""

    client_id: str
    name: str
    birth_date: date | None
    sex: str | None
    languages: tuple[str, ...] | None
    reads: tuple[str, ...] | None
    interpreting_language: str | None
    german_level: str | None
    german_level_evidence: str | None
    german_level_on: date | None
    residence_status: str | None
    lives_in: str
    phone: str | None
    started_on: date | None
    closed_on: date | None
    informed_on: date | None
    agreed_on: date | None
    goals: tuple[Goal, ...]
    """The open ones."""
    plan_signed_on: date | None
    review_on: date | None
    contacts: tuple[LastContact, ...]
    """The last ones, the newest first."""
    appointments: tuple[NextAppointment, ...]
    expiring: tuple[Expiring, ...]
    """By their day, the next one first; also what is over already."""
    consent_count: int
    """Consents that hold."""
    next_consent_end: date | None
    note_count: int
    """Sensitive texts that open on a click in the case itself."""
    household_size: int
    """Others of the household who are clients, too."""


def load_summaries(
    session: Session, actor: Actor, client_ids: Collection[str], today: date, now: datetime
) -> Mapping[str, CaseSummary]:
    """Client → summary, of those ``actor`` may see; the caller audits it."""
    clients = session.execute(
        select_columns(
            *_PLAIN,
            or_(
                col(Client.accessibility_note).is_not(None), col(Client.extension_note).is_not(None)
            ).label("has_hidden"),
            col(Accommodation.name).label("housing"),
        )
        .join(Accommodation, col(Accommodation.id) == Client.accommodation_id, isouter=True)
        .where(col(Client.id).in_(client_ids), is_visible_to(actor))
    ).all()
    ids = {row.id for row in clients}
    around = _Around(session, ids, today, now)
    return {row.id: _build(row, around) for row in clients}


class _Around:
    """What hangs on these clients, in one query of each kind."""

    def __init__(self, session: Session, ids: set[str], today: date, now: datetime) -> None:
        self.goals = _grouped(
            session.exec(
                select(Goal)
                .where(col(Goal.client_id).in_(ids), col(Goal.state) == "open")
                .order_by(col(Goal.position), col(Goal.id))
            )
        )
        plans = select(IntegrationPlan).where(col(IntegrationPlan.client_id).in_(ids))
        self.plans = {plan.client_id: plan for plan in session.exec(plans)}
        self.contacts = _load_contacts(session, ids)
        self.appointments = _load_appointments(session, ids, now)
        permits = select(Permit).where(
            col(Permit.client_id).in_(ids), col(Permit.expires_on).is_not(None)
        )
        self.permits = _grouped(session.exec(permits))
        rights = select(Entitlement).where(
            col(Entitlement.client_id).in_(ids), col(Entitlement.valid_until).is_not(None)
        )
        self.entitlements = _grouped(session.exec(rights))
        self.consents = _load_consents(session, ids, today)
        self.notes = _count_notes(session, ids)
        self.households = _count_households(session, ids)


def _build(row: Any, around: _Around) -> CaseSummary:
    plan = around.plans.get(row.id)
    consents, next_end = around.consents.get(row.id, (0, None))
    return CaseSummary(
        client_id=row.id,
        name=f"{row.given_name} {row.family_name}".strip(),
        birth_date=row.birth_date,
        sex=row.sex,
        languages=None if row.languages is None else tuple(row.languages),
        reads=None if row.reads is None else tuple(row.reads),
        interpreting_language=row.interpreting_language,
        german_level=row.german_level,
        german_level_evidence=row.german_level_evidence,
        german_level_on=row.german_level_on,
        residence_status=row.residence_status,
        lives_in=row.housing or " ".join(part for part in (row.plz, row.town) if part),
        phone=row.phone,
        started_on=row.counselling_started_on,
        closed_on=row.closed_on,
        informed_on=row.informed_on,
        agreed_on=row.agreed_on,
        goals=tuple(around.goals.get(row.id, ())),
        plan_signed_on=plan.signed_on if plan else None,
        review_on=plan.review_on if plan else None,
        contacts=tuple(around.contacts.get(row.id, ())),
        appointments=tuple(around.appointments.get(row.id, ())),
        expiring=_build_expiring(row, around),
        consent_count=consents,
        next_consent_end=next_end,
        note_count=around.notes.get(row.id, 0) + bool(row.has_hidden),
        household_size=around.households.get(row.household_id, 1) - 1 if row.household_id else 0,
    )


def _build_expiring(row: Any, around: _Around) -> tuple[Expiring, ...]:
    found = [
        Expiring("permit", permit.kind, permit.expires_on) for permit in around.permits.get(row.id, ())
    ]
    found += [
        Expiring("entitlement", right.kind, right.valid_until)
        for right in around.entitlements.get(row.id, ())
    ]
    if row.residence_status_expires_on:
        status = row.residence_status or ""
        found.append(Expiring("status", status, row.residence_status_expires_on))
    end = counselling_end(
        row.counselling_started_on,
        row.counselling_ends_on,
        is_extended=row.extension_reason is not None,
    )
    if end is not None:
        found.append(Expiring("counselling", "", end))
    return tuple(sorted(found, key=lambda one: one.on))


def _load_contacts(session: Session, ids: set[str]) -> dict[str, list[LastContact]]:
    position = func.row_number().over(
        partition_by=col(ContactEntry.client_id), order_by=col(ContactEntry.happened_at).desc()
    )
    numbered = (
        select_columns(
            col(ContactEntry.client_id),
            col(ContactEntry.happened_at),
            col(ContactEntry.channel),
            col(ContactEntry.was_reached),
            col(ContactEntry.topics),
            position.label("position"),
        )
        .where(col(ContactEntry.client_id).in_(ids))
        .subquery()
    )
    rows = session.execute(
        select_columns(numbered)
        .where(numbered.c.position <= LAST_CONTACTS)
        .order_by(numbered.c.client_id, numbered.c.position)
    )
    found: dict[str, list[LastContact]] = defaultdict(list)
    for row in rows:
        found[row.client_id].append(
            LastContact(row.happened_at, row.channel, row.was_reached, tuple(row.topics))
        )
    return found


def _load_appointments(
    session: Session, ids: set[str], now: datetime
) -> dict[str, list[NextAppointment]]:
    rows = session.execute(
        select_columns(
            col(Appointment.client_id),
            col(Appointment.starts_at),
            col(Appointment.kind),
            col(Appointment.with_whom),
            col(Appointment.place),
        )
        .where(
            col(Appointment.client_id).in_(ids),
            col(Appointment.state) == "planned",
            col(Appointment.starts_at) >= now,
        )
        .order_by(col(Appointment.starts_at))
    )
    found: dict[str, list[NextAppointment]] = defaultdict(list)
    for client_id, *rest in rows:
        found[client_id].append(NextAppointment(*rest))
    return found


def _load_consents(session: Session, ids: set[str], today: date) -> dict[str, tuple[int, date]]:
    rows = session.execute(
        select_columns(col(Consent.client_id), func.count(), func.min(col(Consent.valid_until)))
        .where(
            col(Consent.client_id).in_(ids),
            col(Consent.revoked_on).is_(None),
            col(Consent.valid_until) >= today,
        )
        .group_by(col(Consent.client_id))
    )
    return {client_id: (count, next_end) for client_id, count, next_end in rows}


def _count_notes(session: Session, ids: set[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for table, condition in (
        (CaseNote, col(CaseNote.id).is_not(None)),
        (ContactEntry, col(ContactEntry.note).is_not(None)),
    ):
        rows = session.execute(
            select_columns(col(table.client_id), func.count())
            .where(col(table.client_id).in_(ids), condition)
            .group_by(col(table.client_id))
        )
        for client_id, count in rows:
            counts[client_id] += count
    return counts


def _count_households(session: Session, ids: set[str]) -> dict[str, int]:
    homes = select(Client.household_id).where(col(Client.id).in_(ids))
    rows = session.execute(
        select_columns(col(Client.household_id), func.count())
        .where(col(Client.household_id).in_(homes))
        .group_by(col(Client.household_id))
    )
    return {key: int(count) for key, count in rows}


def _grouped(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.client_id].append(row)
    return found
