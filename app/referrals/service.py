"""Changes of referrals. Nothing is committed here; each change leaves an event and an audit entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.codes import DATA_CATEGORIES
from app.cases.consent_rules import Coverage, covers
from app.cases.consents import load_consent_facts, load_kept_providers
from app.cases.models import Client, Goal
from app.cases.policy import is_referable_by, is_visible_to
from app.cases.queries import ClientCase, fetch_client, get_client
from app.core.errors import ConflictError, InvalidInputError, LotsenbuchError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.models import Offer
from app.directory.queries import OfferCard
from app.matching.service import OfferCheck
from app.matching.types import Match, Reason
from app.referrals.events import add_event
from app.referrals.follow_ups import follow_up_day
from app.referrals.models import Referral
from app.referrals.records import BundlePlace, ReferralOrder
from app.referrals.sealing import (
    ReferralDetails,
    move_sealed,
    put_details,
    return_sealed,
    seal,
)
from app.referrals.states import FIRST_STATE, PROPOSED
from app.referrals.transitions import GIVES_A_PLACE

_NEVER_TOLD: Final = MappingProxyType({"volunteer": frozenset({"address"})})
"""Kind of offer → data that the house does not hand over, whatever the consent covers."""
_FIRST_TOLD: Final = MappingProxyType(
    {"volunteer": frozenset({"name", "area", "languages", "german_level", "plan"})}
)
"""Kind of offer → all that is shown before both sides have agreed; of the name only the first."""
Check = Callable[[ClientCase], OfferCheck]
"""Runs the rules for the one offer (`app.matching.service.check_offer`)."""
SnapshotBuilder = Callable[[Match | None], dict[str, Any]]
"""What the sheet says about the offer now; printing lies above this package, so it is handed in."""


class OfferExcludedError(LotsenbuchError):
    """Rules exclude the offer that the case worker has not (yet) set aside."""

    def __init__(self, rules: tuple[Reason, ...]) -> None:
        super().__init__(_("This offer does not suit by the rules."))
        self.rules = rules


class ConsentMissingError(LotsenbuchError):
    """No consent covers what would be handed over; ``coverage`` names what is missing."""

    def __init__(self, coverage: Coverage) -> None:
        super().__init__(_("There is no consent that covers this."))
        self.coverage = coverage


def never_told(offer: Offer | OfferCard) -> frozenset[str]:
    """The data that this offer's provider is not given, whatever the consent covers."""
    return _NEVER_TOLD.get(offer.kind, frozenset())


def is_told_little(offer: Offer, state: str) -> bool:
    """Whether the provider of this offer is told only the first things yet: who helps as a private
    person decides first, and learns how to reach the client once both have agreed."""
    return offer.kind in _FIRST_TOLD and state not in GIVES_A_PLACE


def kept_back(offer: Offer, state: str) -> frozenset[str]:
    """The data that the provider of this offer is not shown while the referral is in ``state``."""
    if not is_told_little(offer, state):
        return never_told(offer)
    return frozenset(DATA_CATEGORIES) - _FIRST_TOLD[offer.kind]


def refer_client(
    session: Session,
    actor: Actor,
    order: ReferralOrder,
    *,
    check: Check,
    build_snapshot: SnapshotBuilder,
    today: date,
    place: BundlePlace | None = None,
) -> Referral:
    """Refer the client to the offer; ``place``: among others that are made with it.

    As a signpost the client goes alone and no data leave the house. When we arrange it, a consent has
    to cover what ``order.released`` names; it is looked for in this transaction, under a lock that a
    revocation waits for. The rules run again for this one offer; the reasons, what is to be clarified,
    the version of the rules and the text of the sheet are kept with the referral, encrypted when the
    offer is sensitive. The same ``order.creation_key`` gives back the referral it made the first time.
    Raises `NotFoundError`, `CaseClosedError`, `ConsentMissingError`, `InvalidInputError`, and
    `OfferExcludedError` when rules exclude the offer that ``order.despite_rules`` does not name.
    """
    client = fetch_client(session, order.client_id, is_referable_by(actor), for_update=True)
    if earlier := _find_created(session, actor, order.creation_key):
        return earlier
    is_later = place is not None and place.is_proposed
    state = PROPOSED if is_later else FIRST_STATE[order.mode]
    referral = Referral(
        client_id=client.id,
        state=state,
        bundle_id=place.bundle_id if place else None,
        preference=place.preference if place else None,
        referred_by=actor.id,
        creation_key=order.creation_key,
    )
    judge_and_put(session, actor, referral, order, state, check, build_snapshot, today)
    return _keep_new(session, actor, referral, order, today)


