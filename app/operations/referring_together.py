"""Several referrals with one click, all or none: a group to one offer, or one client's choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.policy import is_referable_by
from app.cases.queries import fetch_client
from app.core.errors import CaseClosedError, InvalidInputError, LotsenbuchError, NotFoundError
from app.core.i18n import gettext as _
from app.core.ids import derived_id
from app.operations.partner_requests import (
    TooLateError,
    ask_provider,
    find_request_state,
    refer_and_ask,
    take_request_back,
)
from app.operations.referring import MatchingBasis, refer_with_sheet, take_up_with_sheet
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.queries import find_earlier_referrals
from app.referrals.records import BundlePlace, ReferralOrder
from app.referrals.service import ConsentMissingError, OfferExcludedError
from app.referrals.states import is_open

MOST_PEOPLE: Final = 30
"""At once to one offer: as many as a large course has seats."""


class ReferredAlreadyError(LotsenbuchError):
    """An open referral of this client to this offer exists, and nobody said that it is known."""

    def __init__(self, referral_id: str, state: str) -> None:
        super().__init__(_("There is an open referral to this offer already."))
        self.referral_id = referral_id
        self.state = state


class NotAllReferredError(LotsenbuchError):
    """Some could not be referred, so nobody was; ``problems``: client and offer → why."""

    def __init__(self, problems: Mapping[tuple[str, str], LotsenbuchError]) -> None:
        super().__init__(_("Nobody was referred yet: please look at what is marked."))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Part:
    """One referral of several."""

    order: ReferralOrder
    """Its ``creation_key`` is that of the form, the same for all parts."""
    preference: int | None = None
    """The client's order, from 1; `None`: several clients go to one offer."""
    is_later: bool = False
    """It is only noted down."""
    asks_by_mail: bool = False
    despite_earlier: bool = False
    """That there is an open referral to the offer already is known."""

    @property
    def key(self) -> tuple[str, str]:
        """Client and offer."""
        return self.order.client_id, self.order.offer_id


_OF_ONE_PART: Final = (
    CaseClosedError,
    ConsentMissingError,
    InvalidInputError,
    OfferExcludedError,
    ReferredAlreadyError,
)


def refer_together(
    session: Session,
    actor: Actor,
    parts: Sequence[Part],
    basis: MatchingBasis,
    today: date,
    runtime: Runtime | None = None,
) -> tuple[Referral, ...]:
    """Refer all ``parts``, each with its own history and access log; the form sent twice does it once.

    ``runtime`` is needed where a provider is asked by mail: each part has a mail of its own. Raises
    `NotAllReferredError` with all that stands in the way, `NotFoundError`, `ConflictError`: the
    transaction must not be committed then.
    """
    found: dict[tuple[str, str], Referral] = {}
    problems: dict[tuple[str, str], LotsenbuchError] = {}
    # Always in the same order, so that two who refer the same people wait for each other only.
    for part in sorted(parts, key=lambda one: one.key):
        try:
            found[part.key] = _refer(session, actor, part, basis, today, runtime)
        except _OF_ONE_PART as error:
            problems[part.key] = error
    if problems:
        raise NotAllReferredError(problems)
    return tuple(found[part.key] for part in parts)


def take_up(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    referral_id: str,
    order: ReferralOrder,
    version: int,
    basis: MatchingBasis,
    *,
    asks_by_mail: bool,
) -> Referral:
    """Refer the client to a later choice, and ask the provider with the same click if wanted.

    Taking the mail back leaves it agreed. Raises like `take_up_choice` and `ask_provider`.
    """
    referral = take_up_with_sheet(session, actor, referral_id, order, version, basis, runtime.today)
    if not asks_by_mail or referral.version != version + 1:
        return referral
    return ask_provider(session, runtime, actor, referral.id, referral.version)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of taking the requests of a group back."""

    count: int
    too_late: int
    """Requests that are on their way already."""


def can_take_group_back(session: Session, bundle_id: str, actor: Actor) -> bool:
    """Whether a request of the group that ``actor`` may change still waits."""
    return bool(_list_waiting(session, bundle_id, actor))


def take_group_back(session: Session, actor: Actor, bundle_id: str, today: date) -> TakenBack:
    """Take back every request of the group that still waits, as `take_request_back` does.

    Others of the group are left alone. Raises `NotFoundError` when ``actor`` may change none of them.
    """
    waiting = _list_waiting(session, bundle_id, actor)
    if not waiting and not _list_own(session, bundle_id, actor):
        raise NotFoundError("no such bundle")
    too_late = 0
    for referral in waiting:
        try:
            with session.begin_nested():
                take_request_back(session, actor, referral.id, today)
        except TooLateError:
            too_late += 1
    return TakenBack(len(waiting) - too_late, too_late)


def _list_waiting(session: Session, bundle_id: str, actor: Actor) -> list[Referral]:
    found = []
    for referral in _list_own(session, bundle_id, actor):
        state = find_request_state(session, referral)
        if state is not None and state.can_be_taken_back and state.mail_state != "withdrawn":
            found.append(referral)
    return found


def _list_own(session: Session, bundle_id: str, actor: Actor) -> list[Referral]:
    """Of the group those whose case ``actor`` may change, in a fixed order."""
    rows = (
        select(Referral)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(
            Referral.bundle_id == bundle_id,
            col(Referral.preference).is_(None),
            is_referable_by(actor),
        )
        .order_by(col(Referral.id))
    )
    return list(session.exec(rows))


def _refer(
    session: Session,
    actor: Actor,
    part: Part,
    basis: MatchingBasis,
    today: date,
    runtime: Runtime | None,
) -> Referral:
    form_key = part.order.creation_key
    # Derived with the person: nobody can add to what somebody else made.
    bundle_id = derived_id("referral-bundle", f"{actor.id}:{form_key}")
    key = derived_id("referral-of-bundle", f"{bundle_id}:{part.order.client_id}:{part.order.offer_id}")
    order = part.order.model_copy(update={"creation_key": key})
    fetch_client(session, order.client_id, is_referable_by(actor), for_update=True)
    if not part.despite_earlier:
        require_first(session, actor, order)
    place = BundlePlace(bundle_id, part.preference, part.is_later)
    if part.asks_by_mail and not part.is_later and runtime is not None:
        return refer_and_ask(session, runtime, actor, order, basis, place)
    return refer_with_sheet(session, actor, order, basis, today, place)


def require_first(session: Session, actor: Actor, order: ReferralOrder) -> None:
    """Raise `ReferredAlreadyError` for what is open already, unless this very form made it.

    To be asked within the transaction that refers: two tabs, or two people, refer once.
    """
    made = select(Referral.id).where(Referral.creation_key == order.creation_key)
    if session.exec(made).first() is not None:
        return
    for line in find_earlier_referrals(session, order.client_id, order.offer_id, actor):
        if is_open(line.state):
            raise ReferredAlreadyError(line.id, line.state)
