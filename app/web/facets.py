"""Boxes of a filter with their counts, and chips that take a part of a search away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """One box of a filter."""

    parameter: str
    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of the search that can be taken away with one click."""

    label: str
    address: str


def build_choices(
    parameter: str,
    codes: Sequence[str],
    counts: Mapping[str, int],
    chosen: Collection[str],
    label: Callable[[str], str],
) -> list[FacetChoice]:
    """The boxes of a group, in the order of ``codes``."""
    return [
        FacetChoice(parameter, code, label(code), counts.get(code, 0), code in chosen) for code in codes
    ]
