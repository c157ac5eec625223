"""Whom to bring together: a stable proposal for everybody who waits for a tandem.

Reckoned for all cases at once, so that two colleagues are never proposed the same place; shown are the
cases that the person asking may see, of the others only how many they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session, col

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.queries import load_cases
from app.directory.models import Offer
from app.matching.comparison import Comparison
from app.matching.models import TandemWish
from app.matching.prepared import PreparedOffers
from app.matching.tandem_matching import Pair, list_choices, match_tandems
from app.matching.tandem_queries import (
    TandemLine,
    list_open_tandems,
    list_waiting_wishes,
    load_parted,
    load_visible_names,
    load_volunteers,
)
from app.matching.tandem_rules import Assessment, Seeker, Volunteer
from app.matching.types import Reason
from app.operations.client_facts import load_client_facts
from app.operations.referring import MatchingBasis

MOST_CANDIDATES: Final = 5
"""So many volunteers are shown for one client."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A volunteer for a client, and why."""

    offer: Offer
    free: int
    left: int
    """Of the free places those for which nobody is proposed."""
    is_proposed: bool
    is_unclear: bool
    for_client: tuple[Reason, ...]
    for_volunteer: tuple[Reason, ...]
    questions: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A volunteer with a free place, whom a person may choose, whatever the rules say."""

    offer_id: str
    title: str
    obstacle: Reason | None
    """The first rule against it."""


@dataclass(frozen=True, slots=True)
class CaseChoice:
    """With whom one client may have a tandem."""

    candidates: tuple[Candidate, ...]
    """The best ones, with reasons; full ones are among them."""
    options: tuple[Option, ...]
    """All with a free place, in the same order, those whom a rule excludes last."""


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A client who waits, as the person asking may see it."""

    client_id: str
    client_name: str
    wished_on: date
    proposed: Candidate | None
    choice: int
    """Which choice of the client the proposed one is, from 1; 0: nobody is proposed."""
    possible: int
    """With how many volunteers a tandem is possible."""
    obstacles: tuple[tuple[str, int], ...]
    """When with none: the first rule against each volunteer, the most frequent one first."""


@dataclass(frozen=True, slots=True)
class VolunteerLine:
    """A volunteer who takes part."""

    volunteer: Volunteer
    offer: Offer
    own_proposed: tuple[tuple[str, str], ...]
    """Id and name of clients who are proposed, of cases that the person asking may see."""
    others_proposed: int


