"""The list of cases, under the policy: one query for all that one may see, chosen from in memory.

Some thousand rows of plain columns cost less than counting each choice in the database, and names can
be compared in the rough way that people type them (`app.core.text.fold_umlauts`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, true
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.caseload_rules import (
    NO_CONTACT_AFTER,
    CaseloadFacts,
    CaseloadFilters,
    CaseRow,
    Counts,
    Way,
    choose_cases,
    fits_extra,
    has_name,
    way_to,
)
from app.cases.colleagues import list_team
from app.cases.counselling_models import ContactEntry
from app.cases.deadlines import counselling_end
from app.cases.models import Client, Goal
from app.cases.policy import is_handed_over_by, is_visible_to
from app.cases.privacy_models import Consent
from app.cases.substitutions import load_deputised
from app.core.paging import Page, build_page
from app.core.text import fold_umlauts
from app.directory.codes import GOAL_AREAS
from app.directory.models import Accommodation
from app.settings import TIMEZONE

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list."""

    row: CaseRow
    name: str
    """Family name, given name."""
    case_worker_name: str
    way: Way
    accommodation: str
    """Name of the accommodation; empty when there is none."""
    last_contact_at: datetime | None
    """Of the last talk that came about."""


@dataclass(frozen=True, slots=True)
class Caseload:
    """A page of the list with all that stands around it."""

    page: Page[CaseLine]
    counts: Counts
    """Group → choice → number of cases under the other filters; ``state`` counts all one may see."""
    case_workers: Mapping[str, str]
    """Id → name of those who have any of them, by name."""
    accommodations: Mapping[str, str]
    """Id → name, by name."""


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """The open cases of one case worker in figures."""

    id: str
    name: str
    is_active: bool
    open_cases: int
    no_contact: int
    ends_soon: int


@dataclass(frozen=True, slots=True)
class FoundClient:
    """A client found by name."""

    id: str
    name: str
    lives_in: str
    """Accommodation, or postal code and town; empty when unknown."""


def note_listing(session: Session, actor: Actor) -> None:
    """Put into the audit log that ``actor`` lists cases (its own short transaction, then read)."""
    record_access(session, actor.id, "client.list", "client_list", "")


def list_caseload(
    session: Session,
    actor: Actor,
    filters: CaseloadFilters,
    today: date,
    *,
    page: int = 1,
    page_size: int = PAGE_SIZE,
    follow_ups: Mapping[str, date] | None = None,
) -> Caseload:
    """The cases ``actor`` may see and that fit. The caller notes it with `note_listing`.

    ``follow_ups``: client → next follow-up, needed for sorting by it (referrals know them).
    """
    visible = is_visible_to(actor)
    condition = visible & _has_state(filters.state)
    facts = CaseloadFacts(
        today=today,
        actor_id=actor.id,
        deputised=frozenset(load_deputised(session, actor)),
        sees_team=actor.may("case:read_all"),
        follow_ups=follow_ups or {},
        last_contacts=_load_last_contacts(session, condition) if filters.sort == "contact" else {},
    )
    rows = _load_rows(session, condition, actor, today)
    found, counts = choose_cases(rows, filters, facts)
    counts["state"] = _count_states(session, visible)
    workers = _names_of_workers(session, {row.case_worker_id for row in rows})
    homes = _names_of_accommodations(session)
    chosen = build_page(found, page, page_size)
    shown = col(Client.id).in_([row.id for row in chosen.items])
    contacts = facts.last_contacts or _load_last_contacts(session, visible & shown)
    lines = tuple(
        CaseLine(
            row=row,
            name=listed_name(row.given_name, row.family_name),
            case_worker_name=workers[row.case_worker_id],
            way=way_to(row, facts),
            accommodation=homes.get(row.accommodation_id or "", ""),
            last_contact_at=contacts.get(row.id),
        )
        for row in chosen.items
    )
    return Caseload(
        page=Page(lines, chosen.number, chosen.size, chosen.total),
        counts=counts,
        case_workers=workers,
        accommodations=homes,
    )


def summarise_team(session: Session, actor: Actor, today: date) -> tuple[WorkerLoad, ...]:
    """Each case worker of the team that ``actor`` leads, with figures of their open cases, by name."""
    condition = is_visible_to(actor) & col(Client.closed_on).is_(None)
    rows = _load_rows(session, condition, actor, today)
    facts = CaseloadFacts(today, actor.id, frozenset(), True)
    figures: dict[str, Counter[str]] = {}
    for row in rows:
        figure = figures.setdefault(row.case_worker_id, Counter())
        figure["open"] += 1
        figure.update(name for name in ("no_contact", "ends_soon") if fits_extra(name, row, facts))
    return tuple(
        WorkerLoad(
            person.id,
            person.name,
            person.is_active,
            open_cases=figure["open"],
            no_contact=figure["no_contact"],
            ends_soon=figure["ends_soon"],
        )
        for person in list_team(session, actor)
        for figure in [figures.get(person.id, Counter())]
        if person.is_active or figure["open"]
    )


