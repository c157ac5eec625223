"""A group to one offer, one client's choices: all or none, once, and the order kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.consents import record_consent
from app.cases.models import Client
from app.core.errors import (
    CaseClosedError,
    ConflictError,
    InvalidInputError,
    LotsenbuchError,
    NotFoundError,
)
from app.core.ids import new_id
from app.directory.history import Author
from app.directory.models import Offer
from app.mail.models import OutboxMail
from app.operations.partner_requests import take_request_back
from app.operations.referring_together import (
    NotAllReferredError,
    Part,
    ReferredAlreadyError,
    refer_together,
    take_up,
)
from app.operations.runtime import Runtime
from app.referrals.bundle_queries import find_choices, find_group, load_group
from app.referrals.day_lists import list_day
from app.referrals.models import Referral, ReferralEvent
from app.referrals.outcomes import record_answer, record_outcome
from app.referrals.preferences import HAS_A_PLACE, leads_to_next
from app.referrals.queries import find_earlier_referrals
from app.referrals.records import OutcomeReport, ReferralOrder
from app.referrals.sealing import details_of
from app.referrals.service import ConsentMissingError, OfferExcludedError
from app.referrals.states import PROPOSED, STATES, is_open, reasons_for
from app.referrals.taking_up import cancel_waiting
from app.referrals.transitions import TAKEN_UP, find_transition
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_offer, add_user
from tests.integration.test_arranged_referrals import consent_data
from tests.integration.test_referrals import basis

LANGS = ("de", "ar", "uk")


@dataclass
class Together:
    """A case worker, some people of theirs, some offers."""

    runtime: Runtime
    session: Session
    actor: Actor
    people: list[Client]
    offers: list[Offer]
    form: str = field(default_factory=new_id)

    def part(self, person: int = 0, offer: int = 0, **values: Any) -> Part:
        of_part = ("preference", "is_later", "asks_by_mail", "despite_earlier")
        known = {name: values.pop(name) for name in of_part if name in values}
        told = {
            "client_id": self.people[person].id,
            "offer_id": self.offers[offer].id,
            "creation_key": self.form,
            **values,
        }
        return Part(ReferralOrder.model_validate(told, context=CONTEXT), **known)

    def refer(self, parts: Sequence[Part], actor: Actor | None = None) -> tuple[Referral, ...]:
        return refer_together(
            self.session, actor or self.actor, parts, basis(self.session), TODAY, self.runtime
        )

    def choices(self, *, now: int = 1, mode: str = "signpost") -> tuple[Referral, ...]:
        return self.refer(
            [
                self.part(offer=i, preference=i + 1, is_later=i >= now, mode=mode)
                for i in range(len(self.offers))
            ]
        )

    def report(self, referral: Referral, to_state: str, **values: Any) -> Referral:
        told = OutcomeReport.model_validate({"to_state": to_state, **values}, context=CONTEXT)
        return record_outcome(
            self.session, self.actor, referral.id, told, referral.version, today=TODAY
        )

    def take_up(self, referral: Referral, version: int | None = None, **values: Any) -> Referral:
        known = details_of(referral)
        by_mail = values.pop("asks_by_mail", False)
        told = {
            "client_id": referral.client_id,
            "offer_id": known.offer_id,
            "creation_key": referral.creation_key,
            **values,
        }
        order = ReferralOrder.model_validate(told, context=CONTEXT)
        return take_up(
            self.session,
            self.runtime,
            self.actor,
            referral.id,
            order,
            version if version is not None else referral.version,
            basis(self.session),
            asks_by_mail=by_mail,
        )

    def count(self) -> int:
        return self.session.exec(select(func.count()).select_from(Referral)).one()

    def steps(self, referral: Referral) -> list[ReferralEvent]:
        found = select(ReferralEvent).where(ReferralEvent.referral_id == referral.id)
        return list(self.session.exec(found.order_by(col(ReferralEvent.at))).all())

    def logged(self, referral: Referral) -> list[str]:
        found = select(AuditEntry.action).where(AuditEntry.subject_id == referral.id)
        return list(self.session.exec(found).all())

    def consent(self, person: int, *data: str) -> None:
        told = consent_data(provider_id=self.offers[0].provider_id, data=data)
        record_consent(self.session, self.actor, self.people[person].id, told, new_id())


def make_together(runtime: Runtime, session: Session, people: int = 3, offers: int = 3) -> Together:
    actor = add_user(session)
    clients = [add_client(session, actor, given_name=name) for name in ("Ana", "Bo", "Cem")[:people]]
    found = [add_offer(session, kind="club", title=title) for title in ("Chor", "Yoga", "Rad")[:offers]]
    return Together(runtime, session, actor, clients, found)


@pytest.fixture
def together(runtime: Runtime) -> Iterator[Together]:
    with runtime.database.write() as session:
        yield make_together(runtime, session)


def test_each_of_a_group_has_a_referral_history_and_log_of_its_own(together: Together):
    referrals = together.refer([together.part(i, sheet_language=lang) for i, lang in enumerate(LANGS)])
    assert [one.client_id for one in referrals] == [one.id for one in together.people]
    assert len({one.bundle_id for one in referrals}) == 1
    assert len({one.creation_key for one in referrals}) == len(referrals)
    assert [one.sheet_language for one in referrals] == list(LANGS)
    for one in referrals:
        assert (one.state, one.preference, one.follow_up_on) == ("handed_over", None, date(2026, 12, 7))
        assert [step.to_state for step in together.steps(one)] == ["handed_over"]
        assert "referral.create" in together.logged(one)


def test_the_same_form_refers_once_and_another_form_shows_what_is_there(together: Together):
    parts = [together.part(i) for i in range(3)]
    first = together.refer(parts)
    assert together.refer(parts) == first
    together.form = new_id()
    with pytest.raises(NotAllReferredError) as caught:
        together.refer([together.part(i) for i in range(3)])
    assert {type(one) for one in caught.value.problems.values()} == {ReferredAlreadyError}
    assert len(caught.value.problems) == together.count() == 3
    again = together.refer([together.part(0, despite_earlier=True)])
    assert again[0].id != first[0].id
    assert again[0].bundle_id != first[0].bundle_id


def test_all_that_stands_in_the_way_is_named_at_once(together: Together):
    together.consent(0, "name", "phone")
    together.consent(1, "name")
    close_for_test(together, 2)
    parts = [together.part(i, mode="arranged", released=("name", "phone")) for i in range(3)]
    with pytest.raises(NotAllReferredError) as caught:
        together.refer(parts)
    problems = {client: type(error) for (client, _offer), error in caught.value.problems.items()}
    ids = [one.id for one in together.people]
    assert problems == {ids[1]: ConsentMissingError, ids[2]: CaseClosedError}
    [done] = together.refer(parts[:1])
    assert (done.mode, done.state) == ("arranged", "agreed")


def close_for_test(together: Together, person: int) -> None:
    together.people[person].closed_on = TODAY
    together.session.add(together.people[person])
    together.session.flush()


def test_nobody_is_referred_when_one_cannot_be(runtime: Runtime):
    with runtime.database.write() as session:
        together = make_together(runtime, session)
    by_mail = {"mode": "arranged", "asks_by_mail": True}
    parts = [together.part(0), together.part(1), together.part(2, released=("name",), **by_mail)]
    with pytest.raises(NotAllReferredError):
        _refer_in_a_transaction(together, parts)
    with runtime.database.read() as session:
        assert session.exec(select(func.count()).select_from(Referral)).one() == 0
        assert session.exec(select(func.count()).select_from(ReferralEvent)).one() == 0
        assert session.exec(select(func.count()).select_from(OutboxMail)).one() == 0


def _refer_in_a_transaction(together: Together, parts: Sequence[Part]) -> None:
    with together.runtime.database.write() as session:
        replace(together, session=session).refer(parts)


def test_rules_are_set_aside_for_whom_it_was_said_only(together: Together):
    offer = together.offers[0]
    offer.sex = "female"
    together.session.add(offer)
    for person in together.people:
        person.sex = "male"
        together.session.add(person)
    together.session.flush()
    with pytest.raises(NotAllReferredError) as caught:
        together.refer([together.part(0, despite_rules=("only_for_other_sex",)), together.part(1)])
    [(key, error)] = caught.value.problems.items()
    assert key == (together.people[1].id, offer.id)
    assert isinstance(error, OfferExcludedError)


def test_each_mail_is_one_s_own(together: Together):
    together.offers[0].contact_email = "chor@verein.example"
    together.session.add(together.offers[0])
    parts = [together.part(i, mode="arranged", asks_by_mail=True) for i in range(3)]
    referrals = together.refer(parts)
    assert {one.state for one in referrals} == {"sent"}
    mails = together.session.exec(select(OutboxMail)).all()
    assert sorted(str(mail.subject_id) for mail in mails) == sorted(one.id for one in referrals)
    assert together.refer(parts) == referrals
    assert len(together.session.exec(select(OutboxMail)).all()) == 3
    take_request_back(together.session, together.actor, referrals[0].id, TODAY)
    assert [one.state for one in referrals] == ["cancelled", "sent", "sent"]


def test_other_people_s_clients_are_not_found(together: Together):
    stranger = add_user(together.session)
    with pytest.raises(NotFoundError):
        together.refer([together.part(0)], actor=stranger)
    foreign = add_client(together.session, stranger)
    together.people.append(foreign)
    with pytest.raises(NotFoundError):
        together.refer([together.part(0), together.part(3)])


def test_the_others_of_a_group_are_named_to_those_who_may_see_them(together: Together):
    session, actor = together.session, together.actor
    first, second, third = together.refer([together.part(i) for i in range(3)])
    colleague = add_user(session)
    client = session.get_one(Client, third.client_id)
    client.case_worker_id = colleague.id
    session.add(client)
    session.flush()
    found = find_group(session, first, actor, is_opened=False)
    assert found is not None
    assert [line.id for line in found.lines] == [second.id]
    assert found.hidden == 1
    alone = find_group(session, third, colleague, is_opened=False)
    assert alone is not None
    assert (alone.lines, alone.hidden) == ((), 2)
    with pytest.raises(NotFoundError):
        load_group(session, first.bundle_id or "", add_user(session))


def test_what_is_sealed_tells_nothing_of_others_unless_opened(together: Together):
    together.offers[0].is_sensitive = True
    together.session.add(together.offers[0])
    referrals = together.refer([together.part(i) for i in range(3)])
    assert {one.offer_id for one in referrals} == {None}
    assert find_group(together.session, referrals[0], together.actor, is_opened=False) is None
    found = find_group(together.session, referrals[0], together.actor, is_opened=True)
    assert found is not None
    assert len(found.lines) == 2
    assert all(line.is_sealed for line in found.lines)


def test_two_who_refer_the_same_people_at_once_refer_them_once(runtime: Runtime):
    with runtime.database.write() as session:
        together = make_together(runtime, session)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def run(order: Sequence[int]) -> None:
        start.wait()
        try:
            with runtime.database.write() as session:
                scene = replace(together, session=session, form=new_id())
                scene.refer([scene.part(i) for i in order])
            outcomes.append("done")
        except NotAllReferredError:
            outcomes.append("already")

    threads = [threading.Thread(target=run, args=(order,)) for order in ((0, 1, 2), (2, 1, 0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already", "done"]
    with runtime.database.read() as session:
        assert session.exec(select(func.count()).select_from(Referral)).one() == 3


def test_the_first_choice_begins_and_the_others_wait_without_a_word_or_a_seat(together: Together):
    offer = together.offers[1]
    offer.seats_max, offer.seats_booked = 5, 2
    together.session.add(offer)
    first, second, third = together.choices(mode="arranged")
    assert [one.state for one in (first, second, third)] == ["agreed", PROPOSED, PROPOSED]
    assert [one.preference for one in (first, second, third)] == [1, 2, 3]
    assert second.follow_up_on == third.follow_up_on == date(2026, 12, 14)
    assert not second.seat_held
    assert offer.seats_booked == 2
    assert together.session.exec(select(func.count()).select_from(OutboxMail)).one() == 0


def test_a_later_choice_needs_no_consent_until_it_is_taken_up(together: Together):
    together.offers = together.offers[:2]
    [_first, second] = together.refer(
        [
            together.part(offer=0, preference=1),
            together.part(
                offer=1, preference=2, is_later=True, mode="arranged", released=("name", "phone")
            ),
        ]
    )
    assert (details_of(second).released, details_of(second).consent_id) == (["name", "phone"], None)
    with pytest.raises(ConsentMissingError):
        together.take_up(second, mode="arranged", released=("name", "phone"))
    assert second.state == PROPOSED
    taken = together.take_up(second, mode="arranged")
    assert (taken.state, taken.mode, taken.released) == ("agreed", "arranged", [])


def test_when_a_choice_comes_to_nothing_it_is_the_turn_of_the_next(together: Together):
    first, second, third = together.choices()
    together.report(first, "rejected", reason="full")
    assert second.follow_up_on == TODAY
    assert third.follow_up_on == date(2026, 12, 14)
    [_made, called] = together.steps(second)
    assert (called.source, called.from_state, called.to_state) == ("system", PROPOSED, PROPOSED)
    assert "referral.next_choice" in together.logged(second)
    assert second.id in {
        line.id for line in list_day(together.session, together.actor, TODAY, 9).due.lines
    }
    found = find_choices(together.session, first, together.actor)
    assert found is not None
    assert (found.next_id, found.waiting, found.under_way) == (second.id, (), ())
    version = second.version
    taken = together.take_up(second)
    assert (taken.state, taken.mode, taken.follow_up_on) == (
        "handed_over",
        "signpost",
        date(2026, 12, 7),
    )
    assert together.take_up(second, version) == taken
    assert [step.to_state for step in together.steps(second)] == [PROPOSED, PROPOSED, "handed_over"]


def test_a_reason_that_holds_for_all_choices_calls_no_other(together: Together):
    first, second, _third = together.choices()
    together.report(first, "withdrawn", reason="illness")
    assert second.follow_up_on == date(2026, 12, 14)


def test_rules_are_asked_again_when_it_is_taken_up(together: Together):
    _first, second, _third = together.choices()
    together.offers[1].sex = "female"
    together.people[0].sex = "male"
    together.session.add_all([together.offers[1], together.people[0]])
    together.session.flush()
    with pytest.raises(OfferExcludedError):
        together.take_up(second)
    taken = together.take_up(second, despite_rules=("only_for_other_sex",))
    assert taken.despite_rules == ["only_for_other_sex"]


def test_what_was_taken_up_or_ended_meanwhile_is_a_conflict(together: Together):
    _first, second, third = together.choices()
    with pytest.raises(ConflictError):
        together.take_up(second, version=7)
    together.report(third, "cancelled", reason="other")
    with pytest.raises(ConflictError):
        together.take_up(third)
    with pytest.raises(InvalidInputError):
        together.report(second, "agreed")


def test_a_choice_that_a_colleague_took_up_meanwhile_is_a_conflict(together: Together):
    _first, second, _third = together.choices()
    version = second.version
    together.take_up(second)
    lead = replace(together, actor=add_user(together.session, "team_lead"))
    with pytest.raises(ConflictError):
        lead.take_up(second, version)
    stranger = replace(together, actor=add_user(together.session))
    with pytest.raises(NotFoundError):
        stranger.take_up(second, version)


def test_taken_up_by_mail_and_taken_back_it_is_agreed(together: Together):
    together.offers[1].contact_email = "yoga@verein.example"
    together.session.add(together.offers[1])
    _first, second, _third = together.choices()
    version = second.version
    asked = together.take_up(second, mode="arranged", asks_by_mail=True)
    assert asked.state == "sent"
    again = together.take_up(second, version, mode="arranged", asks_by_mail=True)
    assert (again.id, again.state) == (second.id, "sent")
    assert len(together.session.exec(select(OutboxMail)).all()) == 1
    assert take_request_back(together.session, together.actor, second.id, TODAY).state == "agreed"


def test_with_a_place_what_waits_is_cancelled_on_a_click_and_the_rest_listed(together: Together):
    first, second, third = together.choices(now=2)
    assert cancel_waiting(together.session, together.actor, first.id, TODAY) == 0
    together.report(first, "accepted")
    found = find_choices(together.session, first, together.actor)
    assert found is not None
    assert (found.waiting, found.under_way, found.next_id) == ((third.id,), (second.id,), None)
    assert cancel_waiting(together.session, together.actor, first.id, TODAY) == 1
    assert cancel_waiting(together.session, together.actor, first.id, TODAY) == 0
    assert [one.state for one in (first, second, third)] == ["accepted", "handed_over", "cancelled"]
    assert together.steps(third)[-1].reason == "found_other"


def test_a_choice_that_waits_counts_as_an_earlier_referral(together: Together):
    together.choices()
    earlier = find_earlier_referrals(
        together.session, together.people[0].id, together.offers[2].id, together.actor
    )
    assert [line.state for line in earlier] == [PROPOSED]
    together.form = new_id()
    with pytest.raises(NotAllReferredError):
        together.refer([together.part(offer=2)])


def test_what_waits_long_is_due_and_unanswered_counts_from_its_turn(together: Together):
    _first, second, _third = together.choices()
    later = TODAY + timedelta(days=60)
    day = list_day(together.session, together.actor, later, 9)
    assert second.id in {line.id for line in day.due.lines}
    long_ago = second.created_at - timedelta(days=60)
    second.created_at = long_ago
    together.session.add(second)
    together.take_up(second)
    day = list_day(together.session, together.actor, TODAY, 9)
    assert second.id not in {line.id for line in day.unanswered.lines}


def test_a_confidential_choice_stays_sealed_all_the_way(together: Together):
    together.offers[1].is_sensitive = True
    together.session.add(together.offers[1])
    first, second, _third = together.choices()
    assert second.offer_id is None
    together.report(first, "rejected", reason="full")
    found = find_choices(together.session, first, together.actor)
    assert found is not None
    assert found.lines[1][1].offer_id is None
    taken = together.take_up(second)
    assert (taken.state, taken.offer_id) == ("handed_over", None)
    assert details_of(taken).offer_id == together.offers[1].id


MOVES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["take_up", "arrange", "arrange", "cancel_rest", "tell", "tell", "partner"]),
        st.sampled_from(STATES),
        st.integers(0, 9),
    ),
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(moves=MOVES, now=st.integers(1, 3), seats=st.integers(0, 2))
def test_no_walk_through_an_order_of_choices_leads_to_an_illegal_state(
    runtime: Runtime, moves: list[tuple[int, str, str, int]], now: int, seats: int
):
    """Whatever is told by anybody, taken up or cancelled: each change is a step of the table with its
    history and log, the order stays, what waits holds no seat, and seats are counted right."""
    with runtime.database.write() as session:
        scene = make_together(runtime, session, people=1)
        for offer in scene.offers:
            offer.seats_max, offer.seats_booked = 5, 5 - seats
            session.add(offer)
        referrals = scene.choices(now=now)
        for number, move, state, which in moves:
            before = [one.state for one in referrals]
            steps = [len(scene.steps(one)) for one in referrals]
            has_moved = _try(scene, referrals[number], move, state, which)
            _check_walk(scene, referrals, before, steps, number if has_moved else None)
            _check_seats(scene, referrals, seats)
        session.rollback()


def _try(scene: Together, referral: Referral, move: str, state: str, which: int) -> bool:
    reasons = reasons_for(state)
    reason = reasons[which % len(reasons)] if reasons else None
    try:
        with scene.session.begin_nested():
            match move:
                case "take_up":
                    scene.take_up(referral)
                case "arrange":
                    scene.take_up(referral, mode="arranged")
                case "cancel_rest":
                    cancel_waiting(scene.session, scene.actor, referral.id, TODAY)
                case "partner":
                    told = {"to_state": state, "reason": reason}
                    answer = OutcomeReport.model_validate(told, context=CONTEXT)
                    record_answer(scene.session, Author("Verein"), referral, answer, TODAY)
                case _:
                    scene.report(referral, state, reason=reason)
    except LotsenbuchError:
        return False
    return True


def _check_walk(
    scene: Together,
    referrals: Sequence[Referral],
    before: list[str],
    steps: list[int],
    moved: int | None,
) -> None:
    for i, referral in enumerate(referrals):
        scene.session.refresh(referral)
        scene.session.refresh(scene.offers[i])
        history = scene.steps(referral)
        if referral.state != before[i]:
            assert moved is not None
            assert len(history) == steps[i] + 1
            step = find_transition(before[i], referral.state)
            assert step is not None
            assert "rules" not in step.needs or (before[i], referral.state) in TAKEN_UP.values()
            assert history[-1].to_state == referral.state
            assert history[-1].source in {"house", "partner"}
            assert before[i] != PROPOSED or history[-1].source == "house"
        else:
            assert len(history) - steps[i] in {0, 1}
        assert len(scene.logged(referral)) >= len(history)
        assert (referral.follow_up_on is None) == (not is_open(referral.state))
        assert not referral.seat_held or referral.state in {"accepted", "started"}
    assert [one.preference for one in referrals] == [1, 2, 3]
    assert len({one.bundle_id for one in referrals}) == 1
    found = [one for one in referrals if one.state == PROPOSED]
    if moved is not None and found and referrals[moved].state != before[moved]:
        ended = scene.steps(referrals[moved])[-1]
        has_place = any(one.state in HAS_A_PLACE for one in referrals)
        if leads_to_next(ended.to_state, ended.reason) and not has_place:
            assert found[0].follow_up_on is not None
            assert found[0].follow_up_on <= TODAY


def _check_seats(scene: Together, referrals: Sequence[Referral], seats: int) -> None:
    for offer, referral in zip(scene.offers, referrals, strict=True):
        told_full = any(step.reason == "full" for step in scene.steps(referral))
        assert offer.seats_booked == (5 if told_full else 5 - seats + referral.seat_held)
