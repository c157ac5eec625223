"""The pages of an offer and a provider: what signed-in people see at a glance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import select

from app.directory.editing import (
    change_offer,
    change_provider,
    get_offer_entry,
    get_provider_entry,
    save_provider,
)
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page

AUTHOR = Author("Redaktion")


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions[EXTENSION]
    return found


@pytest.fixture
def offer(runtime: Runtime) -> Offer:
    """A public offer of the demo."""
    with runtime.database.read() as session:
        found = session.exec(
            select(Offer).where(Offer.kind == "language_course").order_by(Offer.id)
        ).first()
    assert found is not None
    return found


def _change(runtime: Runtime, offer: Offer, **changes: object) -> None:
    with runtime.database.write() as session:
        change_offer(session, AUTHOR, offer.id, dict(changes), "edit")


def test_seats_say_how_old_they_are_and_who_told_them(
    sign_in: SignIn, runtime: Runtime, offer: Offer
) -> None:
    worker = sign_in("case_worker")
    _change(
        runtime, offer, seats_max=18, seats_booked=15, has_waiting_list=None,
        seats_told_on=(TODAY - timedelta(days=2)).isoformat(), seats_told_by="der vhs",
    )  # fmt: skip
    page = worker.get(f"/angebote/{offer.id}")
    check_page(page)
    assert "3 Plätze frei (vor 2 Tagen gemeldet von der vhs)" in page.text
    _change(runtime, offer, seats_told_on=(TODAY - timedelta(days=90)).isoformat())
    old = worker.get(f"/angebote/{offer.id}").text
    assert "3 Plätze frei (vor 3 Monaten gemeldet von der vhs) – bitte nachfragen" in old
    _change(runtime, offer, seats_max=None, seats_booked=None)
    assert "Plätze unbekannt" in worker.get(f"/angebote/{offer.id}").text


def test_the_text_can_be_read_in_each_language_it_has(
    sign_in: SignIn, runtime: Runtime, offer: Offer
) -> None:
    _change(
        runtime, offer, description="Der Kurs.", plain_description="Sie lernen Deutsch.",
        phrases={"ar": {"title": "دورة", "description": "نص"}, "uk": {"title": "Курс"}},
    )  # fmt: skip
    worker = sign_in("case_worker")
    page = worker.get(f"/angebote/{offer.id}")
    assert "Der Kurs." in page.text
    arabic = worker.get(f"/angebote/{offer.id}?text=ar")
    check_page(arabic)
    assert '<p class="kern-body lb-prose" lang="ar" dir="rtl">نص</p>' in arabic.text
    ukrainian = worker.get(f"/angebote/{offer.id}?text=uk").text
    assert '<p lang="uk" dir="ltr"><strong>Курс</strong></p>' in ukrainian
    assert 'lang="de" dir="ltr">Sie lernen Deutsch.</p>' in ukrainian
    assert "Der Kurs." in worker.get(f"/angebote/{offer.id}?text=<x>").text


def test_the_note_on_approaching_is_for_those_who_call(
    sign_in: SignIn, runtime: Runtime, offer: Offer
) -> None:
    person = {"key": "a", "name": "Frau Amsel", "note": "nur vormittags anrufen"}
    person["hours"] = [{"weekday": 1, "starts": "09:00", "ends": "11:00"}]  # type: ignore[assignment]
    with runtime.database.write() as session:
        changes = {"approach_note": "Bitte nie montags.", "contacts": [person]}
        change_provider(session, AUTHOR, offer.provider_id, changes, "edit")
    for address in (f"/angebote/{offer.id}", f"/anbieter/{offer.provider_id}"):
        for role, may_see in (
            ("case_worker", True),
            ("directory_editor", True),
            ("administrator", False),
        ):
            page = sign_in(role).get(address)
            check_page(page)
            assert "Frau Amsel" in page.text
            assert ("Bitte nie montags." in page.text) is may_see
            assert ("nur vormittags anrufen" in page.text) is may_see


def test_an_organisation_shows_its_branches_and_a_branch_its_organisation(
    sign_in: SignIn, runtime: Runtime, offer: Offer
) -> None:
    with runtime.database.read() as session:
        parent = session.exec(
            select(Provider).where(Provider.id != offer.provider_id).order_by(Provider.id)
        ).first()
        entry = get_provider_entry(session, offer.provider_id)
    assert parent is not None
    with runtime.database.write() as session:
        save_provider(
            session, AUTHOR, entry.id, entry.record, as_read=entry.digest, parent_id=parent.id
        )
    worker = sign_in("case_worker")
    above = worker.get(f"/anbieter/{parent.id}")
    check_page(above)
    assert f"/anbieter/{offer.provider_id}" in above.text
    assert f"/anbieter/{parent.id}" in worker.get(f"/anbieter/{offer.provider_id}").text


def test_a_protected_place_is_warned_of(sign_in: SignIn, runtime: Runtime, offer: Offer) -> None:
    with runtime.database.write() as session:
        entry = get_offer_entry(session, offer.id)
        key = entry.record.places[0]
        places = [
            place.model_dump() | ({"visibility": "protected"} if place.key == key else {})
            for place in entry.provider.places
        ]
        change_provider(session, AUTHOR, entry.provider_id, {"places": places}, "edit")
        street = next(place["street"] for place in places if place["key"] == key)
    worker = sign_in("case_worker")
    assert "Geschützt: Geben Sie diese Adresse nicht weiter" in worker.get(f"/angebote/{offer.id}").text
    provider = worker.get(f"/anbieter/{offer.provider_id}").text
    assert "Eine weitere Adresse ist geschützt" in provider
    assert street is None or f"{street} " not in provider


def test_an_offer_that_was_merged_leads_to_the_kept_one(
    sign_in: SignIn, runtime: Runtime, offer: Offer
) -> None:
    with runtime.database.write() as session:
        other = session.exec(select(Offer).where(Offer.id != offer.id).order_by(Offer.id)).first()
        assert other is not None
        row = session.get_one(Offer, offer.id)
        row.merged_into_id, row.status = other.id, "withdrawn"
        session.add(row)
        provider = session.get_one(Provider, offer.provider_id)
        provider.merged_into_id = other.provider_id if other.provider_id != provider.id else None
        session.add(provider)
    answer = sign_in("case_worker").get(f"/angebote/{offer.id}")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/angebote/{other.id}")
    if provider.merged_into_id:
        moved = sign_in("case_worker").get(f"/anbieter/{provider.id}")
        assert moved.headers["Location"].endswith(f"/anbieter/{other.provider_id}")
    editor = sign_in("directory_editor")
    assert editor.get(f"/angebote/{offer.id}/bearbeiten").status_code == 404


def test_who_may_change_is_offered_to(sign_in: SignIn, offer: Offer) -> None:
    for role, edits, tells in (
        ("directory_editor", True, True),
        ("case_worker", False, True),
        ("administrator", False, False),
    ):
        page = sign_in(role).get(f"/angebote/{offer.id}").text
        assert (f"/angebote/{offer.id}/bearbeiten" in page) is edits
        assert (f"/angebote/{offer.id}/plaetze" in page) is tells
