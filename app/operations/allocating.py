"""Sharing the places of course starts among those who wait: from the database to a proposal.

Gathering needs a transaction; the calculation (`propose`) needs none, and may take seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.policy import is_referable_by
from app.cases.queries import CaseBasis, load_cases
from app.cases.rules import ADULT_AGE, age_on
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.directory.codes import COURSE_KINDS
from app.directory.models import Offer
from app.directory.offer_table import UNKNOWN, OfferTable
from app.matching.allocation import DEFAULT_SECONDS, allocate
from app.matching.allocation_rules import (
    Allocation,
    AllocationProblem,
    Applicant,
    CourseStart,
    Option,
)
from app.matching.comparison import Comparison
from app.matching.course_rules import YES, is_valid_paper
from app.matching.eligibility import decide_all
from app.matching.equity import EquityReport, build_report
from app.matching.equity_figures import (
    GroupSeats,
    age_group,
    count_seats,
    price_of_families,
    price_of_priorities,
    to_figures,
)
from app.matching.first_come import first_come
from app.matching.models import WaitingEntry
from app.matching.prepared import PreparedOffers
from app.matching.scoring import Scores
from app.matching.types import ClientFacts, TimeSpan
from app.matching.waiting import wanted_by
from app.matching.waiting_rules import Waiting, waiting_order
from app.operations.client_facts import load_client_facts
from app.operations.referring import MatchingBasis

PRIORITY_OF_PAPER: Final = {"obligation": 0, "entitlement": 1, "vocational_course": 1, "admission": 2}
"""An obligation (§ 44a AufenthG) goes before a right (§ 44(1), or to a vocational course), a right
before an admission to places that are left (§ 44(4))."""
NO_PRIORITY: Final = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed, beside the plain list."""

    problem: AllocationProblem
    proposal: Allocation
    plain: Allocation
    """First come, first served."""
    report: EquityReport
    seats: tuple[GroupSeats, ...]
    """By group, small ones not hidden: not to be kept or handed on."""
    figures: dict[str, Any]
    """Numbers only, see `app.matching.equity_figures.to_figures`."""


def list_open_entries_of(session: Session, actor: Actor | None) -> list[WaitingEntry]:
    """Open entries of the open cases in which ``actor`` may give places; `None`: of all."""
    return list(
        session.exec(
            select(WaitingEntry)
            .join(Client, col(Client.id) == WaitingEntry.client_id)
            .where(
                col(WaitingEntry.ended_at).is_(None),
                col(Client.closed_on).is_(None),
                _is_given_by(actor),
            )
            .order_by(col(WaitingEntry.id))
        ).all()
    )


def build_problem(
    session: Session,
    actor: Actor | None,
    entries: Sequence[WaitingEntry],
    offer_ids: Sequence[str],
    seats: Mapping[str, int],
    basis: MatchingBasis,
    today: date,
) -> AllocationProblem:
    """Who may get what: of the ``entries``, those of open cases in which ``actor`` may give places.

    An actor of `None` is the operator at the machine. ``seats`` (offer id → how many are given out)
    goes before what the directory says is free. What the rules exclude, and what was set aside for
    somebody, is no option. Nothing is written: the caller notes who calculated. Raises
    `InvalidInputError` when an offer is not published (or sensitive: what is confidential is shared out
    on no list), or when nobody knows its free seats.
    """
    table = _take_offers(session, offer_ids, seats, basis.table)
    starts = tuple(_start_of(table, row) for row in range(len(table)))
    cases = {case.client.id: case for case in _load_cases(session, actor, entries)}
    facts = load_client_facts(session, list(cases.values()))
    # Whether a seat is free is no question of the rules here: those that are, are given out.
    with_seats = replace(table, seats_free=np.maximum(table.seats_free, np.int32(1)))
    offers = PreparedOffers(with_seats, basis.rules, today)
    options_of = {
        client_id: _list_options(Comparison(facts[client_id], offers, basis.taxonomy))
        for client_id in cases
    }
    options: dict[tuple[str, str], Option] = {}
    applicants = []
    ordered = sorted((e for e in entries if e.ended_at is None and e.client_id in cases), key=_order)
    for rank, entry in enumerate(ordered):
        own = _wanted_options(entry, table, options_of[entry.client_id])
        entry_days = [int(offers.entry_on[table.row_of[offer_id]]) for offer_id in own]
        day = date.fromordinal(min(entry_days)) if entry_days else today
        case = cases[entry.client_id]
        applicants.append(_applicant(entry, rank, case, facts[entry.client_id], day, today))
        options |= {(entry.id, offer_id): option for offer_id, option in own.items()}
    return AllocationProblem(tuple(applicants), starts, options)


def load_attributes(
    session: Session, actor: Actor | None, entries: Sequence[WaitingEntry], today: date
) -> dict[str, dict[str, str | None]]:
    """Entry id → sex, age group and first language, for the figures of who gets the seats."""
    wanted = {entry.client_id for entry in entries}
    conditions = col(Client.id).in_(wanted), _is_given_by(actor)
    clients = {one.id: one for one in session.exec(select(Client).where(*conditions)).all()}
    return {
        entry.id: {
            "sex": clients[entry.client_id].sex,
            "age_group": age_group(clients[entry.client_id].birth_date, today),
            "language": next(iter(clients[entry.client_id].languages or ()), None),
        }
        for entry in entries
        if entry.client_id in clients
    }


