"""The times of an offer on its pages and in its feed; the table knows the same dates."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.core.errors import NotFoundError
from app.directory import identity
from app.directory.calendars import build_calendar
from app.directory.next_dates import next_days
from app.directory.queries import OfferCard, load_offer_cards
from app.directory.records import ProviderRecord
from app.directory.service import apply_record
from app.operations.runtime import Runtime
from app.web.calendar_offers import calendar_offer_of
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page

HOUSE = ProviderRecord.model_validate(
    {
        "source": "test",
        "external_id": "house",
        "name": "Haus am Neckar",
        "kind": "initiative",
        "places": [
            {
                "key": "hall",
                "name": "Saal",
                "street": "Hauptstraße",
                "plz": "73728",
                "town": "Esslingen",
            },
            {"key": "attic", "name": "Dachboden", "visibility": "internal"},
        ],
        "contacts": [
            {
                "key": "ada",
                "name": "Ada Beispiel",
                "is_public": True,
                "hours": [
                    {"weekday": 1, "starts": "09:00", "ends": "12:00"},
                    {"weekday": 2, "starts": "09:00", "ends": "12:00"},
                ],
            }
        ],
        "offers": [
            {
                "external_id": "cafe",
                "title": "Nachbarschaftscafé",
                "kind": "meeting",
                "places": ["hall", "attic"],
                "sessions": [
                    {
                        "weekday": 4,
                        "starts": "14:00",
                        "ends": "16:00",
                        "place": "hall",
                        "nth_in_month": 1,
                        "languages": ["ar"],
                        "note": "mit Tee",
                    },
                    {"weekday": 5, "starts": "20:00", "ends": "24:00", "place": "attic"},
                    {"weekday": 6, "starts": "00:00", "ends": "02:00", "place": "attic"},
                ],
                "exceptions": [
                    {
                        "kind": "closed",
                        "first_on": "2026-11-24",
                        "last_on": "2026-12-05",
                        "note": "Umbau",
                    },
                    {
                        "kind": "extra",
                        "first_on": "2026-12-12",
                        "last_on": "2026-12-12",
                        "starts": "10:00",
                        "ends": "14:00",
                        "place": "attic",
                    },
                ],
                "terms": [{"first_on": "2026-09-14", "last_on": "2026-12-18", "note": "Herbst"}],
            },
            {
                "external_id": "course",
                "title": "Deutsch am Abend",
                "kind": "language_course",
                "starts_on": "2027-01-11",
                "registration_deadline": "2026-12-18",
                "places": ["hall"],
                "sessions": [{"weekday": 1, "starts": "18:00", "ends": "20:15"}],
            },
            {
                "external_id": "hidden",
                "title": "Zuflucht",
                "kind": "housing",
                "visibility": "protected",
            },
        ],
    }
)
pytestmark = pytest.mark.usefixtures("filled")
CAFE, COURSE, HIDDEN = (identity.offer_id("test", key) for key in ("cafe", "course", "hidden"))


@pytest.fixture
def filled(demo: Runtime) -> Runtime:
    with demo.database.write() as session:
        apply_record(session, HOUSE)
    return demo


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def card_of(runtime: Runtime, offer_id: str) -> OfferCard:
    with runtime.database.read() as session:
        return load_offer_cards(session, [offer_id])[offer_id]


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_says_rhythm_night_exceptions_terms_and_next_date(browser: FlaskClient) -> None:
    answer = browser.get(f"/angebote/{CAFE}")
    check_page(answer)
    words = words_of(answer.text)
    assert "jeden 1. Donnerstag im Monat, 14:00–16:00 (Arabisch) Saal (mit Tee)" in words
    assert "Fr 20:00–2:00 Dachboden" in words
    assert "24.11.–5.12. (Umbau)" in words
    assert "Sa 12.12., 10:00–14:00" in words
    assert "14.09.2026 – 18.12.2026 (Herbst)" in words
    assert "Nächster Termin Freitag, 11. Dezember 2026, 20:00–24:00" in words
    assert "Erreichbar Mo und Di 9:00–12:00" in words


def test_the_provider_page_says_the_hours_of_a_contact_person(browser: FlaskClient) -> None:
    answer = browser.get(f"/anbieter/{identity.provider_id('test', 'house')}")
    check_page(answer)
    assert "Erreichbar Mo und Di 9:00–12:00" in words_of(answer.text)


def test_the_card_the_page_and_the_table_know_the_same_next_date(filled: Runtime) -> None:
    table = filled.offer_table_cache.current()
    days = next_days(table, TODAY).tolist()
    with filled.database.read() as session:
        cards = load_offer_cards(session, table.ids)
    for offer_id, row in table.row_of.items():
        day = cards[offer_id].next_date(TODAY, filled.holidays)
        assert days[row] == (-1 if day is None else day.toordinal()), cards[offer_id].title
    assert date.fromordinal(days[table.row_of[CAFE]]) == date(2026, 12, 11)


def test_a_feed_names_public_addresses_and_the_days_of_a_course(filled: Runtime) -> None:
    cafe = calendar_offer_of(card_of(filled, CAFE), "/angebote/cafe")
    assert cafe.location is None  # it has two places: each time names its own
    assert set(cafe.locations.values()) == {"Saal, Hauptstraße, 73728 Esslingen"}
    course = calendar_offer_of(card_of(filled, COURSE), "/angebote/course")
    assert course.location == "Saal, Hauptstraße, 73728 Esslingen"
    assert [(day, words) for _key, day, words in course.days] == [
        (date(2027, 1, 11), "Beginn: Deutsch am Abend"),
        (date(2026, 12, 18), "Letzter Tag zur Anmeldung: Deutsch am Abend"),
    ]
    data = build_calendar(
        "Auswahl", [cafe, course], "https://a.example", cafe.updated_at, filled.holidays
    )
    assert "Dachboden" not in data.decode()


def test_a_protected_offer_has_no_feed(filled: Runtime) -> None:
    with pytest.raises(NotFoundError):
        calendar_offer_of(card_of(filled, HIDDEN), "/angebote/hidden")