def judge_and_put(
    session: Session,
    actor: Actor,
    referral: Referral,
    order: ReferralOrder,
    state: str,
    check: Check,
    build_snapshot: SnapshotBuilder,
    today: date,
) -> None:
    """Run the rules, look for the consent, and let ``referral`` begin in ``state`` with the order.

    What is only noted down for later needs no consent. The client's row must be locked. Raises like
    `refer_client`, and changes nothing then.
    """
    offer = _lock_offer(session, order.offer_id)
    if not never_told(offer).isdisjoint(order.released):
        words = _("A volunteer never gets the address: the two agree with us where they meet.")
        raise InvalidInputError(words, field="released")
    goal = _require_goal(session, referral.client_id, order.goal_id)
    held = None
    if state != PROPOSED:
        held = require_consent(session, referral.client_id, offer, order.released, today).consent
    verdict = check(get_client(session, referral.client_id, actor))
    overruled = {rule.code for rule in verdict.excluded_by}
    if not overruled <= set(order.despite_rules):
        raise OfferExcludedError(verdict.excluded_by)
    match = verdict.match
    referral.state, referral.mode = state, order.mode
    referral.rules_version = verdict.rules_version
    referral.sheet_language = order.sheet_language
    kind = None if offer.is_sensitive else offer.kind
    referral.follow_up_on = order.follow_up_on or follow_up_day(state, today, kind=kind)
    details = ReferralDetails(
        offer_id=offer.id,
        goal_id=goal.id if goal else None,
        reasons=[reason.as_dict() for reason in match.reasons] if match else [],
        to_clarify=[reason.as_dict() for reason in match.to_clarify] if match else [],
        despite_rules=sorted(overruled),
        snapshot=build_snapshot(match),
        consent_id=held.id if held else None,
        released=list(order.released),
    )
    put_details(referral, details, is_sensitive=offer.is_sensitive or referral.sealed is not None)


def _keep_new(
    session: Session, actor: Actor, referral: Referral, order: ReferralOrder, today: date
) -> Referral:
    """Store the new referral once, however often its form was sent."""
    try:
        with session.begin_nested():
            session.add(referral)
            session.flush()
    except IntegrityError:
        # The same form reached us twice at the same moment, and the other one was first.
        if earlier := _find_created(session, actor, order.creation_key):
            return earlier
        raise ConflictError(_("This form was already used. Please open a new one.")) from None
    add_event(session, referral, actor.id, from_state=None, happened_on=today, note=order.note)
    record_access(session, actor.id, "referral.create", "referral", referral.id)
    session.flush()
    return referral


def _lock_offer(session: Session, offer_id: str) -> Offer:
    """The offer, kept from becoming sensitive until the referral stands (and is sealed with it)."""
    offer = session.get(Offer, offer_id, with_for_update={"read": True})
    if offer is None or offer.status != "published":
        raise NotFoundError("no such offer")
    return offer


def require_consent(
    session: Session, client_id: str, offer: Offer, released: Sequence[str], today: date
) -> Coverage:
    """What covers the handing over; raises `ConsentMissingError`. The client's row must be locked."""
    provider_id = load_kept_providers(session, [offer.provider_id])[offer.provider_id]
    coverage = covers(load_consent_facts(session, client_id), provider_id, released, today)
    if not coverage.is_covered:
        raise ConsentMissingError(coverage)
    return coverage


def move_referrals(
    session: Session, actor_id: str | None, from_offer_id: str, to_offer_id: str
) -> list[str]:
    """Let the referrals to an offer point to the one that it turned out to be; the ids of open ones.

    What was referred to when, and what the sheet says, stays as it was. Cases are not opened by that:
    the access log names the referrals only. Sealed ones move along, named neither here nor in the log.
    """
    open_ones = session.exec(select(Referral).where(Referral.offer_id == from_offer_id)).all()
    if session.get_one(Offer, to_offer_id).is_sensitive:
        for referral in open_ones:
            seal(session, referral)
        move_sealed(session, from_offer_id, to_offer_id)
        return []
    ids = sorted(referral.id for referral in open_ones)
    _point_to(session, actor_id, ids, from_offer_id, to_offer_id)
    move_sealed(session, from_offer_id, to_offer_id)
    return ids


def return_referrals(
    session: Session,
    actor_id: str | None,
    referral_ids: list[str],
    from_offer_id: str,
    to_offer_id: str,
) -> None:
    """Take `move_referrals` back for those that still point to ``from_offer_id``."""
    _point_to(session, actor_id, referral_ids, from_offer_id, to_offer_id)
    return_sealed(session, from_offer_id, to_offer_id)


def _point_to(
    session: Session,
    actor_id: str | None,
    referral_ids: list[str],
    from_offer_id: str,
    to_offer_id: str,
) -> None:
    there = select(Referral).where(
        col(Referral.id).in_(referral_ids), Referral.offer_id == from_offer_id
    )
    is_sensitive = session.get_one(Offer, to_offer_id).is_sensitive
    for referral in session.exec(there).all():
        referral.offer_id = to_offer_id
        session.add(referral)
        if is_sensitive:
            seal(session, referral)
        else:
            record_access(session, actor_id, "referral.move", "referral", referral.id)
    session.flush()


def _find_created(session: Session, actor: Actor, creation_key: str) -> Referral | None:
    return session.exec(
        select(Referral)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(Referral.creation_key == creation_key, is_visible_to(actor))
    ).first()


def _require_goal(session: Session, client_id: str, goal_id: str | None) -> Goal | None:
    if goal_id is None:
        return None
    goal = session.get(Goal, goal_id)
    if goal is None or goal.client_id != client_id:
        raise InvalidInputError(_("This goal is not one of the client's."), field="goal_id")
    return goal
