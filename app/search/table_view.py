"""What search prepares once per state of the offer table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from app.core.text import fold_phrase
from app.directory.distance import great_circle_km
from app.directory.freshness import STALE, freshness_codes
from app.directory.freshness_rules import FreshnessRules
from app.directory.interests import Taxonomy
from app.directory.next_dates import next_days
from app.directory.offer_table import UNKNOWN, BoolColumn, OfferTable
from app.directory.places import SAME_PLACE_KM, Gazetteer, load_places, places_of_directory
from app.search.suggestions import SuggestionList
from app.search.types import NearPoint, SearchSuggestion

NO_DATE: Final = int(np.iinfo(np.int32).max)


class TableView:
    """An offer table with what is derived from it on demand. Safe to share between threads."""

    def __init__(self, table: OfferTable, freshness: FreshnessRules) -> None:
        """``freshness`` says how long a confirmation holds."""
        self.table = table
        self._served: frozenset[str] | None = None
        self._freshness = freshness
        self._stale_on: dict[date, BoolColumn] = {}
        self._next_dates_on: dict[date, npt.NDArray[np.int32]] = {}

    @cached_property
    def title_rank(self) -> npt.NDArray[np.int64]:
        """The position of each offer when all are sorted by title."""
        order = sorted(range(len(self.table)), key=lambda row: (self._folded_titles[row], row))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return rank

    @cached_property
    def suggestions(self) -> SuggestionList:
        """Titles, providers and places for typing help."""
        return SuggestionList(self._entries())

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The places that may be named in a question."""
        return Gazetteer(load_places(), places_of_directory(self.table))

    def served_concepts(self, taxonomy: Taxonomy) -> frozenset[str]:
        """Concepts that an offer serves, by itself or by a narrower one."""
        if self._served is None:
            own = [key for key in self.table.topics.vocabulary if key in taxonomy]
            above = (parent for key in own for parent in taxonomy.ancestors(key))
            self._served = frozenset((*own, *above))
        return self._served

    def distances_km(self, latitude: float, longitude: float) -> npt.NDArray[np.float64]:
        """From a position to the nearest place of each offer; NaN where no place is known."""
        table = self.table
        distances = np.full(len(table) + 1, np.inf)
        each = great_circle_km((latitude, longitude), table.place_latitude, table.place_longitude)
        np.fmin.at(distances, self._offer_of_place, np.where(np.isnan(each), np.inf, each))
        nearest = distances[:-1]
        return np.where(np.isinf(nearest), np.nan, nearest)

    def is_in_place(self, near: NearPoint) -> BoolColumn | None:
        """Which offers take place in the town, district or postal code ``near`` names.

        A town counts with or without its addition ("am Neckar"). `None`: it is a point.
        """
        names = {
            "town": self.table.place_town,
            "district": self.table.place_district,
            "postal_code": self.table.place_plz,
        }.get(near.kind)
        if names is None:
            return None
        wanted = fold_phrase(near.label)
        same = {name for name in set(names) if _is_same_place(wanted, fold_phrase(name))}
        if near.kind == "district":  # of that name, and not the one of a town far away
            distances = great_circle_km(
                (near.latitude, near.longitude), self.table.place_latitude, self.table.place_longitude
            )
            near_enough = np.nan_to_num(distances, nan=np.inf) <= SAME_PLACE_KM
        else:
            near_enough = np.ones(len(names), dtype=np.bool_)
        places = [i for i, name in enumerate(names) if name in same and near_enough[i]]
        inside = np.zeros(len(self.table), dtype=np.bool_)
        inside[self._offer_of_place[places]] = True
        return inside

    def is_stale(self, today: date | None) -> BoolColumn:
        """Which offers nobody has confirmed for long; none when the day is not known."""
        if today is None:
            return np.zeros(len(self.table), dtype=np.bool_)
        stale = self._stale_on.get(today)
        if stale is None:
            stale = freshness_codes(self.table, today, self._freshness) >= STALE
            self._stale_on = {today: stale}
        return stale

    def next_dates(self, today: date) -> npt.NDArray[np.int32]:
        """The next date of each offer as an ordinal, `NO_DATE` where there is none or it is unknown."""
        dates = self._next_dates_on.get(today)
        if dates is None:
            days = next_days(self.table, today)
            dates = np.where(days == UNKNOWN, np.int32(NO_DATE), days)
            self._next_dates_on = {today: dates}
        return dates

    def is_named(self, text: str) -> BoolColumn:
        """Which offers have ``text`` for their whole title or provider's name."""
        named = np.zeros(len(self.table), dtype=np.bool_)
        named[self._rows_of_name.get(fold_phrase(text), [])] = True
        return named

    def nearest_place(self, row: int, latitude: float, longitude: float) -> int | None:
        """The position among the table's places of the offer's nearest one; `None`: none is known."""
        table = self.table
        start, end = int(table.place_start[row]), int(table.place_start[row + 1])
        each = great_circle_km(
            (latitude, longitude), table.place_latitude[start:end], table.place_longitude[start:end]
        )
        return None if np.isnan(each).all() else start + int(np.nanargmin(each))

    @cached_property
    def _offer_of_place(self) -> npt.NDArray[np.int64]:
        return np.repeat(np.arange(len(self.table)), np.diff(self.table.place_start))

    def contains(self, words: tuple[str, ...]) -> BoolColumn:
        """Whether title or provider contain each of the words: search without the index."""
        wanted = [fold_phrase(word) for word in words]
        texts = zip(self._folded_titles, self.table.provider_names, strict=True)
        hits = (
            all(word in text for word in wanted)
            for text in (f"{title} {_folded(name)}" for title, name in texts)
        )
        return np.fromiter(hits, dtype=np.bool_, count=len(self.table))

    @cached_property
    def _rows_of_name(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        names = zip(self._folded_titles, self.table.provider_names, strict=True)
        for row, (title, provider) in enumerate(names):
            for name in {title, _folded(provider)} - {""}:
                rows.setdefault(name, []).append(row)
        return rows

    @cached_property
    def _folded_titles(self) -> list[str]:
        return [_folded(title) for title in self.table.titles]

    def _entries(self) -> Iterator[SearchSuggestion]:
        table = self.table
        for offer_id, title in zip(table.ids, table.titles, strict=True):
            yield SearchSuggestion("offer", title, offer_id)
        for provider_id, name in zip(table.provider_ids, table.provider_names, strict=True):
            yield SearchSuggestion("provider", name, provider_id)
        for place in (*load_places(), *places_of_directory(table)):
            yield SearchSuggestion("place", place.name, place.name)


@lru_cache(maxsize=100_000)
def _folded(text: str) -> str:
    """`fold_phrase`, kept: after a change nearly all titles are what they were."""
    return fold_phrase(text)


def _is_same_place(one: str, other: str) -> bool:
    if one == other or not other:
        return one == other
    return one.startswith(f"{other} ") or other.startswith(f"{one} ")
