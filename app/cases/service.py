"""Opening and changing cases. Nothing is committed here.

Each change leaves what was before (`app.cases.corrections`), a case event and an audit entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.client_parts import (
    load_values,
    overall_level,
    replace_entitlements,
    replace_interests,
    told_columns,
    told_values,
)
from app.cases.codes import SKILLS
from app.cases.corrections import keep_corrections
from app.cases.field_merging import Merged, merge_fields
from app.cases.goals import bring_goals_in_line
from app.cases.histories import note_event, note_residence
from app.cases.levels import apply_level, find_weaker_claims, level_field
from app.cases.models import CaseEvent, Client
from app.cases.policy import is_visible_to, is_writable_by
from app.cases.queries import fetch_client
from app.cases.records import ClientCreate, ClientUpdate, LevelInput
from app.cases.status_models import ResidenceEntry
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.interests import Taxonomy
from app.directory.models import Accommodation, Provider
from app.directory.taught_words import load_taught_words

STILL_TYPING: Final = timedelta(minutes=30)
"""Within this time the changes of one person are one line of the timeline."""
_RESIDENCE: Final = frozenset({"residence_status", "residence_status_expires_on"})
_LEVELS: Final = frozenset(map(level_field, SKILLS))
_LEVEL_COLUMNS: Final = frozenset({"german_level", "german_level_evidence", "german_level_on"})


@dataclass(frozen=True, slots=True)
class ClientChange:
    """What became of a change."""

    client: Client
    changed: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    """Fields in which somebody else wrote something different meanwhile: not changed."""
    weaker: tuple[str, ...] = ()
    """Levels that are proven better than what was told: not changed."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A change on its way."""

    session: Session
    actor: Actor
    client: Client
    data: ClientUpdate
    taxonomy: Taxonomy
    today: date
    is_new: bool = False


def create_client(
    session: Session,
    actor: Actor,
    data: ClientCreate,
    creation_key: str,
    *,
    taxonomy: Taxonomy,
    today: date,
    client_id: str | None = None,
    is_imported: bool = False,
) -> Client:
    """Open a case with ``actor`` as the case worker.

    ``is_imported``: the operator did it for ``actor``, so the access log names nobody.

    ``creation_key`` belongs to the form: sent twice, it creates one client and gives that one back.
    Raises `NotFoundError` when ``actor`` may not open cases, `InvalidInputError` for an accommodation
    or a benefit authority that does not exist.
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
    change = _Change(session, actor, client, data, taxonomy, today, is_new=True)
    _write(change, merge_fields(told_values(data), {}, None))
    note_event(session, client.id, actor, "client_created")
    by = None if is_imported else actor.id
    record_access(session, by, "client.create", "client", client.id)
    session.flush()
    return client


def update_client(
    session: Session,
    actor: Actor,
    client_id: str,
    data: ClientUpdate,
    as_read: Mapping[str, str] | None = None,
    *,
    taxonomy: Taxonomy,
    today: date,
) -> ClientChange:
    """Change the fields that ``data`` names, except those that somebody else changed meanwhile.

    ``as_read`` tells for each field what was shown (`field_merging.read_marks`); without it what is
    told holds. Raises `NotFoundError` when ``actor`` may not change the case, `InvalidInputError` when
    the result would have no name, or names an accommodation or benefit authority that does not exist.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    before = load_values(session, client)
    merged = merge_fields(told_values(data), before, as_read)
    weaker = find_weaker_claims(data.levels or (), before)
    refused = {level_field(one.skill) for one in weaker} & set(merged.changed)
    merged = replace(merged, changed=tuple(n for n in merged.changed if n not in refused))
    if merged.changed:
        _write(_Change(session, actor, client, data, taxonomy, today), merged)
        session.flush()
        after = load_values(session, client)
        # The plain columns of the level say the same as the level of the skill “overall”.
        news = {name: value for name, value in after.items() if name not in _LEVEL_COLUMNS}
        keep_corrections(session, client.id, actor, before, news)
        _note_change(session, client, actor, merged.changed)
        client.version += 1
        client.updated_at = utc_now()
        record_access(session, actor.id, "client.update", "client", client.id)
    session.flush()
    return ClientChange(client, merged.changed, merged.conflicts, tuple(sorted(refused)))


