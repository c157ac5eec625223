"""The page behind a request's link, and what the case worker finds: no account, no cookie, no harm."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.consents import record_consent
from app.cases.models import Client
from app.cases.privacy_models import Consent
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.secrets import session_secret
from app.directory.models import Offer
from app.links.models import SignedLink
from app.links.service import create_link, token_of
from app.mail.models import OutboxMail
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.requests import LINK_PURPOSE
from tests.conftest import TODAY
from tests.integration.test_arranged_referrals import consent_data
from tests.web.conftest import EMAIL_OF_ROLE, SignIn, check_page
from tests.web.conftest import token_of as csrf_of


class Request:
    """A client of the demo's first case worker, and an offer that can be asked by mail."""

    def __init__(self, runtime: Runtime, worker: FlaskClient) -> None:
        self.runtime, self.worker = runtime, worker
        with runtime.database.write() as session:
            user = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["case_worker"])).one()
            self.user = user
            client = session.exec(
                select(Client)
                .where(Client.case_worker_id == user.id, col(Client.closed_on).is_(None))
                .order_by(col(Client.id))
            ).first()
            assert client is not None
            offer = session.exec(
                select(Offer)
                .where(Offer.kind == "counselling", Offer.status == "published")
                .where(col(Offer.is_sensitive).is_(False))
                .order_by(col(Offer.id))
            ).first()
            assert offer is not None
            offer.contact_email = "anfrage@verein.example"
            session.add(offer)
            self.client, self.offer = client, offer

    def give_consent(self) -> None:
        with self.runtime.database.write() as session:
            actor = Actor(self.user.id, "case_worker", self.user.name, TODAY)
            data = consent_data(provider_id=self.offer.provider_id)
            record_consent(session, actor, self.client.id, data, new_id())

    def send(self, mode: str = "mail", released: tuple[str, ...] = ("name", "phone")) -> str:
        """Ask with one click on the panel; the id of the referral."""
        panel = f"/faelle/{self.client.id}/verweisen/{self.offer.id}"
        page = self.worker.get(panel)
        check_page(page)
        data = {
            "csrf_token": csrf_of(page),
            "creation_key": new_id(),
            "despite_rules": _hidden(page.text, "despite_rules"),
            "overrule": "y",
            "mode": mode,
            "released": list(released),
            "sheet_language": "de",
            "follow_up_on": "",
        }
        answer = self.worker.post(panel, data=data)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].split("/")[2]

    def address(self, referral_id: str) -> str:
        with self.runtime.database.read() as session:
            link = session.exec(
                select(SignedLink)
                .where(SignedLink.subject_id == referral_id)
                .order_by(col(SignedLink.created_at).desc())
            ).first()
            assert link is not None
            return f"/rueckmeldung/{token_of(session_secret(self.runtime.settings), link)}"

    def referral(self, referral_id: str) -> Referral:
        with self.runtime.database.read() as session:
            return session.get_one(Referral, referral_id)

    def steps(self, referral_id: str) -> list[ReferralEvent]:
        with self.runtime.database.read() as session:
            wanted = select(ReferralEvent).where(ReferralEvent.referral_id == referral_id)
            return list(session.exec(wanted.order_by(col(ReferralEvent.at))))

    def undo(self, referral_id: str) -> str:
        page = self.worker.get(f"/vermittlungen/{referral_id}")
        answer = self.worker.post(
            f"/vermittlungen/{referral_id}/rueckgaengig",
            data={"csrf_token": csrf_of(page)},
            follow_redirects=True,
        )
        return answer.text


def _hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)
    return found.group(1) if found else ""


@pytest.fixture
def asked(demo: Runtime, sign_in: SignIn) -> Request:
    request = Request(demo, sign_in("case_worker"))
    request.give_consent()
    return request


@pytest.fixture
def provider(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def test_one_click_asks_and_undo_takes_all_of_it_back(asked: Request, provider: FlaskClient) -> None:
    referral_id = asked.send()
    shown = asked.worker.get(f"/vermittlungen/{referral_id}")
    check_page(shown)
    assert "Rückgängig" in shown.text
    address = asked.address(referral_id)
    assert "Rückgängig gemacht" in asked.undo(referral_id)
    assert asked.referral(referral_id).state == "cancelled"
    ended = provider.get(address)
    assert asked.client.family_name not in ended.text
    with asked.runtime.database.read() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.subject_id == referral_id)).one()
        assert mail.state == "withdrawn"


