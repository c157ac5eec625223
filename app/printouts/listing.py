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
from app.printouts.phrases import GERMAN, Direction, Words, load_phrase_book
from app.printouts.rows import SheetRow
from app.printouts.snapshot import OfferSnapshot

ROWS: Final = ("next", "where", "way", "when", "contact", "bring", "cost", "good_to_know")
"""The rows of a sheet that a list shows, too; without what is only told in German sentences."""
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

    title: Words
    other_title: Words | None
    note: str
    language: str
    other_language: str | None
    direction: Direction
    items: tuple[ListingItem, ...]
    case_worker: SheetRow | None
    """Whom to ask about the list."""
    issued: Words
    other_issued: Words | None
    unchecked_note: Words | None
    unchecked_note_german: Words | None
    issued_on: date


def build_listing(
    title: str | None,
    note: str,
    snapshots: Sequence[OfferSnapshot],
    language: str | None,
    issued_on: date,
    case_worker: CaseWorkerContact = _NOBODY,
) -> ListingContent:
    """The list of ``snapshots`` (at least one) in German and ``language``, as `build_sheet` has it.

    Without a ``title`` it is called "offers for you" in both.
    """
    sheets = [build_sheet(snapshot, language, case_worker, issued_on) for snapshot in snapshots]
    first = sheets[0]
    unchecked = next((sheet for sheet in sheets if sheet.unchecked_note is not None), first)
    return ListingContent(
        title=_title(title, GERMAN),
        other_title=_title(title, first.language) if first.other_title and not title else None,
        note=cut_words(note, MAX_NOTE),
        language=first.language,
        other_language=first.language if first.other_title is not None else None,
        direction=first.direction,
        items=tuple(
            ListingItem(
                sheet.title,
                sheet.other_title,
                sheet.provider,
                tuple(row for row in sheet.rows if row.key in ROWS and row.lines),
            )
            for sheet in sheets
        ),
        case_worker=next((row for row in first.rows if row.key == "case_worker"), None),
        issued=first.issued,
        other_issued=first.other_issued,
        unchecked_note=unchecked.unchecked_note,
        unchecked_note_german=unchecked.unchecked_note_german,
        issued_on=issued_on,
    )


def _title(given: str | None, language: str) -> Words:
    if given:
        return Words(cut_words(given, MAX_TITLE), GERMAN)
    return load_phrase_book(language).say("list_title")
