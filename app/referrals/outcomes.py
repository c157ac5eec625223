"""What becomes of a referral: steps told by the case worker or the provider, written back to the case.

Nothing is committed here; each step leaves an event and an audit entry.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.goals import reach_goal
from app.cases.levels import record_level, take_reached_level
from app.cases.models import Client
from app.cases.policy import is_referable_by
from app.cases.queries import fetch_client
from app.cases.rules import LevelFact
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.history import Author
from app.directory.models import Offer
from app.referrals.corrections import correct_directory
from app.referrals.events import EventSource, add_event, touch
from app.referrals.follow_ups import follow_up_day
from app.referrals.meetings import keep_tandem
from app.referrals.models import Referral
from app.referrals.next_choice import call_next_choice
from app.referrals.records import NoNews, OutcomeReport
from app.referrals.requests import close_request
from app.referrals.sealing import details_of, find_open_kind, is_sealed, put_details
from app.referrals.seats import hold_seat, release_seat
from app.referrals.service import require_consent
from app.referrals.states import is_open
from app.referrals.transitions import Teller, Transition, find_transition, next_states


class NoSeatFreeError(ConflictError):
    """A place was told, and by the directory the last one is taken."""

    def __init__(self) -> None:
        super().__init__(
            _("By the directory no place is free any more. Please ask, or confirm that there is one.")
        )


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
    provider learns of the client needs the consent once more: it may have been revoked since. A place
    takes a seat of the offer, an end gives it back. Raises `NotFoundError`, `NoSeatFreeError` unless
    ``report.despite_full``, `ConflictError` when the referral changed since ``version`` was shown,
    `ConsentMissingError`, `CaseClosedError` for that step, and `InvalidInputError` when the state table
    knows no such step.
    """
    referral = _fetch_as_shown(session, actor, referral_id, version)
    step = require_step(referral, report.to_state, "case_worker")
    if "consent" in step.needs:
        _renew_consent(session, actor, referral, today)
    if move_seat(session, referral, step) is False and not report.despite_full:
        raise NoSeatFreeError
    take_step(session, referral, step, report, today, actor_id=actor.id)
    if "level" in step.writes and report.level_reached is not None:
        reached = LevelFact(report.level_reached, report.level_evidence, report.happened_on or today)
        record_level(session, actor, referral.client_id, reached, today)
    goal_id = details_of(referral).goal_id
    if "goal" in step.writes and report.goal_reached and goal_id is not None:
        reach_goal(session, actor, referral.client_id, goal_id, "referral", today)
    if "directory" in step.writes:
        correct_directory(session, Author(actor.name, actor.id), referral, report.reason, today)
    call_next_choice(session, actor.id, referral, report.reason, today)
    record_access(session, actor.id, "referral.outcome", "referral", referral.id)
    session.flush()
    return referral


def record_answer(
    session: Session, author: Author, referral: Referral, report: OutcomeReport, today: date
) -> None:
    """Take in what the provider tells, by its link or by one of its people with an account.

    ``author``: who is noted where the directory is put right; the id is that of the account.
    The referral and the client's row are locked. The provider's word counts: a place is a place, also
    where the directory knows of none. Raises `InvalidInputError` when the state table knows no such
    step, or the provider is not the one to tell it.
    """
    step = require_step(referral, report.to_state, "partner")
    move_seat(session, referral, step)
    take_step(session, referral, step, report, today, actor_id=author.id, source="partner")
    if "level" in step.writes and report.level_reached is not None:
        client = session.get_one(Client, referral.client_id)
        reached = LevelFact(report.level_reached, report.level_evidence, report.happened_on or today)
        teller = Actor(author.id, "provider", author.name) if author.id else None
        take_reached_level(session, teller, client, reached, today)
    if "directory" in step.writes:
        correct_directory(session, author, referral, report.reason, today)
    # What else the client wishes for is no matter of the provider, not even in the log.
    call_next_choice(session, None, referral, report.reason, today)
    record_access(session, author.id, "referral.answer", "referral", referral.id)
    session.flush()


