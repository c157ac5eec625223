"""The hours a volunteer gives: told once, added up over twelve months, printed."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pypdf import PdfReader

from app.core.errors import InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.models import Provider
from app.operations.runtime import Runtime
from app.printouts.papers.book import load_paper_book
from app.printouts.papers.hours import PAPER, build_hours_paper, hours_words
from app.printouts.papers.rendering import render_paper
from app.volunteers.hours import HoursTold, drop_hours, list_hours, tell_hours, year_before
from app.volunteers.models import Volunteer
from app.web.forms.own_hours import parse_hours
from tests.conftest import TODAY


def told(**changes: object) -> HoursTold:
    values = {"given_on": TODAY, "minutes": 90, "kind": "tutoring", "creation_key": new_id()}
    return HoursTold.model_validate(values | changes, context={"today": TODAY})


def add_volunteer(runtime: Runtime) -> str:
    with runtime.database.write() as session:
        provider = Provider(source="t", external_id=new_id(), name="Uwe", kind="volunteer")
        session.add(provider)
        session.flush()
        session.add(
            Volunteer(
                provider_id=provider.id,
                first_name="Uwe",
                last_name="Rollmops",
                email="uwe@rollschuh.example",
                since=TODAY,
            )
        )
        return provider.id


def test_a_day_has_no_more_than_sixteen_hours_in_all(runtime: Runtime) -> None:
    person = add_volunteer(runtime)
    with runtime.database.write() as session:
        tell_hours(session, person, told(minutes=900))
        tell_hours(session, person, told(minutes=60, given_on=TODAY - timedelta(days=1)))
        tell_hours(session, person, told(minutes=60))
    with pytest.raises(InvalidInputError), runtime.database.write() as session:
        tell_hours(session, person, told(minutes=1))


def test_hours_are_kept_once_and_add_up_over_twelve_months(runtime: Runtime) -> None:
    person, other = add_volunteer(runtime), add_volunteer(runtime)
    once = told()
    with runtime.database.write() as session:
        tell_hours(session, person, once)
        kept = tell_hours(session, person, once)
        tell_hours(session, person, told(given_on=year_before(TODAY)))
        tell_hours(session, person, told(given_on=year_before(TODAY) - timedelta(days=1)))
        tell_hours(session, other, told())
    with runtime.database.read() as session:
        rows = list_hours(session, person, year_before(TODAY), TODAY)
        assert sum(row.minutes for row in rows) == 180
    with pytest.raises(NotFoundError), runtime.database.write() as session:
        drop_hours(session, other, kept.id)
    with runtime.database.write() as session:
        drop_hours(session, person, kept.id)
        assert len(list_hours(session, person, year_before(TODAY), TODAY)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"minutes": 0},
        {"minutes": 16 * 60 + 1},
        {"kind": "theft"},
        {"given_on": TODAY + timedelta(days=1)},
        {"given_on": TODAY - timedelta(days=800)},
        {"creation_key": ""},
    ],
)
def test_what_cannot_be_is_not_taken(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        told(**changes)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_twelve_months_are_a_year_and_not_a_day_more(day: date) -> None:
    days = (day - year_before(day)).days + 1
    assert days in {365, 366}
    assert year_before(day) > date(day.year - 1, 1, 1) - timedelta(days=1)


@given(st.integers(1, 16 * 60))
def test_minutes_are_written_as_hours_that_read_the_same(minutes: int) -> None:
    clock = f"{minutes // 60}:{minutes % 60:02d}"
    assert parse_hours(clock) == minutes
    if minutes % 15 == 0:
        assert parse_hours(hours_words(minutes)) == minutes


@pytest.mark.parametrize(("typed", "minutes"), [("2", 120), ("1,5 h", 90), ("0.25", 15), ("", None)])
def test_hours_are_read_as_people_write_them(typed: str, minutes: int | None) -> None:
    assert parse_hours(typed) == minutes


@pytest.mark.parametrize("typed", ["viele", "1:75", "-2", "999", "٣"])
def test_what_is_no_number_of_hours_is_said(typed: str) -> None:
    with pytest.raises(ValueError, match="Stunden"):
        parse_hours(typed)


@pytest.mark.parametrize("language", [None, "uk", "ar"])
def test_the_certificate_names_hours_and_tasks_and_nobody_who_was_helped(language: str | None) -> None:
    span = (year_before(TODAY), TODAY)
    book = load_paper_book(PAPER, language)
    paper = build_hours_paper(book, "Uwe Rollmops", 12_030, ["Nachhilfe"], span, TODAY)
    pdf = render_paper(paper)
    words = " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    for said in ("Uwe Rollmops", "200,5", "Nachhilfe", "24. November 2025"):
        assert said in words
