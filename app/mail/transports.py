"""How a mail leaves the house: by an SMTP server, or, in the demo, as a file that one can look at."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from app.mail.addresses import wire_address
from app.mail.answers import Stage, judge_refusal
from app.mail.models import OutboxMail
from app.settings import LOOPBACK_HOSTS, Settings

TIMEOUT_SECONDS: Final = 90
"""For each answer of the server. Some look for viruses before they take a mail."""
_GOING_AWAY: Final = 421
_SENDER_NAME: Final = "Lotsenbuch"
_DEFAULT_PORTS: Final = {"smtp": 587, "smtps": 465}


class AddressRefusedError(Exception):
    """The other side says for good that it does not deliver to this address."""


class MailRefusedError(Exception):
    """The other side will never take this mail; the address may be fine."""


class UnsentError(Exception):
    """It did not work this time."""


class NothingTakenError(UnsentError):
    """It did not work, and the next mail would fare no better on this connection."""


class Transport(Protocol):
    """Takes mails to the other side."""

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Deliver; raises `AddressRefusedError`, `MailRefusedError` or `UnsentError`."""
        ...


def build_message(mail: OutboxMail, sender: str) -> EmailMessage:
    """The mail as it goes out: plain text with an HTML alternative, the same each time it is built."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=200))
    message["Message-ID"] = mail.message_id
    message["Date"] = formatdate(mail.created_at.timestamp())
    message["From"] = f"{_SENDER_NAME} <{sender}>"
    message["To"] = wire_address(mail.recipient)
    message["Subject"] = mail.subject
    if mail.reply_to:
        message["Reply-To"] = wire_address(mail.reply_to)
    message["Auto-Submitted"] = "auto-generated"  # so that no absence note answers (RFC 3834)
    message.set_content(mail.text_body, charset="utf-8", cte="quoted-printable")
    if mail.html_body:
        message.add_alternative(mail.html_body, subtype="html", charset="utf-8", cte="quoted-printable")
        message.set_boundary(f"lotsenbuch-{mail.id}")
    return message


@contextmanager
def open_transport(settings: Settings) -> Iterator[Transport]:
    """The way out that ``settings`` name, open for several mails; raises `UnsentError`."""
    if settings.smtp_url is None:
        yield FolderTransport(settings.mail_folder)
        return
    try:
        server = _connect(settings.smtp_url)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise UnsentError(_words(error)) from None
    try:
        yield SmtpTransport(server, settings.mail_from)
    finally:
        _close(server)


class FolderTransport:
    """Puts each mail into a file named after its Message-ID: sent again, it is the same file."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first mail comes."""
        self._folder = folder

    def send(self, message: EmailMessage, recipient: str) -> None:  # noqa: ARG002  stands in the message
        """Write the file, whole or not at all."""
        name = message["Message-ID"].strip("<>").partition("@")[0]
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._folder / f".{name}.{os.getpid()}"
            draft.write_bytes(bytes(message))
            draft.replace(self._folder / f"{name}.eml")
        except OSError as error:
            raise UnsentError(error.strerror or "the folder cannot be written") from None


class SmtpTransport:
    """Hands mails to an open connection."""

    def __init__(self, server: smtplib.SMTP, sender: str) -> None:
        """The connection stays the caller's."""
        self._server = server
        self._sender = sender

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand the mail over; raises what `Transport.send` names."""
        address = wire_address(recipient)
        try:
            self._server.send_message(message, self._sender, [address])
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(*error.recipients[address], stage="recipient") from None
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error, stage="content") from None
        except (OSError, smtplib.SMTPServerDisconnected, smtplib.SMTPSenderRefused) as error:
            raise NothingTakenError(_words(error)) from None
        except smtplib.SMTPException as error:
            raise UnsentError(_words(error)) from None


def _refusal(code: int, answer: bytes | str, stage: Stage) -> Exception:
    words = _one_line(answer)
    said = f"{code} {words}"
    if code == _GOING_AWAY:
        return NothingTakenError(said)
    match judge_refusal(code, words, stage):
        case "address_refused":
            return AddressRefusedError(said)
        case "mail_refused":
            return MailRefusedError(said)
        case "later":
            return UnsentError(said)


def _one_line(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if parts.username:
            _refuse_to_tell_passwords(server, host)
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        _close(server)
        raise
    return server


def _refuse_to_tell_passwords(server: smtplib.SMTP, host: str) -> None:
    """Who takes STARTTLS out of the server's greeting must not get the password for it."""
    if not isinstance(server.sock, ssl.SSLSocket) and host not in LOOPBACK_HOSTS:
        raise smtplib.SMTPNotSupportedError("the mail server offers no TLS to log in by")


def _close(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _words(error: Exception) -> str:
    """What went wrong in one line, without anything that was sent (a login may be in it)."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{error.smtp_code} the mail server refused the login"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_one_line(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return str(error)
    if isinstance(error, ValueError):  # its words may hold a part of the password
        return "LOTSENBUCH_SMTP_URL cannot be used: write what is special in the password as %XX"
    return f"{type(error).__name__}: {getattr(error, 'strerror', None) or 'no connection'}"
