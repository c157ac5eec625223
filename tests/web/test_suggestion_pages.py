"""Suggesting a change, and deciding on it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlmodel import select

from app.accounts.models import User
from app.core.ids import new_id
from app.directory.editing import change_offer, get_offer_entry
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.suggesting import get_suggestion
from app.directory.upkeep_models import ChangeSuggestion
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, check_page, token_of

EDITOR = Author("Erna Redaktion", new_id())


def runtime_of(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


@pytest.fixture(autouse=True)
def nothing_suggested(app: Flask) -> None:
    """The demo's own suggestions are not what these tests count."""
    with runtime_of(app).database.write() as session:
        session.execute(delete(ChangeSuggestion))


@pytest.fixture
def offer_id(app: Flask) -> str:
    with runtime_of(app).database.read() as session:
        return session.exec(
            select(Offer.id).where(Offer.kind == "language_course", Offer.status == "published")
        ).all()[0]


@pytest.fixture
def provider_id(app: Flask) -> str:
    with runtime_of(app).database.read() as session:
        return session.exec(select(Provider.id)).all()[0]


def fields_of(browser: FlaskClient, address: str) -> dict[str, str]:
    """What the form at ``address`` holds, as a browser would send it."""
    answer = browser.get(address)
    check_page(answer)
    html = answer.text.split('class="lb-form')[1]
    found = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', html))
    for name, inner in re.findall(
        r"<textarea[^>]*?name=\"([^\"]+)\"[^>]*>(.*?)</textarea>", html, re.S
    ):
        found[name] = inner.lstrip("\r\n").replace("&#34;", '"').replace("&amp;", "&")
    for name, inner in re.findall(r"<select[^>]*?name=\"([^\"]+)\"[^>]*>(.*?)</select>", html, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', inner)
        found[name] = chosen.group(1) if chosen else ""
    found.pop("is_gone", None)
    return found


def suggest(browser: FlaskClient, where: str, **changes: str) -> Any:
    return browser.post(where, data=fields_of(browser, where) | changes)


def stored(app: Flask) -> list[ChangeSuggestion]:
    with runtime_of(app).database.read() as session:
        return list(session.exec(select(ChangeSuggestion).order_by(ChangeSuggestion.created_at)))  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["case_worker", "administrator", "data_protection_officer"])
def test_anyone_signed_in_may_suggest(app: Flask, sign_in: SignIn, offer_id: str, role: str) -> None:
    browser = sign_in(role)
    answer = suggest(browser, f"/angebote/{offer_id}/vorschlag", title="Neuer Titel", note="Seit Mai")
    assert answer.status_code == 303
    check_page(browser.get(answer.location))
    (made,) = stored(app)
    assert set(made.changes) == {"title"}
    assert made.changes["title"]["new"] == "Neuer Titel"
    assert made.note == "Seit Mai"
    mine = browser.get("/vorschlaege")
    check_page(mine)
    assert "noch nicht entschieden" in mine.text


