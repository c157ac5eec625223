"""Rounds in which the places of course starts are given out: opening, calculating, closing.

The proposal is calculated between two transactions: the solver may take seconds, and only one
transaction writes at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.db import Database
from app.core.errors import ConflictError
from app.core.i18n import gettext as _
from app.directory.models import Offer
from app.matching.allocation_rules import AllocationProblem
from app.matching.models import AllocationLine, AllocationRound
from app.matching.round_rules import DECIDED, ProposedLine, build_lines
from app.matching.waiting import wanted_by
from app.operations.allocating import (
    Proposal,
    build_problem,
    list_open_entries_of,
    load_attributes,
    propose,
)
from app.operations.referring import MatchingBasis
from app.operations.round_queries import count_taken, fetch_round, list_offers_in_rounds

MAX_COURSES = 60
MAX_SEATS = 500

Seats = Annotated[int, Field(ge=0, le=MAX_SEATS)]


class RoundOrder(BaseModel):
    """Which course starts are shared, and how many places of each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    seats: dict[str, Seats]
    """Offer → places."""
    creation_key: str = Field(min_length=1, max_length=36)

    @field_validator("seats")
    @classmethod
    def _gives_something(cls, value: dict[str, int]) -> dict[str, int]:
        chosen = {offer_id: seats for offer_id, seats in value.items() if seats}
        if not chosen:
            raise PydanticCustomError(
                "round", "{words}", {"words": _("Please choose a course and its places.")}
            )
        if len(chosen) > MAX_COURSES:
            raise PydanticCustomError(
                "round",
                "{words}",
                {"words": _("Please choose at most %(max)s courses.", max=MAX_COURSES)},
            )
        return chosen


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What a calculation needs from the database."""

    problem: AllocationProblem
    attributes: Mapping[str, Mapping[str, str | None]]


def open_round(
    database: Database, actor: Actor, order: RoundOrder, basis: MatchingBasis, today: date
) -> str:
    """Make a proposal for these course starts and keep it; the id of the round.

    The same ``order.creation_key`` gives back the round that it made the first time. Raises
    `InvalidInputError` for an offer that is not published, and `ConflictError` for one whose places are
    given out in another round that is still open.
    """
    with database.read() as session:
        if earlier := _find_created(session, actor, order.creation_key):
            return earlier
        _require_free(session, order.seats)
        gathered = _gather(session, actor, order.seats, basis, today)
    proposal = propose(gathered.problem, gathered.attributes)
    with database.write() as session:
        if earlier := _find_created(session, actor, order.creation_key):
            return earlier
        _require_free(session, order.seats)
        found = AllocationRound(
            title=order.title,
            day=today,
            rules_version=basis.rules.version,
            offer_ids=list(order.seats),
            seats=dict(order.seats),
            creation_key=order.creation_key,
            created_by=actor.id,
        )
        try:
            with session.begin_nested():
                session.add(found)
                session.flush()
        except IntegrityError:
            # The key belongs to the round of somebody of another team: nothing of it is told.
            raise ConflictError(_("This form was already used. Please open a new one.")) from None
        _keep(session, actor, found, proposal)
        return found.id


def calculate_anew(
    database: Database, actor: Actor, round_id: str, basis: MatchingBasis, today: date
) -> None:
    """Make the proposal again from what holds today; what was decided stays, with its seats.

    Raises `NotFoundError`, `InvalidInputError` when a course is not published any more, and
    `ConflictError` when the round is closed, or somebody decided or calculated meanwhile.
    """
    with database.read() as session:
        found = fetch_round(session, actor, round_id)
        _require_open(found)
        remaining = {
            offer_id: max(0, seats - count_taken(session, found.id, offer_id))
            for offer_id, seats in found.seats.items()
            if _is_published(session, offer_id)
        }
        decided = _list_decided(session, found.id)
        gathered = _gather(session, actor, remaining, basis, today, without=decided)
        version = found.version
    proposal = propose(gathered.problem, gathered.attributes)
    with database.write() as session:
        found = fetch_round(session, actor, round_id, for_update=True)
        _require_open(found)
        if found.version != version or _list_decided(session, found.id) != decided:
            raise ConflictError(_("Somebody else decided meanwhile. Please calculate once more."))
        found.day, found.rules_version = today, basis.rules.version
        before = dict(found.figures)
        _keep(session, actor, found, proposal)
        if decided and before:
            # The new figures tell of what was left to share: those of the whole round stay beside them.
            found.figures = {**found.figures, "whole": before.get("whole", before)}


def close_round(session: Session, actor: Actor, round_id: str) -> None:
    """Close the round: what nobody decided lapses; closed already, it stays so. `NotFoundError`."""
    found = fetch_round(session, actor, round_id, for_update=True)
    if found.state == "closed":
        return
    found.state = "closed"
    found.version += 1
    session.add(found)
    record_access(session, actor.id, "allocation.close", "allocation_round", found.id)
    session.flush()


def _gather(
    session: Session,
    actor: Actor,
    seats: Mapping[str, int],
    basis: MatchingBasis,
    today: date,
    *,
    without: Collection[str] = (),
) -> _Gathered:
    """Who of the team waits for one of these courses, but for the clients ``without``."""
    offers = session.exec(select(Offer).where(col(Offer.id).in_(seats))).all()
    entries = [
        entry
        for entry in list_open_entries_of(session, actor)
        if entry.client_id not in without
        and any(wanted_by(entry).includes(offer.id, offer.course_kind) for offer in offers)
    ]
    problem = build_problem(session, actor, entries, list(seats), seats, basis, today)
    return _Gathered(problem, load_attributes(session, actor, entries, today))


def _keep(session: Session, actor: Actor, found: AllocationRound, proposal: Proposal) -> None:
    """Put the proposal into the lines that nobody decided on; those that fell away go."""
    found.figures, found.calculated_at = proposal.figures, utc_now()
    found.version += 1
    session.add(found)
    lines = build_lines(proposal.problem, proposal.proposal, proposal.plain, proposal.report)
    known = {
        line.entry_id: line
        for line in session.exec(select(AllocationLine).where(AllocationLine.round_id == found.id))
    }
    for told in lines:
        line = known.pop(told.entry_id, None)
        _fill(session, line or _new_line(found.id, told), told)
    for line in known.values():
        if line.state not in DECIDED:
            session.delete(line)
    record_access(session, actor.id, "allocation.calculate", "allocation_round", found.id)
    session.flush()


def _new_line(round_id: str, told: ProposedLine) -> AllocationLine:
    return AllocationLine(round_id=round_id, client_id=told.client_id, entry_id=told.entry_id)


def _fill(session: Session, line: AllocationLine, told: ProposedLine) -> None:
    line.proposed_offer_id, line.listed_offer_id = told.proposed, told.listed
    line.facts = told.facts
    line.version += 1
    session.add(line)


def _find_created(session: Session, actor: Actor, creation_key: str) -> str | None:
    return session.exec(
        select(AllocationRound.id).where(
            AllocationRound.creation_key == creation_key, AllocationRound.created_by == actor.id
        )
    ).first()


def _require_free(session: Session, offer_ids: Collection[str]) -> None:
    if list_offers_in_rounds(session) & set(offer_ids):
        words = _("The places of one of these courses are given out in an open round already.")
        raise ConflictError(words)


def _require_open(found: AllocationRound) -> None:
    if found.state != "open":
        raise ConflictError(_("This round is closed."))


def _is_published(session: Session, offer_id: str) -> bool:
    offer = session.get(Offer, offer_id)
    return offer is not None and offer.status == "published" and not offer.is_sensitive


def _list_decided(session: Session, round_id: str) -> set[str]:
    """The clients about whom somebody decided in this round."""
    return set(
        session.exec(
            select(AllocationLine.client_id).where(
                AllocationLine.round_id == round_id, col(AllocationLine.state).in_(DECIDED)
            )
        ).all()
    )
