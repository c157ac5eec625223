"""What a case worker's day holds of referrals: a few lines of each kind, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select as columns
from sqlmodel import Session, col

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_own_or_deputised
from app.referrals.models import Referral
from app.referrals.queries import ReferralLine, is_unanswered_on, list_lines
from app.referrals.states import END_STATES, OPEN_STATES


@dataclass(frozen=True, slots=True)
class SomeOf:
    """The first lines of a list."""

    lines: tuple[ReferralLine, ...]
    total: int
    """How many there are altogether."""


@dataclass(frozen=True, slots=True)
class DayLists:
    """What a case worker's day holds of referrals.

    Nothing open stands in two lists, but for new answers.
    """

    answered: SomeOf
    """Providers told something that nobody has opened yet; the newest first, open or ended."""
    due: SomeOf
    """Follow-ups due, the longest overdue first."""
    unanswered: SomeOf
    """Without an answer for long (`app.referrals.states.OVERDUE_DAYS`, `NO_NEWS_DAYS`)."""
    coming: SomeOf
    """Open ones that are not due yet, the next first."""
    ended: tuple[ReferralLine, ...]
    """What ended lately, the newest first."""

    @property
    def open_total(self) -> int:
        """How many referrals are open."""
        return self.due.total + self.unanswered.total + self.coming.total


def list_day(session: Session, actor: Actor, today: date, lines: int) -> DayLists:
    """The lists of ``actor``'s day, at most ``lines`` each, with an audit entry.

    Of the own cases and those of the colleagues one stands in for.
    """
    record_access(session, actor.id, "referral.list", "referral_list", "")
    due: list[str] = []
    unanswered: list[str] = []
    coming: list[str] = []
    for referral_id, follow_up_on, is_unanswered in session.execute(
        columns(col(Referral.id), col(Referral.follow_up_on), is_unanswered_on(today))
        .join(Client, col(Client.id) == Referral.client_id)
        .where(is_own_or_deputised(actor), col(Referral.state).in_(OPEN_STATES))
        .order_by(col(Referral.follow_up_on), col(Referral.id))
    ).all():
        is_due = follow_up_on is not None and follow_up_on <= today
        (unanswered if is_unanswered else due if is_due else coming).append(referral_id)
    ended = _list_ended(session, actor, lines)
    answered = _list_answered(session, actor)
    wanted = [*answered[:lines], *due[:lines], *unanswered[:lines], *coming[:lines], *ended]
    conditions = [is_own_or_deputised(actor), col(Referral.id).in_(wanted)]
    found = {line.id: line for line in list_lines(session, conditions, ())}

    def some(ids: Sequence[str]) -> SomeOf:
        return SomeOf(_in_order(ids[:lines], found), len(ids))

    return DayLists(some(answered), some(due), some(unanswered), some(coming), _in_order(ended, found))


def _list_answered(session: Session, actor: Actor) -> Sequence[str]:
    return (
        session.execute(
            columns(col(Referral.id))
            .join(Client, col(Client.id) == Referral.client_id)
            .where(is_own_or_deputised(actor), col(Referral.answered_at).is_not(None))
            .order_by(col(Referral.answered_at).desc(), col(Referral.id))
        )
        .scalars()
        .all()
    )


def _list_ended(session: Session, actor: Actor, lines: int) -> Sequence[str]:
    return (
        session.execute(
            columns(col(Referral.id))
            .join(Client, col(Client.id) == Referral.client_id)
            .where(is_own_or_deputised(actor), col(Referral.state).in_(END_STATES))
            .order_by(col(Referral.updated_at).desc(), col(Referral.id))
            .limit(lines)
        )
        .scalars()
        .all()
    )


def _in_order(ids: Iterable[str], found: dict[str, ReferralLine]) -> tuple[ReferralLine, ...]:
    return tuple(found[referral_id] for referral_id in ids if referral_id in found)