def test_a_form_sent_as_it_came_changes_nothing(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    with runtime_of(app).database.read() as session:
        offers = session.exec(select(Offer.id).where(Offer.status == "published")).all()[::12]
        providers = session.exec(select(Provider.id)).all()[::6]
    addresses = [f"/angebote/{one}/vorschlag" for one in offers]
    addresses += [f"/anbieter/{one}/vorschlag" for one in providers]
    for address in addresses:
        answer = suggest(browser, address)
        assert answer.status_code == 422, address
        assert "Noch ist nichts anders" in answer.text
    assert stored(app) == []


def test_times_address_and_the_end_go_where_an_editor_finds_them(
    app: Flask, sign_in: SignIn, offer_id: str, provider_id: str
) -> None:
    browser = sign_in("case_worker")
    suggest(
        browser, f"/angebote/{offer_id}/vorschlag", times="Mo 9-12", address="Ringstr. 2", is_gone="y"
    )
    suggest(browser, f"/anbieter/{provider_id}/vorschlag", is_gone="y", phone="0711 123456")
    offer, provider = stored(app)
    assert offer.changes["status"]["new"] == "withdrawn"
    assert offer.note == "Zeiten: Mo 9-12\nAdresse oder Ort: Ringstr. 2"
    assert provider.changes["phone"]["new"] == "0711 123456"
    assert provider.note == "Das gibt es nicht mehr."


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "},
        {"title": "x" * 301},
        {"contact_email": "niemand"},
        {"contact_email": "a" * 250 + "@b.example"},
        {"website": "javascript:alert(1)"},
        {"website": "https://" + "x" * 500},
        {"cost_cents": "viel"},
        {"cost_cents": "-5"},
        {"seats_max": "1e9"},
        {"seats_max": "3", "seats_booked": "8"},
        {"entry_level": "Z9"},
        {"description": "x" * 10_001},
        {"note": "x" * 1201},
        {"seats_max": "99999999"},
    ],
    ids="-".join,
)
def test_bad_input_is_said_beside_the_field_and_nothing_is_lost(
    app: Flask, sign_in: SignIn, offer_id: str, changes: dict[str, str]
) -> None:
    browser = sign_in("case_worker")
    answer = suggest(browser, f"/angebote/{offer_id}/vorschlag", **{"times": "Mo 9-12"} | changes)
    assert answer.status_code == 422
    check_page(answer)
    assert "Bitte prüfen" in answer.text
    assert "Mo 9-12" in answer.text
    assert stored(app) == []


def test_sent_twice_it_is_kept_once(app: Flask, sign_in: SignIn, offer_id: str) -> None:
    browser = sign_in("case_worker")
    for _ in range(2):
        assert suggest(browser, f"/angebote/{offer_id}/vorschlag", title="Neu").status_code == 303
    assert len(stored(app)) == 1


def test_who_read_an_older_entry_is_asked_to_look_again(
    app: Flask, sign_in: SignIn, offer_id: str
) -> None:
    browser = sign_in("case_worker")
    address = f"/angebote/{offer_id}/vorschlag"
    data = fields_of(browser, address) | {"note": "Bitte ansehen"}
    with runtime_of(app).database.write() as session:
        change_offer(session, EDITOR, offer_id, {"title": "Anders"}, "edit")
    answer = browser.post(address, data=data)
    assert answer.status_code == 409
    assert "inzwischen geändert" in answer.text
    assert "Bitte ansehen" in answer.text
    assert stored(app) == []


def make(app: Flask, sign_in: SignIn, offer_id: str, **changes: str) -> str:
    suggest(sign_in("case_worker"), f"/angebote/{offer_id}/vorschlag", **changes)
    return stored(app)[-1].id


def test_the_editor_accepts_and_rejects_and_the_author_sees_it(
    app: Flask, sign_in: SignIn, offer_id: str
) -> None:
    made = make(app, sign_in, offer_id, title="Neuer Titel", cost_cents="12,50")
    editor = sign_in("directory_editor")
    queue = editor.get("/pflege/vorschlaege")
    check_page(queue)
    assert made in queue.text
    address = f"/pflege/vorschlaege/{made}"
    page = editor.get(address)
    check_page(page)
    assert "Neuer Titel" in page.text
    data = {
        "csrf_token": token_of(page),
        "as_read": re.search(r'name="as_read"[^>]*value="([^"]+)"', page.text).group(1),  # type: ignore[union-attr]
        "answer": "Der Preis bleibt.",
    }
    unfinished = editor.post(address, data=data | {"field-title": "accept"})
    assert unfinished.status_code == 422
    assert "Der Preis bleibt." in unfinished.text
    choice = {"field-title": "accept", "field-cost_cents": "reject"}
    assert editor.post(address, data=data | choice).status_code == 303
    with runtime_of(app).database.read() as session:
        record = get_offer_entry(session, offer_id).record
        assert record.title == "Neuer Titel"
        assert record.cost_cents != 1250
        assert get_suggestion(session, made).suggestion.state == "decided"
    again = editor.post(address, data=data | choice, follow_redirects=True)
    assert "inzwischen" in again.text
    check_page(again)
    mine = sign_in("case_worker").get("/vorschlaege")
    assert "Der Preis bleibt." in mine.text
    assert "angenommen" in mine.text
    decided = editor.get("/pflege/vorschlaege?stand=entschieden")
    check_page(decided)
    assert made in decided.text