def test_from_the_page_of_the_referral_undo_goes_back_one_step(asked: Request) -> None:
    referral_id = asked.send(mode="arranged")
    page = asked.worker.get(f"/vermittlungen/{referral_id}")
    data = {"csrf_token": csrf_of(page), "version": _hidden(page.text, "version")}
    for _double_click in range(2):
        asked.worker.post(f"/vermittlungen/{referral_id}/anfrage", data=data)
    assert asked.referral(referral_id).state == "sent"
    asked.undo(referral_id)
    assert asked.referral(referral_id).state == "agreed"
    with asked.runtime.database.write() as session:
        assert (
            len(session.exec(select(OutboxMail).where(OutboxMail.subject_id == referral_id)).all()) == 1
        )


def test_where_nobody_is_named_the_provider_can_answer_all_the_same(
    asked: Request, provider: FlaskClient
) -> None:
    address = asked.address(asked.send(released=()))
    page = provider.get(address)
    check_page(page)
    assert "Um wen es geht, steht hier nicht" in page.text
    assert asked.client.family_name not in page.text
    answer = provider.post(address, data={"to_state": "accepted", "seen": "sent"})
    assert answer.status_code == 303
    check_page(provider.get(address))


def test_once_the_consent_has_run_out_the_page_tells_nothing_and_still_takes_an_answer(
    asked: Request, provider: FlaskClient
) -> None:
    address = asked.address(asked.send())
    with asked.runtime.database.write() as session:
        for consent in session.exec(select(Consent).where(Consent.client_id == asked.client.id)).all():
            consent.given_on = TODAY - timedelta(days=30)
            consent.valid_until = TODAY - timedelta(days=1)
    page = provider.get(address)
    check_page(page)
    assert asked.client.family_name not in page.text
    assert provider.post(address, data={"to_state": "received"}).status_code == 303


def test_a_page_left_open_does_not_overrule_what_was_told_since(
    asked: Request, provider: FlaskClient
) -> None:
    referral_id = asked.send()
    address = asked.address(referral_id)
    assert 'name="seen" value="sent"' in provider.get(address).text
    yes = {"to_state": "accepted", "seen": "sent"}
    for _double_click in range(2):
        assert provider.post(address, data=yes).status_code == 303
    old = {"to_state": "rejected", "reason": "full", "seen": "sent"}
    refused = provider.post(address, data=old)
    assert refused.status_code == 409
    check_page(refused)
    assert asked.referral(referral_id).state == "accepted"
    assert provider.post(address, data=old | {"seen": "accepted"}).status_code == 303
    assert asked.referral(referral_id).state == "rejected"


def test_from_a_second_tab_nobody_is_referred_there_twice_unless_it_is_meant(asked: Request) -> None:
    panel = f"/faelle/{asked.client.id}/verweisen/{asked.offer.id}"
    page = asked.worker.get(panel)
    asked.send()
    data = {
        "csrf_token": csrf_of(page),
        "creation_key": new_id(),
        "despite_rules": _hidden(page.text, "despite_rules"),
        "overrule": "y",
        "mode": "signpost",
        "sheet_language": "de",
    }
    refused = asked.worker.post(panel, data=data)
    assert refused.status_code == 422
    check_page(refused)
    assert "Noch einmal dorthin verweisen" in refused.text
    assert asked.worker.post(panel, data=data | {"despite_earlier": "y"}).status_code == 303


def test_a_day_of_their_own_to_ask_again_is_kept_when_asking_by_mail(asked: Request) -> None:
    panel = f"/faelle/{asked.client.id}/verweisen/{asked.offer.id}"
    page = asked.worker.get(panel)
    data = {
        "csrf_token": csrf_of(page),
        "creation_key": new_id(),
        "despite_rules": _hidden(page.text, "despite_rules"),
        "overrule": "y",
        "mode": "mail",
        "sheet_language": "de",
        "follow_up_on": "26.11.2026",
    }
    answer = asked.worker.post(panel, data=data)
    referral_id = answer.headers["Location"].split("/")[2]
    assert asked.referral(referral_id).follow_up_on == date(2026, 11, 26)


