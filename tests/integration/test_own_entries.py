"""What a provider keeps right by itself: breaks, times, places, leaving; and its link."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.directory.models import Offer, OfferSession, Provider
from app.directory.upkeep_models import EntryRevision
from app.links.models import SignedLink
from app.mail.models import OutboxMail
from app.operations.own_entries import (
    change_times,
    confirm_own,
    end_break,
    leave,
    load_own_entries,
    take_break,
    tell_own_seats,
)
from app.operations.retention import delete_due
from app.operations.runtime import Runtime, open_runtime
from app.operations.sign_in_links import LINKS_AN_HOUR, ask_for_link, is_link_open, use_link
from app.referrals.models import Referral, ReferralEvent
from app.volunteers.models import OfferPause, Volunteer
from app.volunteers.pausing import resume_due
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user

EMAIL = "uwe@rollschuh.example"


class Own:
    """A provider with one offer, and a person who answers for it."""

    def __init__(self, runtime: Runtime, *, is_volunteer: bool = False) -> None:
        self.runtime = runtime
        with runtime.database.write() as session:
            offer = add_offer(session, kind="club", seats_max=10, seats_booked=2)
            other = add_offer(session, "Anderer Kurs")
            self.offer_id, self.provider_id, self.other_id = offer.id, offer.provider_id, other.id
            user = User(
                email=EMAIL,
                name="Uwe Rollmops",
                role="provider",
                provider_id=offer.provider_id,
                password_hash="x",
            )
            session.add(user)
            if is_volunteer:
                session.add(
                    Volunteer(
                        provider_id=offer.provider_id,
                        first_name="Uwe",
                        last_name="Rollmops",
                        email=EMAIL,
                        since=TODAY,
                    )
                )
            session.flush()
            self.actor = Actor(user.id, "provider", user.name)

    def status(self) -> str:
        with self.runtime.database.read() as session:
            return session.get_one(Offer, self.offer_id).status


@pytest.fixture
def own(runtime: Runtime) -> Own:
    return Own(runtime)


def test_a_break_takes_the_offer_out_and_ends_on_the_day_told(own: Own) -> None:
    until = TODAY + timedelta(days=14)
    for _again in range(2):
        with own.runtime.database.write() as session:
            take_break(session, own.actor, own.provider_id, own.offer_id, until, TODAY)
    assert own.status() == "paused"
    with own.runtime.database.write() as session:
        assert resume_due(session, until) == 0
        assert resume_due(session, until + timedelta(days=1)) == 1
    assert own.status() == "published"
    with own.runtime.database.read() as session:
        assert session.exec(select(OfferPause)).all() == []


def test_a_break_without_a_day_lasts_until_it_is_ended(own: Own) -> None:
    with own.runtime.database.write() as session:
        take_break(session, own.actor, own.provider_id, own.offer_id, None, TODAY)
        assert resume_due(session, TODAY + timedelta(days=400)) == 0
        end_break(session, own.actor, own.provider_id, own.offer_id)
        end_break(session, own.actor, own.provider_id, own.offer_id)
    assert own.status() == "published"


def test_what_an_editor_took_out_meanwhile_stays_out(own: Own) -> None:
    with own.runtime.database.write() as session:
        take_break(session, own.actor, own.provider_id, own.offer_id, TODAY, TODAY)
        session.get_one(Offer, own.offer_id).status = "withdrawn"
    with own.runtime.database.write() as session:
        resume_due(session, TODAY + timedelta(days=1))
    assert own.status() == "withdrawn"


@pytest.mark.parametrize("days", [-1, 400])
def test_a_day_that_has_passed_or_is_far_off_is_refused(own: Own, days: int) -> None:
    with pytest.raises(InvalidInputError), own.runtime.database.write() as session:
        take_break(
            session, own.actor, own.provider_id, own.offer_id, TODAY + timedelta(days=days), TODAY
        )
    assert own.status() == "published"


def test_nobody_touches_another_provider_s_offer(own: Own) -> None:
    refused = (
        lambda s: take_break(s, own.actor, own.provider_id, own.other_id, None, TODAY),
        lambda s: end_break(s, own.actor, own.provider_id, own.other_id),
        lambda s: change_times(s, own.actor, own.provider_id, own.other_id, "", TODAY),
        lambda s: tell_own_seats(s, own.provider_id, own.other_id, 3, 1, TODAY),
        lambda s: confirm_own(s, own.actor, own.provider_id, TODAY, own.other_id),
    )
    for attempt in refused:
        with pytest.raises(NotFoundError), own.runtime.database.write() as session:
            attempt(session)


def test_times_are_set_as_typed_with_history_and_a_wrong_one_changes_nothing(own: Own) -> None:
    with own.runtime.database.write() as session:
        change_times(session, own.actor, own.provider_id, own.offer_id, "Di 17–19; Do 18–20", TODAY)
    with pytest.raises(InvalidInputError), own.runtime.database.write() as session:
        change_times(session, own.actor, own.provider_id, own.offer_id, "immer", TODAY)
    with own.runtime.database.read() as session:
        times = session.exec(
            select(OfferSession.weekday).where(OfferSession.offer_id == own.offer_id)
        ).all()
        assert sorted(times) == [2, 4]
        revision = session.exec(
            select(EntryRevision)
            .where(EntryRevision.entry_id == own.offer_id)
            .order_by(col(EntryRevision.seq).desc())
        ).first()
        assert revision is not None
        assert revision.author_id == own.actor.id
        assert load_own_entries(session, own.provider_id).offers[0].times == (
            "Di 17:00–19:00; Do 18:00–20:00"
        )


def test_a_rhythm_is_more_than_words_say_and_is_not_overwritten(own: Own) -> None:
    with own.runtime.database.write() as session:
        session.add(
            OfferSession(
                offer_id=own.offer_id, weekday=4, from_minute=600, to_minute=660, nth_in_month=1
            )
        )
    with own.runtime.database.read() as session:
        assert load_own_entries(session, own.provider_id).offers[0].times is None
    with pytest.raises(InvalidInputError), own.runtime.database.write() as session:
        change_times(session, own.actor, own.provider_id, own.offer_id, "Di 17–19", TODAY)


def test_a_volunteer_who_leaves_is_thanked_and_the_case_workers_are_called(runtime: Runtime) -> None:
    own = Own(runtime, is_volunteer=True)
    with runtime.database.write() as session:
        worker = add_user(session)
        client = add_client(session, worker)
        open_one = Referral(
            client_id=client.id,
            offer_id=own.offer_id,
            mode="arranged",
            state="started",
            follow_up_on=TODAY + timedelta(days=60),
            referred_by=worker.id,
        )
        session.add(open_one)
        session.flush()
        referral_id = open_one.id
    with runtime.database.write() as session:
        leave(session, own.actor, own.provider_id, TODAY)
    assert own.status() == "withdrawn"
    with runtime.database.read() as session:
        assert not session.get_one(User, own.actor.id).is_active
        assert session.get_one(Volunteer, own.provider_id).left_on == TODAY
        assert session.get_one(Referral, referral_id).follow_up_on == TODAY
        step = session.exec(select(ReferralEvent).where(ReferralEvent.referral_id == referral_id)).one()
        assert (step.source, step.reason) == ("system", "offer_ended")


def test_an_organisation_stays_when_a_person_leaves(own: Own) -> None:
    with own.runtime.database.write() as session:
        leave(session, own.actor, own.provider_id, TODAY)
    assert own.status() == "published"
    with own.runtime.database.read() as session:
        assert not session.get_one(User, own.actor.id).is_active


STEPS = st.lists(st.tuples(st.sampled_from(["pause", "end", "due"]), st.integers(0, 30)), max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS)
def test_an_offer_is_paused_exactly_while_a_break_lasts(runtime: Runtime, steps: list) -> None:
    with runtime.database.write() as session:
        session.exec(select(User).where(User.email == EMAIL)).first()
        for old in session.exec(select(User).where(User.email == EMAIL)).all():
            session.delete(old)
    own = Own(runtime)
    today = TODAY
    expected: date | None = None
    is_paused = False
    for verb, days in steps:
        with runtime.database.write() as session:
            if verb == "pause":
                expected, is_paused = today + timedelta(days=days), True
                take_break(session, own.actor, own.provider_id, own.offer_id, expected, today)
            elif verb == "end":
                is_paused = False
                end_break(session, own.actor, own.provider_id, own.offer_id)
            else:
                today += timedelta(days=days)
                resume_due(session, today)
                if is_paused and expected is not None and expected < today:
                    is_paused = False
        assert own.status() == ("paused" if is_paused else "published")


def _link(session: Session) -> str:
    mails = session.exec(
        select(OutboxMail)
        .where(OutboxMail.purpose == "sign_in_link")
        .order_by(col(OutboxMail.created_at).desc())
    ).all()
    found = re.search(r"/zugang/(\S+)", mails[0].text_body)
    assert found
    return found[1]


def test_a_link_signs_in_once_and_closes_the_others(own: Own) -> None:
    runtime = own.runtime
    with runtime.database.write() as session:
        ask_for_link(session, runtime, " Uwe@Rollschuh.example ")
        first = _link(session)
        ask_for_link(session, runtime, EMAIL)
        second = _link(session)
    with runtime.database.write() as session:
        assert first != second
        assert is_link_open(session, runtime, first)
        assert is_link_open(session, runtime, second)
        user = use_link(session, runtime, second)
        assert user is not None
        assert user.id == own.actor.id
        assert use_link(session, runtime, second) is None
        assert use_link(session, runtime, first) is None


def test_two_clicks_at_once_sign_in_once(own: Own) -> None:
    with own.runtime.database.write() as session:
        ask_for_link(session, own.runtime, EMAIL)
        token = _link(session)
    found: list[bool] = []

    def click() -> None:
        with own.runtime.database.write() as session:
            found.append(use_link(session, own.runtime, token) is not None)

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(True) == 1


def test_nobody_learns_who_has_an_account_and_no_mailbox_is_flooded(own: Own) -> None:
    runtime = own.runtime
    with runtime.database.write() as session:
        worker = add_user(session, "case_worker")
        address = session.get_one(User, worker.id).email
        for email in (address, "niemand@rollschuh.example", "", "x" * 5000):
            ask_for_link(session, runtime, email)
        assert session.exec(select(OutboxMail)).all() == []
        for _number in range(LINKS_AN_HOUR + 3):
            ask_for_link(session, runtime, EMAIL)
        assert len(session.exec(select(OutboxMail)).all()) == LINKS_AN_HOUR


@pytest.mark.parametrize("what", ["expired", "inactive", "role", "forged"])
def test_a_link_of_no_use_opens_nothing(own: Own, what: str) -> None:
    runtime = own.runtime
    with runtime.database.write() as session:
        ask_for_link(session, runtime, EMAIL)
        token = _link(session)
        user = session.get_one(User, own.actor.id)
        if what == "expired":
            link = session.exec(select(SignedLink)).one()
            link.expires_at = utc_now() - timedelta(seconds=1)
        elif what == "inactive":
            user.is_active = False
        elif what == "role":
            user.role = "case_worker"
        else:
            token = token[:-2] + ("aa" if token[-2:] != "aa" else "bb")
    with runtime.database.write() as session:
        assert not is_link_open(session, runtime, token)
        assert use_link(session, runtime, token) is None


def test_a_volunteer_who_left_is_forgotten_after_the_period(runtime: Runtime) -> None:
    own = Own(runtime, is_volunteer=True)
    with runtime.database.write() as session:
        change_times(session, own.actor, own.provider_id, own.offer_id, "Di 17–19", TODAY)
        offer = session.get_one(Offer, own.offer_id)
        offer.title, offer.description = "Tandem mit Uwe", "Uwe Rollmops liest vor"
        session.get_one(Provider, own.provider_id).name = "Uwe"
    left_on = TODAY - timedelta(days=200)
    with runtime.database.write() as session:
        leave(session, own.actor, own.provider_id, left_on)
    early = open_runtime(runtime.settings.with_today(left_on + timedelta(days=150)))
    assert "volunteer_left" not in delete_due(early)
    early.database.dispose()
    assert delete_due(runtime)["volunteer_left"] == 1
    assert "volunteer_left" not in delete_due(runtime)
    with runtime.database.read() as session:
        raw = session.connection()
        for table in SQLModel.metadata.sorted_tables:
            for row in raw.execute(table.select()).all():
                assert "Rollmops" not in str(row), table.name
                assert "uwe" not in str(row).lower(), table.name
        assert session.get_one(Offer, own.offer_id).status == "withdrawn"
