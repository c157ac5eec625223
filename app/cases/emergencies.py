"""Break the glass: opening a foreign case to read, for some hours, in an emergency (Notzugriff).

The reason comes first: whether such a case exists is only told to somebody whose reason is written down
and whose name stands in the audit log. The team leads are told by mail, without a name of a client.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.colleagues import is_led_by
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_visible_to
from app.cases.privacy_models import EmergencyAccess
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.text import fold
from app.mail.service import draft_mail, write_mail

OPEN_FOR: Final = timedelta(hours=8)
SHORTEST_REASON: Final = 15
LONGEST_REASON: Final = 1000
_CASE_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class EmergencyRequest:
    """Whose case somebody needs, and why: the full name with the birth date, or the case's address."""

    reason: str
    name: str = ""
    birth_date: date | None = None
    case: str = ""
    """The number of the case, or the address of one of its pages."""


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case that is open to somebody now because of an emergency."""

    client_id: str
    client_name: str
    until_at: datetime


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    """An emergency access for those who review it."""

    id: str
    user_name: str
    client_id: str | None
    """`None`: the case is of another team, the person who opened it of one's own."""
    client_name: str
    at: datetime
    until_at: datetime
    reviewed_at: datetime | None
    reviewed_by_name: str
    can_read_reason: bool


def open_in_emergency(
    session: Session, actor: Actor, wanted: EmergencyRequest, address: str
) -> tuple[str, ...]:
    """Open the cases that fit exactly for `OPEN_FOR`, and tell the team leads; the ids of the clients.

    Empty when there is none: that was audited, too. What ``actor`` may read anyway needs no access.
    ``address``: of the page where team leads review it. Raises `InvalidInputError` when the reason is
    too short or nobody is named, `NotFoundError` when ``actor`` has no right to it.
    """
    if not actor.may("case:emergency"):
        raise NotFoundError("no such page")
    reason = wanted.reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise InvalidInputError(
            _("Please say in at least 15 characters what has happened."), field="reason"
        )
    found = _find(session, wanted)
    if not found:
        record_access(session, actor.id, "emergency.search", "client", "")
    now = utc_now()
    for client in found:
        visible = select(Client.id).where(col(Client.id) == client.id, is_visible_to(actor))
        if session.exec(visible).first() is None:
            _open(session, actor, client, reason, now, address)
    return tuple(client.id for client in found)


def list_opened(session: Session, actor: Actor) -> tuple[OpenedCase, ...]:
    """The cases that are open to ``actor`` now because of an emergency, the latest first."""
    rows = session.exec(
        select(Client.id, Client.given_name, Client.family_name, EmergencyAccess.until_at)
        .join(EmergencyAccess, col(EmergencyAccess.client_id) == Client.id)
        .where(
            col(EmergencyAccess.user_id) == actor.id,
            col(EmergencyAccess.until_at) > utc_now(),
            is_visible_to(actor),
        )
        .order_by(col(EmergencyAccess.until_at).desc())
    ).all()
    return tuple(
        OpenedCase(key, f"{given} {family}".strip(), until) for key, given, family, until in rows
    )


def list_emergencies(session: Session, actor: Actor, limit: int = 100) -> tuple[EmergencyLine, ...]:
    """The emergency accesses that ``actor`` reviews, those not reviewed yet first, with an audit entry.

    Accesses to cases of the own team, and those of people of the own team.
    """
    if not actor.may("case:review_emergencies"):
        raise NotFoundError("no such page")
    record_access(session, actor.id, "emergency.list", "emergency_list", "")
    rows = session.exec(
        select(  # type: ignore[call-overload]  # SQLModel types at most four columns
            EmergencyAccess.id,
            EmergencyAccess.user_id,
            EmergencyAccess.at,
            EmergencyAccess.until_at,
            EmergencyAccess.reviewed_at,
            EmergencyAccess.reviewed_by,
            Client.id,
            Client.given_name,
            Client.family_name,
            is_visible_to(actor),
        )
        .join(Client, col(Client.id) == EmergencyAccess.client_id)
        .where(_is_reviewed_by(actor))
        .order_by(col(EmergencyAccess.reviewed_at).is_not(None), col(EmergencyAccess.at).desc())
        .limit(limit)
    ).all()
    people = {row[1] for row in rows} | {row[5] for row in rows if row[5]}
    names = dict(session.exec(select(User.id, User.name).where(col(User.id).in_(people))).all())
    return tuple(_build_line(row, names) for row in rows)


def count_unreviewed(session: Session, actor: Actor) -> int:
    """How many emergency accesses wait for ``actor``'s review."""
    if not actor.may("case:review_emergencies"):
        return 0
    rows = session.exec(
        select(EmergencyAccess.id)
        .join(Client, col(Client.id) == EmergencyAccess.client_id)
        .where(_is_reviewed_by(actor), col(EmergencyAccess.reviewed_at).is_(None))
    )
    return len(rows.all())


