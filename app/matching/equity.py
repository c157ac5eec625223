"""How fair an allocation is, beside the plain list: who gains and loses, who is next, who envies; pure.

Nothing in here knows more of anybody than the problem does: ids of entries, days, priorities. Who has a
right before whom is told by `app.matching.allocation_rules.precedence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from app.matching.allocation_rules import (
    Allocation,
    AllocationProblem,
    Applicant,
    CourseStart,
    Option,
    count_pairs_apart,
    precedence,
)

Reason = Literal["legal_priority", "later_entry", "no_seat", "family", "not_proved"]
REASONS: Final[tuple[str, ...]] = get_args(Reason)
"""Why somebody has no place in a course that they could take: all who have one have a legal right
before them; have the same right and waited longer (or came first on the same day); the course has no
seat to share; some family would leave its children alone; the calculation ended before the best
allocation was found."""

UnfilledReason = Literal["no_applicant", "family", "not_proved"]
"""Why a seat stays free: everybody who could take it has a place (or nobody could); as in `REASONS`."""


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody who gets something else than by the plain list."""

    entry_id: str
    listed_offer_id: str | None
    proposed_offer_id: str | None
    reason: Reason | None = None
    """Of a loss: why they have no place in the course that the plain list would have given them."""
    instead: tuple[str, ...] = ()
    """Of a loss: entries that have a place in that course now, and had not by the list."""


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """Who gets the place when one of those placed in this course steps back."""

    offer_id: str
    entry_id: str
    reason: Reason
    behind: str | None
    """The entry with the least right to its place in the course; `None` when seats are free."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody without any place, and why they have none in the course that they would have had by the
    plain list, or else in the one that fits them best."""

    entry_id: str
    offer_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Seats that stay free."""

    offer_id: str
    seats: int
    reason: UnfilledReason


@dataclass(frozen=True, slots=True)
class Envy:
    """Somebody left out, while somebody who stands behind them has a place that they could take."""

    entry_id: str
    offer_id: str
    over: str
    """The entry that has the place."""
    kind: Literal["legal_priority", "waiting_time"]
    """What they have before the other one."""


@dataclass(frozen=True, slots=True)
class PassedBy:
    """Somebody left out who came before somebody who has a place in a course that they could take."""

    entry_id: str
    offer_id: str
    over: str
    reason: Literal["legal_priority", "family", "not_proved"]


@dataclass(frozen=True, slots=True)
class EquityReport:
    """An allocation beside the plain list. Everything in the order of precedence, or of offer ids."""

    gains: tuple[Change, ...]
    losses: tuple[Change, ...]
    moves: tuple[Change, ...]
    """Another course than by the list."""
    runners_up: tuple[RunnerUp, ...]
    """One for each course that somebody left out could take."""
    unfilled: tuple[Unfilled, ...]
    envy: tuple[Envy, ...]
    """Of the proposal; one for each person, the strongest."""
    listed_envy: tuple[Envy, ...]
    """Of the plain list."""
    pairs_apart: int
    """Pairs of a household whose places keep them apart."""
    listed_pairs_apart: int
    passed_by: tuple[PassedBy, ...] = field(default=())
    left_out: tuple[LeftOut, ...] = field(default=())
    """Everybody without a place whom a course suits."""


def build_report(problem: AllocationProblem, proposal: Allocation, listed: Allocation) -> EquityReport:
    """Compare the proposal with the plain list."""
    view = _View(problem, proposal)
    before = _View(problem, listed)
    changes = [
        _change(view, before, one)
        for one in view.in_order
        if before.places.get(one.entry_id) != view.places.get(one.entry_id)
    ]
    return EquityReport(
        gains=tuple(c for c in changes if c.listed_offer_id is None),
        losses=tuple(c for c in changes if c.proposed_offer_id is None),
        moves=tuple(c for c in changes if c.listed_offer_id and c.proposed_offer_id),
        runners_up=tuple(_runners_up(view)),
        unfilled=tuple(_unfilled(view)),
        envy=find_envy(problem, proposal),
        listed_envy=find_envy(problem, listed),
        pairs_apart=count_pairs_apart(problem, proposal.places),
        listed_pairs_apart=count_pairs_apart(problem, listed.places),
        passed_by=list_passed_by(problem, proposal),
        left_out=tuple(_left_out(view, before)),
    )


def find_envy(problem: AllocationProblem, allocation: Allocation) -> tuple[Envy, ...]:
    """One for each client left out: over whom, in order of precedence. Legal priority goes first, and
    of several the one who stands the farthest behind.
    """
    view = _View(problem, allocation)
    found: dict[str, Envy] = {}
    for one in view.left_out:
        behind = [
            (other, offer_id)
            for offer_id in view.offers_of[one.entry_id]
            for other in view.placed_in[offer_id]
            if precedence(other)[:2] > precedence(one)[:2]
        ]
        if not behind:
            continue
        other, offer_id = max(behind, key=lambda item: (precedence(item[0]), item[1]))
        kind: Literal["legal_priority", "waiting_time"] = (
            "legal_priority" if other.priority > one.priority else "waiting_time"
        )
        found.setdefault(one.client_id, Envy(one.entry_id, offer_id, other.entry_id, kind))
    return tuple(found.values())


def list_passed_by(problem: AllocationProblem, allocation: Allocation) -> tuple[PassedBy, ...]:
    """For each entry left out and each course that it could take: the last who came and has a place
    there, when that one came later. The waiting list keeps why.
    """
    view = _View(problem, allocation)
    found = []
    for one in view.left_out:
        for offer_id in view.offers_of[one.entry_id]:
            placed = view.placed_in[offer_id]
            last = max(placed, key=lambda other: other.rank, default=None)
            if last is None or last.rank <= one.rank:
                continue
            reason: Literal["legal_priority", "family", "not_proved"] = (
                "legal_priority" if last.priority < one.priority else view.obstacle
            )
            found.append(PassedBy(one.entry_id, offer_id, last.entry_id, reason))
    return tuple(found)


class _View:
    """An allocation by course, and who is left out."""

    def __init__(self, problem: AllocationProblem, allocation: Allocation) -> None:
        self.starts: tuple[CourseStart, ...] = tuple(sorted(problem.starts, key=lambda s: s.offer_id))
        self.places: Mapping[str, str] = allocation.places
        self.options: Mapping[tuple[str, str], Option] = problem.options
        self.in_order = tuple(sorted(problem.applicants, key=precedence))
        self.obstacle: Literal["family", "not_proved"] = (
            "family" if allocation.is_exact or allocation.way != "exact" else "not_proved"
        )
        self.offers_of: dict[str, list[str]] = defaultdict(list)
        for entry_id, offer_id in sorted(problem.options):
            self.offers_of[entry_id].append(offer_id)
        self.placed_in: dict[str, list[Applicant]] = defaultdict(list)
        for one in self.in_order:
            if one.entry_id in self.places:
                self.placed_in[self.places[one.entry_id]].append(one)
        placed = {one.client_id for those in self.placed_in.values() for one in those}
        self.left_out = tuple(one for one in self.in_order if one.client_id not in placed)
        self.free_in = {s.offer_id: s.seats - len(self.placed_in[s.offer_id]) for s in self.starts}

    def why_not(self, one: Applicant, offer_id: str) -> Reason:
        """Why somebody left out has no place in a course that they could take."""
        placed = self.placed_in[offer_id]
        if not placed and self.free_in[offer_id] < 1:
            return "no_seat"
        if self.free_in[offer_id] > 0 or not placed or precedence(placed[-1]) > precedence(one):
            return self.obstacle
        return "legal_priority" if placed[-1].priority < one.priority else "later_entry"


def _change(view: _View, before: _View, one: Applicant) -> Change:
    listed, proposed = before.places.get(one.entry_id), view.places.get(one.entry_id)
    if listed is None or proposed is not None:
        return Change(one.entry_id, listed, proposed)
    had = {other.entry_id for other in before.placed_in[listed]}
    instead = tuple(o.entry_id for o in view.placed_in[listed] if o.entry_id not in had)
    return Change(one.entry_id, listed, None, view.why_not(one, listed), instead)


def _runners_up(view: _View) -> list[RunnerUp]:
    found = []
    for start in view.starts:
        offer_id = start.offer_id
        one = next((one for one in view.left_out if offer_id in view.offers_of[one.entry_id]), None)
        if one is None:
            continue
        placed = view.placed_in[offer_id]
        behind = placed[-1].entry_id if placed and view.free_in[offer_id] < 1 else None
        found.append(RunnerUp(offer_id, one.entry_id, view.why_not(one, offer_id), behind))
    return found


def _left_out(view: _View, before: _View) -> list[LeftOut]:
    found = []
    for one in view.left_out:
        own = view.offers_of[one.entry_id]
        if own:
            best = max(own, key=lambda offer_id: view.options[one.entry_id, offer_id].fit)
            offer_id = before.places.get(one.entry_id, best)
            found.append(LeftOut(one.entry_id, offer_id, view.why_not(one, offer_id)))
    return found


def _unfilled(view: _View) -> list[Unfilled]:
    found = []
    for start in view.starts:
        free = view.free_in[start.offer_id]
        if free < 1:
            continue
        is_wanted = any(start.offer_id in view.offers_of[one.entry_id] for one in view.left_out)
        found.append(Unfilled(start.offer_id, free, view.obstacle if is_wanted else "no_applicant"))
    return found
