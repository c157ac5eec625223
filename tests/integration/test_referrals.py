import threading
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from app.accounts.permissions import ROLES, Actor
from app.audit.models import AuditEntry
from app.cases.models import Client
from app.cases.queries import get_client, list_events
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.interests import load_taxonomy
from app.directory.models import Offer
from app.directory.table_loading import load_offer_table
from app.directory.upkeep_models import ChangeSuggestion
from app.matching.rule_files import load_rules
from app.operations.referring import MatchingBasis, refer_with_sheet
from app.operations.runtime import Runtime
from app.referrals.day_lists import list_day
from app.referrals.models import Referral, ReferralEvent
from app.referrals.opening import get_referral
from app.referrals.outcomes import NoSeatFreeError, postpone_follow_up, record_outcome
from app.referrals.queries import (
    ReferralFilters,
    count_open_referrals,
    find_earlier_referrals,
    list_referrals,
    list_referrals_of_client,
    list_steps_of_client,
)
from app.referrals.records import NoNews, OutcomeReport, ReferralOrder
from app.referrals.service import OfferExcludedError
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_offer, add_user


@dataclass
class Scene:
    """A case worker with a client, and an offer that suits."""

    session: Session
    actor: Actor
    client: Client
    offer: Offer

    def refer(self, *, actor: Actor | None = None, **values: Any) -> Referral:
        told = {
            "client_id": self.client.id,
            "offer_id": self.offer.id,
            "creation_key": new_id(),
            **values,
        }
        order = ReferralOrder.model_validate(told, context=CONTEXT)
        return refer_with_sheet(self.session, actor or self.actor, order, basis(self.session), TODAY)

    def report(self, referral: Referral, to_state: str, **values: Any) -> Referral:
        told = OutcomeReport.model_validate({"to_state": to_state, **values}, context=CONTEXT)
        return record_outcome(
            self.session, self.actor, referral.id, told, referral.version, today=TODAY
        )


def basis(session: Session) -> MatchingBasis:
    return MatchingBasis(load_offer_table(session), load_rules(), load_taxonomy())


def _ask_on(day: date) -> NoNews:
    return NoNews.model_validate({"follow_up_on": day}, context=CONTEXT)


