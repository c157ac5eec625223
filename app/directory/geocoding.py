"""Positions for places: offline from districts and postal codes, on request from a geocoder.

A geocoder is an outside service: it may be asked about public addresses of providers only, never
about a client's. That is why it takes a `PublicAddress`, which only a public `PlaceRecord` of the
directory can become. It is off unless ``LOTSENBUCH_GEOCODER_URL`` names a server.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from geopy.exc import GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import Nominatim
from geopy.location import Location

from app.directory.codes import GeoPrecision
from app.directory.distance import shown_distance_km
from app.directory.places import Gazetteer, load_places, shipped_gazetteer
from app.directory.postal_codes import position_of_plz
from app.directory.records import PlaceRecord
from app.settings import Settings, SettingsError

__all__ = [
    "FoundPosition",
    "Geocoder",
    "PublicAddress",
    "build_geocoder",
    "find_town_of_plz",
    "locate",
    "position_of_plz",
]

log = logging.getLogger(__name__)

USER_AGENT = "lotsenbuch"
MIN_DELAY_SECONDS = 1.0
"""Usage policy of the public Nominatim server: at most one request a second."""
TIMEOUT_SECONDS = 5.0
MAX_KM_FROM_PLZ = 25.0
"""An answer farther from the centre of its postal code is another place of the same name."""


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """A provider's address that is public anyway. Build it with `of`, from the directory only."""

    street: str
    house_number: str | None
    plz: str | None
    town: str | None

    @classmethod
    def of(cls, place: PlaceRecord) -> PublicAddress | None:
        """The address of a public place, or `None`: not public, or not enough to look it up."""
        if place.visibility != "public" or not place.street or not (place.plz or place.town):
            return None
        return cls(place.street, place.house_number, place.plz, place.town)


@dataclass(frozen=True, slots=True)
class FoundPosition:
    """What the geocoder found."""

    latitude: float
    longitude: float
    precision: Literal["exact", "street"]


class Geocoder:
    """Asks a Nominatim server, at most once in ``min_delay_seconds``."""

    def __init__(
        self,
        url: str,
        *,
        min_delay_seconds: float = MIN_DELAY_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """``url`` of the server, with or without a path; raises `SettingsError` if it is none."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError("LOTSENBUCH_GEOCODER_URL is not a web address (http:// or https://).")
        nominatim = Nominatim(
            user_agent=USER_AGENT,
            scheme=parts.scheme,
            domain=f"{parts.netloc}{parts.path}",
            timeout=timeout_seconds,
        )
        # No retries and no swallowing: on both the limiter would log the address.
        self._ask = RateLimiter(
            nominatim.geocode,
            min_delay_seconds=min_delay_seconds,
            max_retries=0,
            swallow_exceptions=False,
        )

    def find_position(self, address: PublicAddress) -> FoundPosition | None:
        """The position of ``address``, to the street or better; `None` when not found or no answer."""
        question = {
            "street": " ".join(filter(None, (address.house_number, address.street))),
            "postalcode": address.plz,
            "city": address.town,
        }
        try:
            answer = self._ask(
                {name: value for name, value in question.items() if value}, country_codes="de"
            )
            found = None if answer is None else _found(answer)
        except (GeopyError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
            log.warning("the geocoder gave no usable answer (%s)", type(error).__name__)
            return None
        if found is None or _is_far_from_plz(found, address.plz):
            return None
        return found


def build_geocoder(settings: Settings) -> Geocoder | None:
    """The geocoder of these settings; `None`: off, nothing leaves the house."""
    return None if settings.geocoder_url is None else Geocoder(settings.geocoder_url)


def locate(
    place: PlaceRecord, geocoder: Geocoder | None = None, gazetteer: Gazetteer | None = None
) -> PlaceRecord:
    """``place`` with a position, if one can be found; one that it has is kept.

    Tried in this order: the geocoder (if there is one and the place is public), the district, the
    postal code, the town. The precision tells which it was.
    """
    if place.latitude is not None:
        return place
    address = PublicAddress.of(place) if geocoder is not None else None
    if geocoder is not None and address is not None:
        found = geocoder.find_position(address)
        if found is not None:
            return _placed(place, (found.latitude, found.longitude), found.precision)
    known = gazetteer or shipped_gazetteer()
    if place.district and (district := known.find_district(place.district, place.town, place.plz)):
        return _placed(place, district.position, "district")
    if place.plz and (position := position_of_plz(place.plz)):
        return _placed(place, position, "postal_code")
    if place.town and (town := known.find_town(place.town)):
        return _placed(place, town.position, "town")
    return place


def find_town_of_plz(plz: str) -> str | None:
    """The town that a postal code belongs to, as far as the shipped list of places knows it."""
    towns = {place.name for place in load_places() if place.kind == "town" and plz in place.plz}
    return towns.pop() if len(towns) == 1 else None


def _placed(place: PlaceRecord, position: tuple[float, float], precision: GeoPrecision) -> PlaceRecord:
    latitude, longitude = position
    return place.model_copy(
        update={"latitude": latitude, "longitude": longitude, "precision": precision}
    )


def _found(location: Location) -> FoundPosition | None:
    """Only a house or a street: the middle of a town is no better than the postal code."""
    kind = (location.raw.get("class") or location.raw.get("category"), location.raw.get("type"))
    if kind[0] == "highway":
        return FoundPosition(float(location.latitude), float(location.longitude), "street")
    if kind[0] == "boundary" or (kind[0] == "place" and kind[1] != "house"):
        return None
    return FoundPosition(float(location.latitude), float(location.longitude), "exact")


def _is_far_from_plz(found: FoundPosition, plz: str | None) -> bool:
    centre = position_of_plz(plz) if plz else None
    if centre is None:
        return False
    return shown_distance_km(centre, (found.latitude, found.longitude)) > MAX_KM_FROM_PLZ
