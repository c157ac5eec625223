"""Who works on what, drawn: the areas on the left, the partners on the right, lines between. Pure.

Plain SVG without styles or scripts: it stands on the page, and prints in black and white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 900
_LINE: Final = 30
_TOP: Final = 24
_LEFT: Final = 230
_RIGHT: Final = 560
_MAX_STROKE: Final = 9
_MOST_LETTERS: Final = 42
_INK, _GREY = "#171a2b", "#8a93a6"
_FONT: Final = 'font-family="sans-serif" font-size="14"'


@dataclass(frozen=True, slots=True)
class Line:
    """How many offers somebody makes in an area."""

    area: int
    """Which of the areas, from 0."""
    partner: int
    offers: int


@dataclass(frozen=True, slots=True)
class Node:
    """A partner, or an area."""

    label: str
    is_strong: bool = False
    """Many were referred there."""


def draw_network(
    title: str, areas: Sequence[str], partners: Sequence[Node], lines: Sequence[Line]
) -> str:
    """The picture as an SVG document; ``title`` is its text alternative."""
    rows = max(len(areas), len(partners), 1)
    height = 2 * _TOP + rows * _LINE
    left = _spread(len(areas), rows)
    right = _spread(len(partners), rows)
    most = max((line.offers for line in lines), default=1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'width="{WIDTH}" height="{height}"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for line in lines:
        strong = partners[line.partner].is_strong
        stroke = 1 + (_MAX_STROKE - 1) * line.offers / most
        y1, y2 = left[line.area], right[line.partner]
        bend = (_LEFT + _RIGHT) / 2
        parts.append(
            f'<path d="M{_LEFT} {y1:.0f} C{bend:.0f} {y1:.0f} {bend:.0f} {y2:.0f} {_RIGHT} {y2:.0f}" '
            f'fill="none" stroke="{_INK if strong else _GREY}" stroke-width="{stroke:.1f}" '
            f'stroke-opacity="{0.7 if strong else 0.45}"/>'
        )
    for y, label in zip(left, areas, strict=True):
        parts += _dot(_LEFT, y, label, "end", is_strong=True)
    for y, node in zip(right, partners, strict=True):
        parts += _dot(_RIGHT, y, node.label, "start", is_strong=node.is_strong)
    return "".join([*parts, "</svg>"])


def _dot(x: int, y: float, label: str, anchor: str, *, is_strong: bool) -> list[str]:
    cut = label if len(label) <= _MOST_LETTERS else label[: _MOST_LETTERS - 1].rstrip() + "…"
    shift = -12 if anchor == "end" else 12
    weight = ' font-weight="bold"' if is_strong else ""
    return [
        f'<circle cx="{x}" cy="{y:.0f}" r="5" fill="{_INK if is_strong else _GREY}"/>',
        f'<text x="{x + shift}" y="{y + 5:.0f}" text-anchor="{anchor}" fill="{_INK}" {_FONT}{weight}>'
        f"{escape(cut)}</text>",
    ]


def _spread(count: int, rows: int) -> list[float]:
    """Where ``count`` things stand, spread over the height of ``rows``."""
    step = rows * _LINE / max(count, 1)
    return [_TOP + step * (number + 0.5) for number in range(count)]
