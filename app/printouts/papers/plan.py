"""The integration plan on paper: goals with measure, steps and ways, and lines to sign on. Pure.

Takes no note and no sensitive referral: there is no place for them in `PlanContent`.
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
    Signatures,
    Table,
    Text,
    Together,
    Value,
)
from app.printouts.papers.book import PaperBook, load_paper_book

PAPER: Final = "plan"
_STEP_WIDTHS: Final = (8, 7, 5, 5)


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step, who takes it (a code of `app.cases.codes.StepActor` or words) and until when."""

    words: str
    actor: str
    actor_words: str
    due_on: date | None
    done_on: date | None


@dataclass(frozen=True, slots=True)
class PlanGoal:
    """An open goal."""

    area: str
    words: str
    """As typed; may be empty."""
    due_on: date | None
    measure: str | None
    """A code of `app.cases.codes.Measure`."""
    target_level: str | None
    measure_words: str
    steps: tuple[PlanStep, ...]
    ways: tuple[str, ...]
    """Offers to which a referral is open, none of them sensitive."""


@dataclass(frozen=True, slots=True)
class PlanContent:
    """All that is printed of a plan."""

    client_name: str
    case_worker_name: str
    goals: tuple[PlanGoal, ...]
    review_on: date | None
    needs_guardian: bool
    """Whether the client is a minor, for whom somebody signs, too."""


def build_plan_paper(content: PlanContent, language: str | None, issued_on: date) -> Paper:
    """The paper in German and ``language`` (German alone for ``de`` and `None`)."""
    book = load_paper_book(PAPER, language)
    return book.build(
        book.say("title"), content.client_name, _blocks(book, content, issued_on), issued_on
    )


def _blocks(book: PaperBook, content: PlanContent, issued_on: date) -> Iterator[Block]:
    yield Text(book.say("intro"))
    yield Fields(
        (
            Field(book.say("as_of"), book.day(issued_on)),
            Field(book.say("case_worker"), content.case_worker_name),
        )
    )
    for number, goal in enumerate(content.goals, 1):
        yield from _goal(book, number, goal)
    yield _end(book, content)


def _end(book: PaperBook, content: PlanContent) -> Block:
    """What comes next and the lines to sign on; never torn from each other."""
    review = book.day(content.review_on) if content.review_on else None
    lines = [book.say("signature_client")]
    if content.needs_guardian:
        lines.append(book.say("signature_guardian"))
    lines.append(book.say("signature_case_worker"))
    return Together(
        (
            Heading(book.say("review_title")),
            Fields((Field(book.say("review_on"), review),)),
            Text(book.say("may_change")),
            Signatures(book.say("place_and_date"), tuple(lines)),
        )
    )


def _goal(book: PaperBook, number: int, goal: PlanGoal) -> Iterator[Block]:
    area = book.say(f"area_{goal.area}")
    head: list[Block] = [Heading(book.say("goal", number=str(number), area=area))]
    if goal.words:
        head.append(Text(goal.words, is_strong=True))
    rows = [Field(book.say("until"), book.day(goal.due_on) if goal.due_on else None)]
    measure = _measure(book, goal)
    if measure is not None or not goal.measure_words:
        rows.append(Field(book.say("measure"), measure))
    if goal.measure_words:
        label = book.say("measure" if measure is None else "measure_exactly")
        rows.append(Field(label, goal.measure_words))
    yield Together((*head, Fields(tuple(rows))))
    if goal.steps:
        names = tuple(book.say(key) for key in ("step", "who", "until", "done"))
        yield Table(names, tuple(_step(book, step) for step in goal.steps), _STEP_WIDTHS)
    if goal.ways:
        yield Text(book.say("ways"), is_small=True)
        yield Bullets(goal.ways)


def _measure(book: PaperBook, goal: PlanGoal) -> Pair | None:
    if goal.target_level and goal.measure in {None, "level"}:
        return book.say("measure_level", level=goal.target_level)
    if goal.measure in {"certificate", "place"}:
        return book.say(f"measure_{goal.measure}")
    return None


def _step(book: PaperBook, step: PlanStep) -> tuple[Value, ...]:
    return (
        step.words,
        step.actor_words or book.say(f"who_{step.actor}"),
        book.day(step.due_on) if step.due_on else None,
        book.day(step.done_on) if step.done_on else None,
    )
