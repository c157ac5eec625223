"""The hours that a volunteer gives, told by the volunteer, and what they add up to.

Nothing is committed here. The volunteer card of the state asks for 200 hours in twelve months
(Ehrenamtskarte Baden-Württemberg).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.volunteers.codes import HelpKind
from app.volunteers.models import VolunteerHours

CARD_MINUTES: Final = 200 * 60
LONGEST_AGO: Final = timedelta(days=731)
MOST_MINUTES: Final = 16 * 60
"""Of one day: more is a slip of the hand."""


class HoursTold(BaseModel):
    """Time given on one day. Validation needs the day: ``context={"today": date}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    given_on: date
    minutes: int = Field(ge=1, le=MOST_MINUTES)
    kind: HelpKind
    creation_key: Annotated[str, StringConstraints(min_length=1, max_length=36)]

    @field_validator("given_on")
    @classmethod
    def _is_past_and_near(cls, value: date, info: ValidationInfo) -> date:
        today: date = (info.context or {})["today"]
        if not today - LONGEST_AGO <= value <= today:
            words = _("Please name a day within the last two years.")
            raise PydanticCustomError("hours", "{words}", {"words": words})
        return value


def year_before(day: date) -> date:
    """The first day of the twelve months that end on ``day``."""
    try:
        return day.replace(year=day.year - 1) + timedelta(days=1)
    except ValueError:  # the 29th of February
        return date(day.year - 1, 3, 1)


def tell_hours(session: Session, provider_id: str, told: HoursTold) -> VolunteerHours:
    """Keep them; the form sent twice is kept once.

    Raises `InvalidInputError` when a day would have more than `MOST_MINUTES`.
    """
    of_day = select(func.coalesce(func.sum(VolunteerHours.minutes), 0)).where(
        VolunteerHours.provider_id == provider_id,
        VolunteerHours.given_on == told.given_on,
        VolunteerHours.creation_key != told.creation_key,
    )
    if session.exec(of_day).one() + told.minutes > MOST_MINUTES:
        raise InvalidInputError(_("More than 16 hours on one day: please check."), field="hours")
    row = VolunteerHours(provider_id=provider_id, **told.model_dump())
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        known: Any = select(VolunteerHours).where(VolunteerHours.creation_key == told.creation_key)
        return session.exec(known).one()  # type: ignore[no-any-return]  # one table is selected
    return row


def list_hours(
    session: Session, provider_id: str, since: date, until: date
) -> Sequence[VolunteerHours]:
    """What was given from ``since`` to ``until``, the newest first."""
    return session.exec(
        select(VolunteerHours)
        .where(
            VolunteerHours.provider_id == provider_id,
            col(VolunteerHours.given_on) >= since,
            col(VolunteerHours.given_on) <= until,
        )
        .order_by(col(VolunteerHours.given_on).desc(), col(VolunteerHours.created_at).desc())
    ).all()


def drop_hours(session: Session, provider_id: str, hours_id: str) -> None:
    """Take an entry back; raises `NotFoundError` for another's."""
    row = session.get(VolunteerHours, hours_id)
    if row is None or row.provider_id != provider_id:
        raise NotFoundError("no such hours")
    session.delete(row)
    session.flush()
