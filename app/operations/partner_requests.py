"""Asking the provider by mail: the step out of the house with its link, and taking it back in time.

The mail says which offer it is about and who asks, nothing about the client; what may be told stands
behind the link (`app.operations.partner_answers`). It is held for some minutes, so that the case worker
can take it back as long as no sender took it up, and it does not stand in the provider's inbox.

A provider whom the directory knows no e-mail of, but whose people have accounts, is asked in the inbox
alone (`app.operations.partner_inbox`): the mail to them says only that something waits there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.accounts.queries import list_users_of_provider
from app.audit.service import record_access
from app.cases.consents import revoke_consent
from app.cases.policy import is_referable_by
from app.cases.privacy_models import Consent
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import format_day, language
from app.core.i18n import gettext as _
from app.core.secrets import session_secret
from app.directory.models import Offer, Provider
from app.links.service import create_link
from app.mail.models import OutboxMail
from app.mail.service import EARLIER_CAME_BACK, MailDraft, draft_mail, write_mail
from app.operations.referring import MatchingBasis, refer_with_sheet
from app.operations.runtime import Runtime
from app.referrals.follow_ups import follow_up_day
from app.referrals.models import Referral
from app.referrals.opening import list_resting_on
from app.referrals.outcomes import fetch_referral, move_seat, record_outcome, take_step
from app.referrals.records import BundlePlace, OutcomeReport, ReferralOrder
from app.referrals.requests import (
    LINK_PURPOSE,
    MAIL_PURPOSE,
    SUBJECT_TYPE,
    close_request,
    has_left,
    list_newest_request,
    list_request_mails,
    notice_key,
    request_key,
)
from app.referrals.sealing import details_of, is_sealed
from app.referrals.states import FIRST_STATE
from app.referrals.transitions import TAKEN_BACK, TRANSITIONS
from app.settings import TIMEZONE

HOLD: Final = timedelta(minutes=10)
LINK_LIFE: Final = timedelta(days=60)
_MOST_TELLING: Final = ("sent", "waiting", "withdrawn", "failed", "bounced")
"""Of several mails with one request: the state of which one stands for all of them."""


class TooLateError(ConflictError):
    """The mail is on its way, or what was asked for has moved on."""

    def __init__(self) -> None:
        super().__init__(
            _("It is too late to take it back: the mail is on its way. Please call the provider.")
        )


@dataclass(frozen=True, slots=True)
class RequestState:
    """How far the newest mail to the provider has come."""

    mail_state: str
    """A code of `app.mail.queries.MAIL_STATES`."""
    leaves_at: datetime
    sent_at: datetime | None
    can_be_taken_back: bool


def find_request_address(session: Session, offer_id: str) -> str | None:
    """Where the provider is asked: the offer's own e-mail, else the provider's."""
    offer = session.get_one(Offer, offer_id)
    return offer.contact_email or session.get_one(Provider, offer.provider_id).email


def find_way_of_asking(session: Session, offer_id: str) -> Literal["mail", "inbox"] | None:
    """How the provider can be asked: by mail, in its people's inbox alone, or (`None`) by phone."""
    if find_request_address(session, offer_id) is not None:
        return "mail"
    return "inbox" if _list_people(session, offer_id) else None


def find_request_state(session: Session, referral: Referral) -> RequestState | None:
    """Of a referral that the caller may see; `None`: the provider was not asked by mail."""
    if referral.mode != "arranged":
        return None
    asked = list_newest_request(session, referral.id)
    if not asked:
        return None
    mail = min(asked, key=lambda one: _MOST_TELLING.index(one.state))
    return RequestState(
        mail_state=mail.state,
        leaves_at=mail.hold_until,
        sent_at=mail.sent_at,
        can_be_taken_back=referral.state == "sent" and _is_in_time(session, referral, asked),
    )


def refer_and_ask(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    order: ReferralOrder,
    basis: MatchingBasis,
    place: BundlePlace | None = None,
) -> Referral:
    """Arrange a referral and ask the provider with the same click; one undo takes both back.

    Raises like `refer_client` and `ask_provider`. The form sent twice asks once.
    """
    referral = refer_with_sheet(session, actor, order, basis, runtime.today, place)
    if referral.version > 1:
        return referral
    own_day = _day_of_their_own(session, order, runtime.today)
    asked = ask_provider(session, runtime, actor, referral.id, referral.version, own_day)
    asked.is_sent_at_once = True
    session.add(asked)
    return asked


def _day_of_their_own(session: Session, order: ReferralOrder, today: date) -> date | None:
    """The day on which the case worker wants to ask again, unless it is what the panel presets."""
    offer = session.get_one(Offer, order.offer_id)
    kind = None if offer.is_sensitive else offer.kind
    is_preset = order.follow_up_on == follow_up_day(FIRST_STATE["signpost"], today, kind=kind)
    return None if is_preset else order.follow_up_on


