"""Changes of referrals. Nothing is committed here; each change leaves an event and an audit entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.consent_rules import Coverage, covers
from app.cases.consents import load_consent_facts, load_kept_providers
from app.cases.goals import reach_goal
from app.cases.levels import record_level
from app.cases.models import Client, Goal
from app.cases.policy import is_referable_by, is_visible_to
from app.cases.queries import ClientCase, fetch_client, get_client
from app.cases.rules import LevelFact
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, LotsenbuchError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.models import Offer
from app.matching.service import OfferCheck
from app.matching.types import Match, Reason
from app.referrals.models import Referral, ReferralEvent
from app.referrals.records import NoNews, OutcomeReport, ReferralOrder
from app.referrals.sealing import (
    ReferralDetails,
    details_of,
    is_sealed,
    move_sealed,
    put_details,
    return_sealed,
    seal,
    seal_step,
)
from app.referrals.states import FIRST_STATE, can_move, follow_up_day, hands_over, is_open

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


def refer_client(
    session: Session,
    actor: Actor,
    order: ReferralOrder,
    *,
    check: Check,
    build_snapshot: SnapshotBuilder,
    today: date,
) -> Referral:
    """Refer the client to the offer.

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
    offer = _lock_offer(session, order.offer_id)
    goal = _require_goal(session, client.id, order.goal_id)
    coverage = _require_consent(session, client.id, offer, order.released, today)
    verdict = check(get_client(session, client.id, actor))
    overruled = tuple(rule.code for rule in verdict.excluded_by)
    if not set(overruled) <= set(order.despite_rules):
        raise OfferExcludedError(verdict.excluded_by)
    match = verdict.match
    state = FIRST_STATE[order.mode]
    referral = Referral(
        client_id=client.id,
        mode=order.mode,
        state=state,
        rules_version=verdict.rules_version,
        sheet_language=order.sheet_language,
        follow_up_on=order.follow_up_on or follow_up_day(state, today),
        referred_by=actor.id,
        creation_key=order.creation_key,
    )
    details = ReferralDetails(
        offer_id=offer.id,
        goal_id=goal.id if goal else None,
        reasons=[reason.as_dict() for reason in match.reasons] if match else [],
        to_clarify=[reason.as_dict() for reason in match.to_clarify] if match else [],
        despite_rules=sorted(set(overruled)),
        snapshot=build_snapshot(match),
        consent_id=coverage.consent.id if coverage.consent else None,
        released=list(order.released),
    )
    put_details(referral, details, is_sensitive=offer.is_sensitive)
    return _keep_new(session, actor, referral, order, today)


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
    _add_event(session, referral, actor, from_state=None, happened_on=today, note=order.note)
    record_access(session, actor.id, "referral.create", "referral", referral.id)
    session.flush()
    return referral


def _lock_offer(session: Session, offer_id: str) -> Offer:
    """The offer, kept from becoming sensitive until the referral stands (and is sealed with it)."""
    offer = session.get(Offer, offer_id, with_for_update={"read": True})
    if offer is None or offer.status != "published":
        raise NotFoundError("no such offer")
    return offer


def _require_consent(
    session: Session, client_id: str, offer: Offer, released: Sequence[str], today: date
) -> Coverage:
    """What covers the handing over; raises `ConsentMissingError`. The client's row must be locked."""
    provider_id = load_kept_providers(session, [offer.provider_id])[offer.provider_id]
    coverage = covers(load_consent_facts(session, client_id), provider_id, released, today)
    if not coverage.is_covered:
        raise ConsentMissingError(coverage)
    return coverage


