"""What is kept of an offer when somebody is referred to it: enough to print the sheet again.

A snapshot holds nothing about the client. It keeps less of an offer that must not be recognised
(sensitive, or at a protected place): what is not kept can be printed by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.directory.codes import PRECISE
from app.directory.dates import closed_days, next_date, next_occurrence, occurrences
from app.directory.models import ContactPerson, Offer, OfferPhrase, Place, Provider
from app.directory.public_holidays import Holidays
from app.directory.timetable import Timetable, WeeklyTime

REASON_PHRASES = {
    "distance": "reason_near",
    "interest": "reason_interest",
    "language": "reason_language",
    "times": "reason_time",
}
"""The only reasons a sheet may name, with their phrase; it never says which interest or language."""

PROTECTED = "protected"
NEAR_KM = 3
"""Up to here a sheet says "near you"."""
AHEAD = timedelta(weeks=8)
"""How far ahead a sheet tells exceptions."""


class SessionTime(BaseModel):
    """A weekly time, minutes since midnight in Germany; weekday 1 = Monday."""

    model_config = ConfigDict(frozen=True)

    weekday: int = Field(ge=1, le=7)
    from_minute: int = Field(ge=0, lt=1440)
    to_minute: int = Field(gt=0, le=1440)
    note: str | None = None
    languages: tuple[str, ...] = ()
    """BCP 47 tags spoken at this time; empty: as on all others."""
    every_weeks: int = 1
    from_on: date | None = None
    nth_in_month: int | None = None
    """The rhythm, as in `app.directory.timetable.WeeklyTime`."""


class DaySpan(BaseModel):
    """Days in a row."""

    model_config = ConfigDict(frozen=True)

    first_on: date
    last_on: date


class SingleDate(BaseModel):
    """A further date, minutes since midnight."""

    model_config = ConfigDict(frozen=True)

    on: date
    from_minute: int
    to_minute: int


class OfferWords(BaseModel):
    """Title or description in another language than German."""

    model_config = ConfigDict(frozen=True)

    title: str | None = None
    description: str | None = None


class OfferSnapshot(BaseModel):
    """An offer as it was on the day of the referral. Keep it with ``model_dump(mode="json")``.

    Snapshots are kept for years: new fields need a default, and unknown ones are passed over.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    taken_on: date
    kind: str
    is_discreet: bool = False
    """Sensitive or protected: title, provider and every free text are left out."""
    is_protected: bool = False
    """The address is told by word of mouth only and is not in here."""
    title: str = ""
    """German; empty when discreet."""
    provider: str = ""
    description: str = ""
    """German, in plain words where the directory has them."""
    phrases: dict[str, OfferWords] = Field(default_factory=dict)
    """By BCP 47 tag."""
    place_name: str | None = None
    address_lines: tuple[str, ...] = ()
    directions: str | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Of the door: only kept when known to the street or better."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    visibility: str = "public"
    """Of the place."""
    page_address: str | None = None
    """Of the offer's page for everybody; never of a discreet offer."""
    sessions: tuple[SessionTime, ...] = ()
    by_appointment: bool = False
    schedule_note: str | None = None
    next_on: date | None = None
    next_from_minute: int | None = None
    """When it begins on that day."""
    closed: tuple[DaySpan, ...] = ()
    """When the weekly times fall out, within `AHEAD`."""
    extra: tuple[SingleDate, ...] = ()
    """Further dates within `AHEAD`."""
    starts_on: date | None = None
    ends_on: date | None = None
    registration_deadline: date | None = None
    cost_cents: int | None = Field(default=None, ge=0)
    """What the participant pays, in euro cents; `None`: unknown."""
    cost_note: str | None = None
    payer: str | None = None
    contact_name: str | None = None
    contact_role: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    required_documents: tuple[str, ...] = ()
    what_to_bring: str | None = None
    has_childcare: bool | None = None
    languages: tuple[str, ...] = ()
    """BCP 47 tags of what is spoken there."""
    reasons: tuple[str, ...] = ()
    """Codes out of `REASON_PHRASES`."""


def snapshot_of(
    offer: Offer,
    provider: Provider,
    place: Place | None,
    *,
    timetable: Timetable,
    holidays: Holidays,
    phrases: Iterable[OfferPhrase] = (),
    person: ContactPerson | None = None,
    reasons: Iterable[Mapping[str, Any]] = (),
    page_address: str | None = None,
    today: date,
    minute: int | None = None,
) -> OfferSnapshot:
    """The snapshot of ``offer`` at ``place`` (`None`: no place known), as it is ``today``.

    ``minute``: of the day; what has begun by then is not the next date (`None`: not looked at).

    ``person`` is whom the provider names; a person of the offer's own comes first. ``reasons`` are the
    reasons of the match (``{"code": …}``): the harmless codes are kept, without the facts behind them,
    and none of a discreet offer. ``page_address`` is where everybody can read about it, if they can;
    of a discreet offer it is not kept.
    """
    is_protected = PROTECTED in {offer.visibility, place.visibility if place else "public"}
    is_discreet = offer.is_sensitive or is_protected
    facts: dict[str, Any] = {
        "taken_on": today,
        "kind": offer.kind,
        "is_discreet": is_discreet,
        "is_protected": is_protected,
        "by_appointment": offer.by_appointment,
        "starts_on": offer.starts_on,
        "ends_on": offer.ends_on,
        "registration_deadline": offer.registration_deadline,
        "cost_cents": offer.cost_cents,
        "payer": offer.payer,
        "has_childcare": offer.has_childcare,
        "languages": _languages(offer, timetable),
        **_dates(_timetable_at(timetable, place), holidays, today, minute, with_notes=not is_discreet),
        **_contact(offer, provider, person, is_discreet=is_discreet),
    }
    if place is not None and not is_protected:
        facts |= _whereabouts(place)
    if not is_discreet:
        facts |= _description(offer, provider, place, phrases)
        facts["reasons"] = harmless_reasons(reasons)
        facts["page_address"] = page_address
    return OfferSnapshot(**facts)