def ask_provider(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    referral_id: str,
    version: int,
    follow_up_on: date | None = None,
) -> Referral:
    """Take the step from agreed to sent, and write the mail with its link; asked twice, once.

    ``follow_up_on``: when to ask what came of it; `None`: when the reminders have had their time.

    Raises like `record_outcome` (the consent is looked for again), and `InvalidInputError` when the
    directory knows no e-mail, or mails to it come back.
    """
    referral = fetch_referral(session, referral_id, is_referable_by(actor))
    if referral.state == "sent" and any(map(_waits, list_request_mails(session, referral.id))):
        return referral
    today = runtime.today
    values = {"to_state": "sent", "follow_up_on": follow_up_on}
    report = OutcomeReport.model_validate(values, context={"today": today})
    record_outcome(session, actor, referral.id, report, version, today=today)
    _write_request(session, runtime, actor, referral)
    record_access(session, actor.id, "referral.ask", "referral", referral.id)
    return referral


def take_request_back(session: Session, actor: Actor, referral_id: str, today: date) -> Referral:
    """Withdraw the mail, close the link, and take the step back; a second time nothing happens.

    What was made with the same click is cancelled as a mistake. Raises `NotFoundError` and
    `TooLateError`.
    """
    referral = fetch_referral(session, referral_id, is_referable_by(actor))
    asked = list_newest_request(session, referral.id)
    if any(map(_is_stopped, asked)) and referral.state in {"agreed", "cancelled"}:
        return referral
    if referral.state != "sent" or not _is_in_time(session, referral, asked):
        raise TooLateError
    close_request(session, referral)
    for mail in asked:
        session.refresh(mail)
    if not all(map(_is_stopped, asked)):  # a sender took one up in this very moment
        raise TooLateError
    values: dict[str, object] = {"to_state": "agreed"}
    step = TRANSITIONS[TAKEN_BACK]
    if referral.is_sent_at_once:
        values = {"to_state": "cancelled", "reason": "mistake"}
        step = TRANSITIONS["sent", "cancelled"]
    report = OutcomeReport.model_validate(values, context={"today": today})
    move_seat(session, referral, step)
    take_step(session, referral, step, report, today, actor_id=actor.id)
    record_access(session, actor.id, "referral.take_back", "referral", referral.id)
    session.flush()
    return referral


def revoke_consent_and_links(
    session: Session, actor: Actor, client_id: str, consent_id: str, revoked_on: date
) -> Consent:
    """Revoke the consent; links that show what rested on it are closed, waiting mails stopped.

    Raises like `revoke_consent`.
    """
    consent = revoke_consent(session, actor, client_id, consent_id, revoked_on)
    resting = list_resting_on(session, client_id, [consent.id], actor)
    for referral in resting.get(consent.id, ()):
        close_request(session, referral)
    return consent


def _is_in_time(session: Session, referral: Referral, asked: Sequence[OutboxMail]) -> bool:
    """Whether nobody can have learnt of it: no mail left, nor does it stand in an inbox."""
    if not asked or not all(_waits(mail) or _is_stopped(mail) for mail in asked):
        return False
    has_inbox = bool(_list_people(session, details_of(referral).offer_id))
    return not (has_inbox and has_left(asked, utc_now()))


def _is_stopped(mail: OutboxMail) -> bool:
    """Whether it reached nobody and will not: withdrawn, or never sent as earlier ones came back."""
    never_sent = mail.state == "bounced" and mail.last_error == EARLIER_CAME_BACK
    return mail.state == "withdrawn" or never_sent


def _list_people(session: Session, offer_id: str) -> list[User]:
    """Those who look after the inbox of the provider that makes this offer."""
    provider_id = session.get_one(Offer, offer_id).provider_id
    return list_users_of_provider(session, provider_id, active_only=True)


def _waits(mail: OutboxMail) -> bool:
    return mail.state == "waiting" and mail.claimed_until is None


def _write_request(session: Session, runtime: Runtime, actor: Actor, referral: Referral) -> None:
    offer = session.get_one(Offer, details_of(referral).offer_id)
    asker = session.get_one(User, actor.id)
    number = len(list_request_mails(session, referral.id)) + 1
    recipient = find_request_address(session, offer.id)
    if recipient is None:
        _write_notices(session, runtime, referral, asker, number)
        return
    until = utc_now() + LINK_LIFE
    secret = session_secret(runtime.settings)
    token = create_link(session, secret, LINK_PURPOSE, referral.id, until, actor.id)
    words = write_words(session, runtime, referral, asker, token, until)
    key = request_key(referral.id, number)
    _require_sendable([_write_held(session, referral, asker, key, recipient, words)])


