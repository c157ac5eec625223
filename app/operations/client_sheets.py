"""The sheets of several offers for one client: referrals as kept then, suggestions as of today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.queries import get_case_head
from app.core.errors import NotFoundError
from app.directory.queries import get_offer_page
from app.matching.types import ClientFacts
from app.operations.referring import MatchingBasis, snapshot_of_page
from app.operations.selection_lists import is_printable
from app.printouts.content import CaseWorkerContact
from app.printouts.snapshot import OfferSnapshot
from app.referrals.bundle_queries import load_group
from app.referrals.opening import get_referral, open_referral
from app.settings import TIMEZONE

MOST_SHEETS: Final = 20


@dataclass(frozen=True, slots=True)
class KeptSheets:
    """What was kept at the referrals, and whom the client may ask about it."""

    snapshots: tuple[OfferSnapshot, ...]
    case_worker: CaseWorkerContact


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """What was kept at one referral."""

    snapshot: OfferSnapshot
    language: str | None
    """Of the client's sheet, chosen then."""
    case_worker: CaseWorkerContact
    referred_on: date


def load_kept_sheets(
    session: Session, actor: Actor, client_id: str, referral_ids: Iterable[str]
) -> KeptSheets:
    """The sheets of referrals of this client, each with an audit entry (a transaction that writes).

    Raises `NotFoundError` when ``actor`` may not see the case, for a referral of another client, and
    for a sealed one: beside others it would say that it is confidential, so it is printed by itself.
    """
    head = get_case_head(session, client_id, actor, action="client.print_sheets")
    snapshots = []
    for referral_id in referral_ids:
        found = get_referral(session, referral_id, actor, action="referral.print")
        if found.referral.client_id != client_id or found.is_sealed or found.details is None:
            raise NotFoundError("no such sheet")
        snapshots.append(OfferSnapshot.model_validate(found.details.snapshot))
    worker = session.get_one(User, head.client.case_worker_id)
    return KeptSheets(tuple(snapshots), CaseWorkerContact(worker.name, worker.phone, worker.email))


def load_kept_sheet(session: Session, actor: Actor, referral_id: str) -> KeptSheet:
    """The sheet of one referral, audited (a transaction that writes); a confidential one is opened.

    Raises `NotFoundError`.
    """
    found = get_referral(session, referral_id, actor, action="referral.print")
    if found.is_sealed:
        found = open_referral(session, referral_id, actor)
    if found.details is None:
        raise NotFoundError("no such sheet")
    return KeptSheet(
        snapshot=OfferSnapshot.model_validate(found.details.snapshot),
        language=found.referral.sheet_language,
        case_worker=CaseWorkerContact(
            found.referred_by_name, found.referred_by_phone, found.referred_by_email
        ),
        referred_on=found.referral.created_at.astimezone(TIMEZONE).date(),
    )


def load_group_sheets(session: Session, actor: Actor, bundle_id: str) -> list[KeptSheet]:
    """The sheets of all who were referred together and whose case ``actor`` may see, by name.

    Raises `NotFoundError` when there is none.
    """
    lines = load_group(session, bundle_id, actor).lines
    return [load_kept_sheet(session, actor, line.id) for line in lines]


def load_fresh_sheets(
    session: Session,
    facts: ClientFacts,
    offer_ids: Iterable[str],
    basis: MatchingBasis,
    today: date,
) -> tuple[OfferSnapshot, ...]:
    """The sheets of offers as they are ``today``, with the harmless reasons why they suit.

    Raises `NotFoundError` for one that may not stand on a list (not offered, sensitive, protected).
    """
    snapshots = []
    for offer_id in offer_ids:
        page = get_offer_page(session, offer_id)
        if not is_printable(page):
            raise NotFoundError("no such sheet")
        match = basis.check(facts, today, offer_id).match
        snapshots.append(
            snapshot_of_page(page, basis.table.holidays, today, match, basis.public_url, basis.minute)
        )
    return tuple(snapshots)