@dataclass(frozen=True, slots=True)
class TandemOverview:
    """Everything on the page of the tandems."""

    lines: tuple[ProposalLine, ...]
    others_waiting: int
    others_proposed: int
    volunteers: tuple[VolunteerLine, ...]
    tandems: tuple[TandemLine, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The assessments of all who wait, and who is proposed to whom."""

    volunteers: tuple[tuple[Volunteer, Offer], ...]
    """In the order of the assessments' rows."""
    wishes: tuple[TandemWish, ...]
    assessments: dict[str, Assessment]
    choices: dict[str, list[Pair]]
    """Of each client, the best first."""
    matched: dict[str, Pair]


def load_overview(session: Session, actor: Actor, basis: MatchingBasis, today: date) -> TandemOverview:
    """Who waits and is proposed, who takes clients, who meets; the caller notes the reading, in a short
    transaction of its own (`note_reading`)."""
    found = propose(session, basis, today)
    names = load_visible_names(session, actor, found.assessments)
    tandems = list_open_tandems(session, actor)
    others = [one.client_id for one in found.wishes if one.client_id not in names]
    return TandemOverview(
        lines=tuple(
            _line(found, wish, names[wish.client_id])
            for wish in found.wishes
            if wish.client_id in names
        ),
        others_waiting=len(others),
        others_proposed=sum(client_id in found.matched for client_id in others),
        volunteers=tuple(_volunteer_line(found, one, names) for one in found.volunteers),
        tandems=tandems,
    )


def note_reading(session: Session, actor: Actor) -> None:
    """Put into the audit log that ``actor`` read names on the list of the tandems."""
    record_access(session, actor.id, "tandem.list", "tandem", "all")


def load_case_choice(session: Session, client_id: str, basis: MatchingBasis, today: date) -> CaseChoice:
    """The volunteers for one client who waits, and whose case the caller has opened.

    The proposed one comes first, then by what suits the client.
    """
    found = propose(session, basis, today)
    matched = found.matched.get(client_id)
    ordered = sorted(found.choices.get(client_id, ()), key=lambda pair: pair != matched)
    assessment = found.assessments.get(client_id)
    options = [
        Option(offer.id, offer.title, next(iter(assessment.list_obstacles(row)), None))
        for row, (volunteer, offer) in enumerate(found.volunteers)
        if assessment is not None and volunteer.free
    ]
    rank = {pair.offer_id: number for number, pair in enumerate(ordered)}
    options.sort(key=lambda one: (rank.get(one.offer_id, len(rank)), one.title, one.offer_id))
    candidates = tuple(_candidate(found, pair) for pair in ordered[:MOST_CANDIDATES])
    return CaseChoice(candidates, tuple(options))


def propose(session: Session, basis: MatchingBasis, today: date) -> Proposal:
    """Bring all who wait and all who have a place together. Names nobody and audits nothing."""
    volunteers = tuple(
        pair for pair in load_volunteers(session) if pair[0].offer_id in basis.table.row_of
    )
    wishes = list_waiting_wishes(session)
    rows = np.array([basis.table.row_of[one.offer_id] for one, _ in volunteers], dtype=np.intp)
    offers = PreparedOffers(basis.table.take(rows), basis.rules, today)
    alone = [one for one, _offer in volunteers]
    assessments = {
        seeker.client_id: Assessment(seeker, alone, Comparison(seeker.facts, offers, basis.taxonomy))
        for seeker in _load_seekers(session, wishes)
    }
    pairs = [pair for one in assessments.values() for pair in one.list_pairs()]
    since = {one.client_id: one.wished_on for one in wishes}
    matched = match_tandems(pairs, {one.offer_id: one.free for one in alone}, since)
    return Proposal(volunteers, wishes, assessments, list_choices(pairs), matched)


def _load_seekers(session: Session, wishes: Sequence[TandemWish]) -> list[Seeker]:
    ids = {one.client_id for one in wishes}
    facts = load_client_facts(session, load_cases(session, col(Client.id).in_(ids)))
    parted = load_parted(session, ids)
    return [
        Seeker(
            client_id=one.client_id,
            wished_on=one.wished_on,
            facts=replace(facts[one.client_id], interests=tuple(one.topics))
            if one.topics
            else facts[one.client_id],
            wanted_sex=one.wanted_sex,
            parted=parted.get(one.client_id, frozenset()),
        )
        for one in wishes
        if one.client_id in facts
    ]


def _line(found: Proposal, wish: TandemWish, name: str) -> ProposalLine:
    choices = found.choices.get(wish.client_id, [])
    matched = found.matched.get(wish.client_id)
    return ProposalLine(
        client_id=wish.client_id,
        client_name=name,
        wished_on=wish.wished_on,
        proposed=_candidate(found, matched) if matched else None,
        choice=choices.index(matched) + 1 if matched else 0,
        possible=len(choices),
        obstacles=() if choices else _count_obstacles(found.assessments[wish.client_id]),
    )


def _count_obstacles(one: Assessment) -> tuple[tuple[str, int], ...]:
    counts = Counter(one.list_obstacles(row)[0].code for row in range(len(one.volunteers)))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _candidate(found: Proposal, pair: Pair) -> Candidate:
    row = next(i for i, (one, _) in enumerate(found.volunteers) if one.offer_id == pair.offer_id)
    volunteer, offer = found.volunteers[row]
    assessment = found.assessments[pair.client_id]
    return Candidate(
        offer=offer,
        free=volunteer.free,
        left=volunteer.free - sum(one.offer_id == pair.offer_id for one in found.matched.values()),
        is_proposed=found.matched.get(pair.client_id) == pair,
        is_unclear=bool(assessment.is_unclear[row]),
        for_client=assessment.reasons_for_client(row),
        for_volunteer=assessment.reasons_for_volunteer(row),
        questions=assessment.list_questions(row),
    )


def _volunteer_line(
    found: Proposal, volunteer: tuple[Volunteer, Offer], names: dict[str, str]
) -> VolunteerLine:
    clients = [one for one, pair in found.matched.items() if pair.offer_id == volunteer[0].offer_id]
    own = sorted((names[one], one) for one in clients if one in names)
    return VolunteerLine(
        *volunteer,
        own_proposed=tuple((client_id, name) for name, client_id in own),
        others_proposed=len(clients) - len(own),
    )
