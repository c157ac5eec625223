"""The web addresses that stand in the directory: which ones are checked, what came of it.

Nothing here talks to the network; that is `app.operations.website_checking`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, and_, or_, union
from sqlmodel import Session, col, func, select

from app.directory.models import Offer, Provider
from app.directory.upkeep_models import LinkCheck

LinkOutcome = Literal["ok", "gone", "failing", "unreachable"]
FAILURES_UNTIL_BROKEN: Final = 2
"""A server may be down for an evening; an answer that says "gone" (404, 410) counts at once."""
CHECK_AGAIN_AFTER: Final = timedelta(days=7)
MAX_URL = 500


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What one look at an address brought."""

    url: str
    outcome: LinkOutcome
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """An address that does not work, and an entry on which it stands."""

    check: LinkCheck
    entry_type: str
    entry_id: str
    title: str
    provider_name: str
    phone: str | None


def list_addresses(
    session: Session, now: datetime, *, limit: int | None = None, everything: bool = False
) -> list[str]:
    """The addresses to look at, each once: those never looked at first, then the oldest looks.

    Addresses that were in order within the last week are left out unless ``everything`` is asked for.
    """
    used = union(_used_addresses(Offer), _used_addresses(Provider)).subquery()
    url = used.c.website
    statement = select(url).outerjoin(LinkCheck, col(LinkCheck.url) == url)
    if not everything:
        is_old = col(LinkCheck.checked_at) <= now - CHECK_AGAIN_AFTER
        statement = statement.where(
            or_(col(LinkCheck.url).is_(None), is_old, col(LinkCheck.outcome) != "ok")
        )
    statement = statement.order_by(
        col(LinkCheck.checked_at).is_not(None), col(LinkCheck.checked_at), url
    )
    found = session.exec(statement.limit(limit) if limit is not None else statement)
    return [address for address in found if address and len(address) <= MAX_URL]


def record_check(session: Session, result: LinkResult, at: datetime) -> None:
    """Keep what came of a look. Failures count once a day: a second look on the same day adds none."""
    row = session.get(LinkCheck, result.url)
    if row is None:
        row = LinkCheck(url=result.url, checked_at=at, outcome=result.outcome)
        row.failures = 0 if result.outcome == "ok" else 1
    elif result.outcome == "ok":
        row.failures = 0
    elif row.outcome == "ok" or row.checked_at.date() != at.date():
        row.failures += 1
    row.checked_at, row.outcome, row.http_status = at, result.outcome, result.http_status
    session.add(row)


def is_broken() -> ColumnElement[bool]:
    """The condition for addresses that an editor should look at."""
    return or_(
        col(LinkCheck.outcome) == "gone",
        and_(col(LinkCheck.outcome) != "ok", col(LinkCheck.failures) >= FAILURES_UNTIL_BROKEN),
    )


def count_broken(session: Session) -> int:
    """How many addresses that are in use do not work."""
    broken = select(LinkCheck.url).where(is_broken())
    used = union(
        _used_addresses(Offer).where(col(Offer.website).in_(broken)),
        _used_addresses(Provider).where(col(Provider.website).in_(broken)),
    ).subquery()
    return session.exec(select(func.count()).select_from(used)).one()


def list_broken(session: Session) -> list[BrokenLink]:
    """The broken addresses by entry, providers before offers; an address may stand on several."""
    of_providers = session.exec(
        select(LinkCheck, Provider)
        .join(Provider, col(Provider.website) == col(LinkCheck.url))
        .where(is_broken(), _is_used(Provider))
        .order_by(col(Provider.name), col(Provider.id))
    )
    found = [
        BrokenLink(check, "provider", row.id, row.name, row.name, row.phone)
        for check, row in of_providers
    ]
    of_offers = session.exec(
        select(LinkCheck, Offer, Provider)
        .join(Offer, col(Offer.website) == col(LinkCheck.url))
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(is_broken(), _is_used(Offer))
        .order_by(col(Provider.name), col(Offer.title), col(Offer.id))
    )
    found += [
        BrokenLink(check, "offer", offer.id, offer.title, row.name, row.phone)
        for check, offer, row in of_offers
    ]
    return found


def _used_addresses(table: type[Offer] | type[Provider]) -> Select[Any]:
    return select(col(table.website).label("website")).where(
        col(table.website).is_not(None), _is_used(table)
    )


def _is_used(table: type[Offer] | type[Provider]) -> ColumnElement[bool]:
    if table is Offer:
        return and_(col(Offer.status) == "published", col(Offer.merged_into_id).is_(None))
    live = select(Offer.id).where(
        col(Offer.provider_id) == col(Provider.id), col(Offer.status) == "published"
    )
    return and_(col(Provider.merged_into_id).is_(None), live.exists())
