"""Favourites, selections and gaps in the pages; the shared link without an account."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from app.directory.collection_models import DirectoryGap, FavouriteOffer, Selection
from app.directory.models import Offer, OfferPlace, Place
from app.directory.selections import list_selected_offers
from app.mail.models import OutboxMail
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, check_page, token_of


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions[EXTENSION]
    return found


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def offers(runtime: Runtime, *conditions: object) -> list[str]:
    with runtime.database.read() as session:
        statement = select(Offer.id).where(Offer.status == "published", *conditions)  # type: ignore[arg-type]
        return list(session.exec(statement.order_by(Offer.id)))


def usual(runtime: Runtime) -> list[str]:
    return offers(runtime, Offer.visibility == "public", Offer.is_sensitive == False)  # noqa: E712


def collect(browser: FlaskClient, ids: list[str], title: str = "Für den Anfang") -> str:
    page = browser.get("/verzeichnis")
    data = {"csrf_token": token_of(page), "angebot": ids, "titel": title}
    answer = browser.post("/auswahl/sammeln", data=data)
    assert answer.status_code == 303
    return answer.headers["Location"]


def share(browser: FlaskClient, address: str) -> str:
    page = browser.get(address)
    browser.post(f"{address}/teilen", data={"csrf_token": token_of(page), "tage": "30"})
    found = re.search(r'value="http://localhost:8000(/geteilt/[^"]+)"', browser.get(address).text)
    assert found
    return found.group(1)


def test_a_star_keeps_an_offer_and_leads_back(runtime: Runtime, browser: FlaskClient) -> None:
    offer_id = usual(runtime)[0]
    page = browser.get("/verzeichnis?q=deutsch")
    data = {"csrf_token": token_of(page), "merken": "1", "next": "/verzeichnis?q=deutsch"}
    for _ in range(2):
        answer = browser.post(f"/angebote/{offer_id}/merken", data=data)
        assert answer.headers["Location"] == "/verzeichnis?q=deutsch"
    with runtime.database.read() as session:
        kept = session.exec(select(FavouriteOffer).where(FavouriteOffer.offer_id == offer_id)).all()
        assert len(kept) == 1
    shown = browser.get("/merkliste")
    check_page(shown)
    assert offer_id in shown.text
    browser.post(f"/angebote/{offer_id}/merken", data=data | {"merken": "0"})
    assert offer_id not in browser.get("/merkliste").text
    stray = browser.post(f"/angebote/{offer_id}/merken", data=data | {"next": "//evil.example"})
    assert stray.headers["Location"] == f"/angebote/{offer_id}"


def test_chosen_lines_become_a_selection_that_can_be_arranged(
    runtime: Runtime, browser: FlaskClient
) -> None:
    a, b, c = usual(runtime)[:3]
    address = collect(browser, [a, b])
    selection_id = address.rsplit("/", 1)[1]
    page = browser.get(address)
    check_page(page)
    token = token_of(page)
    browser.post(
        "/auswahl/sammeln", data={"csrf_token": token, "angebot": [b, c], "auswahl": selection_id}
    )
    for offer_id, where in ((c, "hoch"), (a, "heraus")):
        answer = browser.post(
            f"{address}/angebote/{offer_id}", data={"csrf_token": token, "wohin": where}
        )
        assert answer.status_code == 303
    with runtime.database.read() as session:
        assert list_selected_offers(session, selection_id) == [c, b]
    wrong = browser.post(f"{address}/angebote/{a}", data={"csrf_token": token, "wohin": "weg"})
    assert wrong.status_code == 400
    empty = browser.post(address, data={"csrf_token": token, "title": " ", "note": "bleibt"})
    assert empty.status_code == 422
    assert "bleibt" in empty.text
    browser.post(address, data={"csrf_token": token, "title": "Umbenannt", "note": "Hinweis"})
    assert "Umbenannt" in browser.get("/auswahl").text
    browser.post(f"{address}/loeschen", data={"csrf_token": token})
    assert browser.get(address).status_code == 404


def test_nothing_chosen_or_no_title_is_said_and_changes_nothing(
    runtime: Runtime, browser: FlaskClient
) -> None:
    token = token_of(browser.get("/verzeichnis"))
    for data in ({"titel": "x"}, {"angebot": usual(runtime)[:1]}):
        answer = browser.post(
            "/auswahl/sammeln", data={"csrf_token": token} | data, follow_redirects=True
        )
        assert "Bitte wählen Sie Angebote aus" in answer.text
    too_many = {"csrf_token": token, "titel": "Alle", "angebot": usual(runtime)[:51]}
    answer = browser.post("/auswahl/sammeln", data=too_many, follow_redirects=True)
    assert "höchstens 50" in answer.text
    with runtime.database.read() as session:
        assert session.exec(select(Selection).where(Selection.title == "Alle")).all() == []


def test_a_selection_of_somebody_else_is_not_there(
    runtime: Runtime, browser: FlaskClient, sign_in: SignIn
) -> None:
    offer_id = usual(runtime)[0]
    address = collect(browser, [offer_id])
    link = share(browser, address)
    other = sign_in("team_lead")
    token = token_of(other.get("/verzeichnis"))
    assert other.get(address).status_code == 404
    assert other.get(f"{address}/liste.pdf").status_code == 404
    for path in ("", "/loeschen", "/teilen", "/mailen", f"/angebote/{offer_id}"):
        data = {"csrf_token": token, "title": "x", "tage": "30", "wohin": "heraus"}
        answer = other.post(f"{address}{path}", data=data | {"recipient": "a@b.example"})
        assert answer.status_code == 404, path
    assert browser.get(address).status_code == 200
    assert other.get(link).status_code == 200


def test_the_printed_list_has_only_what_may_leave_the_house(
    runtime: Runtime, browser: FlaskClient
) -> None:
    sensitive = offers(runtime, Offer.is_sensitive == True)[:1]  # noqa: E712
    address = collect(browser, [*usual(runtime)[:2], *sensitive])
    for language in ("de", "uk", "ar", "nonsense"):
        answer = browser.get(f"{address}/liste.pdf?sprache={language}")
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")
    assert "Fehlt beim Drucken und Teilen" in browser.get(address).text
    only_sensitive = collect(browser, sensitive, "Nur dies")
    assert browser.get(f"{only_sensitive}/liste.pdf").status_code == 303


def test_a_shared_link_needs_no_account_and_shows_public_offers_only(
    app: Flask, runtime: Runtime, browser: FlaskClient
) -> None:
    hidden = [
        *offers(runtime, Offer.visibility != "public"),
        *offers(runtime, Offer.is_sensitive == True),  # noqa: E712
    ]
    shown = usual(runtime)[:2]
    address = collect(browser, [*shown, *hidden[:20]])
    link = share(browser, address)
    stranger = app.test_client()
    page = stranger.get(link)
    check_page(page)
    assert "Set-Cookie" not in page.headers
    assert page.headers["Referrer-Policy"] == "no-referrer"
    with runtime.database.read() as session:
        for offer_id in shown:
            assert session.get_one(Offer, offer_id).title in page.text
        for offer_id in hidden[:20]:
            assert session.get_one(Offer, offer_id).title not in page.text
        places = session.exec(
            select(Place)
            .join(OfferPlace, OfferPlace.place_id == Place.id)  # type: ignore[arg-type]
            .where(Place.visibility == "protected")
        ).all()
    assert all(place.street not in page.text for place in places if place.street)
    calendar = stranger.get(f"{link}/kalender.ics")
    assert calendar.data.startswith(b"BEGIN:VCALENDAR")
    again = stranger.get(f"{link}/kalender.ics", headers={"If-None-Match": calendar.headers["ETag"]})
    assert again.status_code == 304
    assert "1-mal geöffnet" in browser.get(address).text


def test_a_forged_or_closed_link_leads_nowhere(
    app: Flask, runtime: Runtime, browser: FlaskClient
) -> None:
    address = collect(browser, usual(runtime)[:1])
    link = share(browser, address)
    stranger = app.test_client()
    for wrong in (link[:-1], f"{link}x", "/geteilt/x", "/geteilt/" + "x" * 300):
        for path in (wrong, f"{wrong}/kalender.ics"):
            answer = stranger.get(path)
            assert answer.status_code == 404
            assert "führt nirgendwohin" in answer.text
    page = browser.get(address)
    link_id = re.search(r"/links/([0-9a-f-]{36})/schliessen", page.text)
    assert link_id
    browser.post(f"{address}/links/{link_id.group(1)}/schliessen", data={"csrf_token": token_of(page)})
    assert stranger.get(link).status_code == 404


def test_a_mailed_selection_is_held_and_can_be_taken_back(
    runtime: Runtime, browser: FlaskClient
) -> None:
    offer_id = usual(runtime)[0]
    address = collect(browser, [offer_id])
    token = token_of(browser.get(address))
    wrong = browser.post(
        f"{address}/mailen", data={"csrf_token": token, "recipient": "a@b, c@d.example"}
    )
    assert wrong.status_code == 422
    sent = browser.post(
        f"{address}/mailen", data={"csrf_token": token, "recipient": "leser@haus.example"}
    )
    page = browser.get(sent.headers["Location"])
    check_page(page)
    with runtime.database.read() as session:
        mail = session.exec(select(OutboxMail).where(OutboxMail.purpose == "selection")).one()
        assert session.get_one(Offer, offer_id).title in mail.text_body
    assert mail.subject == "Eine Liste mit Angeboten für Sie"
    assert "/geteilt/" in mail.text_body
    assert "lindner" not in mail.text_body.lower()
    answer = browser.post(
        f"{address}/mail/{mail.id}/zurueckholen",
        data={"csrf_token": token},
        follow_redirects=True,
    )
    assert "zurückgeholt" in answer.text
    with runtime.database.read() as session:
        assert session.get_one(OutboxMail, mail.id).state == "withdrawn"


def test_one_person_cannot_flood_others_with_mail(runtime: Runtime, browser: FlaskClient) -> None:
    address = collect(browser, usual(runtime)[:1])
    token = token_of(browser.get(address))
    codes = [
        browser.post(
            f"{address}/mailen", data={"csrf_token": token, "recipient": f"p{number}@haus.example"}
        ).status_code
        for number in range(32)
    ]
    assert codes == [303] * 30 + [422] * 2


def test_a_gap_is_reported_from_the_search_and_closed_by_an_editor(
    runtime: Runtime, browser: FlaskClient, sign_in: SignIn
) -> None:
    form = browser.get(
        "/luecken/neu?text=Schwimmkurs+Frauen&kind=club&language=zgh&weekday=9&place=Zell"
    )
    check_page(form)
    assert "Schwimmkurs Frauen" in form.text
    data = {
        "csrf_token": token_of(form),
        "text": "=Schwimmkurs für Frauen",
        "kind": "club",
        "language": "fa",
        "place": "Zell",
    }
    assert browser.post("/luecken/neu", data=data | {"text": "x"}).status_code == 422
    for _ in range(2):
        assert browser.post("/luecken/neu", data=data).status_code == 303
    with runtime.database.read() as session:
        gap = session.exec(select(DirectoryGap).where(DirectoryGap.text == data["text"])).one()
    assert gap.filters == {"kind": "club", "language": "fa", "place": "Zell"}
    editor = sign_in("directory_editor")
    shown = editor.get("/pflege/luecken")
    check_page(shown)
    assert "Persisch" in shown.text
    assert "'=Schwimmkurs" in editor.get("/pflege/luecken.csv").data.decode("utf-8-sig")
    done = {"csrf_token": token_of(shown), "was": "schliessen", "antwort": "Kurs ab Mai"}
    editor.post(f"/pflege/luecken/{gap.id}", data=done)
    closed = editor.get("/pflege/luecken?stand=erledigt")
    check_page(closed)
    assert "Kurs ab Mai" in closed.text
    editor.post(f"/pflege/luecken/{gap.id}", data=done | {"was": "oeffnen"})
    assert "Schwimmkurs" in editor.get("/pflege/luecken").text


def test_a_title_that_is_too_long_is_said_in_german(browser: FlaskClient) -> None:
    token = token_of(browser.get("/auswahl"))
    answer = browser.post("/auswahl", data={"csrf_token": token, "title": "x" * 201})
    assert answer.status_code == 422
    assert "Bitte verwenden Sie höchstens 200 Zeichen." in answer.text