def test_too_late_is_said_clearly(asked: Request) -> None:
    referral_id = asked.send()
    with asked.runtime.database.write() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.subject_id == referral_id)).one()
        mail.state, mail.sent_at = "sent", utc_now()
        session.add(mail)
    assert "Zum Rückgängigmachen ist es zu spät" in asked.undo(referral_id)
    assert asked.referral(referral_id).state == "sent"


def test_opening_shows_what_was_released_and_changes_nothing(
    asked: Request, provider: FlaskClient
) -> None:
    referral_id = asked.send(released=("name",))
    address, before = asked.address(referral_id), asked.referral(referral_id)
    for answer in (provider.get(address), provider.head(address), provider.get(address)):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = provider.get(address)
    check_page(page)
    assert asked.client.family_name in page.text
    assert asked.offer.title in page.text
    for word in (asked.client.phone, asked.client.town, asked.client.residence_status):
        assert not word or word not in page.text
    assert "<script" not in page.text.split("<main")[1]
    assert asked.referral(referral_id) == before
    assert len(asked.steps(referral_id)) == 2
    with asked.runtime.database.read() as session:
        told = select(AuditEntry).where(AuditEntry.action == "referral.read_by_partner")
        assert all(entry.actor_id is None for entry in session.exec(told))


def test_an_answer_stands_in_the_history_and_among_the_new_ones_until_opened(
    asked: Request, provider: FlaskClient
) -> None:
    referral_id = asked.send()
    address = asked.address(referral_id)
    start = TODAY + timedelta(days=7)
    data = {"to_state": "accepted", "happened_on": f"{start:%d.%m.%Y}", "note": "Zimmer Kornblume"}
    for _twice in range(2):
        answer = provider.post(address, data=data)
        assert answer.status_code == 303
    thanks = provider.get(answer.headers["Location"])
    check_page(thanks)
    assert "Danke! Notiert: Zusage (am 30.11.2026)" in thanks.text
    assert "Kornblume" not in thanks.text
    last = asked.steps(referral_id)[-1]
    assert (last.to_state, last.source, last.actor_id, last.happened_on) == (
        "accepted",
        "partner",
        None,
        start,
    )
    assert len(asked.steps(referral_id)) == 3
    today = asked.worker.get("/heute").text
    assert "Neue Antworten" in today
    shown = asked.worker.get(f"/vermittlungen/{referral_id}")
    assert "vom Anbieter" in shown.text
    assert "Kornblume" not in shown.text
    assert "Neue Antworten" not in asked.worker.get("/heute").text
    timeline = asked.worker.get(f"/faelle/{asked.client.id}/verlauf")
    assert "vom Anbieter" in timeline.text


def test_what_cannot_follow_is_refused_with_what_stands(asked: Request, provider: FlaskClient) -> None:
    referral_id = asked.send()
    address = asked.address(referral_id)
    provider.post(address, data={"to_state": "accepted"})
    refused = provider.post(address, data={"to_state": "received"})
    assert refused.status_code == 409
    check_page(refused)
    assert "Das passt nicht zu dem, was notiert ist: Zusage" in refused.text
    assert asked.user.phone is None or asked.user.phone in refused.text
    for state in ("withdrawn", "cancelled", "agreed", "sent", "unresolved"):
        told = {"to_state": state, "reason": "other"}
        assert provider.post(address, data=told).status_code in {409, 422}
    assert asked.referral(referral_id).state == "accepted"


def test_after_a_rejection_nothing_about_the_client_is_shown(
    asked: Request, provider: FlaskClient
) -> None:
    address = asked.address(asked.send())
    for _twice in range(2):
        answer = provider.post(address, data={"to_state": "rejected", "reason": "full"})
        assert answer.status_code == 303
    page = provider.get(answer.headers["Location"])
    check_page(page)
    assert "Notiert: Absage: ausgebucht" in page.text
    assert asked.client.family_name not in page.text
    late = provider.post(address, data={"to_state": "accepted"})
    assert late.status_code == 409
    assert asked.client.family_name not in late.text


