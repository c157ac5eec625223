"""Filters and counts over the columns of the offer table. Pure numpy.

A filter answers two things for each offer: does it hold, and is that unknown because the directory
does not say. An unknown offer is left out, but counted, so that a page can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS, SEXES
from app.directory.offer_table import UNKNOWN, BoolColumn, OfferTable
from app.search.types import SearchQuery
from app.search.understanding import SAME_LANGUAGE

DISTANCE_BANDS_KM = (1, 2, 5, 10, 25, 50)
_LANGUAGE_COURSE = OFFER_KINDS.index("language_course")
_FEMALE = SEXES.index("female")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter's answer for every offer."""

    holds: BoolColumn
    is_unknown: BoolColumn | None = None
    """Where the directory does not say; `None`: it always does."""


def same_languages(tags: Iterable[str], vocabulary: Iterable[str]) -> tuple[str, ...]:
    """The tags of ``vocabulary`` that mean one of ``tags``, dialects and close relatives included."""
    wanted = set(tags)
    for tag in tuple(wanted):
        for group in SAME_LANGUAGE:
            if tag in group:
                wanted |= group
    return tuple(tag for tag in vocabulary if tag in wanted or tag.partition("-")[0] in wanted)


def has_level(table: OfferTable, level: str) -> BoolColumn:
    """Courses that lead to ``level`` or start from it (``none``: open to those without German)."""
    number = LEVELS.index(level)
    is_course = table.kind == _LANGUAGE_COURSE
    leads_to = np.zeros_like(is_course) if number == 0 else table.target_level == number
    return np.asarray(is_course & (leads_to | (table.entry_level == number)), dtype=np.bool_)


def build_filters(
    query: SearchQuery, table: OfferTable, distances: npt.NDArray[np.float64] | None
) -> dict[str, Filter]:
    """The filters of ``query`` that are set, by the name of the facet they belong to.

    ``distances`` are in km to the nearest place of each offer, NaN where unknown.
    """
    filters: dict[str, Filter] = {}
    if query.kinds:
        filters["kind"] = Filter(_is_any(table.kind, OFFER_KINDS, query.kinds))
    if query.course_kinds:
        filters["course_kind"] = Filter(_is_any(table.course_kind, COURSE_KINDS, query.course_kinds))
    if query.levels:
        holds = reduce(np.logical_or, (has_level(table, level) for level in query.levels))
        unknown = (table.entry_level == UNKNOWN) & (table.target_level == UNKNOWN)
        filters["level"] = Filter(holds, unknown & (table.kind == _LANGUAGE_COURSE))
    if query.languages:
        tags = same_languages(query.languages, table.languages.vocabulary)
        filters["language"] = Filter(table.languages.any_of(tags), table.languages.is_empty)
    if query.weekdays:
        bits = np.uint8(sum({1 << (day - 1) for day in query.weekdays}))
        filters["weekday"] = Filter((table.weekdays & bits) != 0, table.weekdays == 0)
    if distances is not None and query.max_km is not None:
        filters["distance"] = Filter(distances <= query.max_km, np.isnan(distances))
    filters.update((name, f) for name, f in build_extras(table).items() if _is_wanted(query, name))
    return filters


def build_extras(table: OfferTable) -> dict[str, Filter]:
    """The filters that are either on or off."""
    return {
        "free_seats": Filter(table.seats_free > 0, table.seats_free == UNKNOWN),
        "step_free": Filter(table.step_free == 1, table.step_free == UNKNOWN),
        "childcare": Filter(table.childcare == 1, table.childcare == UNKNOWN),
        "women_only": Filter(table.sex == _FEMALE),
    }


def _is_wanted(query: SearchQuery, name: str) -> bool:
    return {
        "free_seats": query.free_seats_only,
        "step_free": query.step_free,
        "childcare": query.childcare,
        "women_only": query.women_only,
    }[name]


def _is_any(column: npt.NDArray[np.int8], codes: tuple[str, ...], wanted: Iterable[str]) -> BoolColumn:
    return np.isin(column, [codes.index(code) for code in wanted])


def combine(filters: Mapping[str, Filter], found: BoolColumn, without: str = "") -> BoolColumn:
    """Where all filters hold but the one named ``without``, among those ``found``."""
    mask = found
    for name, one in filters.items():
        if name != without:
            mask = mask & one.holds
    return mask


def count_unknown(filters: Mapping[str, Filter], found: BoolColumn) -> dict[str, int]:
    """Filter → offers that only this filter leaves out, because the directory does not say."""
    counts: dict[str, int] = {}
    for name, one in filters.items():
        if one.is_unknown is not None:
            number = int(np.count_nonzero(combine(filters, found, name) & one.is_unknown & ~one.holds))
            if number:
                counts[name] = number
    return counts


def count_facets(
    table: OfferTable,
    filters: Mapping[str, Filter],
    found: BoolColumn,
    distances: npt.NDArray[np.float64] | None,
) -> dict[str, dict[str, int]]:
    """How many offers each value would give; see `SearchAnswer.facets`. Zeros are left out."""
    everything = combine(filters, found)

    def base(name: str) -> BoolColumn:
        return combine(filters, found, name) if name in filters else everything

    counts = {
        "kind": _count_codes(table.kind[base("kind")], OFFER_KINDS),
        "course_kind": _count_codes(table.course_kind[base("course_kind")], COURSE_KINDS),
        "level": _count(LEVELS, lambda level: has_level(table, level) & base("level")),
        "language": _count_languages(table, base("language")),
        "weekday": _count_weekdays(table.weekdays[base("weekday")]),
        "extra": {
            name: number
            for name, one in build_extras(table).items()
            if (number := int(np.count_nonzero(one.holds & base(name))))
        },
    }
    if distances is not None:
        near = distances[base("distance")]
        bands = {str(km): int(np.count_nonzero(near <= km)) for km in DISTANCE_BANDS_KM}
        counts["distance"] = {band: number for band, number in bands.items() if number}
    return counts


def _count_codes(column: npt.NDArray[np.int8], codes: tuple[str, ...]) -> dict[str, int]:
    numbers = np.bincount(column[column >= 0], minlength=len(codes))
    return {code: int(number) for code, number in zip(codes, numbers, strict=True) if number}


def _count(values: Iterable[str], mask: Callable[[str], BoolColumn]) -> dict[str, int]:
    return {value: number for value in values if (number := int(np.count_nonzero(mask(value))))}


def _count_languages(table: OfferTable, base: BoolColumn) -> dict[str, int]:
    masks = table.languages.masks[base]
    counts: dict[str, int] = {}
    for position, tag in enumerate(table.languages.vocabulary):
        bit = np.uint64(1 << (position % 64))
        number = int(np.count_nonzero(masks[:, position // 64] & bit))
        if number:
            counts[tag] = number
    return counts


def _count_weekdays(masks: npt.NDArray[np.uint8]) -> dict[str, int]:
    numbers = np.bincount(masks, minlength=256)
    days = {str(day): int(numbers[np.arange(256) >> (day - 1) & 1 == 1].sum()) for day in range(1, 8)}
    return {day: number for day, number in days.items() if number}
