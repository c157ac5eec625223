"""Reading rounds in which course places are given out.

A round belongs to the team of whoever opened it. Names stand there of those whose case the person
asking may see; the round's result for a client is seen on the case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_visible_to
from app.core.errors import NotFoundError
from app.directory.models import Offer
from app.directory.queries import free_seats
from app.directory.upkeep_models import EntryRevision
from app.matching.models import AllocationLine, AllocationRound, WaitingEntry
from app.matching.round_rules import BEHIND_OTHERS, DECIDED, HAS_SEAT, Change, Stale, change_of
from app.matching.waiting import wanted_by
from app.operations.allocating import list_open_entries_of
from app.referrals.models import Referral


@dataclass(frozen=True, slots=True)
class StartChoice:
    """A course start that a round may give places of."""

    offer: Offer
    free_seats: int | None
    """As the provider told; `None`: unknown."""
    given: int
    """Places given in rounds since the provider told."""
    waiting: int
    """How many of the team's clients wait for it, or for any course of its kind."""
    is_in_round: bool
    """It is part of a round that is still open."""

    @property
    def preset(self) -> int:
        """How many places are proposed to be given out."""
        return max(0, (self.free_seats or 0) - self.given)


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """A round in a list."""

    round: AllocationRound
    offer_titles: tuple[str, ...]
    open_count: int
    """Proposed places that nobody decided on yet."""
    placed_count: int


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A line of a round, for its page."""

    line: AllocationLine
    client_id: str | None
    """`None`, as the names: somebody whose case the person asking may not see (any more)."""
    client_name: str | None
    case_worker_name: str | None
    entered_on: date
    is_waiting: bool
    change: Change

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the proposal goes by; nothing of somebody whose case the person asking may not see."""
        return self.line.facts if self.client_id is not None else {}

    @property
    def offer_id(self) -> str | None:
        """The course in which the place is, as it stands now: decided, or else proposed."""
        if self.line.state in DECIDED:
            return self.line.decided_offer_id
        return self.line.proposed_offer_id

    @property
    def is_open(self) -> bool:
        """A place is proposed, and nobody has decided."""
        return self.line.state == "proposed" and self.line.proposed_offer_id is not None


@dataclass(frozen=True, slots=True)
class RoundCourse:
    """A course of a round, with those who have (or are proposed) a place."""

    offer: Offer
    seats: int
    taken: int
    lines: tuple[RoundLine, ...]
    runner_up: RoundLine | None
    listed: tuple[RoundLine, ...]
    """To whom the plain list gives a place in this course, in its order."""

    @property
    def losing(self) -> tuple[RoundLine, ...]:
        """Of ``listed``, those who have no place at all now."""
        return tuple(one for one in self.listed if one.offer_id is None)

    @property
    def is_freed(self) -> bool:
        """A seat is proposed to nobody any more, though somebody was behind those who had it."""
        one = self.runner_up if len(self.lines) < self.seats else None
        return one is not None and one.line.facts["next_for"][self.offer.id] in BEHIND_OTHERS


@dataclass(frozen=True, slots=True)
class RoundPage:
    """A round with all its lines."""

    round: AllocationRound
    created_by: str
    courses: tuple[RoundCourse, ...]
    others: tuple[RoundLine, ...]
    """Without a place: proposed none, or decided so."""
    stale: tuple[Stale, ...]
    offers: Mapping[str, Offer]

    @property
    def open_lines(self) -> tuple[RoundLine, ...]:
        """What is still to be decided."""
        return tuple(line for course in self.courses for line in course.lines if line.is_open)


def is_round_of(actor: Actor) -> ColumnElement[bool]:
    """The rounds that ``actor`` may work on: those of the team."""
    if not actor.may("allocation:manage"):
        return false()
    team = select(User.team).where(col(User.id) == actor.id).scalar_subquery()
    return col(AllocationRound.created_by).in_(select(User.id).where(col(User.team) == team))


def fetch_round(
    session: Session, actor: Actor, round_id: str, *, for_update: bool = False
) -> AllocationRound:
    """The round; raises `NotFoundError` when it is not one of the team."""
    statement = select(AllocationRound).where(col(AllocationRound.id) == round_id, is_round_of(actor))
    if for_update:
        statement = statement.with_for_update()
    found = session.exec(statement).first()
    if found is None:
        raise NotFoundError("no such round")
    return found


def fetch_line(session: Session, round_id: str, line_id: str) -> AllocationLine:
    """A line of a round that the caller has fetched; raises `NotFoundError`."""
    line = session.get(AllocationLine, line_id)
    if line is None or line.round_id != round_id:
        raise NotFoundError("no such line")
    return line


