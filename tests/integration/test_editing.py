"""Editing an entry by hand: validated, with a history, safe from the next import."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.editing import (
    MeanwhileChangedError,
    change_offer,
    change_provider,
    create_offer,
    create_provider,
    get_offer_entry,
    get_provider_entry,
    restore_revision,
    save_offer,
    save_provider,
)
from app.directory.entry_records import to_record
from app.directory.history import Author, list_revisions
from app.directory.models import DirectoryChange, Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord, record_from
from app.directory.service import apply_record
from app.directory.upkeep_models import ChangeSuggestion
from app.operations.runtime import Runtime
from tests import directory_records

EDITOR = Author("Erna Redaktion", new_id())
CLUB: dict[str, Any] = {
    "source": "list",
    "external_id": "tsv",
    "name": "TSV Beispiel",
    "kind": "club",
    "phone": "0711 1",
    "contacts": [{"key": "main", "name": "Vera Vorstand"}],
    "places": [{"key": "hall", "street": "Hallenweg", "plz": "73728"}, {"key": "field"}],
    "offers": [
        {
            "external_id": "football",
            "title": "Fußball",
            "kind": "club",
            "places": ["field"],
            "contacts": ["main"],
            "sessions": [{"weekday": 2, "starts": "18:00", "ends": "19:30", "place": "field"}],
        }
    ],
}


def club(**changes: Any) -> ProviderRecord:
    return record_from(CLUB | changes)


def football(**changes: Any) -> list[dict[str, Any]]:
    return [CLUB["offers"][0] | changes]


def import_club(session: Session, **changes: Any) -> tuple[str, str]:
    apply_record(session, club(**changes))
    provider_id = session.exec(select(Provider.id).where(Provider.external_id == "tsv")).one()
    offer_id = session.exec(select(Offer.id).where(Offer.external_id == "football")).one()
    return provider_id, offer_id


def changed_entries(session: Session) -> list[str]:
    rows = session.exec(select(DirectoryChange).order_by(col(DirectoryChange.seq)))
    return [row.offer_id for row in rows]


def test_an_edited_offer_says_the_new_thing_and_tells_what_changed(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        entry = get_offer_entry(session, offer_id)
        record = entry.record.model_copy(update={"title": "Fußball für alle", "cost_cents": 500})
        changes = save_offer(session, EDITOR, offer_id, record, as_read=entry.digest)
        assert {one.field: one.new for one in changes} == {
            "title": "Fußball für alle",
            "cost_cents": 500,
        }
        assert changed_entries(session)[-1] == offer_id
        assert get_offer_entry(session, offer_id).record == record
        newest, first = list_revisions(session, "offer", offer_id)
        assert (newest.author, newest.occasion) == (EDITOR, "edit")
        assert {change.field for change in newest.changes} == {"title", "cost_cents"}
        assert (first.occasion, first.changes) == ("import", ())


def test_saving_the_same_again_changes_nothing(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        entry = get_offer_entry(session, offer_id)
        before = changed_entries(session)
        assert save_offer(session, EDITOR, offer_id, entry.record, as_read=entry.digest) == ()
        assert changed_entries(session) == before
        assert len(list_revisions(session, "offer", offer_id)) == 1


def test_who_read_an_older_state_is_told_and_nothing_is_written(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, offer_id = import_club(session)
        offer, provider = get_offer_entry(session, offer_id), get_provider_entry(session, provider_id)
        change_offer(session, EDITOR, offer_id, {"title": "Fußball II"}, "edit")
        change_provider(session, EDITOR, provider_id, {"phone": "0711 2"}, "edit")
        with pytest.raises(MeanwhileChangedError):
            save_offer(session, EDITOR, offer_id, offer.record, as_read=offer.digest)
        with pytest.raises(MeanwhileChangedError):
            save_provider(session, EDITOR, provider_id, provider.record, as_read=provider.digest)
        assert get_offer_entry(session, offer_id).record.title == "Fußball II"
        assert get_provider_entry(session, provider_id).record.phone == "0711 2"


def test_a_form_sent_twice_creates_once(runtime: Runtime) -> None:
    record = record_from(
        {"source": "manual", "external_id": new_id(), "name": "Nähcafé", "kind": "initiative"}
    )
    offer = OfferRecord(external_id=new_id(), title="Nähen", kind="meeting")
    with runtime.database.write() as session:
        ids = {create_provider(session, EDITOR, record) for _ in range(2)}
        offers = {create_offer(session, EDITOR, ids.copy().pop(), offer) for _ in range(2)}
        assert len(ids) == len(offers) == 1
        assert len(session.exec(select(Offer)).all()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"seats_max": 5, "seats_booked": 6},
        {"min_age": 20, "max_age": 10},
        {"places": ("nowhere",)},
        {"contacts": ("nobody",)},
        {"website": "javascript:alert(1)"},
        {"title": ""},
        {"title": "x" * 301},
        {"kind": "no such kind"},
    ],
    ids="-".join,
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    runtime: Runtime, changes: dict[str, Any]
) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        before = get_offer_entry(session, offer_id)
        with pytest.raises(InvalidInputError):
            change_offer(session, EDITOR, offer_id, changes, "edit")
        assert get_offer_entry(session, offer_id) == before


def test_a_place_that_goes_leaves_its_offers_without_it(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, offer_id = import_club(session)
        entry = get_provider_entry(session, provider_id)
        kept = tuple(place for place in entry.record.places if place.key == "hall")
        record = entry.record.model_copy(update={"places": kept, "contacts": ()})
        save_provider(session, EDITOR, provider_id, record, as_read=entry.digest)
        offer = get_offer_entry(session, offer_id).record
        assert (offer.places, offer.contacts, offer.sessions[0].place) == ((), (), None)
        assert offer_id in changed_entries(session)


def test_a_provider_cannot_be_part_of_itself(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, _ = import_club(session)
        entry = get_provider_entry(session, provider_id)
        branch = create_provider(
            session,
            EDITOR,
            record_from(CLUB | {"external_id": new_id(), "offers": []}),
            parent_id=provider_id,
        )
        for parent in (provider_id, branch, "nobody"):
            with pytest.raises(InvalidInputError) as error:
                save_provider(
                    session, EDITOR, provider_id, entry.record, as_read=entry.digest, parent_id=parent
                )
            assert error.value.field == "parent_id"


def test_a_restore_goes_back_and_is_itself_part_of_the_history(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, offer_id = import_club(session)
        original = get_offer_entry(session, offer_id).record
        change_offer(session, EDITOR, offer_id, {"title": "Anders", "sessions": ()}, "edit")
        first = list_revisions(session, "offer", offer_id)[-1]
        restore_revision(session, EDITOR, first.seq)
        assert get_offer_entry(session, offer_id).record == original
        assert [r.occasion for r in list_revisions(session, "offer", offer_id)] == [
            "restore",
            "edit",
            "import",
        ]
        change_provider(session, EDITOR, provider_id, {"name": "TSV Neu", "contacts": ()}, "edit")
        restore_revision(session, EDITOR, list_revisions(session, "provider", provider_id)[-1].seq)
        assert get_provider_entry(session, provider_id).record.contacts[0].name == "Vera Vorstand"
        with pytest.raises(NotFoundError):
            restore_revision(session, EDITOR, 10**9)


def test_the_next_import_keeps_what_was_edited_and_proposes_the_rest(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, offer_id = import_club(session)
        change_offer(session, EDITOR, offer_id, {"title": "Fußball ab 6"}, "edit")
        change_provider(session, EDITOR, provider_id, {"phone": "0711 22"}, "edit")
        offers = football(title="Fußball (Liste)", cost_cents=0)
        assert apply_record(session, club(phone="0711 33", email="a@b.example", offers=offers)) == (
            "changed"
        )
        offer = get_offer_entry(session, offer_id).record
        provider = get_provider_entry(session, provider_id).record
        assert (offer.title, offer.cost_cents) == ("Fußball ab 6", 0)
        assert (provider.phone, provider.email) == ("0711 22", "a@b.example")
        proposed = {one.entry_type: one.changes for one in session.exec(select(ChangeSuggestion))}
        assert proposed == {
            "offer": {"title": {"old": "Fußball ab 6", "new": "Fußball (Liste)"}},
            "provider": {"phone": {"old": "0711 22", "new": "0711 33"}},
        }


def test_what_an_editor_said_no_to_is_not_proposed_again(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        change_offer(session, EDITOR, offer_id, {"title": "Fußball ab 6"}, "edit")
        apply_record(session, club(offers=football(title="Liste")))
        suggestion = session.exec(select(ChangeSuggestion)).one()
        suggestion.state, suggestion.decisions = "decided", {"title": "rejected"}
        session.add(suggestion)
        apply_record(session, club(offers=football(title="Liste", cost_cents=0)))
        assert len(session.exec(select(ChangeSuggestion)).all()) == 1
        apply_record(session, club(offers=football(title="Liste neu", cost_cents=0)))
        assert len(session.exec(select(ChangeSuggestion)).all()) == 2


def test_an_import_withdraws_only_what_a_list_brought(runtime: Runtime) -> None:
    by_hand = OfferRecord(external_id=new_id(), title="Turnen", kind="club", places=("hall",))
    with runtime.database.write() as session:
        provider_id, offer_id = import_club(session)
        own_id = create_offer(session, EDITOR, provider_id, by_hand)
        apply_record(session, club(offers=[], places=[]))
        assert get_offer_entry(session, offer_id).record.status == "withdrawn"
        own = get_offer_entry(session, own_id).record
        assert (own.status, own.places) == ("published", ("hall",))
        assert get_offer_entry(session, offer_id).record.places == ("field",)


@given(first=directory_records.providers(), second=directory_records.providers())
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_state_can_be_saved_over_any_other_and_restored(
    runtime: Runtime, first: ProviderRecord, second: ProviderRecord
) -> None:
    with runtime.database.read() as session:
        provider_id = create_provider(session, EDITOR, first)
        before = to_record(session, provider_id)
        entry = get_provider_entry(session, provider_id)
        save_provider(session, EDITOR, provider_id, second, as_read=entry.digest)
        after = to_record(session, provider_id)
        assert (after.name, after.contacts, after.phone) == (
            second.name.strip(),
            after.contacts,
            second.phone or None,
        )
        restore_revision(session, EDITOR, list_revisions(session, "provider", provider_id)[-1].seq)
        again = to_record(session, provider_id)
        assert again.model_copy(update={"offers": ()}) == before.model_copy(update={"offers": ()})
        session.rollback()
