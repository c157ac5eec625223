"""What matching may know of clients, gathered from all that is recorded about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from app.cases.models import Client
from app.cases.queries import CaseBasis
from app.cases.rules import ADULT_AGE, age_on
from app.core.clock import utc_now
from app.matching.dismissals import load_dismissals
from app.matching.free_times import join_times, remove_times
from app.matching.service import build_client_facts, read_available
from app.matching.types import ClientFacts, TimeSpan
from app.referrals.history import History, load_histories


def load_client_facts(session: Session, cases: Sequence[CaseBasis]) -> dict[str, ClientFacts]:
    """Client id → facts, for one case or a whole caseload, in a few queries.

    The caller has checked who asks, and notes the reading. Of others in the household only the hours
    count in which they are free, whoever's case they are.
    """
    adults = _load_other_adults(
        session, {c.client.household_id for c in cases if c.client.household_id}
    )
    ids = {case.client.id for case in cases}
    histories = load_histories(session, ids | {one.id for people in adults.values() for one in people})
    dismissed = load_dismissals(session, ids)
    found: dict[str, ClientFacts] = {}
    for case in cases:
        client = case.client
        history = histories.get(client.id, History())
        others = [one for one in adults.get(client.household_id or "", ()) if one.id != client.id]
        found[client.id] = replace(
            build_client_facts(case),
            booked=tuple(history.booked),
            household_free=_free_hours(others, histories),
            experiences=tuple(history.experiences),
            dismissed=dismissed.get(client.id, ()),
        )
    return found


def facts_of(session: Session, case: CaseBasis) -> ClientFacts:
    """`load_client_facts` for one case."""
    return load_client_facts(session, [case])[case.client.id]


def _load_other_adults(session: Session, household_ids: Collection[str]) -> dict[str, list[Client]]:
    """Household → its adults whose times are known."""
    if not household_ids:
        return {}
    today = utc_now().date()
    adults: dict[str, list[Client]] = {}
    members = select(Client).where(col(Client.household_id).in_(household_ids)).order_by(col(Client.id))
    for one in session.exec(members).all():
        is_known = one.available is not None and one.birth_date is not None
        if is_known and (age_on(one.birth_date, today) or 0) >= ADULT_AGE:
            adults.setdefault(one.household_id or "", []).append(one)
    return adults


def _free_hours(people: Iterable[Client], histories: dict[str, History]) -> tuple[TimeSpan, ...] | None:
    free: list[TimeSpan] = []
    is_known = False
    for one in people:
        is_known = True
        booked = [time.span for time in histories[one.id].booked] if one.id in histories else []
        free += remove_times(read_available(one) or (), booked)
    return join_times(free) if is_known else None
