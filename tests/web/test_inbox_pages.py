"""The pages of a provider's people, and the accounts that an administrator makes for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.models import Client
from app.core.clock import utc_now
from app.core.ids import new_id
from app.directory.models import Offer, Provider
from app.mail.models import OutboxMail
from app.operations.demo_accounts import DEMO_PASSWORD, DEMO_PROVIDER_ACCOUNT
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.requests import MAIL_PURPOSE
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page
from tests.web.conftest import token_of as csrf_of
from tests.web.test_partner_answers import UNREADABLE, Request


@pytest.fixture
def asked_in_demo(demo: Runtime) -> str:
    """The referral that the demo's provider was asked about."""
    with demo.database.read() as session:
        rows = (
            select(OutboxMail.subject_id)
            .join(Referral, col(Referral.id) == OutboxMail.subject_id)
            .join(Offer, col(Offer.id) == Referral.offer_id)
            .join(User, col(User.provider_id) == Offer.provider_id)
            .where(OutboxMail.purpose == MAIL_PURPOSE, User.email == DEMO_PROVIDER_ACCOUNT.email)
        )
        found = session.exec(rows).one()
    assert found is not None
    return found


@pytest.fixture
def person(sign_in: SignIn) -> FlaskClient:
    return sign_in("provider")


def name_of_client(demo: Runtime, referral_id: str) -> str:
    with demo.database.read() as session:
        referral = session.get_one(Referral, referral_id)
        return session.get_one(Client, referral.client_id).family_name


def test_the_inbox_is_where_a_provider_s_person_begins_and_tells_no_names(
    demo: Runtime, person: FlaskClient, asked_in_demo: str
) -> None:
    assert person.get("/").headers["Location"] == "/anfragen"
    page = person.get("/anfragen")
    check_page(page)
    assert "Warten auf Ihre Antwort" in page.text
    assert f'href="/anfragen/{asked_in_demo}"' in page.text
    assert name_of_client(demo, asked_in_demo) not in page.text
    for internal in ("/verzeichnis", "/heute", "/faelle", "/vorschlaege"):
        assert f'href="{internal}' not in page.text
        assert f'action="{internal}' not in page.text


def test_opened_answered_and_found_by_the_case_worker(
    demo: Runtime, sign_in: SignIn, person: FlaskClient, asked_in_demo: str
) -> None:
    address = f"/anfragen/{asked_in_demo}"
    page = person.get(address)
    check_page(page)
    assert name_of_client(demo, asked_in_demo) in page.text
    assert "/rueckmeldung/" not in page.text
    start = TODAY + timedelta(days=7)
    data = {"to_state": "accepted", "happened_on": f"{start:%d.%m.%Y}", "note": "Zimmer Kornblume"}
    assert person.post(address, data=data).status_code == 400, "without the token of the session"
    data["csrf_token"] = csrf_of(page)
    for _twice in range(2):
        answer = person.post(address, data=data)
        assert answer.status_code == 303
    thanks = person.get(answer.headers["Location"])
    check_page(thanks)
    assert "Danke! Notiert: Zusage (am 30.11.2026)" in thanks.text
    refused = person.post(address, data=data | {"to_state": "received", "happened_on": ""})
    assert refused.status_code == 409
    check_page(refused)
    assert "Beantwortet, noch nicht abgeschlossen" in person.get("/anfragen").text
    worker = sign_in("case_worker")
    assert "Neue Antworten" in worker.get("/heute").text
    shown = worker.get(f"/vermittlungen/{asked_in_demo}").text
    assert f"vom Anbieter: {DEMO_PROVIDER_ACCOUNT.name}" in shown
    with demo.database.read() as session:
        entries = select(AuditEntry.action).where(AuditEntry.actor_id == DEMO_PROVIDER_ACCOUNT.id)
        actions = session.exec(entries.where(AuditEntry.subject_id == asked_in_demo)).all()
    assert actions.count("referral.answer") == 1
    assert "referral.read_by_partner" in actions
    person.post(address, data={**data, "to_state": "rejected", "reason": "full", "happened_on": ""})
    over = person.get(address)
    check_page(over)
    assert name_of_client(demo, asked_in_demo) not in over.text
    last = person.get("/anfragen")
    assert "Vor Kurzem abgeschlossen" in last.text
    assert "ausgebucht" not in last.text


def test_what_cannot_be_read_is_asked_again(person: FlaskClient, asked_in_demo: str) -> None:
    address = f"/anfragen/{asked_in_demo}"
    token = csrf_of(person.get(address))
    for kind, data in UNREADABLE.items():
        answer = person.post(address, data=data | {"csrf_token": token})
        assert answer.status_code == 422, kind
        check_page(answer)


def test_another_provider_s_request_is_not_there(
    demo: Runtime, sign_in: SignIn, person: FlaskClient
) -> None:
    asked = Request(demo, sign_in("case_worker"))
    asked.give_consent()
    referral_id = asked.send()
    with demo.database.write() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.subject_id == referral_id)).one()
        mail.state, mail.sent_at = "sent", utc_now()
        session.add(mail)
        own = session.get_one(User, DEMO_PROVIDER_ACCOUNT.id).provider_id
    assert own != asked.offer.provider_id
    assert referral_id not in person.get("/anfragen").text
    token = csrf_of(person.get("/anfragen"))
    for unknown in (referral_id, new_id(), "x", "%00", "a" * 500):
        address = f"/anfragen/{unknown}"
        told = {"to_state": "accepted", "csrf_token": token}
        for answer in (person.get(address), person.post(address, data=told)):
            assert answer.status_code == 404, unknown
            assert asked.offer.title not in answer.text
    assert asked.referral(referral_id).state == "sent"


