"""Which entries should be confirmed, and how their providers can be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from app.core.errors import InvalidInputError
from app.directory.codes import OFFER_KINDS
from app.directory.freshness import Freshness, entered_on, freshness_of, latest_due
from app.directory.freshness_rules import FreshnessRules, Period
from app.directory.models import ContactPerson, Offer, Provider
from app.directory.upkeep_models import Reminder
from app.mail.service import bounced_recipients, draft_mail

BATCH = 500
"""Ids per query: SQLite limits the number of parameters."""


@dataclass(frozen=True, slots=True)
class DueOffer:
    """An offer that somebody should confirm."""

    id: str
    provider_id: str
    title: str
    kind: str
    course_kind: str | None
    visibility: str
    status: str
    verified_on: date | None
    verified_by: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Reach:
    """How a provider can be reached."""

    id: str
    name: str
    phone: str | None
    email: str | None
    """The provider's address, otherwise that of its first contact person who has one."""
    person: str | None
    """The first contact person."""
    is_bounced: bool
    """The mail server at the other end refused the address."""

    @property
    def mail_to(self) -> str | None:
        """Where a mail arrives."""
        return None if self.is_bounced else self.email


def live_offers() -> ColumnElement[bool]:
    """The condition for offers that people can find."""
    return and_(col(Offer.status) == "published", col(Offer.merged_into_id).is_(None))


def is_due(today: date, rules: FreshnessRules) -> ColumnElement[bool]:
    """The condition for live offers whose confirmation is due on ``today``, or was due before."""
    return and_(
        live_offers(),
        or_(
            *(
                and_(_of_kind(kinds, rules), _was_confirmed_until(latest_due(today, period)))
                for period, kinds in _kinds_by_period(rules).items()
            )
        ),
    )


def count_due(session: Session, today: date, rules: FreshnessRules) -> int:
    """How many offers are due or overdue on ``today``."""
    return session.exec(select(func.count()).select_from(Offer).where(is_due(today, rules))).one()


def load_due_offers(
    session: Session, today: date, rules: FreshnessRules, provider_id: str | None = None
) -> list[DueOffer]:
    """The offers that are due on ``today``, of all providers or of one; the longest overdue first."""
    statement = select(*_COLUMNS).where(is_due(today, rules))
    if provider_id is not None:
        statement = statement.where(col(Offer.provider_id) == provider_id)
    found = [_due_offer(row, today, rules) for row in session.execute(statement)]
    return sorted(found, key=lambda offer: (-offer.freshness.days_over, offer.title, offer.id))


def load_unconfirmed_offers(session: Session, today: date, rules: FreshnessRules) -> list[DueOffer]:
    """The offers that were taken out because nobody confirmed them; the longest overdue first."""
    statement = select(*_COLUMNS).where(
        col(Offer.status) == "unconfirmed", col(Offer.merged_into_id).is_(None)
    )
    found = [_due_offer(row, today, rules) for row in session.execute(statement)]
    return sorted(found, key=lambda offer: (-offer.freshness.days_over, offer.title, offer.id))


def load_reach(session: Session, provider_ids: Iterable[str]) -> dict[str, Reach]:
    """How these providers can be reached, by id."""
    wanted = list(dict.fromkeys(provider_ids))
    bounced = bounced_recipients(session)
    reach: dict[str, Reach] = {}
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        persons: dict[str, list[ContactPerson]] = defaultdict(list)
        for person in session.exec(
            select(ContactPerson)
            .where(col(ContactPerson.provider_id).in_(batch))
            .order_by(col(ContactPerson.position))
        ):
            persons[person.provider_id].append(person)
        for provider in session.exec(select(Provider).where(col(Provider.id).in_(batch))):
            reach[provider.id] = _reach(provider, persons[provider.id], bounced)
    return reach


def load_last_reminders(session: Session, provider_ids: Sequence[str]) -> dict[str, Reminder]:
    """The newest reminder of each of these providers that ever got one."""
    newest: dict[str, Reminder] = {}
    for start in range(0, len(provider_ids), BATCH):
        rows = session.exec(
            select(Reminder)
            .where(col(Reminder.provider_id).in_(provider_ids[start : start + BATCH]))
            .order_by(col(Reminder.sent_on), col(Reminder.stage))
        )
        newest |= {row.provider_id: row for row in rows}
    return newest


_COLUMNS: tuple[Any, ...] = (
    col(Offer.id),
    col(Offer.provider_id),
    col(Offer.title),
    col(Offer.kind),
    col(Offer.course_kind),
    col(Offer.visibility),
    col(Offer.status),
    col(Offer.verified_on),
    col(Offer.verified_by),
    col(Offer.created_at),
)


def _due_offer(row: Any, today: date, rules: FreshnessRules) -> DueOffer:
    entered = entered_on(row.created_at)
    return DueOffer(
        id=row.id,
        provider_id=row.provider_id,
        title=row.title,
        kind=row.kind,
        course_kind=row.course_kind,
        visibility=row.visibility,
        status=row.status,
        verified_on=row.verified_on,
        verified_by=row.verified_by,
        freshness=freshness_of(row.kind, row.course_kind, row.verified_on, entered, today, rules),
    )


def _reach(provider: Provider, persons: Sequence[ContactPerson], bounced: set[str]) -> Reach:
    addresses = (provider.email, *(person.email for person in persons))
    email = next((address for address in addresses if address and _is_usable(address)), None)
    return Reach(
        id=provider.id,
        name=provider.name,
        phone=provider.phone or next((person.phone for person in persons if person.phone), None),
        email=email,
        person=persons[0].name if persons else None,
        is_bounced=email is not None and email.lower() in bounced,
    )


def _is_usable(address: str) -> bool:
    """Whether a mail can be written to what stands there for an address."""
    try:
        draft_mail(key="-", purpose="reminder", recipient=address, subject="-", text="-")
    except InvalidInputError:
        return False
    return True


def _kinds_by_period(rules: FreshnessRules) -> dict[Period, list[tuple[str, str | None]]]:
    """Period → the (kind, course kind) it holds for; course kind `None`: all without a period of
    their own."""
    kinds: dict[Period, list[tuple[str, str | None]]] = defaultdict(list)
    for kind in OFFER_KINDS:
        kinds[rules.period_of(kind)].append((kind, None))
    for course_kind, period in rules.course_period.items():
        kinds[period].append(("language_course", course_kind))
    return kinds


def _of_kind(kinds: Sequence[tuple[str, str | None]], rules: FreshnessRules) -> ColumnElement[bool]:
    """Whether an offer is of one of these kinds."""
    plain = [kind for kind, course in kinds if course is None and kind != "language_course"]
    courses = [course for _, course in kinds if course is not None]
    conditions: list[ColumnElement[bool]] = [col(Offer.kind).in_(plain)]
    if courses:
        conditions.append(col(Offer.course_kind).in_(courses))
    if ("language_course", None) in kinds:
        course = col(Offer.course_kind)
        others = or_(course.is_(None), course.not_in(list(rules.course_period)))
        conditions.append(and_(col(Offer.kind) == "language_course", others))
    return or_(*conditions)


def _was_confirmed_until(day: date) -> ColumnElement[bool]:
    """Whether the last confirmation (or else the entry into the directory) was on ``day`` or before."""
    next_day = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    return or_(
        col(Offer.verified_on) <= day,
        and_(col(Offer.verified_on).is_(None), col(Offer.created_at) < next_day),
    )
