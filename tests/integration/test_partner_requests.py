"""A request by mail: written, taken back, answered by its link, with seats, history and access log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from app.audit.models import AuditEntry
from app.cases.consents import revoke_consent
from app.cases.models import CaseEvent, Goal
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError
from app.core.secrets import session_secret
from app.directory.models import Offer, Provider
from app.links.models import SignedLink
from app.links.service import token_of
from app.mail.models import OutboxMail
from app.mail.sending import send_due
from app.operations.partner_answers import (
    CannotFollowError,
    EndedRequest,
    OpenRequest,
    open_request,
    take_answer,
)
from app.operations.partner_reminders import remind_partners
from app.operations.partner_requests import (
    TooLateError,
    ask_provider,
    find_request_state,
    refer_and_ask,
    revoke_consent_and_links,
    take_request_back,
)
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.outcomes import NoSeatFreeError
from app.referrals.records import OutcomeReport, ReferralOrder
from app.referrals.sealing import details_of
from app.referrals.states import STATES, is_open, reasons_for
from app.referrals.transitions import find_transition
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user
from tests.integration.test_arranged_referrals import FIRST_CALL, arrange, give
from tests.integration.test_referrals import Scene, basis
from tests.post_office import PostOffice, by_smtp, let_time_pass


class Asked(Scene):
    """A scene whose provider can be reached by mail."""

    runtime: Runtime

    def ask(self, referral: Referral) -> str:
        """Ask, and give the token of the link."""
        ask_provider(self.session, self.runtime, self.actor, referral.id, referral.version)
        return self.token(referral)

    def token(self, referral: Referral) -> str:
        links = select(SignedLink).where(SignedLink.subject_id == referral.id)
        newest = self.session.exec(links.order_by(col(SignedLink.created_at).desc())).first()
        assert newest is not None
        return token_of(self.secret, newest)

    @property
    def secret(self) -> str:
        return session_secret(self.runtime.settings)

    def open(self, token: str, **later: Any) -> OpenRequest | EndedRequest | None:
        moment = utc_now() + timedelta(**later)
        return open_request(self.session, self.secret, token, moment, TODAY)

    def answer(self, token: str, state: str, **values: Any) -> bool:
        told = {"to_state": state, **values}
        report = OutcomeReport.model_validate(told, context={"today": TODAY})
        return take_answer(self.session, self.secret, token, report, utc_now(), TODAY)

    def mails(self) -> list[OutboxMail]:
        return list(self.session.exec(select(OutboxMail).order_by(col(OutboxMail.created_at))))

    def steps(self, referral: Referral) -> list[tuple[str, str]]:
        rows = self.session.exec(
            select(ReferralEvent)
            .where(ReferralEvent.referral_id == referral.id)
            .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
        )
        return [(row.to_state, row.source) for row in rows]

    def logged(self, referral: Referral) -> int:
        rows = select(AuditEntry.action).where(AuditEntry.subject_id == referral.id)
        return len(self.session.exec(rows).all())

    def try_move(self, referral: Referral, by: str, state: str, despite_full: bool) -> bool:
        """Whether what ``by`` told or did changed anything; what is refused leaves nothing behind."""
        before = referral.version
        told = {"reason": reasons_for(state)[0]} if reasons_for(state) else {}
        try:
            with self.session.begin_nested():
                match by:
                    case "undo":
                        take_request_back(self.session, self.actor, referral.id, TODAY)
                    case "ask":
                        self.ask(referral)
                    case "claim":
                        for mail in self.mails()[-1:]:
                            mail.claimed_until = utc_now()
                            self.session.add(mail)
                    case "partner":
                        links = select(SignedLink).where(SignedLink.subject_id == referral.id)
                        if self.session.exec(links).first() is None:
                            return False
                        self.answer(self.token(referral), state, **told)
                    case _:
                        self.report(referral, state, despite_full=despite_full, **told)
        except (ConflictError, InvalidInputError):
            return False
        return referral.version > before

    def actions(self, actor_id: str | None) -> list[str]:
        rows = select(AuditEntry.action).where(col(AuditEntry.actor_id) == actor_id)
        return list(self.session.exec(rows))


def make_scene(runtime: Runtime, session: Any, **offer: Any) -> Asked:
    actor = add_user(session)
    client = add_client(session, actor, birth_date="1990-01-01")
    told = {"kind": "club", "title": "Chor", "contact_email": "chor@verein.example", **offer}
    scene = Asked(session, actor, client, add_offer(session, **told))
    scene.runtime = runtime
    return scene


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Asked]:
    with runtime.database.write() as session:
        yield make_scene(runtime, session)


def test_the_mail_tells_nothing_about_the_client_and_is_held(scene: Asked):
    give(scene)
    referral = arrange(scene)
    scene.ask(referral)
    [mail] = scene.mails()
    assert (referral.state, mail.state, mail.purpose) == ("sent", "waiting", "referral_request")
    assert mail.hold_until - mail.created_at == timedelta(minutes=10)
    assert mail.recipient == "chor@verein.example"
    assert mail.reply_to is not None
    for text in (mail.subject, mail.text_body, mail.html_body or ""):
        for word in (scene.client.given_name, scene.client.family_name, scene.client.phone or "–"):
            assert word not in text
    assert "Chor" in mail.subject
    assert f"/rueckmeldung/{scene.token(referral)}" in mail.text_body
    assert "referral.ask" in scene.actions(scene.actor.id)


def test_asked_twice_it_asks_once(scene: Asked):
    referral = arrange(scene, released=())
    scene.ask(referral)
    ask_provider(scene.session, scene.runtime, scene.actor, referral.id, 1)
    assert len(scene.mails()) == 1
    assert scene.steps(referral) == [("agreed", "house"), ("sent", "house")]


def test_without_an_address_or_when_mails_come_back_one_is_told_to_call(scene: Asked):
    referral = arrange(scene, released=())
    scene.offer.contact_email = None
    scene.session.add(scene.offer)
    provider = scene.session.get_one(Provider, scene.offer.provider_id)
    provider.email = None
    scene.session.add(provider)
    with pytest.raises(InvalidInputError), scene.session.begin_nested():
        scene.ask(referral)
    scene.session.refresh(referral)
    assert referral.state == "agreed"


def test_a_confidential_offer_stands_in_no_mail(runtime: Runtime):
    with runtime.database.write() as session:
        scene = make_scene(runtime, session, is_sensitive=True, title="Suchtberatung")
        give(scene)
        referral = arrange(scene)
        token = scene.ask(referral)
        [mail] = scene.mails()
        assert "Sucht" not in f"{mail.subject}{mail.text_body}{mail.html_body}"
        found = scene.open(token)
        assert isinstance(found, OpenRequest)
        assert (found.offer_title, found.released) == ("Suchtberatung", FIRST_CALL)
        scene.answer(token, "rejected", reason="full")
        assert scene.offer.seats_booked is None
        ended = scene.open(token)
        assert isinstance(ended, EndedRequest)
        assert ended.standing.reason == "full"


def test_undo_takes_everything_back_while_the_mail_waits(scene: Asked):
    give(scene)
    referral = arrange(scene)
    token = scene.ask(referral)
    state = find_request_state(scene.session, referral)
    assert state is not None
    assert state.can_be_taken_back
    for _twice in range(2):
        take_request_back(scene.session, scene.actor, referral.id, TODAY)
    assert (referral.state, scene.mails()[0].state) == ("agreed", "withdrawn")
    assert referral.follow_up_on is not None
    assert scene.open(token) is None
    assert not scene.answer(token, "accepted")
    assert [state for state, _by in scene.steps(referral)] == ["agreed", "sent", "agreed"]
    assert scene.actions(scene.actor.id).count("referral.take_back") == 1
    again = scene.ask(referral)
    assert [mail.state for mail in scene.mails()] == ["withdrawn", "waiting"]
    assert isinstance(scene.open(again), OpenRequest)
    assert scene.open(token) is None


def test_what_was_made_with_the_same_click_is_cancelled_as_a_mistake(scene: Asked):
    order = ReferralOrder.model_validate(
        {
            "client_id": scene.client.id,
            "offer_id": scene.offer.id,
            "creation_key": "one-click",
            "mode": "arranged",
        },
        context={"today": TODAY},
    )
    matching = basis(scene.session)
    referral = refer_and_ask(scene.session, scene.runtime, scene.actor, order, matching)
    assert refer_and_ask(scene.session, scene.runtime, scene.actor, order, matching) is referral
    assert len(scene.mails()) == 1
    take_request_back(scene.session, scene.actor, referral.id, TODAY)
    assert (referral.state, referral.follow_up_on) == ("cancelled", None)
    last = scene.session.exec(select(ReferralEvent).where(ReferralEvent.to_state == "cancelled")).one()
    assert last.reason == "mistake"


def test_a_mail_that_is_on_its_way_is_not_taken_back(scene: Asked):
    referral = arrange(scene, released=())
    scene.ask(referral)
    [mail] = scene.mails()
    mail.claimed_until = utc_now()
    scene.session.add(mail)
    with pytest.raises(TooLateError), scene.session.begin_nested():
        take_request_back(scene.session, scene.actor, referral.id, TODAY)
    scene.session.refresh(referral)
    assert referral.state == "sent"
    assert isinstance(scene.open(scene.token(referral)), OpenRequest)


def test_an_end_in_time_stops_the_mail(scene: Asked):
    referral = arrange(scene, released=())
    scene.ask(referral)
    scene.report(referral, "withdrawn", reason="other")
    assert scene.mails()[0].state == "withdrawn"


def test_only_what_the_consent_covers_that_day_is_shown(scene: Asked):
    give(scene, valid_until=TODAY + timedelta(days=5))
    token = scene.ask(arrange(scene))
    found = scene.open(token)
    assert isinstance(found, OpenRequest)
    assert found.released == FIRST_CALL
    later = open_request(scene.session, scene.secret, token, utc_now(), TODAY + timedelta(days=6))
    assert isinstance(later, OpenRequest)
    assert later.released == ()


@pytest.mark.parametrize("with_links", [True, False])
def test_a_revoked_consent_closes_the_link(scene: Asked, with_links: bool):
    consent = give(scene)
    referral = arrange(scene)
    token = scene.ask(referral)
    revoke = revoke_consent_and_links if with_links else revoke_consent
    revoke(scene.session, scene.actor, scene.client.id, consent.id, TODAY)
    assert scene.open(token) is None
    assert not scene.answer(token, "accepted")
    assert referral.state == "sent"
    assert scene.mails()[0].state == ("withdrawn" if with_links else "waiting")


def test_expired_and_forged_links_open_nothing(scene: Asked):
    token = scene.ask(arrange(scene, released=()))
    assert scene.open(token, days=61) is None
    assert scene.open(token[:-2] + "xx") is None
    assert scene.open("") is None


def test_answers_are_steps_of_the_provider_and_write_what_the_table_says(scene: Asked):
    scene.offer.seats_max, scene.offer.seats_booked = 1, 1
    scene.session.add(scene.offer)
    referral = arrange(scene, released=())
    token = scene.ask(referral)
    start = TODAY + timedelta(days=14)
    assert scene.answer(token, "accepted", happened_on=start, note="Bitte um 9 Uhr")
    assert (referral.state, referral.seat_held) == ("accepted", False)
    assert referral.answered_at is not None
    assert referral.follow_up_on is not None
    assert referral.follow_up_on > start
    assert scene.answer(token, "accepted", happened_on=start, note="Bitte um 9 Uhr")
    with pytest.raises(CannotFollowError):
        scene.answer(token, "accepted", happened_on=TODAY)
    with pytest.raises(CannotFollowError):
        scene.answer(token, "received")
    assert scene.steps(referral)[2:] == [("accepted", "partner")]
    assert scene.answer(token, "started")
    assert scene.answer(token, "completed")
    assert referral.follow_up_on is None
    assert scene.answer(token, "completed")
    with pytest.raises(CannotFollowError):
        scene.answer(token, "dropped_out", reason="other")
    ended = scene.open(token)
    assert isinstance(ended, EndedRequest)
    assert (ended.standing.state, ended.standing.by_partner) == ("completed", True)
    assert scene.actions(None).count("referral.answer") == 3


def test_the_last_seat_is_taken_by_the_provider_s_word_and_given_back(scene: Asked):
    scene.offer.seats_max, scene.offer.seats_booked = 5, 4
    scene.session.add(scene.offer)
    referral = arrange(scene, released=())
    token = scene.ask(referral)
    scene.answer(token, "accepted")
    scene.session.refresh(scene.offer)
    assert (referral.seat_held, scene.offer.seats_booked) == (True, 5)
    scene.answer(token, "did_not_appear", reason="not_told")
    scene.session.refresh(scene.offer)
    assert (referral.seat_held, scene.offer.seats_booked) == (False, 4)


def test_a_case_worker_is_still_asked_when_the_offer_is_full(scene: Asked):
    scene.offer.seats_max, scene.offer.seats_booked = 1, 1
    scene.session.add(scene.offer)
    referral = arrange(scene, released=())
    scene.ask(referral)
    with pytest.raises(NoSeatFreeError):
        scene.report(referral, "accepted")


def test_a_certificate_raises_the_level_and_reaches_the_goal(runtime: Runtime):
    with runtime.database.write() as session:
        scene = make_scene(runtime, session, kind="club")
        goal = Goal(client_id=scene.client.id, area="language", title="B1", target_level="B1")
        session.add(goal)
        session.flush()
        referral = arrange(scene, released=())
        token = scene.ask(referral)
        scene.answer(token, "started")
        told = {"level_reached": "B1", "level_evidence": "certificate"}
        assert scene.answer(token, "completed", **told)
        assert (scene.client.german_level, scene.client.german_level_evidence) == (
            "B1",
            "certificate",
        )
        session.refresh(goal)
        assert goal.state == "reached"
        events = session.exec(select(CaseEvent).where(CaseEvent.client_id == scene.client.id)).all()
        by_nobody = {event.code for event in events if event.actor_id is None}
        assert {"level_changed", "goal_reached"} <= by_nobody


def test_a_full_offer_is_put_right_in_the_directory(scene: Asked):
    scene.offer.seats_max, scene.offer.seats_booked = 8, 3
    scene.session.add(scene.offer)
    token = scene.ask(arrange(scene, released=()))
    scene.answer(token, "rejected", reason="full")
    scene.session.refresh(scene.offer)
    assert scene.offer.seats_booked == 8


def test_the_next_step_of_the_house_makes_an_answer_old(scene: Asked):
    referral = arrange(scene, released=())
    token = scene.ask(referral)
    scene.answer(token, "waiting_list", happened_on=TODAY + timedelta(days=90))
    assert referral.answered_at is not None
    scene.report(referral, "accepted")
    assert referral.answered_at is None
    assert details_of(referral).released == []


def test_of_an_end_of_ours_the_provider_learns_only_that_it_is_over(scene: Asked):
    referral = arrange(scene, released=())
    token = scene.ask(referral)
    scene.report(referral, "withdrawn", reason="illness")
    ended = scene.open(token)
    assert isinstance(ended, EndedRequest)
    assert (ended.standing.reason, ended.standing.by_partner) == (None, False)


def test_the_sent_mail_can_no_longer_be_taken_back(runtime: Runtime):
    with runtime.database.write() as session:
        scene = make_scene(runtime, session)
        referral = arrange(scene, released=())
        scene.ask(referral)
        [mail] = scene.mails()
        mail.hold_until = mail.next_attempt_at = utc_now() - timedelta(seconds=1)
        session.add(mail)
        ids = (referral.id, scene.offer.id, scene.actor)
    assert send_due(runtime.database, runtime.settings).sent == 1
    with runtime.database.write() as session:
        with pytest.raises(TooLateError):
            take_request_back(session, ids[2], ids[0], TODAY)
        assert session.get_one(Offer, ids[1]).title == "Chor"


def test_the_whole_loop_by_a_real_mail_server(runtime: Runtime, office: PostOffice):
    with runtime.database.write() as session:
        scene = make_scene(runtime, session)
        give(scene)
        referral = arrange(scene)
        scene.ask(referral)
        name, referral_id = scene.client.family_name, referral.id
    settings = by_smtp(runtime, office)
    assert send_due(runtime.database, settings).sent == 0
    let_time_pass(runtime, timedelta(minutes=11))
    assert send_due(runtime.database, settings).sent == 1
    assert send_due(runtime.database, settings).sent == 0
    [(recipient, message)] = office.taken
    assert recipient == "chor@verein.example"
    assert "@" in str(message["Reply-To"])
    texts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    assert len(texts) == 2
    assert not any(name in text for text in [*texts, str(message["Subject"])])
    found = re.search(r"/rueckmeldung/(\S+)", texts[0])
    assert found
    with runtime.database.write() as session:
        secret = session_secret(runtime.settings)
        report = OutcomeReport.model_validate({"to_state": "received"}, context={"today": TODAY})
        assert take_answer(session, secret, found.group(1), report, utc_now(), TODAY)
        assert session.get_one(Referral, referral_id).state == "received"


def test_who_does_not_answer_is_reminded_twice_and_then_left_to_the_case_worker(runtime: Runtime):
    with runtime.database.write() as session:
        scene = make_scene(runtime, session)
        consent = give(scene)
        referral = arrange(scene)
        token = scene.ask(referral)
        ids = (scene.actor, scene.client.id, consent.id)
    let_time_pass(runtime, timedelta(minutes=11))
    send_due(runtime.database, runtime.settings)
    days = [1, 4, 4, 5, 8, 8, 20]
    asked = [remind_partners(runtime, utc_now() + timedelta(days=day, hours=1)) for day in days]
    assert asked == [0, 1, 0, 0, 1, 0, 0]
    with runtime.database.read() as session:
        mails = session.exec(select(OutboxMail).where(OutboxMail.purpose == "referral_reminder")).all()
        assert all(token in mail.text_body and mail.state == "waiting" for mail in mails)
    with runtime.database.write() as session:
        revoke_consent_and_links(session, *ids, TODAY)
    with runtime.database.read() as session:
        mails = session.exec(select(OutboxMail).where(OutboxMail.purpose == "referral_reminder")).all()
        assert [mail.state for mail in mails] == ["withdrawn", "withdrawn"]


def test_what_comes_back_is_the_case_worker_s_at_once_and_told_once(
    runtime: Runtime, office: PostOffice
):
    with runtime.database.write() as session:
        scene = make_scene(runtime, session)
        referral = arrange(scene, released=())
        scene.ask(referral)
        actor, referral_id = scene.actor, referral.id
        assert referral.follow_up_on is not None
        assert referral.follow_up_on > TODAY
    let_time_pass(runtime, timedelta(minutes=11))
    office.answers["chor@verein.example"] = "550 5.1.1 unknown"
    assert send_due(runtime.database, by_smtp(runtime, office)).bounced == 1
    for _twice in range(2):
        assert remind_partners(runtime) == 0
    with runtime.database.write() as session:
        referral = session.get_one(Referral, referral_id)
        assert (referral.state, referral.follow_up_on) == ("sent", TODAY)
        steps = session.exec(select(ReferralEvent).where(ReferralEvent.source == "system")).all()
        assert [(one.to_state, one.reason) for one in steps] == [("sent", "provider_not_reached")]
        with pytest.raises(TooLateError):
            take_request_back(session, actor, referral_id, TODAY)


def test_nobody_is_reminded_of_what_rests_on_a_revoked_consent(runtime: Runtime):
    with runtime.database.write() as session:
        scene = make_scene(runtime, session)
        consent = give(scene)
        scene.ask(arrange(scene))
        ids = (scene.actor, scene.client.id, consent.id)
    let_time_pass(runtime, timedelta(minutes=11))
    send_due(runtime.database, runtime.settings)
    with runtime.database.write() as session:
        revoke_consent(session, *ids, TODAY)
    assert remind_partners(runtime, utc_now() + timedelta(days=5)) == 0


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["case_worker", "partner", "partner", "undo", "ask", "claim"]),
        st.sampled_from(["received", "waiting_list", *STATES]),
        st.booleans(),
    ),
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(moves=MOVES, seats_free=st.integers(0, 2) | st.none())
def test_no_walk_leads_to_an_illegal_state(
    runtime: Runtime, moves: list[tuple[str, str, bool]], seats_free: int | None
):
    """Case worker and provider tell whatever they like, and things are taken back: each change is a
    step of the table, stands in history and log, and the seats are always right."""
    booked = None if seats_free is None else 5 - seats_free
    with runtime.database.write() as session:
        scene = make_scene(runtime, session, seats_max=None if booked is None else 5)
        scene.offer.seats_booked = booked
        session.add(scene.offer)
        give(scene)
        referral = arrange(scene)
        for by, state, despite_full in [("ask", "sent", False), *moves]:
            before, steps, logged = referral.state, len(scene.steps(referral)), scene.logged(referral)
            mailed = find_request_state(session, referral)
            is_in_time = mailed is not None and mailed.can_be_taken_back
            has_moved = scene.try_move(referral, by, state, despite_full)
            session.refresh(referral)
            session.refresh(scene.offer)
            if not has_moved:
                assert (referral.state, len(scene.steps(referral))) == (before, steps)
                continue
            step = find_transition(before, referral.state)
            assert step is not None
            assert ("partner" if by == "partner" else "case_worker") in step.by
            assert is_in_time or "in_time" not in step.needs
            assert len(scene.steps(referral)) == steps + 1
            assert scene.steps(referral)[-1] == (
                referral.state,
                "partner" if by == "partner" else "house",
            )
            assert scene.logged(referral) > logged
            assert (referral.follow_up_on is None) == (not is_open(referral.state))
            assert (referral.answered_at is not None) == (by == "partner")
            if booked is not None:
                is_told_full = referral.state == "rejected"  # the first reason: it is full
                expected = 5 if is_told_full else booked + referral.seat_held
                assert scene.offer.seats_booked == expected <= 5
            assert not referral.seat_held or referral.state in {"accepted", "started"}
        links = session.exec(select(SignedLink).where(SignedLink.subject_id == referral.id)).all()
        live = [link for link in links if link.revoked_at is None]
        assert len(live) <= 1
        assert is_open(referral.state) or not live
        session.rollback()
