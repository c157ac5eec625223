"""Signing in, staying in, and getting out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.permissions import ROLES, Actor
from app.accounts.service import update_account
from app.core.clock import utc_now
from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from app.web.runtime import EXTENSION
from app.web.session import load_signed_in
from tests.web.conftest import SignIn, check_page, token_of

WORKER = DEMO_ACCOUNTS[0]


def _post(app: Flask, **fields: str) -> tuple[int, str, str]:
    browser = app.test_client()
    token = token_of(browser.get("/anmelden"))
    answer = browser.post("/anmelden", data={"csrf_token": token, **fields})
    return answer.status_code, answer.text, answer.headers.get("Location", "")


def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_page(app: Flask) -> None:
    answer = app.test_client().get("/verzeichnis?q=chor")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/anmelden?next=/verzeichnis?q%3Dchor"
    status, _, place = _post(
        app, email=WORKER.email, password=DEMO_PASSWORD, next="/verzeichnis?q=chor"
    )
    assert (status, place) == (302, "/verzeichnis?q=chor")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "x"]
)
def test_nobody_is_led_to_another_site_after_the_sign_in(app: Flask, target: str) -> None:
    _, _, place = _post(app, email=WORKER.email, password=DEMO_PASSWORD, next=target)
    assert place == "/heute"


def test_a_wrong_password_says_so_beside_the_field_and_keeps_the_address(app: Flask) -> None:
    status, page, _ = _post(app, email=WORKER.email, password="wrong")
    assert status == 422
    assert "Adresse oder das Passwort ist falsch" in page
    assert WORKER.email in page
    assert "wrong" not in page


def test_empty_fields_are_named(app: Flask) -> None:
    status, page, _ = _post(app, email="", password="")
    assert status == 422
    assert "Bitte geben Sie Ihre E-Mail-Adresse ein." in page
    assert "Bitte geben Sie Ihr Passwort ein." in page


def test_without_the_form_token_nothing_is_accepted(app: Flask) -> None:
    answer = app.test_client().post(
        "/anmelden", data={"email": WORKER.email, "password": DEMO_PASSWORD}
    )
    assert answer.status_code == 400
    check_page(answer)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_starts_on_a_page_it_may_see(sign_in: SignIn, role: str) -> None:
    answer = sign_in(role).get("/", follow_redirects=True)
    assert answer.status_code == 200
    check_page(answer)


def test_signing_out_ends_the_session(sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    token = token_of(browser.get("/heute"))
    browser.post("/abmelden", data={"csrf_token": token})
    assert browser.get("/heute").status_code == 302


def test_a_changed_role_ends_the_session_at_once(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    assert browser.get("/heute").status_code == 200
    admin = Actor(id="admin", role="administrator")
    with app.extensions[EXTENSION].database.write() as session:
        update_account(session, admin, WORKER.id, role="directory_editor", is_active=True, epoch=1)
    assert browser.get("/heute").status_code == 302


def test_a_session_ends_ten_hours_after_the_sign_in_however_much_it_is_used(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, begin = sign_in("case_worker"), utc_now()
    for hours, status in ((4, 200), (9.9, 200), (10.1, 302)):
        moment = begin + timedelta(hours=hours)
        monkeypatch.setattr("app.web.session.utc_now", lambda moment=moment: moment)
        assert browser.get("/heute").status_code == status


@pytest.mark.parametrize("rest", ["", ":", ":0", ":x", ":-1", ":0:x", ":0:" + "9" * 5000, ":0:1:2"])
def test_a_session_of_another_shape_is_nobody(app: Flask, rest: str) -> None:
    with app.test_request_context():
        assert load_signed_in(f"user{rest}") is None


def test_a_tampered_session_is_nobody(app: Flask) -> None:
    browser = app.test_client()
    browser.set_cookie("lotsenbuch", "eyJfdXNlcl9pZCI6IjEifQ.forged.signature")
    assert browser.get("/heute").status_code == 302


def test_the_interface_can_be_switched_to_english_and_back(sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    page = browser.get("/verzeichnis")
    assert 'lang="de"' in page.text
    browser.post(
        "/sprache", data={"csrf_token": token_of(page), "language": "en", "next": "/verzeichnis"}
    )
    page = browser.get("/verzeichnis")
    assert 'lang="en"' in page.text
    assert ">Directory<" in page.text
    wrong = browser.post("/sprache", data={"csrf_token": token_of(page), "language": "xx"})
    assert wrong.status_code == 400


NEW_CASE = {"given_name": "Neda", "interests": "Fußball,\nKochen", "languages": ["ar", "uk"]}


def test_a_form_whose_session_ended_meanwhile_loses_nothing(sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    stale = token_of(browser.get("/faelle/neu"))
    browser.post("/abmelden", data={"csrf_token": stale})
    own = {"Origin": "http://localhost"}
    kept = browser.post("/faelle/neu", data=NEW_CASE | {"csrf_token": stale}, headers=own)
    assert kept.status_code == 400
    check_page(kept)
    assert "nichts von dem, was Sie eingegeben haben, ist verloren" in kept.text
    for value in ("Neda", "Fußball,\nKochen", 'value="ar"', 'value="uk"'):
        assert value in kept.text
    _sign_in_again(browser)
    again = browser.post("/faelle/neu", data=NEW_CASE | {"csrf_token": token_of(kept)}, headers=own)
    assert again.status_code == 400  # the token is one of the session before
    sent = browser.post("/faelle/neu", data=NEW_CASE | {"csrf_token": token_of(again)}, headers=own)
    assert sent.status_code in {302, 303, 422}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_what_another_site_sends_is_not_kept(sign_in: SignIn, origin: str) -> None:
    browser = sign_in("case_worker")
    answer = browser.post("/faelle/neu", data=NEW_CASE, headers={"Origin": origin})
    assert answer.status_code == 400
    assert "Neda" not in answer.text


def test_a_password_is_never_kept(app: Flask) -> None:
    answer = app.test_client().post(
        "/anmelden",
        data={"email": "a@b.example", "password": "geheim-geheim"},
        headers={"Origin": "http://localhost"},
    )
    assert "geheim" not in answer.text


def _sign_in_again(browser: FlaskClient) -> None:
    token = token_of(browser.get("/anmelden"))
    browser.post(
        "/anmelden", data={"csrf_token": token, "email": WORKER.email, "password": DEMO_PASSWORD}
    )
