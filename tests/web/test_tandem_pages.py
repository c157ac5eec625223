"""The pages of tandems: the list, the case, the offer of a volunteer."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.accounts.models import User
from app.cases.models import Client
from app.core.ids import new_id
from app.directory.models import Offer
from app.matching.models import Tandem, TandemWish, VolunteerWish
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION
from tests.web.conftest import EMAIL_OF_ROLE, SignIn, check_page, token_of


def _runtime(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


@pytest.fixture
def client_id(app: Flask) -> str:
    """A client of the first case worker who wishes no tandem."""
    with _runtime(app).database.read() as session:
        worker = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["case_worker"])).one()
        found = session.exec(
            select(Client.id)
            .where(
                Client.case_worker_id == worker.id,
                col(Client.closed_on).is_(None),
                col(Client.id).not_in(select(TandemWish.client_id)),
            )
            .order_by(col(Client.id))
        ).first()
    assert found is not None
    return found


@pytest.fixture
def offer_id(app: Flask) -> str:
    """A volunteer's offer with one place."""
    with _runtime(app).database.write() as session:
        offer = session.exec(
            select(Offer)
            .where(
                Offer.kind == "volunteer",
                Offer.status == "published",
                col(Offer.is_sensitive).is_(False),
            )
            .order_by(col(Offer.id))
        ).first()
        assert offer is not None
        wish = session.get(VolunteerWish, offer.id) or VolunteerWish(offer_id=offer.id)
        wish.max_clients = 1
        session.add(wish)
        return offer.id


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _post(browser: FlaskClient, page: str, path: str, **data: str):
    shown = browser.get(page)
    return browser.post(path, data={"csrf_token": token_of(shown), **data}, follow_redirects=True)


def test_from_the_wish_to_the_tandem_and_its_end(
    app: Flask, browser: FlaskClient, client_id: str, offer_id: str
) -> None:
    page = f"/faelle/{client_id}/tandem"
    assert "Noch ist kein Wunsch" in browser.get(page).text
    shown = _post(browser, page, f"{page}/wunsch", topics="Fußball, kochen", wanted_sex="")
    assert "Der Wunsch nach einem Tandem ist festgehalten." in shown.text
    check_page(shown)
    assert client_id in browser.get("/tandems").text
    key = new_id()
    told = {"offer_id": offer_id, "started_on": "20.11.2026", "creation_key": key}
    refused = _post(browser, page, page, **told)
    assert refused.status_code == 422
    assert "Ohne das Ja der Klient:in gibt es kein Tandem." in refused.text
    check_page(refused)
    shown = _post(browser, page, page, **told, is_agreed="y")
    assert "Das Tandem ist festgehalten." in shown.text
    check_page(shown)
    assert "Tandem vereinbart" in browser.get(f"/faelle/{client_id}/verlauf").text
    assert client_id in browser.get(f"/angebote/{offer_id}").text
    with _runtime(app).database.read() as session:
        tandem = session.exec(select(Tandem).where(Tandem.creation_key == key)).one()
    end = f"{page}/{tandem.id}/beenden"
    refused = _post(browser, page, end, version="1", reason="", ended_on="23.11.2026")
    assert refused.status_code == 422
    ending = {"version": "1", "reason": "reached", "ended_on": "23.11.2026"}
    shown = _post(browser, page, end, **ending)
    assert "Das Ende des Tandems ist festgehalten." in shown.text
    assert "haben erreicht, was sie wollten" in shown.text
    check_page(shown)


def test_a_full_volunteer_is_told_in_one_sentence(
    app: Flask, browser: FlaskClient, client_id: str, offer_id: str
) -> None:
    page = f"/faelle/{client_id}/tandem"
    _post(browser, page, f"{page}/wunsch", topics="", wanted_sex="female")
    shown = browser.get(page)
    with _runtime(app).database.write() as session:
        session.get_one(VolunteerWish, offer_id).max_clients = 0
    told = {"offer_id": offer_id, "started_on": "20.11.2026", "is_agreed": "y", "creation_key": "k"}
    answer = browser.post(page, data={"csrf_token": token_of(shown), **told})
    assert answer.status_code == 409
    assert "Hier ist kein Platz mehr frei: Jemand anderes war schneller." in answer.text
    check_page(answer)


