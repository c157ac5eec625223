"""Reading handovers: what came to me, what I gave away, and the notes that go with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.colleagues import is_led_by
from app.cases.handovers import UNDO_WITHIN
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_handed_over_by, is_visible_to
from app.cases.privacy_models import HandedOverCase, Handover
from app.core.clock import utc_now
from app.core.errors import NotFoundError
from app.core.text import fold_umlauts

LISTED = 50


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """A handover in a list."""

    id: str
    at: datetime
    reason: str
    by_name: str
    to_name: str
    way: Literal["received", "given", "team"]
    """How the person asking has to do with it."""
    case_count: int
    unseen_count: int
    """Cases that the new case worker has not marked as read."""
    undone_at: datetime | None
    can_be_undone: bool


@dataclass(frozen=True, slots=True)
class HandedCase:
    """A case of a handover, visible to the person asking."""

    client_id: str
    client_name: str
    from_name: str
    case_worker_id: str
    """Who is in charge now."""
    case_worker_name: str
    has_note: bool
    can_read_note: bool
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A handover with those of its cases that the person asking may see."""

    line: HandoverLine
    to_id: str
    cases: tuple[HandedCase, ...]
    hidden_count: int
    """Cases that the person asking does not see (any more)."""
    has_note: bool
    can_read_note: bool

    @property
    def unseen(self) -> tuple[HandedCase, ...]:
        """The cases not yet marked as read that are still with the new case worker."""
        return tuple(c for c in self.cases if c.seen_at is None and c.case_worker_id == self.to_id)


@dataclass(frozen=True, slots=True)
class ProposedCase:
    """A case that can be handed over."""

    client_id: str
    client_name: str
    case_worker_id: str
    case_worker_name: str
    is_household_only: bool
    """Not asked for, but lives with somebody who was."""


def list_handovers(session: Session, actor: Actor) -> tuple[HandoverLine, ...]:
    """Those ``actor`` received or made, the team lead those of the team, the newest first."""
    return _list_lines(session, actor, _concerns(actor))


def get_handover(session: Session, actor: Actor, handover_id: str) -> HandoverView:
    """A handover with its cases under the policy, with an audit entry; raises `NotFoundError`."""
    lines = _list_lines(session, actor, col(Handover.id) == handover_id, _concerns(actor))
    if not lines:
        raise NotFoundError("no such handover")
    record_access(session, actor.id, "handover.read", "handover", handover_id)
    handover = session.get_one(Handover, handover_id)
    before, now_with = aliased(User), aliased(User)
    rows = session.exec(
        select(  # type: ignore[call-overload]  # SQLModel types at most four columns
            Client.id,
            Client.given_name,
            Client.family_name,
            before.name,
            now_with.id,
            now_with.name,
            col(HandedOverCase.note).is_not(None),
            is_confided_to(actor),
            HandedOverCase.seen_at,
        )
        .join(HandedOverCase, col(HandedOverCase.client_id) == Client.id)
        .join(before, col(before.id) == HandedOverCase.from_id)
        .join(now_with, col(now_with.id) == Client.case_worker_id)
        .where(col(HandedOverCase.handover_id) == handover_id, is_visible_to(actor))
    ).all()
    cases = [HandedCase(key, f"{given} {family}".strip(), *rest) for key, given, family, *rest in rows]
    return HandoverView(
        line=lines[0],
        to_id=handover.to_id,
        cases=tuple(sorted(cases, key=lambda case: fold_umlauts(case.client_name))),
        hidden_count=lines[0].case_count - len(cases),
        has_note=handover.note is not None,
        can_read_note=_may_read_note(session, actor, handover),
    )


def get_handover_note(session: Session, actor: Actor, handover_id: str) -> str:
    """The note about the handover as a whole, with an audit entry; raises `NotFoundError`.

    For the new case worker while one of the cases is open to them, and for whoever may open the notes
    of all of its cases.
    """
    handover = session.exec(
        select(Handover).where(col(Handover.id) == handover_id, _concerns(actor))
    ).first()
    if handover is None or not handover.note or not _may_read_note(session, actor, handover):
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "handover", handover.id)
    return handover.note


def get_case_note(session: Session, actor: Actor, handover_id: str, client_id: str) -> str:
    """The note about one case of a handover, with an audit entry; raises `NotFoundError`."""
    row = session.exec(
        select(HandedOverCase)
        .join(Client, col(Client.id) == HandedOverCase.client_id)
        .where(
            col(HandedOverCase.handover_id) == handover_id,
            col(HandedOverCase.client_id) == client_id,
            is_confided_to(actor),
        )
    ).first()
    if row is None or not row.note:
        raise NotFoundError("no such note")
    record_access(session, actor.id, "note.read", "client", client_id)
    return row.note