UNREADABLE: dict[str, dict[str, str]] = {
    "empty": {},
    "no reason": {"to_state": "rejected"},
    "foreign reason": {"to_state": "rejected", "reason": "mistake"},
    "no day": {"to_state": "waiting_list", "happened_on": "bald"},
    "far": {"to_state": "waiting_list", "happened_on": "01.01.2099"},
    "no evidence": {"to_state": "completed", "level_reached": "B1"},
    "no level": {"to_state": "completed", "level_reached": "Z9", "certificate": "yes"},
    "long": {"to_state": "received", "note": "x" * 4001},
    "odd": {"to_state": "💥\x00"},
}


def test_what_cannot_be_read_is_asked_again(asked: Request, provider: FlaskClient) -> None:
    referral_id = asked.send()
    for kind, data in UNREADABLE.items():
        answer = provider.post(asked.address(referral_id), data=data)
        assert answer.status_code == 422, kind
        check_page(answer)
    assert asked.referral(referral_id).state == "sent"


def test_links_that_open_nothing_answer_kindly_and_alike(asked: Request, provider: FlaskClient) -> None:
    referral_id = asked.send()
    good = asked.address(referral_id).removeprefix("/rueckmeldung/")
    with asked.runtime.database.write() as session:
        secret = session_secret(asked.runtime.settings)

        def make(purpose: str, days: int, subject: str) -> str:
            return create_link(session, secret, purpose, subject, utc_now() + timedelta(days=days))

        expired = make(LINK_PURPOSE, -1, referral_id)
        foreign = make("selection", 9, referral_id)
        nobody = make(LINK_PURPOSE, 9, new_id())
    consent = asked.referral(referral_id).consent_id
    revocation = f"/faelle/{asked.client.id}/einwilligungen/{consent}/widerruf"
    page = asked.worker.get(revocation)
    asked.worker.post(revocation, data={"csrf_token": csrf_of(page), "revoked_on": f"{TODAY:%d.%m.%Y}"})
    forged = good[:-2] + ("aa" if not good.endswith("aa") else "bb")
    for number, token in enumerate((expired, foreign, nobody, good, forged, "x", "a" * 5000, "ä%00")):
        where = {"REMOTE_ADDR": f"10.0.{number}.1"}
        for answer in (
            provider.get(f"/rueckmeldung/{token}", environ_base=where),
            provider.post(f"/rueckmeldung/{token}", data={"to_state": "accepted"}, environ_base=where),
        ):
            assert answer.status_code == 404, token[:20]
            assert asked.client.family_name not in answer.text
            assert asked.offer.title not in answer.text
    check_page(provider.get("/rueckmeldung/x", environ_base={"REMOTE_ADDR": "10.1.0.9"}))
    assert asked.referral(referral_id).state == "sent"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(place=st.integers(0, 90), letter=st.characters(codec="ascii", categories=["L", "N"]))
def test_no_changed_letter_opens_anything(asked: Request, app: Flask, place: int, letter: str) -> None:
    with asked.runtime.database.read() as session:
        known = session.exec(select(Referral.id).where(Referral.mode == "arranged")).first()
    referral_id = known or asked.send()
    with asked.runtime.database.write() as session:
        secret = session_secret(asked.runtime.settings)
        until = utc_now() + timedelta(days=1)
        good = create_link(session, secret, LINK_PURPOSE, referral_id, until)
    place %= len(good)
    tampered = good[:place] + letter + good[place + 1 :]
    if tampered == good:
        return
    browser = app.test_client(use_cookies=False)
    where = {"REMOTE_ADDR": f"10.0.{place}.1"}
    assert browser.get(f"/rueckmeldung/{tampered}", environ_base=where).status_code in {404, 429}


def test_who_tries_links_or_hammers_one_is_slowed_down(asked: Request, provider: FlaskClient) -> None:
    codes = [provider.get(f"/rueckmeldung/falsch{n}").status_code for n in range(25)]
    assert (codes[0], codes[-1]) == (404, 429)
    address = asked.address(asked.send())
    codes = [provider.get(address).status_code for _ in range(65)]
    assert (codes[0], codes[-1]) == (200, 429)


def test_editors_see_that_a_mail_went_out_and_not_its_link(asked: Request, sign_in: SignIn) -> None:
    referral_id = asked.send()
    with asked.runtime.database.read() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.subject_id == referral_id)).one()
    page = sign_in("directory_editor").get(f"/pflege/postausgang/{mail.id}")
    assert page.status_code == 200
    assert "rueckmeldung" not in page.text
    assert asked.address(referral_id).split("/")[-1] not in page.text
