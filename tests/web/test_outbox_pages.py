"""The outbox pages: what was sent, taken back, tried again."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.mail.models import OutboxMail
from app.mail.sending import send_due
from app.mail.service import draft_mail, write_mail
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, check_page, token_of


def _write(runtime: Runtime, key: str, hold_for: timedelta = timedelta(0)) -> str:
    with runtime.database.write() as session:
        return write_mail(
            session,
            draft_mail(
                key=key,
                purpose="reminder",
                recipient="verein@beispiel.example",
                subject=f"Stimmt das noch? <{key}>",
                text="Guten Tag,\n<b>bitte</b> sehen Sie nach.",
                hold_for=hold_for,
            ),
        )


def _state(runtime: Runtime, mail_id: str) -> str:
    with runtime.database.read() as session:
        return session.get_one(OutboxMail, mail_id).state


def test_the_list_shows_what_was_sent_and_what_waits(app: Flask, sign_in: SignIn) -> None:
    runtime: Runtime = app.extensions[EXTENSION]
    browser = sign_in("directory_editor")
    empty = browser.get("/pflege/postausgang?stand=withdrawn")
    check_page(empty)
    _write(runtime, "eins")
    send_due(runtime.database, runtime.settings)
    _write(runtime, "zwei", timedelta(hours=1))
    page = browser.get("/pflege/postausgang")
    check_page(page)
    assert "Stimmt das noch? &lt;eins&gt;" in page.text
    waiting = browser.get("/pflege/postausgang?stand=waiting&seite=99")
    assert "&lt;zwei&gt;" in waiting.text
    assert "&lt;eins&gt;" not in waiting.text


def test_a_mail_shows_its_text_and_can_be_taken_back_once(app: Flask, sign_in: SignIn) -> None:
    runtime: Runtime = app.extensions[EXTENSION]
    browser = sign_in("directory_editor")
    mail_id = _write(runtime, "held", timedelta(hours=1))
    page = browser.get(f"/pflege/postausgang/{mail_id}")
    check_page(page)
    assert "&lt;b&gt;bitte&lt;/b&gt;" in page.text
    data = {"csrf_token": token_of(page)}
    for words in ("wurde zurückgeholt", "zu spät"):
        answer = browser.post(
            f"/pflege/postausgang/{mail_id}/zurueckholen", data=data, follow_redirects=True
        )
        assert words in answer.text
    assert _state(runtime, mail_id) == "withdrawn"


def test_a_mail_that_came_back_can_be_tried_again(app: Flask, sign_in: SignIn) -> None:
    runtime: Runtime = app.extensions[EXTENSION]
    browser = sign_in("directory_editor")
    mail_id = _write(runtime, "bounced")
    with runtime.database.write() as session:
        session.get_one(OutboxMail, mail_id).state = "bounced"
    page = browser.get(f"/pflege/postausgang/{mail_id}")
    for words in ("wird noch einmal gesendet", "Nur eine E-Mail"):
        answer = browser.post(
            f"/pflege/postausgang/{mail_id}/erneut",
            data={"csrf_token": token_of(page)},
            follow_redirects=True,
        )
        assert words in answer.text
    assert _state(runtime, mail_id) == "waiting"


def test_the_list_says_why_a_mail_did_not_go_out(app: Flask, sign_in: SignIn) -> None:
    runtime: Runtime = app.extensions[EXTENSION]
    browser = sign_in("directory_editor")
    ids = [_write(runtime, "eins")]
    with runtime.database.write() as session:
        mail = session.get_one(OutboxMail, ids[0])
        mail.state, mail.attempts, mail.last_error = "bounced", 3, "550 <b>unknown</b>"
    ids.append(_write(runtime, "zwei"))
    page = browser.get("/pflege/postausgang?stand=bounced")
    check_page(page)
    for words in (
        "Der Mailserver: 550 &lt;b&gt;",
        "3 Versuche",
        "eine frühere E-Mail an diese Adresse",
    ):
        assert words in page.text
    for mail_id in ids:
        check_page(browser.get(f"/pflege/postausgang/{mail_id}"))
    assert browser.get("/pflege/postausgang/nothing").status_code == 404
    assert "Keine solche E-Mail" in browser.get("/pflege/postausgang?stand=withdrawn").text
