"""The level of German: overall and per skill, how it is known, and how it came about.

The overall level also stands in `Client`, where matching reads it. Nothing is committed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.codes import SKILLS
from app.cases.goals import reach_proven_goals
from app.cases.histories import note_event, note_level
from app.cases.models import CaseEvent, Client
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client
from app.cases.records import LevelInput
from app.cases.rules import LevelFact, is_weaker_claim, level_after
from app.cases.status_models import LevelEntry
from app.core.clock import utc_now

STILL_TYPING: Final = timedelta(minutes=10)
"""Within this time the same person completes a line of the history instead of adding one."""
OVERALL: Final = "overall"


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A line of the history, with who recorded it."""

    entry: LevelEntry
    recorded_by: str | None


def level_field(skill: str) -> str:
    """What the level of a skill is called among the fields of a client."""
    return f"level_{skill}"


def level_values(
    level: str | None, evidence: str | None, known_on: date | None, expires_on: date | None
) -> dict[str, Any] | None:
    """A level as a plain value; `None` when it is unknown."""
    if level is None:
        return None
    return {
        "level": level,
        "evidence": evidence,
        "known_on": known_on and known_on.isoformat(),
        "expires_on": expires_on and expires_on.isoformat(),
    }


def load_current_levels(session: Session, client: Client) -> dict[str, LevelEntry]:
    """Skill → the newest line of its history; skills that nobody asked about are missing."""
    rows = session.exec(
        select(LevelEntry)
        .where(LevelEntry.client_id == client.id)
        .order_by(col(LevelEntry.recorded_at), col(LevelEntry.id))
    ).all()
    return {row.skill: row for row in rows}


def load_level_values(session: Session, client: Client) -> dict[str, Any]:
    """The level of each skill as a plain value, by the name of its field."""
    newest = load_current_levels(session, client)
    values: dict[str, Any] = {}
    for skill in SKILLS:
        row = newest.get(skill)
        values[level_field(skill)] = row and level_values(
            row.level, row.evidence, row.known_on, row.expires_on
        )
    row, own = newest.get(OVERALL), _own_fact(client)
    is_same = row is not None and LevelFact(row.level, row.evidence, row.known_on) == own
    expires_on = row.expires_on if row is not None and is_same else None
    values[level_field(OVERALL)] = level_values(own.level, own.evidence, own.on, expires_on)
    return values


def list_level_history(session: Session, client_id: str) -> tuple[LevelLine, ...]:
    """All lines, the newest first. The caller has checked who asks."""
    rows = session.exec(
        select(LevelEntry, User.name)
        .join(User, col(User.id) == LevelEntry.recorded_by, isouter=True)
        .where(LevelEntry.client_id == client_id)
        .order_by(col(LevelEntry.recorded_at).desc(), col(LevelEntry.id))
    ).all()
    return tuple(LevelLine(entry, name) for entry, name in rows)


def find_weaker_claims(told: Iterable[LevelInput], stored: Mapping[str, Any]) -> tuple[LevelInput, ...]:
    """Those of ``told`` that would silently replace better proof (``stored``: `load_level_values`)."""
    return tuple(
        one
        for one in told
        if not one.replaces_proof
        and is_weaker_claim(_fact_of(stored.get(level_field(one.skill))), _told_fact(one))
    )


def apply_level(
    session: Session,
    actor: Actor,
    client: Client,
    told: LevelInput,
    today: date,
    *,
    is_news: bool = True,
) -> None:
    """Let the level of a skill be what is told, with a line in the history.

    ``is_news``: also in the timeline (not when the case is just being opened). Open language goals
    whose level is proven now are marked as reached.
    """
    _keep_line(session, actor, client, told)
    if is_news:
        _tell_timeline(session, actor, client, told)
    if told.skill == OVERALL:
        now = _told_fact(told)
        if now != _own_fact(client):
            _set_own(client, now)
            reach_proven_goals(session, actor, client, now, today)


def record_level(
    session: Session, actor: Actor, client_id: str, reported: LevelFact, today: date
) -> LevelFact:
    """Take a level of German that was reached into the case; tells the level that stands now.

    See `take_reached_level`. Raises `NotFoundError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True, even_closed=True)
    return take_reached_level(session, actor, client, reported, today)


def take_reached_level(
    session: Session, actor: Actor | None, client: Client, reported: LevelFact, today: date
) -> LevelFact:
    """The same for a ``client`` whose row is locked, and whom who tells it may change.

    Without ``actor`` a provider tells it by its link. A weaker claim does not replace better proof
    (`rules.level_after`). Open language goals whose level is proven now are marked as reached.
    """
    known = _own_fact(client)
    now = level_after(known, reported)
    if now != known and now.level is not None:
        _set_own(client, now)
        note_level(session, client.id, actor, OVERALL, now.level, now.evidence, now.on)
        note_event(session, client.id, actor, "level_changed", level_facts(OVERALL, now))
        client.version += 1
        client.updated_at = utc_now()
        record_access(session, actor.id if actor else None, "client.update", "client", client.id)
    reach_proven_goals(session, actor, client, now, today)
    session.flush()
    return now


def level_facts(skill: str, now: LevelFact) -> dict[str, Any]:
    """What the timeline keeps of a new level."""
    facts = {"level": now.level, "evidence": now.evidence, "on": now.on and now.on.isoformat()}
    return facts if skill == OVERALL else {"skill": skill, **facts}


def _keep_line(session: Session, actor: Actor, client: Client, told: LevelInput) -> None:
    row = session.exec(
        select(LevelEntry)
        .where(LevelEntry.client_id == client.id, LevelEntry.skill == told.skill)
        .order_by(col(LevelEntry.recorded_at).desc(), col(LevelEntry.id).desc())
    ).first()
    is_same_line = (
        row is not None
        and row.recorded_by == actor.id
        and row.level == told.level
        and row.recorded_at >= utc_now() - STILL_TYPING
    )
    if row is None or not is_same_line:
        note_level(
            session, client.id, actor, told.skill, told.level,
            told.evidence, told.known_on, told.expires_on,
        )  # fmt: skip
        return
    row.evidence, row.known_on, row.expires_on = told.evidence, told.known_on, told.expires_on
    session.add(row)


def _tell_timeline(session: Session, actor: Actor, client: Client, told: LevelInput) -> None:
    """One line for what one person tells of a skill in a row."""
    facts = level_facts(told.skill, _told_fact(told))
    recent = session.exec(
        select(CaseEvent).where(
            CaseEvent.client_id == client.id,
            CaseEvent.code == "level_changed",
            CaseEvent.actor_id == actor.id,
            col(CaseEvent.at) >= utc_now() - STILL_TYPING,
        )
    ).all()
    same = next((one for one in recent if one.facts.get("skill") == facts.get("skill")), None)
    if same is None:
        note_event(session, client.id, actor, "level_changed", facts)
    else:
        same.facts, same.at = facts, utc_now()
        session.add(same)


def _own_fact(client: Client) -> LevelFact:
    return LevelFact(client.german_level, client.german_level_evidence, client.german_level_on)


def _set_own(client: Client, now: LevelFact) -> None:
    client.german_level = now.level
    client.german_level_evidence = now.evidence
    client.german_level_on = now.on


def _told_fact(told: LevelInput) -> LevelFact:
    return LevelFact(told.level, told.evidence, told.known_on)


def _fact_of(value: dict[str, Any] | None) -> LevelFact:
    return LevelFact(None) if value is None else LevelFact(value["level"], value["evidence"])
