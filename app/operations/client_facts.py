"""What matching may know of clients, gathered from all that is recorded about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
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
    count in which they are free, and whether there are children, whoever's case they are.
    """
    homes = _load_homes(session, {c.client.household_id for c in cases if c.client.household_id})
    ids = {case.client.id for case in cases}
    with_hours = {one.id for home in homes.values() for one in home.adults if one.available is not None}
    histories = load_histories(session, ids | with_hours)
    dismissed = load_dismissals(session, ids)
    found: dict[str, ClientFacts] = {}
    for case in cases:
        client = case.client
        history = histories.get(client.id, History())
        home = homes.get(client.household_id or "", _Home())
        others = [one for one in home.adults if one.id != client.id and one.available is not None]
        is_parent = home.has_children and client.id in {one.id for one in home.adults}
        found[client.id] = replace(
            build_client_facts(case),
            booked=tuple(history.booked),
            household_free=_free_hours(others, histories),
            has_children=True if is_parent else None,
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


@dataclass
class _Home:
    """A household."""

    adults: list[_Adult] = field(default_factory=list)
    has_children: bool = False


_MEMBERS: Final = (
    select(col(Client.id), col(Client.household_id), col(Client.birth_date), col(Client.available))
    .where(col(Client.household_id).in_(bindparam("households", expanding=True)))
    .order_by(col(Client.id))
)
"""Made once, as that takes longer than to run it."""


def _load_homes(session: Session, household_ids: Collection[str]) -> dict[str, _Home]:
    """The households by their id; people of unknown age count as neither adults nor children."""
    if not household_ids:
        return {}
    today = utc_now().date()
    homes: dict[str, _Home] = {}
    for row in load_rows(session, _MEMBERS, {"households": list(household_ids)}):
        one = _Adult(*row)
        home = homes.setdefault(one.household_id, _Home())
        age = age_on(one.birth_date, today)
        if age is not None and age >= ADULT_AGE:
            home.adults.append(one)
        elif age is not None:
            home.has_children = True
    return homes


def _free_hours(people: Iterable[_Adult], histories: dict[str, History]) -> tuple[TimeSpan, ...] | None:
    free: list[TimeSpan] = []
    is_known = False
    for one in people:
        is_known = True
        booked = [time.span for time in histories[one.id].booked] if one.id in histories else []
        free += remove_times(read_available(one.available) or (), booked)
    return join_times(free) if is_known else None
