"""Merging entries loses nothing, leads old addresses on, and can be undone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.core.errors import InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.collection_models import FavouriteOffer, Selection, SelectionItem
from app.directory.editing import (
    MeanwhileChangedError,
    change_offer,
    change_provider,
    create_offer,
    get_offer_entry,
    get_provider_entry,
    save_provider,
)
from app.directory.entry_records import offer_by_key, to_record
from app.directory.history import Author, list_revisions
from app.directory.merge_plans import UndoForbiddenError, default_choice, rename_stored_keys
from app.directory.merging import MergeOrder, find_successor, list_merges
from app.directory.models import DirectoryChange, Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord, record_from
from app.directory.service import apply_record
from app.directory.suggesting import get_suggestion, suggest_change
from app.directory.upkeep_models import DuplicateCandidate, EntryMerge
from app.operations.merging import merge_entries, undo_merge
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from tests.integration.case_samples import add_client, add_user
from tests.integration.test_editing import CLUB

EDITOR = Actor(new_id(), "directory_editor", "Erna Redaktion")
AUTHOR = Author(EDITOR.name, EDITOR.id)


def provider(source: str, key: str = "tsv", **changes: Any) -> ProviderRecord:
    return record_from(CLUB | {"source": source, "external_id": key} | changes)


def add(session: Session, record: ProviderRecord) -> str:
    apply_record(session, record)
    return session.exec(
        select(Provider.id).where(
            Provider.source == record.source, Provider.external_id == record.external_id
        )
    ).one()


def offer_of(session: Session, provider_id: str, title: str = "Fußball") -> str:
    return session.exec(
        select(Offer.id).where(Offer.provider_id == provider_id, Offer.title == title)
    ).one()


def merge(session: Session, kept: str, merged: str, *fields: str, kind: Any = "provider") -> EntryMerge:
    get: Any = get_offer_entry if kind == "offer" else get_provider_entry
    digests = get(session, kept).digest, get(session, merged).digest
    order = MergeOrder(kind, kept, merged, frozenset(fields), digests)
    return merge_entries(session, EDITOR, order)


def refer(session: Session, offer_id: str) -> str:
    actor = add_user(session)
    client = add_client(session, actor)
    referral = Referral(
        client_id=client.id,
        offer_id=offer_id,
        state="handed_over",
        follow_up_on=date(2026, 12, 1),
        referred_by=actor.id,
    )
    session.add(referral)
    session.flush()
    return referral.id


def test_a_merged_provider_gives_its_offers_places_and_persons(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept = add(session, provider("list"))
        other = add(session, provider("other", phone="0711 999", description="Ein alter Verein"))
        offer_id = offer_of(session, other)
        referral_id = refer(session, offer_id)
        suggestion = suggest_change(session, AUTHOR, "provider", other, {"phone": "0711 5"})
        before = to_record(session, kept), to_record(session, other)
        made = merge(session, kept, other, "phone")

        record = get_provider_entry(session, kept).record
        assert (record.phone, record.description) == ("0711 999", "")
        keys = [offer.external_id for offer in record.offers]
        assert keys == ["football", "other:football"]
        moved = get_offer_entry(session, offer_id)
        assert moved.provider_id == kept
        assert moved.record.used_places() <= {place.key for place in record.places}
        assert len(record.places) == 2, "the same places are kept once"
        assert [person.name for person in record.contacts] == ["Vera Vorstand"]
        row = session.get_one(Offer, offer_id)
        assert (row.source, row.is_imported) == ("list", False)
        assert session.get_one(Referral, referral_id).offer_id == offer_id
        assert find_successor(session, "provider", other) == kept
        assert find_successor(session, "provider", kept) is None
        with pytest.raises(NotFoundError):
            get_provider_entry(session, other)
        review = get_suggestion(session, suggestion or "")
        assert review.suggestion.entry_id == kept
        assert list_revisions(session, "provider", kept)[0].occasion == "merge"
        changes = set(session.exec(select(DirectoryChange.offer_id)))
        assert {kept, other, offer_id} <= changes
        (line,) = list_merges(session, other)
        assert (line.kept_id, line.merged_id, line.undone_at) == (kept, other, None)

        undo_merge(session, EDITOR, made.id)
        assert (to_record(session, kept), to_record(session, other)) == before
        assert session.get_one(Offer, offer_id).is_imported
        assert find_successor(session, "provider", other) is None
        assert get_suggestion(session, suggestion or "").suggestion.entry_id == other
        actions = session.exec(select(AuditEntry.action).where(AuditEntry.actor_id == EDITOR.id))
        assert list(actions) == ["entry.merge", "entry.unmerge"]


def test_keys_that_mean_different_things_are_told_apart(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept = add(session, provider("list"))
        places = [{"key": "hall", "street": "Nordring", "plz": "73728"}, {"key": "field"}]
        contacts = [{"key": "main", "name": "Otto Obmann"}]
        other = add(session, provider("other", places=places, contacts=contacts))
        offer_id = offer_of(session, other)
        change_offer(session, AUTHOR, offer_id, {"places": ["hall"], "title": "Kicken"}, "edit")
        before = to_record(session, kept), to_record(session, other)
        history = [one.record for one in list_revisions(session, "offer", offer_id)]
        made = merge(session, kept, other)
        record = to_record(session, kept)
        assert {place.key for place in record.places} == {"hall", "field", "tsv:hall"}
        assert {person.name for person in record.contacts} == {"Vera Vorstand", "Otto Obmann"}
        moved = get_offer_entry(session, offer_id).record
        assert (moved.places, moved.contacts) == (("tsv:hall",), ("tsv:main",))
        named = {
            key for one in list_revisions(session, "offer", offer_id) for key in one.record["places"]
        }
        assert named == {"tsv:hall", "field"}
        undo_merge(session, EDITOR, made.id)
        assert (to_record(session, kept), to_record(session, other)) == before
        assert [one.record for one in list_revisions(session, "offer", offer_id)] == history


def test_the_list_no_longer_changes_a_merged_provider(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept, other = add(session, provider("list", "a")), add(session, provider("other"))
        merge(session, kept, other)
        assert apply_record(session, provider("other", phone="0711 3")) == "merged"
        assert apply_record(session, provider("list", "a", phone="0711 4")) == "changed"
        record = to_record(session, kept)
        assert record.phone == "0711 4"
        assert len([one for one in record.offers if one.status == "published"]) == 2


def test_a_list_may_give_a_moved_offer_to_another_provider(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept, other = add(session, provider("list")), add(session, provider("other"))
        moved = offer_of(session, other)
        made = merge(session, kept, other)
        third = add(session, provider("other", "third"))
        fresh = offer_of(session, third)
        assert fresh != moved
        assert list_revisions(session, "offer", fresh)[0].occasion == "import"
        assert apply_record(session, provider("other", "third", phone="0711 8")) == "changed"
        with pytest.raises(UndoForbiddenError) as refused:
            undo_merge(session, EDITOR, made.id)
        assert [(one.code, one.what) for one in refused.value.problems] == [("key_taken", "Fußball")]


def test_branches_follow_and_nobody_becomes_part_of_itself(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        top = add(session, provider("list", "top", offers=[]))
        kept = add(session, provider("list", "kept", offers=[]))
        other = add(session, provider("list", "other", offers=[]))
        branch = add(session, provider("list", "branch", offers=[]))

        def put_below(child: str, parent: str) -> None:
            entry = get_provider_entry(session, child)
            save_provider(session, AUTHOR, child, entry.record, as_read=entry.digest, parent_id=parent)

        put_below(other, top)
        put_below(branch, other)
        put_below(kept, branch)
        made = merge(session, kept, other)
        parents = {one: session.get_one(Provider, one).parent_id for one in (kept, branch)}
        assert parents == {kept: top, branch: kept}
        assert get_provider_entry(session, branch).record.parent_external_id == "kept"
        undo_merge(session, EDITOR, made.id)
        parents = {one: session.get_one(Provider, one).parent_id for one in (kept, branch, other)}
        assert parents == {kept: branch, branch: other, other: top}


def two_offers(session: Session) -> tuple[str, str, str]:
    provider_id = add(session, provider("list"))
    twin = OfferRecord(external_id=new_id(), title="Fussball", kind="club", cost_cents=500)
    return provider_id, offer_of(session, provider_id), create_offer(session, AUTHOR, provider_id, twin)


def test_a_merged_offer_hands_over_referrals_favourites_and_selections(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, kept, other = two_offers(session)
        referral_id = refer(session, other)
        one, both = add_user(session, name="Eins"), add_user(session, name="Beide")
        selection = Selection(owner_id=one.id, title="Sport")
        session.add_all(
            [
                FavouriteOffer(user_id=one.id, offer_id=other),
                FavouriteOffer(user_id=both.id, offer_id=other),
                FavouriteOffer(user_id=both.id, offer_id=kept),
                selection,
                SelectionItem(selection_id=selection.id, offer_id=other, position=3),
            ]
        )
        session.flush()
        before = to_record(session, provider_id)
        made = merge(session, kept, other, "cost_cents", kind="offer")
        assert get_offer_entry(session, kept).record.cost_cents == 500
        assert session.get_one(Referral, referral_id).offer_id == kept
        row = session.get_one(Offer, other)
        assert (row.merged_into_id, row.status) == (kept, "withdrawn")
        assert find_successor(session, "offer", other) == kept
        favourites = session.exec(select(FavouriteOffer)).all()
        assert {(f.user_id, f.offer_id) for f in favourites} == {(one.id, kept), (both.id, kept)}
        assert session.exec(select(SelectionItem.offer_id)).one() == kept
        candidate = session.exec(select(DuplicateCandidate)).one()
        assert candidate.state == "merged"

        undo_merge(session, EDITOR, made.id)
        assert to_record(session, provider_id) == before
        assert session.get_one(Referral, referral_id).offer_id == other
        favourites = session.exec(select(FavouriteOffer)).all()
        assert {(f.user_id, f.offer_id) for f in favourites} == {
            (one.id, other),
            (both.id, other),
            (both.id, kept),
        }
        item = session.exec(select(SelectionItem)).one()
        assert (item.offer_id, item.position) == (other, 3)
        moves = session.exec(select(AuditEntry).where(AuditEntry.action == "referral.move")).all()
        assert {move.subject_id for move in moves} == {referral_id}
        assert len(moves) == 2


def test_chains_of_merges_lead_to_the_last_one(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        ids = [add(session, provider("list", key, offers=[])) for key in "abc"]
        first = merge(session, ids[1], ids[0])
        merge(session, ids[2], ids[1])
        assert find_successor(session, "provider", ids[0]) == ids[2]
        assert find_successor(session, "provider", new_id()) is None
        with pytest.raises(UndoForbiddenError) as refused:
            undo_merge(session, EDITOR, first.id)
        assert [one.code for one in refused.value.problems] == ["kept_merged"]


def test_what_was_changed_since_is_named_when_it_forbids_the_way_back(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept, other = add(session, provider("list")), add(session, provider("other", phone="0711 9"))
        places = [*CLUB["places"], {"key": "new", "street": "Ufer"}]
        moved = offer_of(session, other)
        made = merge(session, kept, other, "phone")
        change_provider(session, AUTHOR, kept, {"phone": "0711 7", "places": places}, "edit")
        change_offer(session, AUTHOR, moved, {"places": ["new"]}, "edit")
        with pytest.raises(UndoForbiddenError) as refused:
            undo_merge(session, EDITOR, made.id)
        found = {(one.code, one.what, one.where) for one in refused.value.problems}
        assert found == {("part_used", "Ufer", "Fußball"), ("field_changed", "phone", "")}
        assert session.get_one(EntryMerge, made.id).undone_at is None


def test_edits_that_do_not_touch_the_merge_stay(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept, other = add(session, provider("list")), add(session, provider("other", phone="0711 9"))
        moved = offer_of(session, other)
        made = merge(session, kept, other, "phone")
        change_provider(session, AUTHOR, kept, {"description": "Seit 1900"}, "edit")
        change_offer(session, AUTHOR, moved, {"title": "Kicken"}, "edit")
        undo_merge(session, EDITOR, made.id)
        record = to_record(session, kept)
        assert (record.description, record.phone) == ("Seit 1900", "0711 1")
        assert offer_by_key(to_record(session, other))["football"].title == "Kicken"
        with pytest.raises(UndoForbiddenError, match="undone"):
            undo_merge(session, EDITOR, made.id)


def test_an_offer_comes_back_without_places_and_persons_that_are_gone(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, kept, other = two_offers(session)
        made = merge(session, other, kept, kind="offer")
        entry = get_provider_entry(session, provider_id)
        record = entry.record.model_copy(update={"contacts": (), "places": ()})
        save_provider(session, AUTHOR, provider_id, record, as_read=entry.digest)
        undo_merge(session, EDITOR, made.id)
        assert get_offer_entry(session, kept).record.contacts == ()
        assert get_offer_entry(session, kept).record.title == "Fußball"


def test_offers_between_merged_providers_are_undone_first(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept, other = add(session, provider("list")), add(session, provider("other"))
        moved, own = offer_of(session, other), offer_of(session, kept)
        providers = merge(session, kept, other)
        offers = merge(session, own, moved, kind="offer")
        with pytest.raises(UndoForbiddenError) as refused:
            undo_merge(session, EDITOR, providers.id)
        assert [(one.code, one.what) for one in refused.value.problems] == [("offer_merged", "Fußball")]
        undo_merge(session, EDITOR, offers.id)
        undo_merge(session, EDITOR, providers.id)
        assert session.get_one(Offer, moved).provider_id == other


@pytest.mark.parametrize("fields", [("external_id",), ("offers",), ("nothing",), ("places",)], ids=str)
def test_only_fields_that_are_chosen_between_are_taken(
    runtime: Runtime, fields: tuple[str, ...]
) -> None:
    with runtime.database.write() as session:
        kept, other = add(session, provider("list")), add(session, provider("other"))
        with pytest.raises(InvalidInputError):
            merge(session, kept, other, *fields)
        with pytest.raises(InvalidInputError):
            merge(session, kept, kept)
        order = MergeOrder("provider", kept, other, frozenset(), ("old", "older"))
        with pytest.raises(MeanwhileChangedError):
            merge_entries(session, EDITOR, order)
        with pytest.raises(InvalidInputError, match="different providers"):
            merge(session, offer_of(session, kept), offer_of(session, other), kind="offer")
        assert session.exec(select(col(EntryMerge.id))).all() == []


def test_fields_that_do_not_go_together_are_refused(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id = add(session, provider("list"))
        values: dict[str, Any] = {"title": "Kurs", "kind": "club"}
        one = OfferRecord(external_id="1", min_age=20, max_age=30, **values)
        other = OfferRecord(external_id="2", min_age=5, max_age=10, **values)
        ids = [create_offer(session, AUTHOR, provider_id, record) for record in (one, other)]
        with pytest.raises(InvalidInputError):
            merge(session, ids[0], ids[1], "max_age", kind="offer")


def test_the_better_side_is_proposed() -> None:
    ours = provider("list", description="kurz", phone=None, website="https://a.example")
    theirs = provider("other", description="viel länger", email=None, website="https://b.example")
    assert default_choice(ours, theirs, merged_is_fresher=False) == {"description", "phone"}
    assert default_choice(ours, theirs, merged_is_fresher=True) == {
        "description",
        "phone",
        "website",
    }


def test_an_old_revision_without_newer_fields_can_be_renamed() -> None:
    from app.directory.merge_plans import KeyNames

    names = KeyNames({"hall": "x:hall"}, {})
    old = {"title": "Kurs", "places": ["hall"], "sessions": [{"weekday": 1, "place": "hall"}]}
    renamed = rename_stored_keys(old, names)
    assert renamed["places"] == ["x:hall"]
    assert renamed["sessions"] == [{"weekday": 1, "place": "x:hall"}]
