"""What a map shows: where offers take place, names of districts and towns, tiles if there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import url_for

from app.core.i18n import gettext as _
from app.directory.codes import PRECISE
from app.directory.models import Place
from app.directory.places import load_places
from app.directory.publicity import PROTECTED, is_public_place
from app.directory.queries import OfferCard
from app.settings import Settings
from app.web.forms.directory import DirectoryRequest, as_arguments

MAX_OFFERS_ON_MAP: Final = 200
"""More than a person can look at, and few enough for a phone."""


def map_address(wanted: DirectoryRequest, endpoint: str = "map.show") -> str:
    """The same search on the map."""
    values: dict[str, Any] = dict(as_arguments(wanted))
    return url_for(endpoint, **values)


def build_map(
    cards: Iterable[OfferCard], address_of: Callable[[str], str], settings: Settings
) -> dict[str, Any]:
    """The content of a map: one point for each place, the offers there, the words beside them.

    Protected offers and places are never on a map. Cards for outsiders hold public places only.
    """
    points: dict[tuple[float, float], dict[str, Any]] = {}
    offers: dict[str, dict[str, Any]] = {}
    for card in cards:
        for place in card.places:
            if not is_on_map(card.visibility, place):
                continue
            position = (round(place.latitude or 0.0, 5), round(place.longitude or 0.0, 5))
            point = points.setdefault(
                position,
                {"at": position, "where": address_words(place), "rough": False, "offers": []},
            )
            point["rough"] = point["rough"] or place.precision not in PRECISE
            if card.id not in point["offers"]:
                point["offers"].append(card.id)
            offers[card.id] = {
                "title": card.title,
                "provider": card.provider_name,
                "address": address_of(card.id),
                "internal": not (
                    is_public_place(card.visibility) and is_public_place(place.visibility)
                ),
            }
    tiles = (
        {"url": settings.tile_url, "credit": settings.tile_attribution} if settings.tile_url else None
    )
    return {"points": list(points.values()), "offers": offers, "names": _names(), "tiles": tiles}


def is_on_map(visibility: str, place: Place) -> bool:
    """Whether a place of an offer with this visibility has a point on a map for colleagues."""
    return place.latitude is not None and PROTECTED not in {visibility, place.visibility}


def address_words(place: Place) -> str:
    """The address in one line."""
    street = " ".join(filter(None, [place.street, place.house_number]))
    town = " ".join(filter(None, [place.plz, place.town]))
    return ", ".join(filter(None, [place.name, street, town]))


def map_words() -> dict[str, str]:
    """What the map says itself."""
    return {
        "map": _("Map of the offers"),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "close": _("Close"),
        "rough": _("position only roughly known"),
        "internal": _("internal"),
        "offers": _("offers"),
        "failed": _("The map could not be loaded. The list shows the same offers."),
    }


def _names() -> list[dict[str, Any]]:
    return [
        {"name": place.name, "at": place.position, "town": place.kind == "town"}
        for place in load_places()
    ]
