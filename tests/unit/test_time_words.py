"""Times in words, as they stand on the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from app.core.i18n import language
from app.directory.dates import ClosedDays, Closure, Occurrence
from app.directory.opening import opening_state
from app.directory.public_holidays import load_public_holidays
from app.directory.timetable import MINUTES_PER_DAY, DayException, Term, Timetable, WeeklyTime
from app.directory.weekly_groups import group_weekly, rhythm_of
from app.web.labels.times import (
    TimeLine,
    closed_words,
    hours_words,
    occurrence_words,
    opening_words,
    term_words,
    weekdays_words,
    weekly_lines,
)
from tests.unit.timetable_strategies import timetables

TODAY = date(2026, 11, 23)
BERLIN = ZoneInfo("Europe/Berlin")
BW = load_public_holidays("BW")


def lines(*times: WeeklyTime) -> list[str]:
    return [line.text for line in weekly_lines(times)]


@pytest.mark.parametrize(
    ("weekdays", "words"),
    [
        ((1, 2, 3, 4), "Mo–Do"),
        ((2, 4), "Di und Do"),
        ((1, 2), "Mo und Di"),
        ((1, 3, 5), "Mo, Mi und Fr"),
        ((1, 2, 3, 6), "Mo–Mi und Sa"),
        ((7,), "So"),
    ],
)
def test_weekdays_in_short(weekdays: tuple[int, ...], words: str) -> None:
    assert weekdays_words(weekdays) == words


def test_equal_times_stand_together() -> None:
    mornings = [WeeklyTime(day, 540, 735) for day in (1, 2, 3, 4)]
    afternoons = [WeeklyTime(day, 840, 960) for day in (2, 4)]
    assert lines(*mornings) == ["Mo–Do 9:00–12:15"]
    assert lines(*afternoons) == ["Di und Do 14:00–16:00"]
    assert lines(*mornings, *afternoons) == [
        "Mo und Mi 9:00–12:15",
        "Di und Do 9:00–12:15, 14:00–16:00",
    ]
    assert weekdays_words([1, 2, 3]) == "Mo–Mi"
    with language("en"):
        assert lines(*afternoons) == ["Tue and Thu 14:00–16:00"]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (WeeklyTime(4, 840, 960, nth_in_month=1), "jeden 1. Donnerstag im Monat, 14:00–16:00"),
        (WeeklyTime(3, 840, 960, nth_in_month=-1), "jeden letzten Mittwoch im Monat, 14:00–16:00"),
        (
            WeeklyTime(4, 840, 960, every_weeks=2, from_on=date(2026, 11, 26)),
            "Do 14:00–16:00, alle 2 Wochen",
        ),
    ],
    ids=["first", "last", "fortnightly"],
)
def test_a_rhythm_is_said(time: WeeklyTime, words: str) -> None:
    assert lines(time) == [words]


def test_fortnights_in_turn_stand_apart() -> None:
    this = WeeklyTime(4, 840, 960, every_weeks=2, from_on=date(2026, 11, 26))
    other = WeeklyTime(5, 840, 960, every_weeks=2, from_on=date(2026, 12, 4))
    same = WeeklyTime(5, 840, 960, every_weeks=2, from_on=date(2026, 12, 11))
    assert len(lines(this, other)) == 2
    assert lines(this, same) == ["Do und Fr 14:00–16:00, alle 2 Wochen"]


def test_a_night_is_one_time_and_a_whole_day_a_day() -> None:
    night = (
        WeeklyTime(5, 1200, 1440),
        WeeklyTime(6, 0, 120),
        WeeklyTime(6, 1200, 1440),
        WeeklyTime(7, 0, 120),
    )
    assert lines(*night) == ["Fr und Sa 20:00–2:00"]
    assert lines(WeeklyTime(7, 1320, 1440), WeeklyTime(1, 0, 60)) == ["So 22:00–1:00"]
    assert lines(*(WeeklyTime(day, 0, 1440) for day in range(1, 8))) == ["Mo–So 0:00–24:00"]


def test_notes_languages_and_places_are_kept() -> None:
    times = (
        WeeklyTime(1, 540, 600, place="p1", note="mit Anmeldung", languages=("ar", "uk")),
        WeeklyTime(2, 540, 600),
    )
    assert weekly_lines(times) == [
        TimeLine("Mo 9:00–10:00", "mit Anmeldung", "Arabisch, Ukrainisch", "p1"),
        TimeLine("Di 9:00–10:00"),
    ]


def test_hours_of_a_contact_person() -> None:
    hours = [
        {"weekday": 2, "starts": "09:00", "ends": "12:00", "note": None},
        {"weekday": 1, "starts": "09:00", "ends": "12:00"},
        {"weekday": 4, "starts": "14:00", "ends": "16:30", "note": "nur telefonisch"},
    ]
    assert hours_words(hours) == ["Mo und Di 9:00–12:00", "Do 14:00–16:30 (nur telefonisch)"]
    assert hours_words([]) == []


def test_exceptions_and_terms_in_words() -> None:
    holidays = ClosedDays(date(2026, 12, 24), date(2027, 1, 6), Closure("closed", "Ferien"))
    assert closed_words(holidays, TODAY) == "24.12.–6.1. (Ferien)"
    day = ClosedDays(date(2028, 1, 5), date(2028, 1, 5), Closure("closed", None))
    assert closed_words(day, TODAY) == "05.01.2028"
    extra = Occurrence(date(2026, 12, 12), 600, 840, note="Fest")
    assert occurrence_words(extra, TODAY) == "Sa 12.12., 10:00–14:00 (Fest)"
    assert term_words(Term(date(2026, 9, 14), date(2026, 12, 18))) == "14.09.2026 – 18.12.2026"


OFFICE = Timetable(
    tuple(WeeklyTime(day, 540, 960) for day in range(1, 6)),
    exceptions=(DayException("closed", date(2026, 12, 2), date(2026, 12, 2), note="Umzug"),),
)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23 10:00", "jetzt geöffnet bis 16:00"),
        ("2026-11-23 08:00", "öffnet um 9:00"),
        ("2026-11-23 16:00", "öffnet wieder morgen um 9:00"),
        ("2026-11-27 17:00", "öffnet wieder am Montag um 9:00"),
        (
            "2027-01-06 10:00",
            "heute geschlossen (Feiertag: Heilige Drei Könige), öffnet wieder morgen um 9:00",
        ),
        ("2026-12-02 10:00", "heute geschlossen (Umzug), öffnet wieder morgen um 9:00"),
    ],
)
def test_what_somebody_at_the_door_reads(moment: str, words: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=BERLIN).astimezone(UTC)
    assert opening_words(opening_state(OFFICE, at, BW), at) == words


def test_what_opens_in_months_is_told_with_its_day_and_what_never_does_not_at_all() -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    spring = Timetable(OFFICE.weekly, starts_on=date(2027, 3, 29))  # Easter Monday
    assert opening_words(opening_state(spring, at, BW), at) == "öffnet am 30.03.2027 um 9:00"
    assert opening_words(opening_state(Timetable(), at, BW), at) == ""
    always = Timetable(tuple(WeeklyTime(day, 0, 1440) for day in range(1, 8)), on_public_holidays=True)
    assert opening_words(opening_state(always, at, BW), at) == "jetzt geöffnet"
    weekend = Timetable((WeeklyTime(6, 540, 1440), WeeklyTime(7, 0, 1440)))
    saturday = datetime(2026, 11, 28, 9, tzinfo=UTC)
    assert opening_words(opening_state(weekend, saturday, BW), saturday) == (
        "jetzt geöffnet bis Sonntag, 24:00"
    )


@given(timetable=timetables())
def test_the_groups_say_the_same_as_the_times(timetable: Timetable) -> None:
    said = set()
    for group in group_weekly(timetable.weekly):
        for weekday in group.weekdays:
            for first, last in group.spans:
                what = group.circumstances
                said.add(
                    (weekday, first, min(last, MINUTES_PER_DAY), what.place, what.rhythm.every_weeks)
                )
                if last > MINUTES_PER_DAY:
                    after = weekday % 7 + 1
                    said.add((after, 0, last - MINUTES_PER_DAY, what.place, what.rhythm.every_weeks))
    assert said == {
        (one.weekday, one.from_minute, one.to_minute, one.place, rhythm_of(one).every_weeks)
        for one in timetable.weekly
    }
