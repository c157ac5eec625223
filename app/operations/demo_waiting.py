"""The demo's waiting lists over the last months, and a round on which the team lead is to decide."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import CaseEvent, Client
from app.cases.queries import load_cases
from app.cases.rules import ADULT_AGE, age_on
from app.core.ids import derived_id
from app.directory.interests import load_taxonomy
from app.directory.models import Offer
from app.directory.public_holidays import Holidays
from app.directory.table_loading import load_offer_table
from app.matching.models import AllocationRound, WaitingEntry
from app.matching.ranking import rank
from app.matching.rule_files import load_rules
from app.matching.types import Match, MatchFilters
from app.matching.waiting import WaitingOrder, join_list, leave_list
from app.matching.waiting_rules import DATE_REASONS
from app.operations.allocation_rounds import RoundOrder, open_round
from app.operations.client_facts import load_client_facts
from app.operations.demo_accounts import DEMO_ACCOUNTS
from app.operations.referring import MatchingBasis
from app.operations.round_queries import list_start_choices
from app.operations.runtime import Runtime

_SEED: Final = 1871
_SHARE: Final = 0.9
"""Of the grown-ups whom some course suits."""
_POPULAR: Final = ("state_german", "integration_general", "vocational_basic")
"""Most people wait for a course of these kinds, when one suits."""
_LONGEST_DAYS: Final = 300
_ONLY_SHARE: Final = 0.15
"""Want one course and no other."""
_EARLIER_SHARE: Final = 0.2
"""Count from a day before the one on which it was typed."""
_ROUND_KEY: Final = derived_id("demo", "allocation-round")
_COURSES: Final = 4
_MOST_SEATS: Final = 2
"""Of a course in the round: fewer than there are people who wait."""


def load_demo_waiting(session: Session, today: date, holidays: Holidays) -> int:
    """Put clients of the demo onto waiting lists, once; tells how many."""
    if session.exec(select(WaitingEntry.id)).first() is not None:
        return 0
    rng = random.Random(_SEED)  # noqa: S311  the same lists every time, nothing secret
    basis = MatchingBasis(load_offer_table(session, holidays), load_rules(), load_taxonomy())
    cases = load_cases(session, col(Client.is_demo).is_(True), col(Client.closed_on).is_(None))
    facts = load_client_facts(session, cases)
    count = 0
    for case in sorted(cases, key=lambda one: one.client.id):
        age = age_on(case.client.birth_date, today)
        if age is None or age < ADULT_AGE or rng.random() >= _SHARE:
            continue
        filters = MatchFilters(kinds=("language_course",))
        found = rank(
            facts[case.client.id], basis.table, basis.rules, basis.taxonomy, today, filters=filters
        )
        offer = _choose(session, found.matches, today)
        if offer is not None:
            _wait(session, rng, case.client, offer, today)
            count += 1
    return count


def load_demo_round(runtime: Runtime) -> bool:
    """Open a round for the course starts that most people wait for, once; whether it was."""
    lead = next(one for one in DEMO_ACCOUNTS if one.role == "team_lead")
    actor = Actor(lead.id, lead.role, lead.name, runtime.today)
    with runtime.database.read() as session:
        known = select(AllocationRound.id).where(AllocationRound.creation_key == _ROUND_KEY)
        if session.exec(known).first() is not None:
            return False
        choices = list_start_choices(session, actor)
    wanted = sorted(
        (one for one in choices if one.preset and one.waiting), key=lambda one: -one.waiting
    )
    seats = {one.offer.id: min(one.preset, _MOST_SEATS) for one in wanted[:_COURSES]}
    if not seats:
        return False
    order = RoundOrder(title="Kurse zum Jahreswechsel", seats=seats, creation_key=_ROUND_KEY)
    table = runtime.offer_table_cache.current()
    basis = MatchingBasis(table, runtime.matching_rules, runtime.taxonomy)
    open_round(runtime.database, actor, order, basis, runtime.today)
    return True


def _choose(session: Session, matches: tuple[Match, ...], today: date) -> Offer | None:
    """The best course of a known kind that is still to start, one of the popular kinds first."""
    offers = [session.get_one(Offer, match.offer_id) for match in matches]
    ahead = [
        offer
        for offer in offers
        if offer.starts_on and offer.starts_on > today and offer.course_kind and not offer.is_sensitive
    ]
    popular = [offer for offer in ahead if offer.course_kind in _POPULAR]
    return next(iter([*popular, *ahead]), None)


def _wait(session: Session, rng: random.Random, client: Client, offer: Offer, today: date) -> None:
    began = client.counselling_started_on or today
    longest = min(_LONGEST_DAYS, max(0, (today - began).days))
    entered_on = today - timedelta(days=rng.randint(0, longest))
    is_only = rng.random() < _ONLY_SHARE
    order = WaitingOrder.model_validate(
        {
            "course_kind": None if is_only else offer.course_kind,
            "offer_id": offer.id if is_only else "",
            "entered_on": entered_on,
            "date_reason": rng.choice(DATE_REASONS),
        },
        context={"today": today},
    )
    actor = Actor(client.case_worker_id, "case_worker")
    entry = join_list(session, actor, client.id, order)
    entry.created_at = datetime.combine(entered_on, time(10), UTC)
    if rng.random() >= _EARLIER_SHARE:  # typed on the day itself
        entry.date_reason = None
    if rng.random() < 0.1:
        leave_list(session, actor, client.id, entry.id, "not_needed", entry.version)
    joined = select(CaseEvent).where(
        CaseEvent.client_id == client.id, CaseEvent.code == "waiting_joined"
    )
    for event in session.exec(joined).all():
        event.at = entry.created_at
    session.flush()