def test_who_leaves_is_signed_out_and_the_colleague_goes_on(
    demo: Runtime, sign_in: SignIn, person: FlaskClient, asked_in_demo: str
) -> None:
    with demo.database.read() as session:
        provider_id = session.get_one(User, DEMO_PROVIDER_ACCOUNT.id).provider_id
        provider = session.get_one(Provider, provider_id)
    admin = sign_in("administrator")
    form = admin.get("/verwaltung/konten/neu")
    check_page(form)
    new = {
        "csrf_token": csrf_of(form),
        "name": "Nele Nachfolge",
        "email": "nele@anbieter.example",
        "role": "provider",
        "provider_name": provider.name.upper(),
        "password": DEMO_PASSWORD,
    }
    answer = admin.post("/verwaltung/konten/neu", data=new, follow_redirects=True)
    assert "Nele Nachfolge kann sich jetzt anmelden." in answer.text
    assert f"Anbieterkonto: {provider.name}" in answer.text
    address = f"/verwaltung/konten/{DEMO_PROVIDER_ACCOUNT.id}"
    form = admin.get(address)
    check_page(form)
    assert provider.name in form.text
    told = {"csrf_token": csrf_of(form), "role": "provider", "epoch": "1"}
    told |= {"provider_name": provider.name, "provider_id": provider.id}
    assert admin.post(address, data=told).status_code == 302
    assert person.get("/anfragen").headers["Location"].startswith("/anmelden")
    nele = sign_in("nele@anbieter.example")
    assert f'href="/anfragen/{asked_in_demo}"' in nele.get("/anfragen").text


WRONG = {
    "nobody": ({"role": "provider", "provider_name": ""}, "für welchen Anbieter"),
    "unknown": ({"role": "provider", "provider_name": "Qxzw"}, "kennen wir nicht"),
    "house": ({"role": "case_worker", "provider_name": "Tanz"}, "Nur ein Anbieterkonto"),
    "foreign id": (
        {"role": "provider", "provider_name": "Qxzw", "provider_id": "x" * 5000},
        "kennen wir nicht",
    ),
}


def test_role_and_provider_go_together(demo: Runtime, sign_in: SignIn) -> None:
    admin = sign_in("administrator")
    token = csrf_of(admin.get("/verwaltung/konten/neu"))
    data = {
        "csrf_token": token,
        "name": "Nora Neu",
        "email": "nora@anbieter.example",
        "password": DEMO_PASSWORD,
    }
    for kind, (values, words) in WRONG.items():
        answer = admin.post("/verwaltung/konten/neu", data=data | values)
        assert answer.status_code == 422, kind
        assert words in answer.text, kind
        assert "Nora Neu" in answer.text
        check_page(answer)
    with demo.database.write() as session:
        for number in range(2):
            session.add(Provider(source="t", external_id=str(number), name="Chor am Berg", kind="club"))
    both = data | {"role": "provider", "provider_name": "Chor am Berg"}
    asked = admin.post("/verwaltung/konten/neu", data=both)
    assert asked.status_code == 422
    check_page(asked)
    assert asked.text.count('name="provider_id"') == 2
    with demo.database.read() as session:
        chosen = session.exec(select(Provider.id).where(Provider.external_id == "1")).one()
    assert admin.post("/verwaltung/konten/neu", data=both | {"provider_id": chosen}).status_code == 302
    with demo.database.read() as session:
        user = session.exec(select(User).where(User.email == "nora@anbieter.example")).one()
        assert (user.role, user.provider_id) == ("provider", chosen)
    names = admin.get("/verwaltung/anbieternamen?q=chor").get_json()
    assert "Chor am Berg" in names


def test_without_requests_it_says_so_kindly(demo: Runtime, person: FlaskClient) -> None:
    with demo.database.write() as session:
        user = session.get_one(User, DEMO_PROVIDER_ACCOUNT.id)
        user.provider_id = session.exec(
            select(Provider.id).where(Provider.id != user.provider_id).order_by(Provider.name)
        ).first()
        session.add(user)
    page = person.get("/anfragen")
    check_page(page)
    assert "Gerade wartet niemand auf eine Antwort." in page.text


def test_a_provider_without_an_address_is_asked_in_the_inbox(demo: Runtime, sign_in: SignIn) -> None:
    asked = Request(demo, sign_in("case_worker"))
    with demo.database.write() as session:
        offer = session.get_one(type(asked.offer), asked.offer.id)
        offer.contact_email = None
        provider = session.get_one(Provider, offer.provider_id)
        provider.email = None
        session.add_all([offer, provider])
    referral_id = asked.send(mode="arranged", released=())
    address = f"/vermittlungen/{referral_id}"
    assert f"{address}/anfrage" not in asked.worker.get(address).text
    with demo.database.write() as session:
        user = session.get_one(User, DEMO_PROVIDER_ACCOUNT.id)
        user.provider_id = asked.offer.provider_id
        session.add(user)
    page = asked.worker.get(address)
    check_page(page)
    assert "Die Anfrage steht in seinem Eingang" in page.text
    told = {"csrf_token": csrf_of(page), "version": "1"}
    assert asked.worker.post(f"{address}/anfrage", data=told).status_code == 303
    person = sign_in("provider")
    assert f"/anfragen/{referral_id}" not in person.get("/anfragen").text
    assert "Rückgängig gemacht" in asked.undo(referral_id)
    assert asked.referral(referral_id).state == "agreed"
    assert f"/anfragen/{referral_id}" not in person.get("/anfragen").text
