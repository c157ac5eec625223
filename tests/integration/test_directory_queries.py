"""The pages' read models of the directory."""

from __future__ import annotations

from datetime import date

import pytest

from app.core.errors import NotFoundError
from app.directory import identity, queries
from app.directory.models import Accommodation
from app.directory.public_holidays import NO_HOLIDAYS
from app.directory.records import ProviderRecord
from app.directory.service import apply_record
from app.operations.runtime import Runtime

HOUSE = ProviderRecord.model_validate(
    {
        "source": "test",
        "external_id": "house",
        "name": "Haus am Neckar",
        "kind": "initiative",
        "places": [
            {"key": "attic", "step_free": False},
            {"key": "hall", "town": "Esslingen", "step_free": True},
        ],
        "offers": [
            {
                "external_id": "cafe",
                "title": "Sprachcafé",
                "kind": "meeting",
                "topics": ["conversation"],
                "places": ["hall", "attic"],
                "seats_max": 10,
                "seats_booked": 4,
                "sessions": [
                    {"weekday": 5, "starts": "10:00", "ends": "11:00"},
                    {"weekday": 2, "starts": "18:00", "ends": "24:00", "place": "hall"},
                ],
                "phrases": {"en": {"title": "Language café"}},
            },
            {"external_id": "choir", "title": "Chor", "kind": "club", "flags": ["place_missing"]},
            {"external_id": "old", "title": "Alt", "kind": "club", "status": "withdrawn"},
        ],
    }
)
CAFE, CHOIR = identity.offer_id("test", "cafe"), identity.offer_id("test", "choir")
MONDAY = date(2026, 11, 23)


@pytest.fixture
def filled(runtime: Runtime) -> Runtime:
    with runtime.database.write() as session:
        apply_record(session, HOUSE)
    return runtime


def test_an_offer_page_has_everything_in_order(filled: Runtime) -> None:
    with filled.database.read() as session:
        page = queries.get_offer_page(session, CAFE)
    assert page.provider.name == "Haus am Neckar"
    assert [place.key for place in page.places] == ["hall", "attic"]
    assert [time.weekday for time in page.sessions] == [2, 5]
    assert page.topics == ("conversation",)
    assert page.phrases["en"].title == "Language café"
    assert page.next_date(MONDAY, NO_HOLIDAYS) == date(2026, 11, 24)


def test_a_provider_page_shows_what_is_not_withdrawn(filled: Runtime) -> None:
    with filled.database.read() as session:
        page = queries.get_provider_page(session, identity.provider_id("test", "house"))
    assert [card.title for card in page.offers] == ["Chor", "Sprachcafé"]
    assert page.parent is None


def test_what_does_not_exist_is_not_found(filled: Runtime) -> None:
    with filled.database.read() as session:
        with pytest.raises(NotFoundError):
            queries.get_offer_page(session, "nothing")
        with pytest.raises(NotFoundError):
            queries.get_provider_page(session, "nothing")


def test_cards_come_in_the_order_asked_for(filled: Runtime) -> None:
    with filled.database.read() as session:
        cards = queries.load_offer_cards(session, [CHOIR, "nothing", CAFE, CHOIR])
    assert list(cards) == [CHOIR, CAFE]
    assert (cards[CAFE].seats_free, cards[CHOIR].seats_free) == (6, None)
    assert (cards[CAFE].step_free, cards[CHOIR].step_free) == (True, None)


def test_many_cards_are_loaded_in_batches(filled: Runtime) -> None:
    with filled.database.read() as session:
        many = [str(number) for number in range(2 * queries.BATCH)]
        assert list(queries.load_offer_cards(session, [*many, CAFE])) == [CAFE]


def test_flagged_entries_are_counted_and_paged(filled: Runtime) -> None:
    with filled.database.read() as session:
        entries = queries.list_flagged_entries(session)
        behind = queries.list_flagged_entries(session, offset=1)
    assert [card.id for card in entries.cards] == [CHOIR]
    assert (entries.total, behind.total, behind.cards) == (1, 1, ())


def test_accommodations_are_listed_by_name(filled: Runtime) -> None:
    with filled.database.write() as session:
        session.add_all([Accommodation(name="Zell"), Accommodation(name="Berkheim")])
    with filled.database.read() as session:
        assert [a.name for a in queries.list_accommodations(session)] == ["Berkheim", "Zell"]
