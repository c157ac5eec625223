"""What a client is told under Art. 13 GDPR, with the agreement to take part, for signature. Pure.

Who is responsible and the data protection officer are left to be written or stamped: the paper says of
the municipality only what it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
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

PAPER: Final = "information"
_SECTIONS: Final = (
    ("why", ("why_text",)),
    ("which", ("which_text",)),
    ("recipients", ("recipients_inside", "recipients_outside", "recipients_abroad")),
)
_RIGHTS: Final = (
    "right_access", "right_rectification", "right_erasure", "right_portability", "right_objection",
    "right_complaint",
)  # fmt: skip
"""Art. 13(2)(b) and (d) GDPR."""


@dataclass(frozen=True, slots=True)
class InformationContent:
    """What the paper says of this client and this house."""

    texts_kept: tuple[int, str]
    """How long confidential texts are kept after the closing: a number of ``days`` or ``months``."""
    case_kept: tuple[int, str]
    client_name: str = ""
    born_on: date | None = None
    case_worker_name: str = ""
    needs_guardian: bool = True
    """Whether a guardian signs: for minors, and while the age is unknown."""


def build_information_paper(content: InformationContent, language: str | None, today: date) -> Paper:
    """The paper in German and ``language`` (German alone for ``de`` and `None`)."""
    book = load_paper_book(PAPER, language)
    return book.build(book.say("title"), content.client_name, _blocks(book, content), today)


def _blocks(book: PaperBook, content: InformationContent) -> Iterator[Block]:
    yield Text(book.say("intro"))
    yield _section(book, "who", Fields((_blank(book, "responsible"), _blank(book, "officer"))))
    for heading, texts in _SECTIONS:
        yield _section(book, heading, *(Text(book.say(key)) for key in texts))
    basis = Fields((_blank(book, "basis_more"),))
    yield _section(book, "basis", Text(book.say("basis_text")), basis)
    kept = {
        name: book.say(unit, number=str(number))
        for name, (number, unit) in (("texts", content.texts_kept), ("whole", content.case_kept))
    }
    yield _section(book, "kept", Text(book.say("kept_text", **kept)))
    yield _section(book, "rights", Bullets(tuple(book.say(key) for key in _RIGHTS)))
    voluntary = ("voluntary_text", "withdrawal_text", "automatic_text")
    yield _section(book, "voluntary", *(Text(book.say(key)) for key in voluntary))
    yield _agreement(book, content)


def _section(book: PaperBook, heading: str, *blocks: Block) -> Together:
    return Together((Heading(book.say(heading)), *blocks))


def _blank(book: PaperBook, key: str) -> Field:
    return Field(book.say(key), None)


def _agreement(book: PaperBook, content: InformationContent) -> Together:
    """What is signed stays together on one page."""
    lines = [book.say("signature_client")]
    if content.needs_guardian:
        lines.append(book.say("signature_guardian"))
    lines.append(book.say("signature_case_worker"))
    boxes = Boxes(tuple(Box(book.say(key)) for key in ("got_it", "agree", "agree_health")))
    return Together(
        (
            Heading(book.say("agreement")),
            Fields(
                (
                    Field(book.say("name"), content.client_name or None),
                    Field(book.say("born_on"), book.day(content.born_on) if content.born_on else None),
                    Field(book.say("case_worker"), content.case_worker_name or None),
                )
            ),
            boxes,
            *((Text(book.say("guardian_text")),) if content.needs_guardian else ()),
            Signatures(book.say("place_and_date"), tuple(lines)),
            Fields((_blank(book, "interpreted_by"),)),
            Text(book.say("copy_text"), is_small=True),
        )
    )
