"""Households: people who live together, each with an own case, and what they share.

Everybody keeps own entries; what is shared (home, phone, childcare) is copied in one step. Cases that
the person asking may not change are never touched. Nothing is committed here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.corrections import keep_corrections
from app.cases.histories import note_event
from app.cases.models import Client, Household
from app.cases.policy import is_writable_by
from app.cases.queries import client_name, fetch_client
from app.cases.records import ClientCreate
from app.cases.service import create_client
from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.core.text import fold_umlauts
from app.directory.interests import Taxonomy

SHARED_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "home": ("accommodation_id", "street", "house_number", "plz", "town"),
    "phone": ("phone",),
    "childcare": ("needs_childcare",),
}
"""What can hold for all members, by the code of the choice."""
MOST_FOUND: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may be taken into the household."""

    id: str
    name: str
    birth_date: date | None
    household_size: int
    """How many people live in the household they belong to now; 0: in none."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What became of sharing."""

    changed: int
    """How many cases changed."""
    untouched: int
    """How many members' cases the person may not change, or nobody, as they are closed."""


def find_people(session: Session, actor: Actor, client_id: str, text: str) -> tuple[Found, ...]:
    """People whose case ``actor`` may change, with such a name, not yet of the client's household.

    With an entry in the audit log: names of clients are read.
    """
    client = fetch_client(session, client_id, is_writable_by(actor))
    wanted = fold_umlauts(text).split()
    if not wanted:
        return ()
    people = session.exec(
        select(Client).where(is_writable_by(actor), col(Client.id) != client_id)
    ).all()
    record_access(session, actor.id, "client.list", "client_list", "")
    found = [
        person
        for person in people
        if (person.household_id is None or person.household_id != client.household_id)
        and all(
            any(part.startswith(word) for part in fold_umlauts(client_name(person)).split())
            for word in wanted
        )
    ]
    found.sort(key=lambda person: fold_umlauts(f"{person.family_name} {person.given_name}"))
    return tuple(
        Found(one.id, client_name(one), one.birth_date, _size(session, one.household_id))
        for one in found[:MOST_FOUND]
    )


def join_household(session: Session, actor: Actor, client_id: str, person_id: str) -> None:
    """Take ``person_id`` into the household of ``client_id``; a second time nothing happens.

    Who lived in another household leaves it, unless the client had none: then the client joins that.
    Raises `NotFoundError` when ``actor`` may not change both cases, `InvalidInputError` for oneself.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    person = fetch_client(session, person_id, is_writable_by(actor), for_update=True)
    if client.id == person.id:
        raise InvalidInputError(_("Nobody can be taken into the own household."), field="person_id")
    if client.household_id is not None and client.household_id == person.household_id:
        return
    if client.household_id is None and person.household_id is not None:
        _move(session, actor, client, person.household_id)
        return
    if client.household_id is None:
        household = Household(is_demo=client.is_demo)
        session.add(household)
        session.flush()
        _move(session, actor, client, household.id)
    _move(session, actor, person, client.household_id)


def list_open_housemates(
    session: Session, client_id: str, condition: ColumnElement[bool]
) -> tuple[str, ...]:
    """The others of the client's household with an open case for which ``condition`` holds.

    ``condition``: of `app.cases.policy`; the caller has checked that the client may be seen.
    """
    household = select(Client.household_id).where(col(Client.id) == client_id).scalar_subquery()
    found = select(Client.id).where(
        col(Client.household_id) == household,
        col(Client.id) != client_id,
        col(Client.closed_on).is_(None),
        condition,
    )
    return tuple(session.exec(found.order_by(col(Client.birth_date), col(Client.id))).all())


def leave_household(session: Session, actor: Actor, client_id: str) -> None:
    """The client lives in no household of ours any more; a second time nothing happens."""
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if client.household_id is not None:
        _move(session, actor, client, None)


def add_member(
    session: Session,
    actor: Actor,
    client_id: str,
    data: ClientCreate,
    creation_key: str,
    *,
    taxonomy: Taxonomy,
    today: date,
) -> Client:
    """Open a case for somebody of the household; the home is the same, the rest is asked later.

    Raises what `create_client` raises.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    home = {name: getattr(client, name) for name in SHARED_FIELDS["home"]}
    member = create_client(
        session,
        actor,
        data.model_copy(update={name: value for name, value in home.items() if value is not None}),
        creation_key,
        taxonomy=taxonomy,
        today=today,
    )
    if member.household_id is None:
        join_household(session, actor, client_id, member.id)
    return member


def share_entries(session: Session, actor: Actor, client_id: str, what: Collection[str]) -> Shared:
    """Let what the client's case says hold for all members; ``what``: keys of `SHARED_FIELDS`.

    What the client's case does not know leaves the others as they are.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    names = [name for key, names in SHARED_FIELDS.items() if key in what for name in names]
    values: dict[str, Any] = {name: getattr(client, name) for name in names}
    if "home" in what and not any(values[name] for name in SHARED_FIELDS["home"]):
        values = {name: value for name, value in values.items() if name not in SHARED_FIELDS["home"]}
    values = {
        name: value
        for name, value in values.items()
        if value is not None or name in SHARED_FIELDS["home"]
    }
    members = _members(session, client)
    writable = set(
        session.exec(
            select(Client.id).where(
                col(Client.household_id) == client.household_id,
                is_writable_by(actor),
                col(Client.closed_on).is_(None),
            )
        ).all()
    )
    changed = sum(_copy(session, actor, one, values) for one in members if one.id in writable)
    session.flush()
    return Shared(changed, sum(one.id not in writable for one in members))


def _copy(session: Session, actor: Actor, member: Client, values: Mapping[str, Any]) -> bool:
    before = {name: getattr(member, name) for name in values}
    fields = sorted(name for name, value in values.items() if before[name] != value)
    if not fields:
        return False
    for name in fields:
        setattr(member, name, values[name])
    keep_corrections(session, member.id, actor, before, values)
    note_event(session, member.id, actor, "client_changed", {"fields": fields})
    _touch(session, actor, member)
    return True


def _members(session: Session, client: Client) -> list[Client]:
    """The others of the household."""
    if client.household_id is None:
        return []
    return list(
        session.exec(
            select(Client).where(Client.household_id == client.household_id, Client.id != client.id)
        ).all()
    )


def _move(session: Session, actor: Actor, client: Client, household_id: str | None) -> None:
    old_id = client.household_id
    client.household_id = household_id
    code = "household_left" if household_id is None else "household_joined"
    note_event(session, client.id, actor, code)
    _touch(session, actor, client)
    session.flush()
    if old_id is not None and _size(session, old_id) == 0:
        session.delete(session.get_one(Household, old_id))
        session.flush()


def _size(session: Session, household_id: str | None) -> int:
    if household_id is None:
        return 0
    count = select(func.count()).select_from(Client).where(col(Client.household_id) == household_id)
    return session.exec(count).one()


def _touch(session: Session, actor: Actor, client: Client) -> None:
    client.version += 1
    client.updated_at = utc_now()
    session.add(client)
    record_access(session, actor.id, "client.update", "client", client.id)