def find_clients(session: Session, actor: Actor, text: str, limit: int) -> tuple[FoundClient, ...]:
    """The first clients by name whom ``actor`` may see, open cases first; none without words.

    Leaves an audit entry when there are words (needs a transaction that writes). Names are compared in
    the database's answer under the policy, never in a search index.
    """
    words = fold_umlauts(text).split()
    if not words or not actor.may("case:read"):
        return ()
    record_access(session, actor.id, "client.list", "client_list", "")
    rows = session.connection().execute(
        select_columns(
            col(Client.id),
            col(Client.given_name),
            col(Client.family_name),
            col(Client.closed_on).is_not(None),
            col(Client.plz),
            col(Client.town),
            col(Accommodation.name),
        )
        .join(Accommodation, col(Accommodation.id) == Client.accommodation_id, isouter=True)
        .where(is_visible_to(actor))
    )
    found = [
        ((is_closed, fold_umlauts(family), fold_umlauts(given), key), f"{given} {family}".strip(), home)
        for key, given, family, is_closed, plz, town, housing in rows
        if has_name(given, family, words)
        for home in [housing or " ".join(part for part in (plz, town) if part)]
    ]
    return tuple(FoundClient(key[-1], name, home) for key, name, home in sorted(found)[:limit])


def listed_name(given_name: str, family_name: str) -> str:
    """The name as a list sorts it: family name first."""
    return ", ".join(part for part in (family_name, given_name) if part)


def _load_rows(
    session: Session, condition: ColumnElement[bool], actor: Actor, today: date
) -> list[CaseRow]:
    open_areas = (
        select_columns(func.aggregate_strings(col(Goal.area), ","))
        .where(col(Goal.client_id) == Client.id, col(Goal.state) == "open")
        .scalar_subquery()
    )
    has_recent_contact = exists().where(
        col(ContactEntry.client_id) == Client.id,
        col(ContactEntry.happened_at) >= _start_of(today - NO_CONTACT_AFTER),
        col(ContactEntry.was_reached),
    )
    has_consent = exists().where(
        col(Consent.client_id) == Client.id,
        col(Consent.revoked_on).is_(None),
        col(Consent.valid_until) >= today,
    )
    # On the connection, and JSON as text: rows as they come, without the work that objects need.
    rows = session.connection().execute(
        select_columns(
            col(Client.id),
            col(Client.given_name),
            col(Client.family_name),
            col(Client.birth_date),
            col(Client.case_worker_id),
            col(Client.closed_on),
            col(Client.counselling_started_on),
            col(Client.counselling_ends_on),
            col(Client.residence_status_expires_on),
            col(Client.german_level),
            col(Client.german_level_evidence),
            cast(col(Client.languages), String),
            col(Client.accommodation_id),
            func.coalesce(col(Accommodation.district), col(Accommodation.plz), col(Client.plz)),
            open_areas,
            col(Client.informed_on).is_not(None),
            col(Client.agreed_on).is_not(None),
            has_recent_contact,
            has_consent,
            is_handed_over_by(actor),
            col(Client.extension_reason).is_not(None),
        )
        .join(Accommodation, col(Accommodation.id) == Client.accommodation_id, isouter=True)
        .where(condition)
    )
    return [_build_row(row) for row in rows]


def _build_row(row: Any) -> CaseRow:
    tags, areas = _read_languages(row[11]), _split_areas(row[14])
    ends_on = counselling_end(row[6], row[7], is_extended=row[20])
    return CaseRow._make((*row[:7], ends_on, *row[8:11], tags, *row[12:14], areas, *row[15:20]))


@lru_cache(maxsize=5000)
def _read_languages(text: str | None) -> tuple[str, ...] | None:
    tags = None if text is None else json.loads(text)
    return None if tags is None else tuple(tags)


@lru_cache(maxsize=5000)
def _split_areas(text: str | None) -> tuple[str, ...]:
    areas = set((text or "").split(","))
    return tuple(area for area in GOAL_AREAS if area in areas)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), TIMEZONE)


def _load_last_contacts(session: Session, condition: ColumnElement[bool]) -> dict[str, datetime]:
    """Client → the last talk that came about, of the clients of ``condition``."""
    last = (
        select_columns(col(ContactEntry.happened_at))
        .where(col(ContactEntry.client_id) == Client.id, col(ContactEntry.was_reached))
        .order_by(col(ContactEntry.happened_at).desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.connection().execute(select_columns(col(Client.id), last).where(condition))
    return {client_id: at for client_id, at in rows if at is not None}


def _has_state(state: str) -> ColumnElement[bool]:
    if state == "all":
        return true()
    is_open = col(Client.closed_on).is_(None)
    return is_open if state == "open" else ~is_open


def _count_states(session: Session, condition: ColumnElement[bool]) -> Counter[str]:
    rows = session.connection().execute(
        select_columns(col(Client.closed_on).is_(None), func.count())
        .where(condition)
        .group_by(col(Client.closed_on).is_(None))
    )
    return Counter({"open" if is_open else "closed": count for is_open, count in rows})


def _names_of_workers(session: Session, ids: set[str]) -> dict[str, str]:
    rows: Sequence[tuple[str, str]] = session.exec(
        select(User.id, User.name).where(col(User.id).in_(ids)).order_by(col(User.name))
    ).all()
    return dict(rows)


def _names_of_accommodations(session: Session) -> dict[str, str]:
    rows = session.exec(select(Accommodation.id, Accommodation.name).order_by(col(Accommodation.name)))
    return dict(rows.all())
