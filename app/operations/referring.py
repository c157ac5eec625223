"""Referring a client with all that belongs to it: the rules run again, the sheet is kept.

Lies above the packages it brings together, for the pages and the demo data.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.directory.interests import Taxonomy
from app.directory.models import Offer, Provider
from app.directory.offer_table import OfferTable
from app.directory.public_holidays import Holidays
from app.directory.publicity import PROTECTED, is_public_offer
from app.directory.queries import OfferPage, get_offer_page
from app.matching.ranking import rank
from app.matching.rule_files import MatchingRules
from app.matching.service import OfferCheck, check_offer
from app.matching.types import GROUPS, ClientFacts, Match, MatchFilters, MatchResult
from app.operations.client_facts import facts_of
from app.printouts.snapshot import OfferSnapshot, snapshot_of
from app.referrals.models import Referral
from app.referrals.records import BundlePlace, ReferralOrder
from app.referrals.service import refer_client
from app.referrals.taking_up import take_up_choice

LONGEST_SITE: Final = 150
"""Characters of a website's address that make a code small enough to be read from paper."""


@dataclass(frozen=True, slots=True)
class MatchingBasis:
    """What every match is calculated from, beside the client."""

    table: OfferTable
    rules: MatchingRules
    taxonomy: Taxonomy
    public_url: str | None = None
    """Where the pages for everybody are, if they are: the code on a sheet leads there."""
    minute: int | None = None
    """Of the day, local time; a sheet names no date that has begun. `None`: not looked at."""

    def rank(
        self,
        facts: ClientFacts,
        today: date,
        *,
        filters: MatchFilters | None = None,
        limit: int | None = None,
        per_group: int | None = None,
        groups: Collection[str] = GROUPS,
        with_exclusions: bool = False,
        with_questions: bool = False,
    ) -> MatchResult:
        """All offers for one client; see `app.matching.ranking.rank` for the options."""
        return rank(
            facts,
            self.table,
            self.rules,
            self.taxonomy,
            today,
            filters=filters,
            limit=limit,
            per_group=per_group,
            groups=groups,
            with_exclusions=with_exclusions,
            with_questions=with_questions,
        )

    def check(self, facts: ClientFacts, today: date, offer_id: str) -> OfferCheck:
        """What the rules say of one offer; raises `NotFoundError` when it is not published."""
        return check_offer(facts, offer_id, today, self.table, self.rules, self.taxonomy)


def refer_with_sheet(
    session: Session,
    actor: Actor,
    order: ReferralOrder,
    basis: MatchingBasis,
    today: date,
    place: BundlePlace | None = None,
) -> Referral:
    """Refer the client and keep what the sheet says; raises like `refer_client`.

    ``place``: among others that are made with it.
    """
    return refer_client(
        session,
        actor,
        order,
        check=lambda case: basis.check(facts_of(session, case), today, order.offer_id),
        build_snapshot=partial(_snapshot, session, order.offer_id, basis, today),
        today=today,
        place=place,
    )


def take_up_with_sheet(
    session: Session,
    actor: Actor,
    referral_id: str,
    order: ReferralOrder,
    version: int,
    basis: MatchingBasis,
    today: date,
) -> Referral:
    """Refer the client to what was noted down for later; raises like `take_up_choice`."""
    return take_up_choice(
        session,
        actor,
        referral_id,
        order,
        version,
        check=lambda case: basis.check(facts_of(session, case), today, order.offer_id),
        build_snapshot=partial(_snapshot, session, order.offer_id, basis, today),
        today=today,
    )


def _snapshot(
    session: Session, offer_id: str, basis: MatchingBasis, today: date, match: Match | None
) -> dict[str, Any]:
    page = get_offer_page(session, offer_id)
    snapshot = snapshot_of_page(
        page, basis.table.holidays, today, match, basis.public_url, basis.minute
    )
    return snapshot.model_dump(mode="json")


def snapshot_of_page(
    page: OfferPage,
    holidays: Holidays,
    today: date,
    match: Match | None = None,
    public_url: str | None = None,
    minute: int | None = None,
) -> OfferSnapshot:
    """What is printed of an offer; at the place that is nearest to the client, if one was matched.

    ``public_url``, ``minute``: see `MatchingBasis`.
    """
    nearest = match.place_id if match else None
    place = next((p for p in page.places if p.id == nearest), next(iter(page.places), None))
    return snapshot_of(
        page.offer,
        page.provider,
        place,
        timetable=page.timetable,
        holidays=holidays,
        phrases=page.phrases.values(),
        person=next(iter(page.contacts), None),
        reasons=[reason.as_dict() for reason in match.reasons] if match else (),
        page_address=page_address(page.offer, page.provider, public_url),
        today=today,
        minute=minute,
    )


def page_address(offer: Offer, provider: Provider, public_url: str | None) -> str | None:
    """Where the code on a sheet leads: our page of the offer, else the provider's own, else nowhere.

    ``public_url`` `None`: public pages are switched off. Nothing protected is led to.
    """
    if public_url and is_public_offer(offer.status, offer.visibility):
        return f"{public_url}/wegweiser/angebote/{offer.id}"
    site = offer.website or provider.website
    if offer.visibility == PROTECTED or site is None or len(site) > LONGEST_SITE:
        return None
    return site if urlsplit(site).scheme in {"http", "https"} else None