def propose(
    problem: AllocationProblem,
    attributes: Mapping[str, Mapping[str, str | None]] | None = None,
    *,
    seconds: float = DEFAULT_SECONDS,
) -> Proposal:
    """The exact allocation beside the plain list, with the report.

    Each of the three calculations behind it (the proposal, and what families and priorities cost) may
    take ``seconds``.

    Raises `app.matching.allocation_rules.ProblemError`.
    """
    proposal = allocate(problem, seconds=seconds)
    plain = first_come(problem)
    report = build_report(problem, proposal, plain)
    seats = count_seats(problem, proposal, plain, attributes or {})
    prices = {
        "families": price_of_families(problem, proposal, seconds=seconds),
        "priorities": price_of_priorities(problem, proposal, seconds=seconds),
    }
    figures = to_figures(problem, proposal, plain, report, seats, prices)
    return Proposal(problem, proposal, plain, report, seats, figures)


def find_priority(facts: ClientFacts, on: date) -> int:
    """The legal priority that the client's papers give on the day on which the course begins."""
    papers = [paper for paper in facts.entitlements or () if is_valid_paper(paper, on)]
    return min((PRIORITY_OF_PAPER.get(p.kind, NO_PRIORITY) for p in papers), default=NO_PRIORITY)


def _is_given_by(actor: Actor | None) -> ColumnElement[bool]:
    return true() if actor is None else is_referable_by(actor)


def _load_cases(
    session: Session, actor: Actor | None, entries: Sequence[WaitingEntry]
) -> list[CaseBasis]:
    wanted = {entry.client_id for entry in entries}
    is_open = col(Client.closed_on).is_(None)
    return load_cases(session, col(Client.id).in_(wanted), is_open, _is_given_by(actor))


def _order(entry: WaitingEntry) -> tuple[Any, ...]:
    return waiting_order(Waiting(entry.id, entry.client_id, entry.entered_on, entry.created_at))


def _take_offers(
    session: Session, offer_ids: Sequence[str], seats: Mapping[str, int], table: OfferTable
) -> OfferTable:
    """The rows of these offers, with the seats that are given out in place of those that are free."""
    open_ids = set(
        session.exec(
            select(Offer.id).where(
                col(Offer.id).in_(offer_ids),
                Offer.status == "published",
                col(Offer.is_sensitive).is_(False),
            )
        ).all()
    )
    for offer_id in [*offer_ids, *seats]:
        if offer_id not in open_ids or offer_id not in table.row_of:
            raise InvalidInputError(
                _("There is no published offer %(id)s.", id=offer_id), field="offers"
            )
    rows = np.array([table.row_of[offer_id] for offer_id in sorted(set(offer_ids))], dtype=np.intp)
    taken = table.take(rows)
    free = taken.seats_free.copy()
    for row, offer_id in enumerate(taken.ids):
        free[row] = seats.get(offer_id, free[row])
        if free[row] == UNKNOWN:
            words = _("Nobody knows how many seats are free in %(id)s: please say it.", id=offer_id)
            raise InvalidInputError(words, field="seats")
    return replace(taken, seats_free=free)


def _start_of(table: OfferTable, row: int) -> CourseStart:
    sessions = range(int(table.session_start[row]), int(table.session_start[row + 1]))
    places = table.place_id[int(table.place_start[row]) : int(table.place_start[row + 1])]
    childcare = int(table.childcare[row])
    return CourseStart(
        offer_id=table.ids[row],
        seats=int(table.seats_free[row]),
        starts_on=_day(int(table.starts_on[row])),
        spans=tuple(
            TimeSpan(
                int(table.session_weekday[i]), int(table.session_from[i]), int(table.session_to[i])
            )
            for i in sessions
        ),
        has_childcare=None if childcare == UNKNOWN else childcare == YES,
        ends_on=_day(int(table.ends_on[row])),
        site=places[0] if len(set(places)) == 1 else None,
    )


def _day(ordinal: int) -> date | None:
    return None if ordinal == UNKNOWN else date.fromordinal(ordinal)


def _list_options(c: Comparison) -> dict[str, Option]:
    """Offer id → option, of what neither a rule nor a person excludes for this client."""
    eligibility, scores = decide_all(c), Scores(c).total
    set_aside = {offer_id for offer_id, _reason in c.facts.dismissed}
    found = {}
    for row in np.flatnonzero(~eligibility.is_excluded).tolist():
        if c.table.ids[row] in set_aside:
            continue
        km = float(c.distance_km[row])
        found[c.table.ids[row]] = Option(
            fit=float(scores[row]),
            distance_km=None if math.isnan(km) else round(km, 3),
            needs_clarifying=bool(eligibility.is_unclear[row]),
        )
    return found


def _wanted_options(
    entry: WaitingEntry, table: OfferTable, options: Mapping[str, Option]
) -> dict[str, Option]:
    """Of the options of a client, what this entry waits for."""
    kinds = (int(table.course_kind[table.row_of[offer_id]]) for offer_id in options)
    return {
        offer_id: option
        for (offer_id, option), kind in zip(options.items(), kinds, strict=True)
        if wanted_by(entry).includes(offer_id, None if kind == UNKNOWN else COURSE_KINDS[kind])
    }


def _applicant(
    entry: WaitingEntry, rank: int, case: CaseBasis, facts: ClientFacts, day: date, today: date
) -> Applicant:
    age = age_on(case.client.birth_date, day)
    return Applicant(
        entry_id=entry.id,
        client_id=entry.client_id,
        entered_on=entry.entered_on,
        rank=rank,
        priority=find_priority(facts, day),
        waited_days=max(0, (today - entry.entered_on).days),
        household=case.client.household_id,
        needs_childcare=facts.needs_childcare is True,
        is_adult=age is None or age >= ADULT_AGE,
    )
