"""Standing in for each other: who sees whose cases, from which day to which (Vertretung).

A substitution opens the cases of the absent one and no others: whoever stands in for a deputy does not
come to see the cases of the first one. `app.cases.policy` reads the rows; nothing is copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.colleagues import CASE_ROLES, get_colleague, is_led_by, is_member_led
from app.cases.privacy_models import Substitution
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _

LONGEST: Final = timedelta(days=184)
"""Six months, both days included."""
FARTHEST_AHEAD: Final = timedelta(days=366)
PAST_SHOWN: Final = 20

Phase = Literal["current", "coming", "past"]


@dataclass(frozen=True, slots=True)
class SubstitutionCreate:
    """Who stands in for whom, from one day to another, both included."""

    absent_id: str
    deputy_id: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class SubstitutionLine:
    """A substitution in a list."""

    id: str
    absent_id: str
    absent_name: str
    deputy_id: str
    deputy_name: str
    from_on: date
    until_on: date
    phase: Phase
    was_ended: bool
    """Whether it was ended before its time."""
    can_be_ended: bool
    """By the person asking."""


@dataclass(frozen=True, slots=True)
class DeputisedColleague:
    """A colleague one stands in for today."""

    name: str
    until_on: date


def create_substitution(
    session: Session, actor: Actor, wanted: SubstitutionCreate, creation_key: str, today: date
) -> Substitution:
    """Let somebody stand in; the same form sent twice does so once.

    For oneself, the team lead for everybody of the team. Raises `NotFoundError` for other people,
    `InvalidInputError` naming the field when the days or the deputy cannot be.
    """
    if not actor.may("case:write"):
        raise NotFoundError("no such page")
    earlier = session.exec(
        select(Substitution).where(Substitution.creation_key == creation_key)
    ).first()
    if earlier is not None:
        if earlier.created_by != actor.id:
            raise ConflictError(_("This form was already used. Please open a new one."))
        return earlier
    if wanted.absent_id != actor.id and not is_member_led(session, actor, wanted.absent_id):
        raise NotFoundError("no such colleague")
    if session.get_one(User, wanted.absent_id).role not in CASE_ROLES:
        raise InvalidInputError(_("This person has no cases."), field="absent_id")
    if wanted.deputy_id == wanted.absent_id:
        raise InvalidInputError(_("Nobody can stand in for themselves."), field="deputy_id")
    deputy = get_colleague(session, wanted.deputy_id, field="deputy_id")
    _check_days(wanted.from_on, wanted.until_on, today)
    row = Substitution(
        absent_id=wanted.absent_id,
        deputy_id=deputy.id,
        from_on=wanted.from_on,
        until_on=wanted.until_on,
        created_by=actor.id,
        creation_key=creation_key,
    )
    session.add(row)
    session.flush()
    record_access(session, actor.id, "substitution.create", "substitution", row.id)
    return row


def end_substitution(session: Session, actor: Actor, substitution_id: str, today: date) -> Substitution:
    """End it now, by who is absent or the team lead; one that is over stays as it is.

    Raises `NotFoundError`.
    """
    row = session.exec(
        select(Substitution).where(Substitution.id == substitution_id).with_for_update()
    ).first()
    if row is None or not actor.may("case:write"):
        raise NotFoundError("no such substitution")
    if not (row.absent_id == actor.id or is_member_led(session, actor, row.absent_id)):
        raise NotFoundError("no such substitution")
    if row.ended_at is None and row.until_on >= today:
        row.ended_at = utc_now()
        session.add(row)
        record_access(session, actor.id, "substitution.end", "substitution", row.id)
        session.flush()
    return row


def list_substitutions(session: Session, actor: Actor, today: date) -> tuple[SubstitutionLine, ...]:
    """Those ``actor`` takes part in, the team lead those of the team: current, coming, past ones."""
    absent, deputy = aliased(User), aliased(User)
    led = select(User.id).where(is_led_by(actor))
    rows = session.exec(
        select(Substitution, col(absent.name), col(deputy.name), col(Substitution.absent_id).in_(led))
        .join(absent, col(absent.id) == Substitution.absent_id)
        .join(deputy, col(deputy.id) == Substitution.deputy_id)
        .where(
            or_(
                col(Substitution.absent_id) == actor.id,
                col(Substitution.deputy_id) == actor.id,
                col(Substitution.absent_id).in_(led),
            )
        )
        .order_by(col(Substitution.from_on), col(absent.name), col(Substitution.id))
    ).all()
    lines = [
        SubstitutionLine(
            id=row.id,
            absent_id=row.absent_id,
            absent_name=absent_name,
            deputy_id=row.deputy_id,
            deputy_name=deputy_name,
            from_on=row.from_on,
            until_on=row.until_on,
            phase=(
                phase := phase_on(row.from_on, row.until_on, today, is_ended=row.ended_at is not None)
            ),
            was_ended=row.ended_at is not None,
            can_be_ended=phase != "past" and (row.absent_id == actor.id or bool(is_led)),
        )
        for row, absent_name, deputy_name, is_led in rows
    ]
    past = [line for line in reversed(lines) if line.phase == "past"][:PAST_SHOWN]
    return (*(line for line in lines if line.phase != "past"), *past)


def load_deputised(session: Session, actor: Actor) -> Mapping[str, DeputisedColleague]:
    """Case worker → name and last day, of those ``actor`` stands in for on ``actor.day``.

    For pages that mark such cases (“in Vertretung für …”).
    """
    if actor.day is None:
        return {}
    rows = session.exec(
        select(col(Substitution.absent_id), col(User.name), col(Substitution.until_on))
        .join(User, col(User.id) == Substitution.absent_id)
        .where(*_counts_for(actor))
        .order_by(col(Substitution.until_on))
    ).all()
    return {absent_id: DeputisedColleague(name, until_on) for absent_id, name, until_on in rows}


def phase_on(from_on: date, until_on: date, day: date, *, is_ended: bool) -> Phase:
    """Whether a substitution holds on ``day``, is still to come, or is over."""
    if is_ended or until_on < day:
        return "past"
    return "coming" if from_on > day else "current"


def _counts_for(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Substitution.deputy_id) == actor.id,
        col(Substitution.from_on) <= actor.day,
        col(Substitution.until_on) >= actor.day,
        col(Substitution.ended_at).is_(None),
    )


def _check_days(from_on: date, until_on: date, today: date) -> None:
    if until_on < from_on:
        raise InvalidInputError(_("The last day lies before the first one."), field="until_on")
    if until_on < today:
        raise InvalidInputError(_("The last day is over already."), field="until_on")
    if until_on - from_on > LONGEST:
        raise InvalidInputError(
            _("At most six months. For longer, please hand the cases over."), field="until_on"
        )
    if from_on - today > FARTHEST_AHEAD:
        raise InvalidInputError(_("At most a year ahead."), field="from_on")
