"""From a public form to an entry in the directory, with the mails, the links and the access log."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.models import ContactPerson, Offer, OfferPlace, Place, Provider
from app.links.models import SignedLink
from app.mail.models import OutboxMail
from app.matching.models import VolunteerWish
from app.operations.registrations import (
    ChecksMissingError,
    accept_registration,
    ask_applicant,
    find_known_organisations,
    find_place,
    take_registration,
    tidy_registrations,
    withdraw_registration,
)
from app.operations.runtime import Runtime
from app.volunteers.checks import Checks, next_due
from app.volunteers.models import Registration, RegistrationMessage, Volunteer
from app.volunteers.moderation import decline, get_registration, list_messages, save_checks, take_reply
from app.volunteers.registering import (
    Answers,
    NewRegistration,
    confirm,
    count_waiting,
    list_queue,
)
from tests.conftest import TODAY
from tests.integration.case_samples import add_user
from tests.registrations import organisation, volunteer

DONE = Checks(talk_on=TODAY, agreement_on=TODAY)


@pytest.fixture
def editor(runtime: Runtime) -> Actor:
    with runtime.database.write() as session:
        return add_user(session, "directory_editor")


def enter(runtime: Runtime, answers: Answers, *, is_confirmed: bool = True) -> str:
    with runtime.database.write() as session:
        one = take_registration(session, runtime, NewRegistration(answers, new_id(), False))
        if is_confirmed:
            confirm(session, one.id)
        return one.id


def accept(runtime: Runtime, editor: Actor, registration_id: str, title: str = "Sprachtandem") -> str:
    with runtime.database.write() as session:
        one = session.get_one(Registration, registration_id)
        place = find_place(one, None)
        return accept_registration(session, runtime, editor, registration_id, title, one.version, place)


def check(runtime: Runtime, editor: Actor, registration_id: str, checks: Checks = DONE) -> None:
    with runtime.database.write() as session:
        version = session.get_one(Registration, registration_id).version
        save_checks(session, editor, registration_id, checks, version)


def mails(session: Session, purpose: str) -> list[OutboxMail]:
    return list(session.exec(select(OutboxMail).where(OutboxMail.purpose == purpose)))


def test_nobody_of_the_house_sees_it_before_the_address_is_confirmed(
    runtime: Runtime, editor: Actor
) -> None:
    one = enter(runtime, volunteer(), is_confirmed=False)
    with runtime.database.read() as session:
        assert list_queue(session) == []
        (mail,) = mails(session, "registration_confirm")
        assert mail.recipient == "wilma@zaun.example"
        assert "Zaunkönig" not in mail.text_body + mail.subject
        assert re.search(r"/mitmachen/bestaetigen/\S+", mail.text_body)
    with pytest.raises(NotFoundError):
        accept(runtime, editor, one)
    with runtime.database.write() as session:
        confirm(session, one)
        confirm(session, one)
        (line,) = list_queue(session)
        assert (line.name, line.state) == ("Wilma Zaunkönig", "waiting")
        assert count_waiting(session) == 1


def test_a_form_sent_twice_registers_once(runtime: Runtime) -> None:
    key = new_id()
    for _again in range(3):
        with runtime.database.write() as session:
            take_registration(session, runtime, NewRegistration(volunteer(), key, False))
    with runtime.database.read() as session:
        assert session.exec(select(func.count()).select_from(Registration)).one() == 1
        assert len(mails(session, "registration_confirm")) == 1


def test_a_stranger_s_address_gets_a_few_mails_and_no_more(runtime: Runtime) -> None:
    for _number in range(10):
        enter(runtime, volunteer(), is_confirmed=False)
    with runtime.database.read() as session:
        assert len(mails(session, "registration_confirm")) == 3


def test_a_volunteer_is_accepted_once_what_is_needed_was_seen(runtime: Runtime, editor: Actor) -> None:
    one = enter(runtime, volunteer(help_kinds=["tutoring"], sex="female", whom=["women"]))
    with pytest.raises(ChecksMissingError) as error:
        accept(runtime, editor, one)
    assert error.value.missing == ("clearance", "talk", "agreement")
    seen = DONE.model_copy(update={"clearance_seen_on": TODAY, "clearance_next_on": next_due(TODAY)})
    check(runtime, editor, one, seen)
    provider_id = accept(runtime, editor, one, "Nachhilfe mit Wilma")
    with runtime.database.read() as session:
        provider = session.get_one(Provider, provider_id)
        assert (provider.name, provider.kind, provider.email) == ("Wilma", "volunteer", None)
        person = session.get_one(Volunteer, provider_id)
        assert (person.last_name, person.clearance_seen_by) == ("Zaunkönig", editor.id)
        offer = session.exec(select(Offer).where(Offer.provider_id == provider_id)).one()
        assert (offer.title, offer.status, offer.visibility) == (
            "Nachhilfe mit Wilma",
            "published",
            "internal",
        )
        wish = session.get_one(VolunteerWish, offer.id)
        assert (wish.sex, wish.wanted_sex, wish.max_clients) == ("female", "female", 1)
        place = session.exec(select(Place).where(Place.provider_id == provider_id)).one()
        assert (place.plz, place.street, place.precision) == ("73728", None, "postal_code")
        assert len(mails(session, "registration_accept")) == 1
        assert session.get_one(Registration, one).answers == {}
        assert list_queue(session) == []
        with pytest.raises(NotFoundError):
            get_registration(session, one)


def test_what_was_confirmed_by_mail_is_fresh_once_accepted(runtime: Runtime, editor: Actor) -> None:
    registration_id = enter(runtime, organisation())
    told_on = TODAY - timedelta(days=3)
    with runtime.database.write() as session:
        row = session.get_one(Registration, registration_id)
        row.confirmed_at = datetime.combine(told_on, time(12), UTC)
    provider_id = accept(runtime, editor, registration_id)
    with runtime.database.read() as session:
        offers = session.exec(select(Offer).where(Offer.provider_id == provider_id)).all()
        assert {offer.verified_on for offer in offers} == {told_on}
        assert {offer.verified_by for offer in offers} == {organisation().name}


def test_two_editors_at_once_accept_once(runtime: Runtime, editor: Actor) -> None:
    one = enter(runtime, volunteer())
    check(runtime, editor, one)
    with runtime.database.write() as session:
        stale = session.get_one(Registration, one).version - 1
        place = find_place(session.get_one(Registration, one), None)
    with pytest.raises(ConflictError), runtime.database.write() as session:
        accept_registration(session, runtime, editor, one, "T", stale, place)
    with pytest.raises(InvalidInputError), runtime.database.write() as session:
        accept_registration(session, runtime, editor, one, " ", stale + 1, place)
    accept(runtime, editor, one)


def test_an_organisation_that_is_known_gets_its_offers_added(runtime: Runtime, editor: Actor) -> None:
    first = accept(runtime, editor, enter(runtime, organisation()))
    again = organisation(offers=[{"title": "Hockey", "kind": "club"}], street="Am Hang")
    with runtime.database.read() as session:
        (known,) = find_known_organisations(session, again)
        assert known.provider_id == first
    told = again.model_copy(update={"known_provider_id": first, "email": "fremd@zaun.example"})
    assert accept(runtime, editor, enter(runtime, told)) == first
    with runtime.database.read() as session:
        people = session.exec(select(User).where(User.provider_id == first)).all()
        # Whoever says to be a known organisation gets no account by saying so.
        assert [user.email for user in people] == ["uwe@rollschuh.example"]
    with runtime.database.read() as session:
        offers = session.exec(select(Offer).where(Offer.provider_id == first)).all()
        assert {offer.title for offer in offers} == {"Rollschuh für alle", "Hockey"}
        hockey = next(offer for offer in offers if offer.title == "Hockey")
        place = session.exec(
            select(Place)
            .join(OfferPlace, col(OfferPlace.place_id) == Place.id)
            .where(OfferPlace.offer_id == hockey.id)
        ).one()
        assert place.street == "Am Hang"
        contact = session.exec(select(ContactPerson).where(ContactPerson.provider_id == first)).one()
        assert not contact.is_public


def test_entries_that_are_not_public_are_named_to_nobody(runtime: Runtime, editor: Actor) -> None:
    first = accept(runtime, editor, enter(runtime, organisation()))
    with runtime.database.write() as session:
        offer = session.exec(select(Offer).where(Offer.provider_id == first)).one()
        offer.visibility = "protected"
        session.add(offer)
    with runtime.database.read() as session:
        assert find_known_organisations(session, organisation()) == []


def test_a_question_goes_by_mail_and_the_answer_comes_back_to_the_queue(
    runtime: Runtime, editor: Actor
) -> None:
    one = enter(runtime, volunteer())
    key = new_id()
    for _again in range(2):
        with runtime.database.write() as session:
            version = session.get_one(Registration, one).version
            ask_applicant(session, runtime, editor, one, "Welche Klasse?", key, version)
    with runtime.database.read() as session:
        (mail,) = mails(session, "registration_ask")
        assert "Welche Klasse?" in mail.text_body
        assert [line.state for line in list_queue(session)] == ["asked"]
    reply_key = new_id()
    for _again in range(2):
        with runtime.database.write() as session:
            assert take_reply(session, one, "Klasse 5 bis 7", reply_key)
    with runtime.database.read() as session:
        assert [message.text for message in list_messages(session, one)] == [
            "Welche Klasse?",
            "Klasse 5 bis 7",
        ]
        assert [line.state for line in list_queue(session)] == ["waiting"]
        raw = session.connection().exec_driver_sql("select text from registration_message").all()
        assert not any("Klasse" in text for (text,) in raw)
    with pytest.raises(InvalidInputError), runtime.database.write() as session:
        take_reply(session, one, "  ", new_id())


def test_declining_is_friendly_and_everything_is_forgotten_after_a_while(
    runtime: Runtime, editor: Actor
) -> None:
    one = enter(runtime, volunteer())
    with runtime.database.write() as session:
        decline(session, editor, one, "Danke, aber leider nicht.", 2)
    with runtime.database.read() as session:
        (mail,) = mails(session, "registration_decline")
        assert mail.text_body.startswith("Danke, aber leider nicht.")
    assert tidy_registrations(runtime) == 0
    with runtime.database.write() as session:
        row = session.get_one(Registration, one)
        row.decided_at = utc_now() - timedelta(days=31)
        session.add(row)
    assert tidy_registrations(runtime) == 1


def test_what_nobody_confirms_within_a_week_is_deleted(runtime: Runtime) -> None:
    late = enter(runtime, volunteer(), is_confirmed=False)
    enter(runtime, volunteer(email="andere@zaun.example"), is_confirmed=False)
    with runtime.database.write() as session:
        row = session.get_one(Registration, late)
        row.created_at = utc_now() - timedelta(days=7, minutes=1)
        session.add(row)
    assert tidy_registrations(runtime) == 1
    with runtime.database.write() as session:
        assert confirm(session, late) is None


def test_whoever_registered_takes_it_back_with_messages_mails_and_links(
    runtime: Runtime, editor: Actor
) -> None:
    one = enter(runtime, volunteer())
    kept = enter(runtime, volunteer(email="andere@zaun.example"))
    with runtime.database.write() as session:
        ask_applicant(session, runtime, editor, one, "Wann?", new_id(), 2)
    assert withdraw_registration(runtime, one)
    with runtime.database.read() as session:
        assert {mail.subject_id for mail in session.exec(select(OutboxMail))} == {kept}
        assert {link.subject_id for link in session.exec(select(SignedLink))} == {kept}
    assert withdraw_registration(runtime, kept)
    with runtime.database.read() as session:
        assert session.exec(select(func.count()).select_from(RegistrationMessage)).one() == 0
        assert session.exec(select(func.count()).select_from(Registration)).one() == 0
    accepted = enter(runtime, volunteer())
    check(runtime, editor, accepted)
    accept(runtime, editor, accepted)
    assert not withdraw_registration(runtime, accepted)


def test_every_step_stands_in_the_access_log_without_a_name(runtime: Runtime, editor: Actor) -> None:
    one = enter(runtime, volunteer())
    check(runtime, editor, one)
    accept(runtime, editor, one)
    with runtime.database.read() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.subject_id == one).order_by(col(AuditEntry.seq))
        ).all()
    assert [entry.action.removeprefix("registration.") for entry in entries] == [
        "create",
        "confirm",
        "check",
        "accept",
    ]
    assert "Wilma" not in "".join(str(entry.model_dump()) for entry in entries)


def test_the_answers_stand_encrypted_in_the_database(runtime: Runtime) -> None:
    enter(runtime, volunteer(phone="0711 123456"))
    with runtime.database.read() as session:
        (row,) = session.connection().exec_driver_sql("select answers from registration").all()
    assert "Zaun" not in row[0]
