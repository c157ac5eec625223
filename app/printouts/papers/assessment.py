"""The self-assessment on paper: five questions with five steps, and a code to answer on a phone."""

from __future__ import annotations

from datetime import date

from app.cases.codes import ASSESSMENT_QUESTIONS
from app.printouts.papers.blocks import Code, Field, Fields, Pair, Paper, Scale, Text
from app.printouts.papers.book import PaperBook

PAPER = "assessment"
STEPS = (1, 2, 3, 4, 5)


def build_assessment_paper(book: PaperBook, uri: str, valid_until: date, issued_on: date) -> Paper:
    """The paper; no name is on it. ``uri`` opens the questions on a phone until ``valid_until``."""
    steps = tuple(book.say(f"step_{step}") for step in STEPS)
    return book.build(
        book.say("title"),
        "",
        (
            Text(book.say("intro")),
            Text(book.say("who_reads"), is_small=True),
            *(Scale(book.say(f"question_{name}"), steps) for name in ASSESSMENT_QUESTIONS),
            Fields((Field(book.say("filled_in_on"), None),)),
            Code(uri, _caption(book, valid_until)),
        ),
        issued_on,
    )


def _caption(book: PaperBook, valid_until: date) -> Pair:
    return book.say("on_phone", day=book.day(valid_until))