def list_rounds(session: Session, actor: Actor) -> tuple[RoundSummary, ...]:
    """The rounds of the team, the latest first."""
    rounds = session.exec(
        select(AllocationRound)
        .where(is_round_of(actor))
        .order_by(col(AllocationRound.created_at).desc(), col(AllocationRound.id))
    ).all()
    lines: dict[str, list[AllocationLine]] = defaultdict(list)
    wanted = col(AllocationLine.round_id).in_([one.id for one in rounds])
    for line in session.exec(select(AllocationLine).where(wanted)).all():
        lines[line.round_id].append(line)
    offers = _load_offers(session, {offer_id for one in rounds for offer_id in one.offer_ids})
    return tuple(
        RoundSummary(
            one,
            tuple(offers[offer_id].title for offer_id in one.offer_ids if offer_id in offers),
            sum(
                line.state == "proposed" and line.proposed_offer_id is not None
                for line in lines[one.id]
            ),
            sum(line.state in HAS_SEAT for line in lines[one.id]),
        )
        for one in rounds
    )


def get_round(session: Session, actor: Actor, round_id: str, rules_version: str) -> RoundPage:
    """The round with names, and an audit entry (needs a transaction that writes); `NotFoundError`."""
    found = fetch_round(session, actor, round_id)
    record_access(session, actor.id, "allocation.read", "allocation_round", found.id)
    offers = _load_offers(session, found.offer_ids)
    lines = _load_lines(session, actor, found.id)
    in_list_order = sorted(lines, key=lambda one: (one.entered_on, one.line.entry_id))
    runners = {
        offer_id: one
        for one in lines
        if one.line.state == "proposed" and one.offer_id is None
        for offer_id in one.line.facts.get("next_for", ())
    }
    courses = [
        RoundCourse(
            offer=offers[offer_id],
            seats=found.seats.get(offer_id, 0),
            taken=sum(one.line.state in HAS_SEAT and one.offer_id == offer_id for one in lines),
            lines=tuple(one for one in lines if one.offer_id == offer_id),
            runner_up=runners.get(offer_id),
            listed=tuple(one for one in in_list_order if one.line.listed_offer_id == offer_id),
        )
        for offer_id in found.offer_ids
        if offer_id in offers
    ]
    return RoundPage(
        round=found,
        created_by=session.get_one(User, found.created_by).name,
        courses=tuple(courses),
        others=tuple(one for one in lines if one.offer_id is None),
        stale=find_staleness(session, found, rules_version) if found.state == "open" else (),
        offers=offers,
    )


def list_start_choices(session: Session, actor: Actor) -> tuple[StartChoice, ...]:
    """Published language courses that start today or later, the next one first."""
    if actor.day is None:
        return ()
    offers = session.exec(
        select(Offer)
        .where(
            Offer.status == "published",
            Offer.kind == "language_course",
            col(Offer.is_sensitive).is_(False),
            col(Offer.starts_on) >= actor.day,
        )
        .order_by(col(Offer.starts_on), col(Offer.title), col(Offer.id))
    ).all()
    waiting = list_open_entries_of(session, actor)
    given = load_given(session, offers)
    in_rounds = list_offers_in_rounds(session)
    return tuple(
        StartChoice(
            offer=offer,
            free_seats=free_seats(offer.seats_max, offer.seats_booked),
            given=given.get(offer.id, 0),
            waiting=len(
                {
                    one.client_id
                    for one in waiting
                    if wanted_by(one).includes(offer.id, offer.course_kind)
                }
            ),
            is_in_round=offer.id in in_rounds,
        )
        for offer in offers
    )


def load_given(session: Session, offers: Iterable[Offer]) -> dict[str, int]:
    """Offer id → places given in rounds since the provider told how many are free.

    Less those that are counted among the booked ones.
    """
    told = {offer.id: offer.seats_told_on for offer in offers}
    rows = session.exec(
        select(AllocationLine.decided_offer_id, AllocationLine.decided_at)
        .join(Referral, col(Referral.id) == AllocationLine.referral_id, isouter=True)
        .where(
            col(AllocationLine.decided_offer_id).in_(told),
            col(AllocationLine.state).in_(HAS_SEAT),
            col(Referral.seat_held).is_not(True),
        )
    ).all()
    found: dict[str, int] = defaultdict(int)
    for offer_id, at in rows:
        told_on = told.get(str(offer_id))
        if told_on is None or (at is not None and at.date() >= told_on):
            found[str(offer_id)] += 1
    return dict(found)


def list_offers_in_rounds(session: Session) -> set[str]:
    """The offers whose places are given out in a round that is still open."""
    open_ones = select(AllocationRound.offer_ids).where(AllocationRound.state == "open")
    return {offer_id for ids in session.exec(open_ones).all() for offer_id in ids}


