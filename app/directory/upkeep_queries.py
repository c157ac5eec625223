"""What the editor's work list shows: whom to call, what to bring back, and how much of it there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from app.core.paging import Page, page_number
from app.directory.collection_models import DirectoryGap
from app.directory.due_entries import (
    DueOffer,
    Reach,
    count_due,
    is_due,
    live_offers,
    load_due_offers,
    load_last_reminders,
    load_reach,
    load_unconfirmed_offers,
)
from app.directory.freshness_rules import FreshnessRules
from app.directory.models import ContactPerson, Offer, Provider
from app.directory.queries import list_flagged_entries
from app.directory.upkeep_models import ChangeSuggestion, DuplicateCandidate, Reminder
from app.directory.website_checks import count_broken
from app.mail.models import OutboxMail
from app.mail.service import bounced_recipients


@dataclass(frozen=True, slots=True)
class UpkeepLine:
    """A provider with those of its entries that wait for something."""

    reach: Reach
    offers: tuple[DueOffer, ...]
    """The longest overdue first; may be empty when only the address is wrong."""
    reminder: Reminder | None
    """The newest reminder."""


def list_due_today(
    session: Session, today: date, rules: FreshnessRules, page: int, size: int
) -> Page[UpkeepLine]:
    """Providers with entries that became due today."""
    found = [offer for offer in load_due_offers(session, today, rules) if not offer.freshness.days_over]
    return _page(session, _by_provider(found), page, size)


def list_overdue(
    session: Session, today: date, rules: FreshnessRules, page: int, size: int
) -> Page[UpkeepLine]:
    """Providers with entries that were due before today, the longest overdue first."""
    found = [offer for offer in load_due_offers(session, today, rules) if offer.freshness.days_over > 0]
    return _page(session, _by_provider(found), page, size)


def list_unconfirmed(
    session: Session, today: date, rules: FreshnessRules, page: int, size: int
) -> Page[UpkeepLine]:
    """Providers with entries that were taken out because nobody confirmed them."""
    return _page(session, _by_provider(load_unconfirmed_offers(session, today, rules)), page, size)


def list_undeliverable(
    session: Session, today: date, rules: FreshnessRules, page: int, size: int
) -> Page[UpkeepLine]:
    """Providers whose address bounced, or who have none although entries are due; by name."""
    ids = session.exec(
        select(Provider.id)
        .where(_is_undeliverable(session, today, rules))
        .order_by(col(Provider.name), col(Provider.id))
    ).all()
    due = _by_provider(load_due_offers(session, today, rules))
    return _page(session, {key: due.get(key, []) for key in ids}, page, size)


def count_upkeep(session: Session, today: date, rules: FreshnessRules) -> dict[str, int]:
    """How much waits, by the code of the tab (`app.web.upkeep_tabs`): entries, or else rows."""
    overdue = count_due(session, today - timedelta(days=1), rules)
    undeliverable = _is_undeliverable(session, today, rules)
    return {
        "due": count_due(session, today, rules) - overdue,
        "overdue": overdue,
        "unconfirmed": _count(
            session, Offer, col(Offer.status) == "unconfirmed", col(Offer.merged_into_id).is_(None)
        ),
        "undeliverable": _count(session, Provider, undeliverable),
        "websites": count_broken(session),
        "suggestions": _count(session, ChangeSuggestion, col(ChangeSuggestion.state) == "open"),
        "duplicates": _count(session, DuplicateCandidate, col(DuplicateCandidate.state) == "open"),
        "flagged": list_flagged_entries(session, limit=0).total,
        "gaps": _count(session, DirectoryGap, col(DirectoryGap.state) == "open"),
        "outbox": _count(session, OutboxMail, col(OutboxMail.state).in_(("failed", "bounced"))),
    }


def _count(session: Session, table: Any, *conditions: ColumnElement[bool]) -> int:
    return session.exec(select(func.count()).select_from(table).where(*conditions)).one()


def _is_undeliverable(session: Session, today: date, rules: FreshnessRules) -> ColumnElement[bool]:
    of_contact = (
        select(ContactPerson.email)
        .where(
            col(ContactPerson.provider_id) == col(Provider.id), col(ContactPerson.email).is_not(None)
        )
        .order_by(col(ContactPerson.position))
        .limit(1)
        .scalar_subquery()
    )
    address = func.coalesce(col(Provider.email), of_contact)
    has_bounced = and_(
        func.lower(address).in_(sorted(bounced_recipients(session))),
        col(Provider.id).in_(select(Offer.provider_id).where(live_offers())),
    )
    # Not correlated: one walk over the offers, whatever index the database would have preferred.
    due = select(Offer.provider_id).where(is_due(today, rules))
    is_missing = and_(col(Provider.id).in_(due), address.is_(None))
    return and_(col(Provider.merged_into_id).is_(None), or_(has_bounced, is_missing))


def _by_provider(offers: Iterable[DueOffer]) -> dict[str, list[DueOffer]]:
    """In the order of the first offer of each provider."""
    grouped: dict[str, list[DueOffer]] = defaultdict(list)
    for offer in offers:
        grouped[offer.provider_id].append(offer)
    return grouped


def _page(
    session: Session, offers_of: dict[str, list[DueOffer]], wanted: int, size: int
) -> Page[UpkeepLine]:
    ids: Sequence[str] = list(offers_of)
    number = page_number(wanted, size, len(ids))
    shown = ids[(number - 1) * size : number * size]
    reach = load_reach(session, shown)
    reminders = load_last_reminders(session, shown)
    lines = tuple(UpkeepLine(reach[key], tuple(offers_of[key]), reminders.get(key)) for key in shown)
    return Page(lines, number, size, len(ids))
