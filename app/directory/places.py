"""Place names in words that people type: districts, towns, postal codes.

"Zell" means the district of the home town, not another Zell. Looked up in this order: the maintained
list (``data/places``) and the towns and districts of the directory itself, nearest first; then postal
codes. Pure apart from reading the shipped list once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from app.core.errors import LotsenbuchError
from app.core.text import fold, fold_phrase, fold_umlauts
from app.directory.codes import VISIBILITIES
from app.directory.distance import Position, great_circle_km
from app.directory.offer_table import OfferTable
from app.directory.postal_codes import position_of_plz
from app.settings import SHIPPED_DATA

PlaceKind = Literal["district", "town", "postal_code"]

COLUMNS = ("name", "kind", "town", "plz", "latitude", "longitude", "ordinary", "aliases")
SAME_PLACE_KM = 5.0
"""A town or district of the directory this near to one of the list with its name is the same."""
PREPOSITIONS = frozenset({"in", "im", "bei", "beim", "nahe", "nach", "aus", "um", "von", "near", "at"})
ORDINARY_WORDS = frozenset(
    """
    altstadt au aue bach berg bruhl burg dorf essen feld garten halle haus hof innenstadt linden markt
    mitte muhle neustadt nord nordstadt ost oststadt park platz schule stadt sud sudstadt wald wangen
    weil weiler werder west weststadt wiesen zentrum
    """.split()  # noqa: SIM905  forty quoted words are harder to read
)
"""Names in the directory, as `fold_umlauts` makes them, that are ordinary words as well."""
_PLZ = re.compile(r"[0-9]{5}")
_ADDITION = re.compile(r"\s+(?:am|an der|a\.|auf|bei|im|in|ob|unter|vor|\()\s*.*$|/.*$")


class PlacesError(LotsenbuchError):
    """A list of places cannot be used; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place that a name or postal code stands for, as a rough centre point."""

    name: str
    kind: PlaceKind
    latitude: float
    longitude: float
    town: str | None = None
    """The town a district belongs to."""
    plz: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    is_ordinary: bool = False
    """The name is an ordinary word as well."""

    @property
    def position(self) -> Position:
        """Latitude and longitude."""
        return (self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A place named by the words ``words[start:end]`` of a query."""

    start: int
    end: int
    place: NamedPlace


class Gazetteer:
    """Finds places by name. Immutable; safe to share between threads."""

    def __init__(
        self, maintained: Sequence[NamedPlace], of_directory: Iterable[NamedPlace] = ()
    ) -> None:
        """``maintained``: the list, home town first; ``of_directory``: see `places_of_directory`."""
        self.home: Position | None = maintained[0].position if maintained else None
        self._by_name: dict[str, list[NamedPlace]] = {}
        for place in maintained:
            self._add(place)
        for place in of_directory:
            if not any(_is_same(place, known) for known in self._by_name.get(_key(place.name), ())):
                self._add(place)
        self._longest = max((len(name.split()) for name in self._by_name), default=1)

    def find_place(self, text: str, near: Position | None = None) -> NamedPlace | None:
        """The place ``text`` as a whole stands for, nearest to ``near`` (else to the home town)."""
        named = self._by_name.get(_key(text))
        if named:
            return _nearest(named, near or self.home)
        plz = fold(text)
        position = position_of_plz(plz) if _PLZ.fullmatch(plz) else None
        return None if position is None else NamedPlace(plz, "postal_code", *position, plz=(plz,))

    def find_district(self, name: str, town: str | None, plz: str | None) -> NamedPlace | None:
        """The district ``name`` of just this town or postal code; other ones of that name are none."""
        for place in self._by_name.get(_key(name), ()):
            in_town = town is not None and place.town is not None and _bare(place.town) == _bare(town)
            if place.kind == "district" and (in_town or (town is None and plz in place.plz)):
                return place
        return None

    def find_town(self, name: str) -> NamedPlace | None:
        """The town of this name; `None` also when there are several."""
        towns = [place for place in self._by_name.get(_key(name), ()) if place.kind == "town"]
        return towns[0] if len(towns) == 1 else None

    def find_in_words(self, words: Sequence[str], near: Position | None = None) -> PlaceHit | None:
        """The first place named in ``words`` (as typed), the longest name first.

        A name that is an ordinary word as well ("Weil", "Brühl") counts when it is the only word,
        follows a preposition of place, or is capitalised and not the first word: "Sprachkurs Weil"
        names a place, "weil ich lerne" and "Weil ich lerne" do not.
        """
        for start in range(len(words)):
            for end in range(min(len(words), start + self._longest), start, -1):
                place = self.find_place(" ".join(words[start:end]), near)
                if place is not None and _counts(place, words, start, end):
                    return PlaceHit(start, end, place)
        return None

    def _add(self, place: NamedPlace) -> None:
        names = [place.name, *place.aliases]
        if place.town is not None:
            towns = {place.town, _ADDITION.sub("", place.town)}
            names += [f"{town} {name}" for town in towns for name in names]
        for key in dict.fromkeys(_key(name) for name in names):
            self._by_name.setdefault(key, []).append(place)


