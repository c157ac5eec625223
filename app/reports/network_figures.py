"""Which kinds of help are thin where: needs against offers. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from app.reports.small_cells import told_number

MANY_PER_OFFER: Final = 10
"""More people than that for one offer is thin: a course, a group or a person helps about so many."""
Supply = Literal["few_needs", "enough", "thin", "nothing"]
NOWHERE: Final = ""
"""The place of what has none: offers online, people whose address is unknown."""


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody with an open goal: where they live, and which languages they speak."""

    area: str
    """A code of `app.directory.codes.GoalArea`."""
    plz: str
    languages: frozenset[str]
    """Without region: ``fa`` for Dari, too."""


@dataclass(frozen=True, slots=True)
class Help:
    """An offer for goals of some areas, in places, in languages."""

    areas: frozenset[str]
    plzs: frozenset[str]
    languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of help in one place or language."""

    people: int | None
    """Rounded; `None`: too few to be told."""
    offers: int
    supply: Supply


@dataclass(frozen=True, slots=True)
class Row:
    """A postal code or a language with a cell for each area."""

    key: str
    cells: tuple[Cell, ...]
    worst: float
    """For the order: people per offer where it is thinnest."""


def pair_up(visits: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Which two partners the same people were referred to, and how many, rounded; the most first.

    ``visits``: person and partner. Pairs of too few people are left out.
    """
    partners: defaultdict[str, set[str]] = defaultdict(set)
    for person, partner in visits:
        partners[person].add(partner)
    counted = Counter(pair for one in partners.values() for pair in combinations(sorted(one), 2))
    told = [(*pair, number) for pair, count in counted.items() if (number := told_number(count))]
    return sorted(told, key=lambda row: (-row[2], row[0], row[1]))


def judge(people: int, offers: int) -> Supply:
    """How thin a kind of help is somewhere."""
    told = told_number(people)
    if told is None:
        return "few_needs"
    if not offers:
        return "nothing"
    return "thin" if told > MANY_PER_OFFER * offers else "enough"


def by_place(
    needs: Sequence[Need], offers: Sequence[Help], areas: Sequence[str], language: str | None = None
) -> list[Row]:
    """A row for each postal code with a need that may be told or an offer; the thinnest first.

    With ``language`` only who speaks it, and what is held or spoken in it.
    """
    if language is not None:
        needs = [one for one in needs if language in one.languages]
        offers = [one for one in offers if language in one.languages]
    people = Counter((one.plz, one.area) for one in needs)
    help_there = Counter((plz, area) for one in offers for plz in one.plzs for area in one.areas)
    return _rows({plz for plz, _area in (*people, *help_there)}, people, help_there, areas)


def by_language(needs: Sequence[Need], offers: Sequence[Help], areas: Sequence[str]) -> list[Row]:
    """A row for each language that somebody with a need speaks, or something is offered in."""
    people = Counter((tag, one.area) for one in needs for tag in one.languages)
    help_in = Counter((tag, area) for one in offers for tag in one.languages for area in one.areas)
    return _rows({tag for tag, _area in (*people, *help_in)}, people, help_in, areas)


def _rows(
    keys: Iterable[str],
    people: Counter[tuple[str, str]],
    offers: Counter[tuple[str, str]],
    areas: Sequence[str],
) -> list[Row]:
    rows = []
    for key in keys:
        counts = [(people[key, area], offers[key, area]) for area in areas]
        if not any(told_number(some) or there for some, there in counts):
            continue
        cells = tuple(Cell(told_number(some), there, judge(some, there)) for some, there in counts)
        rows.append(Row(key, cells, max(_ratio(cell) for cell in cells)))
    return sorted(rows, key=lambda row: (row.key == NOWHERE, -row.worst, row.key))


def _ratio(cell: Cell) -> float:
    # What is not told must not be told by the order either.
    if cell.people is None:
        return 0.0
    return cell.people / cell.offers if cell.offers else cell.people * MANY_PER_OFFER