@pytest.mark.parametrize(
    "told",
    [
        {"topics": "völlig unbekanntes Wort", "wanted_sex": ""},
        {"topics": "", "wanted_sex": "someone"},
        {"topics": ",".join(["x" * 4000] * 30), "wanted_sex": "\x00"},
    ],
    ids=["unknown-topic", "unknown-sex", "huge"],
)
def test_an_odd_wish_is_answered_beside_its_field(
    app: Flask, browser: FlaskClient, client_id: str, told: dict[str, str]
) -> None:
    page = f"/faelle/{client_id}/tandem"
    answer = _post(browser, page, f"{page}/wunsch", **told)
    assert answer.status_code == 422
    check_page(answer)
    with _runtime(app).database.read() as session:
        assert session.get(TandemWish, client_id) is None


def test_a_wish_is_dropped(app: Flask, browser: FlaskClient, client_id: str) -> None:
    page = f"/faelle/{client_id}/tandem"
    _post(browser, page, f"{page}/wunsch", topics="", wanted_sex="")
    shown = _post(browser, page, f"{page}/wunsch/streichen")
    assert "Es wird kein Tandem mehr gewünscht." in shown.text
    with _runtime(app).database.read() as session:
        assert session.get(TandemWish, client_id) is None


def test_the_list_shows_reasons_and_names_of_own_cases_alone(app: Flask, sign_in: SignIn) -> None:
    shown = sign_in("case_worker").get("/tandems")
    check_page(shown)
    lead = sign_in("team_lead").get("/tandems")
    check_page(lead)
    with _runtime(app).database.read() as session:
        worker = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["case_worker"])).one()
        rows = session.exec(
            select(Client).join(TandemWish, col(TandemWish.client_id) == Client.id)
        ).all()
    foreign = [one for one in rows if one.case_worker_id != worker.id]
    assert foreign
    assert not [one for one in foreign if one.id in shown.text]
    assert "Für die ehrenamtliche Person" in lead.text


def test_the_editor_notes_wishes_and_case_workers_read_them(
    app: Flask, sign_in: SignIn, offer_id: str
) -> None:
    editor, path = sign_in("directory_editor"), f"/angebote/{offer_id}/tandem"
    with _runtime(app).database.read() as session:
        version = str(session.get_one(VolunteerWish, offer_id).version)
    check_page(editor.get(path))
    for number in ("zwei", "99", "", "-1"):
        answer = _post(editor, path, path, version=version, max_clients=number, sex="", wanted_sex="")
        assert answer.status_code == 422
        check_page(answer)
    told = {"max_clients": "4", "sex": "female", "wanted_sex": "female"}
    shown = _post(editor, path, path, version=version, **told)
    assert "4 Plätze frei" in shown.text
    stale = _post(editor, path, path, version=version, **(told | {"max_clients": "3"}))
    assert stale.status_code == 409
    assert "mit einer Frau" in sign_in("case_worker").get(f"/angebote/{offer_id}").text
    assert "Tandems" not in sign_in("administrator").get(f"/angebote/{offer_id}").text


def test_an_offer_that_is_not_a_volunteers_has_no_wishes(app: Flask, sign_in: SignIn) -> None:
    with _runtime(app).database.read() as session:
        course = session.exec(select(Offer.id).where(Offer.kind == "language_course")).first()
    editor = sign_in("directory_editor")
    assert editor.get(f"/angebote/{course}/tandem").status_code == 404
    assert editor.get("/angebote/nothing/tandem").status_code == 404


def test_nothing_of_the_wishes_stands_in_public(app: Flask, offer_id: str) -> None:
    with _runtime(app).database.write() as session:
        session.get_one(VolunteerWish, offer_id).sex = "diverse"
    answer = app.test_client().get(f"/wegweiser/angebote/{offer_id}")
    assert answer.status_code == 200
    assert "Tandems" not in answer.text
    assert "divers" not in answer.text
