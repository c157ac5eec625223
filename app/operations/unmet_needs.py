"""Nothing suits a client: kept in the case, and told, without the client, to those who plan."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_event
from app.cases.models import CaseEvent
from app.cases.policy import is_referable_by
from app.cases.queries import fetch_client
from app.directory.gaps import GapCreate, log_gap
from app.matching.types import GROUPS, MatchFilters, MatchResult

NO_SUCH_OFFER: Final = "no_such_offer"
"""In place of a rule: there is nothing of the kind at all."""
FEWEST_TICKED: Final = 3
"""So many of the most frequent reasons are ticked at first."""


class UnmetNeed(BaseModel):
    """What was looked for, and what it failed for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: str
    missing: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")], ...] = Field(
        min_length=1, max_length=30
    )
    """Codes of rules that exclude offers, or `NO_SUCH_OFFER`."""
    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    """For the planners; nothing about the person."""

    @field_validator("group")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in GROUPS:
            raise ValueError("no such group")
        return value


def filters_for(group: str) -> MatchFilters:
    """What of the directory belongs to ``group``."""
    return MatchFilters(serves=(group,))


def count_reasons(result: MatchResult) -> list[tuple[str, int]]:
    """Rule → offers that it excludes, the most frequent first. That a person set one aside is none."""
    counted = Counter(
        rule.code for one in result.exclusions for rule in one.rules if rule.code != "set_aside"
    )
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def log_unmet_need(
    session: Session, actor: Actor, client_id: str, need: UnmetNeed, gap_text: str, today: date
) -> None:
    """Keep in the case that nothing suited, and tell the planners; the same of one day is kept once.

    ``gap_text`` says in words what they read; it says nothing about the person. Raises
    `NotFoundError` and `CaseClosedError`.
    """
    client = fetch_client(session, client_id, is_referable_by(actor), for_update=True)
    facts = {"group": need.group, "missing": list(need.missing)}
    since = datetime.combine(today, time(), UTC)
    same_day = select(CaseEvent).where(
        CaseEvent.client_id == client.id,
        CaseEvent.code == "nothing_suited",
        col(CaseEvent.at) >= since,
    )
    if all(event.facts != facts for event in session.exec(same_day).all()):
        note_event(session, client.id, actor, "nothing_suited", facts)
        record_access(session, actor.id, "client.nothing_suited", "client", client.id)
    log_gap(session, actor.id, GapCreate(text=gap_text, group=need.group, missing=need.missing))
