"""Distances: a fast one to filter and score with, and the exact one that is shown.

Both are as the crow flies. On the product's scale they differ by less than 0.5 %.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from geopy.distance import geodesic

Position = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""

SPHERE_RADIUS_KM = 6381.0
"""The earth's mean radius of curvature at 49° north, where the product is used (WGS 84)."""

FloatArray = npt.NDArray[np.float64]


def great_circle_km(
    position: Position, latitudes: npt.ArrayLike, longitudes: npt.ArrayLike
) -> FloatArray:
    """Distances in km from ``position`` to many points.

    ``latitudes`` and ``longitudes`` are degrees of one shape, which the answer has too. A point that
    is NaN has the distance NaN.
    """
    latitude, longitude = np.radians(position[0]), np.radians(position[1])
    to_latitude = np.radians(np.asarray(latitudes, dtype=np.float64))
    to_longitude = np.radians(np.asarray(longitudes, dtype=np.float64))
    haversine = (
        np.sin((to_latitude - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(to_latitude) * np.sin((to_longitude - longitude) / 2) ** 2
    )
    # Rounding may lift opposite points a hair above 1, where the arc sine is not defined.
    return np.asarray(2 * SPHERE_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(haversine, 1.0))))


def shown_distance_km(one: Position, other: Position) -> float:
    """The geodesic distance in km on the WGS 84 ellipsoid; about 0.2 ms, so only for what is shown."""
    return float(geodesic(one, other).km)
