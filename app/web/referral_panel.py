"""What stands beside the form by which a client is referred to an offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.cases.consent_rules import ConsentFact
from app.cases.consents import list_consents_for
from app.cases.queries import ClientCase, get_client
from app.core.errors import NotFoundError
from app.directory.queries import OfferCard, load_offer_cards
from app.matching.service import OfferCheck
from app.operations.client_facts import facts_of
from app.operations.partner_requests import find_request_address
from app.referrals.guarding import find_alike
from app.referrals.queries import ReferralLine, find_earlier_referrals, list_referrals_of_client
from app.web.access import current_actor
from app.web.labels.consents import Release, list_releases
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

FIRST_CALL: Final = ("name", "phone", "languages", "german_level")
"""What a provider needs to know at the first call."""


@dataclass(frozen=True, slots=True)
class ReferralPanel:
    """What the panel shows beside the form."""

    case: ClientCase
    card: OfferCard
    check: OfferCheck
    earlier: tuple[ReferralLine, ...]
    """To the same offer."""
    alike: tuple[ReferralLine, ...]
    """Open, to another offer of the same kind at the same hours."""
    consents: tuple[ConsentFact, ...]
    """In force, for a referral to this provider."""
    can_be_asked: bool
    """Whether the directory knows an e-mail of the provider."""

    @property
    def releases(self) -> list[Release]:
        """What could be handed over."""
        return list_releases(self.case, len(self.case.household))

    @property
    def preset(self) -> list[str]:
        """What is ticked at first: what a first call needs, as far as a consent (if any) covers it."""
        covered = {code for consent in self.consents for code in consent.data}
        return [code for code in FIRST_CALL if not self.consents or code in covered]

    def goal_for(self, wanted: str | None) -> str:
        """The open goal that was asked for, or else the one that the offer serves; empty: none."""
        if wanted in {goal.id for goal in self.case.open_goals}:
            return str(wanted)
        if self.check.match is None:
            return ""
        areas = [r.facts.get("area") for r in self.check.match.reasons if r.code == "goal"]
        areas.append(self.check.match.serves)
        return next(
            (goal.id for area in areas for goal in self.case.open_goals if goal.area == area), ""
        )


def load_panel(client_id: str, offer_id: str) -> ReferralPanel:
    """The panel for this client and offer, with the audit entries; raises `NotFoundError`."""
    runtime, actor = current_runtime(), current_actor()
    basis = matching_basis(runtime)
    with runtime.database.write() as session:
        case = get_client(session, client_id, actor)
        card = load_offer_cards(session, [offer_id]).get(offer_id)
        if card is None:
            raise NotFoundError("no such offer")
        earlier = find_earlier_referrals(session, client_id, offer_id, actor)
        referrals = list_referrals_of_client(session, client_id, actor)
        consents = list_consents_for(session, client_id, card.provider_id, runtime.today)
        facts = facts_of(session, case)
        can_be_asked = find_request_address(session, offer_id) is not None
    check = basis.check(facts, runtime.today, offer_id)
    alike = find_alike(basis.table, offer_id, referrals)
    return ReferralPanel(case, card, check, earlier, alike, consents, can_be_asked)
