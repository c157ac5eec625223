"""A place name means the place at hand, and an ordinary word is no place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.distance import shown_distance_km
from app.directory.places import (
    Gazetteer,
    NamedPlace,
    PlacesError,
    load_places,
    places_of_directory,
    shipped_gazetteer,
)
from app.directory.postal_codes import position_of_plz
from app.directory.table_loading import OfferRow, PlaceRow, build_offer_table

gazetteer = shipped_gazetteer()
HEADER = "name,kind,town,plz,latitude,longitude,ordinary,aliases\n"


def found(text: str) -> tuple[str, str | None] | None:
    """Name and town of the place that a query names."""
    hit = gazetteer.find_in_words(text.split())
    return None if hit is None else (hit.place.name, hit.place.town)


@pytest.mark.parametrize(
    "name",
    ["Zell", "zell", "ZELL", "Esslingen-Zell", "Esslingen Zell", "Zell am Neckar"],
)
def test_zell_is_the_district_of_esslingen(name: str) -> None:
    place = gazetteer.find_place(name)
    assert place is not None
    assert (place.name, place.kind, place.town) == ("Zell", "district", "Esslingen am Neckar")


@pytest.mark.parametrize("name", ["Waeldenbronn", "Waldenbronn", "WÄLDENBRONN", "St. Bernhardt"])
def test_spellings_and_aliases_are_understood(name: str) -> None:
    place = gazetteer.find_place(name)
    assert place is not None
    assert place.town == "Esslingen am Neckar"


def test_a_place_is_found_among_other_words() -> None:
    hit = gazetteer.find_in_words(["Deutschkurs", "B1", "Zell"])
    assert hit is not None
    assert (hit.start, hit.end, hit.place.name) == (2, 3, "Zell")
    hit = gazetteer.find_in_words(["Schwimmen", "bad", "cannstatt", "Frauen"])
    assert hit is not None
    assert (hit.start, hit.end, hit.place.name) == (1, 3, "Bad Cannstatt")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("weil ich Deutsch lerne", None),
        ("Weil ich Deutsch lerne", None),
        ("deutschkurs weil", None),
        ("Deutschkurs Weil", "Weil"),
        ("deutschkurs in weil", "Weil"),
        ("weil", "Weil"),
        ("Chor Brühl", "Brühl"),
        ("chor brühl", None),
        ("sprachkurs frauen", None),
        ("", None),
    ],
)
def test_an_ordinary_word_is_a_place_only_when_written_as_one(query: str, place: str | None) -> None:
    hit = found(query)
    assert (hit[0] if hit else None) == place


def test_a_postal_code_is_a_place() -> None:
    hit = gazetteer.find_in_words(["Deutschkurs", "73730"])
    assert hit is not None
    assert (hit.place.kind, hit.place.position) == ("postal_code", position_of_plz("73730"))
    assert gazetteer.find_place("00000") is None
    assert gazetteer.find_place("737") is None
    assert gazetteer.find_place("٧٣٧٣٠") == hit.place


def test_of_places_with_one_name_the_nearest_is_meant() -> None:
    home = NamedPlace("Esslingen am Neckar", "town", 48.741, 9.307)
    here = NamedPlace("Neustadt", "district", 48.75, 9.31, "Esslingen am Neckar")
    there = NamedPlace("Neustadt", "town", 51.05, 13.74)
    two = Gazetteer([home, there], [here])
    assert two.find_place("Neustadt") == here
    assert two.find_place("Neustadt", near=(51.0, 13.7)) == there


def test_a_gazetteer_without_places_finds_only_postal_codes() -> None:
    empty = Gazetteer([])
    assert empty.find_place("Zell") is None
    assert empty.find_place("73730") is not None


def test_a_district_counts_only_in_its_own_town() -> None:
    assert gazetteer.find_district("Zell", "Esslingen", None) is not None
    assert gazetteer.find_district("Zell", None, "73730") is not None
    assert gazetteer.find_district("Zell", "Bensheim", "73730") is None
    assert gazetteer.find_district("Zell", None, None) is None
    assert gazetteer.find_district("Grünau", "Leipzig", None) is None


def test_towns_and_districts_of_the_directory_are_places_but_not_protected_ones() -> None:
    def offer(key: str, place: PlaceRow, visibility: str = "public") -> OfferRow:
        return OfferRow(key, key, key, "p", "P", "club", visibility=visibility, places=[place])

    table = build_offer_table(
        [
            offer("a", PlaceRow("1", 51.31, 12.29, "street", "Leipzig", "Gruenau-Mitte")),
            offer("b", PlaceRow("2", 51.33, 12.31, "street", "Leipzig", "Gruenau-Mitte")),
            offer("c", PlaceRow("3", 51.36, 12.39, "street", "Leipzig", None)),
            offer("d", PlaceRow("4", None, None, "unknown", "Nirgends", None)),
            offer("e", PlaceRow("5", 50.0, 10.0, "street", "Geheimstadt", None), "protected"),
            offer("f", PlaceRow("6", 48.727, 9.361, "street", "Esslingen am Neckar", "Zell")),
        ]
    )
    places = {place.name: place for place in places_of_directory(table)}
    assert set(places) == {"Leipzig", "Gruenau-Mitte", "Esslingen am Neckar", "Zell"}
    assert places["Gruenau-Mitte"].position == pytest.approx((51.32, 12.30))
    joined = Gazetteer(load_places(), places.values())
    assert joined.find_place("Grünau Mitte") == places["Gruenau-Mitte"]
    assert joined.find_place("Leipzig Grünau-Mitte") == places["Gruenau-Mitte"]
    assert joined.find_place("Zell") == gazetteer.find_place("Zell")


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_words_can_be_looked_through(words: list[str]) -> None:
    hit = gazetteer.find_in_words(words)
    assert hit is None or 0 <= hit.start < hit.end <= len(words)


def test_the_shipped_list_lies_where_its_postal_codes_lie() -> None:
    places = load_places()
    assert len(places) > 80
    assert places[0].name == "Esslingen am Neckar"
    for place in places:
        centres = [position_of_plz(plz) for plz in place.plz]
        near = [shown_distance_km(c, place.position) for c in centres if c is not None]
        assert near, place.name
        assert min(near) < 6, (place.name, min(near))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Zell,village,,73730,48.7,9.3,no,\n", "“village” is neither district nor town"),
        ("Zell,town,,73730,north,9.3,no,\n", "could not convert"),
        ("Zell,town,,73730,148.7,9.3,no,\n", "outside the earth"),
        ("Zell,town,,73730,nan,9.3,no,\n", "outside the earth"),
        ("Zell,town,,73730,48.7,9.3,,\n", "ordinary must be yes or no"),
        (",town,,73730,48.7,9.3,no,\n", "the name is missing"),
        ("Zell,town,,73730,48.7\n", "line 2"),
        ("Zell,town,,73730,48.7,9.3,no,,,\n", "too many cells"),
    ],
)
def test_a_malformed_list_is_named_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    (tmp_path / "town.csv").write_text(HEADER + row, encoding="utf-8")
    with pytest.raises(PlacesError) as error:
        load_places(tmp_path)
    assert "town.csv, line 2" in str(error.value)
    assert problem in str(error.value)


def test_a_list_without_the_columns_or_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "town.csv").write_text("name\nZell\n", encoding="utf-8")
    with pytest.raises(PlacesError, match="line 1: the columns must be"):
        load_places(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "town.csv").write_bytes((HEADER + "Brühl").encode("utf-16"))
    with pytest.raises(PlacesError, match="cannot be read"):
        load_places(tmp_path / "other")
