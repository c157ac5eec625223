"""Tandems in the database: wishes, proposals, the last place, the end, and who sees what."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.lifecycle_records import ClosingInput
from app.cases.models import CaseEvent, Client
from app.core.errors import CaseClosedError, ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.models import Offer
from app.matching.models import Tandem, TandemWish, VolunteerWish
from app.matching.tandem_queries import load_case_tandems, load_volunteer_load
from app.matching.tandems import (
    Agreement,
    ClientWish,
    Ending,
    NoPlaceLeftError,
    WishOfVolunteer,
    agree_tandem,
    drop_wish,
    end_tandem,
    move_tandems,
    return_tandems,
    set_volunteer_wish,
    wish_tandem,
)
from app.operations.closing import close_whole_case
from app.operations.runtime import Runtime
from app.operations.tandem_proposals import (
    CaseChoice,
    TandemOverview,
    load_case_choice,
    load_overview,
)
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_offer, add_user
from tests.integration.test_referrals import basis


@dataclass
class Scene:
    """A case worker, a colleague, and a volunteer with one place."""

    session: Session
    actor: Actor
    colleague: Actor
    offer: Offer

    def client(self, actor: Actor | None = None, **values: Any) -> Client:
        told = {"birth_date": "1992-05-19", "sex": "female", "languages": ["ar"], **values}
        return add_client(self.session, actor or self.actor, **told)

    def waiting(self, actor: Actor | None = None, days_ago: int = 0, **values: Any) -> Client:
        """A client who wishes a tandem."""
        wish = ClientWish(wanted_sex=values.pop("wanted_sex", None))
        client = self.client(actor, **values)
        since = TODAY - timedelta(days=days_ago)
        wish_tandem(self.session, actor or self.actor, client.id, wish, None, since)
        return client

    def volunteer(self, places: int = 1, **values: Any) -> Offer:
        wish = {k: values.pop(k) for k in ("sex", "wanted_sex") if k in values}
        offer = add_volunteer(self.session, **values)
        self.session.add(VolunteerWish(offer_id=offer.id, max_clients=places, **wish))
        self.session.flush()
        return offer

    def agree(self, client: Client, offer: Offer | None = None, **values: Any) -> Tandem:
        order = agreement(offer or self.offer, **values)
        return agree_tandem(self.session, self.actor, client.id, order)

    def end(self, tandem: Tandem, version: int | None = None, **values: Any) -> Tandem:
        told = {"reason": "reached", "ended_on": TODAY, **values}
        ending = Ending.model_validate(told, context=CONTEXT)
        return end_tandem(
            self.session, self.actor, tandem.client_id, tandem.id, ending, version or tandem.version
        )

    def overview(self, actor: Actor | None = None) -> TandemOverview:
        return load_overview(self.session, actor or self.actor, basis(self.session), TODAY)

    def choice(self, client: Client) -> CaseChoice:
        return load_case_choice(self.session, client.id, basis(self.session), TODAY)

    def codes(self, client: Client) -> list[str]:
        rows = select(CaseEvent).where(CaseEvent.client_id == client.id).order_by(col(CaseEvent.at))
        return [one.code for one in self.session.exec(rows).all() if "tandem" in one.code]


def add_volunteer(session: Session, **values: Any) -> Offer:
    told = {
        "title": "Sprachpatin",
        "onsite_languages": ["ar", "de"],
        "by_appointment": True,
        "verified_on": TODAY,
        **values,
    }
    return add_offer(session, kind="volunteer", **told)


def agreement(offer: Offer, **values: Any) -> Agreement:
    told = {
        "offer_id": offer.id,
        "started_on": TODAY,
        "is_agreed": True,
        "creation_key": new_id(),
        **values,
    }
    return Agreement.model_validate(told, context=CONTEXT)


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Scene]:
    with runtime.database.write() as session:
        actor = add_user(session)
        actor = Actor(actor.id, actor.role, actor.name, TODAY)
        scene = Scene(session, actor, add_user(session, name="Karl Kollege"), None)  # type: ignore[arg-type]
        scene.offer = scene.volunteer()
        yield scene


def test_who_waits_longest_is_proposed_when_all_suit_as_well(scene: Scene):
    late, early = scene.waiting(days_ago=2), scene.waiting(days_ago=9)
    lines = scene.overview().lines
    assert [line.client_id for line in lines] == [early.id, late.id]
    first, second = lines
    assert first.proposed is not None
    assert first.proposed.offer.id == scene.offer.id
    assert first.choice == 1
    assert (second.proposed, second.possible) == (None, 1)


def test_colleagues_clients_are_counted_and_not_named(scene: Scene):
    foreign = scene.waiting(scene.colleague, days_ago=9, given_name="Fremde")
    own = scene.waiting()
    found = scene.overview()
    assert [line.client_id for line in found.lines] == [own.id]
    assert (found.others_waiting, found.others_proposed) == (1, 1)
    assert found.volunteers[0].others_proposed == 1
    assert found.volunteers[0].own_proposed == ()
    assert foreign.id not in repr(found)
    assert "Fremde" not in repr(found)


def test_a_tandem_of_a_colleague_shows_without_a_name(scene: Scene):
    client = scene.waiting(scene.colleague)
    agree_tandem(scene.session, scene.colleague, client.id, agreement(scene.offer))
    (line,) = scene.overview().tandems
    assert (line.client_id, line.client_name) == (None, None)
    load = load_volunteer_load(scene.session, scene.actor, scene.offer.id)
    assert (load.current, load.own) == (1, ())


def test_a_tandem_with_a_volunteer_who_became_confidential_is_named_in_no_list(scene: Scene):
    client = scene.waiting()
    tandem = scene.agree(client)
    scene.offer.is_sensitive = True
    scene.session.flush()
    assert scene.overview().tandems == ()
    load = load_volunteer_load(scene.session, scene.actor, scene.offer.id)
    assert (load.current, load.own) == (1, ())
    current = load_case_tandems(scene.session, client.id).current
    assert current is not None
    assert (current.tandem.id, current.offer_title) == (tandem.id, None)
    scene.end(tandem)
    assert [one.offer_title for one in load_case_tandems(scene.session, client.id).past] == [None]


def test_wishes_of_both_sides_decide(scene: Scene):
    man = scene.volunteer(sex="male", title="Der Pate")
    for_men = scene.volunteer(wanted_sex="male", title="Nur Männer")
    client = scene.waiting(wanted_sex="female")
    ids = {one.offer.id for one in scene.choice(client).candidates}
    assert ids == {scene.offer.id}
    obstacles = {one.offer_id: one.obstacle for one in scene.choice(client).options}
    assert obstacles[scene.offer.id] is None
    assert obstacles[man.id].code == "no_client_wish"  # type: ignore[union-attr]
    assert obstacles[for_men.id].code == "no_volunteer_wish"  # type: ignore[union-attr]
    questions = {one.code for one in scene.choice(client).candidates[0].questions}
    assert "ask_client_wish" in questions


@pytest.mark.parametrize(
    "values", [{"status": "withdrawn"}, {"is_sensitive": True}], ids=["withdrawn", "sensitive"]
)
def test_who_takes_no_part_is_neither_proposed_nor_agreed(scene: Scene, values: dict[str, Any]):
    offer = scene.volunteer(**values)
    client = scene.waiting()
    assert offer.id not in {one.offer.id for one in scene.overview().volunteers}
    with pytest.raises(NotFoundError):
        scene.agree(client, offer)


def test_without_volunteers_the_page_says_so(scene: Scene):
    scene.session.delete(scene.session.get_one(VolunteerWish, scene.offer.id))
    scene.session.flush()
    client = scene.waiting()
    found = scene.overview()
    assert found.volunteers == ()
    assert found.lines[0].possible == 0
    assert scene.choice(client) == CaseChoice((), ())


def test_agreeing_ends_the_waiting_and_stands_in_the_timeline(scene: Scene):
    client = scene.waiting()
    tandem = scene.agree(client)
    assert scene.overview().lines == ()
    assert scene.codes(client) == ["tandem_wished", "tandem_agreed"]
    audited = select(AuditEntry.action).where(AuditEntry.subject_id == tandem.id)
    assert list(scene.session.exec(audited).all()) == ["tandem.agree"]
    (line,) = scene.overview().tandems
    assert line.client_id == client.id


def test_the_same_form_twice_makes_one_tandem(scene: Scene):
    client, key = scene.waiting(), new_id()
    assert scene.agree(client, creation_key=key).id == scene.agree(client, creation_key=key).id


def test_a_full_volunteer_takes_nobody(scene: Scene):
    scene.agree(scene.waiting())
    with pytest.raises(NoPlaceLeftError):
        scene.agree(scene.waiting())


def test_a_client_has_one_tandem_at_a_time_and_needs_a_wish(scene: Scene):
    client, other = scene.waiting(), scene.volunteer()
    scene.agree(client)
    with pytest.raises(ConflictError):
        scene.agree(client, other)
    with pytest.raises(InvalidInputError):
        scene.agree(scene.client(), other)


def test_without_the_clients_yes_there_is_no_agreement(scene: Scene):
    with pytest.raises(ValidationError):
        agreement(scene.offer, is_agreed=False)
    with pytest.raises(ValidationError):
        agreement(scene.offer, started_on=TODAY + timedelta(days=1))


def test_fewer_places_than_tandems_end_none(scene: Scene):
    offer = scene.volunteer(places=2)
    scene.agree(scene.waiting(), offer)
    second = scene.agree(scene.waiting(), offer)
    set_volunteer_wish(scene.session, scene.actor, offer.id, WishOfVolunteer(max_clients=1), 1)
    assert second.ended_on is None
    with pytest.raises(NoPlaceLeftError):
        scene.agree(scene.waiting(), offer)


def test_the_last_place_goes_to_one_of_two_at_once(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        offer = add_volunteer(session)
        session.add(VolunteerWish(offer_id=offer.id, max_clients=1))
        clients = [add_client(session, actor).id for _ in range(2)]
        for client_id in clients:
            wish_tandem(session, actor, client_id, ClientWish(), None, TODAY)
        orders = [agreement(offer) for _ in clients]
    barrier, outcomes = threading.Barrier(2), []

    def agree(client_id: str, order: Agreement) -> None:
        barrier.wait()
        try:
            with runtime.database.write() as session:
                agree_tandem(session, actor, client_id, order)
            outcomes.append("agreed")
        except NoPlaceLeftError:
            outcomes.append("full")

    threads = [threading.Thread(target=agree, args=pair) for pair in zip(clients, orders, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["agreed", "full"]


def test_after_the_end_the_wish_counts_on_only_when_told(scene: Scene):
    client = scene.waiting(days_ago=30)
    tandem = scene.end(scene.agree(client), reason="volunteer_stopped", keeps_wish=True)
    (line,) = scene.overview().lines
    assert line.wished_on == TODAY - timedelta(days=30)
    assert scene.end(tandem, reason="volunteer_stopped").id == tandem.id  # the double click
    with pytest.raises(ConflictError):
        scene.end(tandem, reason="moved")
    again = scene.agree(client)
    scene.end(again)
    assert scene.session.get(TandemWish, client.id) is None
    found = load_case_tandems(scene.session, client.id)
    assert (found.wish, found.current, len(found.past)) == (None, None, 2)


def test_who_did_not_suit_each_other_is_not_proposed_again(scene: Scene):
    client = scene.waiting()
    scene.end(scene.agree(client), reason="not_fitting", keeps_wish=True)
    (line,) = scene.overview().lines
    assert line.possible == 0
    assert line.obstacles == (("no_parted", 1),)


def test_an_end_before_the_beginning_is_refused(scene: Scene):
    tandem = scene.agree(scene.waiting())
    with pytest.raises(InvalidInputError):
        scene.end(tandem, ended_on=TODAY - timedelta(days=1))


def test_two_who_change_a_wish_do_not_overwrite_each_other(scene: Scene):
    client = scene.waiting()
    wish_tandem(scene.session, scene.actor, client.id, ClientWish(wanted_sex="male"), 1, TODAY)
    with pytest.raises(ConflictError):
        wish_tandem(scene.session, scene.actor, client.id, ClientWish(wanted_sex="female"), 1, TODAY)
    with pytest.raises(ConflictError):
        set_volunteer_wish(
            scene.session, scene.actor, scene.offer.id, WishOfVolunteer(max_clients=5), None
        )


def test_a_colleague_changes_nothing(scene: Scene):
    client = scene.waiting()
    for change in (
        lambda: wish_tandem(scene.session, scene.colleague, client.id, ClientWish(), 1, TODAY),
        lambda: drop_wish(scene.session, scene.colleague, client.id),
        lambda: agree_tandem(scene.session, scene.colleague, client.id, agreement(scene.offer)),
    ):
        with pytest.raises(NotFoundError):
            change()


def test_a_closed_case_has_no_tandem_and_no_wish(scene: Scene):
    client = scene.waiting()
    tandem = scene.agree(client)
    closing = ClosingInput.model_validate({"closed_on": TODAY, "reason": "moved"}, context=CONTEXT)
    close_whole_case(scene.session, scene.actor, client.id, closing)
    assert (tandem.ended_on, tandem.ended_reason) == (TODAY, "case_closed")
    assert scene.session.get(TandemWish, client.id) is None
    with pytest.raises(CaseClosedError):
        wish_tandem(scene.session, scene.actor, client.id, ClientWish(), None, TODAY)


def test_tandems_follow_an_offer_that_is_merged_and_come_back(scene: Scene):
    kept = add_volunteer(scene.session, title="Sprachpatin neu")
    tandem = scene.agree(scene.waiting())
    moved = move_tandems(scene.session, scene.offer.id, kept.id)
    assert tandem.offer_id == kept.id
    assert scene.session.get_one(VolunteerWish, kept.id).max_clients == 1
    return_tandems(scene.session, moved, scene.offer.id)
    assert tandem.offer_id == scene.offer.id


def test_only_volunteers_have_wishes(scene: Scene):
    course = add_offer(scene.session)
    with pytest.raises(NotFoundError):
        set_volunteer_wish(scene.session, scene.actor, course.id, WishOfVolunteer(max_clients=1), None)


def test_a_wish_keeps_its_first_day(scene: Scene):
    client = scene.waiting(days_ago=12)
    row = wish_tandem(
        scene.session, scene.actor, client.id, ClientWish(topics=("tandem",)), 1, date(2026, 11, 23)
    )
    assert row.wished_on == TODAY - timedelta(days=12)
    assert scene.codes(client) == ["tandem_wished", "tandem_wish_changed"]