def record_outcome(
    session: Session,
    actor: Actor,
    referral_id: str,
    report: OutcomeReport,
    version: int,
    *,
    today: date,
) -> Referral:
    """Take in what became known: the referral moves on, and an end writes back to the case.

    A reached level goes to the client (and with proof marks language goals as reached); with
    ``report.goal_reached`` the goal that the referral serves is reached. The step with which the
    provider learns of the client needs the consent once more: it may have been revoked since. Raises
    `NotFoundError`, `ConflictError` when the referral changed since ``version`` was shown,
    `ConsentMissingError`, `CaseClosedError` for that step, and `InvalidInputError` when the state table
    knows no such step.
    """
    referral = _fetch_referral(session, actor, referral_id, version)
    if not can_move(referral.state, report.to_state):
        raise InvalidInputError(_("This cannot follow on what was recorded last."), field="to_state")
    if hands_over(referral.state, report.to_state):
        _renew_consent(session, actor, referral, today)
    before, referral.state = referral.state, report.to_state
    referral.follow_up_on = (
        report.follow_up_on or follow_up_day(report.to_state, today, report.happened_on)
        if is_open(report.to_state)
        else None
    )
    _touch(referral)
    _add_event(
        session,
        referral,
        actor,
        from_state=before,
        happened_on=report.happened_on,
        reason=report.reason,
        level_reached=report.level_reached,
        note=report.note,
    )
    if not is_open(report.to_state):
        _write_back(session, actor, referral, report, today)
    record_access(session, actor.id, "referral.outcome", "referral", referral.id)
    session.flush()
    return referral


def _renew_consent(session: Session, actor: Actor, referral: Referral, today: date) -> None:
    """Let the referral rest on a consent that holds today; raises `ConsentMissingError`.

    Nothing is handed over out of a closed case (`CaseClosedError`).
    """
    details = details_of(referral)
    client = fetch_client(session, referral.client_id, is_referable_by(actor), for_update=True)
    offer = session.get_one(Offer, details.offer_id)
    coverage = _require_consent(session, client.id, offer, details.released, today)
    held = coverage.consent.id if coverage.consent else None
    if held != details.consent_id:
        put_details(referral, replace(details, consent_id=held), is_sensitive=is_sealed(referral))


def postpone_follow_up(
    session: Session, actor: Actor, referral_id: str, news: NoNews, version: int
) -> Referral:
    """Nothing new yet: ask again on another day. Raises like `record_outcome`."""
    referral = _fetch_referral(session, actor, referral_id, version)
    if not is_open(referral.state):
        raise InvalidInputError(_("This referral has come to its end."), field="follow_up_on")
    referral.follow_up_on = news.follow_up_on
    _touch(referral)
    _add_event(session, referral, actor, from_state=referral.state, note=news.note)
    record_access(session, actor.id, "referral.postpone", "referral", referral.id)
    session.flush()
    return referral


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


def _fetch_referral(session: Session, actor: Actor, referral_id: str, version: int) -> Referral:
    """The referral, with the client locked as well: consents and levels hang on that row."""
    referral = session.exec(
        select(Referral)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(col(Referral.id) == referral_id, is_referable_by(actor))
        .with_for_update()
    ).first()
    if referral is None:
        raise NotFoundError("no such referral")
    if referral.version != version:
        raise ConflictError(_("Somebody else changed this referral in the meantime."))
    return referral


def _require_goal(session: Session, client_id: str, goal_id: str | None) -> Goal | None:
    if goal_id is None:
        return None
    goal = session.get(Goal, goal_id)
    if goal is None or goal.client_id != client_id:
        raise InvalidInputError(_("This goal is not one of the client's."), field="goal_id")
    return goal


def _write_back(
    session: Session, actor: Actor, referral: Referral, report: OutcomeReport, today: date
) -> None:
    if report.level_reached is not None:
        reached = LevelFact(report.level_reached, report.level_evidence, report.happened_on or today)
        record_level(session, actor, referral.client_id, reached, today)
    goal_id = details_of(referral).goal_id
    if report.goal_reached and goal_id is not None:
        reach_goal(session, actor, referral.client_id, goal_id, "referral", today)


def _add_event(
    session: Session,
    referral: Referral,
    actor: Actor,
    *,
    from_state: str | None,
    happened_on: date | None = None,
    reason: str | None = None,
    level_reached: str | None = None,
    note: str | None = None,
) -> None:
    step = ReferralEvent(
        referral_id=referral.id,
        actor_id=actor.id,
        from_state=from_state,
        to_state=referral.state,
        happened_on=happened_on,
        reason=reason,
        level_reached=level_reached,
        note=note or None,
    )
    if is_sealed(referral):
        seal_step(step)
    session.add(step)


def _touch(referral: Referral) -> None:
    referral.version += 1
    referral.updated_at = utc_now()
