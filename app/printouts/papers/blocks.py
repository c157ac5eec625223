"""What a paper consists of. Plain values; `rendering.render_paper` prints them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.printouts.phrases import Direction, Words


@dataclass(frozen=True, slots=True)
class Pair:
    """A text in German and in the other language; `other` is `None` on a paper in German only."""

    german: Words
    other: Words | None = None


Value = str | Pair | None
"""What stands in a field or cell: typed text, fixed words, or `None` for a line to write on."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title; ``level`` 2 or 3."""

    words: Pair
    level: Literal[2, 3] = 2
    kind: Literal["heading"] = field(default="heading", init=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph: fixed words, or what somebody typed (once, over the whole width)."""

    words: Pair | str
    is_strong: bool = False
    is_small: bool = False
    kind: Literal["text"] = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[Pair | str, ...]
    kind: Literal["bullets"] = field(default="bullets", init=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A label with its value; without one there is a line to write on."""

    label: Pair
    value: Value


@dataclass(frozen=True, slots=True)
class Fields:
    """Labels with their values, one a line."""

    rows: tuple[Field, ...]
    kind: Literal["fields"] = field(default="fields", init=False)


@dataclass(frozen=True, slots=True)
class Box:
    """A box to tick, or ticked."""

    words: Pair | str
    is_ticked: bool = False


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes, one below the other."""

    items: tuple[Box, ...]
    kind: Literal["boxes"] = field(default="boxes", init=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its head is repeated on each page. ``widths`` are parts of the whole, one a column."""

    head: tuple[Pair, ...]
    rows: tuple[tuple[Value, ...], ...]
    widths: tuple[int, ...]
    kind: Literal["table"] = field(default="table", init=False)


@dataclass(frozen=True, slots=True)
class Scale:
    """A question with steps to choose from, the lowest first."""

    question: Pair
    steps: tuple[Pair, ...]
    kind: Literal["scale"] = field(default="scale", init=False)


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign on, each with place and date before it."""

    place_and_date: Pair
    lines: tuple[Pair, ...]
    kind: Literal["signatures"] = field(default="signatures", init=False)


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code with what it leads to."""

    uri: str
    caption: Pair
    kind: Literal["code"] = field(default="code", init=False)


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that stay on one page, with a frame around when ``is_framed``."""

    blocks: tuple[Block, ...]
    is_framed: bool = False
    kind: Literal["together"] = field(default="together", init=False)


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""

    kind: Literal["page_break"] = field(default="page_break", init=False)


Block = (
    Heading | Text | Bullets | Fields | Boxes | Table | Scale | Signatures | Code | Together | PageBreak
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper."""

    title: Pair
    subtitle: str
    """Typed text below the title, such as whom the paper is about; may be empty."""
    language: str | None
    """Of the other side; `None`: German only."""
    direction: Direction
    blocks: tuple[Block, ...]
    issued_on: date
    unchecked_note: Pair | None = None
    """Says that nobody checked the other side yet, and that the German counts."""


def typed_text(text: str) -> tuple[Text, ...]:
    """What somebody typed over several lines, a paragraph each."""
    return tuple(Text(line) for line in text.splitlines() if line.strip())
