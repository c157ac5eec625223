"""A referral to a volunteer and the tandem it leads to, with the mails that accompany the two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.consent_records import ConsentCreate
from app.cases.consents import record_consent
from app.cases.models import CaseEvent, Client
from app.core.errors import ConflictError, InvalidInputError
from app.directory.codes import OFFER_KINDS
from app.directory.history import Author
from app.directory.models import Offer
from app.mail.models import OutboxMail
from app.matching.models import Tandem, TandemWish, VolunteerWish
from app.matching.tandem_rules import TANDEM_ENDS
from app.matching.tandems import Agreement, Ending, agree_tandem, end_tandem
from app.operations.partner_answers import OpenRequest, look_at
from app.operations.runtime import Runtime, open_runtime
from app.operations.volunteer_mails import accompany_volunteers
from app.referrals.meetings import END_OF, end_of_tandem, find_running
from app.referrals.models import Referral, ReferralEvent
from app.referrals.outcomes import fetch_referral, record_answer, record_outcome
from app.referrals.records import OutcomeReport
from app.referrals.service import kept_back
from app.referrals.states import END_STATES, REASONS, STATES, is_open
from app.referrals.transitions import next_states
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_user
from tests.integration.test_tandems import add_volunteer

AUTHOR = Author("Wilma")


class Meeting:
    """A client who was referred to a volunteer with one place."""

    def __init__(self, session: Session, places: int = 1) -> None:
        self.session = session
        self.actor = add_user(session)
        self.client = add_client(session, self.actor, birth_date="1990-01-01")
        self.offer = add_volunteer(session)
        session.add(VolunteerWish(offer_id=self.offer.id, max_clients=places))
        session.add(TandemWish(client_id=self.client.id, wished_on=TODAY))
        self.referral = self.refer(self.client)

    def refer(self, client: Client) -> Referral:
        referral = Referral(
            client_id=client.id,
            offer_id=self.offer.id,
            mode="arranged",
            state="sent",
            follow_up_on=TODAY,
            referred_by=self.actor.id,
        )
        self.session.add(referral)
        self.session.flush()
        return referral

    def answer(self, state: str, **values: Any) -> None:
        """As the volunteer tells it."""
        referral = fetch_referral(self.session, self.referral.id)
        record_answer(self.session, AUTHOR, referral, report(state, **values), TODAY)

    def tell(self, state: str, **values: Any) -> None:
        """As the case worker tells it."""
        version = self.referral.version
        told = report(state, despite_full=True, **values)
        record_outcome(self.session, self.actor, self.referral.id, told, version, today=TODAY)

    def tandems(self) -> list[Tandem]:
        rows = select(Tandem).where(Tandem.client_id == self.client.id)
        return list(self.session.exec(rows.order_by(col(Tandem.started_on))))


def report(state: str, **values: Any) -> OutcomeReport:
    reasons = REASONS.get(state)
    told = {"to_state": state, "reason": reasons[-1] if reasons else None, **values}
    return OutcomeReport.model_validate(told, context=CONTEXT)


@pytest.fixture
def meeting(runtime: Runtime) -> Iterator[Meeting]:
    with runtime.database.write() as session:
        yield Meeting(session)


def test_a_volunteer_who_says_yes_has_a_tandem_and_its_end_comes_with_the_referral(
    meeting: Meeting,
) -> None:
    meeting.answer("accepted", happened_on=TODAY + timedelta(days=3))
    [tandem] = meeting.tandems()
    assert (tandem.offer_id, tandem.started_on, tandem.ended_on) == (meeting.offer.id, TODAY, None)
    assert find_running(meeting.session, meeting.client.id, meeting.offer.id) == meeting.referral.id
    meeting.answer("started", happened_on=TODAY)
    assert len(meeting.tandems()) == 1
    meeting.tell("completed")
    [tandem] = meeting.tandems()
    assert (tandem.ended_on, tandem.ended_reason) == (TODAY, "reached")
    assert meeting.session.get(TandemWish, meeting.client.id) is None
    events = select(CaseEvent.code).where(CaseEvent.client_id == meeting.client.id)
    codes = set(meeting.session.exec(events))
    assert {"tandem_agreed", "tandem_ended", "tandem_wish_dropped"} <= codes


def test_who_would_like_another_waits_on_with_the_old_day(meeting: Meeting) -> None:
    meeting.answer("accepted")
    meeting.tell("rejected", reason="other")
    [tandem] = meeting.tandems()
    assert tandem.ended_reason == "volunteer_stopped"
    assert meeting.session.get_one(TandemWish, meeting.client.id).wished_on == TODAY


def test_the_volunteers_word_makes_a_place_where_there_was_none(meeting: Meeting) -> None:
    meeting.answer("accepted")
    second = add_client(meeting.session, meeting.actor, family_name="Zweite")
    meeting.referral, meeting.client = meeting.refer(second), second
    meeting.answer("accepted")
    [tandem] = meeting.tandems()
    assert tandem.slot == 2


def test_who_has_a_tandem_keeps_it(meeting: Meeting) -> None:
    other = add_volunteer(meeting.session, title="Andere Patin")
    meeting.session.add(VolunteerWish(offer_id=other.id, max_clients=1))
    meeting.session.flush()
    told = {"offer_id": other.id, "started_on": TODAY, "is_agreed": True, "creation_key": "k"}
    order = Agreement.model_validate(told, context=CONTEXT)
    agree_tandem(meeting.session, meeting.actor, meeting.client.id, order)
    meeting.answer("accepted")
    [tandem] = meeting.tandems()
    assert tandem.offer_id == other.id
    meeting.tell("withdrawn")
    [tandem] = meeting.tandems()
    assert tandem.ended_on is None


def test_an_offer_that_takes_no_part_has_no_tandems(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        meeting = Meeting(session)
        session.delete(session.get_one(VolunteerWish, meeting.offer.id))
        session.flush()
        meeting.answer("accepted")
        assert meeting.tandems() == []


@pytest.mark.parametrize("state", END_STATES)
def test_every_end_of_a_referral_is_an_end_of_a_tandem(state: str) -> None:
    assert END_OF[state] in TANDEM_ENDS
    assert end_of_tandem(state, "moved") == "moved"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(choices=st.lists(st.integers(0, 9), max_size=6))
def test_whatever_is_told_a_tandem_runs_exactly_while_the_referral_has_a_place(
    runtime: Runtime, choices: list[int]
) -> None:
    with runtime.database.write() as session:
        meeting = Meeting(session)
        for choice in choices:
            steps = sorted(next_states(meeting.referral.state, "partner"))
            if not steps:
                break
            meeting.answer(steps[choice % len(steps)])
            running = [one for one in meeting.tandems() if one.ended_on is None]
            assert bool(running) == (meeting.referral.state in {"accepted", "started"})
            assert len(running) <= 1
        if not is_open(meeting.referral.state):
            assert all(one.ended_on is not None for one in meeting.tandems())
        session.rollback()


# --- what the volunteer sees ----------------------------------------------------------------------


def test_a_volunteer_sees_the_first_things_only_until_both_have_agreed(meeting: Meeting) -> None:
    everything = ("name", "phone", "area", "languages", "birth_date")
    told = {
        "data": everything,
        "provider_id": meeting.offer.provider_id,
        "given_on": TODAY,
        "valid_until": TODAY + timedelta(days=30),
    }
    consent = record_consent(
        meeting.session,
        meeting.actor,
        meeting.client.id,
        ConsentCreate.model_validate(told, context={"today": TODAY, "birth_date": None}),
        "k",
    )
    meeting.referral.released = list(everything)
    meeting.referral.consent_id = consent.id
    meeting.session.add(
        ReferralEvent(referral_id=meeting.referral.id, from_state="agreed", to_state="sent")
    )
    meeting.session.flush()
    before = look_at(meeting.session, meeting.referral, TODAY)
    assert isinstance(before, OpenRequest)
    assert before.is_by_first_name
    assert set(before.released) == {"name", "area", "languages"}
    meeting.answer("accepted")
    after = look_at(meeting.session, meeting.referral, TODAY)
    assert isinstance(after, OpenRequest)
    assert not after.is_by_first_name
    assert set(after.released) == set(everything)


@given(state=st.sampled_from(STATES), kind=st.sampled_from(OFFER_KINDS))
def test_the_address_stays_here_in_every_state(state: str, kind: str) -> None:
    offer = Offer(title="x", kind=kind)
    assert ("address" in kept_back(offer, state)) == (kind == "volunteer")
    if kind == "volunteer" and state not in {"accepted", "started"}:
        assert {"phone", "email", "birth_date", "health"} <= kept_back(offer, state)


# --- the mails ------------------------------------------------------------------------------------


def run(runtime: Runtime, days: int) -> int:
    later = open_runtime(runtime.settings.with_today(TODAY + timedelta(days=days)))
    try:
        return accompany_volunteers(later)
    finally:
        later.database.dispose()


def written(runtime: Runtime) -> list[OutboxMail]:
    with runtime.database.read() as session:
        rows = select(OutboxMail).where(OutboxMail.subject_type == "tandem")
        return list(session.exec(rows.order_by(col(OutboxMail.created_at))))


def begin(runtime: Runtime, *, has_account: bool = True) -> tuple[Actor, str, str]:
    """A tandem of today; the case worker, the client and the tandem."""
    with runtime.database.write() as session:
        meeting = Meeting(session)
        meeting.client.family_name = "Quastenflosser"
        meeting.answer("accepted")
        offer = session.get_one(Offer, meeting.offer.id)
        if has_account:
            account = {"name": "Wilma", "role": "provider", "password_hash": "x"}
            session.add(User(email="w@zaun.example", provider_id=offer.provider_id, **account))
        else:
            offer.contact_email = "tandem@verein.example"
        return meeting.actor, meeting.client.id, meeting.tandems()[0].id


@pytest.mark.parametrize("has_account", [True, False], ids=["account", "address"])
def test_after_two_weeks_the_volunteer_is_asked_once_without_a_word_on_the_client(
    runtime: Runtime, has_account: bool
) -> None:
    begin(runtime, has_account=has_account)
    assert run(runtime, 13) == 0
    assert run(runtime, 14) == 1
    run(runtime, 15)
    [mail] = written(runtime)
    assert mail.recipient == ("w@zaun.example" if has_account else "tandem@verein.example")
    assert ("/anfragen" in mail.text_body) == has_account
    assert "Quastenflosser" not in mail.text_body + mail.subject
    assert "Tina Test" in mail.text_body


def test_at_the_end_the_volunteer_is_thanked_once(runtime: Runtime) -> None:
    actor, client_id, tandem_id = begin(runtime)
    with runtime.database.write() as session:
        tandem = session.get_one(Tandem, tandem_id)
        ending = Ending.model_validate({"reason": "moved", "ended_on": TODAY}, context=CONTEXT)
        end_tandem(session, actor, client_id, tandem_id, ending, tandem.version)
    assert run(runtime, 0) == 1
    run(runtime, 1)
    [mail] = written(runtime)
    assert mail.subject == "Danke!"
    assert "/meine-stunden" in mail.text_body


def test_a_mistake_is_not_thanked_for_and_old_things_are_let_be(runtime: Runtime) -> None:
    actor, client_id, tandem_id = begin(runtime)
    assert run(runtime, 40) == 0
    with runtime.database.write() as session:
        tandem = session.get_one(Tandem, tandem_id)
        ending = Ending.model_validate({"reason": "mistake", "ended_on": TODAY}, context=CONTEXT)
        end_tandem(session, actor, client_id, tandem_id, ending, tandem.version)
    assert run(runtime, 0) == 0
    assert written(runtime) == []


def test_a_step_that_the_table_does_not_know_changes_no_tandem(meeting: Meeting) -> None:
    with pytest.raises((InvalidInputError, ConflictError)):
        meeting.answer("withdrawn")
    assert meeting.tandems() == []
