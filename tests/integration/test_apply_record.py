"""Applying a directory entry changes exactly what it says, and reading it back gives it again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError, NotFoundError
from app.directory import identity
from app.directory.canonical import canonical
from app.directory.models import DirectoryChange, Offer, OfferTopic, Place, Provider
from app.directory.records import ProviderRecord
from app.directory.service import OfferTakenError, apply_all, apply_record, to_record
from app.operations.runtime import Runtime
from tests import directory_records

HOUSE: dict[str, Any] = {
    "source": "test",
    "external_id": "house",
    "name": "Haus am Neckar",
    "kind": "initiative",
    "places": [{"key": "hall", "street": "Ringweg", "plz": "73728"}, {"key": "attic"}],
    "offers": [
        {
            "external_id": "cafe",
            "title": "Sprachcafé",
            "kind": "meeting",
            "topics": ["conversation", "cafe"],
            "places": ["hall"],
            "sessions": [{"weekday": 2, "starts": "18:00", "ends": "24:00", "place": "hall"}],
            "phrases": {"en": {"title": "Language café"}},
        },
        {"external_id": "choir", "title": "Chor", "kind": "club", "places": ["attic"]},
    ],
}


def house(**changes: Any) -> ProviderRecord:
    return ProviderRecord.model_validate(HOUSE | changes)


def changes_since(session: Session, number: int) -> list[str]:
    """The offers that changed; a provider that changed itself is left out."""
    rows = session.exec(select(DirectoryChange).where(col(DirectoryChange.seq) > number)).all()
    providers = set(session.exec(select(Provider.id)))
    return sorted(row.offer_id for row in rows if row.offer_id not in providers)


def last_change(session: Session) -> int:
    return max((row.seq or 0 for row in session.exec(select(DirectoryChange))), default=0)


def test_a_new_record_is_created_and_a_second_time_unchanged(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        assert apply_record(session, house()) == "created"
    with runtime.database.write() as session:
        before = last_change(session)
        assert apply_record(session, house()) == "unchanged"
        assert changes_since(session, before) == []


def test_the_order_of_topics_and_places_is_no_change(runtime: Runtime) -> None:
    turned = house(places=HOUSE["places"][::-1], offers=HOUSE["offers"][::-1])
    with runtime.database.write() as session:
        apply_record(session, house())
        assert apply_record(session, turned) == "unchanged"


def test_an_offer_that_vanished_is_withdrawn_and_comes_back(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        apply_record(session, house())
        before = last_change(session)
        assert apply_record(session, house(offers=HOUSE["offers"][:1])) == "changed"
        choir = session.get(Offer, identity.offer_id("test", "choir"))
        assert choir is not None
        assert choir.status == "withdrawn"
        assert changes_since(session, before) == [choir.id]
        assert apply_record(session, house()) == "changed"
        assert choir.status == "published"


def test_only_the_offer_that_changed_is_touched(runtime: Runtime) -> None:
    offers = [HOUSE["offers"][0], HOUSE["offers"][1] | {"title": "Frauenchor"}]
    with runtime.database.write() as session:
        apply_record(session, house())
        before = last_change(session)
        assert apply_record(session, house(offers=offers)) == "changed"
        assert changes_since(session, before) == [identity.offer_id("test", "choir")]


def test_another_name_of_the_provider_touches_all_its_offers(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        apply_record(session, house())
        before = last_change(session)
        apply_record(session, house(name="Haus am Fluss"))
        assert len(changes_since(session, before)) == 2


def test_another_address_touches_the_offers_at_that_place(runtime: Runtime) -> None:
    moved = [{"key": "hall", "street": "Marktweg", "plz": "73728"}, {"key": "attic"}]
    with runtime.database.write() as session:
        apply_record(session, house())
        before = last_change(session)
        apply_record(session, house(places=moved))
        assert changes_since(session, before) == [identity.offer_id("test", "cafe")]


def test_topics_times_and_places_are_replaced(runtime: Runtime) -> None:
    cafe = HOUSE["offers"][0] | {"topics": ["games"], "sessions": [], "places": [], "phrases": {}}
    with runtime.database.write() as session:
        apply_record(session, house())
        apply_record(session, house(offers=[cafe], places=[]))
        topics = session.exec(select(OfferTopic.concept)).all()
        places = session.exec(select(Place.key)).all()
    assert topics == ["games"]
    assert places == ["attic"], "the place of the withdrawn choir stays with it"


def test_a_parent_that_arrives_later_is_linked_then(runtime: Runtime) -> None:
    child = house(parent_external_id="union")
    parent = ProviderRecord(source="test", external_id="union", name="Dachverband", kind="club")
    with runtime.database.write() as session:
        apply_record(session, child)
        apply_record(session, parent)
        assert apply_record(session, child) == "changed"
        assert apply_record(session, child) == "unchanged"
        read_back = to_record(session, identity.provider_id("test", "house"))
    assert read_back.parent_external_id == "union"


def test_parents_are_applied_before_their_children(runtime: Runtime) -> None:
    child = house(parent_external_id="union")
    parent = ProviderRecord(
        source="test", external_id="union", name="Verband", kind="club", parent_external_id="house"
    )
    with runtime.database.write() as session:
        assert apply_all(session, [child, parent]) == ["created", "created"]


def test_an_offer_of_another_provider_is_not_taken_over(runtime: Runtime) -> None:
    other = house(external_id="other")
    with runtime.database.write() as session:
        apply_record(session, house())
        with pytest.raises(OfferTakenError):
            apply_record(session, other)


def test_a_given_up_offer_may_move_to_another_provider(runtime: Runtime) -> None:
    other = house(external_id="other")
    with runtime.database.write() as session:
        apply_record(session, house())
        apply_record(session, house(offers=[]))
        assert apply_record(session, other) == "created"
        offer = session.get(Offer, identity.offer_id("test", "cafe"))
        assert offer is not None
        assert offer.provider_id == identity.provider_id("test", "other")


def test_an_offer_named_twice_is_refused(runtime: Runtime) -> None:
    twice = house(offers=[HOUSE["offers"][0], HOUSE["offers"][0]])
    with runtime.database.write() as session, pytest.raises(InvalidInputError, match="twice"):
        apply_record(session, twice)


def test_what_does_not_exist_cannot_be_read_back(runtime: Runtime) -> None:
    with runtime.database.read() as session, pytest.raises(NotFoundError):
        to_record(session, "nothing")


@given(before=directory_records.providers(), record=directory_records.providers())
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_reading_back_gives_the_record_whatever_was_there_before(
    runtime: Runtime, before: ProviderRecord, record: ProviderRecord
) -> None:
    parent = ProviderRecord(source="test", external_id="parent", name="Verband", kind="club")
    provider_id = identity.provider_id("test", "haus")
    with runtime.database.read() as session:
        apply_all(session, [parent, before])
        apply_record(session, record)
        kept = {offer.external_id for offer in record.offers}
        read_back = to_record(session, provider_id)
        assert apply_record(session, record) == "unchanged"
        session.rollback()
    named = tuple(offer for offer in read_back.offers if offer.external_id in kept)
    assert {o.status for o in read_back.offers if o.external_id not in kept} <= {"withdrawn"}
    places = tuple(p for p in read_back.places if p.key in {q.key for q in record.places})
    assert read_back.model_copy(update={"offers": named, "places": places}) == canonical(record)
