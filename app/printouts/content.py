"""What a sheet says, in German and in the client's language. Pure: no fonts, no paper.

The sheet carries no personal data of the client: there is no field for any (see
``docs/decisions/0005-paper.md``). German always stands there too, so that the person at the door
can read it and an unchecked translation does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.printouts.fitting import cut_sentences, cut_words, is_readable
from app.printouts.phrases import (
    GERMAN,
    PLAIN_GERMAN,
    Direction,
    PhraseBook,
    Words,
    find_sheet_language,
    load_phrase_book,
)
from app.printouts.rows import SheetRow, build_rows, has_map
from app.printouts.snapshot import OfferSnapshot, OfferWords, snapshot_of

__all__ = [
    "CaseWorkerContact",
    "OfferSnapshot",
    "QrCode",
    "SheetContent",
    "SheetRow",
    "Slip",
    "Words",
    "build_sheet",
    "snapshot_of",
]

MAX_TITLE = 90
MAX_DESCRIPTION = 520


@dataclass(frozen=True, slots=True)
class CaseWorkerContact:
    """Whom the client can call about the sheet."""

    name: str
    phone: str | None = None
    email: str | None = None
    office: str | None = None
    """House and department, as it should be printed."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code that opens the offer's public page, or else a map at the door; it carries nothing else."""

    uri: str
    """The address of the page, or ``geo:latitude,longitude`` (RFC 5870), understood by every map."""
    caption: Words
    other_caption: Words | None


@dataclass(frozen=True, slots=True)
class Slip:
    """The words of the slip that the provider stamps; the name is written in by the client."""

    title: Words
    name: Words
    was_here: Words
    stamp: Words
    cut: Words

    def words(self) -> tuple[Words, ...]:
        """All of them."""
        return (self.title, self.name, self.was_here, self.stamp, self.cut)


@dataclass(frozen=True, slots=True)
class SheetContent:
    """One sheet, all words resolved; the ``other_`` side is missing on a sheet in German only."""

    language: str
    """BCP 47 tag of the client's side."""
    direction: Direction
    """Of the client's side."""
    title: Words
    other_title: Words | None
    provider: str
    description: tuple[Words, ...]
    """German sentences, the most important first; `…` at the end when it was cut."""
    other_description: tuple[Words, ...]
    rows: tuple[SheetRow, ...]
    qr: QrCode | None
    slip: Slip
    other_slip: Slip | None
    issued: Words
    other_issued: Words | None
    unchecked_note: Words | None
    """Present when anything on the client's side was not yet checked."""
    unchecked_note_german: Words | None
    issued_on: date


def build_sheet(
    snapshot: OfferSnapshot,
    language: str | None,
    case_worker: CaseWorkerContact,
    issued_on: date,
) -> SheetContent:
    """The sheet for ``snapshot`` in German and in ``language`` (BCP 47).

    German, simple German (``de-simple``), `None` and languages without a catalogue give a sheet in
    one column; `app.printouts.phrases.find_sheet_language` tells beforehand which one it will be.
    Days before ``issued_on`` are left out: a sheet printed again later names no date gone by.
    """
    tag = find_sheet_language(language) or GERMAN
    german = load_phrase_book(tag if tag == PLAIN_GERMAN else GERMAN)
    other = None if tag in {GERMAN, PLAIN_GERMAN} else load_phrase_book(tag)
    rows = build_rows(snapshot, german, other, case_worker_lines(case_worker), issued_on)
    title, other_title = _titles(snapshot, language or tag, german, other)
    words = _phrases_in(snapshot, language or tag) if other else OfferWords()
    issued = german.say("issued", day=german.day_in_words(issued_on))
    other_issued = other.say("issued", day=other.day_in_words(issued_on)) if other else None
    other_slip = _slip(other) if other else None
    said = [other_title, other_issued, *(line for row in rows for line in row.other_words())]
    said += other_slip.words() if other_slip else ()
    has_unchecked = any(not line.is_checked for line in said if line is not None)
    return SheetContent(
        language=tag,
        direction=other.direction if other else german.direction,
        title=title,
        other_title=other_title,
        provider=cut_words(snapshot.provider, MAX_TITLE),
        description=_sentences(snapshot.description, GERMAN),
        other_description=_sentences(words.description or "", tag),
        rows=rows,
        qr=_qr(snapshot, german, other),
        slip=_slip(german),
        other_slip=other_slip,
        issued=issued,
        other_issued=other_issued,
        unchecked_note=other.say("unchecked_note") if other and has_unchecked else None,
        unchecked_note_german=german.say("unchecked_note") if has_unchecked else None,
        issued_on=issued_on,
    )


def case_worker_lines(contact: CaseWorkerContact) -> tuple[str, str | None, tuple[str, ...]]:
    """Name, phone, further lines."""
    return contact.name, contact.phone, tuple(filter(None, [contact.email, contact.office]))


def _titles(
    snapshot: OfferSnapshot, language: str, german: PhraseBook, other: PhraseBook | None
) -> tuple[Words, Words | None]:
    """The offer's own titles; a neutral one for a discreet offer, the kind where none is given."""
    if snapshot.is_discreet:
        return german.say("neutral_title"), other.say("neutral_title") if other else None
    kind = f"kind_{snapshot.kind}"
    german_title = _title(snapshot.title, german, GERMAN, kind)
    if other is None:
        return german_title, None
    given = _phrases_in(snapshot, language).title or ""
    return german_title, _title(given, other, other.language, kind)


def _title(given: str, book: PhraseBook, language: str, kind: str) -> Words:
    """``given``, or the kind of offer when there is nothing in it that paper could show."""
    if not is_readable(given):
        return book.say(kind)
    return Words(cut_words(given, MAX_TITLE), language)


def _phrases_in(snapshot: OfferSnapshot, language: str) -> OfferWords:
    """The offer's words in ``language``, field by field from the closest tag that has one."""
    near = [
        words
        for tag, words in sorted(snapshot.phrases.items(), key=lambda item: item[0] != language)
        if tag == language or find_sheet_language(tag) == find_sheet_language(language)
    ]
    return OfferWords(
        title=next((words.title for words in near if words.title), None),
        description=next((words.description for words in near if words.description), None),
    )


def _slip(book: PhraseBook) -> Slip:
    return Slip(
        book.say("slip_title"),
        book.say("slip_name"),
        book.say("slip_was_here"),
        book.say("slip_stamp"),
        book.say("slip_cut"),
    )


def _sentences(text: str, language: str) -> tuple[Words, ...]:
    return tuple(Words(sentence, language) for sentence in cut_sentences(text, MAX_DESCRIPTION))


def _qr(snapshot: OfferSnapshot, german: PhraseBook, other: PhraseBook | None) -> QrCode | None:
    if snapshot.page_address and not snapshot.is_discreet:
        caption = german.say("qr_page")
        return QrCode(snapshot.page_address, caption, other.say("qr_page") if other else None)
    if not has_map(snapshot):
        return None
    return QrCode(
        # Five decimals are a metre: the door, and a small code.
        uri=f"geo:{snapshot.latitude:.5f},{snapshot.longitude:.5f}",
        caption=german.say("qr"),
        other_caption=other.say("qr") if other else None,
    )
