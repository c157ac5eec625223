"""The dates of an accepted referral as a calendar file: when and where, never whose."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlmodel import select

from app.audit.models import AuditEntry
from app.cases.models import Client
from app.directory.models import Offer, OfferSession
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.sealing import seal
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, check_page

AMIRA = client_id("amira")


@pytest.fixture
def instance(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


@pytest.fixture
def worker(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def accepted(runtime: Runtime, *, is_sensitive: bool = False, visibility: str = "public") -> str:
    """A referral of Amira's to a weekly course that begins for her on the 7th of December."""
    with runtime.database.write() as session:
        offer = session.exec(
            select(Offer)
            .join(OfferSession)
            .where(Offer.kind == "language_course", Offer.visibility == "public")
            .where(Offer.status == "published", Offer.title != "")
            .order_by(Offer.id)
        ).first()
        assert offer is not None
        offer.starts_on, offer.ends_on, offer.terms = date(2026, 10, 1), date(2027, 2, 26), []
        offer.is_sensitive, offer.visibility = is_sensitive, visibility
        client = session.get_one(Client, AMIRA)
        referral = Referral(
            client_id=AMIRA, offer_id=offer.id, state="accepted", referred_by=client.case_worker_id
        )
        session.add(referral)
        session.flush()
        session.add(
            ReferralEvent(
                referral_id=referral.id,
                from_state="handed_over",
                to_state="accepted",
                happened_on=date(2026, 12, 7),
            )
        )
        if is_sensitive:
            seal(session, referral)
        return referral.id


def test_the_course_times_begin_with_the_client_s_own_first_day(
    worker: FlaskClient, instance: Runtime
) -> None:
    referral_id = accepted(instance)
    page = worker.get(f"/vermittlungen/{referral_id}")
    check_page(page)
    assert f"/vermittlungen/{referral_id}/termine.ics" in page.text
    answer = worker.get(f"/vermittlungen/{referral_id}/termine.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert events
    for event in events:
        assert event["DTSTART"].dt.date() >= date(2026, 12, 7)
        assert event["RRULE"]["FREQ"] in (["WEEKLY"], ["MONTHLY"])
        assert str(event["UID"]).startswith(referral_id)
        assert event["LOCATION"]
    assert "Amira" not in answer.text
    again = worker.get(f"/vermittlungen/{referral_id}/termine.ics")
    assert again.data == answer.data
    with instance.database.read() as session:
        actions = session.exec(
            select(AuditEntry.action).where(AuditEntry.subject_id == referral_id)
        ).all()
    assert actions.count("referral.calendar") == 2


@pytest.mark.parametrize(
    "hidden", [{"is_sensitive": True}, {"visibility": "protected"}], ids=["sensitive", "protected"]
)
def test_a_confidential_offer_has_times_without_title_and_place(
    worker: FlaskClient, instance: Runtime, hidden: dict[str, bool | str]
) -> None:
    referral_id = accepted(instance, **hidden)
    answer = worker.get(f"/vermittlungen/{referral_id}/termine.ics")
    assert answer.status_code == 200
    with instance.database.read() as session:
        offer = session.exec(select(Offer).where(Offer.starts_on == date(2026, 10, 1))).first()
    assert offer is not None
    for event in Calendar.from_ical(answer.data).walk("VEVENT"):
        assert str(event["SUMMARY"]) == "Termin"
        assert "LOCATION" not in event
    for secret in (offer.title, offer.id, offer.provider_id):
        assert secret not in answer.text


def test_others_find_no_calendar_of_the_case(app: Flask, instance: Runtime, sign_in: SignIn) -> None:
    referral_id = accepted(instance)
    address = f"/vermittlungen/{referral_id}/termine.ics"
    assert sign_in("jonas.falk@lotsenbuch.example").get(address).status_code == 404
    assert app.test_client().get(address).status_code == 302


def test_an_offer_without_times_has_no_calendar(worker: FlaskClient, instance: Runtime) -> None:
    referral_id = accepted(instance)
    with instance.database.write() as session:
        offer_id = session.get_one(Referral, referral_id).offer_id
        for time in session.exec(select(OfferSession).where(OfferSession.offer_id == offer_id)):
            session.delete(time)
        session.get_one(Offer, offer_id).exceptions = []
    assert worker.get(f"/vermittlungen/{referral_id}/termine.ics").status_code == 404