def find_staleness(session: Session, found: AllocationRound, rules_version: str) -> tuple[Stale, ...]:
    """Why the proposal is outdated, if it is: what changed since it was calculated."""
    offers = _load_offers(session, found.offer_ids)
    stale: list[Stale] = ["rules"] if found.rules_version != rules_version else []
    published = [one for one in offers.values() if one.status == "published"]
    gone = len(published) < len(set(found.offer_ids))
    if gone or _are_changed(session, found):
        stale.append("offer")
    if _has_ended_entries(session, found):
        stale.append("ended")
    if _has_new_entries(session, found, offers.values()):
        stale.append("joined")
    return tuple(stale)


def count_taken(session: Session, round_id: str, offer_id: str) -> int:
    """How many seats of the course are given in the round."""
    return session.exec(
        select(func.count())
        .select_from(AllocationLine)
        .where(
            AllocationLine.round_id == round_id,
            AllocationLine.decided_offer_id == offer_id,
            col(AllocationLine.state).in_(HAS_SEAT),
        )
    ).one()


def _are_changed(session: Session, found: AllocationRound) -> bool:
    changed = select(EntryRevision.seq).where(
        EntryRevision.entry_type == "offer",
        col(EntryRevision.entry_id).in_(found.offer_ids),
        col(EntryRevision.at) > found.calculated_at,
    )
    return session.exec(changed).first() is not None


def _has_ended_entries(session: Session, found: AllocationRound) -> bool:
    ended = (
        select(AllocationLine.id)
        .join(WaitingEntry, col(WaitingEntry.id) == AllocationLine.entry_id)
        .join(Client, col(Client.id) == AllocationLine.client_id)
        .where(
            AllocationLine.round_id == found.id,
            AllocationLine.state == "proposed",
            col(AllocationLine.proposed_offer_id).is_not(None),
            col(WaitingEntry.ended_at).is_not(None) | col(Client.closed_on).is_not(None),
        )
    )
    return session.exec(ended).first() is not None


def _has_new_entries(session: Session, found: AllocationRound, offers: Collection[Offer]) -> bool:
    known = select(AllocationLine.entry_id).where(AllocationLine.round_id == found.id)
    rows = session.exec(
        select(WaitingEntry)
        .join(Client, col(Client.id) == WaitingEntry.client_id)
        .join(User, col(User.id) == Client.case_worker_id)
        .where(
            col(WaitingEntry.ended_at).is_(None),
            col(Client.closed_on).is_(None),
            col(WaitingEntry.created_at) > found.calculated_at,
            col(WaitingEntry.id).not_in(known),
            col(User.team)
            == select(User.team).where(col(User.id) == found.created_by).scalar_subquery(),
        )
    ).all()
    return any(wanted_by(row).includes(offer.id, offer.course_kind) for row in rows for offer in offers)


def _load_offers(session: Session, ids: Collection[str]) -> dict[str, Offer]:
    """The courses of a round; one that became confidential is none of them any more."""
    wanted = col(Offer.id).in_(ids), col(Offer.is_sensitive).is_(False)
    return {offer.id: offer for offer in session.exec(select(Offer).where(*wanted)).all()}


def _load_lines(session: Session, actor: Actor, round_id: str) -> list[RoundLine]:
    rows = session.exec(
        select(AllocationLine, WaitingEntry)
        .join(WaitingEntry, col(WaitingEntry.id) == AllocationLine.entry_id)
        .where(AllocationLine.round_id == round_id)
    ).all()
    ids = {line.client_id for line, _entry in rows}
    names = {
        client_id: (f"{given} {family}".strip(), worker)
        for client_id, given, family, worker in session.exec(
            select(Client.id, Client.given_name, Client.family_name, User.name)
            .join(User, col(User.id) == Client.case_worker_id)
            .where(col(Client.id).in_(ids), is_visible_to(actor))
        ).all()
    }
    lines = [
        RoundLine(
            line=line,
            client_id=line.client_id if line.client_id in names else None,
            client_name=names.get(line.client_id, (None, None))[0],
            case_worker_name=names.get(line.client_id, (None, None))[1],
            entered_on=entry.entered_on,
            is_waiting=entry.ended_at is None,
            change=change_of(line.proposed_offer_id, line.listed_offer_id),
        )
        for line, entry in rows
    ]
    return sorted(lines, key=_line_order)


def _line_order(one: RoundLine) -> tuple[Any, ...]:
    facts = one.line.facts
    return facts.get("priority", 9), -facts.get("waited_days", 0), one.entered_on, one.line.entry_id
