"""The certificate of the hours that a volunteer gave, for the volunteer card or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.printouts.papers.blocks import Field, Fields, Paper, Text
from app.printouts.papers.book import PaperBook

PAPER = "hours"
MINUTES = 60


def build_hours_paper(
    book: PaperBook,
    name: str,
    minutes: int,
    tasks: Sequence[str],
    span: tuple[date, date],
    issued_on: date,
) -> Paper:
    """The paper: who, from when to when, how many hours, with what (``tasks`` in German words).

    Not with whom: nobody who was helped is named.
    """
    first, last = span
    return book.build(
        book.say("title"),
        "",
        (
            Text(book.say("intro", name=name)),
            Fields(
                (
                    Field(book.say("name"), name),
                    Field(
                        book.say("period"), book.say("span", first=book.day(first), last=book.day(last))
                    ),
                    Field(book.say("hours"), hours_words(minutes)),
                    Field(book.say("tasks"), ", ".join(tasks)),
                )
            ),
            Text(book.say("told"), is_small=True),
            Text(book.say("purpose"), is_small=True),
            Fields((Field(book.say("place"), None), Field(book.say("signature"), None))),
        ),
        issued_on,
    )


def hours_words(minutes: int) -> str:
    """Minutes as hours with a comma: "12,5", "3,25"."""
    hours, rest = divmod(minutes, MINUTES)
    part = f"{rest / MINUTES:.2f}"[1:].rstrip("0").rstrip(".").replace(".", ",")
    return f"{hours}{part}"
