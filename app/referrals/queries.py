"""Lists of referrals. Who may see the client's case may see its referrals.

A referral to a sensitive offer stands in them with a neutral title: where it leads is told by
`app.referrals.opening` only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, not_, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_own_or_deputised, is_visible_to
from app.core.db import load_rows
from app.core.i18n import gettext as _
from app.core.paging import Page, page_number
from app.directory.models import Offer, Provider
from app.referrals.models import Referral, ReferralEvent
from app.referrals.sealing import list_sealed_of_client
from app.referrals.states import (
    END_STATES,
    NO_NEWS_DAYS,
    NO_NEWS_STATES,
    OPEN_STATES,
    OVERDUE_DAYS,
    PROPOSED,
)

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ReferralStep:
    """One event with the name of who recorded it."""

    event: ReferralEvent
    actor_name: str


@dataclass(frozen=True, slots=True)
class ReferralFilters:
    """What to narrow the list of referrals to."""

    state: str = "open"
    """A state, ``open``, ``due``, ``unanswered`` (both open), ``ended`` or ``all``."""
    mine_only: bool = False
    """Only those of one's own clients, and of those one stands in for."""
    page: int = 1
    page_size: int = PAGE_SIZE
    today: date | None = None
    """What is due and unanswered depends on it; needed for these two."""

    @property
    def is_open(self) -> bool:
        """Whether only open ones are asked for."""
        return self.state in {"open", "due", "unanswered", *OPEN_STATES}


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """A referral in a list."""

    id: str
    client_id: str
    client_name: str
    is_sealed: bool
    """The offer is sensitive: its title is a neutral one, and there is nothing more about it."""
    offer_id: str | None
    offer_title: str
    offer_kind: str | None
    provider_name: str
    """Empty when sealed."""
    contact_phone: str | None
    """Where to ask what came of it; `None` when sealed."""
    mode: str
    state: str
    reason: str | None
    """Of the last step."""
    level_reached: str | None
    follow_up_on: date | None
    created_at: datetime
    updated_at: datetime
    reasons: tuple[dict[str, Any], ...]
    """As matching gave them then: ``{"code": …, …}``."""
    despite_rules: tuple[str, ...]


def sealed_title() -> str:
    """What a referral to a sensitive offer is called wherever others may look on."""
    return _("Confidential offer")


def works_on_referral(session: Session, referral_id: str, actor: Actor) -> bool:
    """Whether ``actor`` works on the case that this referral belongs to."""
    found = (
        select(Referral.id)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(col(Referral.id) == referral_id, is_confided_to(actor))
    )
    return session.exec(found).first() is not None


def list_referrals(session: Session, actor: Actor, filters: ReferralFilters) -> Page[ReferralLine]:
    """Referrals of the clients that ``actor`` may see; open ones by follow-up, ends by the newest.

    Leaves an audit entry (needs a transaction that writes).
    """
    record_access(session, actor.id, "referral.list", "referral_list", "")
    return _list_page(session, actor, filters)


def _list_page(session: Session, actor: Actor, filters: ReferralFilters) -> Page[ReferralLine]:
    conditions = [is_visible_to(actor), *_state_condition(filters)]
    if filters.mine_only:
        conditions.append(is_own_or_deputised(actor))
    total = session.exec(
        select(func.count())
        .select_from(Referral)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(*conditions)
    ).one()
    number = page_number(filters.page, filters.page_size, total)
    order = (
        (col(Referral.follow_up_on), col(Referral.id))
        if filters.is_open
        else (col(Referral.updated_at).desc(), col(Referral.id))
    )
    lines = list_lines(session, conditions, order, filters.page_size, (number - 1) * filters.page_size)
    return Page(lines, number, filters.page_size, total)


def list_referrals_of_client(
    session: Session, client_id: str, actor: Actor
) -> tuple[ReferralLine, ...]:
    """The referrals of a client whom ``actor`` may see, the newest first."""
    return _to_lines(session, load_rows(session, _of_client_for(actor), {"client": client_id}))


def find_earlier_referrals(
    session: Session, client_id: str, offer_id: str, actor: Actor
) -> tuple[ReferralLine, ...]:
    """Earlier referrals of the same client to the same offer, the newest first.

    Sealed ones only for those whom the case is confided to, each with an audit entry, as finding one
    tells what is in it (needs a transaction that writes).
    """
    confided = select(Client.id).where(col(Client.id) == client_id, is_confided_to(actor))
    sealed = []
    if session.exec(confided).first() is not None:
        found = list_sealed_of_client(session, client_id)
        sealed = [key for key, details in found.items() if details.offer_id == offer_id]
    for referral_id in sealed:
        record_access(session, actor.id, "referral.read_sealed", "referral", referral_id)
    conditions = [
        is_visible_to(actor),
        col(Referral.client_id) == client_id,
        or_(col(Referral.offer_id) == offer_id, col(Referral.id).in_(sealed)),
    ]
    return list_lines(session, conditions, (col(Referral.created_at).desc(), col(Referral.id)))


def count_open_referrals(session: Session, client_ids: Collection[str], actor: Actor) -> dict[str, int]:
    """Client id → number of open referrals; clients without one are left out."""
    rows = session.exec(
        select(Referral.client_id, func.count())
        .join(Client, col(Client.id) == Referral.client_id)
        .where(
            is_visible_to(actor),
            col(Referral.client_id).in_(set(client_ids)),
            col(Referral.state).in_(OPEN_STATES),
        )
        .group_by(col(Referral.client_id))
    ).all()
    return {client_id: int(count) for client_id, count in rows}