def get_reason(session: Session, actor: Actor, access_id: str) -> str:
    """Why the case was opened, with an audit entry; raises `NotFoundError`."""
    row = session.exec(
        select(EmergencyAccess)
        .join(Client, col(Client.id) == EmergencyAccess.client_id)
        .where(col(EmergencyAccess.id) == access_id, _is_reviewed_by(actor), is_confided_to(actor))
    ).first()
    if row is None or not actor.may("case:review_emergencies"):
        raise NotFoundError("no such access")
    record_access(session, actor.id, "emergency.read_reason", "emergency_access", row.id)
    return row.reason


def mark_reviewed(session: Session, actor: Actor, access_id: str) -> None:
    """Note that ``actor`` looked at it; what was reviewed stays so. Raises `NotFoundError`."""
    if not actor.may("case:review_emergencies"):
        raise NotFoundError("no such access")
    row = session.exec(
        select(EmergencyAccess)
        .join(Client, col(Client.id) == EmergencyAccess.client_id)
        .where(col(EmergencyAccess.id) == access_id, _is_reviewed_by(actor))
    ).first()
    if row is None:
        raise NotFoundError("no such access")
    if row.reviewed_at is None:
        row.reviewed_at, row.reviewed_by = utc_now(), actor.id
        session.add(row)
        record_access(session, actor.id, "emergency.review", "emergency_access", row.id)
        session.flush()


def _build_line(row: Any, names: Mapping[str, str]) -> EmergencyLine:
    key, user_id, at, until_at, reviewed_at, reviewed_by, client_id, given, family, is_visible = row
    return EmergencyLine(
        id=key,
        user_name=names.get(user_id, ""),
        client_id=client_id if is_visible else None,
        client_name=f"{given} {family}".strip() if is_visible else "",
        at=at,
        until_at=until_at,
        reviewed_at=reviewed_at,
        reviewed_by_name=names.get(reviewed_by or "", ""),
        can_read_reason=bool(is_visible),
    )


def _find(session: Session, wanted: EmergencyRequest) -> Sequence[Client]:
    if wanted.case.strip():
        key = _CASE_ID.search(wanted.case.strip().lower())
        client = session.get(Client, key.group(), with_for_update=True) if key else None
        return [client] if client else []
    name = fold(wanted.name)
    if not name:
        raise InvalidInputError(
            _("Please enter the full name, or the address of the case."), field="name"
        )
    if wanted.birth_date is None:
        raise InvalidInputError(_("Please enter the date of birth."), field="birth_date")
    born = select(Client).where(Client.birth_date == wanted.birth_date).with_for_update()
    return [
        client
        for client in session.exec(born.order_by(col(Client.id))).all()
        if name in _spellings(client.given_name, client.family_name)
    ]


def _spellings(given: str, family: str) -> set[str]:
    return {fold(f"{given} {family}"), fold(f"{family} {given}"), fold(f"{family}, {given}")}


def _open(
    session: Session, actor: Actor, client: Client, reason: str, now: datetime, address: str
) -> None:
    row = EmergencyAccess(
        client_id=client.id, user_id=actor.id, reason=reason, at=now, until_at=now + OPEN_FOR
    )
    session.add(row)
    session.flush()
    record_access(session, actor.id, "emergency.open", "client", client.id)
    for lead in _list_leads(session, actor.id, client.case_worker_id):
        with language(lead.language):
            draft = draft_mail(
                key=f"emergency:{row.id}:{lead.id}",
                purpose="emergency",
                recipient=lead.email,
                subject=_("A case was opened in an emergency"),
                text="\n\n".join(
                    (
                        _("Hello,"),
                        _(
                            "somebody opened a case that is not theirs, giving a reason. "
                            "Please look at it soon and mark it as reviewed:"
                        )
                        + f"\n{address}",
                        _("The page shows it after you have signed in."),
                    )
                )
                + "\n",
                subject_type="emergency_access",
                subject_id=row.id,
            )
        write_mail(session, draft)


def _list_leads(session: Session, opener_id: str, case_worker_id: str) -> Sequence[User]:
    """The active team leads of the case's team and of who opened it."""
    teams = select(User.team).where(col(User.id).in_([opener_id, case_worker_id]))
    return session.exec(
        select(User)
        .where(User.role == "team_lead", col(User.is_active), col(User.team).in_(teams))
        .order_by(col(User.email))
    ).all()


def _is_reviewed_by(actor: Actor) -> ColumnElement[bool]:
    led = select(User.id).where(is_led_by(actor))
    return or_(col(Client.case_worker_id).in_(led), col(EmergencyAccess.user_id).in_(led))
