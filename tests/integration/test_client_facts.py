"""What matching learns from referrals, the household and dismissals, and what it must not learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import CaseEvent, Client, Household
from app.cases.queries import load_cases
from app.core.errors import CaseClosedError, NotFoundError
from app.core.ids import new_id
from app.directory.models import Offer, OfferSession
from app.directory.upkeep_models import ChangeSuggestion
from app.matching.dismissals import (
    DismissalInput,
    dismiss_offer,
    list_dismissals,
    read_dismissal_note,
    take_back_dismissal,
)
from app.matching.types import BookedTime, ClientFacts, Experience, TimeSpan
from app.operations.client_facts import load_client_facts
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.sealing import ReferralDetails, put_details
from tests.integration.case_samples import add_client, add_offer, add_user

MONDAY = {"weekday": 1, "from": "08:00", "to": "12:00"}
MORNING = TimeSpan(1, 480, 720)


@dataclass(frozen=True)
class Scene:
    session: Session
    worker: Actor
    client: Client

    @property
    def facts(self) -> ClientFacts:
        return load_client_facts(self.session, load_cases(self.session))[self.client.id]

    def refer(self, offer: Offer, state: str, client: Client | None = None, **event: str) -> None:
        referral = Referral(
            client_id=(client or self.client).id, state=state, referred_by=self.worker.id
        )
        put_details(referral, ReferralDetails(offer.id), is_sensitive=offer.is_sensitive)
        self.session.add(referral)
        self.session.flush()
        self.session.add(ReferralEvent(referral_id=referral.id, to_state=state, **event))
        self.session.flush()

    def offer(self, **values: object) -> Offer:
        offer = add_offer(self.session, **values)
        self.session.add(OfferSession(offer_id=offer.id, weekday=1, from_minute=480, to_minute=720))
        self.session.flush()
        return offer


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Scene]:
    with runtime.database.write() as session:
        worker = add_user(session)
        yield Scene(session, worker, add_client(session, worker))


@pytest.mark.parametrize(
    ("state", "is_booked"), [("accepted", True), ("started", True), ("handed_over", False)]
)
def test_hours_are_taken_once_a_place_is_there(scene: Scene, state: str, is_booked: bool) -> None:
    offer = scene.offer(starts_on=date(2026, 9, 1), ends_on=date(2027, 3, 1))
    scene.refer(offer, state)
    time = BookedTime(offer.id, MORNING, date(2026, 9, 1), date(2027, 3, 1))
    assert scene.facts.booked == ((time,) if is_booked else ())


def test_a_club_may_be_missed_and_a_sensitive_offer_is_not_named(scene: Scene) -> None:
    scene.refer(scene.offer(kind="club", is_sensitive=True), "started")
    assert scene.facts.booked == (BookedTime("", MORNING, is_binding=False),)


def test_how_it_went_is_known_but_not_of_sensitive_offers_and_own_mistakes(scene: Scene) -> None:
    offer = scene.offer()
    scene.refer(offer, "dropped_out", reason="too_far")
    scene.refer(scene.offer(), "cancelled", reason="mistake")
    scene.refer(scene.offer(is_sensitive=True), "completed")
    scene.refer(scene.offer(), "started")
    experience = Experience(offer.id, offer.provider_id, "dropped_out", "too_far")
    assert scene.facts.experiences == (experience,)


def test_somebody_at_home_is_free_but_for_the_hours_of_an_own_course(scene: Scene) -> None:
    assert scene.facts.household_free is None
    household = Household()
    scene.session.add(household)
    scene.session.flush()
    scene.client.household_id = household.id
    partner = add_client(scene.session, scene.worker, given_name="Sami", birth_date="1990-01-01")
    child = add_client(scene.session, scene.worker, given_name="Lina", birth_date="2020-01-01")
    for one in (partner, child):
        one.household_id = household.id
        one.available = [{"weekday": 1, "from": "08:00", "to": "16:00"}]
        scene.session.add(one)
    scene.session.flush()
    assert scene.facts.household_free == (TimeSpan(1, 480, 960),)
    scene.refer(scene.offer(), "started", partner)
    assert scene.facts.household_free == (TimeSpan(1, 720, 960),)
    partner.available = None
    scene.session.flush()
    assert scene.facts.household_free is None


def test_who_lives_with_a_child_counts_as_a_parent_and_the_child_does_not(scene: Scene) -> None:
    scene.client.birth_date = date(1992, 3, 1)
    household = Household()
    scene.session.add(household)
    scene.session.flush()
    scene.client.household_id = household.id
    child = add_client(scene.session, scene.worker, given_name="Lina", birth_date="2009-01-01")
    assert scene.facts.has_children is None
    child.household_id = household.id
    scene.session.flush()
    assert scene.facts.has_children is True
    of_child = load_client_facts(scene.session, load_cases(scene.session))[child.id]
    assert of_child.has_children is None


def test_an_offer_is_set_aside_once_and_taken_up_again(scene: Scene) -> None:
    offer = add_offer(scene.session)
    data = DismissalInput(offer_id=offer.id, reason="too_far", note=" Der Weg \x00ist zu weit ")
    key = new_id()
    first = dismiss_offer(scene.session, scene.worker, scene.client.id, data, key)
    assert dismiss_offer(scene.session, scene.worker, scene.client.id, data, key) == first
    assert dismiss_offer(scene.session, scene.worker, scene.client.id, data, new_id()) == first
    assert scene.facts.dismissed == ((offer.id, "too_far"),)
    (line,) = list_dismissals(scene.session, scene.worker, scene.client.id)
    assert (line.offer_id, line.reason, line.has_note) == (offer.id, "too_far", True)
    told = read_dismissal_note(scene.session, scene.worker, scene.client.id, first)
    assert told == "Der Weg  ist zu weit"
    take_back_dismissal(scene.session, scene.worker, scene.client.id, first)
    take_back_dismissal(scene.session, scene.worker, scene.client.id, first)
    assert scene.facts.dismissed == ()
    events = scene.session.exec(
        select(CaseEvent.facts).where(col(CaseEvent.code).like("offer_%"))
    ).all()
    assert events == [{}, {}]


def test_the_editor_is_told_what_is_wrong_with_an_offer_but_nothing_of_the_case(scene: Scene) -> None:
    offer = add_offer(scene.session)
    data = DismissalInput(offer_id=offer.id, reason="ended", note="Amira war dort")
    dismiss_offer(scene.session, scene.worker, scene.client.id, data, new_id(), "Gibt es nicht mehr.")
    (told,) = scene.session.exec(select(ChangeSuggestion)).all()
    assert (told.entry_id, told.note, told.changes) == (offer.id, "Gibt es nicht mehr.", {})
    about_client = DismissalInput(offer_id=add_offer(scene.session).id, reason="family")
    dismiss_offer(scene.session, scene.worker, scene.client.id, about_client, new_id(), "Etwas")
    assert len(scene.session.exec(select(ChangeSuggestion)).all()) == 1


def test_only_who_works_on_the_case_sets_aside_and_reads(scene: Scene) -> None:
    offer = add_offer(scene.session)
    data = DismissalInput(offer_id=offer.id, reason="times", note="x")
    key = dismiss_offer(scene.session, scene.worker, scene.client.id, data, new_id())
    stranger = add_user(scene.session)
    other = add_client(scene.session, scene.worker, given_name="Sami")
    for actor, client in ((stranger, scene.client), (scene.worker, other)):
        with pytest.raises(NotFoundError):
            read_dismissal_note(scene.session, actor, client.id, key)
    with pytest.raises(NotFoundError):
        dismiss_offer(scene.session, stranger, scene.client.id, data, new_id())
    with pytest.raises(NotFoundError):
        list_dismissals(scene.session, stranger, scene.client.id)
    take_back_dismissal(scene.session, scene.worker, other.id, key)
    assert scene.facts.dismissed
    scene.client.closed_on = date(2026, 11, 1)
    scene.session.flush()
    with pytest.raises(CaseClosedError):
        take_back_dismissal(scene.session, scene.worker, scene.client.id, key)
