"""iCalendar feeds: what a calendar program makes of them is what the directory says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from app.directory.calendars import CalendarOffer, build_calendar
from app.directory.dates import occurrences
from app.directory.public_holidays import load_public_holidays
from app.directory.timetable import DayException, Term, Timetable, WeeklyTime
from tests.unit.timetable_strategies import timetables

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
BW = load_public_holidays("BW")
BASE = "https://lotsen.example"


def offer(timetable: Timetable, **values: Any) -> CalendarOffer:
    given_values = {
        "offer_id": "7f3c",
        "title": "Sprachcafé",
        "provider": "Haus am Park",
        "path": "/wegweiser/angebote/7f3c",
        "updated_at": datetime(2026, 11, 1, 8, tzinfo=UTC),
    }
    return CalendarOffer(timetable=timetable, **(given_values | values))


def feed(*offers: CalendarOffer, now: datetime = NOW) -> bytes:
    return build_calendar("Meine Auswahl", offers, BASE, now, BW)


def events(data: bytes) -> list[Any]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


def expand(event: Any) -> Iterator[tuple[datetime, datetime]]:
    """The dates of an event on the wall clock, by another library than the one that wrote it."""
    starts, ends = (event[name].dt.replace(tzinfo=None) for name in ("DTSTART", "DTEND"))
    if "RRULE" not in event:
        found = [starts]
    else:
        rule = event["RRULE"].to_ical().decode()
        if "UNTIL=" in rule:
            # UNTIL is in UTC; an hour or two later it is the same day in Germany.
            until = event["RRULE"]["UNTIL"][0] + timedelta(hours=1)
            rule = ";".join(part for part in rule.split(";") if not part.startswith("UNTIL="))
            rule += f";UNTIL={until:%Y%m%dT%H%M%S}"
        window_end = at(LAST, 1439)
        found = list(rrulestr(rule, dtstart=starts).between(starts, window_end, inc=True))
    excluded = event.get("EXDATE")
    lists = excluded if isinstance(excluded, list) else [excluded] if excluded else []
    gone = {one.dt.replace(tzinfo=None) for dates in lists for one in dates.dts}
    for one in found:
        if one not in gone:
            yield one, one + (ends - starts)


def at(day: date, minute: int) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)


@settings(max_examples=150)
@given(timetable=timetables())
def test_a_calendar_program_finds_the_dates_of_the_directory(timetable: Timetable) -> None:
    found = [dates for event in events(feed(offer(timetable))) for dates in expand(event)]
    expected = {
        (at(one.day, one.from_minute), at(one.day, one.to_minute))
        for one in occurrences(timetable, FIRST, LAST, BW)
    }
    assert set(found) == expected


@given(given_timetables=st.lists(timetables(), max_size=4))
def test_identifiers_are_unique_and_the_same_each_time(given_timetables: list[Timetable]) -> None:
    offers = [offer(one, offer_id=f"offer{i}") for i, one in enumerate(given_timetables)]
    data = feed(*offers)
    identifiers = [str(event["UID"]) for event in events(data)]
    assert len(set(identifiers)) == len(identifiers)
    assert feed(*offers, now=NOW + timedelta(days=5)) == data


def test_a_changed_time_leaves_the_identifiers_of_the_others() -> None:
    tuesday, thursday = WeeklyTime(2, 540, 720), WeeklyTime(4, 540, 720)
    before = {str(e["UID"]) for e in events(feed(offer(Timetable((tuesday, thursday)))))}
    moved = Timetable((tuesday, replace(thursday, from_minute=600)))
    assert len(before & {str(e["UID"]) for e in events(feed(offer(moved)))}) == 1


def test_what_an_event_says() -> None:
    timetable = Timetable(
        (
            WeeklyTime(4, 840, 960, place="p1", note="Eingang im Hof", nth_in_month=1),
            WeeklyTime(5, 840, 960, place="p2"),
            WeeklyTime(6, 840, 960),
        )
    )
    data = feed(offer(timetable, locations={"p1": "Parkstraße 1, 73728 Esslingen"}, location="Haus"))
    first, second, third = events(data)
    assert first["RRULE"].to_ical() == b"FREQ=MONTHLY;BYDAY=1TH"
    assert str(first["LOCATION"]) == "Parkstraße 1, 73728 Esslingen"
    assert "LOCATION" not in second  # its address is not public
    assert str(third["LOCATION"]) == "Haus"
    assert str(first["SUMMARY"]) == "Sprachcafé"
    assert str(first["DESCRIPTION"]) == "Haus am Park\nEingang im Hof"
    assert str(first["URL"]) == f"{BASE}/wegweiser/angebote/7f3c"
    assert first["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert first["DTSTAMP"].dt == first["LAST-MODIFIED"].dt == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert str(first["UID"]).endswith("@lotsen.example")


def test_terms_are_events_with_an_end_and_holidays_are_taken_out() -> None:
    timetable = Timetable(
        (WeeklyTime(5, 540, 720),),
        terms=(
            Term(date(2026, 9, 14), date(2026, 12, 31)),
            Term(date(2027, 1, 1), date(2027, 1, 1)),  # a public holiday only
            Term(date(2027, 2, 1), date(2027, 2, 5)),
        ),
        exceptions=(DayException("closed", date(2026, 10, 26), date(2026, 10, 31)),),
    )
    autumn, winter = events(feed(offer(timetable)))
    assert autumn["RRULE"].to_ical() == b"FREQ=WEEKLY;UNTIL=20261231T225959Z;BYDAY=FR"
    assert [one.dt.date() for one in autumn["EXDATE"].dts] == [date(2026, 10, 30), date(2026, 12, 25)]
    assert "RRULE" not in winter


def test_single_days_are_marked_as_whole_days() -> None:
    days = (("start", date(2027, 1, 11), "Beginn: Deutsch A1"), ("old", date(2025, 1, 1), "gone"))
    (event,) = events(feed(offer(Timetable(), days=days)))
    assert str(event["SUMMARY"]) == "Beginn: Deutsch A1"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2027, 1, 11), date(2027, 1, 12))


def test_the_zone_is_defined_and_lines_are_short_and_well_ended() -> None:
    data = feed(offer(Timetable((WeeklyTime(1, 540, 720),)), title="Größe " * 40))
    assert b"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin" in data
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT12H" in data
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_strange_texts_cannot_break_out_of_their_line() -> None:
    title = "Café; a,b\\n\r\nEND:VCALENDAR\x00\x0b"
    data = build_calendar(
        "A\r\nB:C", [offer(Timetable((WeeklyTime(1, 0, 1440),)), title=title)], BASE, NOW, BW
    )
    assert data.count(b"\nEND:VCALENDAR") == 1
    assert b"\r\nX-WR-CALNAME:A B:C\r\n" in data
    (event,) = events(data)
    assert str(event["SUMMARY"]) == "Café; a,b\\n\nEND:VCALENDAR"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(days=1)


def test_an_empty_feed_is_a_calendar() -> None:
    assert events(feed()) == []
    assert events(feed(offer(Timetable(by_appointment=True)))) == []
