"""The outbox against a real SMTP server: sent once, tried again, given back, taken back."""

from __future__ import annotations

import email
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.policy import default

import pytest
from aiosmtpd.smtp import AuthResult
from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.mail.models import OutboxMail
from app.mail.sending import CLAIM, SERVER_PAUSE, WAITS, send_due, wait_after
from app.mail.service import (
    EARLIER_CAME_BACK,
    bounced_recipients,
    build_html,
    draft_mail,
    send_again,
    withdraw_mail,
    write_mail,
)
from app.operations.runtime import Runtime
from tests.post_office import PostOffice, by_smtp, let_time_pass, mail_of, open_post_office, write


def test_a_mail_goes_out_once_as_text_and_html(runtime: Runtime, office: PostOffice) -> None:
    mail_id = write(runtime, recipient="buero@müller.example", reply_to="haus@stadt.example")
    settings = by_smtp(runtime, office)
    assert send_due(runtime.database, settings).sent == 1
    assert send_due(runtime.database, settings).sent == 0
    ((recipient, message),) = office.taken
    assert recipient == str(message["To"]) == "buero@xn--mller-kva.example"
    assert message["Subject"] == "Stimmt das noch? Öffnungszeiten"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "haus@stadt.example"
    text = message.get_body(("plain",))
    page = message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Guten Tag" in text.get_content()
    assert '<a href="https://x.example/a?b=1">' in page.get_content()
    assert mail_of(runtime, mail_id).state == "sent"


def test_the_same_key_is_written_once(runtime: Runtime) -> None:
    first = write(runtime, "reminder:1")
    assert write(runtime, "reminder:1", subject="Etwas anderes") == first
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: write(runtime, "reminder:2"), range(16)))
    assert len(ids) == 1
    with runtime.database.read() as session:
        assert len(session.exec(select(OutboxMail)).all()) == 2


def test_a_mail_of_a_transaction_that_fails_was_never_written(runtime: Runtime) -> None:
    draft = draft_mail(key="k", purpose="p", recipient="a@b.example", subject="s", text="t")

    def write_and_fail() -> None:
        with runtime.database.write() as session:
            write_mail(session, draft)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with runtime.database.read() as session:
        assert session.exec(select(OutboxMail)).all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", "a@b.example\r\nBcc: c@d.example"),
        ("recipient", "a@b.example, c@d.example"),
        ("recipient", "nobody"),
        ("recipient", "Name <a@b.example>"),
        ("recipient", "a" * 300 + "@b.example"),
        ("reply_to", "a@b.example\nX: y"),
        ("subject", "Hallo\nBcc: c@d.example"),
        ("subject", ""),
        ("subject", "x" * 301),
        ("text", "x" * 100_001),
        ("purpose", "drop table"),
    ],
    ids=lambda value: str(value)[:12].strip().replace("\r\n", " "),
)
def test_what_does_not_belong_into_a_head_line_is_refused(field: str, value: str) -> None:
    sound = {"key": "k", "purpose": "p", "recipient": "a@b.example", "subject": "s", "text": "t"}
    with pytest.raises(InvalidInputError) as error:
        draft_mail(**(sound | {field: value}))
    assert error.value.field == field


def test_words_of_others_stay_words_in_the_html_part() -> None:
    page = build_html('Titel: <script>alert("1")</script>\n\nhttps://x.example/"><b>')
    assert "<script>" not in page
    assert "<b>" not in page


def test_a_refused_address_bounces_and_the_next_mail_goes_out(
    runtime: Runtime, office: PostOffice
) -> None:
    office.answers["gone@verein.example"] = "550 5.1.1 no such user"
    refused = write(runtime, "1", recipient="gone@verein.example")
    write(runtime, "2", recipient="here@verein.example")
    report = send_due(runtime.database, by_smtp(runtime, office))
    assert (report.bounced, report.sent) == (1, 1)
    mail = mail_of(runtime, refused)
    assert (mail.state, mail.last_error) == ("bounced", "550 5.1.1 no such user")
    with runtime.database.read() as session:
        assert bounced_recipients(session) == {"gone@verein.example"}


