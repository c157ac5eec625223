"""A volunteer of the demo with an account: asked by us, meeting somebody, with hours given."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.consent_records import ConsentCreate
from app.cases.consents import record_consent
from app.cases.models import Client
from app.cases.rules import ADULT_AGE, age_on
from app.core.ids import derived_id
from app.directory.models import Offer
from app.directory.table_loading import load_offer_table
from app.matching.models import Tandem, TandemWish
from app.operations.demo_accounts import DEMO_VOLUNTEER_ACCOUNT, take_over_demo_account
from app.operations.partner_requests import refer_and_ask
from app.operations.referring import MatchingBasis
from app.operations.registrations import accept_registration, find_place
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport, ReferralOrder
from app.referrals.requests import list_request_mails
from app.volunteers.answers import VolunteerAnswers
from app.volunteers.checks import Checks
from app.volunteers.hours import HoursTold, tell_hours
from app.volunteers.models import Volunteer
from app.volunteers.moderation import save_checks
from app.volunteers.registering import NewRegistration, confirm, register

_ANSWERS: Final[dict[str, Any]] = {
    "help_kinds": ("language_tandem", "accompanying"),
    "description": "Ich gehe gern spazieren und rede dabei über alles, nur nicht über Politik.",
    "languages": ("de", "ar", "en"),
    "plz": "73728",
    "radius_km": 10,
    "max_clients": 2,
    "sex": "female",
    "first_name": "Frieda",
    "last_name": "Amsel",
    "email": DEMO_VOLUNTEER_ACCOUNT.email,
    "phone": DEMO_VOLUNTEER_ACCOUNT.phone,
    "has_read_privacy": True,
}
_TITLE: Final = "Sprachtandem und Begleitung mit Frieda"
_RELEASED: Final = ("name", "phone", "area", "languages")
_SINCE: Final = timedelta(days=120)
_MET: Final = timedelta(days=30)
_FIRST_NUMBER: Final = 301
_HOURS: Final = ((3, 90), (10, 120), (17, 90), (24, 60))
"""Days ago and minutes."""


def load_demo_volunteer(session: Session, runtime: Runtime) -> bool:
    """Accept her, let one client meet her, ask her about another; `False`: there are volunteers."""
    editor = session.exec(select(User).where(User.role == "directory_editor", User.is_demo)).first()
    if editor is None or session.exec(select(Volunteer.provider_id)).first() is not None:
        return False
    today = runtime.today
    provider_id = _accept(session, runtime, Actor(editor.id, editor.role, editor.name))
    offer = session.exec(select(Offer).where(Offer.provider_id == provider_id)).one()
    table = load_offer_table(session, runtime.holidays)
    basis = MatchingBasis(table, runtime.matching_rules, runtime.taxonomy)
    clients = _list_speaking(session, today)
    for number, client in enumerate(clients[:2]):
        client.phone = client.phone or f"0711 5550-{_FIRST_NUMBER + number}"
        worker = session.get_one(User, client.case_worker_id)
        actor = Actor(worker.id, worker.role, worker.name, today)
        referral = _refer(session, runtime, actor, client, offer, basis)
        if number == 0:
            told = {"to_state": "accepted", "happened_on": today - _MET}
            report = OutcomeReport.model_validate(told, context={"today": today})
            record_outcome(session, actor, referral.id, report, referral.version, today=today)
    for days, minutes in _HOURS:
        hours = {
            "given_on": today - timedelta(days=days),
            "minutes": minutes,
            "kind": "language_tandem",
            "creation_key": derived_id("demo", f"hours {days}"),
        }
        tell_hours(session, provider_id, HoursTold.model_validate(hours, context={"today": today}))
    return True


def _accept(session: Session, runtime: Runtime, editor: Actor) -> str:
    answers = VolunteerAnswers.model_validate(_ANSWERS, context={"today": runtime.today})
    key = derived_id("demo", "volunteer")
    registration = register(session, NewRegistration(answers, key, is_suspected=False))
    confirm(session, registration.id)
    done_on = runtime.today - _SINCE
    checks = Checks(talk_on=done_on, agreement_on=done_on)
    save_checks(session, editor, registration.id, checks, registration.version)
    place = find_place(registration, None)
    provider_id = accept_registration(
        session, runtime, editor, registration.id, _TITLE, registration.version, place
    )
    session.get_one(Volunteer, provider_id).since = done_on
    take_over_demo_account(session, DEMO_VOLUNTEER_ACCOUNT)
    session.delete(registration)  # decided on long ago
    return provider_id


def _list_speaking(session: Session, today: date) -> list[Client]:
    """Grown-up clients of the demo who speak Arabic and have no tandem, those who wish one first."""
    met = select(Tandem.client_id).where(col(Tandem.ended_on).is_(None))
    wished = set(session.exec(select(TandemWish.client_id)))
    rows = session.exec(
        select(Client)
        .where(col(Client.is_demo), col(Client.closed_on).is_(None), col(Client.id).not_in(met))
        .order_by(col(Client.id))
    )
    found = [
        one
        for one in rows
        if "ar" in (one.languages or ()) and (age_on(one.birth_date, today) or 0) >= ADULT_AGE
    ]
    return sorted(found, key=lambda one: one.id not in wished)


def _refer(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    client: Client,
    offer: Offer,
    basis: MatchingBasis,
) -> Referral:
    context = {"today": runtime.today, "birth_date": client.birth_date}
    key = derived_id("demo", f"volunteer {client.id}")
    consent = {
        "provider_id": offer.provider_id,
        "data": _RELEASED,
        "given_on": runtime.today - _MET,
        "valid_until": runtime.today + timedelta(days=200),
    }
    data = ConsentCreate.model_validate(consent, context=context)
    record_consent(session, actor, client.id, data, key)
    order = {
        "client_id": client.id,
        "offer_id": offer.id,
        "creation_key": key,
        "mode": "arranged",
        "released": _RELEASED,
    }
    told = ReferralOrder.model_validate(order, context=context)
    referral = refer_and_ask(session, runtime, actor, told, basis)
    for mail in list_request_mails(session, referral.id):
        mail.hold_until = mail.next_attempt_at = mail.created_at
        session.add(mail)
    return referral
