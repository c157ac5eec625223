"""To whom a round mail goes: providers and volunteers of the directory, filtered; each address once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Text, cast, exists
from sqlmodel import Session, col, or_, select

from app.accounts.models import User
from app.directory.codes import GoalArea, ProviderKind
from app.directory.models import Offer, Place, Provider
from app.directory.verification import VERIFIABLE
from app.mail.service import bounced_recipients
from app.operations.round_mail_models import NewsOptOut


class Audience(BaseModel):
    """A part of the network; what is empty filters nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: tuple[ProviderKind, ...] = ()
    goal_areas: tuple[GoalArea, ...] = ()
    """Who offers something for one of these goals."""
    towns: tuple[str, ...] = Field(default=(), max_length=50)
    """Who has a place in one of these towns."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address with whose it is; of a volunteer the first name alone."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a mail to an audience would reach, and whom not."""

    recipients: tuple[Recipient, ...]
    """By name."""
    without_address: tuple[str, ...]
    """Names of providers of which we know none."""
    opted_out: int
    came_back: int
    """Addresses from which mails came back."""


def find_reach(session: Session, audience: Audience) -> Reach:
    """Whom a mail to ``audience`` would reach today."""
    providers = session.exec(
        select(Provider).where(*_belongs(audience)).order_by(col(Provider.name), col(Provider.id))
    ).all()
    addresses = _load_addresses(session, providers)
    opted_out = set(session.exec(select(NewsOptOut.email)))
    came_back = bounced_recipients(session)
    named = {one.name for one in providers}
    found: dict[str, Recipient] = {}
    for one in providers:
        for email in addresses[one.id]:
            found.setdefault(email, Recipient(email, one.name))
    reached = found.keys() - opted_out - came_back
    return Reach(
        recipients=tuple(found[email] for email in found if email in reached),
        without_address=tuple(sorted(named - {one.name for one in providers if addresses[one.id]})),
        opted_out=len(found.keys() & opted_out),
        came_back=len((found.keys() & came_back) - opted_out),
    )


def list_towns(session: Session) -> list[str]:
    """The towns in which there is a provider, by name."""
    rows = select(Place.town).where(col(Place.town).is_not(None), Place.visibility == "public")
    return [town for town in session.exec(rows.distinct().order_by(col(Place.town))) if town]


def _belongs(audience: Audience) -> list[ColumnElement[bool]]:
    """In the directory with something that is offered, and of this part of the network."""
    offered = (
        (col(Offer.provider_id) == col(Provider.id))
        & col(Offer.status).in_(VERIFIABLE)
        & col(Offer.merged_into_id).is_(None)
    )
    conditions: list[ColumnElement[bool]] = [
        col(Provider.merged_into_id).is_(None),
        exists().where(offered),
    ]
    if audience.kinds:
        conditions.append(col(Provider.kind).in_(audience.kinds))
    if audience.goal_areas:
        # JSON lists of codes: each stands in quotes, whatever the database makes of them
        text = cast(col(Offer.goal_areas), Text)
        areas = (text.contains(f'"{area}"') for area in audience.goal_areas)
        conditions.append(exists().where(offered, or_(*areas)))
    if audience.towns:
        there = (col(Place.provider_id) == col(Provider.id)) & col(Place.town).in_(audience.towns)
        conditions.append(exists().where(there))
    return conditions


def _load_addresses(session: Session, providers: Sequence[Provider]) -> dict[str, list[str]]:
    """Provider → where it is written to, in lower case: its people with accounts, else its own address,
    else that of an offer."""
    ids = [one.id for one in providers]
    people = _grouped(
        session.execute(
            select(col(User.provider_id), col(User.email)).where(
                User.role == "provider", col(User.is_active), col(User.provider_id).in_(ids)
            )
        ).all()
    )
    offers = _grouped(
        session.execute(
            select(col(Offer.provider_id), col(Offer.contact_email))
            .where(col(Offer.provider_id).in_(ids), col(Offer.status).in_(VERIFIABLE))
            .order_by(col(Offer.id))
        ).all()
    )
    found: dict[str, list[str]] = {}
    for one in providers:
        own = [one.email.lower()] if one.email else offers[one.id][:1]
        found[one.id] = people[one.id] or own
    return found


def _grouped(rows: Iterable[Any]) -> defaultdict[str, list[str]]:
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for provider_id, email in rows:
        if email:
            grouped[provider_id].append(email.lower())
    return grouped
