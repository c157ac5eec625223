"""New suitable offers for the page of the day, as the last run over the caseload found them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Select, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_own_or_deputised, is_writable_by
from app.cases.queries import client_name, fetch_client
from app.core.clock import utc_now
from app.directory.models import Offer
from app.directory.upkeep_models import EntryRevision
from app.matching.dismissals import load_dismissals
from app.matching.found_rules import TOLD_FOR
from app.matching.models import FoundMatch, MatchRun
from app.referrals.models import Referral

MOST_OF_AN_OFFER: Final = 3
"""Not one offer for everybody: nobody reads the same line twenty times."""
MOST_OF_A_CLIENT: Final = 3


@dataclass(frozen=True, slots=True)
class NewMatch:
    """A new offer that suits a client well, or one that suits better than what there was."""

    client_id: str
    client_name: str
    offer_id: str
    title: str
    kind: str
    """``new`` or ``better``."""
    found_on: date


def list_new_matches(session: Session, actor: Actor, today: date) -> tuple[NewMatch, ...]:
    """What was found lately for ``actor``'s own and deputised open cases, the best first.

    Without what was ticked off, referred to or set aside since, and nothing that became sensitive. The
    caller notes in the audit log that names were listed.
    """
    referred = sa.exists().where(
        col(Referral.client_id) == FoundMatch.client_id, col(Referral.offer_id) == FoundMatch.offer_id
    )
    rows = session.execute(
        sa.select(FoundMatch, Client, col(Offer.title))
        .join(Client, col(Client.id) == FoundMatch.client_id)
        .join(Offer, col(Offer.id) == FoundMatch.offer_id)
        .where(
            is_own_or_deputised(actor),
            col(Client.closed_on).is_(None),
            col(FoundMatch.kind) != "known",
            col(FoundMatch.told_at).is_(None),
            col(FoundMatch.found_on) >= today - TOLD_FOR,
            col(Offer.status) == "published",
            col(Offer.is_sensitive).is_(False),
            col(Offer.merged_into_id).is_(None),
            ~referred,
        )
        .order_by(col(FoundMatch.score).desc(), col(FoundMatch.client_id), col(FoundMatch.offer_id))
    ).all()
    dismissed = load_dismissals(session, {found.client_id for found, *_ in rows})
    listed: list[NewMatch] = []
    count: Counter[str] = Counter()
    for found, client, title in rows:
        set_aside = {offer_id for offer_id, _ in dismissed.get(client.id, ())}
        is_enough = count[found.offer_id] >= MOST_OF_AN_OFFER or count[client.id] >= MOST_OF_A_CLIENT
        if found.offer_id in set_aside or is_enough:
            continue
        count.update((found.offer_id, client.id))
        name = client_name(client)
        listed.append(NewMatch(client.id, name, found.offer_id, title, found.kind, found.found_on))
    return tuple(listed)


def tick_off(session: Session, actor: Actor, client_id: str, offer_id: str) -> None:
    """Do not tell of this offer for this client any more; nothing happens when it is not told.

    Raises `NotFoundError` and `CaseClosedError` for the case.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    found = session.get(FoundMatch, (client.id, offer_id))
    if found is not None and found.told_at is None:
        found.told_at = utc_now()
        session.add(found)
        record_access(session, actor.id, "found_match.tick_off", "client", client.id)


def find_last_run(session: Session) -> datetime | None:
    """When the caseload was matched last, to the end."""
    finished = select(MatchRun.finished_at).where(col(MatchRun.finished_at).is_not(None))
    return session.exec(finished.order_by(col(MatchRun.finished_at).desc()).limit(1)).first()


def load_new_offers(session: Session, since: datetime) -> set[str]:
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
