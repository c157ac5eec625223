"""The published offers as numpy columns: what filters, facets and matching calculate with.

Pure: no database in here; `app.directory.table_loading` fills it and caches it per directory
revision. Lists of different length are stored as one flat array plus ``…_start`` (offer *i* owns the
slice ``start[i]:start[i + 1]``), sets as bit masks over a vocabulary.

Coding: a missing number is -1 (coordinates: NaN), yes/no/unknown is 1/0/-1, a day is its
proleptic ordinal (`date.toordinal`), a code is its position in the tuple of `app.directory.codes`, a
level is its position in `LEVELS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from app.directory.public_holidays import Holidays
from app.directory.timetable import Timetable

BoolColumn = npt.NDArray[np.bool_]
Int8Column = npt.NDArray[np.int8]
Int16Column = npt.NDArray[np.int16]
Int32Column = npt.NDArray[np.int32]
Float32Column = npt.NDArray[np.float32]
MaskMatrix = npt.NDArray[np.uint64]
RowNumbers = npt.NDArray[np.intp]

UNKNOWN = -1
_WORD = 64


@dataclass(frozen=True)
class BitSets:
    """One set of words per offer, over a vocabulary."""

    vocabulary: tuple[str, ...]
    masks: MaskMatrix
    """Shape (offers, words of 64 bits)."""

    @classmethod
    def build(cls, rows: Sequence[Iterable[str]], vocabulary: Iterable[str] | None = None) -> BitSets:
        """Encode ``rows``; words outside a given ``vocabulary`` raise `KeyError`."""
        lists = [tuple(row) for row in rows]
        words = tuple(sorted({w for row in lists for w in row}) if vocabulary is None else vocabulary)
        index = {word: i for i, word in enumerate(words)}
        masks = np.zeros((len(lists), max(1, -(-len(words) // _WORD))), dtype=np.uint64)
        for i, row in enumerate(lists):
            for word in row:
                position = index[word]
                masks[i, position // _WORD] |= np.uint64(1 << (position % _WORD))
        return cls(words, masks)

    @cached_property
    def index(self) -> dict[str, int]:
        """Word → position."""
        return {word: i for i, word in enumerate(self.vocabulary)}

    def mask(self, words: Iterable[str]) -> MaskMatrix:
        """The mask of ``words``; words that no offer has are left out."""
        mask = np.zeros(self.masks.shape[1], dtype=np.uint64)
        for word in words:
            position = self.index.get(word)
            if position is not None:
                mask[position // _WORD] |= np.uint64(1 << (position % _WORD))
        return mask

    def any_of(self, words: Iterable[str]) -> BoolColumn:
        """Which offers have at least one of ``words``."""
        mask = self.mask(words)
        hit: BoolColumn = np.zeros(len(self.masks), dtype=np.bool_)
        for word in np.flatnonzero(mask):
            np.logical_or(hit, (self.masks[:, word] & mask[word]) != 0, out=hit)
        return hit

    @cached_property
    def is_empty(self) -> BoolColumn:
        """Which offers have no word at all."""
        return np.asarray(~self.masks.any(axis=1), dtype=np.bool_)

    def take(self, rows: RowNumbers) -> BitSets:
        """The sets of these offers, over the same vocabulary."""
        return BitSets(self.vocabulary, self.masks[rows])

    def words_of(self, offer: int) -> tuple[str, ...]:
        """The words of one offer."""
        row = self.masks[offer]
        return tuple(
            word for i, word in enumerate(self.vocabulary) if int(row[i // _WORD]) >> (i % _WORD) & 1
        )


@dataclass(frozen=True)
class OfferTable:
    """Columns over all published offers, in one fixed order.

    Internal and protected ones are included (case workers need them): whoever shows something to
    others filters by `visibility`.
    """

    revision: int
    """`DirectoryChange.seq` of the newest change it contains."""
    ids: tuple[str, ...]
    external_ids: tuple[str, ...]
    titles: tuple[str, ...]
    provider_ids: tuple[str, ...]
    provider_names: tuple[str, ...]

    kind: Int8Column
    course_kind: Int8Column
    entry_level: Int8Column
    """-1 unknown, 0 open to everyone, 1 = A1 …"""
    target_level: Int8Column
    visibility: Int8Column
    sex: Int8Column
    """-1: open to all, otherwise only for the sex at this position of `SEXES`."""
    min_age: Int16Column
    max_age: Int16Column
    starts_on: Int32Column
    ends_on: Int32Column
    registration_deadline: Int32Column
    individual_entry: Int8Column
    by_appointment: Int8Column
    childcare: Int8Column
    step_free: Int8Column
    """1 when at least one place is, 0 when none is, else unknown."""
    seats_free: Int32Column
    has_seat_limit: BoolColumn
    """The offer says how many seats it has."""
    waiting_list: Int8Column
    cost_cents: Int32Column
    verified_on: Int32Column
    entered_on: Int32Column
    """The day on which it came into the directory (UTC)."""
    residence_statuses: npt.NDArray[np.uint32]
    """Bit i: status i of `RESIDENCE_STATUSES` is accepted; 0: no restriction."""
    entitlement_kinds: npt.NDArray[np.uint8]
    goal_areas: npt.NDArray[np.uint16]
    target_groups: npt.NDArray[np.uint16]
    """Bit i: group i of `TARGET_GROUPS` is addressed; 0: everybody."""
    weekdays: npt.NDArray[np.uint8]
    """Bit 0 = Monday … bit 6 = Sunday; 0: no weekly time known."""
    languages: BitSets
    """Languages it is held in or that are spoken on site, if only on some days."""
    instruction: BitSets
    topics: BitSets

    session_start: Int32Column
    """Length offers + 1; see the module text."""
    session_weekday: Int8Column
    session_from: Int16Column
    """Minutes since midnight."""
    session_to: Int16Column
    timetables: Mapping[int, Timetable]
    """By row, of the offers whose dates do not follow from weekdays, start and end alone (terms,
    exceptions, a rhythm …)."""
    holidays: Holidays
    """The public holidays that the dates are reckoned with."""

    place_start: Int32Column
    place_id: tuple[str, ...]
    place_latitude: npt.NDArray[np.float64]
    place_longitude: npt.NDArray[np.float64]
    place_precise: BoolColumn
    """Whether the position is known to the street or better."""
    place_plz: tuple[str, ...]
    place_town: tuple[str, ...]
    place_district: tuple[str, ...]

    def __len__(self) -> int:
        """The number of offers."""
        return len(self.ids)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Offer id → row."""
        return {offer_id: row for row, offer_id in enumerate(self.ids)}

    def take(self, rows: RowNumbers) -> OfferTable:
        """A table of these offers alone, in this order: to match against few of them.

        An offer may be taken more than once; `row_of` leads to its last row then.
        """
        sessions, session_start = _take_slices(self.session_start, rows)
        places, place_start = _take_slices(self.place_start, rows)
        taken: dict[str, Any] = {"session_start": session_start, "place_start": place_start}
        for column in fields(self):
            value, chosen = getattr(self, column.name), rows
            if column.name.startswith("session_"):
                chosen = sessions
            elif column.name.startswith("place_"):
                chosen = places
            if column.name in taken:
                continue
            if isinstance(value, np.ndarray):
                taken[column.name] = value[chosen]
            elif isinstance(value, BitSets):
                taken[column.name] = value.take(chosen)
            elif isinstance(value, tuple):
                taken[column.name] = tuple(value[row] for row in chosen.tolist())
        taken["timetables"] = {
            new: self.timetables[old] for new, old in enumerate(rows.tolist()) if old in self.timetables
        }
        return replace(self, **taken)


def _take_slices(start: Int32Column, rows: RowNumbers) -> tuple[RowNumbers, Int32Column]:
    """The flat positions of what belongs to ``rows``, and where each of them begins then."""
    lengths = np.diff(start)[rows]
    begins = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    within = np.arange(begins[-1]) - np.repeat(begins[:-1], lengths)
    return (np.repeat(start[:-1][rows], lengths) + within).astype(np.intp), begins
