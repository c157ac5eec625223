"""New offers that suit somebody's clients: for the page of the day.

Only the offers that came in the last week are matched, so a whole caseload takes a moment; the answer
is kept until the directory, the clients or the day change.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Select, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.policy import is_own_or_deputised
from app.cases.queries import client_name, load_cases
from app.directory.models import Offer
from app.directory.table_loading import build_offer_table, load_offer_rows
from app.directory.upkeep_models import EntryRevision
from app.matching.types import Match
from app.operations.client_facts import load_client_facts
from app.operations.referring import MatchingBasis

NEW_FOR: Final = timedelta(days=7)
MOST: Final = 10
MOST_OF_A_CLIENT: Final = 2
MOST_OF_AN_OFFER: Final = 3
GOOD_SCORE: Final = 0.5
"""Below this an offer suits somehow, which is not worth a line of its own."""
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class NewMatch:
    """A new offer that suits a client well."""

    client_id: str
    client_name: str
    match: Match


class NewOfferCache:
    """The new matches shown lately, by person; one cache per process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], tuple[NewMatch, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def load(
        self, session: Session, actor: Actor, basis: MatchingBasis, today: date
    ) -> tuple[NewMatch, ...]:
        """The best new matches of ``actor``'s own and deputised open cases, the best first.

        The caller notes in the audit log that names were listed.
        """
        # Whose they are is part of the key: an answer never outlives a handover or a substitution.
        clients = session.execute(
            sa.select(col(Client.id), col(Client.updated_at)).where(*_mine(actor))
        ).all()
        key = (
            actor.id,
            basis.table.revision,
            basis.rules.version,
            today,
            frozenset(map(tuple, clients)),
        )
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = find_new_matches(session, actor, basis, today)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


def find_new_matches(
    session: Session, actor: Actor, basis: MatchingBasis, today: date
) -> tuple[NewMatch, ...]:
    """What `NewOfferCache.load` gives, worked out anew."""
    new_ids = _load_new_offers(session, datetime.combine(today - NEW_FOR, time(), UTC))
    if not new_ids:
        return ()
    rows = [row for row in load_offer_rows(session, new_ids) if row.offer_id in new_ids]
    table = build_offer_table(rows, basis.table.revision, basis.table.holidays)
    found: list[NewMatch] = []
    cases = load_cases(session, *_mine(actor))
    facts = load_client_facts(session, cases)
    few = replace(basis, table=table)
    for case in cases:
        result = few.rank(facts[case.client.id], today, limit=MOST_OF_A_CLIENT)
        found += [
            NewMatch(case.client.id, client_name(case.client), match)
            for match in result.matches
            if match.score >= GOOD_SCORE
        ]
    return _best(found)


def _load_new_offers(session: Session, since: datetime) -> set[str]:
    """The published offers that came, or were published (again), at or after ``since``.

    None of the sensitive ones: on a page that others look on, they would tell too much of a client.
    """
    return set(
        session.exec(
            select(Offer.id).where(
                Offer.status == "published",
                col(Offer.is_sensitive).is_(False),
                or_(col(Offer.created_at) >= since, col(Offer.id).in_(_published_since(since))),
            )
        ).all()
    )


def _published_since(since: datetime) -> Select[str]:
    """Offers that were not published in the state before one of their changes since then."""
    change, before, between = aliased(EntryRevision), aliased(EntryRevision), aliased(EntryRevision)
    last = (
        sa.select(sa.func.max(between.seq))
        .where(
            col(between.entry_type) == "offer",
            col(between.entry_id) == change.entry_id,
            col(between.seq) < change.seq,
        )
        .correlate(change)
        .scalar_subquery()
    )
    return (
        sa.select(col(change.entry_id))
        .join(before, col(before.seq) == last)
        .where(
            col(change.entry_type) == "offer",
            col(change.at) >= since,
            col(before.record)["status"].as_string() != "published",
        )
    )


def _mine(actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    return is_own_or_deputised(actor), col(Client.closed_on).is_(None)


def _best(found: Sequence[NewMatch]) -> tuple[NewMatch, ...]:
    """The best, not one offer for everybody."""
    kept: list[NewMatch] = []
    per_offer: Counter[str] = Counter()
    for one in sorted(found, key=lambda new: (-new.match.score, new.client_id, new.match.offer_id)):
        if per_offer[one.match.offer_id] < MOST_OF_AN_OFFER and len(kept) < MOST:
            per_offer[one.match.offer_id] += 1
            kept.append(one)
    return tuple(kept)
