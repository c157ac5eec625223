"""What the list of cases and a handover tell about referrals: the next follow-ups, the open ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.policy import is_visible_to
from app.directory.models import Offer, Provider
from app.referrals.models import Referral
from app.referrals.states import OPEN_STATES


@dataclass(frozen=True, slots=True)
class FollowUps:
    """The open referrals of a client in figures."""

    open_count: int
    next_on: date | None


@dataclass(frozen=True, slots=True)
class OpenReferral:
    """An open referral in short."""

    id: str
    client_id: str
    offer_title: str | None
    """`None`: the offer is sensitive, and opens on the referral's own page."""
    provider_name: str | None
    state: str
    follow_up_on: date | None


def load_follow_ups(
    session: Session, actor: Actor, client_ids: Collection[str] | None = None
) -> Mapping[str, FollowUps]:
    """Client → open referrals and next follow-up, of those ``actor`` may see (`None`: of all).

    Clients without an open referral are left out.
    """
    wanted = [is_visible_to(actor), col(Referral.state).in_(OPEN_STATES)]
    if client_ids is not None:
        wanted.append(col(Referral.client_id).in_(client_ids))
    rows = session.connection().execute(
        select_columns(col(Referral.client_id), func.count(), func.min(col(Referral.follow_up_on)))
        .join(Client, col(Client.id) == Referral.client_id)
        .where(*wanted)
        .group_by(col(Referral.client_id))
    )
    return {client_id: FollowUps(count, next_on) for client_id, count, next_on in rows}


def count_due_of_workers(session: Session, actor: Actor, today: date) -> Mapping[str, int]:
    """Case worker → follow-ups due, of the open cases that ``actor`` may see."""
    rows = session.connection().execute(
        select_columns(col(Client.case_worker_id), func.count())
        .join(Referral, col(Referral.client_id) == Client.id)
        .where(
            is_visible_to(actor),
            col(Client.closed_on).is_(None),
            col(Referral.state).in_(OPEN_STATES),
            col(Referral.follow_up_on) <= today,
        )
        .group_by(col(Client.case_worker_id))
    )
    return {worker: int(count) for worker, count in rows}


def list_open_referrals(
    session: Session, actor: Actor, client_ids: Collection[str]
) -> Mapping[str, tuple[OpenReferral, ...]]:
    """Client → the open referrals, the next follow-up first; clients without one are left out.

    That an offer is sensitive is told, its name is not.
    """
    rows = session.connection().execute(
        select_columns(
            col(Referral.id),
            col(Referral.client_id),
            col(Offer.title),
            col(Offer.is_sensitive),
            col(Provider.name),
            col(Referral.state),
            col(Referral.follow_up_on),
        )
        .join(Client, col(Client.id) == Referral.client_id)
        .join(Offer, col(Offer.id) == Referral.offer_id, isouter=True)
        .join(Provider, col(Provider.id) == Offer.provider_id, isouter=True)
        .where(
            is_visible_to(actor),
            col(Referral.client_id).in_(client_ids),
            col(Referral.state).in_(OPEN_STATES),
        )
        .order_by(col(Referral.follow_up_on), col(Referral.id))
    )
    found: dict[str, list[OpenReferral]] = {}
    for key, client_id, title, is_sensitive, provider, state, follow_up_on in rows:
        is_named = title is not None and not is_sensitive
        found.setdefault(client_id, []).append(
            OpenReferral(
                key,
                client_id,
                title if is_named else None,
                provider if is_named else None,
                state,
                follow_up_on,
            )
        )
    return {client_id: tuple(lines) for client_id, lines in found.items()}
