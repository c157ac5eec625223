"""What a round shows of a proposal beside the plain list: who gains, who loses, the runner-up; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from app.matching.allocation_rules import Allocation, AllocationProblem, Option, precedence
from app.matching.equity import EquityReport
from app.matching.waiting_rules import PassReason

LineState = Literal["proposed", "confirmed", "changed", "declined"]
LINE_STATES: Final[tuple[str, ...]] = get_args(LineState)
DECIDED: Final = frozenset({"confirmed", "changed", "declined"})
HAS_SEAT: Final = frozenset({"confirmed", "changed"})
"""States in which a seat of the round is taken."""

BEHIND_OTHERS: Final = frozenset({"legal_priority", "later_entry"})
"""Reasons of a runner-up (`app.matching.equity`) that end when one of the others steps back."""

Change = Literal["same", "gains", "loses", "other"]
"""Against the plain list: the same, a place instead of none, none instead of one, another course."""
Stale = Literal["rules", "offer", "ended", "joined"]
"""Why a proposal is outdated."""


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """What is proposed for one who waits."""

    entry_id: str
    client_id: str
    proposed: str | None
    listed: str | None
    facts: dict[str, Any]
    """Codes and numbers, see `build_lines`."""


def build_lines(
    problem: AllocationProblem, proposal: Allocation, plain: Allocation, report: EquityReport
) -> tuple[ProposedLine, ...]:
    """A line for each who waits, in the order of precedence.

    ``facts``: ``priority``, ``waited_days``, ``options`` (how many courses the rules allow), of the
    proposed course (or the best one) ``fit``, ``km`` and ``clarify``, ``family`` (how many others of
    the household get a place), ``childcare``; of those without a place ``next_for`` (the courses whose
    runner-up they are, each with a reason of `app.matching.equity`), ``lost`` (why they have no place
    in the course that the plain list gives them) and ``left_out`` (``offer`` and ``reason``: why they
    have none in the course that the list gives them, or else in the one that fits best).
    """
    options: dict[str, dict[str, Option]] = defaultdict(dict)
    for (entry_id, offer_id), option in problem.options.items():
        options[entry_id][offer_id] = option
    next_for: dict[str, dict[str, str]] = defaultdict(dict)
    for runner in report.runners_up:
        next_for[runner.entry_id][runner.offer_id] = runner.reason
    lost: dict[str, str | None] = {one.entry_id: one.reason for one in report.losses}
    left_out = {one.entry_id: one for one in report.left_out}
    at_home = _placed_by_household(problem, proposal)
    lines = []
    for one in sorted(problem.applicants, key=precedence):
        own, proposed = options[one.entry_id], proposal.places.get(one.entry_id)
        facts: dict[str, Any] = {
            "priority": one.priority,
            "waited_days": one.waited_days,
            "options": len(own),
            "childcare": one.needs_childcare,
            **_option_facts(own.get(proposed) if proposed else _best(own.values())),
        }
        if one.household is not None:
            facts["family"] = len(at_home[one.household] - {one.client_id})
        if one.entry_id in next_for:
            facts["next_for"] = next_for[one.entry_id]
        if one.entry_id in lost:
            facts["lost"] = lost[one.entry_id]
        if (out := left_out.get(one.entry_id)) is not None:
            facts["left_out"] = {"offer": out.offer_id, "reason": out.reason}
        listed = plain.places.get(one.entry_id)
        lines.append(ProposedLine(one.entry_id, one.client_id, proposed, listed, facts))
    return tuple(lines)


def change_of(proposed: str | None, listed: str | None) -> Change:
    """How a proposal differs from the plain list."""
    if proposed == listed:
        return "same"
    if listed is None:
        return "gains"
    return "loses" if proposed is None else "other"


def pass_reason(
    passed: Mapping[str, Any], placed: Mapping[str, Any], *, is_decided: bool
) -> PassReason:
    """Why the one with the facts ``placed`` gets a place before the one with the facts ``passed``, who
    waits longer and whom the course suits, too."""
    if is_decided:
        return "decided"
    if placed.get("priority", 0) < passed.get("priority", 0):
        return "legal_priority"
    return "family" if placed.get("family") or placed.get("childcare") else "fit"


def _placed_by_household(problem: AllocationProblem, proposal: Allocation) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in problem.applicants:
        if one.household is not None and one.entry_id in proposal.places:
            found[one.household].add(one.client_id)
    return found


def _best(options: Iterable[Option]) -> Option | None:
    return max(options, key=lambda option: option.fit, default=None)


def _option_facts(option: Option | None) -> dict[str, Any]:
    if option is None:
        return {}
    km = None if option.distance_km is None else round(option.distance_km, 1)
    return {"fit": round(option.fit, 3), "km": km, "clarify": option.needs_clarifying}
