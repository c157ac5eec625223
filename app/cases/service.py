"""Changes of a case. Nothing is committed here; each change leaves a case event and an audit entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.goals import bring_goals_in_line, reach_proven_goals
from app.cases.models import CaseEvent, Client, ClientInterest, Entitlement
from app.cases.policy import is_visible_to, is_writable_by
from app.cases.queries import fetch_client
from app.cases.records import ClientCreate, ClientUpdate, EntitlementInput
from app.cases.rules import (
    LevelFact,
    changed_fields,
    level_after,
    unique_words,
)
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.interests import Taxonomy
from app.directory.models import Accommodation

_OWN_TABLES = frozenset({"interests", "goals", "entitlements"})


def create_client(
    session: Session,
    actor: Actor,
    data: ClientCreate,
    creation_key: str,
    *,
    taxonomy: Taxonomy,
    today: date,
    client_id: str | None = None,
) -> Client:
    """Open a case with ``actor`` as the case worker.

    ``creation_key`` belongs to the form: sent twice, it creates one client and gives that one back.
    Raises `NotFoundError` when ``actor`` may not open cases, `InvalidInputError` for an accommodation
    that does not exist.
    """
    if not actor.may("case:write"):
        raise NotFoundError("no such page")
    if earlier := _find_created(session, actor, creation_key):
        return earlier
    client = Client(
        id=client_id or new_id(),
        case_worker_id=actor.id,
        creation_key=creation_key,
        counselling_started_on=today,
    )
    try:
        with session.begin_nested():
            session.add(client)
            session.flush()
    except IntegrityError:
        # The same form reached us twice at the same moment, and the other one was first.
        if earlier := _find_created(session, actor, creation_key):
            return earlier
        raise ConflictError(_("This form was already used. Please open a new one.")) from None
    _apply(session, client, data, taxonomy=taxonomy, today=today, actor=actor)
    _note(session, client.id, actor, "client_created", {})
    record_access(session, actor.id, "client.create", "client", client.id)
    session.flush()
    return client


def update_client(
    session: Session,
    actor: Actor,
    client_id: str,
    data: ClientUpdate,
    version: int,
    *,
    taxonomy: Taxonomy,
    today: date,
) -> Client:
    """Change the fields that ``data`` names.

    Raises `ConflictError` when the client changed since ``version`` was shown, `NotFoundError` when
    ``actor`` may not change it, `InvalidInputError` when the result would have no name.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if client.version != version:
        raise ConflictError(_("Somebody else changed this case in the meantime."))
    changed = _apply(session, client, data, taxonomy=taxonomy, today=today, actor=actor)
    if not changed:
        return client
    _touch(client)
    _note(session, client.id, actor, "client_changed", {"fields": changed})
    record_access(session, actor.id, "client.update", "client", client.id)
    session.flush()
    return client


def record_level(
    session: Session, actor: Actor, client_id: str, reported: LevelFact, today: date
) -> LevelFact:
    """Take a level of German that was reached into the case; tells the level that stands now.

    A weaker claim does not replace better proof (`rules.level_after`). Open language goals whose level
    is proven now are marked as reached.
    """
    client = fetch_client(session, client_id, is_visible_to(actor), for_update=True)
    known = LevelFact(client.german_level, client.german_level_evidence, client.german_level_on)
    now = level_after(known, reported)
    if now != known:
        client.german_level = now.level
        client.german_level_evidence = now.evidence
        client.german_level_on = now.on
        facts = {"level": now.level, "evidence": now.evidence, "on": now.on and now.on.isoformat()}
        _note(session, client.id, actor, "level_changed", facts)
        _touch(client)
        record_access(session, actor.id, "client.update", "client", client.id)
    reach_proven_goals(session, actor, client, now, today)
    session.flush()
    return now


def _find_created(session: Session, actor: Actor, creation_key: str) -> Client | None:
    return session.exec(
        select(Client).where(col(Client.creation_key) == creation_key, is_visible_to(actor))
    ).first()


def _apply(
    session: Session,
    client: Client,
    data: ClientUpdate,
    *,
    taxonomy: Taxonomy,
    today: date,
    actor: Actor,
) -> list[str]:
    """Write what ``data`` names; tells the names of the fields that changed."""
    wanted = _column_values(data)
    _require_accommodation(session, wanted)
    changed = changed_fields({name: getattr(client, name) for name in wanted}, wanted)
    for name in changed:
        setattr(client, name, wanted[name])
    if not (client.given_name or client.family_name):
        raise InvalidInputError(_("Please give a first or a last name."), field="given_name")
    given = data.model_fields_set
    if "interests" in given and _replace_interests(session, client, data.interests, taxonomy):
        changed.append("interests")
    if "entitlements" in given and _replace_entitlements(session, client, data.entitlements):
        changed.append("entitlements")
    if "goals" in given and bring_goals_in_line(
        session, client, data.goals or (), actor, today
    ):
        changed.append("goals")
    return sorted(changed)


def _column_values(data: ClientUpdate) -> dict[str, Any]:
    values = data.model_dump(include=set(data.model_fields_set) - _OWN_TABLES)
    for name in ("given_name", "family_name"):
        if name in values:
            values[name] = values[name] or ""
    for name in ("languages", "reads", "nationalities"):
        if values.get(name) is not None:
            values[name] = list(values[name])
    if values.get("available") is not None:
        values["available"] = [span.model_dump(by_alias=True) for span in data.available or ()]
    return values


def _require_accommodation(session: Session, values: dict[str, Any]) -> None:
    accommodation_id = values.get("accommodation_id")
    if accommodation_id and session.get(Accommodation, accommodation_id) is None:
        raise InvalidInputError(_("This accommodation does not exist."), field="accommodation_id")


def _replace_interests(
    session: Session, client: Client, words: Sequence[str] | None, taxonomy: Taxonomy
) -> bool:
    before = session.exec(
        select(ClientInterest)
        .where(ClientInterest.client_id == client.id)
        .order_by(col(ClientInterest.position))
    ).all()
    after = unique_words(words or ())
    if list(dict.fromkeys(row.word for row in before)) == after:
        return False
    for row in before:
        session.delete(row)
    for position, word in enumerate(after):
        for concept in taxonomy.resolve(word) or (None,):
            session.add(
                ClientInterest(client_id=client.id, word=word, concept=concept, position=position)
            )
    return True


def _replace_entitlements(
    session: Session, client: Client, told: Sequence[EntitlementInput] | None
) -> bool:
    before = session.exec(select(Entitlement).where(Entitlement.client_id == client.id)).all()
    after = {(e.kind, e.issued_on, e.valid_until) for e in told or ()}
    known = told is not None
    same_rows = {(e.kind, e.issued_on, e.valid_until) for e in before} == after
    if same_rows and client.entitlements_known == known:
        return False
    client.entitlements_known = known
    if not same_rows:
        for row in before:
            session.delete(row)
        for kind, issued_on, valid_until in sorted(after, key=str):
            session.add(
                Entitlement(
                    client_id=client.id, kind=kind, issued_on=issued_on, valid_until=valid_until
                )
            )
    return True


def _touch(client: Client) -> None:
    client.version += 1
    client.updated_at = utc_now()


def _note(session: Session, client_id: str, actor: Actor, code: str, facts: dict[str, Any]) -> None:
    session.add(CaseEvent(client_id=client_id, actor_id=actor.id, code=code, facts=facts))
