"""Registrations from the first mail to the entry in the directory."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.accounts.queries import find_user_by_email
from app.accounts.service import AccountCreate, create_account
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, LotsenbuchError
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.secrets import session_secret
from app.directory.duplicates import SimilarEntry, find_similar
from app.directory.editing import create_offer, create_provider
from app.directory.geocoding import Geocoder, find_town_of_plz, locate
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.new_places import enter_place
from app.directory.public_pages import list_public_providers
from app.directory.records import PlaceRecord
from app.directory.verification import verify_offers
from app.links.models import SignedLink
from app.links.service import create_link, find_link
from app.mail.models import OutboxMail
from app.matching.models import VolunteerWish
from app.operations.client_deletion import remove_mail_files
from app.operations.runtime import Runtime
from app.settings import TIMEZONE
from app.volunteers.answers import OrganisationAnswers, VolunteerAnswers
from app.volunteers.building import (
    build_offers,
    build_organisation,
    build_place,
    build_volunteer,
)
from app.volunteers.checks import Missing, list_missing, needs_clearance
from app.volunteers.mails import SUBJECT_TYPE, mail_acceptance, mail_confirmation, mail_question
from app.volunteers.models import Registration, Volunteer
from app.volunteers.moderation import (
    ask_back,
    decide,
    forget_decided,
    forget_undecided,
    get_registration,
    read_checks,
)
from app.volunteers.registering import (
    Answers,
    NewRegistration,
    forget_unconfirmed,
    may_be_mailed,
    name_of,
    read_answers,
    register,
    withdraw,
)
from app.volunteers.registration_states import CONFIRM_WITHIN

CONFIRM_PURPOSE: Final = "registration_confirm"
REPLY_PURPOSE: Final = "registration_reply"
REPLY_WITHIN: Final = timedelta(days=30)


class ChecksMissingError(LotsenbuchError):
    """Something has to be seen before this volunteer is accepted; ``missing`` says what."""

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__(_("Something has still to be seen or done first."))
        self.missing = missing


def take_registration(session: Session, runtime: Runtime, new: NewRegistration) -> Registration:
    """Keep what a public form brings and ask by mail whether the address is theirs.

    An address that was written to often gets no further mail.
    """
    registration = register(session, new)
    now = utc_now()
    if registration.state == "unconfirmed" and may_be_mailed(session, registration.email, now):
        until = now + CONFIRM_WITHIN
        secret = session_secret(runtime.settings)
        token = create_link(session, secret, CONFIRM_PURPOSE, registration.id, until)
        address = f"{runtime.settings.public_url}/mitmachen/bestaetigen/{token}"
        with language("de"):
            mail_confirmation(session, registration, address, _day(until))
    return registration


def find_registration_link(
    session: Session, runtime: Runtime, token: str, purpose: str
) -> SignedLink | None:
    """The link that opens something for this purpose now."""
    return find_link(session, session_secret(runtime.settings), token, purpose, utc_now())


def ask_applicant(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    registration_id: str,
    text: str,
    creation_key: str,
    version: int,
) -> None:
    """Ask back by mail, with a link to answer by. The form sent twice asks once."""
    number = ask_back(session, actor, registration_id, text, creation_key, version)
    if number is None:
        return
    registration = get_registration(session, registration_id)
    until = utc_now() + REPLY_WITHIN
    secret = session_secret(runtime.settings)
    token = create_link(session, secret, REPLY_PURPOSE, registration.id, until, actor.id)
    address = f"{runtime.settings.public_url}/mitmachen/antwort/{token}"
    with language("de"):
        mail_question(session, registration, number, text.strip(), address, _day(until))


def accept_registration(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    registration_id: str,
    title: str,
    version: int,
    place: PlaceRecord,
) -> str:
    """Enter it into the directory, published; the id of the provider.

    ``title`` names a volunteer's offer; ``place``: see `find_place`, which may ask the network and is
    therefore called before. Raises `ChecksMissingError`, `NotFoundError`, `ConflictError`,
    `InvalidInputError`.
    """
    registration = get_registration(session, registration_id, version)
    answers = read_answers(registration)
    author = Author(actor.name, actor.id)
    if isinstance(answers, VolunteerAnswers):
        provider_id = _enter_volunteer(
            session, author, registration, answers, title, place, runtime.today
        )
    else:
        provider_id = _enter_organisation(session, author, registration, answers, place)
    registration.provider_id = provider_id
    _note_as_confirmed(session, registration, provider_id, runtime.today)
    decide(session, registration, "accepted", actor, "accept")
    has_access = _open_account(session, actor, answers, provider_id)
    address = f"{runtime.settings.public_url}/zugang" if has_access else None
    with language("de"):
        mail_acceptance(session, registration, address)
    registration.answers, registration.checks = {}, {}
    session.add(registration)
    return provider_id


def find_place(registration: Registration, geocoder: Geocoder | None) -> PlaceRecord:
    """Where it is. Of a volunteer only the postal code is looked up, here in the house."""
    answers = read_answers(registration)
    key = f"registered:{registration.id[:8]}"
    place = build_place(key, answers, find_town_of_plz(answers.plz))
    return locate(place, geocoder if isinstance(answers, OrganisationAnswers) else None)


def find_known_organisations(session: Session, answers: OrganisationAnswers) -> list[SimilarEntry]:
    """Public entries of the directory that this organisation may be, the most alike first."""
    place = build_place("registered", answers, find_town_of_plz(answers.plz))
    # Whoever types a person's address or number must not learn whose contact person it is.
    own = {"contacts": (), "email": None, "phone": None}
    record = build_organisation("registered", answers, place).model_copy(update=own)
    similar = find_similar(session, [record]).get(0, [])
    shown = set(list_public_providers(session))
    return [one for one in similar if one.provider_id in shown]


def missing_checks(registration: Registration, answers: Answers, today: date) -> tuple[Missing, ...]:
    """What has to be seen before the registration can be accepted; of organisations nothing."""
    if isinstance(answers, OrganisationAnswers):
        return ()
    is_needed = needs_clearance(answers.help_kinds, answers.whom)
    return list_missing(read_checks(registration), is_clearance_needed=is_needed, today=today)


def withdraw_registration(runtime: Runtime, registration_id: str) -> bool:
    """Delete all that was told, mails and links too; `False`: it is decided already."""
    with runtime.database.write() as session:
        is_gone = withdraw(session, registration_id)
        files = _forget_traces(session) if is_gone else []
    remove_mail_files(runtime.settings.mail_folder, files)
    return is_gone


def tidy_registrations(runtime: Runtime) -> int:
    """The daily job: forget what nobody confirmed or spoke of any more, or was decided; how many."""
    now: datetime = utc_now()
    with runtime.database.write() as session:
        count = forget_unconfirmed(session, now) + forget_undecided(session, now)
        count += forget_decided(session, now)
        files = _forget_traces(session)
    remove_mail_files(runtime.settings.mail_folder, files)
    return count


def _forget_traces(session: Session) -> list[str]:
    """Delete mails and links of registrations that are gone; the Message-IDs, for files of the demo."""
    gone = col(OutboxMail.subject_id).not_in(select(Registration.id))
    mails = session.exec(select(OutboxMail).where(OutboxMail.subject_type == SUBJECT_TYPE, gone)).all()
    for mail in mails:
        session.delete(mail)
    session.execute(
        delete(SignedLink).where(
            col(SignedLink.purpose).in_((CONFIRM_PURPOSE, REPLY_PURPOSE)),
            col(SignedLink.subject_id).not_in(select(Registration.id)),
        )
    )
    session.flush()
    return [mail.message_id for mail in mails]


def _enter_volunteer(
    session: Session,
    author: Author,
    registration: Registration,
    answers: VolunteerAnswers,
    title: str,
    place: PlaceRecord,
    today: date,
) -> str:
    if missing := missing_checks(registration, answers, today):
        raise ChecksMissingError(missing)
    if not title.strip():
        raise InvalidInputError(_("Please fill this in."), field="title")
    record = build_volunteer(registration.id, answers, title, place)
    provider_id = create_provider(session, author, record)
    checks = read_checks(registration)
    session.add(
        Volunteer(
            provider_id=provider_id,
            first_name=answers.first_name,
            last_name=answers.last_name,
            email=answers.email,
            phone=answers.phone,
            plz=answers.plz,
            needs_clearance=needs_clearance(answers.help_kinds, answers.whom),
            clearance_seen_on=checks.clearance_seen_on,
            clearance_seen_by=checks.clearance_seen_by,
            clearance_next_on=checks.clearance_next_on,
            talk_on=checks.talk_on,
            agreement_on=checks.agreement_on,
            since=today,
        )
    )
    session.add(
        VolunteerWish(
            offer_id=session.exec(select(Offer.id).where(Offer.provider_id == provider_id)).one(),
            sex=answers.sex,
            wanted_sex=_wanted_sex(answers),
            max_clients=answers.max_clients,
            radius_km=answers.radius_km,
        )
    )
    session.flush()
    return provider_id


def _open_account(session: Session, actor: Actor, answers: Answers, provider_id: str) -> bool:
    """An account without a password of their own: they sign in by a link (`sign_in_links`).

    `False`: the address belongs to another account already, which stays as it is; or they say they are
    an entry that we know. Whoever says so may be a stranger, and an account shows what clients
    released: an administrator opens it by hand.
    """
    if isinstance(answers, OrganisationAnswers) and answers.known_provider_id is not None:
        return False
    name = name_of(answers)
    if isinstance(answers, OrganisationAnswers):
        name = answers.contact_name
    account = AccountCreate(
        email=answers.email,
        name=name,
        phone=answers.phone,
        role="provider",
        provider_id=provider_id,
        password=secrets.token_urlsafe(32),
    )
    try:
        create_account(session, actor, account)
    except InvalidInputError:
        return _reopen_account(session, actor, answers, provider_id)
    return True


def _reopen_account(session: Session, actor: Actor, answers: Answers, provider_id: str) -> bool:
    """Give a volunteer who left and comes back the account of then; any other stays as it is."""
    user = find_user_by_email(session, answers.email)
    if user is None or user.is_active or user.role != "provider" or user.provider_id is None:
        return False
    if session.get(Volunteer, user.provider_id) is None:
        return False
    user.provider_id, user.is_active, user.closed_on = provider_id, True, None
    user.name, user.phone = name_of(answers), answers.phone
    user.session_epoch += 1
    session.add(user)
    record_access(session, actor.id, "account.update", "user", user.id)
    session.flush()
    return True


def _wanted_sex(answers: VolunteerAnswers) -> str | None:
    named = [sex for who, sex in (("women", "female"), ("men", "male")) if who in answers.whom]
    return named[0] if len(named) == 1 else None


def _enter_organisation(
    session: Session,
    author: Author,
    registration: Registration,
    answers: OrganisationAnswers,
    place: PlaceRecord,
) -> str:
    known = answers.known_provider_id
    if known is None:
        return create_provider(session, author, build_organisation(registration.id, answers, place))
    enter_place(session, author, known, place)
    for offer in build_offers(registration.id, answers, place.key):
        create_offer(session, author, known, offer)
    return known


def _note_as_confirmed(
    session: Session, registration: Registration, provider_id: str, today: date
) -> None:
    """What somebody told and confirmed by their mail is right since that day."""
    own = col(Offer.external_id).startswith(f"{registration.id}:", autoescape=True)
    ids = session.exec(select(Offer.id).where(Offer.provider_id == provider_id, own)).all()
    author = Author(session.get_one(Provider, provider_id).name)
    told_on = _day(registration.confirmed_at or registration.created_at)
    verify_offers(session, author, ids, way="provider", on=min(told_on, today))


def _day(moment: datetime) -> date:
    return moment.astimezone(TIMEZONE).date()
