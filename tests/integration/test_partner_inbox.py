"""The inbox of a provider's people: what stands in it; answering there is answering by the link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import ROLES, Actor
from app.accounts.service import update_account
from app.audit.models import AuditEntry
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.models import Offer, Provider
from app.mail.models import OutboxMail
from app.mail.sending import send_due
from app.mail.service import withdraw_mail
from app.operations.merging import undo_merge
from app.operations.partner_answers import CannotFollowError, EndedRequest, OpenRequest
from app.operations.partner_inbox import Inbox, answer_in_inbox, list_inbox, open_in_inbox
from app.operations.partner_reminders import remind_partners
from app.operations.partner_requests import (
    TooLateError,
    ask_provider,
    find_request_state,
    revoke_consent_and_links,
    take_request_back,
)
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.records import OutcomeReport
from app.referrals.sealing import details_of
from app.referrals.states import reasons_for
from app.referrals.transitions import PARTNER_TELLS
from tests.conftest import TODAY
from tests.integration.case_samples import add_offer, add_user
from tests.integration.test_arranged_referrals import FIRST_CALL, arrange, give
from tests.integration.test_merging import EDITOR, add, merge, provider
from tests.integration.test_partner_requests import Asked, make_scene
from tests.post_office import let_time_pass

LATER = timedelta(minutes=11)
"""After the time for taking back."""


def add_person(session: Session, provider_id: str, name: str = "Pia Anbieter") -> Actor:
    """Somebody who answers for the provider."""
    actor = add_user(session, "provider", name)
    user = session.get_one(User, actor.id)
    user.provider_id = provider_id
    session.add(user)
    session.flush()
    return actor


def look(session: Session, person: Actor, later: timedelta = LATER) -> Inbox:
    return list_inbox(session, person, utc_now() + later, TODAY)


def ids_of(lines: tuple[Any, ...]) -> list[str]:
    return [line.referral_id for line in lines]


def open_one(session: Session, person: Actor, referral: Referral) -> OpenRequest | EndedRequest:
    return open_in_inbox(session, person, referral.id, utc_now() + LATER, TODAY)


def tell(session: Session, person: Actor, referral: Referral, state: str, **values: Any) -> None:
    report = OutcomeReport.model_validate({"to_state": state, **values}, context={"today": TODAY})
    answer_in_inbox(session, person, referral.id, report, utc_now() + LATER, TODAY)


def read_by(session: Session, actor_id: str | None) -> list[str]:
    return list(session.exec(select(AuditEntry.action).where(AuditEntry.actor_id == actor_id)))


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Asked]:
    with runtime.database.write() as session:
        yield make_scene(runtime, session)


def test_a_request_stands_in_it_once_it_is_beyond_taking_back(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    give(scene)
    referral = arrange(scene)
    assert look(scene.session, person).is_empty
    scene.ask(referral)
    assert look(scene.session, person, timedelta()).is_empty
    with pytest.raises(NotFoundError):
        open_in_inbox(scene.session, person, referral.id, utc_now(), TODAY)
    [line] = look(scene.session, person).unanswered
    assert (line.referral_id, line.offer_title, line.standing.state) == (referral.id, "Chor", "sent")


def test_what_was_taken_back_was_never_there(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    referral = arrange(scene, released=())
    scene.ask(referral)
    take_request_back(scene.session, scene.actor, referral.id, TODAY)
    assert look(scene.session, person).is_empty
    scene.report(referral, "withdrawn", reason="other")
    assert look(scene.session, person).is_empty


def test_what_stands_in_it_can_no_longer_be_taken_back(scene: Asked) -> None:
    referral = arrange(scene, released=())
    scene.ask(referral)
    [mail] = scene.mails()
    mail.hold_until = utc_now() - timedelta(seconds=1)  # and no sender came by
    scene.session.add(mail)
    state = find_request_state(scene.session, referral)
    assert state is not None
    assert state.can_be_taken_back, "nobody has an account: as long as the mail waits"
    add_person(scene.session, scene.offer.provider_id)
    with pytest.raises(TooLateError):
        take_request_back(scene.session, scene.actor, referral.id, TODAY)
    state = find_request_state(scene.session, referral)
    assert state is not None
    assert not state.can_be_taken_back


def test_a_mail_that_an_editor_stopped_asks_nobody(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    referral = arrange(scene, released=())
    scene.ask(referral)
    withdraw_mail(scene.session, scene.mails()[0].id)
    assert look(scene.session, person).is_empty


def test_what_was_asked_by_phone_stands_in_it_and_a_signpost_does_not(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    referral = arrange(scene, released=())
    scene.report(referral, "sent")
    assert ids_of(look(scene.session, person).unanswered) == [referral.id]
    scene.report(referral, "rejected", reason="full")
    alone = scene.refer()
    scene.report(alone, "accepted")
    inbox = look(scene.session, person)
    assert (inbox.unanswered, inbox.running) == ((), ())
    assert ids_of(inbox.ended) == [referral.id]


def test_others_reach_nothing(scene: Asked) -> None:
    other = add_offer(scene.session, title="Anderes")
    give(scene)
    referral = arrange(scene)
    scene.ask(referral)
    stranger = add_person(scene.session, other.provider_id)
    gone = add_person(scene.session, scene.offer.provider_id, "Geht Fort")
    user = scene.session.get_one(User, gone.id)
    update_account(
        scene.session,
        Actor("admin", "administrator"),
        gone.id,
        role="provider",
        is_active=False,
        epoch=user.session_epoch,
        provider_id=user.provider_id,
    )
    house = [add_user(scene.session, role) for role in ROLES]
    assert look(scene.session, stranger).is_empty
    for person in (gone, *house):
        with pytest.raises(NotFoundError):
            look(scene.session, person)
    for person in (stranger, gone, *house):
        with pytest.raises(NotFoundError):
            open_one(scene.session, person, referral)
        with pytest.raises(NotFoundError):
            tell(scene.session, person, referral, "accepted")
        assert "referral.read_by_partner" not in read_by(scene.session, person.id)
    assert referral.state == "sent"
    stays = add_person(scene.session, scene.offer.provider_id, "Bleibt Da")
    assert ids_of(look(scene.session, stays).unanswered) == [referral.id]


def test_opened_it_shows_what_the_consent_covers_and_notes_who_read_it(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    consent = give(scene, valid_until=TODAY + timedelta(days=5))
    referral = arrange(scene)
    scene.ask(referral)
    before = referral.version
    found = open_one(scene.session, person, referral)
    assert isinstance(found, OpenRequest)
    assert found.released == FIRST_CALL
    assert read_by(scene.session, person.id) == ["referral.read_by_partner"]
    late = open_in_inbox(
        scene.session, person, referral.id, utc_now() + LATER, TODAY + timedelta(days=6)
    )
    assert isinstance(late, OpenRequest)
    assert late.released == ()
    assert read_by(scene.session, person.id) == ["referral.read_by_partner"]
    assert referral.version == before
    scene.report(referral, "received")
    revoke_consent_and_links(scene.session, scene.actor, scene.client.id, consent.id, TODAY)
    assert look(scene.session, person).is_empty
    with pytest.raises(NotFoundError):
        open_one(scene.session, person, referral)
    with pytest.raises(NotFoundError):
        tell(scene.session, person, referral, "accepted")


def test_an_answer_names_the_person_and_is_news_for_the_case_worker(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    colleague = add_person(scene.session, scene.offer.provider_id, "Kim Kollege")
    referral = arrange(scene, released=())
    scene.ask(referral)
    for _twice in range(2):
        tell(scene.session, person, referral, "accepted", note="Bitte um 9 Uhr")
    tell(scene.session, colleague, referral, "accepted", note="Bitte um 9 Uhr")
    with pytest.raises(CannotFollowError):
        tell(scene.session, colleague, referral, "received")
    steps = scene.session.exec(select(ReferralEvent).where(ReferralEvent.source == "partner")).all()
    assert [(step.to_state, step.actor_id) for step in steps] == [("accepted", person.id)]
    assert referral.answered_at is not None
    assert read_by(scene.session, person.id) == ["referral.answer"]
    assert ids_of(look(scene.session, colleague).running) == [referral.id]
    tell(scene.session, colleague, referral, "started")
    tell(
        scene.session,
        colleague,
        referral,
        "completed",
        level_reached="B1",
        level_evidence="certificate",
    )
    assert scene.client.german_level == "B1"
    assert "client.update" in read_by(scene.session, colleague.id)
    ended = open_one(scene.session, person, referral)
    assert isinstance(ended, EndedRequest)
    assert ids_of(look(scene.session, person).ended) == [referral.id]
    assert look(scene.session, person, timedelta(days=61)).is_empty


def test_of_a_withdrawn_provider_nothing_is_shown(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    referral = arrange(scene, released=())
    scene.ask(referral)
    assert not look(scene.session, person).is_empty
    scene.offer.status = "withdrawn"
    scene.session.add(scene.offer)
    assert look(scene.session, person).is_empty
    with pytest.raises(NotFoundError):
        open_one(scene.session, person, referral)


def test_a_confidential_offer_is_asked_about_as_by_the_link(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        scene = make_scene(runtime, session, is_sensitive=True, title="Suchtberatung")
        person = add_person(session, scene.offer.provider_id)
        stranger = add_person(session, add_offer(session).provider_id)
        give(scene)
        referral = arrange(scene)
        scene.ask(referral)
        assert referral.offer_id is None
        [line] = look(session, person).unanswered
        assert line.offer_title == "Suchtberatung"
        found = open_one(session, person, referral)
        assert isinstance(found, OpenRequest)
        assert found.released == FIRST_CALL
        assert look(session, stranger).is_empty
        tell(session, person, referral, "rejected", reason="full")
        assert referral.state == "rejected"
        assert details_of(referral).offer_id == scene.offer.id


def test_people_move_with_a_merged_provider_and_back(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        kept, other = add(session, provider("list", "a")), add(session, provider("other"))
        people = [add_person(session, other, "Ada"), add_person(session, other, "Bo")]
        made = merge(session, kept, other)

        def belong() -> list[str | None]:
            return [session.get_one(User, one.id).provider_id for one in people]

        assert belong() == [kept, kept]
        late = add_person(session, kept, "Neu beim Neuen")
        undo_merge(session, EDITOR, made.id)
        assert belong() == [other, other]
        assert session.get_one(User, late.id).provider_id == kept
        actions = read_by(session, EDITOR.id)
        assert actions.count("account.update") == 4


def without_address(scene: Asked) -> list[Actor]:
    """Nobody but two people with accounts can be reached."""
    scene.offer.contact_email = None
    scene.session.add(scene.offer)
    assert scene.session.get_one(Provider, scene.offer.provider_id).email is None
    return [add_person(scene.session, scene.offer.provider_id, name) for name in ("Ada", "Bo")]


def ask_people(scene: Asked, referral: Referral) -> list[OutboxMail]:
    ask_provider(scene.session, scene.runtime, scene.actor, referral.id, referral.version)
    return [mail for mail in scene.mails() if mail.state == "waiting"]


def test_without_an_address_the_people_are_told_that_something_waits(scene: Asked) -> None:
    people = without_address(scene)
    give(scene)
    referral = arrange(scene)
    mails = ask_people(scene, referral)
    emails = {scene.session.get_one(User, one.id).email for one in people}
    assert {mail.recipient for mail in mails} == emails
    for mail in mails:
        text = f"{mail.subject}{mail.text_body}{mail.html_body}"
        assert "/anfragen" in text
        for word in (scene.client.given_name, scene.client.family_name, "Chor", referral.id):
            assert word not in text
    assert look(scene.session, people[0], timedelta()).is_empty
    take_request_back(scene.session, scene.actor, referral.id, TODAY)
    take_request_back(scene.session, scene.actor, referral.id, TODAY)
    assert {mail.state for mail in scene.mails()} == {"withdrawn"}
    assert (referral.state, look(scene.session, people[0]).is_empty) == ("agreed", True)
    again = ask_people(scene, referral)
    assert len(again) == 2
    again[0].claimed_until = utc_now()
    scene.session.add(again[0])
    with pytest.raises(TooLateError), scene.session.begin_nested():
        take_request_back(scene.session, scene.actor, referral.id, TODAY)
    scene.session.refresh(referral)
    assert referral.state == "sent"
    assert ids_of(look(scene.session, people[1], timedelta()).unanswered) == [referral.id]


def test_without_address_and_people_one_is_told_to_call(scene: Asked) -> None:
    for person in without_address(scene):
        user = scene.session.get_one(User, person.id)
        user.is_active = False
        scene.session.add(user)
    referral = arrange(scene, released=())
    with pytest.raises(InvalidInputError), scene.session.begin_nested():
        ask_people(scene, referral)
    scene.session.refresh(referral)
    assert referral.state == "agreed"


def test_people_are_reminded_like_others(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        scene = make_scene(runtime, session)
        without_address(scene)
        referral = arrange(scene, released=())
        ask_people(scene, referral)
        referral_id = referral.id
    let_time_pass(runtime, LATER)
    assert send_due(runtime.database, runtime.settings).sent == 2
    asked = [
        remind_partners(runtime, utc_now() + timedelta(days=day, hours=1)) for day in (1, 4, 4, 8, 20)
    ]
    assert asked == [0, 1, 0, 1, 0]
    with runtime.database.read() as session:
        again = select(OutboxMail).where(OutboxMail.purpose == "referral_reminder")
        mails = session.exec(again.where(OutboxMail.subject_id == referral_id)).all()
        assert len({mail.recipient for mail in mails}) == 2
        assert len(mails) == 4
        assert all("/anfragen" in mail.text_body for mail in mails)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    told=st.lists(
        st.tuples(st.sampled_from(sorted(PARTNER_TELLS)), st.booleans()), min_size=1, max_size=5
    )
)
def test_by_account_and_by_link_the_same_comes_of_it(
    runtime: Runtime, told: list[tuple[str, bool]]
) -> None:
    with runtime.database.write() as session:
        by_link, by_account = (make_scene(runtime, session) for _ in range(2))
        outcomes = []
        for scene in (by_link, by_account):
            scene.offer.seats_max, scene.offer.seats_booked = 3, 2
            session.add(scene.offer)
            referral = arrange(scene, released=())
            token = scene.ask(referral)
            person = add_person(session, scene.offer.provider_id)
            taken = []
            for state, is_first_reason in told:
                reasons = reasons_for(state)
                values = {"reason": reasons[0 if is_first_reason else -1]} if reasons else {}
                try:
                    with session.begin_nested():
                        if scene is by_link:
                            scene.answer(token, state, **values)
                        else:
                            tell(session, person, referral, state, **values)
                    taken.append(True)
                except CannotFollowError:
                    taken.append(False)
            session.refresh(scene.offer)
            steps = session.exec(
                select(ReferralEvent)
                .where(ReferralEvent.referral_id == referral.id)
                .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
            )
            outcomes.append(
                (
                    taken,
                    [(one.from_state, one.to_state, one.reason, one.source) for one in steps],
                    referral.state,
                    referral.follow_up_on,
                    referral.seat_held,
                    referral.version,
                    scene.offer.seats_booked,
                    scene.client.version,
                )
            )
        assert outcomes[0] == outcomes[1]
        session.rollback()


def test_an_invented_id_opens_nothing(scene: Asked) -> None:
    person = add_person(scene.session, scene.offer.provider_id)
    for unknown in ("", "x", new_id(), "'; DROP TABLE referral", "a" * 5000):
        with pytest.raises(NotFoundError):
            open_in_inbox(scene.session, person, unknown, utc_now(), TODAY)
    assert scene.session.exec(select(Offer)).first() is not None