def _write_notices(
    session: Session, runtime: Runtime, referral: Referral, asker: User, number: int
) -> None:
    """Tell all who look after the inbox, each by a mail of their own, that something waits there."""
    people = _list_people(session, details_of(referral).offer_id)
    if not people:
        raise InvalidInputError(
            _("The directory knows no e-mail of this provider. Please call."), field="to_state"
        )
    words = write_notice(runtime, asker.name, asker.phone)
    _require_sendable(
        [
            _write_held(
                session, referral, asker, notice_key(referral.id, number, one.id), one.email, words
            )
            for one in people
        ]
    )


def _write_held(
    session: Session,
    referral: Referral,
    asker: User,
    key: str,
    recipient: str,
    words: tuple[str, str],
) -> OutboxMail:
    draft = _draft(
        key=key,
        purpose=MAIL_PURPOSE,
        recipient=recipient,
        reply_to=asker.email,
        subject=words[0],
        text=words[1],
        subject_type=SUBJECT_TYPE,
        subject_id=referral.id,
        hold_for=HOLD,
    )
    return session.get_one(OutboxMail, write_mail(session, draft))


def _require_sendable(mails: Sequence[OutboxMail]) -> None:
    if all(mail.state == "bounced" for mail in mails):
        raise InvalidInputError(
            _("An earlier mail to this provider came back. Please call."), field="to_state"
        )


def write_words(
    session: Session,
    runtime: Runtime,
    referral: Referral,
    asker: User,
    token: str,
    until: datetime,
    *,
    is_reminder: bool = False,
) -> tuple[str, str]:
    """Subject and text in German, with the title of the offer unless it is confidential."""
    offer = session.get_one(Offer, details_of(referral).offer_id)
    is_neutral = is_sealed(referral) or offer.visibility == "protected"
    with language("de"):
        return build_request(
            asker_name=asker.name,
            asker_phone=asker.phone,
            offer_title=None if is_neutral else offer.title,
            address=f"{runtime.settings.public_url}/rueckmeldung/{token}",
            until=until.astimezone(TIMEZONE).date(),
            is_reminder=is_reminder,
        )


def write_notice(
    runtime: Runtime, asker_name: str, asker_phone: str | None, *, is_reminder: bool = False
) -> tuple[str, str]:
    """Subject and text, in German, of the mail that says that something stands in the inbox."""
    with language("de"):
        return build_notice(
            asker_name=asker_name,
            asker_phone=asker_phone,
            address=f"{runtime.settings.public_url}/anfragen",
            is_reminder=is_reminder,
        )


def _draft(**values: object) -> MailDraft:
    try:
        return draft_mail(**values)
    except InvalidInputError:
        words = _("The e-mail address in the directory is none to write to. Please call.")
        raise InvalidInputError(words, field="to_state") from None


def build_request(
    *,
    asker_name: str,
    asker_phone: str | None,
    offer_title: str | None,
    address: str,
    until: date,
    is_reminder: bool = False,
) -> tuple[str, str]:
    """Subject and text of the mail; pure. It takes nothing about the client, so it can tell nothing.

    ``offer_title`` `None`: the offer is confidential, and the provider knows which it is.
    """
    if offer_title is None:
        subject = _("A question for you")
        about = _("we would like to ask you something about one of your offers.")
    else:
        subject = _("Is there a place? %(title)s", title=" ".join(offer_title.split())[:200])
        about = _("we would like to send somebody to your offer “%(title)s”.", title=offer_title)
    if is_reminder:
        about = _("we asked you some days ago and have not heard from you yet:") + f" {about}"
    blocks = [
        _("Good day,"),
        f"{about} {_asked_by(asker_name)}",
        _("Please look at it and answer with a few taps, without an account:") + f"\n{address}",
        _("The link is meant for you alone and works until %(day)s.", day=format_day(until)),
        _questions_to(asker_name, asker_phone),
    ]
    return subject, "\n\n".join(blocks)


def build_notice(
    *, asker_name: str, asker_phone: str | None, address: str, is_reminder: bool = False
) -> tuple[str, str]:
    """Subject and text of the mail to those with an inbox; pure. It names neither client nor offer."""
    about = _("a request waits for you in Lotsenbuch.")
    if is_reminder:
        about = _("we asked you some days ago and have not heard from you yet:") + f" {about}"
    blocks = [
        _("Good day,"),
        f"{about} {_asked_by(asker_name)}",
        _("Please sign in with your account and look at it:") + f"\n{address}",
        _questions_to(asker_name, asker_phone),
    ]
    return _("A request waits for you"), "\n\n".join(blocks)


def _asked_by(name: str) -> str:
    return _("%(name)s of the integration management asks you.", name=name)


def _questions_to(name: str, phone: str | None) -> str:
    return _("Questions? Call or answer this mail:") + f"\n{name}{f', {phone}' if phone else ''}"
