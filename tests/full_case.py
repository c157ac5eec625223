"""A case with one of everything that can hang on it, for the tests of who may see and what goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, SQLModel, col, select

from app.cases.contribution_models import ClientContribution
from app.cases.counselling_models import Appointment, CaseNote, ContactEntry, SelfAssessment
from app.cases.models import CaseEvent, Client, ClientInterest, Entitlement, Goal, Household
from app.cases.plan_models import GoalStep, IntegrationPlan, PlanReview
from app.cases.privacy_models import Consent, HandedOverCase, Handover
from app.cases.status_models import (
    CaseClosing,
    CaseCorrection,
    LevelEntry,
    Permit,
    RelatedPerson,
    ResidenceEntry,
    Takeover,
)
from app.core.ids import new_id
from app.directory.models import Offer, OfferSession
from app.matching.models import (
    AllocationLine,
    AllocationRound,
    FoundMatch,
    OfferDismissal,
    PassedOver,
    Tandem,
    TandemWish,
    WaitingEntry,
)
from app.referrals.models import Referral, ReferralEvent
from tests.conftest import TODAY
from tests.sheet_samples import FULL

MARKER = "Kornblume"
"""Stands in every sensitive text of the case."""
_NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FullCase:
    """The ids of the case and of what hangs on it, by the names that addresses use."""

    client_id: str
    ids: dict[str, str]


def add_full_case(session: Session, worker_id: str, other_id: str, name: str) -> FullCase:
    """A case of ``worker_id`` with a row in every table of cases; ``other_id`` once had it."""
    household = Household()
    session.add(household)
    session.flush()
    client = _client(worker_id, household.id, name)
    session.add(client)
    session.flush()
    ids = {"client_id": client.id, "section": "person"}
    for key, row in _rows(client.id, worker_id, other_id).items():
        session.add(row)
        session.flush()
        if hasattr(row, "id"):
            ids[key] = str(row.id)
        if key == "goal_id":
            ids["step_id"] = _add_step(session, ids["goal_id"])
        if key == "handover_id":
            session.add(
                HandedOverCase(handover_id=ids[key], client_id=client.id, from_id=other_id, note=MARKER)
            )
    ids |= _add_referrals(session, client.id, worker_id, ids["goal_id"])
    session.add(
        FoundMatch(client_id=client.id, offer_id=ids["offer_id"], score=0.7, found_on=TODAY, kind="new")
    )
    ids |= _add_waiting(session, client.id, worker_id, ids["offer_id"])
    ids["tandem_id"] = _add_tandem(session, client.id, worker_id, ids["offer_id"])
    dismissal = OfferDismissal(
        client_id=client.id,
        sealed={"offer_id": ids["offer_id"], "reason": "other", "note": MARKER},
        created_by=worker_id,
    )
    session.add(dismissal)
    session.flush()
    ids["dismissal_id"] = dismissal.id
    session.flush()
    return FullCase(client.id, ids)


def _client(worker_id: str, household_id: str, name: str) -> Client:
    return Client(
        case_worker_id=worker_id,
        household_id=household_id,
        given_name=name,
        family_name="Volltest",
        birth_date=date(1990, 5, 17),
        languages=["uk"],
        reads=["uk"],
        german_level="A2",
        german_level_evidence="test",
        residence_status="24",
        accessibility_note=MARKER,
        extension_reason="personal",
        extension_note=MARKER,
        counselling_started_on=TODAY - timedelta(days=400),
    )


def _rows(client_id: str, worker_id: str, other_id: str) -> dict[str, SQLModel]:
    """One row of each table, by the name of its id in addresses; in an order that suits the keys."""
    return {
        "interest_id": ClientInterest(client_id=client_id, word="Fußball", concept="football"),
        "entitlement_id": Entitlement(client_id=client_id, kind="obligation", issued_on=TODAY),
        "goal_id": Goal(client_id=client_id, area="language", target_level="B1", state_note=MARKER),
        "event_id": CaseEvent(client_id=client_id, code="client_created", at=_NOW),
        "plan": IntegrationPlan(client_id=client_id, review_on=TODAY),
        "review_id": PlanReview(client_id=client_id, reviewed_on=TODAY, note=MARKER),
        "contact_id": ContactEntry(
            client_id=client_id,
            happened_at=_NOW,
            channel="office",
            topics=["language"],
            minutes=30,
            note=MARKER,
            author_id=worker_id,
        ),
        "note_id": CaseNote(client_id=client_id, kind="health", text=MARKER, author_id=worker_id),
        "appointment_id": Appointment(
            client_id=client_id,
            kind="foreigners_office",
            starts_at=_NOW + timedelta(days=7),
            note=MARKER,
            created_by=worker_id,
        ),
        "assessment_id": SelfAssessment(
            client_id=client_id,
            taken_on=TODAY,
            language="uk",
            way="paper",
            answers={"health": 3, "comment": MARKER},
        ),
        "level_id": LevelEntry(client_id=client_id, skill="overall", level="A2", evidence="test"),
        "entry_id": ResidenceEntry(client_id=client_id, status="24"),
        "permit_id": Permit(client_id=client_id, kind="work", expires_on=TODAY),
        "person_id": RelatedPerson(
            client_id=client_id, role="emergency", relation="friend", name="Nora Notfall", phone="0711"
        ),
        "takeover_id": Takeover(client_id=client_id, taken_over_on=TODAY, note=MARKER),
        "closing_id": CaseClosing(
            client_id=client_id,
            closed_on=TODAY - timedelta(days=90),
            reason="moved",
            note=MARKER,
            reopened_on=TODAY - timedelta(days=60),
        ),
        "correction_id": CaseCorrection(
            client_id=client_id, field="extension_note", values={"before": MARKER, "after": None}
        ),
        "consent_id": Consent(
            client_id=client_id,
            purpose="referral",
            data=["name"],
            recipient=MARKER,
            given_on=TODAY,
            given_by="client",
            way="signed",
            language="uk",
            valid_until=TODAY + timedelta(days=365),
        ),
        "handover_id": Handover(to_id=worker_id, by_id=other_id, reason="leave", note=MARKER),
    }


def _add_step(session: Session, goal_id: str) -> str:
    step = GoalStep(goal_id=goal_id, words="Zur vhs gehen", actor="client")
    session.add(step)
    session.flush()
    return step.id


def _add_referrals(session: Session, client_id: str, worker_id: str, goal_id: str) -> dict[str, str]:
    offer = session.exec(
        select(Offer)
        .join(OfferSession, isouter=True)
        .where(Offer.status == "published", col(Offer.is_sensitive).is_(False))
        .order_by(col(OfferSession.id).is_(None), col(Offer.external_id))  # with dates, if any has
    ).first()
    assert offer is not None, "the database holds no offer"
    open_one = Referral(
        client_id=client_id,
        offer_id=offer.id,
        goal_id=goal_id,
        state="handed_over",
        follow_up_on=TODAY,
        referred_by=worker_id,
        snapshot=FULL.model_dump(mode="json"),
        bundle_id=new_id(),
    )
    sealed = Referral(
        client_id=client_id,
        sealed={
            "offer_id": offer.id,
            "snapshot": FULL.model_dump(mode="json"),
            "reasons": [],
            "to_clarify": [],
            "despite_rules": [],
        },
        state="handed_over",
        follow_up_on=TODAY,
        referred_by=worker_id,
    )
    steps: list[str] = []
    for referral in (open_one, sealed):
        session.add(referral)
        session.flush()
        first = ReferralEvent(
            id=new_id(), referral_id=referral.id, to_state="handed_over", at=_NOW, note=MARKER
        )
        session.add(first)
        steps.append(first.id)
    return {
        "referral_id": open_one.id,
        "bundle_id": str(open_one.bundle_id),
        "referral_step_id": steps[0],
        "sealed_referral_id": sealed.id,
        "offer_id": offer.id,
    }


def _add_waiting(session: Session, client_id: str, worker_id: str, offer_id: str) -> dict[str, str]:
    """The client waits, was passed over once, and stands in a round of the other one's."""
    entry = WaitingEntry(
        client_id=client_id,
        course_kind="integration_general",
        entered_on=TODAY - timedelta(days=100),
        entered_by=worker_id,
    )
    session.add(entry)
    session.flush()
    passed = PassedOver(
        entry_id=entry.id, offer_id=offer_id, reason="decided", note=MARKER, by=worker_id
    )
    allocation = AllocationRound(
        title="Herbst",
        day=TODAY,
        rules_version="",
        offer_ids=[offer_id],
        seats={offer_id: 1},
        created_by=worker_id,
    )
    session.add(passed)
    session.add(allocation)
    session.flush()
    line = AllocationLine(
        round_id=allocation.id,
        client_id=client_id,
        entry_id=entry.id,
        proposed_offer_id=offer_id,
        state="declined",
        reason=MARKER,
        decided_by=worker_id,
        decided_at=_NOW,
    )
    session.add(line)
    session.flush()
    return {
        "waiting_id": entry.id,
        "passed_id": passed.id,
        "line_id": line.id,
    }


def _add_tandem(session: Session, client_id: str, worker_id: str, offer_id: str) -> str:
    """The client meets a volunteer, wished to, and helps others."""
    session.add(
        ClientContribution(
            client_id=client_id, registration_id=MARKER, agreed_on=TODAY, recorded_by=worker_id
        )
    )
    session.add(
        TandemWish(client_id=client_id, topics=["cooking"], wanted_sex="female", wished_on=TODAY)
    )
    others = session.exec(select(Tandem).where(Tandem.offer_id == offer_id)).all()
    tandem = Tandem(
        client_id=client_id,
        offer_id=offer_id,
        slot=len(others) + 1,
        started_on=TODAY,
        recorded_by=worker_id,
    )
    session.add(tandem)
    session.flush()
    return tandem.id
