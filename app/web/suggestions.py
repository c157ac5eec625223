"""The offers that a case page suggests, grouped by what they serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.cases.queries import ClientCase
from app.core.clock import local_minute
from app.directory.queries import OfferCard
from app.matching.service import build_client_facts
from app.matching.types import GROUP_OF_GOAL, Match, MatchResult, order_groups
from app.operations.referring import MatchingBasis
from app.operations.runtime import Runtime

ALWAYS_SHOWN: Final = frozenset({"social", "counselling"})
"""Groups that stand open even when no goal asks for them."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suitable offer with what its card shows."""

    match: Match
    card: OfferCard


@dataclass(frozen=True, slots=True)
class SuggestionGroup:
    """The best offers of one group."""

    code: str
    suggestions: tuple[Suggestion, ...]
    total: int
    """How many suitable offers the group has."""


def matching_basis(runtime: Runtime) -> MatchingBasis:
    """Offers, rules and taxonomy as they are now."""
    settings = runtime.settings
    return MatchingBasis(
        runtime.offer_table_cache.current(),
        runtime.matching_rules,
        runtime.taxonomy,
        settings.public_url if settings.has_public_pages else None,
        local_minute(settings),
    )


def main_groups(case: ClientCase) -> frozenset[str]:
    """The groups that serve an open goal, or are always of use."""
    return ALWAYS_SHOWN | {GROUP_OF_GOAL[goal.area] for goal in case.open_goals}


def build_groups(
    case: ClientCase, result: MatchResult, cards: Mapping[str, OfferCard]
) -> tuple[SuggestionGroup, ...]:
    """The groups that have any offer, those of the client's goals first."""
    main = main_groups(case)
    groups = []
    for code in order_groups(build_client_facts(case)):
        found = tuple(
            Suggestion(match, cards[match.offer_id])
            for match in result.matches
            if match.serves == code and match.offer_id in cards
        )
        if found:
            total = result.group_counts.get(code, len(found))
            groups.append(SuggestionGroup(code, found, total))
    return tuple(sorted(groups, key=lambda group: group.code not in main))
