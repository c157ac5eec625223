"""What an editor does with a registration: look, check, ask back, decline. Accepting enters it into the
directory and stands in `app.operations.registrations`.

Nothing is committed here; each step is audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.volunteers.checks import Checks, who_saw
from app.volunteers.mails import mail_decline
from app.volunteers.models import Registration, RegistrationMessage
from app.volunteers.registering import move
from app.volunteers.registration_states import AFTER, IN_THE_QUEUE

FORGET_DECIDED: Final = timedelta(days=30)
"""So long the editors can look up what they decided; then it is deleted."""
FORGET_UNDECIDED: Final = timedelta(days=180)
"""From the last that was said: nobody waits so long, and what was told is out of date."""
MAX_WORDS: Final = 4000


def get_registration(
    session: Session, registration_id: str, version: int | None = None
) -> Registration:
    """One that an editor may see, locked when ``version`` is given; raises `NotFoundError`,
    `ConflictError`.

    Whose address is not confirmed, and what is decided, is nobody's business.
    """
    statement = select(Registration).where(
        Registration.id == registration_id, col(Registration.state).in_(IN_THE_QUEUE)
    )
    if version is not None:
        statement = statement.with_for_update()
    registration = session.exec(statement).first()
    if registration is None:
        raise NotFoundError("no such registration")
    if version is not None and registration.version != version:
        raise ConflictError(_("Somebody else changed this registration in the meantime."))
    return registration


def list_messages(session: Session, registration_id: str) -> Sequence[RegistrationMessage]:
    """What was asked and answered, the first one first."""
    return session.exec(
        select(RegistrationMessage)
        .where(RegistrationMessage.registration_id == registration_id)
        .order_by(col(RegistrationMessage.at), col(RegistrationMessage.id))
    ).all()


def read_checks(registration: Registration) -> Checks:
    """What was seen and done so far."""
    return Checks.model_validate(registration.checks)


def save_checks(
    session: Session, actor: Actor, registration_id: str, checks: Checks, version: int
) -> Registration:
    """Keep what was seen; who looked at a clearance is noted with it."""
    registration = get_registration(session, registration_id, version)
    kept = who_saw(checks, read_checks(registration), actor.id)
    registration.checks = kept.model_dump(mode="json")
    registration.version += 1
    session.add(registration)
    record_access(session, actor.id, "registration.check", "registration", registration.id)
    session.flush()
    return registration


def ask_back(
    session: Session, actor: Actor, registration_id: str, text: str, creation_key: str, version: int
) -> int | None:
    """Keep the question; its number, or `None` when this form was sent before.

    The mail is the caller's: it needs a link.
    """
    if _is_known(session, creation_key):
        return None
    registration = get_registration(session, registration_id, version)
    add_message(session, registration, actor.id, text, creation_key)
    if registration.state == "asked":
        registration.version += 1
        session.add(registration)
    else:
        move(session, registration, "asked", actor.id, "ask")
    return len(list_messages(session, registration.id))


def take_reply(session: Session, registration_id: str, text: str, creation_key: str) -> bool:
    """What the one who registered answers; `False`: it is decided, or was withdrawn."""
    registration = session.exec(
        select(Registration).where(Registration.id == registration_id).with_for_update()
    ).first()
    if registration is None or registration.state not in IN_THE_QUEUE:
        return False
    if _is_known(session, creation_key):
        return True
    add_message(session, registration, None, text, creation_key)
    if registration.state == "asked":
        move(session, registration, "waiting", None, "reply")
    return True


def decline(
    session: Session, actor: Actor, registration_id: str, words: str, version: int
) -> Registration:
    """Decline, with a friendly mail in the editor's words."""
    registration = get_registration(session, registration_id, version)
    text = _checked(words)
    decide(session, registration, "declined", actor, "decline")
    mail_decline(session, registration, text)
    return registration


def decide(session: Session, registration: Registration, state: str, actor: Actor, verb: str) -> None:
    """The last step: who decided and when is kept for a while."""
    registration.decided_at = utc_now()
    registration.decided_by = actor.id
    move(session, registration, state, actor.id, verb)


def forget_decided(session: Session, now: datetime) -> int:
    """Delete what was decided long enough ago; how many."""
    ends = [state for state, after in AFTER.items() if not after]
    result: Any = session.execute(
        delete(Registration).where(
            col(Registration.state).in_(ends), col(Registration.decided_at) < now - FORGET_DECIDED
        )
    )
    return int(result.rowcount)


def forget_undecided(session: Session, now: datetime) -> int:
    """Delete what has lain in the queue for `FORGET_UNDECIDED` without a word; how many."""
    latest = now - FORGET_UNDECIDED
    spoken = exists().where(
        col(RegistrationMessage.registration_id) == col(Registration.id),
        col(RegistrationMessage.at) >= latest,
    )
    result: Any = session.execute(
        delete(Registration).where(
            col(Registration.state).in_(IN_THE_QUEUE),
            col(Registration.confirmed_at) < latest,
            ~spoken,
        )
    )
    return int(result.rowcount)


def add_message(
    session: Session, registration: Registration, author_id: str | None, text: str, creation_key: str
) -> None:
    """Keep a question or an answer; raises `InvalidInputError` when nothing is said, or too much."""
    message = RegistrationMessage(
        registration_id=registration.id,
        author_id=author_id,
        text=_checked(text),
        creation_key=creation_key,
    )
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        raise ConflictError(_("This form was already used. Please open a new one.")) from None


def _checked(text: str) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise InvalidInputError(_("Please write something."), field="text")
    if len(words) > MAX_WORDS:
        raise InvalidInputError(
            _("Please use at most %(max)s characters.", max=MAX_WORDS), field="text"
        )
    return words


def _is_known(session: Session, creation_key: str) -> bool:
    statement = select(RegistrationMessage.id).where(RegistrationMessage.creation_key == creation_key)
    return session.exec(statement).first() is not None