def places_of_directory(table: OfferTable) -> tuple[NamedPlace, ...]:
    """The towns and districts where published offers take place, at the median of their positions.

    Places of protected offers are left out: a search must not reveal where a shelter lies.
    """
    protected = VISIBILITIES.index("protected")
    points: dict[tuple[str, str], list[Position]] = {}
    for row in np.flatnonzero(table.visibility != protected):
        for i in range(table.place_start[row], table.place_start[row + 1]):
            position = (float(table.place_latitude[i]), float(table.place_longitude[i]))
            if np.isnan(position[0]):
                continue
            town, district = table.place_town[i], table.place_district[i]
            for name in {(town, ""), (town, district)}:
                points.setdefault(name, []).append(position)
    return tuple(
        _median_place(district or town, town if district else None, positions)
        for (town, district), positions in sorted(points.items())
        if district or town
    )


@cache
def load_places(folder: Path = SHIPPED_DATA / "places") -> tuple[NamedPlace, ...]:
    """The maintained places of all lists in ``folder``, read once; raises `PlacesError`."""
    return tuple(place for path in sorted(folder.glob("*.csv")) for place in _read(path))


@cache
def shipped_gazetteer() -> Gazetteer:
    """A gazetteer of the maintained list alone, without the directory's own places."""
    return Gazetteer(load_places())


def _read(path: Path) -> list[NamedPlace]:
    places = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise PlacesError(f"{path}, line 1: the columns must be {','.join(COLUMNS)}")
            for row in reader:
                try:
                    places.append(_place(row))
                except (ValueError, AttributeError, TypeError) as error:
                    raise PlacesError(f"{path}, line {reader.line_num}: {error}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PlacesError(f"{path}: cannot be read ({error})") from error
    return places


def _place(row: Mapping[str, str]) -> NamedPlace:
    if None in row:
        raise ValueError("there are too many cells")
    kind = row["kind"]
    if kind not in {"district", "town"}:
        raise ValueError(f"“{kind}” is neither district nor town")
    if row["ordinary"] not in {"yes", "no"}:
        raise ValueError("ordinary must be yes or no")
    if not row["name"].strip():
        raise ValueError("the name is missing")
    latitude, longitude = float(row["latitude"]), float(row["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("the coordinates lie outside the earth")
    return NamedPlace(
        row["name"].strip(),
        "district" if kind == "district" else "town",
        latitude,
        longitude,
        row["town"].strip() or None,
        tuple(row["plz"].split()),
        tuple(filter(None, (alias.strip() for alias in row["aliases"].split("|")))),
        row["ordinary"] == "yes",
    )


def _median_place(name: str, town: str | None, positions: list[Position]) -> NamedPlace:
    latitude, longitude = np.median(np.array(positions), axis=0)
    short = _ADDITION.sub("", name)
    return NamedPlace(
        name,
        "town" if town is None else "district",
        float(latitude),
        float(longitude),
        town,
        aliases=() if short == name else (short,),
        is_ordinary=_key(name) in ORDINARY_WORDS or _key(short) in ORDINARY_WORDS,
    )


def _counts(place: NamedPlace, words: Sequence[str], start: int, end: int) -> bool:
    said = words[start:end]
    if not place.is_ordinary or len(said) > 1 or len(words) == 1:
        return True
    if start > 0 and words[start - 1].casefold() in PREPOSITIONS:
        return True
    return start > 0 and said[0][:1].isupper()


def _nearest(places: Sequence[NamedPlace], near: Position | None) -> NamedPlace:
    if near is None or len(places) == 1:
        return places[0]
    distances = great_circle_km(near, [p.latitude for p in places], [p.longitude for p in places])
    return places[int(np.argmin(distances))]


def _is_same(one: NamedPlace, other: NamedPlace) -> bool:
    return float(great_circle_km(one.position, *other.position)) <= SAME_PLACE_KM


def _key(name: str) -> str:
    return fold_umlauts(fold_phrase(name))


def _bare(town: str) -> str:
    return _key(_ADDITION.sub("", town))
