"""Opening one referral: its page, and what is confidential about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client, Goal
from app.cases.policy import is_confided_to, is_own_or_deputised, is_referable_by, is_visible_to
from app.cases.privacy_models import Consent
from app.cases.queries import client_name
from app.core.errors import NotFoundError
from app.directory.models import Offer, Provider
from app.referrals.models import Referral, ReferralEvent
from app.referrals.queries import ReferralStep, sealed_title
from app.referrals.sealing import (
    ReferralDetails,
    details_of,
    find_open_kind,
    is_sealed,
    list_sealed_of_client,
)
from app.referrals.states import OPEN_STATES


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """Where the provider of an offer is reached: the offer's own contact, else the provider's."""

    person: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class ReferralCase:
    """A referral with its history, the oldest step first."""

    referral: Referral
    steps: tuple[ReferralStep, ...]
    """Their notes are there; show them one by one only (`read_step_note`)."""
    client_name: str
    is_writable: bool
    is_confided: bool
    """Whether notes and what is sealed open on a click."""
    is_sealed: bool
    details: ReferralDetails | None
    """`None`: sealed and not opened."""
    offer_title: str
    """Neutral when not opened."""
    open_kind: str | None
    """Of the offer; `None`: it is confidential, opened or not."""
    provider_name: str
    contact: ContactPoint | None
    goal: Goal | None
    consent: Consent | None
    """What an arranged referral with data rests on."""
    referred_by_name: str
    referred_by_phone: str | None
    referred_by_email: str


def get_referral(
    session: Session, referral_id: str, actor: Actor, *, action: str = "referral.read"
) -> ReferralCase:
    """The referral with its history and an audit entry (needs a transaction that writes).

    Of a sealed one only what lists tell. Raises `NotFoundError` when there is none or ``actor`` may not
    see the client.
    """
    referral, client, is_writable, is_confided = _fetch(session, referral_id, actor)
    record_access(session, actor.id, action, "referral", referral.id)
    if action == "referral.read":
        _note_answer_seen(session, referral, actor)
    details = None if is_sealed(referral) else details_of(referral)
    return _build(session, referral, client, details, writable=is_writable, confided=is_confided)


def open_referral(session: Session, referral_id: str, actor: Actor) -> ReferralCase:
    """The referral with all that is sealed in it, each time with an audit entry of its own.

    Raises `NotFoundError` also when the case is not confided to ``actor``.
    """
    referral, client, is_writable, is_confided = _fetch(session, referral_id, actor)
    if not is_confided:
        raise NotFoundError("no such referral")
    action = "referral.read_sealed" if is_sealed(referral) else "referral.read"
    record_access(session, actor.id, action, "referral", referral.id)
    _note_answer_seen(session, referral, actor)
    details = details_of(referral)
    return _build(session, referral, client, details, writable=is_writable, confided=True)


def read_step_note(
    session: Session, referral_id: str, step_id: str, actor: Actor
) -> tuple[ReferralEvent, str]:
    """A step that has a note, and the client's name, with an audit entry; raises `NotFoundError`."""
    row = session.exec(
        select(ReferralEvent, Client)
        .join(Referral, col(Referral.id) == ReferralEvent.referral_id)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(
            col(ReferralEvent.id) == step_id,
            col(ReferralEvent.referral_id) == referral_id,
            col(ReferralEvent.note).is_not(None),
            is_confided_to(actor),
        )
    ).first()
    if row is None:
        raise NotFoundError("no such note")
    step, client = row
    record_access(session, actor.id, "referral.read_note", "referral_event", step.id)
    return step, client_name(client)


def list_resting_on(
    session: Session, client_id: str, consent_ids: Collection[str], actor: Actor
) -> dict[str, tuple[Referral, ...]]:
    """Consent id → the open arranged referrals that rest on it. Says nothing about their offers."""
    rows = session.exec(
        select(Referral)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(
            is_confided_to(actor),
            col(Referral.client_id) == client_id,
            Referral.mode == "arranged",
            col(Referral.state).in_(OPEN_STATES),
        )
        .order_by(col(Referral.created_at), col(Referral.id))
    ).all()
    sealed = list_sealed_of_client(session, client_id) if any(map(is_sealed, rows)) else {}
    found: dict[str, list[Referral]] = {}
    for referral in rows:
        details = sealed.get(referral.id)
        consent_id = details.consent_id if details else referral.consent_id
        if consent_id in consent_ids:
            found.setdefault(str(consent_id), []).append(referral)
    return {consent_id: tuple(referrals) for consent_id, referrals in found.items()}


def _note_answer_seen(session: Session, referral: Referral, actor: Actor) -> None:
    """What the provider told is new no more once whose day it is has opened it.

    Only the very answer that is shown: one that comes in at this moment stays new.
    """
    if referral.answered_at is None:
        return
    is_mine = select(Client.id).where(is_own_or_deputised(actor))
    session.execute(
        update(Referral)
        .where(
            col(Referral.id) == referral.id,
            col(Referral.answered_at) == referral.answered_at,
            col(Referral.client_id).in_(is_mine),
        )
        .values(answered_at=None)
    )


def _fetch(session: Session, referral_id: str, actor: Actor) -> tuple[Referral, Client, bool, bool]:
    row = session.exec(
        select(Referral, Client, is_referable_by(actor), is_confided_to(actor))
        .join(Client, col(Client.id) == Referral.client_id)
        .where(col(Referral.id) == referral_id, is_visible_to(actor))
    ).first()
    if row is None:
        raise NotFoundError("no such referral")
    referral, client, is_writable, is_confided = row
    return referral, client, bool(is_writable), bool(is_confided)


def _build(
    session: Session,
    referral: Referral,
    client: Client,
    details: ReferralDetails | None,
    *,
    writable: bool,
    confided: bool,
) -> ReferralCase:
    user = session.get_one(User, referral.referred_by)
    offer = session.get(Offer, details.offer_id) if details else None
    provider = session.get_one(Provider, offer.provider_id) if offer else None
    return ReferralCase(
        referral=referral,
        steps=_list_steps(session, referral.id),
        client_name=client_name(client),
        is_writable=writable,
        is_confided=confided,
        is_sealed=is_sealed(referral),
        details=details,
        offer_title=offer.title if offer else sealed_title(),
        open_kind=find_open_kind(session, referral),
        provider_name=provider.name if provider else "",
        contact=_contact(offer, provider) if offer and provider else None,
        goal=session.get(Goal, details.goal_id) if details and details.goal_id else None,
        consent=session.get(Consent, details.consent_id) if details and details.consent_id else None,
        referred_by_name=user.name,
        referred_by_phone=user.phone,
        referred_by_email=user.email,
    )


def _contact(offer: Offer, provider: Provider) -> ContactPoint:
    return ContactPoint(
        person=offer.contact_name,
        phone=offer.contact_phone or provider.phone,
        email=offer.contact_email or provider.email,
    )


def _list_steps(session: Session, referral_id: str) -> tuple[ReferralStep, ...]:
    rows = session.exec(
        select(ReferralEvent, User.name)
        .join(User, col(User.id) == ReferralEvent.actor_id, isouter=True)
        .where(ReferralEvent.referral_id == referral_id)
        .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
    ).all()
    return tuple(ReferralStep(event, name or "") for event, name in rows)
