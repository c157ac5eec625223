"""Matching the whole caseload: what is new and better for each client, found every night.

A run takes the open clients by their ids, some at a time, and writes down how far it came in the same
transaction as what it found: a run that was killed goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.cases.models import Client
from app.cases.queries import CaseBasis, load_cases
from app.core.clock import utc_now
from app.core.errors import LotsenbuchError
from app.directory.models import Offer
from app.matching.found_rules import BEST, GOOD_SCORE, MOST_NEW, Found, decide_found
from app.matching.models import FoundMatch, MatchRun
from app.matching.ranking import list_best
from app.matching.types import ClientFacts
from app.operations.client_facts import load_client_facts
from app.operations.new_offers import load_new_offers
from app.operations.referring import MatchingBasis
from app.operations.runtime import Runtime
from app.referrals.models import Referral

AT_ONCE: Final = 100
"""Clients in one transaction."""
LEASE: Final = timedelta(seconds=60)
"""A run that wrote nothing for so long has died."""
FIRST_LOOK_BACK: Final = timedelta(days=7)
"""In the first run of all, the offers of so many days are new."""
_MORE: Final = 60
"""So many offers are looked at for the best and the new ones."""
Progress = Callable[[int, int], None]
"""Told after each batch: clients done, clients in all."""


class AlreadyRunningError(LotsenbuchError):
    """Another process matches the caseload at this moment."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did."""

    clients: int
    found: int
    """Offers that are worth telling, of all clients."""
    resumed: bool


def match_all(runtime: Runtime, report: Progress | None = None) -> RunSummary:
    """Find for each open client what is new and better; raises `AlreadyRunningError`."""
    table = runtime.offer_table_cache.current()
    basis = MatchingBasis(table, runtime.matching_rules, runtime.taxonomy)
    run, since, resumed = _begin(runtime, basis)
    with runtime.database.read() as session:
        ids = list(
            session.exec(
                select(Client.id).where(col(Client.closed_on).is_(None)).order_by(col(Client.id))
            ).all()
        )
        new_ids = load_new_offers(session, since)
        sensitive = frozenset(session.exec(select(Offer.id).where(col(Offer.is_sensitive))).all())
    left = [client_id for client_id in ids if client_id > run.last_client_id]
    done = len(ids) - len(left)
    for begin in range(0, len(left), AT_ONCE):
        batch = left[begin : begin + AT_ONCE]
        _match_batch(runtime, basis, run.id, batch, new_ids, sensitive)
        done += len(batch)
        if report is not None:
            report(done, len(ids))
    return RunSummary(len(ids), _finish(runtime, run.id, len(ids)), resumed)


def _begin(runtime: Runtime, basis: MatchingBasis) -> tuple[MatchRun, datetime, bool]:
    """The run to go on with, since when offers are new, and whether it was begun before."""
    now, today = utc_now(), runtime.today
    with runtime.database.write() as session:
        last = session.exec(
            select(MatchRun).order_by(col(MatchRun.started_at).desc(), col(MatchRun.id)).limit(1)
        ).first()
        if last is not None and last.finished_at is None and last.alive_until > now:
            raise AlreadyRunningError("another process matches the caseload at this moment")
        finished = session.exec(
            select(MatchRun.started_at)
            .where(col(MatchRun.finished_at).is_not(None))
            .order_by(col(MatchRun.started_at).desc())
            .limit(1)
        ).first()
        since = finished or datetime.combine(today - FIRST_LOOK_BACK, time(), UTC)
        same = (today, basis.rules.version, basis.table.revision)
        resumed = (
            last is not None
            and last.finished_at is None
            and (last.day, last.rules_version, last.revision) == same
        )
        if last is None or not resumed:
            last = MatchRun(
                started_at=now,
                alive_until=now + LEASE,
                day=today,
                rules_version=basis.rules.version,
                revision=basis.table.revision,
            )
        last.alive_until = now + LEASE
        session.add(last)
        session.flush()
    return last, since, resumed


def _match_batch(
    runtime: Runtime,
    basis: MatchingBasis,
    run_id: str,
    client_ids: Sequence[str],
    new_ids: Collection[str],
    sensitive: frozenset[str],
) -> None:
    with runtime.database.read() as session:
        cases = load_cases(session, col(Client.id).in_(client_ids), col(Client.closed_on).is_(None))
        facts = load_client_facts(session, cases)
        before = _load_before(session, client_ids)
        referred = _load_referred(session, client_ids)
    found: dict[str, tuple[Found, ...]] = {}
    for case in cases:
        left_out = sensitive | referred.get(case.client.id, set())
        best = _best_of(facts[case.client.id], basis, runtime.today, left_out, new_ids)
        found[case.client.id] = decide_found(
            before.get(case.client.id, {}), best, new_ids, runtime.today
        )
    _write(runtime, run_id, client_ids, cases, found)


