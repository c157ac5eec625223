"""Reading cases. The policy is part of each query; what one may not see is not found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import CaseEvent, Client, ClientInterest, Entitlement, Goal
from app.cases.policy import (
    is_confided_to,
    is_own_or_deputised,
    is_visible_to,
    is_writable_by,
)
from app.core.db import load_rows
from app.core.errors import CaseClosedError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.models import Accommodation

_Belonging = TypeVar("_Belonging", ClientInterest, Goal, Entitlement)


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """Somebody who lives with the client and is a client, too."""

    id: str
    name: str | None
    """`None` when the case is somebody else's, whom the person asking may not see."""
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What every page of a case shows on top, and how the person asking comes to see it."""

    client: Client
    case_worker_name: str
    is_own: bool
    is_writable: bool
    """A closed case is not changed."""
    is_confided: bool
    """Whether notes, health details and sensitive referrals open on a click."""


@dataclass(frozen=True, slots=True)
class CaseBasis:
    """What of a case decides which offers suit."""

    client: Client
    interests: tuple[ClientInterest, ...]
    goals: tuple[Goal, ...]
    """Open ones first, then by position."""
    entitlements: tuple[Entitlement, ...] | None
    """`None`: nobody asked yet; an empty tuple: has none."""
    accommodation: Accommodation | None

    @property
    def open_goals(self) -> tuple[Goal, ...]:
        """The goals that are still to be reached."""
        return tuple(goal for goal in self.goals if goal.state == "open")


@dataclass(frozen=True, slots=True)
class ClientCase(CaseBasis):
    """All that stands in a case itself (referrals have their own queries)."""

    head: CaseHead
    household: tuple[HouseholdMember, ...]

    @property
    def case_worker_name(self) -> str:
        """Who is responsible."""
        return self.head.case_worker_name


def client_name(client: Client) -> str:
    """The name as it is spoken: given name, then family name."""
    return f"{client.given_name} {client.family_name}".strip()


def fetch_client(
    session: Session,
    client_id: str,
    condition: ColumnElement[bool],
    *,
    for_update: bool = False,
    even_closed: bool = False,
) -> Client:
    """The client when ``condition`` (of `app.cases.policy`) holds; raises `NotFoundError`.

    ``for_update``: who wants to change the same client waits until the transaction ends (SQLite lets
    only one write anyway), so that versions can be compared. A closed case is not changed
    (`CaseClosedError`), unless with ``even_closed``: for opening it again, for a consent that is
    revoked, for what a provider still answers to a referral.
    """
    statement = select(Client).where(col(Client.id) == client_id, condition)
    if for_update:
        statement = statement.with_for_update()
    client = session.exec(statement).first()
    if client is None:
        raise NotFoundError("no such case")
    if for_update and client.closed_on is not None and not even_closed:
        raise CaseClosedError(_("This case is closed. Open it again before you change it."))
    return client


def get_client(
    session: Session, client_id: str, actor: Actor, *, action: str = "client.read"
) -> ClientCase:
    """The whole case, with an entry in the audit log (needs a transaction that writes).

    Raises `NotFoundError` when there is none or ``actor`` may not see it.
    """
    return load_whole_case(session, get_case_head(session, client_id, actor, action=action), actor)


def load_whole_case(session: Session, head: CaseHead, actor: Actor) -> ClientCase:
    """All of the case whose ``head`` was read (and audited) by ``actor``; needs no write lock."""
    client = head.client
    return ClientCase(
        head=head,
        client=client,
        interests=list_interests(session, client.id),
        goals=list_goals(session, client.id),
        entitlements=_list_entitlements(session, client),
        accommodation=_find_accommodation(session, client),
        household=list_household(session, client, actor),
    )


def get_case_head(
    session: Session, client_id: str, actor: Actor, *, action: str = "client.read"
) -> CaseHead:
    """The head of the case, with an entry in the audit log (needs a transaction that writes).

    For every page of a case but the one that `get_client` serves. Raises `NotFoundError` when there is
    no such case or ``actor`` may not see it.
    """
    row = session.execute(_head_for(actor), {"client": client_id}).first()
    if row is None:
        raise NotFoundError("no such case")
    client, worker, is_writable, is_confided = row
    record_access(session, actor.id, action, "client", client.id)
    return CaseHead(
        client=client,
        case_worker_name=worker,
        is_own=client.case_worker_id == actor.id,
        is_writable=bool(is_writable) and client.closed_on is None,
        is_confided=bool(is_confided),
    )


# To make a statement takes longer than to run it, so those of every page are made once.


@lru_cache(maxsize=512)
def _head_for(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select_columns(Client, col(User.name), is_writable_by(actor), is_confided_to(actor))
        .join(User, col(User.id) == Client.case_worker_id)
        .where(col(Client.id) == bindparam("client"), is_visible_to(actor))
    )


def load_day_names(session: Session, actor: Actor) -> dict[str, tuple[str, str]]:
    """Client id → name and case worker's id, of the open cases that are ``actor``'s day."""
    rows = session.exec(
        select(Client.id, Client.given_name, Client.family_name, Client.case_worker_id).where(
            is_own_or_deputised(actor), col(Client.closed_on).is_(None)
        )
    ).all()
    return {
        client_id: (f"{given} {family}".strip(), worker) for client_id, given, family, worker in rows
    }


def count_open_cases(session: Session, actor: Actor) -> int:
    """How many open cases ``actor`` may see."""
    wanted = select(func.count()).select_from(Client)
    return session.exec(wanted.where(is_visible_to(actor), col(Client.closed_on).is_(None))).one()


def load_cases(session: Session, *conditions: ColumnElement[bool]) -> list[CaseBasis]:
    """All cases for which the ``conditions`` (of `app.cases.policy`) hold, in a few queries, by id.

    Meant for matching a whole caseload: nothing is audited here.
    """
    wanted = select(Client.id).where(*conditions)
    clients = session.exec(select(Client).where(*conditions).order_by(col(Client.id))).all()
    homes = {home.id: home for home in session.exec(select(Accommodation)).all()}
    interests = _of_clients(session, ClientInterest, wanted, col(ClientInterest.position))
    goals = _of_clients(session, Goal, wanted, col(Goal.position))
    rights = _of_clients(session, Entitlement, wanted, col(Entitlement.issued_on))
    return [
        CaseBasis(
            client=client,
            interests=tuple(interests.get(client.id, ())),
            goals=tuple(sorted(goals.get(client.id, ()), key=lambda goal: goal.state != "open")),
            entitlements=tuple(rights.get(client.id, ()))
            if client.entitlements_known or client.id in rights
            else None,
            accommodation=homes.get(client.accommodation_id or ""),
        )
        for client in clients
    ]


def _of_clients(
    session: Session, model: type[_Belonging], wanted: Any, order: Any
) -> dict[str, list[_Belonging]]:
    found: dict[str, list[_Belonging]] = {}
    rows = select(model).where(col(model.client_id).in_(wanted)).order_by(order, col(model.id))
    for row in session.exec(rows).all():
        found.setdefault(row.client_id, []).append(row)
    return found


def works_on_client(session: Session, client_id: str, actor: Actor) -> bool:
    """Whether ``actor`` works on this case, as case worker, deputy or team lead."""
    found = select(Client.id).where(col(Client.id) == client_id, is_confided_to(actor))
    return session.exec(found).first() is not None


_GOALS: Final = (
    select(Goal)
    .where(col(Goal.client_id) == bindparam("client"))
    .order_by(col(Goal.position), col(Goal.id))
)


def list_goals(session: Session, client_id: str) -> tuple[Goal, ...]:
    """The goals of a client, open ones first. The caller has checked who asks."""
    goals = session.exec(_GOALS, params={"client": client_id}).all()
    return tuple(sorted(goals, key=lambda goal: goal.state != "open"))


def list_events(session: Session, client_id: str) -> tuple[CaseEvent, ...]:
    """What happened to the case, the newest first. The caller has checked who asks."""
    return tuple(
        session.exec(
            select(CaseEvent)
            .where(CaseEvent.client_id == client_id)
            .order_by(col(CaseEvent.at).desc(), col(CaseEvent.id))
        ).all()
    )


_INTERESTS: Final = (
    select(ClientInterest)
    .where(col(ClientInterest.client_id) == bindparam("client"))
    .order_by(col(ClientInterest.position), col(ClientInterest.id))
)


def list_interests(session: Session, client_id: str) -> tuple[ClientInterest, ...]:
    """The interests as they were typed, in order. The caller has checked who asks."""
    return tuple(session.exec(_INTERESTS, params={"client": client_id}).all())


_ENTITLEMENTS: Final = (
    select(Entitlement)
    .where(col(Entitlement.client_id) == bindparam("client"))
    .order_by(col(Entitlement.issued_on), col(Entitlement.id))
)


def _list_entitlements(session: Session, client: Client) -> tuple[Entitlement, ...] | None:
    rows = session.exec(_ENTITLEMENTS, params={"client": client.id}).all()
    return tuple(rows) if rows or client.entitlements_known else None


_ACCOMMODATION: Final = select(Accommodation).where(col(Accommodation.id) == bindparam("accommodation"))


def _find_accommodation(session: Session, client: Client) -> Accommodation | None:
    if client.accommodation_id is None:
        return None
    return session.exec(_ACCOMMODATION, params={"accommodation": client.accommodation_id}).first()


@lru_cache(maxsize=512)
def _household_for(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select_columns(
            col(Client.id),
            col(Client.given_name),
            col(Client.family_name),
            col(Client.birth_date),
            is_visible_to(actor),
        )
        .where(
            col(Client.household_id) == bindparam("household"), col(Client.id) != bindparam("client")
        )
        .order_by(col(Client.birth_date), col(Client.id))
    )


def list_household(session: Session, client: Client, actor: Actor) -> tuple[HouseholdMember, ...]:
    """The others of the household, the oldest first; those of foreign cases without a name."""
    if client.household_id is None:
        return ()
    whose = {"household": client.household_id, "client": client.id}
    return tuple(
        HouseholdMember(
            member_id,
            f"{given} {family}".strip() if is_visible else None,
            birth_date if is_visible else None,
        )
        for member_id, given, family, birth_date, is_visible in load_rows(
            session, _household_for(actor), whose
        )
    )