def test_what_fails_for_now_is_tried_again_later_and_given_up_in_the_end(
    runtime: Runtime, office: PostOffice
) -> None:
    office.answers["busy@verein.example"] = "451 4.3.0 try later"
    mail_id = write(runtime, recipient="busy@verein.example")
    settings = by_smtp(runtime, office)
    for attempt in range(1, len(WAITS) + 1):
        assert send_due(runtime.database, settings).postponed == 1
        assert send_due(runtime.database, settings).postponed == 0
        mail = mail_of(runtime, mail_id)
        wait = mail.next_attempt_at - utc_now()
        assert mail.attempts == attempt
        assert timedelta(0) < wait <= WAITS[attempt - 1]
        let_time_pass(runtime, wait + timedelta(seconds=1))
    assert send_due(runtime.database, settings).failed == 1
    assert mail_of(runtime, mail_id).state == "failed"
    office.answers.clear()
    with runtime.database.write() as session:
        assert send_again(session, mail_id)
    assert send_due(runtime.database, settings).sent == 1
    assert wait_after(len(WAITS) + 1) is None


def test_without_a_server_everything_waits(runtime: Runtime, office: PostOffice) -> None:
    mail_id = write(runtime, recipient="a@verein.example")
    away = replace(runtime.settings, smtp_url="smtp://someone:s3cret-word@127.0.0.1:1")
    assert send_due(runtime.database, away).postponed == 1
    mail = mail_of(runtime, mail_id)
    assert (mail.state, mail.attempts) == ("waiting", 0)
    assert "s3cret-word" not in str(mail)
    assert "Connection refused" in str(mail.last_error)
    assert send_due(runtime.database, by_smtp(runtime, office)).sent == 0
    let_time_pass(runtime, SERVER_PAUSE + timedelta(seconds=1))
    assert send_due(runtime.database, by_smtp(runtime, office)).sent == 1
    assert mail_of(runtime, mail_id).last_error is None


def test_a_held_mail_can_be_taken_back_and_a_sent_one_not(runtime: Runtime, office: PostOffice) -> None:
    held = write(runtime, "1", recipient="a@b.example", hold_for=timedelta(minutes=10))
    other = write(runtime, "2", recipient="a@b.example", hold_for=timedelta(minutes=10))
    settings = by_smtp(runtime, office)
    assert send_due(runtime.database, settings).sent == 0
    with runtime.database.write() as session:
        assert withdraw_mail(session, held)
        assert not withdraw_mail(session, held)
    let_time_pass(runtime, timedelta(minutes=11))
    assert send_due(runtime.database, settings).sent == 1
    with runtime.database.write() as session:
        assert not withdraw_mail(session, other)


def test_in_the_demo_a_mail_is_a_file_of_its_own(runtime: Runtime) -> None:
    mail_id = write(runtime, recipient="a@verein.example")
    assert send_due(runtime.database, runtime.settings).sent == 1
    (file,) = runtime.settings.mail_folder.glob("*")
    assert file.name == f"{mail_id}.eml"
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert message["To"] == "a@verein.example"
    with runtime.database.write() as session:
        session.execute(update(OutboxMail).where(col(OutboxMail.id) == mail_id).values(state="waiting"))
    send_due(runtime.database, runtime.settings)
    assert list(runtime.settings.mail_folder.glob("*")) == [file]


def test_a_refused_relay_or_mail_makes_no_address_look_dead(
    runtime: Runtime, office: PostOffice
) -> None:
    office.answers["a@verein.example"] = "554 5.7.1 Relay access denied"
    waiting = write(runtime, "1", recipient="a@verein.example")
    settings = by_smtp(runtime, office)
    assert send_due(runtime.database, settings).postponed == 1
    office.content_answer = "554 5.6.0 this looks like an advertisement"
    failed = write(runtime, "2", recipient="b@verein.example")
    assert send_due(runtime.database, settings).failed == 1
    assert mail_of(runtime, waiting).state == "waiting"
    assert mail_of(runtime, failed).state == "failed"
    with runtime.database.read() as session:
        assert bounced_recipients(session) == set()


def test_a_server_that_takes_nothing_more_leaves_the_rest_as_it_was(
    runtime: Runtime, office: PostOffice
) -> None:
    office.answers["a0@verein.example"] = "421 4.7.0 too many mails"
    ids = [write(runtime, str(n), recipient=f"a{n}@verein.example") for n in range(3)]
    with runtime.database.write() as session:
        session.get_one(OutboxMail, ids[0]).next_attempt_at -= timedelta(minutes=1)
    assert send_due(runtime.database, by_smtp(runtime, office)).postponed == 1
    assert [mail_of(runtime, mail_id).attempts for mail_id in ids] == [1, 0, 0]
    assert send_due(runtime.database, by_smtp(runtime, office)).sent == 2


