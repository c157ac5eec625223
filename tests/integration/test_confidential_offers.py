"""An offer becomes sensitive: what lists kept of it beside clients goes in the same transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select

from app.core.clock import utc_now
from app.core.ids import new_id
from app.directory.models import Offer
from app.matching.models import AllocationLine, AllocationRound, FoundMatch, PassedOver, WaitingEntry
from app.operations.runtime import Runtime
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user
from tests.integration.test_merging import merge


def _fill(runtime: Runtime, title: str) -> str:
    """An offer that stands beside a client wherever lists keep one."""
    with runtime.database.write() as session:
        actor = add_user(session)
        client, offer = add_client(session, actor), add_offer(session, title)
        told = {"client_id": client.id, "entered_on": TODAY, "entered_by": actor.id}
        placed = WaitingEntry(
            **told, course_kind="state_german", ended_at=utc_now(), placed_in=offer.id
        )
        past = WaitingEntry(**told, course_kind="", offer_key=offer.id, ended_at=utc_now())
        open_one = WaitingEntry(**told, course_kind="", offer_key=offer.id)
        shared = AllocationRound(
            title="Winter", day=TODAY, rules_version="1", created_by=actor.id, creation_key=new_id()
        )
        session.add_all((placed, past, open_one, shared))
        session.flush()
        session.add_all(
            (
                FoundMatch(
                    client_id=client.id, offer_id=offer.id, score=0.8, found_on=TODAY, kind="new"
                ),
                PassedOver(entry_id=placed.id, offer_id=offer.id, reason="too_far", by=actor.id),
                AllocationLine(
                    round_id=shared.id,
                    client_id=client.id,
                    entry_id=placed.id,
                    decided_offer_id=offer.id,
                    state="confirmed",
                    decided_at=utc_now() - timedelta(days=1),
                ),
            )
        )
        return offer.id


def _count(runtime: Runtime, offer_id: str) -> dict[str, int]:
    with runtime.database.read() as session:
        columns = (
            col(FoundMatch.offer_id),
            col(PassedOver.offer_id),
            col(AllocationLine.decided_offer_id),
            col(WaitingEntry.placed_in),
            col(WaitingEntry.offer_key),
        )
        return {
            str(one): len(session.exec(select(one).where(one == offer_id)).all()) for one in columns
        }


def test_what_lists_kept_of_an_offer_that_becomes_sensitive_goes(runtime: Runtime):
    hidden, other = _fill(runtime, "Suchtberatung"), _fill(runtime, "Deutschkurs")
    with runtime.database.write() as session:
        session.get_one(Offer, hidden).is_sensitive = True
    assert _count(runtime, hidden) == {
        "FoundMatch.offer_id": 0,
        "PassedOver.offer_id": 0,
        "AllocationLine.decided_offer_id": 0,
        "WaitingEntry.placed_in": 0,
        "WaitingEntry.offer_key": 1,  # who still waits goes on waiting; no list names the offer
    }
    assert set(_count(runtime, other).values()) == {1, 2}


def test_a_mark_that_is_taken_back_before_the_end_takes_nothing_along(runtime: Runtime):
    offer_id = _fill(runtime, "Deutschkurs")
    with runtime.database.write() as session:
        offer = session.get_one(Offer, offer_id)
        offer.is_sensitive = True
        offer.is_sensitive = False
    assert _count(runtime, offer_id)["FoundMatch.offer_id"] == 1


def test_merged_into_a_sensitive_entry_an_offer_leaves_the_lists_too(runtime: Runtime):
    offer_id = _fill(runtime, "Beratung")
    with runtime.database.write() as session:
        kept = add_offer(session, "Suchtberatung", kind="counselling", is_sensitive=True)
        kept.provider_id = session.get_one(Offer, offer_id).provider_id
        session.flush()
        merge(session, kept.id, offer_id, kind="offer")
        kept_id = kept.id
    for one in (offer_id, kept_id):
        counts = _count(runtime, one)
        waiting = counts.pop("WaitingEntry.offer_key")
        assert set(counts.values()) == {0}
        assert waiting == (one == kept_id)
