"""What an entry is, for search engines: schema.org as JSON-LD. Reads nothing.

Only what the directory knows is said; what is unknown is left out. Entries are as everybody may see
them (`app.directory.public_pages`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from app.core.day_times import clock_time_of
from app.directory.codes import PRECISE
from app.directory.models import Offer, Place, Provider
from app.directory.queries import OfferPage, ProviderPage
from app.directory.timetable import WeeklyTime

CONTEXT: Final = "https://schema.org"
COURSE_KINDS: Final = frozenset({"language_course", "education"})
_CENTS_PER_EURO: Final = 100
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MIDNIGHT: Final = 1440

Data = dict[str, Any]


def as_script(data: Data) -> Markup:
    """``data`` for a script element of type ``application/ld+json``; nothing in it can end it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  every sign that means something in HTML is written as its number


def offer_data(page: OfferPage, base_url: str, address: str) -> Data:
    """A public offer: a `Course`, a `GovernmentService` or a `Service`.

    ``address`` is that of its page, ``base_url`` that of this instance without a slash at the end.
    """
    offer = page.offer
    about: Data = {
        "@context": CONTEXT,
        "@type": _type_of(offer.kind),
        "@id": address,
        "url": address,
        "name": offer.title,
        "description": offer.description or None,
        "provider": _organization(page.provider, f"{base_url}/wegweiser/anbieter/{page.provider.id}"),
        "offers": _price(offer.cost_cents),
    }
    if offer.kind in COURSE_KINDS:
        about |= {
            "inLanguage": list(offer.instruction_languages),
            "hasCourseInstance": _course_instance(page),
        }
    else:
        about |= {
            "availableChannel": _channel(page),
            "hoursAvailable": _hours(page.timetable.weekly, offer.starts_on, offer.ends_on),
        }
    return _without_gaps(about)


def provider_data(page: ProviderPage, address: str) -> Data:
    """A provider with public offers."""
    places = [_place(place) for place in page.places]
    parent = page.parent
    return _without_gaps(
        {
            "@context": CONTEXT,
            **_organization(page.provider, address),
            "description": page.provider.description or None,
            "location": places,
            "parentOrganization": {"@type": "Organization", "name": parent.name} if parent else None,
        }
    )


def _type_of(kind: str) -> str:
    if kind in COURSE_KINDS:
        return "Course"
    return "GovernmentService" if kind == "authority" else "Service"


def _organization(provider: Provider, address: str) -> Data:
    return {
        "@type": "Organization",
        "@id": address,
        "name": provider.name,
        "url": provider.website or address,
        "telephone": provider.phone,
        "email": provider.email,
    }


def _course_instance(page: OfferPage) -> Data | None:
    offer = page.offer
    schedules = [_schedule(time, offer) for time in page.timetable.weekly if not time.has_rhythm]
    instance = {
        "startDate": _day(offer.starts_on),
        "endDate": _day(offer.ends_on),
        "location": [_place(place) for place in page.places],
        "courseSchedule": schedules,
    }
    known = _without_gaps(instance)
    return {"@type": "CourseInstance", "name": offer.title, **known} if known else None


def _schedule(time: WeeklyTime, offer: Offer) -> Data:
    return {
        "@type": "Schedule",
        "repeatFrequency": "P1W",
        "byDay": f"{CONTEXT}/{_DAYS[time.weekday - 1]}",
        "startTime": clock_time_of(time.from_minute),
        "endTime": _end_of(time),
        "startDate": _day(offer.starts_on),
        "endDate": _day(offer.ends_on),
        "scheduleTimezone": "Europe/Berlin",
    }


def _channel(page: OfferPage) -> Data | None:
    offer = page.offer
    places = [_place(place) for place in page.places]
    known = _without_gaps(
        {
            "serviceLocation": places,
            "servicePhone": _contact_point(offer.contact_phone),
            "availableLanguage": list(
                dict.fromkeys([*offer.instruction_languages, *offer.onsite_languages])
            ),
        }
    )
    return {"@type": "ServiceChannel", **known} if known else None


def _contact_point(phone: str | None) -> Data | None:
    return {"@type": "ContactPoint", "telephone": phone} if phone else None


def _hours(weekly: Iterable[WeeklyTime], first_on: date | None, last_on: date | None) -> list[Data]:
    """The times of every week; those in another rhythm cannot be said in these words."""
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": f"{CONTEXT}/{_DAYS[time.weekday - 1]}",
            "opens": clock_time_of(time.from_minute),
            "closes": _end_of(time),
            "validFrom": _day(first_on),
            "validThrough": _day(last_on),
        }
        for time in weekly
        if not time.has_rhythm
    ]


def _end_of(time: WeeklyTime) -> str:
    return "23:59" if time.to_minute == _MIDNIGHT else clock_time_of(time.to_minute)


def _place(place: Place) -> Data:
    street = " ".join(filter(None, [place.street, place.house_number]))
    address = {
        "streetAddress": street or None,
        "postalCode": place.plz,
        "addressLocality": place.town,
    }
    known = _without_gaps(address)
    is_precise = place.precision in PRECISE and place.latitude is not None
    return {
        "@type": "Place",
        "name": place.name,
        "address": {"@type": "PostalAddress", **known, "addressCountry": "DE"} if known else None,
        "geo": {
            "@type": "GeoCoordinates",
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
        if is_precise
        else None,
    }


def _price(cost_cents: int | None) -> Data | None:
    if cost_cents is None:
        return None
    price = f"{cost_cents / _CENTS_PER_EURO:.2f}"
    return {"@type": "Offer", "price": price, "priceCurrency": "EUR"}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _without_gaps(data: Data) -> Data:
    """``data`` without what is unknown, all the way down."""
    kept = {key: _filled(value) for key, value in data.items()}
    return {key: value for key, value in kept.items() if value not in (None, [], {})}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_gaps(value)
    return [_filled(one) for one in value] if isinstance(value, list) else value
