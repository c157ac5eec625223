"""What a provider sees and tells by the link of a request, without an account. (Those with one:
`app.operations.partner_inbox`.)

Opening changes nothing; only the access log notes that data were shown. What may be shown is decided
each time: what was released with the referral, as far as the consent covers it on that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.audit.service import record_access
from app.cases.consent_rules import standing_on
from app.cases.models import Client
from app.cases.privacy_models import Consent
from app.cases.queries import CaseBasis, load_cases
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.links.models import SignedLink
from app.links.service import find_signed
from app.links.service import is_open as is_link_open
from app.matching.waiting import end_entries
from app.operations.places_given import HAS_A_PLACE
from app.referrals.models import Referral, ReferralEvent
from app.referrals.outcomes import fetch_referral, record_answer
from app.referrals.records import OutcomeReport
from app.referrals.requests import LINK_PURPOSE
from app.referrals.sealing import ReferralDetails, details_of, is_sealed
from app.referrals.service import is_told_little, kept_back
from app.referrals.states import is_open
from app.referrals.transitions import next_states

ONLY_WITH_A_PLACE: Final[frozenset[str]] = frozenset({"started", "completed"})
"""Asked only once there is a place, or one is waited for: five buttons are enough at first."""
_BEFORE_A_PLACE: Final = frozenset({"sent", "received"})


@dataclass(frozen=True, slots=True)
class CallBack:
    """Whom a provider reaches at our house: the case worker now."""

    name: str
    phone: str | None
    email: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What was recorded last."""

    state: str
    on: date | None
    """The day that was told with it: the start, or about when."""
    reason: str | None
    by_partner: bool


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that can be answered."""

    link_id: str | None
    """`None`: somebody with an account looks at it."""
    referral_id: str
    case: CaseBasis
    housemates: int
    """Clients who live with this one."""
    released: tuple[str, ...]
    """What of the case may be shown; codes of `app.cases.codes.DataCategory`."""
    later: tuple[str, ...]
    """What may be shown besides once both have agreed."""
    is_volunteer: bool
    """One person who helps, not an organisation."""
    is_by_first_name: bool
    """Of the name the first one only."""
    offer_title: str
    standing: Standing
    answers: tuple[str, ...]
    """The states that may be told now."""
    call_back: CallBack


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """A request whose referral has come to an end: nothing about the client is shown any more."""

    link_id: str | None
    standing: Standing
    call_back: CallBack


class CannotFollowError(ConflictError):
    """What was told does not follow on what stands, or the request is over."""

    def __init__(self) -> None:
        super().__init__(_("This cannot follow on what was recorded last."))


def open_request(
    session: Session, secret: str, token: str, now: datetime, today: date
) -> OpenRequest | EndedRequest | None:
    """What is behind the link; `None`: it opens nothing, and why is told to nobody.

    Whoever shows it notes that (`note_shown`).
    """
    link = find_signed(session, secret, token, LINK_PURPOSE)
    referral = session.get(Referral, link.subject_id) if link else None
    if link is None or referral is None:
        return None
    return _look(session, link, referral, now, today)


def note_shown(session: Session, found: OpenRequest, user_id: str | None = None) -> None:
    """Note in the access log that data about a person were shown to the provider.

    ``user_id``: to which of its people with an account.
    """
    record_access(session, user_id, "referral.read_by_partner", "referral", found.referral_id)


def take_answer(
    session: Session,
    secret: str,
    token: str,
    report: OutcomeReport,
    now: datetime,
    today: date,
    seen: str | None = None,
) -> bool:
    """Record what the provider tells; `False`: the link opens nothing.

    ``seen``: the state that the page showed, see `tell`. The same answer again changes nothing and is
    fine. Raises `CannotFollowError`.
    """
    link = find_signed(session, secret, token, LINK_PURPOSE)
    if link is None or session.get(Referral, link.subject_id) is None:
        return False
    referral = fetch_referral(session, link.subject_id)
    session.refresh(link)
    found = _look(session, link, referral, now, today)
    if found is None:
        return False
    tell(session, found, referral, report, today, seen=seen)
    return True


def tell(
    session: Session,
    found: OpenRequest | EndedRequest,
    referral: Referral,
    report: OutcomeReport,
    today: date,
    teller: Author | None = None,
    seen: str | None = None,
) -> None:
    """Record what the provider tells of a locked ``referral``; the same again changes nothing.

    ``seen``: the state that the page showed: a page left open must not overrule what was told since
    (`None`: not known). ``teller``: the person with an account; `None`: whoever has the link. Raises
    `CannotFollowError`.
    """
    if is_repeated(session, referral, report):
        return
    if isinstance(found, EndedRequest) or seen not in (None, referral.state):
        raise CannotFollowError
    _record(session, referral, report, today, teller)


def is_repeated(session: Session, referral: Referral, report: OutcomeReport) -> bool:
    """Whether the provider told exactly this last: a double click, or the page sent again."""
    last = _last_step(session, referral.id)
    if last.source != "partner" or last.to_state != report.to_state:
        return False
    sealed = last.sealed or {}
    told = (last.reason or sealed.get("reason"), last.level_reached or sealed.get("level_reached"))
    same_note = report.note is None or report.note == last.note
    return same_note and (*told, last.happened_on) == (
        report.reason,
        report.level_reached,
        report.happened_on,
    )


def _record(
    session: Session,
    referral: Referral,
    report: OutcomeReport,
    today: date,
    teller: Author | None,
) -> None:
    offer = session.get_one(Offer, details_of(referral).offer_id)
    author = teller or Author(session.get_one(Provider, offer.provider_id).name)
    had_a_place = referral.state in HAS_A_PLACE
    try:
        record_answer(session, author, referral, report, today)
    except InvalidInputError:
        raise CannotFollowError from None
    if report.to_state in HAS_A_PLACE and not had_a_place and not is_sealed(referral):
        # Whom a provider takes is its own choice: nobody here passed anybody over.
        end_entries(session, None, referral.client_id, "placed", offer=offer)


def _look(
    session: Session, link: SignedLink, referral: Referral, now: datetime, today: date
) -> OpenRequest | EndedRequest | None:
    if link.expires_at <= now:
        return None
    found = look_at(session, referral, today, link.id)
    is_closed = isinstance(found, OpenRequest) and not is_link_open(link, now)
    return None if is_closed else found


def may_be_shown(session: Session, referral: Referral, today: date) -> bool:
    """Whether the provider may be shown anything of it: not once the consent was revoked."""
    details = details_of(referral)
    consent = session.get(Consent, details.consent_id) if details.consent_id else None
    if consent is None:
        return not details.released
    return consent.revoked_on is None or consent.revoked_on > today


def look_at(
    session: Session, referral: Referral, today: date, link_id: str | None = None
) -> OpenRequest | EndedRequest | None:
    """The request as it may be shown to its provider today; who asks was checked by the caller."""
    if not may_be_shown(session, referral, today):
        return None
    details = details_of(referral)
    consent = session.get(Consent, details.consent_id) if details.consent_id else None
    [case] = load_cases(session, col(Client.id) == referral.client_id)
    standing = find_standing(session, referral)
    call_back = _call_back(session, case.client)
    offer = session.get_one(Offer, details.offer_id)
    if not is_open(referral.state):
        return EndedRequest(link_id, standing, call_back)
    return OpenRequest(
        link_id=link_id,
        referral_id=referral.id,
        case=case,
        housemates=_count_housemates(session, case.client),
        released=_covered(offer, referral.state, details, consent, today),
        later=_covered(offer, "accepted", details, consent, today),
        is_volunteer=offer.kind == "volunteer",
        is_by_first_name=is_told_little(offer, referral.state),
        offer_title=offer.title,
        standing=standing,
        answers=answers_after(referral.state),
        call_back=call_back,
    )


def answers_after(state: str) -> tuple[str, ...]:
    """What a provider is asked for when the referral is in ``state``. Pure."""
    hidden = ONLY_WITH_A_PLACE if state in _BEFORE_A_PLACE else frozenset[str]()
    return tuple(one for one in next_states(state, "partner") if one not in hidden)


def _covered(
    offer: Offer, state: str, details: ReferralDetails, consent: Consent | None, today: date
) -> tuple[str, ...]:
    """What was released and the consent (still) covers; never what is kept back from this offer."""
    if consent is None:
        return ()
    standing = standing_on(today, valid_until=consent.valid_until, revoked_on=consent.revoked_on)
    if standing != "in_force":
        return ()
    hidden = kept_back(offer, state)
    return tuple(code for code in details.released if code in consent.data and code not in hidden)


def find_standing(session: Session, referral: Referral) -> Standing:
    """What stands; of an end of ours the reason is not for the provider."""
    last = _last_step(session, referral.id)
    by_partner = last.source == "partner"
    reason = last.reason or (last.sealed or {}).get("reason")
    return Standing(referral.state, last.happened_on, reason if by_partner else None, by_partner)


def _last_step(session: Session, referral_id: str) -> ReferralEvent:
    """The newest step that moved the referral; putting a follow-up off moves nothing."""
    return session.exec(
        select(ReferralEvent)
        .where(
            ReferralEvent.referral_id == referral_id,
            func.coalesce(ReferralEvent.from_state, "") != ReferralEvent.to_state,
        )
        .order_by(col(ReferralEvent.at).desc(), col(ReferralEvent.id).desc())
        .limit(1)
    ).one()


def _call_back(session: Session, client: Client) -> CallBack:
    worker = session.get_one(User, client.case_worker_id)
    return CallBack(worker.name, worker.phone, worker.email)


def _count_housemates(session: Session, client: Client) -> int:
    if client.household_id is None:
        return 0
    others = select(func.count()).where(
        col(Client.household_id) == client.household_id, col(Client.id) != client.id
    )
    return session.exec(others).one()