def count_unseen(session: Session, actor: Actor) -> int:
    """How many cases came to ``actor`` that are not marked as read."""
    rows = session.exec(
        select(func.count())
        .select_from(HandedOverCase)
        .join(Handover, col(Handover.id) == HandedOverCase.handover_id)
        .join(Client, col(Client.id) == HandedOverCase.client_id)
        .where(
            col(Handover.to_id) == actor.id,
            col(Client.case_worker_id) == actor.id,
            col(HandedOverCase.seen_at).is_(None),
            col(Handover.undone_at).is_(None),
        )
    )
    return int(rows.one())


def list_proposed(
    session: Session, actor: Actor, client_ids: tuple[str, ...], of_id: str | None, *, with_closed: bool
) -> tuple[ProposedCase, ...]:
    """The cases to prepare a handover with, by name, and behind them those who live with them.

    ``client_ids`` as chosen, or all of the case worker ``of_id`` (closed ones only when asked for).
    What ``actor`` may not hand over is left out.
    """
    wanted: list[ColumnElement[bool]] = [col(Client.id).in_(client_ids)]
    if of_id:
        of_worker = col(Client.case_worker_id) == of_id
        wanted.append(of_worker if with_closed else of_worker & col(Client.closed_on).is_(None))
    chosen = _list_proposed(session, actor, or_(*wanted), is_household_only=False)
    known = {case.client_id for case in chosen}
    homes = select(Client.household_id).where(col(Client.id).in_(known))
    family = _list_proposed(
        session,
        actor,
        col(Client.household_id).in_(homes),
        ~col(Client.id).in_(known),
        col(Client.closed_on).is_(None),
        is_household_only=True,
    )
    return (*chosen, *family)


def _list_proposed(
    session: Session, actor: Actor, *conditions: ColumnElement[bool], is_household_only: bool
) -> list[ProposedCase]:
    rows = session.exec(
        select(Client.id, Client.given_name, Client.family_name, User)
        .join(User, col(User.id) == Client.case_worker_id)
        .where(is_handed_over_by(actor), *conditions)
    ).all()
    return [
        ProposedCase(key, f"{given} {family}".strip(), user.id, user.name, is_household_only)
        for key, given, family, user in sorted(rows, key=lambda r: fold_umlauts(f"{r[2]} {r[1]}"))
    ]


def _concerns(actor: Actor) -> ColumnElement[bool]:
    led = select(User.id).where(is_led_by(actor))
    mine = or_(col(Handover.to_id) == actor.id, col(Handover.by_id) == actor.id)
    return or_(mine, col(Handover.to_id).in_(led), col(Handover.by_id).in_(led))


def _list_lines(
    session: Session, actor: Actor, *conditions: ColumnElement[bool]
) -> tuple[HandoverLine, ...]:
    giver, receiver = aliased(User), aliased(User)
    led = select(User.id).where(is_led_by(actor))
    rows = session.exec(
        select(
            Handover,
            col(giver.name),
            col(receiver.name),
            or_(
                col(Handover.by_id) == actor.id,
                col(Handover.to_id).in_(led),
                col(Handover.by_id).in_(led),
            ),
        )
        .join(giver, col(giver.id) == Handover.by_id)
        .join(receiver, col(receiver.id) == Handover.to_id)
        .where(*conditions)
        .order_by(col(Handover.at).desc(), col(Handover.id))
        .limit(LISTED)
    ).all()
    counts, unseen = _count_cases(session, [handover.id for handover, *_rest in rows])
    earliest = utc_now() - UNDO_WITHIN
    return tuple(
        HandoverLine(
            id=handover.id,
            at=handover.at,
            reason=handover.reason,
            by_name=by_name,
            to_name=to_name,
            way="received"
            if handover.to_id == actor.id
            else "given"
            if handover.by_id == actor.id
            else "team",
            case_count=counts[handover.id],
            unseen_count=unseen[handover.id],
            undone_at=handover.undone_at,
            can_be_undone=bool(is_giver) and handover.undone_at is None and handover.at >= earliest,
        )
        for handover, by_name, to_name, is_giver in rows
    )


def _count_cases(session: Session, ids: list[str]) -> tuple[Counter[str], Counter[str]]:
    counts: Counter[str] = Counter()
    unseen: Counter[str] = Counter()
    rows = session.exec(
        select(
            HandedOverCase.handover_id, HandedOverCase.seen_at, Client.case_worker_id, Handover.to_id
        )
        .join(Client, col(Client.id) == HandedOverCase.client_id)
        .join(Handover, col(Handover.id) == HandedOverCase.handover_id)
        .where(col(HandedOverCase.handover_id).in_(ids))
    )
    for handover_id, seen_at, worker_id, to_id in rows:
        counts[handover_id] += 1
        unseen[handover_id] += seen_at is None and worker_id == to_id
    return counts, unseen


def _may_read_note(session: Session, actor: Actor, handover: Handover) -> bool:
    rows = session.exec(
        select(is_confided_to(actor))
        .select_from(Client)
        .join(HandedOverCase, col(HandedOverCase.client_id) == Client.id)
        .where(col(HandedOverCase.handover_id) == handover.id)
    ).all()
    return bool(rows) and (any(rows) if handover.to_id == actor.id else all(rows))
