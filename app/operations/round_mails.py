"""Mails to a part of the network: drafted, looked through, sent through the outbox, taken back.

Every mail ends with a link by which its address wants no more of them. Requests, reminders and answers
still reach it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Annotated, Final

from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import format_day, language
from app.core.i18n import gettext as _
from app.core.secrets import session_secret
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, withdraw_mail, write_mail
from app.operations.round_mail_audience import Audience, find_reach
from app.operations.round_mail_models import NewsOptOut, RoundMail
from app.operations.runtime import Runtime
from app.settings import Settings

PURPOSE: Final = "round_mail"
HOLD: Final = timedelta(minutes=10)
MAX_TEXT: Final = 10_000
"""Characters."""
_SALT: Final = "lotsenbuch.news"
MAX_TOKEN_CHARACTERS: Final = 500


class RoundMailInput(BaseModel):
    """What an editor writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
    event_on: date | None = None
    event_time: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    event_place: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    audience: Audience = Field(default_factory=Audience)

    @field_validator("subject")
    @classmethod
    def _is_one_line(cls, value: str) -> str:
        if not value.isprintable():
            words = _("A subject is one line.")
            raise PydanticCustomError("round_mail", "{words}", {"words": words})
        return value


def save_draft(
    session: Session,
    actor: Actor,
    told: RoundMailInput,
    creation_key: str,
    mail_id: str | None = None,
    version: int | None = None,
) -> RoundMail:
    """Keep a new draft (the form sent twice keeps one), or change the draft ``mail_id``.

    Raises `NotFoundError`, and `ConflictError` when it was changed since ``version`` or is sent.
    """
    if mail_id is None:
        known = session.exec(select(RoundMail).where(RoundMail.creation_key == creation_key)).first()
        if known is not None:
            return known
        row = RoundMail(subject="", text="", created_by=actor.id, creation_key=creation_key, version=0)
    else:
        row = _get_draft(session, mail_id, version)
    for name in ("subject", "text", "event_on", "event_time", "event_place"):
        setattr(row, name, getattr(told, name))
    row.audience = told.audience.model_dump(mode="json")
    row.version += 1
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise ConflictError(_("This form was already used. Please open a new one.")) from None
    record_access(session, actor.id, "round_mail.draft", "round_mail", row.id)
    return row


def drop_draft(session: Session, actor: Actor, mail_id: str, version: int) -> None:
    """Throw a draft away; raises like `save_draft`."""
    session.delete(_get_draft(session, mail_id, version))
    record_access(session, actor.id, "round_mail.drop", "round_mail", mail_id)
    session.flush()


def send_round_mail(
    session: Session, runtime: Runtime, actor: Actor, mail_id: str, version: int
) -> int:
    """Put it into the outbox for everybody it reaches today, held for ten minutes; to how many.

    Raises like `save_draft`, and `InvalidInputError` when it reaches nobody.
    """
    row = _get_draft(session, mail_id, version)
    recipients = find_reach(session, audience_of(row)).recipients
    if not recipients:
        raise InvalidInputError(_("This reaches nobody. Please choose differently."), field="kinds")
    editor = session.get_one(User, actor.id)
    for number, recipient in enumerate(recipients):
        draft = draft_mail(
            # with the version: taken back and sent again it is another mail
            key=f"round:{row.id}:{row.version}:{number}",
            purpose=PURPOSE,
            recipient=recipient.email,
            reply_to=editor.email,
            subject=row.subject,
            text=build_text(row, editor.name, opt_out_address(runtime.settings, recipient.email)),
            subject_type=PURPOSE,
            subject_id=row.id,
            hold_for=HOLD,
        )
        write_mail(session, draft)
    row.sent_at, row.sent_by, row.recipients = utc_now(), actor.id, len(recipients)
    row.version += 1
    session.add(row)
    record_access(session, actor.id, "round_mail.send", "round_mail", row.id)
    session.flush()
    return len(recipients)


def take_back(session: Session, actor: Actor, mail_id: str) -> bool:
    """Make it a draft again while none has left; `False`: some are on their way, nothing is changed."""
    row = _get(session, mail_id, for_update=True)
    if row.sent_at is None:
        return True
    now = utc_now()
    mails = _mails_of(session, row.id)
    waiting = [mail for mail in mails if mail.state == "waiting"]
    if any(mail.claimed_until is not None or mail.hold_until <= now for mail in waiting):
        return False
    if any(mail.state in {"sent", "failed"} for mail in mails):
        return False
    for mail in waiting:
        withdraw_mail(session, mail.id)
    row.sent_at, row.sent_by, row.recipients = None, None, 0
    row.version += 1
    session.add(row)
    record_access(session, actor.id, "round_mail.take_back", "round_mail", row.id)
    session.flush()
    return True


