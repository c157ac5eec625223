"""Which clients an offer suits: the same answer as in the case, under the same policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlmodel import Session, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.queries import load_cases
from app.core.errors import NotFoundError
from app.directory.interests import load_taxonomy
from app.directory.models import Offer
from app.directory.table_loading import load_offer_table
from app.matching.rule_files import load_rules
from app.matching.types import Match
from app.operations.client_facts import load_client_facts
from app.operations.offer_clients import OfferClients, find_clients
from app.operations.referring import MatchingBasis
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user


@dataclass
class Scene:
    session: Session
    worker: Actor
    lead: Actor
    other: Actor
    offer: Offer

    @property
    def basis(self) -> MatchingBasis:
        return MatchingBasis(load_offer_table(self.session), load_rules(), load_taxonomy())

    def find(self, actor: Actor | None = None, **options: object) -> OfferClients:
        found = find_clients(
            self.session,
            actor or self.worker,
            self.offer.id,
            self.basis,
            TODAY,
            **options,  # type: ignore[arg-type]  # by name
        )
        assert found is not None
        return found

    def names(self, actor: Actor | None = None, **options: object) -> list[str]:
        return [one.client.given_name for one in self.find(actor, **options).page.items]


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Scene]:
    with runtime.database.write() as session:
        people = [
            replace(add_user(session, role, name), day=TODAY)
            for role, name in (("case_worker", "Mira"), ("team_lead", "Ruth"), ("case_worker", "Jo"))
        ]
        session.get_one(User, people[2].id).team = "Nord"
        offer = add_offer(session, kind="club", goal_areas=["participation"], min_age=18)
        for name, born in (("Amira", "1990-01-01"), ("Lina", "2018-01-01"), ("Sami", None)):
            add_client(session, people[0], given_name=name, birth_date=born)
        add_client(session, people[2], given_name="Foreign", birth_date="1990-01-01")
        yield Scene(session, people[0], people[1], people[2], offer)


def test_it_says_the_same_as_the_case_and_leaves_out_whom_a_rule_excludes(scene: Scene) -> None:
    found = scene.find()
    assert sorted(scene.names()) == ["Amira", "Sami"]
    facts = load_client_facts(scene.session, load_cases(scene.session))
    for one in found.page.items:
        check = scene.basis.check(facts[one.client.id], TODAY, scene.offer.id)
        assert isinstance(check.match, Match)
        assert (one.match.reasons, one.match.to_clarify) == (
            check.match.reasons,
            check.match.to_clarify,
        )
        assert one.match.score == pytest.approx(check.match.score, abs=1e-6)
    scores = [one.match.score for one in found.page.items]
    assert scores == sorted(scores, reverse=True)
    assert found.asked == 3


def test_everybody_sees_their_own_the_lead_those_of_the_team(scene: Scene) -> None:
    assert sorted(scene.names(scene.lead)) == ["Amira", "Sami"]
    assert scene.names(scene.other) == ["Foreign"]


def test_closed_cases_are_out_and_earlier_referrals_are_marked(scene: Scene) -> None:
    amira, sami = (
        scene.session.exec(select(Client).where(Client.given_name == name)).one()
        for name in ("Amira", "Sami")
    )
    sami.closed_on = TODAY
    referral = Referral(
        client_id=amira.id, offer_id=scene.offer.id, state="started", referred_by=scene.worker.id
    )
    scene.session.add(referral)
    scene.session.flush()
    (line,) = scene.find().page.items
    assert (line.client.id, line.referral_id, line.referral_state) == (
        amira.id,
        referral.id,
        "started",
    )


def test_the_list_is_narrowed_by_whether_something_is_to_be_clarified(scene: Scene) -> None:
    counts = scene.find().counts
    assert sum(counts.values()) == 2
    for code in ("suitable", "to_clarify"):
        assert scene.find(wanted=code).page.total == counts[code]


def test_a_sensitive_offer_has_no_list_and_an_unpublished_one_is_not_found(scene: Scene) -> None:
    scene.offer.is_sensitive = True
    scene.session.flush()
    assert find_clients(scene.session, scene.worker, scene.offer.id, scene.basis, TODAY) is None
    scene.offer.status = "draft"
    scene.session.flush()
    with pytest.raises(NotFoundError):
        find_clients(scene.session, scene.worker, scene.offer.id, scene.basis, TODAY)
