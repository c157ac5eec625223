"""Editing offers and providers by requests, as a browser without scripts does it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from app.directory.codes import OFFER_KINDS, PROVIDER_KINDS
from app.directory.editing import get_offer_entry, get_provider_entry
from app.directory.history import list_revisions
from app.directory.models import Offer, Provider
from app.directory.upkeep_models import Verification
from app.operations.runtime import Runtime
from app.web.forms.offer_kinds import SECTIONS
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page
from tests.web.form_samples import fields_of

Fields = dict[str, Any]


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions[EXTENSION]
    return found


@pytest.fixture
def editor(sign_in: SignIn) -> FlaskClient:
    return sign_in("directory_editor")


@pytest.fixture
def course(runtime: Runtime) -> Offer:
    """A course of the demo."""
    with runtime.database.read() as session:
        found = session.exec(
            select(Offer).where(Offer.kind == "language_course").order_by(Offer.id)
        ).first()
    assert found is not None
    return found


def _save(browser: FlaskClient, address: str, **typed: Any) -> TestResponse:
    """Open the form, change some fields, send it."""
    sent = fields_of(browser.get(address))
    return browser.post(address.partition("?")[0], data=sent | typed)


def _offer(runtime: Runtime, offer_id: str) -> Any:
    with runtime.database.read() as session:
        return get_offer_entry(session, offer_id).record


def _provider(runtime: Runtime, provider_id: str) -> Any:
    with runtime.database.read() as session:
        return get_provider_entry(session, provider_id).record


def _id_in(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rsplit("/", 1)[-1]


def test_first_the_kind_is_asked(editor: FlaskClient, course: Offer) -> None:
    page = editor.get(f"/anbieter/{course.provider_id}/angebote/neu")
    check_page(page)
    for kind in OFFER_KINDS:
        assert f"art={kind}" in page.text


def test_an_offer_of_every_kind_can_be_entered(
    editor: FlaskClient, runtime: Runtime, course: Offer
) -> None:
    for kind in OFFER_KINDS:
        address = f"/anbieter/{course.provider_id}/angebote/neu?art={kind}"
        page = editor.get(address)
        check_page(page)
        _check_that_all_fields_are_there(page, kind)
        sent = {
            "title": "Neu im Verzeichnis",
            "sessions-0-weekdays": ["2", "4"],
            "sessions-0-starts": "18",
            "sessions-0-ends": "19:30",
            "cost_cents": "3,50",
        }
        offer_id = _id_in(_save(editor, address, **sent))
        record = _offer(runtime, offer_id)
        assert (record.title, record.kind, record.cost_cents) == ("Neu im Verzeichnis", kind, 350)
        assert [(t.weekday, t.starts, t.ends) for t in record.sessions] == [
            (2, "18:00", "19:30"),
            (4, "18:00", "19:30"),
        ]
        check_page(editor.get(f"/angebote/{offer_id}/bearbeiten"))


def _check_that_all_fields_are_there(page: TestResponse, kind: str) -> None:
    names = set(fields_of(page))
    fields = {name for section in SECTIONS.values() for name in section}
    for field in fields if kind == "language_course" else fields - {"course_kind"}:
        is_sent = any(name == field or name.startswith((f"{field}-", f"{field}_")) for name in names)
        assert is_sent or f'id="{field}' in page.text, f"{kind}: {field} cannot be reached"


def test_a_form_sent_twice_creates_once(editor: FlaskClient, runtime: Runtime, course: Offer) -> None:
    address = f"/anbieter/{course.provider_id}/angebote/neu"
    sent = fields_of(editor.get(f"{address}?art=club"))
    sent |= {"title": ["Chor"], "new_place-street": ["Ring"], "new_place-plz": ["73728"]}
    first, second = (editor.post(address, data=sent) for _ in range(2))
    assert _id_in(first) == _id_in(second)
    provider = _provider(runtime, course.provider_id)
    assert [offer.title for offer in provider.offers].count("Chor") == 1
    assert [place.street for place in provider.places].count("Ring") == 1
    assert _offer(runtime, _id_in(first)).used_places() <= {place.key for place in provider.places}


def test_saving_unchanged_writes_no_history(
    editor: FlaskClient, runtime: Runtime, course: Offer
) -> None:
    before = _offer(runtime, course.id)
    answer = _save(editor, f"/angebote/{course.id}/bearbeiten")
    assert answer.status_code == 303, answer.text
    with runtime.database.read() as session:
        assert all(one.occasion == "import" for one in list_revisions(session, "offer", course.id))
    assert _offer(runtime, course.id).model_copy(update={"flags": ()}) == before.model_copy(
        update={"flags": ()}
    )


def test_every_demo_offer_survives_its_form(editor: FlaskClient, runtime: Runtime) -> None:
    with runtime.database.read() as session:
        ids = session.exec(select(Offer.id).order_by(Offer.id)).all()[::9]
    for offer_id in ids:
        before = _offer(runtime, offer_id)
        answer = _save(editor, f"/angebote/{offer_id}/bearbeiten")
        assert answer.status_code == 303, answer.text
        assert _offer(runtime, offer_id).model_copy(update={"flags": before.flags}) == before


def test_another_row_comes_without_scripts_and_loses_nothing(
    editor: FlaskClient, course: Offer
) -> None:
    address = f"/angebote/{course.id}/bearbeiten"
    sent = fields_of(editor.get(address)) | {"title": ["Noch nicht fertig"], "min_age": ["abc"]}
    rows = [name for name in sent if name.startswith("sessions-") and name.endswith("-starts")]
    more = editor.post(address, data=sent | {"action": "add:sessions"})
    assert more.status_code == 200
    check_page(more)
    again = fields_of(more)
    assert (
        len([n for n in again if n.startswith("sessions-") and n.endswith("-starts")]) == len(rows) + 1
    )
    assert (again["title"], again["min_age"]) == (["Noch nicht fertig"], ["abc"])
    fewer = editor.post(address, data=again | {"action": "drop:sessions:0"})
    assert len(
        [n for n in fields_of(fewer) if n.startswith("sessions-") and n.endswith("-starts")]
    ) == len(rows)
    for nonsense in ("drop:sessions:99", "drop:nichts:0", "add:", "drop:", "add:title"):
        assert editor.post(address, data=again | {"action": nonsense}).status_code == 200


def test_another_kind_shows_its_fields_and_keeps_what_was_typed(
    editor: FlaskClient, course: Offer
) -> None:
    address = f"/anbieter/{course.provider_id}/angebote/neu"
    sent = fields_of(editor.get(f"{address}?art=club")) | {"title": ["Chor"], "kind": ["authority"]}
    page = editor.post(address, data=sent | {"action": "show"})
    check_page(page)
    assert fields_of(page)["title"] == ["Chor"]
    assert "Neues Angebot: Amt" in page.text or "Behörde" in page.text


def test_errors_stand_on_top_and_beside_and_nothing_is_lost(
    editor: FlaskClient, runtime: Runtime, course: Offer
) -> None:
    sent = {"title": "", "starts_on": "morgen", "topics_new": "Quxfoobar", "description": "<b>Text</b>"}
    answer = _save(editor, f"/angebote/{course.id}/bearbeiten", **sent)
    assert answer.status_code == 422
    check_page(answer)
    for field in ("title", "starts_on", "topics_new"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text
    assert "Quxfoobar" in answer.text
    assert "<b>Text</b>" not in answer.text
    assert fields_of(answer)["starts_on"] == ["morgen"]
    assert _offer(runtime, course.id).title == course.title


def test_two_editors_at_once_decide_deliberately(
    sign_in: SignIn, editor: FlaskClient, runtime: Runtime, course: Offer
) -> None:
    address = f"/angebote/{course.id}/bearbeiten"
    other = sign_in("directory_editor")
    mine = fields_of(editor.get(address)) | {"title": ["Meine Fassung"], "cost_note": ["bar"]}
    assert _save(other, address, title="Andere Fassung").status_code == 303
    answer = editor.post(address, data=mine)
    assert answer.status_code == 409
    check_page(answer)
    for words in ("Andere", "Meine", "Meine Fassung trotzdem speichern"):
        assert words in answer.text
    assert fields_of(answer)["cost_note"] == ["bar"]
    assert _offer(runtime, course.id).title == "Andere Fassung"
    digest = answer.text.split('name="overwrite" value="')[1].split('"')[0]
    # A third change in between is noticed, too.
    assert _save(other, address, title="Dritte Fassung").status_code == 303
    assert editor.post(address, data=mine | {"overwrite": digest}).status_code == 409
    with runtime.database.read() as session:
        now = get_offer_entry(session, course.id).digest
    assert editor.post(address, data=mine | {"overwrite": now}).status_code == 303
    assert _offer(runtime, course.id).title == "Meine Fassung"


def test_the_same_change_sent_twice_is_no_conflict(editor: FlaskClient, course: Offer) -> None:
    address = f"/angebote/{course.id}/bearbeiten"
    sent = fields_of(editor.get(address)) | {"title": ["Einmal genügt"]}
    assert [editor.post(address, data=sent).status_code for _ in range(2)] == [303, 303]


def test_confirming_at_once_is_noted(editor: FlaskClient, runtime: Runtime, course: Offer) -> None:
    assert _save(editor, f"/angebote/{course.id}/bearbeiten", confirm="y").status_code == 303
    with runtime.database.read() as session:
        row = session.exec(select(Verification).where(Verification.offer_id == course.id)).first()
        offer = session.get_one(Offer, course.id)
    assert row is not None
    assert (row.way, offer.verified_on) == ("editor", TODAY)


def test_topics_are_suggested_in_any_language(editor: FlaskClient) -> None:
    found = editor.get("/pflege/themen?q=фут").json
    assert found is not None
    assert any(one["value"] == "football" for one in found)
    assert editor.get("/pflege/themen?q=" + "x" * 5000).json == []


def test_a_provider_of_every_kind_can_be_entered(editor: FlaskClient, runtime: Runtime) -> None:
    for kind in PROVIDER_KINDS:
        check_page(editor.get("/anbieter/neu"))
        sent = {
            "name": f"Zwitscherhaus {kind}",
            "kind": kind,
            "contacts-0-name": "Frau Amsel",
            "contacts-0-is_public": "y",
            "places-0-street": "Vogelweg",
            "places-0-plz": "73730",
            "anyway": "y",
        }
        provider_id = _id_in(_save(editor, "/anbieter/neu", **sent))
        record = _provider(runtime, provider_id)
        assert (record.kind, record.source) == (kind, "manual")
        assert (record.contacts[0].name, record.contacts[0].is_public) == ("Frau Amsel", True)
        assert record.places[0].latitude is not None
        check_page(editor.get(f"/anbieter/{provider_id}/bearbeiten"))


def test_similar_providers_are_shown_before_one_is_entered(
    editor: FlaskClient, runtime: Runtime, course: Offer
) -> None:
    there = _provider(runtime, course.provider_id)
    place = there.places[0]
    sent = {
        "name": there.name,
        "kind": there.kind,
        "phone": there.phone or "",
        "website": there.website or "",
        "places-0-street": place.street or "",
        "places-0-house_number": place.house_number or "",
        "places-0-plz": place.plz or "",
    }
    page = editor.get("/anbieter/neu")
    filled = fields_of(page) | sent
    answer = editor.post("/anbieter/neu", data=filled)
    assert answer.status_code == 200
    check_page(answer)
    assert f"/anbieter/{course.provider_id}" in answer.text
    assert _id_in(editor.post("/anbieter/neu", data=filled | {"anyway": "y"})) != course.provider_id


def test_a_parent_is_found_by_its_name(editor: FlaskClient, runtime: Runtime, course: Offer) -> None:
    with runtime.database.read() as session:
        parent = session.exec(
            select(Provider).where(Provider.id != course.provider_id).order_by(Provider.id)
        ).first()
    assert parent is not None
    address = f"/anbieter/{course.provider_id}/bearbeiten"
    assert _save(editor, address, parent_name=parent.name).status_code == 303
    with runtime.database.read() as session:
        assert session.get_one(Provider, course.provider_id).parent_id == parent.id
    again = editor.get(address)
    assert fields_of(again)["parent_name"] == [parent.name]
    unknown = _save(editor, address, parent_name="Gibt Es Bestimmt Nicht")
    assert unknown.status_code == 422
    assert 'href="#parent_name"' in unknown.text
    own = _provider(runtime, course.provider_id).name
    assert _save(editor, address, parent_name=own).status_code == 422
    assert _save(editor, address, parent_name="").status_code == 303
    with runtime.database.read() as session:
        assert session.get_one(Provider, course.provider_id).parent_id is None


def test_every_demo_provider_survives_its_form(editor: FlaskClient, runtime: Runtime) -> None:
    with runtime.database.read() as session:
        ids = session.exec(select(Provider.id).order_by(Provider.id)).all()[::9]
    for provider_id in ids:
        before = _provider(runtime, provider_id)
        answer = _save(editor, f"/anbieter/{provider_id}/bearbeiten")
        assert answer.status_code == 303, answer.text
        assert _provider(runtime, provider_id).model_copy(update={"flags": before.flags}) == before


def test_two_editors_of_a_provider(sign_in: SignIn, editor: FlaskClient, course: Offer) -> None:
    address = f"/anbieter/{course.provider_id}/bearbeiten"
    mine = fields_of(editor.get(address)) | {"phone": ["0711 1"]}
    assert _save(sign_in("directory_editor"), address, phone="0711 2").status_code == 303
    answer = editor.post(address, data=mine)
    assert answer.status_code == 409
    check_page(answer)
    assert "0711 2" in answer.text


def test_seats_are_told_on_the_phone_by_a_case_worker(
    sign_in: SignIn, runtime: Runtime, course: Offer
) -> None:
    worker = sign_in("case_worker")
    address = f"/angebote/{course.id}/plaetze"
    page = worker.get(address)
    check_page(page)
    sent = fields_of(page, "told_by")
    sent |= {"seats_free": ["3"], "seats_max": ["18"], "told_by": ["Frau Krüger, am Telefon"]}
    assert worker.post(address, data=sent).status_code == 303
    record = _offer(runtime, course.id)
    assert (record.seats_max, record.seats_booked, record.seats_told_on) == (18, 15, TODAY)
    with runtime.database.read() as session:
        assert list_revisions(session, "offer", course.id)[0].occasion == "seats"
    for wrong in ({"seats_max": ""}, {"seats_free": "19"}, {"seats_free": "drei"}, {"seats_max": "-1"}):
        answer = worker.post(address, data=sent | wrong)
        assert answer.status_code == 422, wrong
        check_page(answer)
    unknown = sent | {"seats_free": "", "seats_max": "", "told_by": ""}
    assert worker.post(address, data=unknown).status_code == 303
    assert _offer(runtime, course.id).seats_booked is None


def _accommodations(browser: FlaskClient) -> dict[str, str]:
    """Name → address of each, as the list shows them."""
    page = browser.get("/pflege/unterkuenfte")
    check_page(page)
    return {
        name: href
        for href, name in re.findall(r'lb-list__title"><a href="([^"]+)">([^<]+)<', page.text)
    }


def test_an_accommodation_is_entered_once_changed_and_deleted(editor: FlaskClient) -> None:
    sent = fields_of(editor.get("/pflege/unterkuenfte/neu"), "creation_key")
    sent |= {"name": ["Haus Neu"], "plz": ["73730"]}
    for _ in range(2):
        assert editor.post("/pflege/unterkuenfte/neu", data=sent).status_code == 303
    listed = _accommodations(editor)
    address = listed["Haus Neu"]
    page = editor.get(address)
    check_page(page)
    change = fields_of(page, "creation_key")
    assert change["latitude"][0].startswith("48,")  # found by the postal code
    taken = next(name for name in listed if name != "Haus Neu")
    for wrong in ({"plz": "x"}, {"plz": "00000"}, {"latitude": ""}, {"name": ""}, {"name": taken}):
        answer = editor.post(address, data=change | wrong)
        assert answer.status_code == 422, wrong
        check_page(answer)
    assert editor.post(address, data=change | {"name": "Haus Anders"}).status_code == 303
    assert "Haus Anders" in _accommodations(editor)
    token = {"csrf_token": change["csrf_token"]}
    assert editor.post(f"{address}/loeschen", data=token).status_code == 303
    assert set(_accommodations(editor)) == set(listed) - {"Haus Neu"}
    assert editor.post(f"{address}/loeschen", data=token).status_code == 404


def test_an_accommodation_where_clients_live_is_not_deleted(editor: FlaskClient) -> None:
    listed = _accommodations(editor)
    address = next(iter(listed.values()))
    token = {"csrf_token": fields_of(editor.get(address), "creation_key")["csrf_token"]}
    refused = editor.post(f"{address}/loeschen", data=token, follow_redirects=True)
    assert "Dort wohnen Klient:innen" in refused.text
    assert _accommodations(editor) == listed


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("contact_email", "a@", "Das ist keine E-Mail-Adresse."),
        ("website", "javascript:alert(1)", "Das ist keine Internetadresse."),
        ("min_age", "400", "Bitte geben Sie höchstens 120 ein."),
        ("seats_told_on", "01.01.2030", "Dieser Tag liegt noch vor uns."),
        ("title", "\x00\x01", "Bitte füllen Sie das aus."),
        ("kind", "bogus", "Bitte wählen Sie einen der angebotenen Werte."),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_words_that_fit_it(
    editor: FlaskClient, runtime: Runtime, course: Offer, field: str, typed: str, words: str
) -> None:
    before = _offer(runtime, course.id)
    answer = _save(editor, f"/angebote/{course.id}/bearbeiten", **{field: typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert _offer(runtime, course.id) == before