def test_an_address_from_which_a_mail_came_back_gets_none_until_one_arrives(
    runtime: Runtime, office: PostOffice
) -> None:
    office.answers["gone@verein.example"] = "550 5.1.1 no such user"
    settings = by_smtp(runtime, office)
    first = write(runtime, "1", recipient="gone@verein.example")
    send_due(runtime.database, settings)
    second = write(runtime, "2", recipient="gone@VEREIN.example")
    mail = mail_of(runtime, second)
    assert (mail.state, mail.last_error) == ("bounced", EARLIER_CAME_BACK)
    assert send_due(runtime.database, settings).bounced == 0
    office.answers.clear()
    with runtime.database.write() as session:
        assert send_again(session, first)
    assert send_due(runtime.database, settings).sent == 1
    with runtime.database.read() as session:
        assert bounced_recipients(session) == set()
    assert mail_of(runtime, write(runtime, "3", recipient="gone@verein.example")).state == "waiting"


def test_a_mail_that_a_sender_took_up_cannot_be_taken_back(runtime: Runtime) -> None:
    mail_id = write(runtime)
    with runtime.database.write() as session:
        session.get_one(OutboxMail, mail_id).claimed_until = utc_now() - timedelta(days=1)
    with runtime.database.write() as session:
        assert not withdraw_mail(session, mail_id)


def test_a_sender_that_is_to_end_leaves_the_rest(runtime: Runtime, office: PostOffice) -> None:
    for number in range(5):
        write(runtime, str(number), recipient=f"p{number}@verein.example")
    report = send_due(runtime.database, by_smtp(runtime, office), lambda: len(office.taken) == 2)
    assert report.sent == len(office.taken) == 2


def test_a_late_sender_does_not_undo_what_the_next_one_noted(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is so slow that its claim runs out; another sends the mail; then the first one fails."""
    mail_id = write(runtime)
    claimed_again = False

    def be_slow(*_given: object) -> None:
        nonlocal claimed_again
        if not claimed_again:
            claimed_again = True
            let_time_pass(runtime, CLAIM + timedelta(minutes=1))
            with runtime.database.write() as session:
                mail = session.get_one(OutboxMail, mail_id)
                mail.attempts, mail.claimed_until = 2, utc_now() + CLAIM
            raise OSError

    monkeypatch.setattr("app.mail.transports.FolderTransport.send", be_slow)
    send_due(runtime.database, runtime.settings)
    mail = mail_of(runtime, mail_id)
    assert (mail.attempts, mail.claimed_until is None) == (2, False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # on purpose, on loopback
@pytest.mark.parametrize(
    "password", ["wrong-w0rd", "pässw0rd", "a/b w0rd"], ids=["wrong", "umlaut", "raw"]
)
def test_a_login_that_fails_tells_no_password(
    runtime: Runtime, caplog: pytest.LogCaptureFixture, password: str
) -> None:
    caplog.set_level(logging.DEBUG)
    mail_id = write(runtime)

    def refuse(*_given: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    with open_post_office(authenticator=refuse, auth_require_tls=False, auth_required=True) as office:
        url = f"smtp://someone:{password}@127.0.0.1:{office.port}"
        settings = replace(runtime.settings, smtp_url=url)
        assert send_due(runtime.database, settings).sent == 0
    assert mail_of(runtime, mail_id).state == "waiting"
    for part in (password, password[:5], "w0rd"):
        assert part not in caplog.text
        assert part not in str(mail_of(runtime, mail_id))


def test_no_password_goes_over_an_open_line(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.mail.transports.LOOPBACK_HOSTS", frozenset())
    write(runtime)
    said: list[str] = []

    def listen(
        _server: object, _session: object, _envelope: object, _way: str, data: object
    ) -> AuthResult:
        said.append(str(data))
        return AuthResult(success=True)

    with open_post_office(authenticator=listen, auth_require_tls=False) as office:
        url = f"smtp://someone:secret@127.0.0.1:{office.port}"
        send_due(runtime.database, replace(runtime.settings, smtp_url=url))
    assert said == []
    assert "no TLS" in caplog.text
