"""Fields that take terms as they were made, instead of a text to be taken apart a second time.

Whoosh keeps the schema as a pickle that names these classes: moving or renaming one makes older indexes
unreadable, and they rebuild themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from whoosh import fields
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.system import pack_uint

_ONCE: Final = pack_uint(1)

Posting = tuple[bytes, int, float, bytes]
"""Term, frequency, weight, and the frequency again as it is stored."""


class WeightedTerms(fields.TEXT):  # type: ignore[misc]  # Whoosh has no types
    """A scored field; its value maps terms to weights."""

    def __init__(self) -> None:
        super().__init__(analyzer=SpaceSeparatedTokenizer(), phrase=False)

    def index(self, value: Mapping[str, float], **_options: Any) -> Iterator[Posting]:
        """The postings of one document."""
        for term, weight in value.items():
            yield term.encode(), 1, round(weight, 2), _ONCE


class WrittenWords(fields.KEYWORD):  # type: ignore[misc]  # Whoosh has no types
    """Words as they are written, each counted once; its value is a set of them."""

    def __init__(self) -> None:
        # Nobody asks for a score. But for a field without lengths Whoosh looks for the file with its
        # lengths at each posting, which takes a third of the time of building an index.
        super().__init__(scorable=True)

    def index(self, value: set[str], **_options: Any) -> Iterator[Posting]:
        """The postings of one document."""
        for word in value:
            yield word.encode(), 1, 1.0, _ONCE
