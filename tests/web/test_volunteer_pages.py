"""The editors' pages of volunteers, and what volunteers say about themselves on their own."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.directory.models import Offer
from app.matching.models import VolunteerWish
from app.operations.demo_accounts import DEMO_VOLUNTEER_ACCOUNT
from app.referrals.models import Referral
from app.volunteers.models import Volunteer
from app.volunteers.people import SOON, clearance_due
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of
from tests.web.test_suggestion_pages import runtime_of

LIST = "/pflege/ehrenamtliche"


@pytest.fixture
def editor(sign_in: SignIn) -> FlaskClient:
    return sign_in("directory_editor")


@pytest.fixture
def volunteer_id(app: Flask) -> str:
    """The demo's volunteer, who works with children from now on."""
    with runtime_of(app).database.write() as session:
        person = session.exec(select(Volunteer)).one()
        person.needs_clearance = True
        return person.provider_id


def form_of(page: object, **changes: str) -> dict[str, str]:
    text = page.text  # type: ignore[attr-defined]
    told = {"csrf_token": token_of(page)}  # type: ignore[arg-type]
    for name in ("version", "talk_on", "agreement_on"):
        found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)
        told[name] = found[1] if found else ""
    return told | changes


def test_what_is_due_stands_first_and_is_counted(editor: FlaskClient, volunteer_id: str) -> None:
    page = editor.get(LIST)
    check_page(page)
    assert f"{LIST}/{volunteer_id}" in page.text
    assert "Frieda Amsel" in page.text
    assert "Führungszeugnis noch nicht gesehen" in page.text
    assert re.search(r"Ehrenamtliche\s*<span[^>]*>1<", page.text)


def test_a_clearance_is_noted_by_its_days_and_the_log_names_who_read(
    app: Flask, editor: FlaskClient, volunteer_id: str
) -> None:
    address = f"{LIST}/{volunteer_id}"
    page = editor.get(address)
    check_page(page)
    assert DEMO_VOLUNTEER_ACCOUNT.email in page.text
    sent = form_of(page, clearance_seen_on="20.11.2026", clearance_next_on="")
    assert editor.post(f"{address}/pruefung", data=sent).status_code == 303
    again = editor.post(f"{address}/pruefung", data=sent)
    assert again.status_code == 409
    check_page(again)
    with runtime_of(app).database.read() as session:
        person = session.get_one(Volunteer, volunteer_id)
        assert person.clearance_next_on == date(2031, 11, 20)
        editor_id = session.exec(select(User.id).where(User.role == "directory_editor")).first()
        assert person.clearance_seen_by == editor_id
        actions = set(session.exec(select(AuditEntry.action)))
        assert {"volunteer.read", "volunteer.check"} <= actions
    assert "Führungszeugnis noch nicht gesehen" not in editor.get(LIST).text


@pytest.mark.parametrize("day", ["31.12.2040", "gestern", "01.01.2020"])
def test_a_day_that_cannot_be_is_refused(editor: FlaskClient, volunteer_id: str, day: str) -> None:
    address = f"{LIST}/{volunteer_id}"
    sent = form_of(editor.get(address), clearance_seen_on="20.11.2026", clearance_next_on=day)
    answer = editor.post(f"{address}/pruefung", data=sent)
    assert answer.status_code == 422
    check_page(answer)


def test_an_editor_takes_a_volunteer_out_and_nobody_is_lost(
    app: Flask, editor: FlaskClient, volunteer_id: str
) -> None:
    address = f"{LIST}/{volunteer_id}"
    token = {"csrf_token": token_of(editor.get(address))}
    for _time in range(2):
        assert editor.post(f"{address}/ende", data=token).status_code == 303
    check_page(editor.get(address))
    assert "Frieda Amsel" not in editor.get(LIST).text
    with runtime_of(app).database.read() as session:
        assert session.get_one(Volunteer, volunteer_id).left_on == TODAY
        [offer] = session.exec(select(Offer).where(Offer.provider_id == volunteer_id)).all()
        assert offer.status == "withdrawn"
        [user] = session.exec(select(User).where(User.provider_id == volunteer_id)).all()
        assert not user.is_active
        on_the_way = session.exec(select(Referral).where(Referral.offer_id == offer.id)).all()
        assert on_the_way
        assert {one.follow_up_on for one in on_the_way} == {TODAY}


def test_other_entries_are_no_volunteers(editor: FlaskClient, app: Flask) -> None:
    with runtime_of(app).database.read() as session:
        other = session.exec(select(Offer.provider_id).where(Offer.kind == "club")).first()
    for address in (f"{LIST}/{other}", f"{LIST}/nobody"):
        assert editor.get(address).status_code == 404


@pytest.mark.parametrize(
    ("next_on", "expected"),
    [
        (None, "missing"),
        (TODAY - timedelta(days=1), "over"),
        (TODAY, "soon"),
        (TODAY + SOON, "soon"),
        (TODAY + SOON + timedelta(days=1), None),
    ],
    ids=["never_seen", "over", "today", "soon", "later"],
)
def test_when_a_clearance_is_asked_for(next_on: date | None, expected: str | None) -> None:
    told = {"provider_id": "p", "first_name": "W", "last_name": "Z", "email": "w@z.example"}
    person = Volunteer(since=TODAY, needs_clearance=True, clearance_next_on=next_on, **told)
    assert clearance_due(person, TODAY) == expected
    person.needs_clearance = False
    assert clearance_due(person, TODAY) is None


# --- on their own page ----------------------------------------------------------------------------


@pytest.fixture
def person(sign_in: SignIn) -> FlaskClient:
    return sign_in(DEMO_VOLUNTEER_ACCOUNT.email)


def own_offer(app: Flask) -> str:
    with runtime_of(app).database.read() as session:
        provider = select(Volunteer.provider_id)
        return session.exec(
            select(Offer.id).where(Offer.provider_id == provider.scalar_subquery())
        ).one()


@pytest.mark.parametrize(
    ("people", "km", "status"),
    [
        ("3", "15", 303),
        ("0", "", 303),
        ("21", "5", 422),
        ("2", "51", 422),
        ("viele", "5", 422),
        ("", "5", 422),
    ],
)
def test_a_volunteer_says_how_many_and_how_far(
    app: Flask, person: FlaskClient, people: str, km: str, status: int
) -> None:
    offer_id = own_offer(app)
    page = person.get("/meine-angebote")
    check_page(page)
    assert "Wie viele und wie weit" in page.text
    sent = {"csrf_token": token_of(page), "answer": "tandem", "max_clients": people, "radius_km": km}
    answer = person.post(f"/meine-angebote/{offer_id}", data=sent)
    assert answer.status_code == status
    with runtime_of(app).database.read() as session:
        wish = session.get_one(VolunteerWish, offer_id)
        told = (str(wish.max_clients), "" if wish.radius_km is None else str(wish.radius_km))
        assert (told == (people, km)) == (status == 303)
    if status == 422:
        check_page(answer)
        assert f'value="{people}"' in answer.text
