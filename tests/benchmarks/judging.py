"""Judged searches: reading them, and how good an order of hits is by them (see judged/README.md)."""

from __future__ import annotations

import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS, SEXES
from app.directory.offer_table import OfferTable

FOLDER = Path(__file__).resolve().parent / "judged"
GROUPS = ("plain", "compound", "misspelt", "other_language", "combined")
DEPTH = 10
HIT_DEPTH = 3
GOOD = 2
"""From this grade on a hit among the first `HIT_DEPTH` counts."""
_FEMALE = SEXES.index("female")

Finder = Callable[[str], Sequence[int]]
"""Answers a text with rows of the offer table, the best first; at least `DEPTH` where there are."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A text with the grade of every offer: row → 1 to 3."""

    text: str
    group: str
    grades: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over some queries, 0 to 1."""

    queries: int
    ndcg: float
    hit: float
    """The share of queries with a good offer among the first three."""


def read_judged(name: str, table: OfferTable) -> tuple[JudgedQuery, ...]:
    """The queries of ``judged/{name}.toml`` with the grades of the offers in ``table``.

    Raises `ValueError` for a query that nothing answers or that stands there twice.
    """
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    queries = tuple(
        JudgedQuery(entry["text"], entry["group"], _grades(entry["relevant"], table))
        for entry in data["query"]
    )
    for query in queries:
        if query.group not in GROUPS or not query.grades:
            raise ValueError(f"{name}.toml: “{query.text}” has no known group or no answer")
    if len({query.text for query in queries}) < len(queries):
        raise ValueError(f"{name}.toml: a query stands there twice")
    return queries


def measure(queries: Iterable[JudgedQuery], find: Finder) -> dict[str, Quality]:
    """How good the answers of ``find`` are, by group and for ``all``."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for query in queries:
        rows = find(query.text)
        value = (ndcg(query.grades, rows), float(has_good(query.grades, rows)))
        found[query.group].append(value)
        found["all"].append(value)
    return {
        group: Quality(len(values), fmean(v[0] for v in values), fmean(v[1] for v in values))
        for group, values in found.items()
    }


def ndcg(grades: Mapping[int, int], rows: Sequence[int]) -> float:
    """Normalised discounted cumulative gain at `DEPTH`, gain 2^grade - 1."""
    best = sorted(grades.values(), reverse=True)[:DEPTH]
    return gain(grades.get(row, 0) for row in rows[:DEPTH]) / gain(best)


def has_good(grades: Mapping[int, int], rows: Sequence[int]) -> bool:
    """Whether one of the first three is good."""
    return any(grades.get(row, 0) >= GOOD for row in rows[:HIT_DEPTH])


def gain(grades: Iterable[int]) -> float:
    """Discounted cumulative gain of grades in their order, 2^grade - 1 each."""
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def _grades(rules: Sequence[Mapping[str, Any]], table: OfferTable) -> dict[int, int]:
    grades: dict[int, int] = {}
    for row in range(len(table)):
        for rule in rules:
            if all(_CONDITIONS[name](table, row, rule[name]) for name in rule if name != "grade"):
                grades[row] = rule["grade"]
                break
    return grades


def _places(table: OfferTable, row: int) -> range:
    return range(int(table.place_start[row]), int(table.place_start[row + 1]))


def _has_title(names: Sequence[str], row: int, pattern: str) -> bool:
    return re.search(pattern, names[row], re.IGNORECASE) is not None


_CONDITIONS: Mapping[str, Callable[[OfferTable, int, Any], bool]] = {
    "ids": lambda t, row, wanted: t.external_ids[row].removeprefix("demo:") in wanted,
    "title": lambda t, row, wanted: _has_title(t.titles, row, wanted),
    "provider": lambda t, row, wanted: _has_title(t.provider_names, row, wanted),
    "topics": lambda t, row, wanted: not set(wanted).isdisjoint(t.topics.words_of(row)),
    "languages": lambda t, row, wanted: not set(wanted).isdisjoint(t.languages.words_of(row)),
    "kinds": lambda t, row, wanted: OFFER_KINDS[t.kind[row]] in wanted,
    "course_kinds": lambda t, row, wanted: (
        t.course_kind[row] >= 0 and COURSE_KINDS[t.course_kind[row]] in wanted
    ),
    "towns": lambda t, row, wanted: any(t.place_town[p] in wanted for p in _places(t, row)),
    "districts": lambda t, row, wanted: any(t.place_district[p] in wanted for p in _places(t, row)),
    "weekdays": lambda t, row, wanted: any(t.weekdays[row] >> (day - 1) & 1 for day in wanted),
    "to_levels": lambda t, row, wanted: (
        t.target_level[row] >= 0 and LEVELS[t.target_level[row]] in wanted
    ),
    "from_levels": lambda t, row, wanted: (
        t.entry_level[row] >= 0 and LEVELS[t.entry_level[row]] in wanted
    ),
    "female": lambda t, row, wanted: bool(t.sex[row] == _FEMALE) is wanted,
}