def _find_created(session: Session, actor: Actor, creation_key: str) -> Client | None:
    return session.exec(
        select(Client).where(col(Client.creation_key) == creation_key, is_visible_to(actor))
    ).first()


def _write(change: _Change, merged: Merged) -> None:
    """Write those fields of the data that are to be changed."""
    session, client, data = change.session, change.client, change.data
    names = set(merged.changed)
    columns = {name: value for name, value in told_columns(data).items() if name in names}
    _require_existing(session, columns)
    if names & _LEVEL_COLUMNS and (told := overall_level(data, client)):
        _apply_level(change, told)
    for name in columns.keys() - _LEVEL_COLUMNS:
        setattr(client, name, columns[name])
    if not (client.given_name or client.family_name):
        raise InvalidInputError(_("Please give a first or a last name."), field="given_name")
    for one in data.levels or ():
        if level_field(one.skill) in names:
            _apply_level(change, one)
    if "interests" in names:
        taught = load_taught_words(session)
        replace_interests(session, client, data.interests or (), change.taxonomy, taught)
    if "entitlements" in names:
        replace_entitlements(session, client, data.entitlements)
    if "goals" in names:
        bring_goals_in_line(session, client, data.goals or (), change.actor, change.today)
    if names & _RESIDENCE:
        _keep_residence(session, change.actor, client)


def _apply_level(change: _Change, told: LevelInput) -> None:
    apply_level(
        change.session, change.actor, change.client, told, change.today, is_news=not change.is_new
    )


def _require_existing(session: Session, values: dict[str, Any]) -> None:
    place, authority = values.get("accommodation_id"), values.get("benefit_authority_id")
    if place and session.get(Accommodation, place) is None:
        raise InvalidInputError(_("This accommodation does not exist."), field="accommodation_id")
    if authority and session.get(Provider, authority) is None:
        raise InvalidInputError(
            _("This benefit authority does not exist."), field="benefit_authority_id"
        )


def _keep_residence(session: Session, actor: Actor, client: Client) -> None:
    """A line for the status that holds now; who typed the last one completes it."""
    if client.residence_status is None:
        return
    row = session.exec(
        select(ResidenceEntry)
        .where(ResidenceEntry.client_id == client.id)
        .order_by(col(ResidenceEntry.recorded_at).desc(), col(ResidenceEntry.id).desc())
    ).first()
    expires_on = client.residence_status_expires_on
    if (
        row is not None
        and row.recorded_by == actor.id
        and row.status == client.residence_status
        and row.recorded_at >= utc_now() - STILL_TYPING
    ):
        row.expires_on = expires_on
        session.add(row)
    else:
        note_residence(session, client.id, actor, client.residence_status, None, expires_on)


def _note_change(session: Session, client: Client, actor: Actor, changed: tuple[str, ...]) -> None:
    """Tell the timeline; what one person changes in a row is one line. Levels have their own."""
    changed = tuple(name for name in changed if name not in _LEVELS)
    if not changed:
        return
    last = session.exec(
        select(CaseEvent)
        .where(CaseEvent.client_id == client.id, CaseEvent.code == "client_changed")
        .order_by(col(CaseEvent.at).desc())
    ).first()
    if last is None or last.actor_id != actor.id or last.at < utc_now() - STILL_TYPING:
        note_event(session, client.id, actor, "client_changed", {"fields": sorted(changed)})
        return
    last.facts = {"fields": sorted({*last.facts.get("fields", ()), *changed})}
    last.at = utc_now()
    session.add(last)
