"""Waiting lists in the database: order, who sees what, and who is passed over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.lifecycle import reopen_case
from app.cases.lifecycle_records import ClosingInput, ReopeningInput
from app.cases.models import CaseEvent, Client
from app.core.errors import CaseClosedError, ConflictError, NotFoundError
from app.core.ids import new_id
from app.directory.models import Offer
from app.matching.dismissals import DismissalInput, dismiss_offer
from app.matching.models import PassedOver, WaitingEntry
from app.matching.waiting import (
    WaitingOrder,
    join_list,
    leave_list,
    list_open_entries,
    move_entries,
    read_passed_over_note,
    rejoin_list,
    return_entries,
)
from app.matching.waiting_queries import (
    get_waiting_list,
    list_waiting,
    load_case_entries,
    load_offer_queue,
)
from app.operations.closing import close_whole_case
from app.operations.places_given import PassesOverError, PassingOver, record_outcome_of_place
from app.operations.referring import refer_with_sheet
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.records import OutcomeReport, ReferralOrder
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_offer, add_user
from tests.integration.test_referrals import basis

KIND = "state_german"


@dataclass
class Lists:
    """A case worker, a colleague, and a course for which people wait."""

    session: Session
    actor: Actor
    colleague: Actor
    offer: Offer

    def client(self, actor: Actor | None = None, **values: Any) -> Client:
        told = {"german_level": "A2", "german_level_evidence": "certificate", **values}
        return add_client(self.session, actor or self.actor, birth_date="1992-05-19", **told)

    def join(self, client: Client, actor: Actor | None = None, **values: Any) -> WaitingEntry:
        order = order_for(**values)
        return join_list(self.session, actor or self.actor, client.id, order)

    def refer(self, client: Client) -> Referral:
        told = {"client_id": client.id, "offer_id": self.offer.id, "creation_key": new_id()}
        order = ReferralOrder.model_validate(told, context=CONTEXT)
        return refer_with_sheet(self.session, self.actor, order, basis(self.session), TODAY)

    def accept(
        self, referral: Referral, reason: str | None = None, note: str | None = None
    ) -> Referral:
        told = {"to_state": "accepted", "despite_full": True}
        report = OutcomeReport.model_validate(told, context=CONTEXT)
        return record_outcome_of_place(
            self.session,
            self.actor,
            referral.id,
            report,
            referral.version,
            basis=basis(self.session),
            passing_over=PassingOver(reason=reason, note=note) if reason else None,
            today=TODAY,
        )

    def passed(self) -> list[tuple[str, str]]:
        rows = self.session.exec(select(PassedOver).order_by(col(PassedOver.at))).all()
        return [(row.entry_id, row.reason) for row in rows]


def order_for(days_ago: int = 0, offer: Offer | None = None, **values: Any) -> WaitingOrder:
    told = {
        "course_kind": None if offer else KIND,
        "offer_id": offer.id if offer else "",
        "entered_on": TODAY - timedelta(days=days_ago),
        "date_reason": "asked_then" if days_ago else None,
        **values,
    }
    return WaitingOrder.model_validate(told, context=CONTEXT)


@pytest.fixture
def lists(runtime: Runtime) -> Iterator[Lists]:
    with runtime.database.write() as session:
        actor = add_user(session)
        offer = add_offer(
            session,
            title="Deutschkurs B1",
            course_kind=KIND,
            entry_level="A2",
            target_level="B1",
            starts_on=TODAY + timedelta(days=20),
            seats_max=12,
            seats_booked=10,
        )
        actor = Actor(actor.id, actor.role, actor.name, TODAY)
        yield Lists(session, actor, add_user(session, name="Karl Kollege"), offer)


def test_the_day_decides_the_order_and_the_moment_among_those_of_one_day(lists: Lists):
    late, early, also_late = (lists.client(given_name=name) for name in ("Spät", "Früh", "Auch"))
    lists.join(late, days_ago=5)
    lists.join(early, days_ago=30)
    lists.join(also_late, days_ago=5)
    found = get_waiting_list(lists.session, lists.actor, KIND)
    assert [line.client_id for line in found.lines] == [early.id, late.id, also_late.id]
    assert [line.position for line in found.lines] == [1, 2, 3]
    assert [start.id for start in found.starts] == [lists.offer.id]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"entered_on": TODAY + timedelta(days=1)}, "entered_on"),
        ({"entered_on": date(1926, 1, 1), "date_reason": "asked_then"}, "entered_on"),
        ({"entered_on": TODAY - timedelta(days=1), "date_reason": None}, "date_reason"),
        ({"entered_on": TODAY - timedelta(days=1), "date_reason": "because"}, "date_reason"),
        ({"course_kind": "karate"}, "course_kind"),
        ({"offer_id": "x" * 37}, "offer_id"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], field: str):
    with pytest.raises(ValidationError) as problem:
        order_for(**values)
    assert field in {str(error["loc"][0]) for error in problem.value.errors()}


def test_an_earlier_day_without_a_reason_does_not_count_and_a_reason_needs_an_earlier_day():
    assert order_for(date_reason="asked_then").date_reason is None
    with pytest.raises(ValidationError):
        order_for(course_kind=None)


def test_nobody_stands_on_a_list_twice(lists: Lists):
    client = lists.client()
    first = lists.join(client, days_ago=10)
    assert lists.join(client).id == first.id
    assert lists.join(client, offer=lists.offer).id != first.id
    queue = load_offer_queue(lists.session, lists.actor, lists.offer)
    assert (queue.count, [line.client_id for line in queue.own]) == (1, [client.id])


def test_two_who_put_the_same_client_on_a_list_make_one_entry(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client_id = add_client(session, actor).id
    barrier, ids = threading.Barrier(2), []

    def join() -> None:
        barrier.wait()
        with runtime.database.write() as session:
            ids.append(join_list(session, actor, client_id, order_for()).id)

    threads = [threading.Thread(target=join) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    assert len(ids) == 2


def test_names_are_told_of_the_cases_that_one_may_see(lists: Lists):
    own, other = lists.client(), lists.client(lists.colleague, given_name="Fremde")
    lists.join(other, lists.colleague, days_ago=20)
    lists.join(own, days_ago=10)
    first, second = get_waiting_list(lists.session, lists.actor, KIND).lines
    assert (first.client_id, first.client_name, first.case_worker_name) == (None, None, None)
    assert first.entered_on == TODAY - timedelta(days=20)
    assert (second.client_id, second.client_name) == (own.id, "Amira H.")
    assert second.case_worker_name == "Tina Test"
    queue = load_offer_queue(lists.session, lists.actor, lists.offer)
    assert (queue.count, [line.position for line in queue.own]) == (2, [2])
    (summary,) = list_waiting(lists.session, lists.actor)
    assert (summary.count, summary.own_count, summary.next_start) == (2, 1, lists.offer)
    noted = select(AuditEntry).where(AuditEntry.action == "waiting.list")
    assert [entry.subject_id for entry in lists.session.exec(noted)] == [KIND]


def test_a_foreign_case_is_put_on_no_list(lists: Lists):
    client = lists.client(lists.colleague)
    with pytest.raises(NotFoundError):
        lists.join(client)
    entry = lists.join(client, lists.colleague)
    for change in (
        lambda: leave_list(lists.session, lists.actor, client.id, entry.id, "mistake", 1),
        lambda: rejoin_list(lists.session, lists.actor, client.id, entry.id),
        lambda: leave_list(lists.session, lists.actor, lists.client().id, entry.id, "mistake", 1),
    ):
        with pytest.raises(NotFoundError):
            change()


@pytest.mark.parametrize("values", [{"is_sensitive": True}, {"status": "withdrawn"}])
def test_nobody_waits_on_a_list_for_what_is_confidential_or_gone(lists: Lists, values: dict[str, Any]):
    offer = add_offer(lists.session, **values)
    with pytest.raises(NotFoundError):
        lists.join(lists.client(), offer=offer)


def test_an_offer_that_becomes_confidential_stands_on_no_list(lists: Lists):
    client = lists.client()
    lists.join(client, offer=lists.offer)
    lists.offer.is_sensitive = True
    lists.session.flush()
    with pytest.raises(NotFoundError):
        get_waiting_list(lists.session, lists.actor, lists.offer.id)
    assert load_offer_queue(lists.session, lists.actor, lists.offer).count == 0
    assert [one.offer_id for one in list_waiting(lists.session, lists.actor)] == [None]
    (entry,) = load_case_entries(lists.session, client.id)
    assert (entry.is_hidden, entry.offer_title) == (True, None)


def test_who_leaves_can_come_back_to_the_old_place(lists: Lists):
    first, second = lists.client(), lists.client()
    entry = lists.join(first, days_ago=30)
    lists.join(second, days_ago=20)
    leave_list(lists.session, lists.actor, first.id, entry.id, "withdrawn", entry.version)
    leave_list(lists.session, lists.actor, first.id, entry.id, "withdrawn", 1)  # the double click
    with pytest.raises(ConflictError):
        leave_list(lists.session, lists.actor, first.id, entry.id, "moved", entry.version)
    assert [line.client_id for line in get_waiting_list(lists.session, lists.actor, KIND).lines] == [
        second.id
    ]
    rejoin_list(lists.session, lists.actor, first.id, entry.id)
    (shown,) = load_case_entries(lists.session, first.id)
    assert (shown.position, shown.count) == (1, 2)
    codes = select(CaseEvent.code).where(
        CaseEvent.client_id == first.id, col(CaseEvent.code).startswith("waiting")
    )
    assert sorted(lists.session.exec(codes)) == ["waiting_joined", "waiting_left", "waiting_rejoined"]


def test_coming_back_beside_a_newer_entry_is_refused(lists: Lists):
    client = lists.client()
    entry = lists.join(client, days_ago=30)
    leave_list(lists.session, lists.actor, client.id, entry.id, "mistake", entry.version)
    lists.join(client)
    with pytest.raises(ConflictError):
        rejoin_list(lists.session, lists.actor, client.id, entry.id)


def test_closing_a_case_ends_the_waiting(lists: Lists):
    client = lists.client()
    entry = lists.join(client, days_ago=30)
    closing = ClosingInput.model_validate({"closed_on": TODAY, "reason": "moved"}, context=CONTEXT)
    close_whole_case(lists.session, lists.actor, client.id, closing)
    assert entry.end_reason == "closed"
    with pytest.raises(CaseClosedError):
        rejoin_list(lists.session, lists.actor, client.id, entry.id)
    reopen_case(lists.session, lists.actor, client.id, ReopeningInput(reason="came_back"), TODAY)
    assert list_open_entries(lists.session, client.id) == ()
    rejoin_list(lists.session, lists.actor, client.id, entry.id)
    assert list_open_entries(lists.session, client.id) == (entry,)


def test_a_place_ends_the_waiting_of_who_was_first(lists: Lists):
    client, later = lists.client(), lists.client()
    entry = lists.join(client, days_ago=30)
    only = lists.join(client, offer=lists.offer)
    elsewhere = lists.join(client, course_kind="orientation")
    lists.join(later)
    referral = lists.refer(client)
    assert entry.ended_at is None
    lists.accept(referral)
    assert {(one.end_reason, one.placed_in) for one in (entry, only)} == {("placed", lists.offer.id)}
    assert elsewhere.ended_at is None
    assert lists.passed() == []


def test_whoever_is_placed_before_others_has_a_reason(lists: Lists):
    first, second = lists.client(), lists.client()
    entry = lists.join(first, days_ago=30)
    lists.join(second)
    referral = lists.refer(second)
    version = referral.version
    with pytest.raises(PassesOverError) as refused, lists.session.begin_nested():
        lists.accept(referral)
    assert refused.value.count == 1
    lists.session.refresh(referral)
    assert referral.version == version
    lists.accept(referral, "decided", "Die Schwester lernt im selben Kurs.")
    assert lists.passed() == [(entry.id, "decided")]
    stored = str(lists.session.connection().execute(text("SELECT * FROM passed_over")).all())
    assert "Schwester" not in stored
    (shown,) = load_case_entries(lists.session, first.id)
    assert [(line.reason, line.has_note) for line in shown.passed] == [("decided", True)]
    note = read_passed_over_note(lists.session, lists.actor, first.id, shown.passed[0].id)
    assert note.note == "Die Schwester lernt im selben Kurs."
    for actor, client_id in ((lists.colleague, first.id), (lists.actor, second.id)):
        with pytest.raises(NotFoundError):
            read_passed_over_note(lists.session, actor, client_id, shown.passed[0].id)


def test_whom_a_rule_excludes_is_passed_over_with_that_rule(lists: Lists):
    beginner = lists.client(lists.colleague, german_level="none")
    entry = lists.join(beginner, lists.colleague, days_ago=30)
    client = lists.client()
    lists.join(client)
    lists.accept(lists.refer(client))
    assert lists.passed() == [(entry.id, "level_below_entry")]
    (line,) = get_waiting_list(lists.session, lists.actor, KIND).lines
    assert [passed.reason for passed in line.passed] == ["rule"]
    own = Actor(lists.colleague.id, lists.colleague.role, "", TODAY)
    (line,) = get_waiting_list(lists.session, own, KIND).lines
    assert [passed.reason for passed in line.passed] == ["level_below_entry"]


def test_that_an_offer_was_set_aside_is_not_told_by_the_list(lists: Lists):
    waiting, client = lists.client(), lists.client()
    entry = lists.join(waiting, days_ago=30)
    told = DismissalInput(offer_id=lists.offer.id, reason="tried_before")
    dismiss_offer(lists.session, lists.actor, waiting.id, told, new_id())
    lists.join(client)
    lists.accept(lists.refer(client))
    assert lists.passed() == [(entry.id, "decided")]


def test_a_full_course_is_no_reason_why_somebody_else_got_the_seat(lists: Lists):
    lists.join(lists.client(), days_ago=30)
    client = lists.client()
    referral = lists.refer(client)
    lists.offer.seats_booked, lists.offer.has_waiting_list = 12, False
    lists.session.flush()
    with pytest.raises(PassesOverError):
        lists.accept(referral)


def test_a_decision_needs_words_and_a_reason_has_to_be_known():
    for told in ({"reason": "decided"}, {"reason": "because"}, {"reason": "fit", "note": "x" * 2001}):
        with pytest.raises(ValidationError):
            PassingOver.model_validate(told)


def test_the_same_reason_is_told_once(lists: Lists):
    entry = lists.join(lists.client(german_level="none"), days_ago=30)
    for _ in range(2):
        lists.accept(lists.refer(lists.client()))
    assert lists.passed() == [(entry.id, "level_below_entry")]


def test_who_waits_for_a_merged_offer_waits_for_the_kept_one(lists: Lists):
    kept = add_offer(lists.session, title="Deutschkurs B1 am Abend", course_kind=KIND)
    both, one = lists.client(), lists.client()
    first = lists.join(both, offer=lists.offer, days_ago=50)
    second = lists.join(both, offer=kept)
    third = lists.join(one, offer=lists.offer)
    moved = move_entries(lists.session, lists.offer.id, kept.id)
    assert moved == [third.id]
    assert first.end_reason == "mistake"
    assert (second.entered_on, third.offer_key) == (first.entered_on, kept.id)
    return_entries(lists.session, moved, lists.offer.id)
    assert third.offer_key == lists.offer.id
    assert lists.session.exec(select(func.count()).select_from(WaitingEntry)).one() == 3
