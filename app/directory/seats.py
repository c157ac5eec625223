"""Seats as they are told, mostly on the phone: how many, who said so, and how old that is."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError
from app.directory.differences import FieldChange
from app.directory.editing import change_offer
from app.directory.history import Author
from app.directory.models import DirectoryChange, Offer

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


def book_seat(session: Session, offer_id: str) -> bool | None:
    """Take one of the free seats, at once and for good also when others try; whether there was one.

    `None`: nobody knows how many seats are free, so nothing is counted. It changes no entry's history:
    that tells what people said of the offer, and this is what happens with its seats.
    """
    taken = session.execute(
        update(Offer)
        .where(col(Offer.id) == offer_id, col(Offer.seats_booked) < col(Offer.seats_max))
        .values(seats_booked=col(Offer.seats_booked) + 1)
        .execution_options(synchronize_session=False)
    )
    if isinstance(taken, CursorResult) and taken.rowcount:
        _note_change(session, offer_id)
        return True
    known = select(Offer.seats_max, Offer.seats_booked).where(col(Offer.id) == offer_id)
    return None if None in session.exec(known).one() else False


def give_seat_back(session: Session, offer_id: str) -> None:
    """Free a seat that `book_seat` took."""
    session.execute(
        update(Offer)
        .where(col(Offer.id) == offer_id, col(Offer.seats_booked) > 0)
        .values(seats_booked=col(Offer.seats_booked) - 1)
        .execution_options(synchronize_session=False)
    )
    _note_change(session, offer_id)


def _note_change(session: Session, offer_id: str) -> None:
    offer = session.get(Offer, offer_id)
    if offer is not None:
        session.refresh(offer, ["seats_booked"])
    session.add(DirectoryChange(offer_id=offer_id))
