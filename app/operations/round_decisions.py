"""A person decides on each line of a round: the place is confirmed, changed, or not given.

A place that is given becomes a referral with a follow-up on the same day, so that the case worker finds
it; the client waits no more, and why those who wait longer were passed over is kept. Nothing is
committed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_event
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_referable_by, is_writable_by
from app.cases.queries import fetch_client, list_goals
from app.cases.rules import sheet_language
from app.core.clock import utc_now
from app.core.errors import (
    CaseClosedError,
    ConflictError,
    InvalidInputError,
    LotsenbuchError,
    NotFoundError,
)
from app.core.i18n import gettext as _
from app.core.ids import derived_id
from app.directory.models import Offer
from app.matching.models import AllocationLine, AllocationRound, WaitingEntry
from app.matching.round_rules import DECIDED, HAS_SEAT, pass_reason
from app.matching.waiting import MAX_NOTE_CHARACTERS, end_entries, pass_over, rejoin_list
from app.matching.waiting_queries import list_waiting_before
from app.operations.places_given import Verdicts, judge_waiting
from app.operations.referring import MatchingBasis, refer_with_sheet
from app.operations.round_queries import count_taken, fetch_line, fetch_round
from app.printouts.phrases import SHEET_LANGUAGES
from app.referrals.models import Referral
from app.referrals.outcomes import postpone_follow_up, record_outcome
from app.referrals.queries import find_earlier_referrals
from app.referrals.records import NoNews, OutcomeReport, ReferralOrder
from app.referrals.seats import hold_seat
from app.referrals.service import OfferExcludedError
from app.referrals.states import is_open


class NoSeatLeftError(LotsenbuchError):
    """All seats of the course are given in this round."""


class Decision(BaseModel):
    """What a person decides instead of the proposal, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offer_id: str | None = Field(default=None, max_length=36)
    """Another course of the round; `None`: no place."""
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NOTE_CHARACTERS)
    ]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of several that could not be confirmed, and why."""

    line_id: str
    words: str


def confirm_line(
    session: Session,
    actor: Actor,
    round_id: str,
    line_id: str,
    version: int,
    basis: MatchingBasis,
    today: date,
    verdicts: Verdicts | None = None,
) -> AllocationLine:
    """Give the proposed place; confirmed already, nothing happens (the double click).

    ``verdicts``: see `judge_waiting`; of the other lines that are confirmed in the same transaction.

    Raises `NotFoundError`, `NoSeatLeftError`, and `ConflictError` when the line, the waiting, the case
    or the rules changed meanwhile.
    """
    found = _fetch_open(session, actor, round_id)
    line = fetch_line(session, found.id, line_id)
    if line.state == "confirmed":
        return line
    _require_unchanged(line, version, "proposed")
    if line.proposed_offer_id is None:
        raise InvalidInputError(_("No place is proposed here."))
    _give_place(session, actor, found, line, line.proposed_offer_id, None, basis, today, verdicts)
    _decide(session, actor, line, "confirmed", line.proposed_offer_id, None)
    return line


def confirm_all(
    session: Session,
    actor: Actor,
    round_id: str,
    lines: Sequence[tuple[str, int]],
    basis: MatchingBasis,
    today: date,
) -> tuple[int, tuple[Refused, ...]]:
    """Confirm these lines (id and version, as they were shown); how many, and which could not be."""
    fetch_round(session, actor, round_id)
    done, refused = 0, []
    verdicts: Verdicts = {}
    for line_id, version in lines:
        try:
            with session.begin_nested():
                confirm_line(session, actor, round_id, line_id, version, basis, today, verdicts)
            done += 1
        except NotFoundError:
            words = _("Somebody calculated the round anew meanwhile: this line is gone.")
            refused.append(Refused(line_id, words))
        except LotsenbuchError as error:
            refused.append(Refused(line_id, str(error)))
    return done, tuple(refused)


def decide_otherwise(
    session: Session,
    actor: Actor,
    round_id: str,
    line_id: str,
    decision: Decision,
    version: int,
    basis: MatchingBasis,
    today: date,
) -> AllocationLine:
    """Give a place in another course of the round, or none; the reason is kept, encrypted.

    Raises like `confirm_line`, and `InvalidInputError` for a course that is not part of the round.
    """
    found = _fetch_open(session, actor, round_id)
    line = fetch_line(session, found.id, line_id)
    if line.state in DECIDED and (line.decided_offer_id, line.reason) == (
        decision.offer_id,
        decision.reason,
    ):
        return line
    _require_unchanged(line, version, "proposed", "declined")
    _fetch_own(session, line, is_writable_by(actor))
    if decision.offer_id is None:
        _decide(session, actor, line, "declined", None, decision.reason)
        return line
    if decision.offer_id not in found.offer_ids:
        raise InvalidInputError(_("This course is not part of the round."), field="offer_id")
    _give_place(session, actor, found, line, decision.offer_id, decision.reason, basis, today)
    _decide(session, actor, line, "changed", decision.offer_id, decision.reason)
    return line


def take_back(
    session: Session, actor: Actor, round_id: str, line_id: str, version: int, today: date
) -> AllocationLine:
    """Undo a decision while the round is open: the line is open again, and so is the waiting.

    The referral that the place became is cancelled as a mistake. Raises `NotFoundError`, and
    `ConflictError` when the line or the referral went on meanwhile.
    """
    found = _fetch_open(session, actor, round_id)
    line = fetch_line(session, found.id, line_id)
    if line.state == "proposed":
        return line
    _require_unchanged(line, version, *DECIDED)
    _fetch_own(session, line, is_writable_by(actor))
    if line.state in HAS_SEAT:
        _take_place_back(session, actor, line, today)
    line.referral_id = None
    _decide(session, actor, line, "proposed", None, None)
    return line


def read_reason(session: Session, actor: Actor, round_id: str, line_id: str) -> str:
    """Why a person decided otherwise, with an audit entry; raises `NotFoundError`."""
    found = fetch_round(session, actor, round_id)
    line = fetch_line(session, found.id, line_id)
    fetch_client(session, line.client_id, is_confided_to(actor))
    if line.reason is None:
        raise NotFoundError("no such reason")
    record_access(session, actor.id, "allocation.read_reason", "allocation_line", line.id)
    return line.reason


def _fetch_open(session: Session, actor: Actor, round_id: str) -> AllocationRound:
    """The round, locked: two who give the last seat come one after the other."""
    found = fetch_round(session, actor, round_id, for_update=True)
    if found.state != "open":
        raise ConflictError(_("This round is closed."))
    return found


def _require_unchanged(line: AllocationLine, version: int, *states: str) -> None:
    if line.version != version or line.state not in states:
        raise ConflictError(_("Somebody else decided on this line meanwhile."))


def _give_place(
    session: Session,
    actor: Actor,
    found: AllocationRound,
    line: AllocationLine,
    offer_id: str,
    reason: str | None,
    basis: MatchingBasis,
    today: date,
    verdicts: Verdicts | None = None,
) -> None:
    """Take the seat, refer the client, end the waiting, and note who is passed over."""
    offer = session.get(Offer, offer_id)
    # What became confidential is given out on no list: the line would tell what the referral hides.
    if offer is None or offer.status != "published" or offer.is_sensitive:
        raise ConflictError(_("This offer is not in the directory any more."))
    if count_taken(session, found.id, offer_id) >= found.seats.get(offer_id, 0):
        words = _("The last place in “%(title)s” was given meanwhile.", title=offer.title)
        raise NoSeatLeftError(words)
    client = _fetch_waiting(session, actor, line)
    referral = _refer(session, actor, line, client, offer, basis, today)
    # How many places there are was said for the round; that counts where the directory knows of fewer.
    hold_seat(session, referral)
    _note_passed(session, actor, found, line, offer, reason, basis, today, verdicts)
    end_entries(session, actor, client.id, "placed", offer=offer)
    facts = {"kind": offer.course_kind} if offer.course_kind else {}
    note_event(session, client.id, actor, "place_given", facts)
    line.referral_id = referral.id


def _fetch_own(session: Session, line: AllocationLine, condition: ColumnElement[bool]) -> Client:
    """The client of the line, locked; a round goes on after a case went to another team."""
    try:
        return fetch_client(session, line.client_id, condition, for_update=True)
    except (NotFoundError, CaseClosedError):
        words = _("This case is closed, or in the hands of another team by now.")
        raise ConflictError(words) from None


def _fetch_waiting(session: Session, actor: Actor, line: AllocationLine) -> Client:
    """The client, who still waits and whose case the person deciding works on."""
    client = _fetch_own(session, line, is_referable_by(actor))
    entry = session.get(WaitingEntry, line.entry_id)
    if entry is None or entry.ended_at is not None:
        raise ConflictError(_("This person waits no more. Please calculate the round anew."))
    return client


def _refer(
    session: Session,
    actor: Actor,
    line: AllocationLine,
    client: Client,
    offer: Offer,
    basis: MatchingBasis,
    today: date,
) -> Referral:
    """Refer the client to the course, to be followed up today; an open referral there is used."""
    for earlier in find_earlier_referrals(session, client.id, offer.id, actor):
        if is_open(earlier.state):
            known = session.get_one(Referral, earlier.id)
            news = NoNews.model_validate({"follow_up_on": today}, context={"today": today})
            return postpone_follow_up(session, actor, known.id, news, known.version)
    goals = list_goals(session, client.id)
    goal = next((g for g in goals if g.state == "open" and g.area == "language"), None)
    order = ReferralOrder.model_validate(
        {
            "client_id": client.id,
            "offer_id": offer.id,
            "creation_key": derived_id("allocation-line", f"{line.id}:{line.version}:{offer.id}"),
            "mode": "signpost",
            "goal_id": goal.id if goal else None,
            "follow_up_on": today,
            # How many places there are was said when the round was opened.
            "despite_rules": ("full",),
            "sheet_language": sheet_language(
                client.sheet_language, client.reads, client.languages, SHEET_LANGUAGES
            ),
        },
        context={"today": today},
    )
    try:
        return refer_with_sheet(session, actor, order, basis, today)
    except OfferExcludedError:
        words = _("By the rules the course does not suit any more. Please calculate the round anew.")
        raise ConflictError(words) from None


def _note_passed(
    session: Session,
    actor: Actor,
    found: AllocationRound,
    line: AllocationLine,
    offer: Offer,
    reason: str | None,
    basis: MatchingBasis,
    today: date,
    verdicts: Verdicts | None,
) -> None:
    """Keep why those who wait longer do not get this place; not of who gets one in this round."""
    lines = session.exec(select(AllocationLine).where(AllocationLine.round_id == found.id)).all()
    of_entry = {one.entry_id: one for one in lines}
    served = {
        one.client_id
        for one in lines
        if one.state in HAS_SEAT or (one.state == "proposed" and one.proposed_offer_id is not None)
    }
    waiting = [
        one
        for one in list_waiting_before(session, offer, line.client_id)
        if one.client_id not in served
    ]
    judged = judge_waiting(session, offer.id, waiting, basis, today, verdicts)
    pass_over(session, actor, offer.id, judged.excluded)
    told: list[tuple[str, str]] = []
    for one in judged.suited:
        passed = of_entry.get(one.entry_id)
        if passed is None:
            told.append((one.entry_id, "not_in_round"))
            continue
        is_decided = reason is not None or passed.state == "declined"
        code = pass_reason(passed.facts, line.facts, is_decided=is_decided)
        if passed.reason is None:
            told.append((one.entry_id, code))
        else:  # The reason of another person's line may tell of that person: it stays there.
            pass_over(session, actor, offer.id, [(one.entry_id, code)], passed.reason)
    pass_over(session, actor, offer.id, told)


def _take_place_back(session: Session, actor: Actor, line: AllocationLine, today: date) -> None:
    referral = session.get(Referral, line.referral_id or "")
    if referral is not None and is_open(referral.state):
        if referral.state not in {"handed_over", "agreed"}:
            raise ConflictError(_("The referral went on meanwhile: please end it there first."))
        report = OutcomeReport.model_validate(
            {"to_state": "cancelled", "reason": "mistake"}, context={"today": today}
        )
        record_outcome(session, actor, referral.id, report, referral.version, today=today)
    ended = select(WaitingEntry.id).where(
        WaitingEntry.client_id == line.client_id,
        WaitingEntry.end_reason == "placed",
        WaitingEntry.placed_in == line.decided_offer_id,
    )
    for entry_id in session.exec(ended).all():
        rejoin_list(session, actor, line.client_id, entry_id)
    offer = session.get(Offer, line.decided_offer_id or "")
    facts = {"kind": offer.course_kind} if offer is not None and offer.course_kind else {}
    note_event(session, line.client_id, actor, "place_taken_back", facts)


def _decide(
    session: Session,
    actor: Actor,
    line: AllocationLine,
    state: str,
    offer_id: str | None,
    reason: str | None,
) -> None:
    line.state, line.decided_offer_id, line.reason = state, offer_id, reason
    is_decided = state in DECIDED
    line.decided_by, line.decided_at = (actor.id, utc_now()) if is_decided else (None, None)
    line.version += 1
    session.add(line)
    action = "allocation.confirm" if state == "confirmed" else "allocation.decide"
    record_access(session, actor.id, action, "allocation_line", line.id)
    session.flush()
