"""What the demo shows of referrals made together: a family's, and one client's choices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.queries import get_client
from app.core.ids import derived_id
from app.directory.models import Offer
from app.matching.types import Match
from app.operations.client_facts import facts_of
from app.operations.referring import MatchingBasis
from app.operations.referring_together import Part, refer_together
from app.referrals.models import Referral
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport, ReferralOrder

_FEWEST_OF_A_FAMILY: Final = 2
_CHOICES: Final = 3


def add_demo_bundles(
    session: Session, people: Sequence[tuple[str, Actor]], basis: MatchingBasis, today: date
) -> int:
    """Refer a family together, and another client to three offers of which the first turned them away.

    ``people``: client id and case worker. Tells how many referrals there are.
    """
    if not people:
        return 0
    worker_id = people[0][1].id
    # Some have been handed over or closed by now.
    mine = select(Client.id).where(Client.case_worker_id == worker_id, col(Client.closed_on).is_(None))
    still_mine = set(session.exec(mine).all())
    own = [one for one in people if one[1].id == worker_id and one[0] in still_mine]
    family = _refer_family(session, own, basis, today)
    known = {one.client_id for one in family}
    others = [person for person in own if person[0] not in known]
    return len(family) + len(_refer_in_order(session, others, basis, today))


def _refer_family(
    session: Session, people: Sequence[tuple[str, Actor]], basis: MatchingBasis, today: date
) -> tuple[Referral, ...]:
    """The first household of which two or more suit the same offer."""
    for household in _list_households(session, [client_id for client_id, _actor in people]):
        members = [person for person in people if person[0] in household]
        suits = [
            {match.offer_id for match in _list_suitable(session, *member, basis, today)}
            for member in members
        ]
        wanted = [offer_id for each in suits for offer_id in sorted(each)]
        best = max(wanted, key=wanted.count, default=None)
        going = [
            member
            for member, found in zip(members, suits, strict=True)
            if best is not None and best in found
        ]
        if best is not None and len(going) >= _FEWEST_OF_A_FAMILY:
            key = derived_id("demo-family", best)
            parts = [Part(_order(client_id, best, key)) for client_id, _actor in going]
            return refer_together(session, going[0][1], parts, basis, today)
    return ()


def _refer_in_order(
    session: Session, people: Sequence[tuple[str, Actor]], basis: MatchingBasis, today: date
) -> tuple[Referral, ...]:
    for client_id, actor in people:
        matches = _list_suitable(session, client_id, actor, basis, today)
        alike = [one.offer_id for one in matches if one.serves == matches[0].serves]
        offers = alike[:_CHOICES]
        if len(offers) < _CHOICES:
            continue
        key = derived_id("demo-order", client_id)
        parts = [
            Part(_order(client_id, offer_id, key), preference=place, is_later=place > 1)
            for place, offer_id in enumerate(offers, start=1)
        ]
        referrals = refer_together(session, actor, parts, basis, today)
        report = OutcomeReport.model_validate(
            {"to_state": "rejected", "reason": "documents_missing", "happened_on": today},
            context={"today": today},
        )
        first = referrals[0]
        record_outcome(session, actor, first.id, report, first.version, today=today)
        return referrals
    return ()


def _list_households(session: Session, client_ids: Sequence[str]) -> list[set[str]]:
    """Who lives together, of ``client_ids``; households of one are left out."""
    rows = session.exec(
        select(Client.household_id, Client.id)
        .where(col(Client.id).in_(client_ids), col(Client.household_id).is_not(None))
        .order_by(col(Client.household_id), col(Client.id))
    ).all()
    found: dict[str | None, set[str]] = {}
    for household_id, client_id in rows:
        found.setdefault(household_id, set()).add(client_id)
    return [members for members in found.values() if len(members) >= _FEWEST_OF_A_FAMILY]


def _list_suitable(
    session: Session, client_id: str, actor: Actor, basis: MatchingBasis, today: date
) -> list[Match]:
    """The offers that suit and are new to the client, none of them sensitive; the best first."""
    matches = basis.rank(
        facts_of(session, get_client(session, client_id, actor)), today, per_group=3
    ).matches
    begun = select(Referral.offer_id).where(Referral.client_id == client_id)
    known = set(session.exec(begun).all())
    ids = {match.offer_id for match in matches} - known
    plain = select(Offer.id).where(col(Offer.id).in_(ids), col(Offer.is_sensitive).is_(False))
    shown = set(session.exec(plain).all())
    return [match for match in matches if match.offer_id in shown]


def _order(client_id: str, offer_id: str, key: str) -> ReferralOrder:
    return ReferralOrder(client_id=client_id, offer_id=offer_id, creation_key=key)
