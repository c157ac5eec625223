"""What an editor should still complete, once somebody has looked at an entry. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.directory.codes import EntryFlag
from app.directory.postal_codes import position_of_plz
from app.directory.records import OfferRecord, PlaceRecord


def remaining_flags(offer: OfferRecord, places: Mapping[str, PlaceRecord]) -> tuple[EntryFlag, ...]:
    """The flags of ``offer`` that are still true after an editor saved it.

    ``places``: those of the provider, by key. Kind and website have been looked at, whatever they are.
    """
    used = [places[key] for key in offer.places if key in places]
    still_true: dict[EntryFlag, bool] = {
        "topic_missing": not offer.topics,
        "place_missing": not used,
        "position_unknown": bool(used) and all(place.latitude is None for place in used),
        "postal_code_unknown": _has_unknown_plz(used),
        "category_unknown": False,
        "website_invalid": False,
    }
    return tuple(flag for flag in offer.flags if still_true[flag])


def remaining_provider_flags(
    flags: Sequence[EntryFlag], places: Sequence[PlaceRecord]
) -> tuple[EntryFlag, ...]:
    """The flags of a provider that are still true after an editor saved it with these places."""
    still_true: dict[EntryFlag, bool] = {
        "place_missing": not places,
        "position_unknown": bool(places) and all(place.latitude is None for place in places),
        "postal_code_unknown": _has_unknown_plz(places),
    }
    return tuple(flag for flag in flags if still_true.get(flag, False))


def _has_unknown_plz(places: Sequence[PlaceRecord]) -> bool:
    return any(place.plz is None or position_of_plz(place.plz) is None for place in places)
