"""What matching may know of clients, gathered from all that is recorded about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from app.cases.models import Client
from app.cases.queries import CaseBasis
from app.cases.rules import ADULT_AGE, age_on
from app.core.clock import utc_now
from app.core.db import load_rows
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


class _Adult(NamedTuple):
    """Somebody of a household, with what counts for the others."""

    id: str
    household_id: str
    birth_date: date | None
    available: list[dict[str, Any]] | None


_MEMBERS: Final = (
    select(col(Client.id), col(Client.household_id), col(Client.birth_date), col(Client.available))
    .where(col(Client.household_id).in_(bindparam("households", expanding=True)))
    .order_by(col(Client.id))
)
"""Made once, as that takes longer than to run it."""


def _load_other_adults(session: Session, household_ids: Collection[str]) -> dict[str, list[_Adult]]:
    """Household → its adults whose times are known."""
    if not household_ids:
        return {}
    today = utc_now().date()
    adults: dict[str, list[_Adult]] = {}
    for row in load_rows(session, _MEMBERS, {"households": list(household_ids)}):
        one = _Adult(*row)
        is_known = one.available is not None and one.birth_date is not None
        if is_known and (age_on(one.birth_date, today) or 0) >= ADULT_AGE:
            adults.setdefault(one.household_id, []).append(one)
    return adults


def _free_hours(people: Iterable[_Adult], histories: dict[str, History]) -> tuple[TimeSpan, ...] | None:
    free: list[TimeSpan] = []
    is_known = False
    for one in people:
        is_known = True
        booked = [time.span for time in histories[one.id].booked] if one.id in histories else []
        free += remove_times(read_available(one.available) or (), booked)
    return join_times(free) if is_known else None
