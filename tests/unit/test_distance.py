"""The fast distance and the shown one agree."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.directory.distance import great_circle_km, shown_distance_km

ESSLINGEN = (48.741, 9.307)
LEIPZIG = (51.340, 12.375)

germany = st.tuples(st.floats(47.2, 55.1), st.floats(5.8, 15.1))


@given(germany, germany)
def test_the_fast_distance_differs_by_less_than_half_a_percent(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    shown = shown_distance_km(one, other)
    assume(shown > 0.01)
    assert great_circle_km(one, other[0], other[1]) == pytest.approx(shown, rel=0.005)


@given(germany, germany)
def test_the_way_back_is_as_long(one: tuple[float, float], other: tuple[float, float]) -> None:
    there = float(great_circle_km(one, *other))
    assert there == pytest.approx(float(great_circle_km(other, *one)), abs=1e-9)
    assert there >= 0


def test_a_known_distance() -> None:
    assert shown_distance_km(ESSLINGEN, LEIPZIG) == pytest.approx(361, abs=3)


def test_the_answer_has_the_shape_of_the_points_and_keeps_what_is_unknown() -> None:
    latitudes = np.array([[48.741, np.nan], [51.340, 48.8]])
    longitudes = np.array([[9.307, np.nan], [12.375, 9.3]])
    distances = great_circle_km(ESSLINGEN, latitudes, longitudes)
    assert distances.shape == (2, 2)
    assert distances[0, 0] == 0
    assert math.isnan(distances[0, 1])


def test_no_point_gives_no_distance() -> None:
    assert great_circle_km(ESSLINGEN, [], []).shape == (0,)


def test_the_other_side_of_the_earth_is_no_error() -> None:
    assert great_circle_km((0.0, 0.0), 0.0, 180.0) == pytest.approx(math.pi * 6381, rel=1e-6)
