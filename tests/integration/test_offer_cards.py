"""Cards are kept while the directory stays, and never outlive a change."""

from __future__ import annotations

from sqlmodel import select

from app.directory.models import DirectoryChange, Offer
from app.operations.runtime import Runtime


def test_a_change_of_an_offer_shows_on_the_next_card(demo: Runtime) -> None:
    table = demo.offer_table_cache.current()
    offer_id = table.ids[0]
    before = demo.offer_cards.load(table.revision, [offer_id, "nobody's", offer_id])
    assert list(before) == [offer_id]
    assert demo.offer_cards.load(table.revision, [offer_id])[offer_id] is before[offer_id]
    with demo.database.write() as session:
        offer = session.exec(select(Offer).where(Offer.id == offer_id)).one()
        offer.title = "A new title"
        session.add(offer)
        session.add(DirectoryChange(offer_id=offer_id))
    table = demo.offer_table_cache.current()
    assert demo.offer_cards.load(table.revision, [offer_id])[offer_id].title == "A new title"


def test_who_still_has_the_older_table_gets_newer_cards(demo: Runtime) -> None:
    table = demo.offer_table_cache.current()
    newest = demo.offer_cards.load(table.revision + 1, table.ids[:3])
    assert demo.offer_cards.load(table.revision, table.ids[:3]) == newest


def test_a_card_can_be_read_after_its_transaction(demo: Runtime) -> None:
    table = demo.offer_table_cache.current()
    for card in demo.offer_cards.load(table.revision, table.ids).values():
        assert all(place.id for place in card.places)
        assert all(session.weekday is None or session.weekday for session in card.sessions)
