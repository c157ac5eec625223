"""A part of a longer list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """The items of one page and where it stands in the whole list."""

    items: tuple[Item, ...]
    number: int
    """Counted from 1; a number beyond the end shows the last page."""
    size: int
    """Items a page."""
    total: int

    @property
    def count(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The position of the first item, counted from 1; 0 when the list is empty."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        """The position of the last item of this page."""
        return min(self.number * self.size, self.total)


def page_number(wanted: int, size: int, total: int) -> int:
    """``wanted``, held between 1 and the last page."""
    return min(max(1, wanted), max(1, -(-total // size)))


def build_page(everything: Sequence[Item], wanted: int, size: int) -> Page[Item]:
    """Cut page ``wanted`` out of a list that is already in memory."""
    number = page_number(wanted, size, len(everything))
    start = (number - 1) * size
    return Page(tuple(everything[start : start + size]), number, size, len(everything))