def test_a_changed_entry_is_shown_before_it_is_overwritten(
    app: Flask, sign_in: SignIn, offer_id: str
) -> None:
    made = make(app, sign_in, offer_id, title="Neuer Titel")
    editor = sign_in("directory_editor")
    address = f"/pflege/vorschlaege/{made}"
    page = editor.get(address)
    digest = re.search(r'name="as_read"[^>]*value="([^"]+)"', page.text).group(1)  # type: ignore[union-attr]
    with runtime_of(app).database.write() as session:
        change_offer(session, EDITOR, offer_id, {"title": "Anderer Titel"}, "edit")
    data = {"csrf_token": token_of(page), "as_read": digest, "field-title": "accept"}
    answer = editor.post(address, data=data)
    assert answer.status_code == 409
    assert "Anderer Titel" in answer.text
    assert "nach dem Vorschlag geändert" in answer.text
    assert stored(app)[-1].state == "open"


def test_what_does_not_fit_is_refused_with_a_sentence(
    app: Flask, sign_in: SignIn, offer_id: str
) -> None:
    made = make(app, sign_in, offer_id, seats_max="20", seats_booked="18")
    editor = sign_in("directory_editor")
    address = f"/pflege/vorschlaege/{made}"
    with runtime_of(app).database.write() as session:
        change_offer(session, EDITOR, offer_id, {"seats_max": 10, "seats_booked": 1}, "edit")
    page = editor.get(address)
    data = {
        "csrf_token": token_of(page),
        "as_read": re.search(r'name="as_read"[^>]*value="([^"]+)"', page.text).group(1),  # type: ignore[union-attr]
        "field-seats_booked": "accept",
        "field-seats_max": "reject",
    }
    answer = editor.post(address, data=data)
    assert answer.status_code == 422
    assert "Nichts wurde geändert" in answer.text
    assert stored(app)[-1].state == "open"


def test_the_pages_of_an_entry_lead_to_suggestion_and_history(
    sign_in: SignIn, offer_id: str, provider_id: str
) -> None:
    browser = sign_in("case_worker")
    assert f"/angebote/{offer_id}/vorschlag" in browser.get(f"/angebote/{offer_id}").text
    assert f"/anbieter/{provider_id}/verlauf" in browser.get(f"/anbieter/{provider_id}").text


def test_a_suggestion_that_does_not_exist_is_not_found(sign_in: SignIn) -> None:
    editor = sign_in("directory_editor")
    assert editor.get(f"/pflege/vorschlaege/{new_id()}").status_code == 404
    assert editor.get("/angebote/x/vorschlag").status_code == 404


@pytest.mark.parametrize(
    ("has_account", "hint"), [(True, "Die Person liest sie"), (False, "hat kein Konto")]
)
def test_the_editor_is_told_whether_an_answer_reaches_the_author(
    app: Flask, sign_in: SignIn, offer_id: str, has_account: bool, hint: str
) -> None:
    editor = sign_in("directory_editor")
    with runtime_of(app).database.write() as session:
        author = session.exec(select(User.id)).all()[0] if has_account else None
        suggestion = ChangeSuggestion(
            entry_type="offer",
            entry_id=offer_id,
            provider_id=session.exec(select(Offer.provider_id).where(Offer.id == offer_id)).one(),
            author_id=author,
            note="Neue Zeit",
        )
        session.add(suggestion)
        number = suggestion.id
    assert hint in editor.get(f"/pflege/vorschlaege/{number}").text
