"""Loads the timetables of the offers whose dates follow from more than weekdays, start and end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlmodel import Session, col

from app.directory.models import Offer, OfferSession
from app.directory.timetable import MINUTES_PER_DAY, Timetable, timetable_of_rows

_EMPTY_LIST_CHARACTERS = len("[]")


def load_timetables(session: Session, ids: Sequence[str] | None = None) -> dict[str, Timetable]:
    """Offer id → timetable, of the published offers that are not plain; of ``ids`` only these."""
    special = _special_offers(ids)
    times: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(
        select(
            col(OfferSession.offer_id),
            col(OfferSession.place_id),
            col(OfferSession.weekday),
            col(OfferSession.from_minute),
            col(OfferSession.to_minute),
            col(OfferSession.note),
            col(OfferSession.languages),
            col(OfferSession.every_weeks),
            col(OfferSession.from_on),
            col(OfferSession.nth_in_month),
        ).where(col(OfferSession.offer_id).in_(special))
    ):
        times[row.offer_id].append(row)
    offers = session.execute(
        select(
            col(Offer.id),
            col(Offer.terms),
            col(Offer.exceptions),
            col(Offer.on_public_holidays),
            col(Offer.starts_on),
            col(Offer.ends_on),
            col(Offer.individual_entry),
            col(Offer.by_appointment),
        ).where(col(Offer.id).in_(special))
    )
    made = {row.id: timetable_of_rows(row, times[row.id]) for row in offers}
    return {offer_id: timetable for offer_id, timetable in made.items() if not timetable.is_plain}


def _special_offers(ids: Sequence[str] | None) -> Any:
    """A query of the offers that may not be plain."""
    in_rhythm = select(col(OfferSession.offer_id)).where(
        or_(
            col(OfferSession.every_weeks) > 1,
            col(OfferSession.nth_in_month).is_not(None),
            col(OfferSession.to_minute) == MINUTES_PER_DAY,
        )
    )
    special = select(col(Offer.id)).where(
        col(Offer.status) == "published",
        or_(
            func.length(cast(col(Offer.terms), Text)) > _EMPTY_LIST_CHARACTERS,
            func.length(cast(col(Offer.exceptions), Text)) > _EMPTY_LIST_CHARACTERS,
            col(Offer.on_public_holidays).is_(True),
            col(Offer.id).in_(in_rhythm),
        ),
    )
    return special if ids is None else special.where(col(Offer.id).in_(ids))