def list_steps_of_client(
    session: Session, client_id: str, actor: Actor
) -> dict[str, tuple[ReferralStep, ...]]:
    """Referral id → its steps, the oldest first, for the client's timeline."""
    rows = session.exec(
        select(ReferralEvent, User.name)
        .join(Referral, col(Referral.id) == ReferralEvent.referral_id)
        .join(Client, col(Client.id) == Referral.client_id)
        .join(User, col(User.id) == ReferralEvent.actor_id, isouter=True)
        .where(is_visible_to(actor), col(Referral.client_id) == client_id)
        .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
    ).all()
    steps: dict[str, list[ReferralStep]] = {}
    for event, name in rows:
        steps.setdefault(event.referral_id, []).append(ReferralStep(event, name or ""))
    return {referral_id: tuple(found) for referral_id, found in steps.items()}


def _state_condition(filters: ReferralFilters) -> list[ColumnElement[bool]]:
    state, today = filters.state, filters.today
    if state == "all":
        return []
    if state == "ended":
        return [col(Referral.state).in_(END_STATES)]
    if state in (*OPEN_STATES, *END_STATES):
        return [col(Referral.state) == state]
    is_open: list[ColumnElement[bool]] = [col(Referral.state).in_(OPEN_STATES)]
    if state == "due" and today is not None:
        return [*is_open, col(Referral.follow_up_on) <= today]
    if state == "unanswered" and today is not None:
        return [*is_open, is_unanswered_on(today)]
    return is_open


def is_unanswered_on(today: date) -> ColumnElement[bool]:
    """Of open ones, whether nobody has said for long what came of them.

    Of what waits for its turn nobody could; what was noted down first counts from its turn.
    """
    begin = datetime.combine(today - timedelta(days=NO_NEWS_DAYS), time(), UTC)
    taken_up_since = exists().where(
        col(ReferralEvent.referral_id) == Referral.id,
        col(ReferralEvent.from_state) == PROPOSED,
        col(ReferralEvent.to_state) != PROPOSED,
        col(ReferralEvent.at) >= begin,
    )
    return or_(
        and_(
            col(Referral.state) != PROPOSED,
            col(Referral.follow_up_on) < today - timedelta(days=OVERDUE_DAYS),
        ),
        and_(
            col(Referral.state).in_(NO_NEWS_STATES),
            col(Referral.created_at) < begin,
            or_(col(Referral.preference).is_(None), not_(taken_up_since)),
        ),
    )


def list_lines(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[Any],
    limit: int | None = None,
    offset: int = 0,
) -> tuple[ReferralLine, ...]:
    """The referrals for which the ``conditions`` (the policy's among them) hold, as lines."""
    statement = _select_lines().where(*conditions).order_by(*order).limit(limit).offset(offset)
    return _to_lines(session, load_rows(session, statement))


@lru_cache(maxsize=512)
def _of_client_for(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Made once for a person and a day, as that takes longer than to run it."""
    return (
        _select_lines()
        .where(is_visible_to(actor), col(Referral.client_id) == bindparam("client"))
        .order_by(col(Referral.created_at).desc(), col(Referral.id))
    )


def _select_lines() -> Select[*tuple[Any, ...]]:
    return (
        columns(
            col(Referral.id),
            col(Referral.client_id),
            col(Referral.mode),
            col(Referral.state),
            col(Referral.follow_up_on),
            col(Referral.created_at),
            col(Referral.updated_at),
            col(Referral.reasons),
            col(Referral.despite_rules),
            col(Client.given_name),
            col(Client.family_name),
            col(Offer.id).label("offer_id"),
            col(Offer.title),
            col(Offer.kind),
            col(Provider.name),
            func.coalesce(col(Offer.contact_phone), col(Provider.phone)).label("contact_phone"),
        )
        .join(Client, col(Client.id) == Referral.client_id)
        .join(Offer, col(Offer.id) == Referral.offer_id, isouter=True)
        .join(Provider, col(Provider.id) == Offer.provider_id, isouter=True)
    )


def _to_lines(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[ReferralLine, ...]:
    last = _load_last_steps(session, [row.id for row in rows])
    return tuple(_line(row, *last[row.id]) for row in rows)


def _line(row: Row[Any], reason: str | None, level_reached: str | None) -> ReferralLine:
    return ReferralLine(
        id=row.id,
        client_id=row.client_id,
        client_name=f"{row.given_name} {row.family_name}".strip(),
        is_sealed=row.offer_id is None,
        offer_id=row.offer_id,
        offer_title=row.title if row.offer_id else sealed_title(),
        offer_kind=row.kind,
        provider_name=row.name or "",
        contact_phone=row.contact_phone,
        mode=row.mode,
        state=row.state,
        reason=reason,
        level_reached=level_reached,
        follow_up_on=row.follow_up_on,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reasons=tuple(row.reasons),
        despite_rules=tuple(row.despite_rules),
    )


_LAST_STEPS: Final = (
    columns(col(ReferralEvent.referral_id), col(ReferralEvent.reason), col(ReferralEvent.level_reached))
    .where(col(ReferralEvent.referral_id).in_(bindparam("referrals", expanding=True)))
    .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
)


def _load_last_steps(session: Session, ids: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """Referral → reason and level reached of its last step; empty for sealed ones."""
    if not ids:
        return {}
    events = load_rows(session, _LAST_STEPS, {"referrals": list(ids)})
    return {referral_id: (reason, level) for referral_id, reason, level in events}
