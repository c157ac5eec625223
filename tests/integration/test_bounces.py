"""What mail servers send back: taken in once, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app.cli import cli
from app.mail.bounces import MAX_REASON_CHARACTERS, read_bounce, record_bounce
from app.mail.sending import send_due
from app.mail.service import bounced_recipients
from app.operations.runtime import Runtime
from tests.post_office import mail_of, write

OUR_ID = "<00000000-0000-4000-8000-000000000000@lotsenbuch>"


def notification(message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """What a mail server sends back, with the headers of our mail at the end."""
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: lotsenbuch@demo.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; gone@verein.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 mailbox unavailable\r\n\r\n"
        "--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: lotsenbuch@demo.example\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\n--x--\r\n"
    ).encode()


def test_a_returned_mail_is_noted_once(runtime: Runtime) -> None:
    mail_id = write(runtime, recipient="gone@verein.example")
    send_due(runtime.database, runtime.settings)
    message_id = mail_of(runtime, mail_id).message_id
    with runtime.database.write() as session:
        assert not record_bounce(session, notification(message_id, "delayed", "4.4.1"))
        assert record_bounce(session, notification(message_id))
        assert not record_bounce(session, notification(message_id))
    mail = mail_of(runtime, mail_id)
    assert (mail.state, mail.last_error) == ("bounced", "smtp; 550 mailbox unavailable")
    with runtime.database.read() as session:
        assert bounced_recipients(session) == {"gone@verein.example"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"Subject: hello\r\n\r\nout of office",
        notification("<somebody@else>"),
        notification("<00000000-0000-0000-0000-000000000000@lotsenbuch>").replace(b"5.1.1", b"9.9"),
        b"x" * (3 * 1024 * 1024),
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/",
    ],
    ids=["empty", "bytes", "note", "foreign", "no-status", "huge", "cut"],
)
def test_what_is_no_notification_is_passed_over(data: bytes) -> None:
    bounce = read_bounce(data)
    assert bounce is None or not bounce.message_id.endswith("@lotsenbuch>")


def with_the_whole_mail(message_id: str) -> bytes:
    """As mail servers of offices send it: the whole mail attached, other words, long lines."""
    return (
        "From: postmaster@amt.example\r\nTo: lotsenbuch@demo.example\r\n"
        "Subject: Unzustellbar: Stimmt das noch?\r\nMIME-Version: 1.0\r\n"
        f"In-Reply-To: {message_id}\r\nReferences: {message_id}\r\n"
        "Message-ID: <123-abc@ex01.amt.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="b_1"\r\n\r\n'
        "--b_1\r\nContent-Type: multipart/alternative; boundary=b_2\r\n\r\n"
        "--b_2\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        "<p>Fehler f\u00fcr gone</p>\r\n--b_2--\r\n"
        "--b_1\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns;ex01.amt.example\r\n\r\n"
        "Final-recipient: RFC822;gone@verein.example\r\nAction: failed\r\nStatus: 5.1.10\r\n"
        "Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound;\r\n"
        "\tRecipient not found\r\n\r\n"
        "--b_1\r\nContent-Type: message/rfc822\r\n\r\n"
        f"From: Lotsenbuch <lotsenbuch@demo.example>\r\nmessage-id: {message_id}\r\n"
        "Subject: x\r\n\r\nGuten Tag\r\n\r\n--b_1--\r\n"
    ).encode()


def without_the_mail(message_id: str) -> bytes:
    """As servers send it that give nothing of the mail back but name it."""
    head, _sep, _rest = with_the_whole_mail(message_id).partition(
        b"--b_1\r\nContent-Type: message/rfc822"
    )
    return head + b"--b_1--\r\n"


@pytest.mark.parametrize("build", [with_the_whole_mail, without_the_mail])
def test_notifications_differ_and_are_understood(build: object) -> None:
    assert callable(build)
    bounce = read_bounce(build(OUR_ID))
    assert bounce is not None
    assert bounce.message_id == OUR_ID
    assert bounce.reason == "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"


def test_two_mails_named_and_none_given_back_tell_nothing() -> None:
    other = OUR_ID.replace("<0", "<1").encode()
    data = without_the_mail(OUR_ID).replace(b"References: ", b"References: " + other + b" ")
    assert read_bounce(data) is None


@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, 1200),
            st.integers(0, 40),
            st.sampled_from(
                [
                    b"",
                    b"\xff",
                    b"\xe4\x00",
                    b"\r\n",
                    b"\r\n\r\n",
                    b"=?utf-8?q?=ff?=",
                    b"charset=nix;",
                    b"--b_1\r\n",
                    b"Content-Type: message/rfc822\r\n",
                    b"Content-Transfer-Encoding: base64\r\n",
                ]
            ),
        ),
        max_size=6,
    )
)
def test_damaged_notifications_raise_nothing(cuts: list[tuple[int, int, bytes]]) -> None:
    for build in (notification, with_the_whole_mail):
        data = build(OUR_ID)
        for start, length, instead in cuts:
            data = data[:start] + instead + data[start + length :]
        bounce = read_bounce(data)
        assert bounce is None or (bounce.message_id.isascii() and bounce.reason.isprintable())
        assert bounce is None or 0 < len(bounce.reason) <= MAX_REASON_CHARACTERS


def test_the_commands_show_send_and_take_in(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    mail_id = write(runtime, recipient="a@verein.example")
    run = CliRunner().invoke
    assert "waiting    a@verein.example" in run(cli, ["mail", "list"]).output
    assert run(cli, ["mail", "send"]).output.startswith("sent 1,")
    assert run(cli, ["mail", "list", "--state", "waiting"]).output == ""
    report = tmp_path / "report.eml"
    report.write_bytes(notification(mail_of(runtime, mail_id).message_id))
    assert run(cli, ["mail", "bounces", str(report)]).exit_code == 0
    assert run(cli, ["mail", "bounces", "-"], input="nothing of ours").exit_code == 1
