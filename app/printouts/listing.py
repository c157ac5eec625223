"""A list of offers to take along, in German and in the reader's language. Pure.

Like a sheet it has no field for anything about a client, and offers that must not be recognised
(sensitive, or at a protected place) do not belong on it: whoever builds one leaves them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.printouts.content import CaseWorkerContact, build_sheet
from app.printouts.fitting import cut_words
from app.printouts.phrases import Direction, Words
from app.printouts.rows import SheetRow
from app.printouts.snapshot import OfferSnapshot

ROWS: Final = ("next", "where", "when", "contact", "cost", "good_to_know")
"""The rows of a sheet that a list shows, too."""
MAX_TITLE: Final = 120
MAX_NOTE: Final = 1_000
_NOBODY: Final = CaseWorkerContact("")


@dataclass(frozen=True, slots=True)
class ListingItem:
    """One offer of the list."""

    title: Words
    other_title: Words | None
    provider: str
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class ListingContent:
    """The list, all words resolved; the ``other_`` side is missing in a list in German only."""

    title: str
    note: str
    language: str
    other_language: str | None
    direction: Direction
    items: tuple[ListingItem, ...]
    issued: Words
    other_issued: Words | None
    unchecked_note: Words | None
    unchecked_note_german: Words | None
    issued_on: date


def build_listing(
    title: str,
    note: str,
    snapshots: Sequence[OfferSnapshot],
    language: str | None,
    issued_on: date,
) -> ListingContent:
    """The list of ``snapshots`` (at least one) in German and ``language``, as `build_sheet` has it."""
    sheets = [build_sheet(snapshot, language, _NOBODY, issued_on) for snapshot in snapshots]
    first = sheets[0]
    unchecked = next((sheet for sheet in sheets if sheet.unchecked_note is not None), first)
    return ListingContent(
        title=cut_words(title, MAX_TITLE),
        note=cut_words(note, MAX_NOTE),
        language=first.language,
        other_language=first.language if first.other_title is not None else None,
        direction=first.direction,
        items=tuple(
            ListingItem(
                sheet.title,
                sheet.other_title,
                sheet.provider,
                tuple(row for row in sheet.rows if row.key in ROWS),
            )
            for sheet in sheets
        ),
        issued=first.issued,
        other_issued=first.other_issued,
        unchecked_note=unchecked.unchecked_note,
        unchecked_note_german=unchecked.unchecked_note_german,
        issued_on=issued_on,
    )