@pytest.fixture
def scene(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(
            session,
            actor,
            german_level="A2",
            german_level_evidence="certificate",
            birth_date="1992-05-19",
            goals=[{"area": "language", "target_level": "B1"}],
        )
        offer = add_offer(
            session,
            title="Deutschkurs B1",
            course_kind="state_german",
            entry_level="A2",
            target_level="B1",
            starts_on=TODAY + timedelta(days=20),
        )
        yield Scene(session, actor, client, offer)


def test_a_referral_keeps_reasons_rules_and_sheet(scene: Scene):
    goal = get_client(scene.session, scene.client.id, scene.actor).open_goals[0]
    referral = scene.refer(goal_id=goal.id, sheet_language="ar", note="Bringt ihre Schwester mit.")
    assert referral.state == "handed_over"
    assert referral.mode == "signpost"
    assert "entry_level" in {reason["code"] for reason in referral.reasons}
    assert referral.rules_version == load_rules().version
    assert referral.snapshot["title"] == "Deutschkurs B1"
    assert referral.follow_up_on == date(2026, 12, 7)
    found = get_referral(scene.session, referral.id, scene.actor)
    assert (found.client_name, found.provider_name) == ("Amira H.", "Sprachhaus am Fluss")
    assert found.goal is not None
    assert [step.event.note for step in found.steps] == ["Bringt ihre Schwester mit."]


def test_notes_are_stored_encrypted(scene: Scene):
    scene.refer(note="Streng vertraulich")
    stored = scene.session.connection().execute(text("SELECT note FROM referral_event")).scalar_one()
    assert stored
    assert "vertraulich" not in stored


def test_a_form_sent_twice_refers_once(scene: Scene):
    key = new_id()
    assert scene.refer(creation_key=key).id == scene.refer(creation_key=key).id
    assert scene.session.exec(select(func.count()).select_from(Referral)).one() == 1
    assert scene.session.exec(select(func.count()).select_from(ReferralEvent)).one() == 1


def test_a_form_sent_four_times_at_once_refers_once(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        offer = add_offer(session, kind="club", title="Chor")
    order = ReferralOrder(client_id=client.id, offer_id=offer.id, creation_key=new_id())
    found: list[str] = []

    def send() -> None:
        with runtime.database.write() as session:
            found.append(refer_with_sheet(session, actor, order, basis(session), TODAY).id)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_an_excluded_offer_needs_a_word_that_is_kept(scene: Scene):
    scene.offer.sex = "male"
    scene.client.sex = "female"
    scene.session.flush()
    with pytest.raises(OfferExcludedError) as caught:
        scene.refer()
    codes = tuple(rule.code for rule in caught.value.rules)
    assert codes == ("only_for_other_sex",)
    with pytest.raises(OfferExcludedError):
        scene.refer(despite_rules=("full",))
    referral = scene.refer(despite_rules=(*codes, "full"))
    assert referral.despite_rules == ["only_for_other_sex"]
    assert referral.reasons == []
    assert referral.snapshot["title"] == "Deutschkurs B1"


@pytest.mark.parametrize("role", ROLES)
def test_only_those_who_see_the_case_may_refer_and_read(scene: Scene, role: str):
    referral = scene.refer()
    other = add_user(scene.session, role)
    if role == "team_lead":
        assert get_referral(scene.session, referral.id, other).referral.id == referral.id
        assert list_referrals(scene.session, other, ReferralFilters()).total == 1
        assert list_day(scene.session, other, TODAY + timedelta(days=15), 9).open_total == 0
        return
    with pytest.raises(NotFoundError):
        scene.refer(actor=other)
    with pytest.raises(NotFoundError):
        get_referral(scene.session, referral.id, other)
    told = OutcomeReport.model_validate({"to_state": "received"}, context=CONTEXT)
    with pytest.raises(NotFoundError):
        record_outcome(scene.session, other, referral.id, told, referral.version, today=TODAY)
    with pytest.raises(NotFoundError):
        postpone_follow_up(scene.session, other, referral.id, _ask_on(TODAY), 1)
    assert list_referrals(scene.session, other, ReferralFilters(state="all")).total == 0
    assert list_referrals_of_client(scene.session, scene.client.id, other) == ()
    assert find_earlier_referrals(scene.session, scene.client.id, scene.offer.id, other) == ()
    assert list_steps_of_client(scene.session, scene.client.id, other) == {}
    assert count_open_referrals(scene.session, [scene.client.id], other) == {}


def test_withdrawn_unknown_and_foreign_things_are_refused(scene: Scene):
    with pytest.raises(NotFoundError):
        scene.refer(offer_id=new_id())
    foreign = add_client(scene.session, scene.actor, goals=[{"area": "work"}])
    goal = get_client(scene.session, foreign.id, scene.actor).goals[0]
    with pytest.raises(InvalidInputError) as caught:
        scene.refer(goal_id=goal.id)
    assert caught.value.field == "goal_id"
    scene.offer.status = "withdrawn"
    scene.session.flush()
    with pytest.raises(NotFoundError):
        scene.refer()


def test_completion_with_a_certificate_reaches_level_and_goal(scene: Scene):
    referral = scene.refer()
    scene.report(referral, "started", happened_on=TODAY)
    assert referral.follow_up_on is not None
    scene.report(
        referral, "completed", level_reached="B1", level_evidence="certificate", happened_on=TODAY
    )
    assert referral.follow_up_on is None
    case = get_client(scene.session, scene.client.id, scene.actor)
    assert (case.client.german_level, case.client.german_level_on) == ("B1", TODAY)
    assert [goal.state for goal in case.goals] == ["reached"]
    codes = [event.code for event in list_events(scene.session, scene.client.id)]
    assert {"level_changed", "goal_reached"} <= set(codes)


def test_a_ticked_goal_is_reached_without_a_level(scene: Scene):
    goal = get_client(scene.session, scene.client.id, scene.actor).open_goals[0]
    referral = scene.refer(goal_id=goal.id)
    scene.report(referral, "completed", goal_reached=True)
    assert get_client(scene.session, scene.client.id, scene.actor).goals[0].state == "reached"


def test_a_state_that_cannot_follow_is_refused_and_nothing_changes(scene: Scene):
    referral = scene.refer()
    scene.report(referral, "rejected", reason="full")
    before = referral.version
    with pytest.raises(InvalidInputError) as caught:
        scene.report(referral, "started")
    assert caught.value.field == "to_state"
    with pytest.raises(InvalidInputError):
        postpone_follow_up(scene.session, scene.actor, referral.id, _ask_on(TODAY), referral.version)
    assert (referral.state, referral.version) == ("rejected", before)


def test_two_people_recording_at_once_get_one_success(scene: Scene):
    referral = scene.refer()
    told = OutcomeReport.model_validate({"to_state": "received"}, context=CONTEXT)
    record_outcome(scene.session, scene.actor, referral.id, told, 1, today=TODAY)
    with pytest.raises(ConflictError):
        record_outcome(scene.session, scene.actor, referral.id, told, 1, today=TODAY)


def test_due_follow_ups_come_longest_overdue_first(scene: Scene):
    late = scene.refer(follow_up_on=TODAY + timedelta(days=3))
    later = scene.refer(follow_up_on=TODAY + timedelta(days=9))
    scene.refer(follow_up_on=TODAY + timedelta(days=50))
    due = list_day(scene.session, scene.actor, TODAY + timedelta(days=10), 9).due.lines
    assert [line.id for line in due] == [late.id, later.id]
    news = _ask_on(TODAY + timedelta(days=60))
    postpone_follow_up(scene.session, scene.actor, late.id, news, late.version)
    due = list_day(scene.session, scene.actor, TODAY + timedelta(days=10), 9).due.lines
    assert [line.id for line in due] == [later.id]


def test_lists_narrow_by_state_and_show_the_earlier_referral(scene: Scene):
    first = scene.refer()
    scene.report(first, "rejected", reason="full")
    second = scene.refer()
    states = {
        state: [line.id for line in list_referrals(scene.session, scene.actor, filters).items]
        for state in ("open", "ended", "all", "rejected", "nonsense")
        for filters in [ReferralFilters(state=state)]
    }
    assert states["open"] == states["nonsense"] == [second.id]
    assert states["ended"] == states["rejected"] == [first.id]
    assert set(states["all"]) == {first.id, second.id}
    earlier = find_earlier_referrals(scene.session, scene.client.id, scene.offer.id, scene.actor)
    assert {(line.id, line.reason) for line in earlier} == {(first.id, "full"), (second.id, None)}
    assert count_open_referrals(scene.session, [scene.client.id], scene.actor) == {scene.client.id: 1}


def test_every_reading_and_change_is_audited(scene: Scene):
    referral = scene.refer()
    scene.report(referral, "received")
    get_referral(scene.session, referral.id, scene.actor, action="referral.print")
    actions = scene.session.exec(
        select(AuditEntry.action)
        .where(AuditEntry.subject_id == referral.id)
        .order_by(col(AuditEntry.seq))
    ).all()
    assert actions == ["referral.create", "referral.outcome", "referral.print"]


def _seats(scene: Scene, **values: Any) -> None:
    for name, value in values.items():
        setattr(scene.offer, name, value)
    scene.session.flush()


def test_a_place_takes_a_seat_and_an_end_gives_it_back(scene: Scene):
    _seats(scene, seats_max=10, seats_booked=4)
    referral = scene.refer()
    assert scene.offer.seats_booked == 4
    scene.report(referral, "accepted")
    scene.report(referral, "started")
    assert (scene.offer.seats_booked, referral.seat_held) == (5, True)
    scene.report(referral, "dropped_out", reason="moved")
    assert (scene.offer.seats_booked, referral.seat_held) == (4, False)


def test_without_a_free_seat_a_place_has_to_be_confirmed(scene: Scene):
    _seats(scene, seats_max=10, seats_booked=10, has_waiting_list=True)
    referral = scene.refer()
    with pytest.raises(NoSeatFreeError):
        scene.report(referral, "accepted")
    assert referral.state == "handed_over"
    scene.report(referral, "accepted", despite_full=True)
    assert (referral.state, referral.seat_held, scene.offer.seats_booked) == ("accepted", False, 10)
    scene.report(referral, "withdrawn", reason="illness")
    assert scene.offer.seats_booked == 10


def test_of_an_offer_whose_seats_nobody_knows_none_are_counted(scene: Scene):
    referral = scene.refer()
    scene.report(referral, "accepted")
    assert (scene.offer.seats_booked, referral.seat_held) == (None, False)


def test_two_who_book_the_last_seat_get_one_place_and_one_clear_answer(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        offer = add_offer(session, seats_max=1, seats_booked=0)
        scenes = [Scene(session, actor, add_client(session, actor), offer) for _ in range(2)]
        waiting = [(one.refer(), one.client.id)[0] for one in scenes]
        tasks = [(one.id, one.version) for one in waiting]
        offer_id = offer.id
    start, answers = threading.Barrier(2), []

    def book(referral_id: str, version: int) -> None:
        told = OutcomeReport.model_validate({"to_state": "accepted"}, context=CONTEXT)
        start.wait()
        try:
            with runtime.database.write() as session:
                record_outcome(session, actor, referral_id, told, version, today=TODAY)
            answers.append("place")
        except NoSeatFreeError:
            answers.append("full")

    threads = [threading.Thread(target=book, args=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["full", "place"]
    with runtime.database.read() as session:
        assert session.get_one(Offer, offer_id).seats_booked == 1
        held = session.exec(select(func.count()).where(col(Referral.seat_held))).one()
        assert held == 1


def test_a_rejection_as_full_puts_the_seats_right_at_once(scene: Scene):
    _seats(scene, seats_max=10, seats_booked=4, seats_told_on=TODAY - timedelta(days=40))
    scene.report(scene.refer(), "rejected", reason="full")
    assert (scene.offer.seats_booked, scene.offer.seats_told_on) == (10, TODAY)


@pytest.mark.parametrize(
    ("reason", "asked"), [("not_eligible", 1), ("offer_ended", 1), ("full", 1), ("other", 0)]
)
def test_what_a_rejection_says_about_the_offer_goes_to_the_editors(
    scene: Scene, reason: str, asked: int
):
    for _again in range(2):
        scene.report(scene.refer(), "rejected", reason=reason)
    found = scene.session.exec(select(ChangeSuggestion)).all()
    assert [one.entry_id for one in found] == [scene.offer.id] * asked
    assert all("Amira" not in one.note for one in found)


def test_a_rejection_by_a_sensitive_offer_tells_nobody_anything(scene: Scene):
    scene.offer.is_sensitive = True
    _seats(scene, seats_max=10, seats_booked=4)
    scene.report(scene.refer(), "rejected", reason="full")
    scene.report(scene.refer(), "rejected", reason="not_eligible")
    assert scene.offer.seats_booked == 4
    assert scene.session.exec(select(ChangeSuggestion)).all() == []
