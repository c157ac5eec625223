"""Hours promised elsewhere, children at home, offers set aside, and what to ask first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from app.directory.interests import load_taxonomy
from app.directory.table_loading import OfferRow, PlaceRow, build_offer_table
from app.matching.ranking import assess_offer, rank
from app.matching.rule_files import load_rules
from app.matching.types import (
    BookedTime,
    ClientFacts,
    Exclusion,
    Match,
    MatchResult,
    OpenQuestion,
    TimeSpan,
)

TODAY = date(2026, 11, 23)
MORNING = TimeSpan(1, 480, 720)
COURSE = OfferRow(
    offer_id="course",
    external_id="course",
    title="Kurs",
    provider_id="p",
    provider_name="Haus",
    kind="language_course",
    course_kind="state_german",
    starts_on=TODAY + timedelta(days=30),
    ends_on=TODAY + timedelta(days=200),
    sessions=((1, 500, 600), (3, 500, 600)),
)
CLUB = replace(COURSE, offer_id="club", kind="club", course_kind=None)


def answer(facts: ClientFacts, *offers: OfferRow) -> Match | Exclusion | None:
    table = build_offer_table(list(offers))
    return assess_offer(facts, table, load_rules(), load_taxonomy(), TODAY, offers[0].offer_id)


def excluding(facts: ClientFacts, offer: OfferRow) -> list[str]:
    found = answer(facts, offer)
    return [rule.code for rule in found.rules] if isinstance(found, Exclusion) else []


def asking(facts: ClientFacts, offer: OfferRow) -> set[str]:
    found = answer(facts, offer)
    assert isinstance(found, Match)
    return {question.code for question in found.to_clarify}


def booked(**values: object) -> ClientFacts:
    told = {"offer_id": "other", "span": MORNING, "last_on": TODAY + timedelta(days=90), **values}
    return ClientFacts(booked=(BookedTime(**told),))  # type: ignore[arg-type]  # by name


def test_one_taken_hour_excludes_a_course_but_of_a_club_another_day_is_left() -> None:
    assert excluding(booked(), COURSE) == ["time_taken"]
    assert excluding(booked(), CLUB) == []
    only_mondays = replace(CLUB, sessions=((1, 500, 600),))
    assert excluding(booked(), only_mondays) == ["time_taken"]
    found = answer(booked(), COURSE)
    assert isinstance(found, Exclusion)
    told = {"weekday": 1, "from": 480, "to": 720, "offer_id": "other"}
    assert found.rules[0].facts == told


def test_hours_side_by_side_and_times_that_are_over_do_not_clash() -> None:
    assert excluding(booked(span=TimeSpan(1, 400, 500)), COURSE) == []
    assert excluding(booked(span=TimeSpan(2, 480, 720)), COURSE) == []
    assert excluding(booked(last_on=TODAY + timedelta(days=29)), COURSE) == []
    assert excluding(booked(first_on=TODAY + timedelta(days=201), last_on=None), COURSE) == []
    assert excluding(booked(), replace(COURSE, by_appointment=True)) == []


def test_what_may_be_over_by_then_or_missed_is_a_question() -> None:
    assert "time_perhaps_taken" in asking(booked(last_on=None), COURSE)
    assert "time_perhaps_taken" in asking(booked(is_binding=False), COURSE)
    later = booked(first_on=TODAY + timedelta(days=60), last_on=TODAY + timedelta(days=90))
    assert "time_perhaps_taken" in asking(later, COURSE)


def test_an_offer_does_not_clash_with_itself_and_a_sensitive_one_is_not_named() -> None:
    assert excluding(booked(offer_id="course"), COURSE) == []
    found = answer(booked(offer_id=""), COURSE)
    assert isinstance(found, Exclusion)
    assert "offer_id" not in found.rules[0].facts


def test_somebody_at_home_answers_the_question_of_childcare_for_all_hours_only() -> None:
    parent = ClientFacts(needs_childcare=True)
    assert "childcare_needed" in asking(parent, COURSE)
    mondays = replace(parent, household_free=(MORNING,))
    assert "childcare_needed" in asking(mondays, COURSE)
    both = replace(parent, household_free=(MORNING, TimeSpan(3, 480, 720)))
    assert "childcare_needed" not in asking(both, COURSE)
    found = answer(both, COURSE)
    assert isinstance(found, Match)
    assert "childcare_at_home" in {reason.code for reason in found.reasons}


def test_an_offer_that_was_set_aside_is_not_proposed() -> None:
    facts = ClientFacts(dismissed=(("course", "too_far"), ("gone", "times")))
    assert excluding(facts, COURSE) == ["set_aside"]
    assert excluding(facts, CLUB) == []


def asked(facts: ClientFacts, *offers: OfferRow) -> MatchResult:
    table = build_offer_table(list(offers))
    return rank(facts, table, load_rules(), load_taxonomy(), TODAY, with_questions=True)


def test_questions_come_by_how_many_offers_wait_for_the_answer() -> None:
    place = PlaceRow("p", 48.74, 9.3, "exact", step_free=False)
    offers = [
        replace(COURSE, offer_id=f"{number}", course_kind=kind, places=(place,))
        for number, kind in enumerate(("integration_general", "integration_literacy", "conversation"))
    ]
    known = ClientFacts(
        german_level="A1",
        german_level_evidence="test",
        birth_date=date(1990, 1, 1),
        sex="female",
        languages=("uk",),
        available=(TimeSpan(1, 0, 1440), TimeSpan(3, 0, 1440)),
        needs_childcare=False,
        residence_status="25(2)",
        latitude=48.74,
        longitude=9.3,
        position_is_precise=True,
        mobility="walk",
    )
    assert asked(known, *offers).open_questions == (
        OpenQuestion("step_free_need_unknown", 3),
        OpenQuestion("entitlement_unknown", 2),
    )
    done = replace(known, needs_step_free=False, entitlements=())
    assert asked(done, *offers).open_questions == ()


def test_what_is_excluded_anyway_asks_for_nothing() -> None:
    over = replace(COURSE, starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 1))
    assert asked(ClientFacts(), over).open_questions == ()
    assert asked(ClientFacts()).open_questions == ()
