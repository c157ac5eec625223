"""What stands beside the form by which a client is referred to an offer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import url_for
from sqlmodel import Session

from app.cases.consent_rules import ConsentFact
from app.cases.consents import list_consents_for
from app.cases.households import list_open_housemates
from app.cases.policy import is_referable_by
from app.cases.queries import ClientCase, client_name, fetch_client, get_client
from app.cases.rules import sheet_language
from app.core.errors import NotFoundError
from app.directory.queries import OfferCard, load_offer_cards
from app.matching.service import OfferCheck
from app.matching.types import ClientFacts
from app.operations.client_facts import facts_of
from app.operations.partner_requests import find_way_of_asking
from app.printouts.phrases import SHEET_LANGUAGES
from app.referrals.follow_ups import follow_up_day
from app.referrals.guarding import find_alike
from app.referrals.queries import ReferralLine, find_earlier_referrals, list_referrals_of_client
from app.referrals.service import never_told
from app.referrals.states import FIRST_STATE, is_open
from app.web.access import current_actor
from app.web.labels.consents import Release, list_releases
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

FIRST_CALL: Final = ("name", "phone", "languages", "german_level")
FIRST_MEETING: Final = ("name", "phone", "area", "languages")
"""With a volunteer; the phone is shown once both have agreed (`app.referrals.service.kept_back`)."""
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
    """Whether the directory knows an e-mail of the provider, or its people have accounts."""

    @property
    def client_id(self) -> str:
        """Whose panel it is."""
        return self.case.client.id

    @property
    def name(self) -> str:
        """Of the client."""
        return client_name(self.case.client)

    @property
    def open_earlier(self) -> ReferralLine | None:
        """An open referral to the same offer."""
        return next((line for line in self.earlier if is_open(line.state)), None)

    @property
    def is_clear(self) -> bool:
        """Whether nothing speaks against the referral, or has to be decided first."""
        return self.check.match is not None and self.open_earlier is None

    @property
    def language(self) -> str:
        """What the client's sheet is preset to."""
        client = self.case.client
        return sheet_language(client.sheet_language, client.reads, client.languages, SHEET_LANGUAGES)

    @property
    def releases(self) -> list[Release]:
        """What could be handed over."""
        never = never_told(self.card)
        releases = list_releases(self.case, len(self.case.household))
        return [one for one in releases if one.code not in never]

    @property
    def preset(self) -> list[str]:
        """What is ticked at first: what a first call needs, as far as a consent (if any) covers it."""
        covered = {code for consent in self.consents for code in consent.data}
        usual = FIRST_MEETING if self.card.kind == "volunteer" else FIRST_CALL
        return [code for code in usual if not self.consents or code in covered]

    def follow_up_on(self, today: date) -> date | None:
        """The preset day on which to ask what came of it."""
        kind = None if self.card.is_sensitive else self.card.kind
        return follow_up_day(FIRST_STATE["signpost"], today, kind=kind)

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
    with runtime.database.write() as session:
        found = _gather(session, get_client(session, client_id, actor), offer_id)
    return _judge(found)


def load_panels(client_ids: Iterable[str], offer_id: str) -> tuple[ReferralPanel, ...]:
    """The panels of several clients for one offer, each in a short transaction of its own.

    Raises `NotFoundError` for a client whom the person signed in may not refer.
    """
    database, actor = current_runtime().database, current_actor()
    found = []
    for client_id in client_ids:
        with database.write() as session:
            fetch_client(session, client_id, is_referable_by(actor))
            found.append(_gather(session, get_client(session, client_id, actor), offer_id))
    return tuple(map(_judge, found))


def load_panels_of_client(client_id: str, offer_ids: Iterable[str]) -> tuple[ReferralPanel, ...]:
    """The panels of one client for several offers; raises `NotFoundError` likewise."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        fetch_client(session, client_id, is_referable_by(actor))
        case = get_client(session, client_id, actor)
        found = [_gather(session, case, offer_id) for offer_id in offer_ids]
    return tuple(map(_judge, found))


def load_housemates(client_id: str, offer_id: str) -> tuple[ReferralPanel, ...]:
    """The same for the others of the client's household whom the person signed in may refer."""
    condition = is_referable_by(current_actor())
    with current_runtime().database.read() as session:
        others = list_open_housemates(session, client_id, condition)
    return load_panels(others, offer_id) if others else ()


def address_after(referral_id: str, mode: str, *, is_sensitive: bool) -> str:
    """Where referring leads to: the sheet, or where to call and what may be told."""
    if mode == "signpost":
        return url_for("sheets.sheet", referral_id=referral_id)
    page = "referrals.show_sealed" if is_sensitive else "referrals.show_referral"
    return url_for(page, referral_id=referral_id)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What of a panel comes out of the database."""

    case: ClientCase
    card: OfferCard
    earlier: tuple[ReferralLine, ...]
    others: tuple[ReferralLine, ...]
    consents: tuple[ConsentFact, ...]
    facts: ClientFacts
    can_be_asked: bool


def _gather(session: Session, case: ClientCase, offer_id: str) -> _Gathered:
    actor, today = current_actor(), current_runtime().today
    card = load_offer_cards(session, [offer_id]).get(offer_id)
    if card is None:
        raise NotFoundError("no such offer")
    client_id = case.client.id
    return _Gathered(
        case=case,
        card=card,
        earlier=find_earlier_referrals(session, client_id, offer_id, actor),
        others=list_referrals_of_client(session, client_id, actor),
        consents=list_consents_for(session, client_id, card.provider_id, today),
        facts=facts_of(session, case),
        can_be_asked=find_way_of_asking(session, offer_id) is not None,
    )


def _judge(found: _Gathered) -> ReferralPanel:
    """What the rules say, which takes a while and needs no transaction."""
    runtime = current_runtime()
    basis = matching_basis(runtime)
    return ReferralPanel(
        case=found.case,
        card=found.card,
        check=basis.check(found.facts, runtime.today, found.card.id),
        earlier=found.earlier,
        alike=find_alike(basis.table, found.card.id, found.others),
        consents=found.consents,
        can_be_asked=found.can_be_asked,
    )
