"""What the calendar feeds say of an offer, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from app.core.errors import NotFoundError
from app.core.i18n import gettext as _
from app.directory.calendars import CalendarOffer
from app.directory.models import Place
from app.directory.publicity import PROTECTED, is_public_place
from app.directory.queries import OfferCard

COURSE_KINDS: Final = frozenset({"language_course", "education"})
"""Kinds whose start and deadline are worth a day in the calendar."""


def calendar_offer_of(card: OfferCard, path: str) -> CalendarOffer:
    """``card`` for `app.directory.calendars.build_calendar`; ``path`` is the address of its page.

    Only public addresses are named. Raises `NotFoundError` for a protected offer, which has no feed: a
    calendar leaves the house.
    """
    if card.visibility == PROTECTED:
        raise NotFoundError("a protected offer has no feed")
    addresses = {
        place.id: _address(place) for place in card.places if is_public_place(place.visibility)
    }
    by_key = {place.key: addresses[place.id] for place in card.places if place.id in addresses}
    return CalendarOffer(
        offer_id=card.id,
        title=card.title,
        provider=card.provider_name,
        path=path,
        timetable=card.timetable,
        updated_at=card.updated_at,
        location=next(iter(addresses.values()), None) if len(card.places) == 1 else None,
        locations=addresses | by_key,
        days=tuple(_marked_days(card)),
    )


def calendar_of_referral(
    card: OfferCard, referral_id: str, starts_on: date | None, *, path: str, is_discreet: bool
) -> CalendarOffer:
    """The dates of an offer for one client's own calendar, from ``starts_on`` (the first day, if told).

    Of what is confidential or protected it names neither title nor place, and nobody can tell the offer
    from the keys of its events: a telephone is looked at by others.
    """
    first_on = max(filter(None, (starts_on, card.timetable.starts_on)), default=None)
    timetable = replace(card.timetable, starts_on=first_on)
    if not is_discreet and card.visibility != PROTECTED:
        return replace(
            calendar_offer_of(card, path), offer_id=referral_id, timetable=timetable, days=()
        )
    silent = tuple(replace(time, place=None, note=None) for time in timetable.weekly)
    days = tuple(replace(day, place=None, note=None) for day in timetable.exceptions)
    return CalendarOffer(
        offer_id=referral_id,
        title=_("Appointment"),
        provider="",
        path="/",
        timetable=replace(timetable, weekly=silent, exceptions=days),
        updated_at=card.updated_at,
    )


def has_dates(card: OfferCard) -> bool:
    """Whether a calendar has anything to hold."""
    return bool(card.timetable.weekly or card.timetable.extra)


def _marked_days(card: OfferCard) -> list[tuple[str, date, str]]:
    is_course = card.kind in COURSE_KINDS
    days = []
    if card.starts_on and (is_course or not card.sessions):
        days.append(("start", card.starts_on, _("Start: %(title)s", title=card.title)))
    if card.registration_deadline:
        words = _("Last day to register: %(title)s", title=card.title)
        days.append(("deadline", card.registration_deadline, words))
    return days


def _address(place: Place) -> str:
    street = " ".join(filter(None, [place.street, place.house_number]))
    town = " ".join(filter(None, [place.plz, place.town]))
    return ", ".join(filter(None, [place.name, street, town]))
