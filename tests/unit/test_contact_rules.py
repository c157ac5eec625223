"""When an entry about a talk may still be changed like a draft, and when a self-assessment is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.cases.codes import ASSESSMENT_QUESTIONS
from app.cases.contact_records import AssessmentInput, ContactInput, NoteInput
from app.cases.contact_rules import change_way, is_assessment_due
from app.web.labels.counselling import trend_words
from tests.conftest import TODAY

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
CONTEXT = {"now": NOW}


def _contact(**values: Any) -> ContactInput:
    return ContactInput.model_validate(
        {"happened_at": NOW, "channel": "office", **values}, context=CONTEXT
    )


def _answers(**answers: Any) -> AssessmentInput:
    return AssessmentInput.model_validate(
        {"taken_on": TODAY, "language": "uk", "answers": answers}, context=CONTEXT
    )


@pytest.mark.parametrize(
    ("days", "who", "way"),
    [
        (0, "me", "free"),
        (7, "me", "free"),
        (8, "me", "traced"),
        (0, "somebody", "traced"),
        (400, "somebody", "traced"),
    ],
)
def test_only_the_own_entry_of_this_week_is_changed_without_a_trace(
    days: int, who: str, way: str
) -> None:
    assert change_way("me", NOW - timedelta(days=days), who, NOW) == way


def test_a_week_ends_to_the_second() -> None:
    created_at = NOW - timedelta(days=7, seconds=1)
    assert change_way("me", created_at, "me", NOW) == "traced"


def test_what_is_still_to_come_is_no_contact() -> None:
    assert _contact(happened_at=NOW + timedelta(minutes=5)).channel == "office"
    with pytest.raises(ValidationError, match="Zukunft"):
        _contact(happened_at=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "values",
    [
        {"happened_at": NOW - timedelta(days=4000)},
        {"happened_at": datetime(2026, 11, 20, 9)},  # noqa: DTZ001  without a zone on purpose
        {"channel": "pigeon"},
        {"channel": None},
        {"topics": ["work", "weather"]},
        {"minutes": 0},
        {"minutes": 601},
        {"minutes": -15},
        {"interpreting": "robot"},
        {"note": "x" * 2001},
    ],
    ids=["too old", "no zone", "channel", "no channel", "topic", "zero", "hours", "negative",
         "interpreter", "long note"],
)  # fmt: skip
def test_what_cannot_be_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _contact(**values)


def test_a_topic_counts_once_and_an_empty_note_is_none() -> None:
    contact = _contact(topics=["work", "health", "work"], note=" \r\n ")
    assert contact.topics == ("work", "health")
    assert contact.note is None


def test_a_note_keeps_its_paragraphs_and_loses_control_characters() -> None:
    note = NoteInput.model_validate({"kind": "health", "text": "eins\r\n\r\nzwei\x00\x1b[31m"})
    assert note.text == "eins\n\nzwei  [31m"


def test_an_empty_note_is_refused() -> None:
    with pytest.raises(ValidationError, match="schreiben"):
        NoteInput.model_validate({"kind": "general", "text": "   "})


def test_questions_left_out_are_kept_as_such() -> None:
    assert _answers(health=2).answers == {
        "health": 2, "work": None, "contacts": None, "housing": None, "alone": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "answers",
    [{}, {"health": None}, {"health": 0}, {"health": 6}, {"health": "gut"}, {"sleep": 3}],
    ids=["nothing", "all left out", "zero", "six", "a word", "another question"],
)
def test_answers_that_are_none_are_refused(answers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _answers(**answers)


@pytest.mark.parametrize(
    ("last", "started", "born", "is_due"),
    [
        (None, 31, None, True),
        (None, 30, None, False),
        (None, None, None, False),
        (183, 900, None, True),
        (182, 900, None, False),
        (1, 900, None, False),
        (None, 900, date(2012, 11, 23), True),
        (None, 900, date(2012, 11, 24), False),
    ],
)
def test_half_a_year_after_the_last_time_or_a_month_after_the_start(
    last: int | None, started: int | None, born: date | None, is_due: bool
) -> None:
    days_ago = [None if days is None else TODAY - timedelta(days=days) for days in (last, started)]
    assert is_assessment_due(days_ago[0], days_ago[1], born, TODAY) is is_due


@settings(max_examples=40)
@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.integers(0, 3000), st.integers(0, 3000))
def test_who_is_asked_is_not_due_again_for_half_a_year(day: date, started: int, later: int) -> None:
    started_on = day - timedelta(days=started)
    assert is_assessment_due(day, started_on, None, day + timedelta(days=later)) is (later > 182)


@settings(max_examples=40)
@given(st.sampled_from((None, 1, 2, 3, 4, 5)), st.sampled_from((None, 1, 2, 3, 4, 5)))
def test_a_comparison_says_which_way_it_went(before: int | None, now: int | None) -> None:
    words = trend_words(before, now)
    if before is None or now is None:
        assert words == ""
    elif before == now:
        assert words == "unverändert"
    else:
        assert ("besser" in words) is (now > before)
        assert str(abs(now - before)) in words


def test_there_are_words_for_every_question_in_every_language() -> None:
    from app.printouts.papers.assessment import PAPER, STEPS
    from app.printouts.papers.book import PAPER_LANGUAGES, load_paper_book

    for language in PAPER_LANGUAGES[1:]:
        book = load_paper_book(PAPER, language)
        assert set(book.german_texts) == set(book.other_texts), language
        for key in (*(f"question_{q}" for q in ASSESSMENT_QUESTIONS), *(f"step_{s}" for s in STEPS)):
            pair = book.say(key)
            assert pair.other is not None
            assert pair.other.text != pair.german.text
