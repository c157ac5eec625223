"""The mails to those who register: friendly, in German, without anything that others must not read."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlmodel import Session

from app.core.i18n import format_day, language
from app.core.i18n import gettext as _
from app.mail.service import draft_mail, write_mail
from app.volunteers.models import Registration

SUBJECT_TYPE: Final = "registration"
CONFIRM_MAIL: Final = "registration_confirm"
QUESTION_MAIL: Final = "registration_ask"


def mail_confirmation(session: Session, registration: Registration, address: str, until: date) -> None:
    """Ask whether the address is theirs; ``address`` is the page with the button."""
    blocks = [
        _("Good day,"),
        _("somebody registered with this address to help newcomers. Was it you? Please confirm it:"),
        address,
        _("The link works until %(day)s.", day=format_day(until)),
        _("Was it not you? Then you need do nothing: without confirmation everything is deleted."),
    ]
    _write(session, registration, "confirm", _("Please confirm your registration"), blocks)


def mail_question(
    session: Session, registration: Registration, number: int, question: str, address: str, until: date
) -> None:
    """Ask back; the answer goes through a page of our own (``address``)."""
    blocks = [
        _("Good day,"),
        _("thank you for wanting to help! We have a question about your registration:"),
        question,
        _("You can answer here, without an account (until %(day)s):", day=format_day(until)),
        address,
    ]
    _write(session, registration, f"ask:{number}", _("A question about your registration"), blocks)


def mail_acceptance(session: Session, registration: Registration, address: str | None) -> None:
    """Welcome; ``address``: where they keep their entry right by themselves."""
    blocks = [
        _("Good day,"),
        _("thank you, and welcome! Your entry stands in our directory now."),
    ]
    if address is not None:
        blocks += [_("With this address you see it, change it or take a break. No password:"), address]
    blocks.append(_("We contact you as soon as somebody fits."))
    _write(session, registration, "accept", _("Welcome!"), blocks)


def mail_decline(session: Session, registration: Registration, words: str) -> None:
    """Decline with the editor's own words."""
    with language("de"):
        _write(session, registration, "decline", _("About your registration"), [words])


def friendly_decline() -> str:
    """A text to start from, in German."""
    with language("de"):
        return "\n\n".join(
            [
                _("Good day,"),
                _("thank you for your registration and for wanting to help."),
                _("At the moment we cannot take it on, and we are sorry about that."),
                _("What you entered will be deleted. You are welcome to come back to us any time."),
            ]
        )


def _write(
    session: Session, registration: Registration, step: str, subject: str, blocks: list[str]
) -> None:
    write_mail(
        session,
        draft_mail(
            key=f"registration:{registration.id}:{step}",
            purpose=f"registration_{step.split(':')[0]}",
            recipient=registration.email,
            subject=subject,
            text="\n\n".join(blocks),
            subject_type=SUBJECT_TYPE,
            subject_id=registration.id,
        ),
    )