def get_round_mail(session: Session, mail_id: str) -> RoundMail:
    """One of them; raises `NotFoundError`."""
    return _get(session, mail_id)


def list_round_mails(session: Session) -> list[RoundMail]:
    """Drafts first, then the newest."""
    rows = select(RoundMail).order_by(
        col(RoundMail.sent_at).is_not(None), col(RoundMail.created_at).desc(), col(RoundMail.id)
    )
    return list(session.exec(rows))


def count_states(session: Session, mail_id: str) -> Counter[str]:
    """State in the outbox → to how many; of what is still kept there."""
    rows = session.exec(
        select(OutboxMail.state, func.count())
        .where(OutboxMail.subject_type == PURPOSE, OutboxMail.subject_id == mail_id)
        .where(OutboxMail.state != "withdrawn")
        .group_by(OutboxMail.state)
    )
    return Counter(dict(rows.all()))


def can_be_taken_back(row: RoundMail) -> bool:
    """Whether undo is still possible."""
    return row.sent_at is not None and utc_now() < row.sent_at + HOLD


def audience_of(row: RoundMail) -> Audience:
    """To whom it goes."""
    return Audience.model_validate(row.audience)


def build_text(row: RoundMail, editor_name: str, opt_out: str) -> str:
    """The mail as it arrives, in German."""
    with language("de"):
        blocks = [row.text.replace("\r\n", "\n")]
        if row.event_on is not None:
            when = ", ".join(filter(None, (format_day(row.event_on), row.event_time)))
            lines = [_("When: %(when)s", when=when)]
            if row.event_place:
                lines.append(_("Where: %(place)s", place=row.event_place))
            blocks.append("\n".join(lines))
        blocks.append(editor_name)
        blocks.append(
            _("You get this mail because you stand in our directory. No more round mails:")
            + f"\n{opt_out}"
        )
        return "\n\n".join(blocks)


# --- who wants none -------------------------------------------------------------------------------


def opt_out_address(settings: Settings, email: str) -> str:
    """The page on which whoever reads this address' mails says that they want none.

    It stays good as long as the secret: a right that must not expire.
    """
    token = URLSafeSerializer(session_secret(settings), salt=_SALT).dumps(email)
    return f"{settings.public_url}/rundmail/{token}"


def read_opt_out(settings: Settings, token: str) -> str | None:
    """The address that a link is about; `None`: forged or cut off."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        return None
    try:
        email = URLSafeSerializer(session_secret(settings), salt=_SALT).loads(token)
    except BadData:
        return None
    return email if isinstance(email, str) else None


def wants_none(session: Session, email: str) -> bool:
    """Whether no round mail goes to this address."""
    return session.get(NewsOptOut, email) is not None


def set_wants_none(session: Session, email: str, *, wants: bool) -> None:
    """Keep that the address wants none, or (``wants`` false) that it wants them again."""
    row = session.get(NewsOptOut, email)
    if wants and row is None:
        try:
            with session.begin_nested():
                session.add(NewsOptOut(email=email))
        except IntegrityError:
            return  # the same click at the same moment
    elif not wants and row is not None:
        session.delete(row)
    session.flush()


def _get(session: Session, mail_id: str, *, for_update: bool = False) -> RoundMail:
    row = session.get(RoundMail, mail_id, with_for_update=for_update)
    if row is None:
        raise NotFoundError("no such round mail")
    return row


def _get_draft(session: Session, mail_id: str, version: int | None) -> RoundMail:
    row = _get(session, mail_id, for_update=True)
    if row.sent_at is not None or row.version != version:
        raise ConflictError(_("Somebody else changed or sent this mail in the meantime."))
    return row


def _mails_of(session: Session, mail_id: str) -> list[OutboxMail]:
    rows = select(OutboxMail).where(
        OutboxMail.subject_type == PURPOSE,
        OutboxMail.subject_id == mail_id,
        col(OutboxMail.state) != "withdrawn",
    )
    return list(session.exec(rows))
