"""Everything stored about a client (Art. 15 GDPR), read from the schema: a new table is never left out.

Of other people only their relation is told: of contacts and guardians what they are to the client, of
staff the role in which they acted (who they are is no data of the client; CJEU C-579/21). Notes may
mention others, so the case worker reads the paper before handing it over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, select
from sqlmodel import Session, SQLModel, col, func
from sqlmodel import select as select_models

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_confided_to
from app.cases.privacy_models import HandedOverCase, Handover
from app.cases.queries import fetch_client
from app.cases.related_people import CORRECTED as CORRECTED_PERSON
from app.cases.status_models import CaseCorrection
from app.matching.models import OfferDismissal
from app.operations.client_tables import ClientTable, list_client_tables

OMITTED: Final[dict[str, str]] = {
    "id": "random, says nothing",
    "client_id": "the client's own",
    "goal_id": "random; the goal is told itself",
    "handover_id": "random; the handover is told itself",
    "referral_id": "random; the referral is told itself",
    "consent_id": "random; the consent is told itself",
    "entry_id": "random; the waiting is told itself",
    "round_id": "random, says nothing",
    "slot": "of the volunteer's places, says nothing",
    "replaced_by": "random; the goal is told itself",
    "household_id": "random; how many live together is told",
    "bundle_id": "random; joins what was made with the same click",
    "creation_key": "of the form, for double clicks",
    "version": "of the form, for people who save at once",
    "is_demo": "about the demo",
    "position": "the order on the page",
    "rules_version": "of the product",
    "is_sent_at_once": "of the form, for undoing it",
    "answered_at": "whether the case worker has opened the answer",
    "sealed": "told field by field, as an open one",
    "snapshot": "the sheet as it was handed out; the name of the offer is told",
    "person_id": "another person",
    "registration_id": "random; what was told there is the person's own entry as a volunteer",
    "name": "another person",
}
"""Columns that are not told, each with its reason."""
OMITTED_OF_OTHERS: Final = frozenset({"related_person.phone", "related_person.languages"})
STAFF: Final = frozenset(
    {
        "case_worker_id", "created_by", "closed_by", "reopened_by", "actor_id", "author_id",
        "revoked_by", "recorded_by", "user_id", "reviewed_by", "from_id", "referred_by",
        "entered_by", "by", "decided_by",
    }
)  # fmt: skip
_NAMED: Final = {
    "provider_id": ("provider", "name"),
    "benefit_authority_id": ("provider", "name"),
    "accommodation_id": ("accommodation", "name"),
    **dict.fromkeys(
        (
            "offer_id",
            "offer_key",
            "placed_in",
            "proposed_offer_id",
            "listed_offer_id",
            "decided_offer_id",
        ),
        ("offer", "title"),
    ),
}
"""Columns that point to an entry of the directory, whose name is told."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody read or changed something about the client."""

    at: datetime
    role: str | None
    """`None`: a command of the operator, or a job."""
    action: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All that is stored about a client."""

    name: str
    tables: dict[str, list[Row]]
    """Table → its rows, each column → value. Every table is there, also when it is empty."""
    household_members: int
    """How many clients live in the household beside the client."""
    readings: tuple[Reading, ...]
    """The oldest first."""
    links: int
    """Signed links that were made for the client."""
    mails: int
    """Mails about the case; they carry no data of clients."""


def disclose(session: Session, actor: Actor, client_id: str) -> Disclosure:
    """Put everything together, with an entry in the audit log; raises `NotFoundError`.

    For those to whom the case is confided: the answer holds notes and health details.
    """
    client = fetch_client(session, client_id, is_confided_to(actor))
    record_access(session, actor.id, "client.disclose", "client", client.id)
    ids = _ids_of(session, client_id)
    links, mails = SQLModel.metadata.tables["signed_link"], SQLModel.metadata.tables["outbox_mail"]
    return Disclosure(
        name=f"{client.given_name} {client.family_name}".strip(),
        tables={one.name: _rows_of(session, one, client_id) for one in list_client_tables()},
        household_members=_count_members(session, client),
        readings=_list_readings(session, ids),
        links=_count(session, links, links.c.subject_id.in_(ids)),
        mails=_count(session, mails, mails.c.subject_id.in_(ids)),
    )


def is_told(table: str, column: str) -> bool:
    """Whether a column is part of the answer."""
    return column not in OMITTED and f"{table}.{column}" not in OMITTED_OF_OTHERS


def _rows_of(session: Session, one: ClientTable, client_id: str) -> list[Row]:
    statement = select(one.table).where(one.rows_of([client_id]))
    order = next((one.table.c[name] for name in _IN_ORDER if name in one.table.c), None)
    if order is not None:
        statement = statement.order_by(order)
    return [_told(session, one.name, row) for row in session.execute(statement).mappings()]


_IN_ORDER: Final = ("at", "happened_at", "starts_at", "recorded_at", "created_at", "position")


def _told(session: Session, table: str, stored: Any) -> Row:
    row = dict(stored)
    if row.get("sealed"):
        is_all = table == OfferDismissal.__tablename__
        row |= {name: value for name, value in row["sealed"].items() if is_all or name in row}
    if table == HandedOverCase.__tablename__:
        row |= _handover_of(session, row["handover_id"])
    if table == CaseCorrection.__tablename__ and row["field"] == CORRECTED_PERSON:
        row["values"] = {key: _without_names(entry) for key, entry in row["values"].items()}
    return {name: _value(session, name, value) for name, value in row.items() if is_told(table, name)}


def _handover_of(session: Session, handover_id: str) -> Row:
    """When and why; the note, too, unless it is about the cases of others as well."""
    handover = session.get_one(Handover, handover_id)
    cases = select_models(func.count()).where(HandedOverCase.handover_id == handover_id)
    told = {"at": handover.at, "reason": handover.reason}
    return told | ({"common_note": handover.note} if session.exec(cases).one() == 1 else {})


def _without_names(entry: Row | None) -> Row | None:
    """Of somebody around the client what is told of people around, as the entry was or became."""
    if entry is None:
        return None
    return {name: value for name, value in entry.items() if is_told("related_person", name)}


def _value(session: Session, column: str, value: Any) -> Any:
    if value is None:
        return None
    if column in STAFF:
        return _role_of(session, value)
    if column in _NAMED:
        table, name = _NAMED[column]
        entry = SQLModel.metadata.tables[table]
        return session.execute(select(entry.c[name]).where(entry.c.id == value)).scalar()
    return value


def _role_of(session: Session, user_id: str) -> str | None:
    return session.exec(select_models(User.role).where(col(User.id) == user_id)).first()


def _ids_of(session: Session, client_id: str) -> list[str]:
    ids: list[str] = []
    for one in list_client_tables():
        if "id" in one.table.c:
            ids += session.scalars(select(one.table.c.id).where(one.rows_of([client_id]))).all()
    return ids


def _count_members(session: Session, client: Client) -> int:
    if client.household_id is None:
        return 0
    return session.exec(
        select_models(func.count()).where(
            col(Client.household_id) == client.household_id, col(Client.id) != client.id
        )
    ).one()


def _list_readings(session: Session, ids: Iterable[str]) -> tuple[Reading, ...]:
    rows = session.exec(
        select_models(AuditEntry.at, User.role, AuditEntry.action)
        .join(User, col(User.id) == col(AuditEntry.actor_id), isouter=True)
        .where(col(AuditEntry.subject_id).in_(ids))
        .order_by(col(AuditEntry.seq))
    ).all()
    return tuple(Reading(at, role, action) for at, role, action in rows)


def _count(session: Session, table: Table, condition: ColumnElement[bool]) -> int:
    return int(session.execute(select(func.count()).select_from(table).where(condition)).scalar_one())
