"""Accounts and the access log."""

from __future__ import annotations

from flask import Flask

from app.operations.demo_accounts import DEMO_ACCOUNTS
from tests.web.conftest import SignIn, check_page, token_of

NEW = {
    "name": "Neue Kollegin",
    "email": "neu@stadt.example",
    "role": "case_worker",
    "phone": "",
    "password": "ein langes Passwort",
}


def test_an_administrator_creates_an_account_that_can_sign_in(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    form = browser.get("/verwaltung/konten/neu")
    check_page(form)
    answer = browser.post(
        "/verwaltung/konten/neu", data=NEW | {"csrf_token": token_of(form)}, follow_redirects=True
    )
    assert "Neue Kollegin kann sich jetzt anmelden." in answer.text
    fresh = app.test_client()
    signed = fresh.post(
        "/anmelden",
        data={
            "csrf_token": token_of(fresh.get("/anmelden")),
            "email": NEW["email"],
            "password": NEW["password"],
        },
    )
    assert signed.headers["Location"] == "/heute"


def test_what_cannot_be_used_is_said_beside_the_field_and_nothing_is_lost(sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    token = token_of(browser.get("/verwaltung/konten/neu"))
    answer = browser.post(
        "/verwaltung/konten/neu",
        data=NEW | {"csrf_token": token, "password": "kurz", "email": "keine-adresse"},
    )
    assert answer.status_code == 422
    assert "mindestens 12 Zeichen" in answer.text
    assert "keine E-Mail-Adresse" in answer.text
    assert "Neue Kollegin" in answer.text


def test_a_taken_address_is_refused(sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    token = token_of(browser.get("/verwaltung/konten/neu"))
    taken = NEW | {"csrf_token": token, "email": DEMO_ACCOUNTS[0].email.upper()}
    answer = browser.post("/verwaltung/konten/neu", data=taken)
    assert answer.status_code == 422
    assert "schon ein Konto" in answer.text


def test_switching_an_account_off_is_kept(sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    address = f"/verwaltung/konten/{DEMO_ACCOUNTS[1].id}"
    form = browser.get(address)
    check_page(form)
    browser.post(
        address,
        data={"csrf_token": token_of(form), "role": "case_worker", "epoch": "1", "password": ""},
    )
    assert "ausgeschaltet" in browser.get("/verwaltung/konten").text


def test_a_form_opened_on_an_older_state_is_told_so(sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    address = f"/verwaltung/konten/{DEMO_ACCOUNTS[1].id}"
    fields = {"role": "team_lead", "is_active": "y", "epoch": "1", "password": ""}
    for expected in (302, 409):
        token = token_of(browser.get(address))
        assert browser.post(address, data=fields | {"csrf_token": token}).status_code == expected


def test_the_access_log_shows_who_did_what_without_content(sign_in: SignIn) -> None:
    sign_in("case_worker").get("/faelle")
    page = sign_in("data_protection_officer").get("/verwaltung/protokoll?vorgang=account.sign_in")
    check_page(page)
    assert "Mira Lindner" in page.text
    assert "Angemeldet" in page.text
    assert "Amira" not in page.text
