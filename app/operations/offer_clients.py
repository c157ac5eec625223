"""Which clients an offer suits: the same rules and reasons, asked the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_own_or_deputised, is_visible_to
from app.cases.queries import CaseBasis, client_name, load_cases
from app.core.errors import NotFoundError
from app.core.paging import Page, build_page
from app.directory.models import Offer
from app.matching.ranking import assess_offer
from app.matching.types import Match
from app.operations.client_facts import load_client_facts
from app.operations.referring import MatchingBasis
from app.referrals.models import Referral

PAGE_SIZE: Final = 25
Wanted = Literal["all", "suitable", "to_clarify"]


@dataclass(frozen=True, slots=True)
class SuitedClient:
    """A client whom the offer suits."""

    client: Client
    name: str
    match: Match
    referral_id: str | None
    """The last referral of this client to this offer, if any."""
    referral_state: str | None


@dataclass(frozen=True, slots=True)
class OfferClients:
    """The clients whom an offer suits."""

    page: Page[SuitedClient]
    counts: dict[str, int]
    """``suitable`` and ``to_clarify``, of all."""
    asked: int
    """How many open cases were looked at."""


def find_clients(
    session: Session,
    actor: Actor,
    offer_id: str,
    basis: MatchingBasis,
    today: date,
    *,
    wanted: Wanted = "all",
    number: int = 1,
) -> OfferClients | None:
    """The open cases of ``actor`` (a team lead: of the team) that the offer suits, the best first.

    `None` for an offer that is sensitive: whom it suits is nothing for a list. Raises `NotFoundError`
    for one that is not published. Before anybody sees the names, `note_listing` is due: on its own, as
    this takes a while for a large caseload, and only one can write at a time.
    """
    offer = session.get(Offer, offer_id)
    row = basis.table.row_of.get(offer_id)
    if offer is None or row is None:
        raise NotFoundError("no such offer")
    if offer.is_sensitive:
        return None
    is_mine = is_visible_to(actor) if actor.may("case:read_all") else is_own_or_deputised(actor)
    cases = load_cases(session, is_mine, col(Client.closed_on).is_(None))
    matches = _match(session, cases, offer_id, row, basis, today)
    referrals = _load_referrals(session, offer_id, [case.client.id for case, _ in matches])
    found = [
        SuitedClient(
            case.client, client_name(case.client), match, *referrals.get(case.client.id, _NONE)
        )
        for case, match in matches
    ]
    counts = {
        code: sum(one.match.verdict == code for one in found) for code in ("suitable", "to_clarify")
    }
    kept = [one for one in found if wanted in {"all", one.match.verdict}]
    return OfferClients(build_page(kept, number, PAGE_SIZE), counts, len(cases))


def note_listing(session: Session, actor: Actor) -> None:
    """Note in the access log that names were listed."""
    record_access(session, actor.id, "client.list", "client_list", "")


_NONE: Final = (None, None)


def _match(
    session: Session,
    cases: list[CaseBasis],
    offer_id: str,
    row: int,
    basis: MatchingBasis,
    today: date,
) -> list[tuple[CaseBasis, Match]]:
    """Everybody beside this one offer: a table of one row is asked in a fraction of a millisecond."""
    facts = load_client_facts(session, cases)
    table = basis.table.take(np.array([row], dtype=np.intp))
    found = []
    for case in cases:
        known = facts[case.client.id]
        answer = assess_offer(known, table, basis.rules, basis.taxonomy, today, offer_id)
        if isinstance(answer, Match):
            found.append((case, answer))
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0].client.id))


def _load_referrals(
    session: Session, offer_id: str, client_ids: list[str]
) -> dict[str, tuple[str | None, str | None]]:
    """Client → id and state of the last referral to this offer."""
    rows = session.exec(
        select(Referral.client_id, Referral.id, Referral.state)
        .where(col(Referral.client_id).in_(client_ids), Referral.offer_id == offer_id)
        .order_by(col(Referral.created_at), col(Referral.id))
    ).all()
    return {client_id: (key, state) for client_id, key, state in rows}
