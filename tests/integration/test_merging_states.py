"""Any sequence of edits, merges and undone merges loses no offer and no referral."""

from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError
from app.directory.editing import change_offer, change_provider, get_offer_entry, get_provider_entry
from app.directory.entry_records import to_record
from app.directory.merge_plans import UndoForbiddenError, choosable_fields
from app.directory.merging import MergeOrder, find_successor
from app.directory.models import Offer, Provider
from app.directory.records import ProviderRecord
from app.directory.service import apply_record
from app.directory.upkeep_models import EntryMerge
from app.operations.merging import merge_entries, undo_merge
from app.operations.runtime import open_runtime
from app.referrals.models import Referral
from app.referrals.sealing import ReferralDetails, details_of, put_details
from app.settings import load_settings
from tests import directory_records
from tests.integration.case_samples import add_client, add_user
from tests.integration.test_merging import AUTHOR, EDITOR

PROVIDERS = 4
_numbers = st.integers(0, 1_000)
_bits = st.integers(0, 2**20 - 1)
_titles = st.sampled_from(["Nähen", "Kochen", "Lesen"])
_records = st.tuples(*(directory_records.providers(f"p{number}") for number in range(PROVIDERS)))


class Merging(RuleBasedStateMachine):
    """A directory of a few providers, each offer with one referral."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        environment = {"LOTSENBUCH_DATA_DIR": str(Path(self.folder.name))}
        self.runtime = open_runtime(load_settings(environment).with_today(date(2026, 11, 23)))
        self.referred: dict[str, str] = {}
        """Referral → the offer it was made to."""
        self.last: tuple[str, dict[str, Any], set[tuple[str, str]]] | None = None
        """The merge just made, and what was before it."""

    @initialize(records=_records, same_list=st.lists(st.booleans(), min_size=4, max_size=4))
    def fill(self, records: tuple[ProviderRecord, ...], same_list: list[bool]) -> None:
        with self.runtime.database.write() as session:
            for number, (record, is_same) in enumerate(zip(records, same_list, strict=True)):
                source = "list" if is_same else f"list{number}"
                parent = f"p{number - 1}" if record.parent_external_id and number else None
                update = {"source": source, "parent_external_id": parent}
                apply_record(session, record.model_copy(update=update))
            actor = add_user(session)
            client = add_client(session, actor)
            for offer in session.exec(select(Offer)).all():
                referral = Referral(client_id=client.id, state="handed_over", referred_by=actor.id)
                put_details(referral, ReferralDetails(offer.id), is_sensitive=offer.is_sensitive)
                session.add(referral)
                session.flush()
                self.referred[referral.id] = offer.id

    @rule(pick=_numbers, title=_titles)
    def edit_an_offer(self, pick: int, title: str) -> None:
        with self.runtime.database.write() as session:
            if offers := _living(session, Offer):
                change_offer(session, AUTHOR, offers[pick % len(offers)], {"title": title}, "edit")
                self.last = None

    @rule(pick=_numbers, text=_titles, drop=st.booleans())
    def edit_a_provider(self, pick: int, text: str, drop: bool) -> None:
        with self.runtime.database.write() as session:
            providers = _living(session, Provider)
            provider_id = providers[pick % len(providers)]
            changes: dict[str, Any] = {"description": text}
            if drop:
                record = get_provider_entry(session, provider_id).record
                changes["places"] = [place.model_dump() for place in record.places[1:]]
            change_provider(session, AUTHOR, provider_id, changes, "edit")
            self.last = None

    @rule(one=_numbers, other=_numbers, choice=_bits)
    def merge_providers(self, one: int, other: int, choice: int) -> None:
        with self.runtime.database.read() as session:
            ids = _living(session, Provider)
        self._merge("provider", ids[one % len(ids)], ids[other % len(ids)], choice)

    @rule(pick=_numbers, one=_numbers, other=_numbers, choice=_bits)
    def merge_offers(self, pick: int, one: int, other: int, choice: int) -> None:
        with self.runtime.database.read() as session:
            groups: dict[str, list[str]] = {}
            for offer_id in _living(session, Offer):
                row = session.get_one(Offer, offer_id)
                groups.setdefault(row.provider_id, []).append(offer_id)
        several = [ids for _, ids in sorted(groups.items()) if len(ids) > 1]
        if several:
            ids = several[pick % len(several)]
            self._merge("offer", ids[one % len(ids)], ids[other % len(ids)], choice)

    def _merge(self, entry_type: Any, kept_id: str, merged_id: str, choice: int) -> None:
        if kept_id == merged_id:
            return
        get: Any = get_offer_entry if entry_type == "offer" else get_provider_entry
        try:
            with self.runtime.database.write() as session:
                before = _records_of(session), _pointers(session)
                kept, merged = get(session, kept_id), get(session, merged_id)
                fields = choosable_fields(kept.record, merged.record)
                chosen = frozenset(name for bit, name in enumerate(fields) if choice >> bit & 1)
                digests = kept.digest, merged.digest
                order = MergeOrder(entry_type, kept_id, merged_id, chosen, digests)
                made = merge_entries(session, EDITOR, order)
            self.last = (made.id, *before)
        except InvalidInputError:  # the fields chosen do not go together
            return

    @precondition(lambda self: self.last is not None)
    @rule()
    def undo_at_once(self) -> None:
        assert self.last is not None
        merge_id, records, pointers = self.last
        with self.runtime.database.write() as session:
            undo_merge(session, EDITOR, merge_id)
            assert _records_of(session) == records
            assert _pointers(session) == pointers
        self.last = None

    @rule(pick=_numbers)
    def undo_any(self, pick: int) -> None:
        with self.runtime.database.read() as session:
            ids = list(session.exec(select(EntryMerge.id).order_by(col(EntryMerge.at))))
        if not ids:
            return
        with suppress(UndoForbiddenError), self.runtime.database.write() as session:
            undo_merge(session, EDITOR, ids[pick % len(ids)])
            self.last = None

    @invariant()
    def every_referral_leads_to_an_offer_that_is_there(self) -> None:
        with self.runtime.database.read() as session:
            living = set(_living(session, Offer))
            assert len(session.exec(select(Referral.id)).all()) == len(self.referred)
            for referral_id, first in self.referred.items():
                offer_id = details_of(session.get_one(Referral, referral_id)).offer_id
                assert offer_id in living
                assert (find_successor(session, "offer", first) or first) == offer_id

    @invariant()
    def every_offer_stands_in_one_provider_of_its_source(self) -> None:
        with self.runtime.database.read() as session:
            told = list(
                itertools.chain.from_iterable(
                    to_record(session, one).offers for one in _living(session, Provider)
                )
            )
            assert len(told) == len(_living(session, Offer))
            for row in session.exec(select(Offer).where(col(Offer.merged_into_id).is_(None))):
                provider = session.get_one(Provider, row.provider_id)
                assert provider.source == row.source
                assert provider.merged_into_id is None

    @invariant()
    def nobody_is_part_of_itself(self) -> None:
        with self.runtime.database.read() as session:
            parents = {row.id: row.parent_id for row in session.exec(select(Provider))}
            for provider_id in parents:
                above, steps = parents[provider_id], 0
                while above is not None:
                    steps += 1
                    assert steps <= PROVIDERS
                    above = parents[above]

    def teardown(self) -> None:
        self.runtime.database.dispose()
        self.folder.cleanup()


def _living(session: Session, table: Any) -> list[str]:
    """Ids of what was not merged away."""
    statement = select(table.id).where(col(table.merged_into_id).is_(None)).order_by(col(table.id))
    return list(session.exec(statement))


def _records_of(session: Session) -> dict[str, Any]:
    return {one: to_record(session, one) for one in _living(session, Provider)}


def _pointers(session: Session) -> set[tuple[str, str]]:
    return {(row.id, details_of(row).offer_id) for row in session.exec(select(Referral))}


Merging.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestMergingAndUndoing = Merging.TestCase
