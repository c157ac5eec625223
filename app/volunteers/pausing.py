"""A break that a provider takes with an offer: told by itself, ended by itself or on the day told.

Nothing is committed here. While it lasts the offer is paused: nobody finds it or is referred to it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.directory.editing import change_offer
from app.directory.history import Author
from app.directory.models import Offer
from app.volunteers.models import OfferPause

LONGEST: Final = timedelta(days=366)
JOB_AUTHOR: Final = Author("Lotsenbuch")


def pause_offer(
    session: Session, author: Author, offer_id: str, until: date | None, today: date
) -> None:
    """Pause a published offer to the end of ``until``; one that is paused gets the new day.

    Raises `InvalidInputError` for a day that has passed or lies more than a year ahead.
    """
    if until is not None and not today <= until <= today + LONGEST:
        raise InvalidInputError(_("Please name a day within the next year."), field="until")
    pause = session.get(OfferPause, offer_id)
    if pause is None:
        pause = OfferPause(offer_id=offer_id, since=today)
    pause.until = until
    session.add(pause)
    if session.get_one(Offer, offer_id).status != "paused":
        change_offer(session, author, offer_id, {"status": "paused"}, "edit")
    session.flush()


def resume_offer(session: Session, author: Author, offer_id: str) -> None:
    """End the break: the offer is found again. Without a break nothing happens."""
    pause = session.get(OfferPause, offer_id)
    if pause is not None:
        session.delete(pause)
    # An editor may have taken it out meanwhile: that stays.
    if session.get_one(Offer, offer_id).status == "paused":
        change_offer(session, author, offer_id, {"status": "published"}, "edit")
    session.flush()


def find_pauses(session: Session, offer_ids: list[str]) -> dict[str, OfferPause]:
    """The breaks of these offers, by offer."""
    rows = session.exec(select(OfferPause).where(col(OfferPause.offer_id).in_(offer_ids))).all()
    return {row.offer_id: row for row in rows}


def resume_due(session: Session, today: date) -> int:
    """End every break whose last day has passed; how many."""
    due = session.exec(select(OfferPause).where(col(OfferPause.until) < today)).all()
    for pause in due:
        resume_offer(session, JOB_AUTHOR, pause.offer_id)
    return len(due)
