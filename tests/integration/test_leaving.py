"""Who has nothing to do with us any more: noted by the daily job, and forgotten after its period."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.core.clock import utc_now
from app.core.ids import new_id
from app.directory.editing import change_offer
from app.directory.history import Author
from app.directory.models import ContactPerson, Offer
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail
from app.matching.models import VolunteerWish
from app.operations.leaving import is_forgotten, note_who_left
from app.operations.own_entries import leave
from app.operations.registrations import find_known_organisations, tidy_registrations
from app.operations.retention import delete_due
from app.operations.round_mail_models import NewsOptOut
from app.operations.runtime import Runtime, open_runtime
from app.operations.volunteer_deletion import erase_volunteer
from app.volunteers.models import Registration, RegistrationMessage, Volunteer
from tests.conftest import TODAY
from tests.integration.case_samples import add_user
from tests.integration.test_own_entries import EMAIL, Own
from tests.integration.test_registrations import accept, check, enter
from tests.registrations import organisation, volunteer

AUTHOR = Author("Erna Redaktion")


@pytest.fixture
def editor(runtime: Runtime) -> Actor:
    with runtime.database.write() as session:
        return add_user(session, "directory_editor")


def change(runtime: Runtime, offer_id: str, **values: object) -> None:
    with runtime.database.write() as session:
        change_offer(session, AUTHOR, offer_id, values, "edit")


def left_on(runtime: Runtime, provider_id: str) -> object:
    with runtime.database.read() as session:
        return session.get_one(Volunteer, provider_id).left_on


def test_a_volunteer_whose_last_offer_an_editor_takes_out_has_left_until_it_is_back(
    runtime: Runtime,
) -> None:
    own = Own(runtime, is_volunteer=True)
    note_who_left(runtime)
    assert left_on(runtime, own.provider_id) is None
    change(runtime, own.offer_id, status="withdrawn")
    note_who_left(runtime)
    assert left_on(runtime, own.provider_id) == TODAY
    change(runtime, own.offer_id, status="published")
    note_who_left(runtime)
    assert left_on(runtime, own.provider_id) is None


def test_a_volunteer_on_a_break_has_not_left(runtime: Runtime) -> None:
    own = Own(runtime, is_volunteer=True)
    change(runtime, own.offer_id, status="paused")
    note_who_left(runtime)
    assert left_on(runtime, own.provider_id) is None


def test_the_first_day_counts_however_often_the_job_runs(runtime: Runtime) -> None:
    own = Own(runtime, is_volunteer=True)
    change(runtime, own.offer_id, status="withdrawn")
    note_who_left(runtime)
    later = open_runtime(runtime.settings.with_today(TODAY + timedelta(days=9)))
    note_who_left(later)
    later.database.dispose()
    assert left_on(runtime, own.provider_id) == TODAY


def test_wishes_and_mails_of_a_forgotten_volunteer_go_too(runtime: Runtime, editor: Actor) -> None:
    registration_id = enter(runtime, volunteer())
    check(runtime, editor, registration_id)
    provider_id = accept(runtime, editor, registration_id)
    with runtime.database.read() as session:
        email = session.get_one(Volunteer, provider_id).email
        assert session.exec(select(OutboxMail).where(OutboxMail.recipient == email)).all()
        offer_id = session.exec(select(Offer.id).where(Offer.provider_id == provider_id)).one()
    change(runtime, offer_id, status="withdrawn")
    note_who_left(runtime)
    later = open_runtime(runtime.settings.with_today(TODAY + timedelta(days=200)))
    delete_due(later)
    with later.database.read() as session:
        assert session.exec(select(OutboxMail).where(OutboxMail.recipient == email)).all() == []
        assert session.get(VolunteerWish, offer_id) is None
    later.database.dispose()


def test_mails_about_other_things_to_the_same_address_stay(runtime: Runtime) -> None:
    own = Own(runtime, is_volunteer=True)
    with runtime.database.write() as session:
        for key, purpose in (("a", "selection"), ("b", "sign_in_link")):
            mail = draft_mail(key=key, purpose=purpose, recipient=EMAIL, subject="x", text="x")
            write_mail(session, mail)
        session.add(NewsOptOut(email=EMAIL))
        erase_volunteer(session, own.provider_id)
    with runtime.database.read() as session:
        assert [mail.purpose for mail in session.exec(select(OutboxMail)).all()] == ["selection"]
        assert session.exec(select(NewsOptOut)).all() == []


def test_who_comes_back_as_a_volunteer_has_the_account_of_then_again(
    runtime: Runtime, editor: Actor
) -> None:
    first = enter(runtime, volunteer())
    check(runtime, editor, first)
    left = accept(runtime, editor, first)
    with runtime.database.write() as session:
        [user] = session.exec(select(User).where(User.provider_id == left)).all()
        leave(session, Actor(user.id, "provider", user.name), left, TODAY)
    note_who_left(runtime)
    second = enter(runtime, volunteer(first_name="Wilma-Rose"))
    check(runtime, editor, second)
    back = accept(runtime, editor, second)
    with runtime.database.read() as session:
        user = session.get_one(User, user.id)
        assert (user.provider_id, user.is_active, user.closed_on) == (back, True, None)
        welcome = select(OutboxMail).where(OutboxMail.key == f"registration:{second}:accept")
        assert "/zugang" in session.exec(welcome).one().text_body


def test_an_account_that_speaks_for_somebody_else_stays_as_it_is(
    runtime: Runtime, editor: Actor
) -> None:
    own = Own(runtime)
    registration_id = enter(runtime, volunteer(email=EMAIL))
    check(runtime, editor, registration_id)
    accept(runtime, editor, registration_id)
    with runtime.database.read() as session:
        assert session.get_one(User, own.actor.id).provider_id == own.provider_id
        welcome = select(OutboxMail).where(OutboxMail.key == f"registration:{registration_id}:accept")
        assert "/zugang" not in session.exec(welcome).one().text_body


@pytest.mark.parametrize(("days", "is_gone"), [(170, False), (190, True)])
def test_a_person_of_a_provider_is_forgotten_when_the_account_was_closed_long_enough(
    runtime: Runtime, days: int, is_gone: bool
) -> None:
    own = Own(runtime)
    with runtime.database.write() as session:
        session.get_one(User, own.actor.id).is_active = False
        mail = draft_mail(key="x", purpose="test", recipient=EMAIL, subject="Hallo", text="Hallo")
        write_mail(session, mail)
    note_who_left(runtime)
    later = open_runtime(runtime.settings.with_today(TODAY + timedelta(days=days)))
    assert delete_due(later)["partner_account"] == int(is_gone)
    assert delete_due(later)["partner_account"] == 0
    with later.database.read() as session:
        assert is_forgotten(session.get_one(User, own.actor.id)) == is_gone
        if is_gone:
            users = SQLModel.metadata.tables["app_user"]
            assert "Rollmops" not in str(session.connection().execute(users.select()).all())
    later.database.dispose()


def test_an_account_that_was_opened_again_is_not_forgotten(runtime: Runtime) -> None:
    own = Own(runtime)
    for is_active in (False, True):
        with runtime.database.write() as session:
            session.get_one(User, own.actor.id).is_active = is_active
        note_who_left(runtime)
    with runtime.database.read() as session:
        assert session.get_one(User, own.actor.id).closed_on is None


def test_nobody_of_the_house_is_forgotten_with_their_account(runtime: Runtime, editor: Actor) -> None:
    with runtime.database.write() as session:
        session.get_one(User, editor.id).is_active = False
    note_who_left(runtime)
    later = open_runtime(runtime.settings.with_today(TODAY + timedelta(days=900)))
    delete_due(later)
    with later.database.read() as session:
        assert not is_forgotten(session.get_one(User, editor.id))
    later.database.dispose()


@pytest.mark.parametrize(("spoken_days_ago", "is_kept"), [(None, False), (200, False), (20, True)])
def test_a_registration_that_nobody_speaks_of_any_more_is_deleted(
    runtime: Runtime, spoken_days_ago: int | None, is_kept: bool
) -> None:
    registration_id = enter(runtime, volunteer())
    now = utc_now()
    with runtime.database.write() as session:
        row = session.get_one(Registration, registration_id)
        row.confirmed_at = now - timedelta(days=210)
        if spoken_days_ago is not None:
            at = now - timedelta(days=spoken_days_ago)
            session.add(RegistrationMessage(registration_id=row.id, text="Noch da?", at=at))
    tidy_registrations(runtime)
    with runtime.database.read() as session:
        assert (session.get(Registration, registration_id) is not None) == is_kept
        assert bool(session.exec(select(OutboxMail)).all()) == is_kept


def test_nobody_learns_from_an_address_or_a_number_whose_contact_person_somebody_is(
    runtime: Runtime, editor: Actor
) -> None:
    known = accept(runtime, editor, enter(runtime, organisation()))
    with runtime.database.write() as session:
        session.add(
            ContactPerson(
                provider_id=known,
                key=new_id(),
                name="Ilse Intern",
                email="ilse@rollschuh-verein.example",
                phone="0711 55 66 77",
            )
        )
    asked = {"email": "ilse@rollschuh-verein.example", "phone": "0711 55 66 77"}
    stranger = organisation(name="Kegelfreunde Süd", website=None, street=None, **asked)
    with runtime.database.read() as session:
        assert find_known_organisations(session, stranger) == []
        assert find_known_organisations(session, organisation(**asked))
