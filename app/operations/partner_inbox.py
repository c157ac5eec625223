"""The inbox of a provider whose people have accounts: the same requests as by the links, listed.

The list tells nothing about clients. Opened, a request shows what its link would show that day, and is
answered by the same operation; the access log and the history name the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.accounts.queries import find_provider_of
from app.core.errors import NotFoundError
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.operations.partner_answers import (
    EndedRequest,
    OpenRequest,
    Standing,
    find_standing,
    look_at,
    may_be_shown,
    note_shown,
    tell,
)
from app.referrals.inbox import asked_at, get_known_to, list_known_to
from app.referrals.models import Referral
from app.referrals.outcomes import fetch_referral
from app.referrals.records import OutcomeReport
from app.referrals.sealing import details_of
from app.referrals.states import is_open

ENDED_LISTED: Final = 20
NOT_ANSWERED: Final = "sent"


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A request in the list: nothing about the client."""

    referral_id: str
    offer_title: str
    is_volunteer: bool
    asked_at: datetime
    standing: Standing


@dataclass(frozen=True, slots=True)
class Inbox:
    """What a provider was asked, each list with the newest first."""

    provider_name: str
    unanswered: tuple[InboxLine, ...]
    running: tuple[InboxLine, ...]
    """Answered, and something is still to come."""
    ended: tuple[InboxLine, ...]
    """Of the last weeks, at most `ENDED_LISTED`."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.unanswered or self.running or self.ended)


def list_inbox(session: Session, actor: Actor, now: datetime, today: date) -> Inbox:
    """The inbox of the provider that ``actor`` answers for; raises `NotFoundError` without one."""
    provider_id = _provider_of(session, actor)
    found = [
        (one, _line(session, one, now))
        for one in list_known_to(session, provider_id, now)
        if may_be_shown(session, one, today)
    ]
    found.sort(key=lambda pair: (pair[1].asked_at, pair[1].referral_id), reverse=True)
    ended = sorted(
        (pair for pair in found if not is_open(pair[0].state)),
        key=lambda pair: pair[0].updated_at,
        reverse=True,
    )
    return Inbox(
        provider_name=session.get_one(Provider, provider_id).name,
        unanswered=tuple(line for one, line in found if one.state == NOT_ANSWERED),
        running=tuple(line for one, line in found if is_open(one.state) and one.state != NOT_ANSWERED),
        ended=tuple(line for _one, line in ended[:ENDED_LISTED]),
    )


def open_in_inbox(
    session: Session, actor: Actor, referral_id: str, now: datetime, today: date
) -> OpenRequest | EndedRequest:
    """One request; the access log notes who was shown data about a person, else nothing changes.

    Raises `NotFoundError` for what the provider of ``actor`` was not asked, and once the consent was
    revoked.
    """
    referral = get_known_to(session, _provider_of(session, actor), referral_id, now)
    found = _look(session, referral, today)
    if isinstance(found, OpenRequest) and found.released:
        note_shown(session, found, actor.id)
    return found


def answer_in_inbox(
    session: Session,
    actor: Actor,
    referral_id: str,
    report: OutcomeReport,
    now: datetime,
    today: date,
    seen: str | None = None,
) -> None:
    """Record what ``actor`` tells for the provider; the same answer again changes nothing.

    Raises `NotFoundError` like `open_in_inbox`, and `CannotFollowError`.
    """
    provider_id = _provider_of(session, actor)
    get_known_to(session, provider_id, referral_id, now)
    referral = fetch_referral(session, referral_id)
    get_known_to(session, provider_id, referral_id, now)  # once more, now that it is locked
    found = _look(session, referral, today)
    tell(session, found, referral, report, today, Author(actor.name, actor.id), seen)


def _look(session: Session, referral: Referral, today: date) -> OpenRequest | EndedRequest:
    found = look_at(session, referral, today)
    if found is None:
        raise NotFoundError("the consent was revoked")
    return found


def _provider_of(session: Session, actor: Actor) -> str:
    provider_id = find_provider_of(session, actor)
    if provider_id is None:
        raise NotFoundError("answers for no provider")
    return provider_id


def _line(session: Session, referral: Referral, now: datetime) -> InboxLine:
    offer = session.get_one(Offer, details_of(referral).offer_id)
    return InboxLine(
        referral_id=referral.id,
        offer_title=offer.title,
        is_volunteer=offer.kind == "volunteer",
        asked_at=asked_at(session, referral.id) or now,
        standing=find_standing(session, referral),
    )