def move_seat(session: Session, referral: Referral, step: Transition) -> bool | None:
    """Take or give back the seat as ``step`` says; `False`: it takes one, and none is free."""
    if "seat_taken" in step.writes:
        return hold_seat(session, referral)
    if "seat_freed" in step.writes:
        release_seat(session, referral)
    return None


def require_step(referral: Referral, to_state: str, by: Teller) -> Transition:
    """The step that ``by`` tells; raises `InvalidInputError`."""
    step = find_transition(referral.state, to_state)
    if step is None or to_state not in next_states(referral.state, by):
        raise InvalidInputError(_("This cannot follow on what was recorded last."), field="to_state")
    return step


def take_step(
    session: Session,
    referral: Referral,
    step: Transition,
    report: OutcomeReport,
    today: date,
    *,
    actor_id: str | None,
    source: EventSource = "house",
) -> None:
    """Move the referral and keep the step in its history. Rights and consent are the caller's.

    An end closes what the provider could answer by. What a provider tells is new until somebody opens
    it or takes the next step.
    """
    referral.state = step.to_state
    referral.follow_up_on = (
        report.follow_up_on
        or follow_up_day(
            step.to_state, today, report.happened_on, kind=find_open_kind(session, referral)
        )
        if "follow_up" in step.writes
        else None
    )
    touch(referral)
    referral.answered_at = utc_now() if source == "partner" else None
    if not is_open(step.to_state):
        close_request(session, referral)
    add_event(
        session,
        referral,
        actor_id,
        source=source,
        from_state=step.from_state,
        happened_on=report.happened_on,
        reason=report.reason,
        level_reached=report.level_reached,
        note=report.note,
    )
    keep_tandem(session, referral, report, today, actor_id)


def _renew_consent(session: Session, actor: Actor, referral: Referral, today: date) -> None:
    """Let the referral rest on a consent that holds today; raises `ConsentMissingError`.

    Nothing is handed over out of a closed case (`CaseClosedError`).
    """
    details = details_of(referral)
    client = fetch_client(session, referral.client_id, is_referable_by(actor), for_update=True)
    offer = session.get_one(Offer, details.offer_id)
    coverage = require_consent(session, client.id, offer, details.released, today)
    held = coverage.consent.id if coverage.consent else None
    if held != details.consent_id:
        put_details(referral, replace(details, consent_id=held), is_sensitive=is_sealed(referral))


def postpone_follow_up(
    session: Session, actor: Actor, referral_id: str, news: NoNews, version: int
) -> Referral:
    """Nothing new yet: ask again on another day. Raises like `record_outcome`."""
    referral = _fetch_as_shown(session, actor, referral_id, version)
    if not is_open(referral.state):
        raise InvalidInputError(_("This referral has come to its end."), field="follow_up_on")
    referral.follow_up_on = news.follow_up_on
    touch(referral)
    referral.answered_at = None
    add_event(
        session, referral, actor.id, from_state=referral.state, reason=news.reason, note=news.note
    )
    record_access(session, actor.id, "referral.postpone", "referral", referral.id)
    session.flush()
    return referral


def _fetch_as_shown(session: Session, actor: Actor, referral_id: str, version: int) -> Referral:
    """The referral to be changed, as it was when it was shown; raises `ConflictError` otherwise."""
    referral = fetch_referral(session, referral_id, is_referable_by(actor))
    if referral.version != version:
        raise ConflictError(_("Somebody else changed this referral in the meantime."))
    return referral


def fetch_referral(session: Session, referral_id: str, *conditions: ColumnElement[bool]) -> Referral:
    """The referral, with the client locked as well: consents and levels hang on that row.

    ``conditions`` (of `app.cases.policy`) say who asks; a provider is let in by its link instead.
    Raises `NotFoundError`.
    """
    referral = session.exec(
        select(Referral)
        .join(Client, col(Client.id) == Referral.client_id)
        .where(col(Referral.id) == referral_id, *conditions)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if referral is None:
        raise NotFoundError("no such referral")
    return referral
