"""Consents of the demo's clients: valid, about to end, expired, revoked; and what rests on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.consent_records import ConsentCreate
from app.cases.consents import record_consent, revoke_consent
from app.cases.privacy_models import Consent
from app.cases.queries import get_client
from app.core.ids import derived_id
from app.directory.models import Offer
from app.operations.client_facts import facts_of
from app.operations.referring import MatchingBasis, refer_with_sheet
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport, ReferralOrder
from app.referrals.service import OfferExcludedError

_FIRST_CALL: Final = ("name", "phone", "languages", "german_level")


@dataclass(frozen=True, slots=True)
class _Story:
    """One client's consent, days counted from today."""

    given_days_ago: int
    valid_days: int
    """From today; negative: over."""
    data: tuple[str, ...] = _FIRST_CALL
    way: str = "signed"
    revoked_days_ago: int | None = None
    steps: tuple[dict[str, Any], ...] | None = None
    """Of the referral that was arranged with it; `None`: there is none."""


_STORIES: Final = (
    _Story(12, 353, steps=()),
    _Story(3, 362, ("name", "phone", "needs"), "spoken", steps=()),
    _Story(345, 20, steps=({"to_state": "sent"}, {"to_state": "accepted"})),
    _Story(380, -15),
    _Story(40, 325, revoked_days_ago=2, steps=({"to_state": "sent"},)),
)


def add_demo_consents(
    session: Session, people: Sequence[tuple[str, Actor]], basis: MatchingBasis, today: date
) -> int:
    """Give some of ``people`` (client id and case worker) consents; tells how many.

    The first ones are the same case worker's, so that one account shows it all.
    """
    if not people:
        return 0
    own = [person for person in people if person[1].id == people[0][1].id]
    told = list(zip(own, _STORIES, strict=False))
    for (client_id, actor), story in told:
        _tell(session, client_id, actor, story, basis, today)
    for client_id, actor in own[len(told) : len(told) + 2]:
        _refer_confidentially(session, client_id, actor, basis, today)
    return len(told)


def _tell(
    session: Session, client_id: str, actor: Actor, story: _Story, basis: MatchingBasis, today: date
) -> None:
    """The referral is arranged while the consent holds, and what ends it comes afterwards."""
    case = get_client(session, client_id, actor)
    matches = basis.rank(facts_of(session, case), today, per_group=3).matches
    offers = [session.get_one(Offer, match.offer_id) for match in matches]
    offer = next((one for one in offers if not one.is_sensitive), None)
    if offer is None:
        return
    given_on = today - timedelta(days=story.given_days_ago)
    consent = _record(session, client_id, actor, offer.provider_id, story, given_on)
    if story.steps is not None:
        _arrange(session, client_id, actor, offer.id, story, basis, today)
    consent.valid_until = today + timedelta(days=story.valid_days)
    session.add(consent)
    if story.revoked_days_ago is not None:
        revoked_on = today - timedelta(days=story.revoked_days_ago)
        revoke_consent(session, actor, client_id, consent.id, revoked_on)


def _record(
    session: Session, client_id: str, actor: Actor, provider_id: str, story: _Story, given_on: date
) -> Consent:
    data = ConsentCreate.model_validate(
        {
            "provider_id": provider_id,
            "data": story.data,
            "given_on": given_on,
            "way": story.way,
            "valid_until": given_on + timedelta(days=365),
        },
        context={"today": given_on},
    )
    return record_consent(
        session, actor, client_id, data, derived_id("demo-consent", f"{client_id}:{given_on}")
    )


def _arrange(
    session: Session, client_id: str, actor: Actor, offer_id: str, story: _Story,
    basis: MatchingBasis, today: date,
) -> None:  # fmt: skip
    order = ReferralOrder(
        client_id=client_id,
        offer_id=offer_id,
        creation_key=derived_id("demo-arranged", f"{client_id}:{offer_id}"),
        mode="arranged",
        released=story.data,
    )
    referral = refer_with_sheet(session, actor, order, basis, today)
    for step in story.steps or ():
        report = OutcomeReport.model_validate({**step, "happened_on": today}, context={"today": today})
        record_outcome(session, actor, referral.id, report, referral.version, today=today)


def _refer_confidentially(
    session: Session, client_id: str, actor: Actor, basis: MatchingBasis, today: date
) -> None:
    """To the first sensitive offer whose rules let the client in; there may be none."""
    sensitive = (
        select(Offer.id)
        .where(col(Offer.is_sensitive), Offer.status == "published")
        .order_by(col(Offer.external_id))
    )
    for offer_id in session.exec(sensitive).all():
        order = ReferralOrder(
            client_id=client_id,
            offer_id=offer_id,
            creation_key=derived_id("demo-confidential", client_id),
        )
        try:
            refer_with_sheet(session, actor, order, basis, today)
        except OfferExcludedError:
            continue
        return