def _best_of(
    facts: ClientFacts,
    basis: MatchingBasis,
    today: date,
    left_out: Collection[str],
    new_ids: Collection[str],
) -> list[tuple[str, float]]:
    """The best offers, and below them a few new ones that suit well enough to be told."""
    best = list_best(facts, basis.table, basis.rules, basis.taxonomy, today, _MORE + len(left_out))
    open_ones = [(offer_id, score) for offer_id, score in best if offer_id not in left_out]
    new_ones = [pair for pair in open_ones[BEST:] if pair[0] in new_ids and pair[1] >= GOOD_SCORE]
    return open_ones[:BEST] + new_ones[:MOST_NEW]


def _load_before(session: Session, client_ids: Sequence[str]) -> dict[str, dict[str, Found]]:
    rows = session.exec(select(FoundMatch).where(col(FoundMatch.client_id).in_(client_ids))).all()
    before: dict[str, dict[str, Found]] = {}
    for row in rows:
        earlier = Found(row.offer_id, row.score, row.kind, row.found_on, row.told_at)  # type: ignore[arg-type]  # written as one of them
        before.setdefault(row.client_id, {})[row.offer_id] = earlier
    return before


def _load_referred(session: Session, client_ids: Sequence[str]) -> dict[str, set[str]]:
    """Client → offers that were talked about already; sensitive ones are left out anyway."""
    rows = session.exec(
        select(Referral.client_id, Referral.offer_id).where(
            col(Referral.client_id).in_(client_ids), col(Referral.offer_id).is_not(None)
        )
    ).all()
    referred: dict[str, set[str]] = {}
    for client_id, offer_id in rows:
        referred.setdefault(client_id, set()).add(offer_id or "")
    return referred


def _write(
    runtime: Runtime,
    run_id: str,
    client_ids: Sequence[str],
    cases: Sequence[CaseBasis],
    found: dict[str, tuple[Found, ...]],
) -> None:
    """Replace what was found for these clients, and note that the run is through with them."""
    with runtime.database.write() as session:
        # A case may have been closed or deleted meanwhile.
        open_ids = set(
            session.exec(
                select(Client.id).where(
                    col(Client.id).in_([case.client.id for case in cases]),
                    col(Client.closed_on).is_(None),
                )
            ).all()
        )
        told = _load_told(session, client_ids)
        session.execute(delete(FoundMatch).where(col(FoundMatch.client_id).in_(client_ids)))
        session.add_all(
            FoundMatch(
                client_id=client_id,
                offer_id=one.offer_id,
                score=one.score,
                found_on=one.found_on,
                kind=one.kind,
                told_at=one.told_at or told.get((client_id, one.offer_id)),
            )
            for client_id, lines in found.items()
            if client_id in open_ids
            for one in lines
        )
        session.execute(
            update(MatchRun)
            .where(col(MatchRun.id) == run_id)
            .values(last_client_id=client_ids[-1], alive_until=utc_now() + LEASE)
        )


def _load_told(session: Session, client_ids: Sequence[str]) -> dict[tuple[str, str], datetime]:
    """What was ticked off while this batch was matched."""
    rows = session.exec(
        select(FoundMatch.client_id, FoundMatch.offer_id, FoundMatch.told_at).where(
            col(FoundMatch.client_id).in_(client_ids), col(FoundMatch.told_at).is_not(None)
        )
    ).all()
    return {(client_id, offer_id): at for client_id, offer_id, at in rows if at is not None}


def _finish(runtime: Runtime, run_id: str, clients: int) -> int:
    with runtime.database.write() as session:
        is_open = select(Client.id).where(col(Client.closed_on).is_(None))
        session.execute(delete(FoundMatch).where(col(FoundMatch.client_id).not_in(is_open)))
        found = len(session.exec(select(FoundMatch.offer_id).where(FoundMatch.kind != "known")).all())
        # No run has to go on any more; the id of a client would outlast the case.
        session.execute(update(MatchRun).values(last_client_id=""))
        session.execute(
            update(MatchRun)
            .where(col(MatchRun.id) == run_id)
            .values(finished_at=utc_now(), client_count=clients, found_count=found)
        )
    return found
