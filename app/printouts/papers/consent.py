"""The form of a consent, for signature: filled in as far as it is known, or blank. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.printouts.papers.blocks import (
    Block,
    Box,
    Boxes,
    Bullets,
    Field,
    Fields,
    Heading,
    Paper,
    Signatures,
    Text,
    Together,
)
from app.printouts.papers.book import PaperBook, load_paper_book

PAPER: Final = "consent"
USUAL_DATA: Final = (
    "name", "phone", "email", "address", "area", "birth_date", "languages", "german_level", "schooling",
    "work_experience", "family", "residence_status", "entitlement", "plan", "needs",
)  # fmt: skip
"""The boxes; health has a place of its own (Art. 9(2)(a) GDPR asks for an explicit consent)."""
HEALTH: Final = "health"


@dataclass(frozen=True, slots=True)
class ConsentContent:
    """What the form says; what is `None` or empty is left to be written by hand."""

    client_name: str = ""
    born_on: date | None = None
    case_worker_name: str = ""
    recipient: str | None = None
    purpose: str | None = None
    """A code of `app.cases.codes.ConsentPurpose`."""
    data: tuple[str, ...] = ()
    is_release: bool = False
    valid_until: date | None = None
    needs_guardian: bool = True
    """Whether there is a line for the guardian."""


def build_consent_paper(content: ConsentContent, language: str | None, today: date) -> Paper:
    """The form in German and ``language``."""
    book = load_paper_book(PAPER, language)
    blocks: list[Block] = [
        _parties(book, content),
        Text(book.say("agree"), is_strong=True),
        _frame(book, content),
        Heading(book.say("which_data")),
        Boxes(tuple(Box(book.say(f"data_{code}"), code in content.data) for code in USUAL_DATA)),
        _health(book, content),
        Together(
            (
                Heading(book.say("good_to_know")),
                Bullets(
                    tuple(book.say(key) for key in ("voluntary", "revocable", "until_then", "ends"))
                ),
            )
        ),
        _signatures(book, content),
    ]
    return book.build(book.say("title"), content.client_name, blocks, today)


def _parties(book: PaperBook, content: ConsentContent) -> Fields:
    return Fields(
        (
            Field(book.say("name"), content.client_name or None),
            Field(book.say("born_on"), book.day(content.born_on) if content.born_on else None),
            Field(book.say("case_worker"), content.case_worker_name or None),
        )
    )


def _frame(book: PaperBook, content: ConsentContent) -> Fields:
    purpose = book.say(f"purpose_{content.purpose}") if content.purpose else None
    return Fields(
        (
            Field(book.say("recipient"), content.recipient or None),
            Field(book.say("purpose"), purpose),
            Field(book.say("until"), book.day(content.valid_until) if content.valid_until else None),
        )
    )


def _health(book: PaperBook, content: ConsentContent) -> Together:
    return Together(
        (
            Heading(book.say("sensitive_data"), level=3),
            Boxes(
                (
                    Box(book.say("data_health"), HEALTH in content.data),
                    Box(book.say("release"), content.is_release),
                )
            ),
        ),
        is_framed=True,
    )


def _signatures(book: PaperBook, content: ConsentContent) -> Together:
    lines = [book.say("signature_client")]
    if content.needs_guardian:
        lines.append(book.say("signature_guardian"))
    return Together(
        (
            Signatures(book.say("place_and_date"), tuple(lines)),
            Fields((Field(book.say("interpreted_by"), None),)),
        )
    )
