"""Seats as they are told, mostly on the phone: how many, who said so, and how old that is."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session

from app.core.errors import InvalidInputError
from app.directory.differences import FieldChange
from app.directory.editing import change_offer
from app.directory.history import Author

OLD_AFTER_DAYS: Final = 28
"""Seats of courses change within weeks: what is older says so."""


class SeatsReport(BaseModel):
    """What somebody said about the seats; `None`: they do not know, or did not say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seats_max: int | None = Field(default=None, ge=0, le=100_000)
    seats_free: int | None = Field(default=None, ge=0, le=100_000)
    has_waiting_list: bool | None = None
    told_by: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    told_on: date


def report_seats(
    session: Session, author: Author, offer_id: str, report: SeatsReport
) -> tuple[FieldChange, ...]:
    """Note what was said about an offer's seats; what changed.

    Raises `InvalidInputError` (free seats need the number of all seats, and cannot be more),
    `NotFoundError`.
    """
    booked = None
    if report.seats_free is not None:
        if report.seats_max is None:
            raise InvalidInputError("the number of all seats is missing", field="seats_max")
        if report.seats_free > report.seats_max:
            raise InvalidInputError("more seats are free than there are", field="seats_free")
        booked = report.seats_max - report.seats_free
    values = {
        "seats_max": report.seats_max,
        "seats_booked": booked,
        "has_waiting_list": report.has_waiting_list,
        "seats_told_on": report.told_on,
        "seats_told_by": report.told_by or None,
    }
    return change_offer(session, author, offer_id, values, "seats")


def is_old(told_on: date | None, today: date) -> bool:
    """Whether nobody has told the seats for long."""
    return told_on is None or (today - told_on).days > OLD_AFTER_DAYS
