"""Matching for a stored client: the facts of a case, and what the rules say of one offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.cases.models import Client
from app.cases.queries import CaseBasis
from app.core.day_times import minute_of
from app.core.errors import NotFoundError
from app.directory.interests import Taxonomy
from app.directory.models import Accommodation
from app.directory.offer_table import OfferTable
from app.directory.postal_codes import position_of_plz
from app.matching.ranking import assess_offer
from app.matching.rule_files import MatchingRules
from app.matching.types import (
    ClientFacts,
    EntitlementFact,
    Exclusion,
    GoalFact,
    Match,
    Reason,
    TimeSpan,
)


@dataclass(frozen=True, slots=True)
class OfferCheck:
    """What the rules say of one offer for one client."""

    match: Match | None
    """`None` when the offer is excluded."""
    excluded_by: tuple[Reason, ...]
    rules_version: str


def check_offer(
    facts: ClientFacts,
    offer_id: str,
    today: date,
    table: OfferTable,
    rules: MatchingRules,
    taxonomy: Taxonomy,
) -> OfferCheck:
    """Run the rules for one offer. Raises `NotFoundError` when it is not among the published ones."""
    answer = assess_offer(facts, table, rules, taxonomy, today, offer_id)
    match answer:
        case None:
            raise NotFoundError("no such offer")
        case Exclusion():
            return OfferCheck(None, answer.rules, rules.version)
        case Match():
            return OfferCheck(answer, (), rules.version)


def build_client_facts(case: CaseBasis) -> ClientFacts:
    """What the case itself tells matching: no name, no notes, no address.

    What hangs on referrals and dismissals is added by `app.operations.client_facts`.
    """
    client = case.client
    latitude, longitude, is_precise = _position(client, case.accommodation)
    concepts = tuple(i.concept for i in case.interests if i.concept is not None)
    return ClientFacts(
        birth_date=client.birth_date,
        sex=client.sex,
        languages=_tuple(client.languages),
        reads=_tuple(client.reads),
        german_level=client.german_level,
        german_level_evidence=client.german_level_evidence,
        german_level_on=client.german_level_on,
        goals=tuple(GoalFact(goal.area, goal.target_level) for goal in case.open_goals)
        if case.goals
        else None,
        interests=tuple(dict.fromkeys(concepts)) or None,
        unknown_interests=tuple(i.word for i in case.interests if i.concept is None),
        latitude=latitude,
        longitude=longitude,
        position_is_precise=is_precise,
        available=read_available(client.available),
        mobility=client.mobility,
        max_distance_km=client.max_distance_km,
        needs_childcare=client.needs_childcare,
        needs_step_free=client.needs_step_free,
        residence_status=client.residence_status,
        residence_valid_until=client.residence_status_expires_on,
        entitlements=None
        if case.entitlements is None
        else tuple(EntitlementFact(e.kind, e.issued_on, e.valid_until) for e in case.entitlements),
    )


def _position(
    client: Client, accommodation: Accommodation | None
) -> tuple[float | None, float | None, bool]:
    """Where the client lives: the accommodation's door, otherwise the centre of the postal code.

    A private address is never sent anywhere to be located.
    """
    if accommodation is not None and accommodation.latitude is not None:
        return accommodation.latitude, accommodation.longitude, True
    plz = client.plz or (accommodation.plz if accommodation is not None else None)
    found = position_of_plz(plz) if plz else None
    return (None, None, False) if found is None else (*found, False)


def read_available(available: Sequence[dict[str, Any]] | None) -> tuple[TimeSpan, ...] | None:
    """The weekly times in which a client can, of `Client.available`; `None`: nobody asked yet."""
    if available is None:
        return None
    return tuple(
        TimeSpan(int(span["weekday"]), minute_of(span["from"]), minute_of(span["to"]))
        for span in available
    )


def _tuple(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