def harmless_reasons(reasons: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The codes among ``reasons`` that a sheet may name and that its words are true of, in their order.

    "Near you" is said up to `NEAR_KM`; "your language" only of another one than German.
    """
    codes = (str(reason.get("code", "")) for reason in reasons if _is_true_on_paper(reason))
    return tuple(dict.fromkeys(code for code in codes if code in REASON_PHRASES))


def _is_true_on_paper(reason: Mapping[str, Any]) -> bool:
    match reason.get("code"):
        case "distance":
            return float(reason.get("km", 0)) <= NEAR_KM
        case "language":
            return set(reason.get("tags", ())) != {"de"}
        case _:
            return True


def _timetable_at(timetable: Timetable, place: Place | None) -> Timetable:
    """What of it holds at ``place``."""
    if place is None:
        return timetable
    here = {None, place.id, place.key}
    return replace(
        timetable,
        weekly=tuple(time for time in timetable.weekly if time.place in here),
        exceptions=tuple(one for one in timetable.exceptions if one.place in here),
    )


def _dates(
    timetable: Timetable,
    holidays: Holidays,
    today: date,
    minute: int | None,
    *,
    with_notes: bool,
) -> dict[str, Any]:
    """Everything about when."""
    until = today + AHEAD
    since = today
    found = next_occurrence(timetable, since, holidays)
    if minute is not None and found and found.day == today and found.from_minute <= minute:
        since = today + timedelta(days=1)
        found = next_occurrence(timetable, since, holidays)
    return {
        "sessions": [_session_time(time, with_note=with_notes) for time in timetable.weekly],
        "next_on": found.day if found else next_date(timetable, since, holidays),
        "next_from_minute": found.from_minute if found else None,
        "closed": [
            DaySpan(first_on=one.first_on, last_on=one.last_on)
            for one in closed_days(timetable, today, until, holidays)
        ],
        "extra": [
            SingleDate(on=one.day, from_minute=one.from_minute, to_minute=one.to_minute)
            for one in occurrences(replace(timetable, weekly=()), today, until, holidays)
        ],
    }


def _session_time(time: WeeklyTime, *, with_note: bool) -> SessionTime:
    return SessionTime(
        weekday=time.weekday,
        from_minute=time.from_minute,
        to_minute=time.to_minute,
        note=time.note if with_note else None,
        languages=time.languages,
        every_weeks=time.every_weeks,
        from_on=time.from_on,
        nth_in_month=time.nth_in_month,
    )


def _languages(offer: Offer, timetable: Timetable) -> tuple[str, ...]:
    at_times = (tag for time in timetable.weekly for tag in time.languages)
    return tuple(dict.fromkeys([*offer.instruction_languages, *offer.onsite_languages, *at_times]))


def _contact(
    offer: Offer, provider: Provider, person: ContactPerson | None, *, is_discreet: bool
) -> dict[str, str | None]:
    """Whom to ask: the offer's own person, else the provider's.

    A mail address names the organisation, a role its work, and whoever is named may be a team that
    does: all three are left out when discreet.
    """
    own = offer.contact_name or offer.contact_phone or offer.contact_email
    theirs = None if own else person
    name, role = (theirs.name, theirs.role) if theirs else (offer.contact_name, offer.contact_role)
    phone = offer.contact_phone or (theirs.phone if theirs else None) or provider.phone
    email = offer.contact_email or (theirs.email if theirs else None) or provider.email
    return {
        "contact_name": None if is_discreet else name,
        "contact_role": None if is_discreet else role,
        "contact_phone": phone,
        "contact_email": None if is_discreet else email,
    }


def _whereabouts(place: Place) -> dict[str, Any]:
    street = " ".join(filter(None, [place.street, place.house_number]))
    town = " ".join(filter(None, [place.plz, place.town]))
    if place.district and place.district != place.town:
        town = f"{town} ({place.district})" if town else place.district
    is_precise = place.precision in PRECISE
    return {
        "address_lines": tuple(filter(None, [street, town])),
        "latitude": place.latitude if is_precise else None,
        "longitude": place.longitude if is_precise else None,
        "visibility": place.visibility,
    }


def _description(
    offer: Offer, provider: Provider, place: Place | None, phrases: Iterable[OfferPhrase]
) -> dict[str, Any]:
    return {
        "title": offer.title,
        "provider": provider.name,
        "description": offer.plain_description or offer.description,
        "phrases": {
            phrase.language: OfferWords(title=phrase.title, description=phrase.description)
            for phrase in phrases
        },
        "place_name": place.name if place else None,
        "directions": place.directions if place else None,
        "schedule_note": offer.schedule_note,
        "cost_note": offer.cost_note,
        "required_documents": tuple(offer.required_documents),
        "what_to_bring": offer.what_to_bring,
    }
