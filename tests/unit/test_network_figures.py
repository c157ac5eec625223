"""Needs against offers: counted right, and nobody can be told from them."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.codes import GOAL_AREAS
from app.reports.network_figures import (
    MANY_PER_OFFER,
    NOWHERE,
    Help,
    Need,
    by_language,
    by_place,
    judge,
    pair_up,
)
from app.reports.network_picture import Line, Node, draw_network
from app.reports.small_cells import FEWEST, told_number

PLZS = ("73728", "73733", NOWHERE)
TAGS = ("de", "ar", "uk")
SVG = "{http://www.w3.org/2000/svg}"

tags = st.frozensets(st.sampled_from(TAGS))
areas = st.sampled_from(GOAL_AREAS[:3])
needs = st.lists(st.builds(Need, areas, st.sampled_from(PLZS), tags), max_size=40)
offers = st.lists(
    st.builds(
        Help,
        st.frozensets(areas),
        st.frozensets(st.sampled_from(PLZS), min_size=1),
        tags,
    ),
    max_size=15,
)


@given(count=st.integers(0, 10_000))
def test_few_people_are_not_told_and_others_rounded(count: int) -> None:
    told = told_number(count)
    assert (told is None) == (count < FEWEST)
    if told is not None:
        assert told % FEWEST == 0
        assert abs(told - count) <= FEWEST // 2
        assert told >= FEWEST


@given(needs=needs, offers=offers, language=st.sampled_from([None, *TAGS]))
def test_places_say_what_counting_one_by_one_says(
    needs: list[Need], offers: list[Help], language: str | None
) -> None:
    rows = by_place(needs, offers, GOAL_AREAS, language)
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))

    def speaks(tags: frozenset[str]) -> bool:
        return language is None or language in tags

    for row in rows:
        for area, cell in zip(GOAL_AREAS, row.cells, strict=True):
            of_area = [one for one in needs if (one.plz, one.area) == (row.key, area)]
            people = sum(speaks(one.languages) for one in of_area)
            for_area = [one for one in offers if row.key in one.plzs and area in one.areas]
            there = sum(speaks(one.languages) for one in for_area)
            assert cell.people == told_number(people)
            assert cell.offers == there
            assert cell.supply == judge(people, there)


@given(needs=needs)
def test_a_place_where_only_few_have_a_need_is_not_even_named(needs: list[Need]) -> None:
    for row in by_place(needs, [], GOAL_AREAS):
        assert any(cell.people for cell in row.cells)


@given(needs=needs, offers=offers)
def test_the_order_tells_nothing_of_small_numbers(needs: list[Need], offers: list[Help]) -> None:
    rows = [
        row for row in by_language(needs, offers, GOAL_AREAS) if not any(c.people for c in row.cells)
    ]
    assert [row.key for row in rows] == sorted(row.key for row in rows)


@given(visits=st.lists(st.tuples(st.integers(0, 14).map(str), st.sampled_from("ABC")), max_size=60))
def test_two_partners_are_joined_by_the_people_they_share(visits: list[tuple[str, str]]) -> None:
    told = {(one, other): people for one, other, people in pair_up(visits)}
    for pair in (("A", "B"), ("A", "C"), ("B", "C")):
        of = [{person for person, partner in visits if partner == one} for one in pair]
        assert told.get(pair) == told_number(len(of[0] & of[1]))


@pytest.mark.parametrize(
    ("people", "offers", "expected"),
    [
        (0, 0, "few_needs"),
        (4, 0, "few_needs"),
        (5, 0, "nothing"),
        (MANY_PER_OFFER, 1, "enough"),
        (MANY_PER_OFFER + 4, 1, "thin"),
        (MANY_PER_OFFER * 3, 3, "enough"),
    ],
)
def test_what_is_thin(people: int, offers: int, expected: str) -> None:
    assert judge(people, offers) == expected


@given(
    names=st.lists(st.text(max_size=80).filter(lambda t: all(c.isprintable() for c in t)), max_size=6),
    counts=st.lists(st.integers(1, 50), max_size=8),
)
def test_the_picture_is_well_formed_whatever_names_say(names: list[str], counts: list[int]) -> None:
    nodes = [Node(name, number % 2 == 0) for number, name in enumerate(names)]
    lines = [Line(n % 8, n % len(nodes), count) for n, count in enumerate(counts)] if nodes else []
    drawn = ET.fromstring(draw_network("<Bild>", GOAL_AREAS, nodes, lines))  # noqa: S314  our own
    heights = [float(one.attrib["y"]) for one in drawn.iter(f"{SVG}text")]
    assert len(heights) == len(GOAL_AREAS) + len(nodes)
    for column in (heights[: len(GOAL_AREAS)], heights[len(GOAL_AREAS) :]):
        assert all(b - a >= 20 for a, b in pairwise(column))
    assert len(list(drawn.iter(f"{SVG}path"))) == len(lines)
