"""A client gets a place: the waiting ends, and why those who wait longer were passed over is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from sqlmodel import Session, col

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.queries import load_cases
from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.directory.models import Offer
from app.matching.comparison import Comparison
from app.matching.eligibility import decide_all
from app.matching.prepared import PreparedOffers
from app.matching.questions import explain_exclusion
from app.matching.types import ClientFacts
from app.matching.waiting import MAX_NOTE_CHARACTERS, end_entries, pass_over
from app.matching.waiting_queries import list_waiting_before
from app.matching.waiting_rules import PASS_REASONS_TO_CHOOSE, Waiting
from app.operations.client_facts import load_client_facts
from app.operations.referring import MatchingBasis
from app.referrals.models import Referral
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport

HAS_A_PLACE: Final = frozenset({"accepted", "started", "completed"})
"""States in which a client has, or had, a place."""
GETS_A_PLACE: Final = frozenset({"accepted", "started"})
"""Steps with which somebody gets a place now; of who is told to have completed, it is long ago."""
ABOUT_THE_OFFER: Final = frozenset({"full", "deadline_passed", "already_started", "over"})
"""Rules that hold for everybody alike: no reason why somebody else got the place."""


class PassingOver(BaseModel):
    """Why a client gets a place before those who wait longer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(max_length=40)
    note: str | None = Field(default=None, max_length=MAX_NOTE_CHARACTERS, validate_default=True)

    @field_validator("reason")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in PASS_REASONS_TO_CHOOSE:
            raise PydanticCustomError("waiting", "{words}", {"words": _("Please choose a reason.")})
        return value

    @field_validator("note")
    @classmethod
    def _explains_a_decision(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("reason") == "decided" and not value:
            words = _("Please say why: it is kept for those who were passed over.")
            raise PydanticCustomError("waiting", "{words}", {"words": words})
        return value


class PassesOverError(LotsenbuchError):
    """People who wait longer, and whom the course suits, would be passed over without a reason."""

    def __init__(self, count: int) -> None:
        super().__init__(
            ngettext(
                "%(num)s person waits longer for this, and the offer suits by the rules.",
                "%(num)s people wait longer for this, and the offer suits them by the rules.",
                count,
            )
        )
        self.count = count


@dataclass(frozen=True, slots=True)
class Judged:
    """Those who wait longer, by what the rules say of the offer."""

    suited: tuple[Waiting, ...]
    excluded: tuple[tuple[str, str], ...]
    """Entry id and the first rule that is about the person, or ``decided``: somebody set the offer
    aside for them. Which offers that are stands encrypted, so it is not told here."""


def record_outcome_of_place(
    session: Session,
    actor: Actor,
    referral_id: str,
    report: OutcomeReport,
    version: int,
    *,
    basis: MatchingBasis,
    passing_over: PassingOver | None,
    today: date,
) -> Referral:
    """Take in what became known of a referral; with a place, the client waits for it no more.

    Raises like `record_outcome`, and `PassesOverError` when people who wait longer, and suit, would be
    passed over without a reason. Of a sensitive offer there is no list.
    """
    known = session.get(Referral, referral_id)
    had_a_place = known is not None and known.state in HAS_A_PLACE
    referral = record_outcome(session, actor, referral_id, report, version, today=today)
    if had_a_place or report.to_state not in HAS_A_PLACE or referral.offer_id is None:
        return referral
    offer = session.get_one(Offer, referral.offer_id)
    if report.to_state in GETS_A_PLACE:
        _keep_reasons(session, actor, offer, referral, passing_over, basis, today)
    end_entries(session, actor, referral.client_id, "placed", offer=offer)
    return referral


def _keep_reasons(
    session: Session,
    actor: Actor,
    offer: Offer,
    referral: Referral,
    passing_over: PassingOver | None,
    basis: MatchingBasis,
    today: date,
) -> None:
    """Keep why those who wait longer did not get the place; without a reason `PassesOverError`."""
    before = list_waiting_before(session, offer, referral.client_id)
    judged = judge_waiting(session, offer.id, before, basis, today)
    if judged.suited and passing_over is None:
        raise PassesOverError(len(judged.suited))
    pass_over(session, actor, offer.id, judged.excluded)
    if passing_over is not None:
        reasons = [(one.entry_id, passing_over.reason) for one in judged.suited]
        pass_over(session, actor, offer.id, reasons, passing_over.note)


Verdicts = dict[tuple[str, str], str | None]
"""Offer and client → the rule about the person that excludes it, or `None`: it suits."""


def judge_waiting(
    session: Session,
    offer_id: str,
    waiting: Sequence[Waiting],
    basis: MatchingBasis,
    today: date,
    verdicts: Verdicts | None = None,
) -> Judged:
    """What the rules say of the offer for each who waits; of cases only this leaves the function.

    ``verdicts``: what was said already in this transaction; whoever is in there is not judged again.
    """
    known = {} if verdicts is None else verdicts
    missing = {one.client_id for one in waiting if (offer_id, one.client_id) not in known}
    _judge(session, offer_id, missing, basis, today, known)
    suited: list[Waiting] = []
    excluded: list[tuple[str, str]] = []
    for one in waiting:
        rule = known[offer_id, one.client_id]
        if rule is None:
            suited.append(one)
        else:
            excluded.append((one.entry_id, rule))
    return Judged(tuple(suited), tuple(excluded))


def _judge(
    session: Session,
    offer_id: str,
    client_ids: set[str],
    basis: MatchingBasis,
    today: date,
    verdicts: Verdicts,
) -> None:
    if not client_ids:
        return
    facts = load_client_facts(session, load_cases(session, col(Client.id).in_(client_ids)))
    offers = _prepare_one(basis, offer_id, today)
    for client_id in client_ids:
        codes = _excluding_rules(facts[client_id], offers, basis) if offers else []
        personal = next((code for code in codes if code not in ABOUT_THE_OFFER), None)
        if any(set_aside == offer_id for set_aside, _why in facts[client_id].dismissed):
            personal = "decided"
        verdicts[offer_id, client_id] = personal


def _prepare_one(basis: MatchingBasis, offer_id: str, today: date) -> PreparedOffers | None:
    """A table of this offer alone: many people are asked about it; `None`: it is not published."""
    row = basis.table.row_of.get(offer_id)
    if row is None:
        return None
    return PreparedOffers(basis.table.take(np.array([row], dtype=np.intp)), basis.rules, today)


def _excluding_rules(facts: ClientFacts, offers: PreparedOffers, basis: MatchingBasis) -> list[str]:
    comparison = Comparison(facts, offers, basis.taxonomy)
    eligibility = decide_all(comparison)
    if not eligibility.is_excluded[0]:
        return []
    return [rule.code for rule in explain_exclusion(comparison, eligibility, 0)]
