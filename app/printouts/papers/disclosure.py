"""Everything stored about a client on paper (Art. 15 GDPR). Pure.

The one paper with notes, health details and referrals to sensitive offers: they are the client's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.printouts.papers.blocks import (
    Block,
    Bullets,
    Field,
    Fields,
    Heading,
    Pair,
    Paper,
    Table,
    Text,
    Value,
)
from app.printouts.papers.book import PaperBook, load_paper_book
from app.printouts.phrases import GERMAN, Words

PAPER: Final = "disclosure"
_READING_WIDTHS: Final = (3, 3, 5)
_MOST_COLUMNS: Final = 4
"""Rows with more are listed one below the other."""
_NOTHING: Final = "–"
_SAME_WORDS: Final = {
    **dict.fromkeys(
        ("created_by", "closed_by", "reopened_by", "actor_id", "author_id", "revoked_by", "recorded_by",
         "user_id", "reviewed_by", "from_id", "referred_by", "entered_by", "by", "decided_by"),
        "staff",
    ),
    **dict.fromkeys(("german_level", "level_reached", "target_level"), "level"),
    **dict.fromkeys(("german_level_on", "state_changed_on", "changed_on"), "known_on"),
    **dict.fromkeys(("residence_status_expires_on", "expires_on"), "valid_until"),
    **dict.fromkeys(("informed_language", "signed_language"), "language"),
    **dict.fromkeys(("extension_note", "state_note", "text", "common_note"), "note"),
    **dict.fromkeys(("state_reason", "reopening_reason"), "reason"),
    **dict.fromkeys(("measure_words", "actor_words", "word"), "words"),
    **dict.fromkeys(("provider_id", "service_words"), "service"),
    "accommodation_id": "accommodation",
    "actor": "step_actor",
    "benefit_authority_id": "benefit_authority",
    "case_worker_id": "case_worker",
    "code": "event",
    "german_level_evidence": "evidence",
    "happened_at": "at",
    **dict.fromkeys(("offer_id", "offer_key"), "offer"),
    "proposed_offer_id": "proposed_offer",
    "listed_offer_id": "listed_offer",
    "decided_offer_id": "decided_offer",
    "purpose": "consent_purpose",
    "recorded_at": "created_at",
    "residence_status": "status",
    "title": "goal_title",
    "updated_at": "changed_at",
}  # fmt: skip
"""Column → the phrase that says what it holds, where that is not its own name."""


@dataclass(frozen=True, slots=True)
class Told:
    """A value in words; ``english`` where it differs (codes, days); other languages read the German."""

    german: str
    english: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one table: column and value, as far as something is known."""

    table: str
    rows: tuple[tuple[tuple[str, Told], ...], ...]


@dataclass(frozen=True, slots=True)
class DisclosureContent:
    """All that is printed."""

    client_name: str
    sections: tuple[Section, ...]
    household_members: int
    links: int
    mails: int
    readings: tuple[tuple[Told, Told | None, Told], ...]
    """When, in which role (`None`: the operator), and what was done."""
    texts_kept: tuple[int, str]
    """How long confidential texts are kept after the closing: a number of ``days`` or ``months``."""
    case_kept: tuple[int, str]


def phrase_of(column: str) -> str:
    """The phrase that says what a column holds."""
    return _SAME_WORDS.get(column, column)


def build_disclosure_paper(content: DisclosureContent, language: str | None, issued_on: date) -> Paper:
    """The paper in German and ``language`` (German alone for ``de`` and `None`)."""
    book = load_paper_book(PAPER, language)
    return book.build(book.say("title"), content.client_name, _blocks(book, content), issued_on)


def _blocks(book: PaperBook, content: DisclosureContent) -> Iterator[Block]:
    yield Text(book.say("intro"))
    kept = {"texts": _period(book, content.texts_kept), "whole": _period(book, content.case_kept)}
    yield Text(book.say("purpose_text", **kept))
    yield Text(book.say("automatic_text"))
    yield Fields(
        tuple(
            Field(book.say(name), str(getattr(content, name)))
            for name in ("household_members", "links", "mails")
        )
    )
    for section in content.sections:
        if section.rows:
            yield from _section(book, section)
    if empty := [one for one in content.sections if not one.rows]:
        yield Text(book.say("nothing"))
        yield Bullets(tuple(book.say(f"table_{one.table}") for one in empty))
    yield from _readings(book, content)


def _section(book: PaperBook, section: Section) -> Iterator[Block]:
    yield Heading(book.say(f"table_{section.table}"))
    columns = list(dict.fromkeys(name for row in section.rows for name, _ in row))
    if len(section.rows) > 1 and len(columns) <= _MOST_COLUMNS:
        head = tuple(book.say(phrase_of(name)) for name in columns)
        rows = [dict(row) for row in section.rows]
        cells = tuple(tuple(_cell(book, row.get(name)) for name in columns) for row in rows)
        yield Table(head, cells, (1,) * len(columns))
        return
    for number, row in enumerate(section.rows, start=1):
        if len(section.rows) > 1:
            yield Heading(book.say("entry", number=str(number)), level=3)
        fields = (Field(book.say(phrase_of(name)), _value(book, value)) for name, value in row)
        yield Fields(tuple(fields))


def _cell(book: PaperBook, told: Told | None) -> Value:
    return _NOTHING if told is None else _value(book, told)


def _readings(book: PaperBook, content: DisclosureContent) -> Iterator[Block]:
    yield Heading(book.say("readings"))
    yield Text(book.say("readings_text"))
    rows = tuple(
        (
            _value(book, when),
            book.say("operator") if who is None else _value(book, who),
            _value(book, what),
        )
        for when, who, what in content.readings
    )
    if rows:
        yield Table(tuple(book.say(key) for key in ("when", "who", "what")), rows, _READING_WIDTHS)


def _period(book: PaperBook, kept: tuple[int, str]) -> Pair:
    return book.say(kept[1], number=str(kept[0]))


def _value(book: PaperBook, told: Told) -> Value:
    if told.english is None or book.language != "en":
        return told.german
    return Pair(Words(told.german, GERMAN), Words(told.english, "en"))
