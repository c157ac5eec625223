"""Integration plans in a real database: goals, steps, signature, reviews, and who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.goals import reach_goal, set_goal_state
from app.cases.models import CaseEvent, Client, Goal
from app.cases.plan import (
    add_goal,
    change_goal,
    place_goal,
    record_review,
    replace_goal,
    sign_plan,
)
from app.cases.plan_models import GoalStep, IntegrationPlan
from app.cases.plan_queries import (
    list_reviews_due,
    load_plan,
    read_goal_note,
    read_review_note,
)
from app.cases.plan_records import GoalDetails, ReviewInput, SignatureInput, StepInput
from app.cases.plan_rules import MOVES, reasons_for
from app.cases.plan_steps import add_step, change_step, remove_step, tick_step
from app.cases.privacy_models import Substitution
from app.cases.queries import list_goals
from app.cases.status_models import CaseCorrection
from app.core.errors import CaseClosedError, ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.operations.runtime import Runtime
from app.referrals.goal_results import load_referrals_by_goal
from app.referrals.models import Referral, ReferralEvent
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user

CONTEXT = {"today": TODAY}


@pytest.fixture
def session(runtime: Runtime) -> Iterator[Session]:
    with runtime.database.write() as opened:
        yield opened


def _goal(**values: object) -> GoalDetails:
    return GoalDetails.model_validate({"area": "work", **values}, context=CONTEXT)


def _step(**values: object) -> StepInput:
    return StepInput.model_validate({"words": "Anrufen", **values}, context=CONTEXT)


def _version(session: Session, client: Client) -> int:
    return load_plan(session, client.id).version


def _sign(session: Session, actor: Actor, client: Client, on: date = TODAY) -> IntegrationPlan:
    data = SignatureInput.model_validate({"signed_on": on, "language": "uk"}, context=CONTEXT)
    return sign_plan(session, actor, client.id, data, _version(session, client), TODAY)


def _codes(session: Session, client: Client) -> list[str]:
    return list(session.exec(select(CaseEvent.code).where(CaseEvent.client_id == client.id)).all())


def test_a_plan_begins_with_its_first_goal_and_is_looked_at_after_half_a_year(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    assert load_plan(session, client.id).version == 0
    add_goal(session, actor, client.id, _goal(title="Küche"), "k", TODAY)
    plan = load_plan(session, client.id)
    assert plan.version > 0
    assert plan.plan is not None
    assert plan.plan.changed_on == TODAY
    assert plan.plan.review_on == TODAY + timedelta(days=182)
    assert "goal_added" in _codes(session, client)
    actions = session.exec(select(AuditEntry.action)).all()
    assert "plan.update" in actions


def test_a_form_that_was_sent_twice_makes_one_of_each(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    goals = [add_goal(session, actor, client.id, _goal(), "one", TODAY) for _ in range(2)]
    assert goals[0].id == goals[1].id
    for _ in range(2):
        add_step(session, actor, client.id, goals[0].id, _step(), "step", TODAY)
        review = ReviewInput.model_validate({"reviewed_on": TODAY}, context=CONTEXT)
        record_review(session, actor, client.id, review, "review", TODAY)
        _sign(session, actor, client)
    plan = load_plan(session, client.id)
    assert [len(plan.goals), len(plan.goals[0].steps), len(plan.reviews)] == [1, 1, 1]
    assert _codes(session, client).count("plan_signed") == 1


def test_the_key_of_another_form_does_not_give_away_its_step(session: Session):
    actor = add_user(session)
    mine, other = add_client(session, actor), add_client(session, actor)
    for client in (mine, other):
        add_goal(session, actor, client.id, _goal(), "same", TODAY)
    ids = [list_goals(session, client.id)[0].id for client in (mine, other)]
    assert ids[0] != ids[1]
    add_step(session, actor, mine.id, ids[0], _step(), "key", TODAY)
    with pytest.raises(ConflictError):
        add_step(session, actor, other.id, ids[1], _step(), "key", TODAY)


def test_rewording_keeps_what_was_said_before(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(title="Küche"), "k", TODAY)
    version = _version(session, client)
    change_goal(session, actor, client.id, goal.id, _goal(title="Bäckerei"), version, TODAY)
    kept = session.exec(select(CaseCorrection)).one()
    assert (kept.field, kept.values) == ("goal.title", {"before": "Küche", "after": "Bäckerei"})
    # Sent twice, or nothing new: no conflict although the version is an old one.
    change_goal(session, actor, client.id, goal.id, _goal(title="Bäckerei"), version, TODAY)
    with pytest.raises(ConflictError):
        change_goal(session, actor, client.id, goal.id, _goal(title="Lager"), version, TODAY)


def test_another_goal_takes_the_place_with_the_open_steps(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    old = add_goal(session, actor, client.id, _goal(title="Küche"), "a", TODAY)
    add_goal(session, actor, client.id, _goal(area="housing"), "b", TODAY)
    done = add_step(session, actor, client.id, old.id, _step(words="Fertig"), "s1", TODAY)
    tick_step(session, actor, client.id, done.id, TODAY, is_done=True)
    add_step(session, actor, client.id, old.id, _step(words="Offen"), "s2", TODAY)
    version = _version(session, client)
    for _ in range(2):
        new = replace_goal(
            session,
            actor,
            client.id,
            old.id,
            _goal(area="training", title="Koch werden"),
            "c",
            version,
            TODAY,
            reason="too_hard",
            note="Im Gespräch",
        )
    plan = load_plan(session, client.id)
    assert plan.open_goals[0].goal.id == new.id
    assert [step.words for step in plan.open_goals[0].steps] == ["Offen"]
    past = plan.past_goals[0]
    assert (past.goal.state, past.goal.state_reason, past.replacement) == ("changed", "too_hard", new)
    assert [step.words for step in past.steps] == ["Fertig"]
    set_goal_state(session, actor, client.id, old.id, "open", TODAY)
    assert old.replaced_by is None
    assert len(load_plan(session, client.id).open_goals) == 3


def test_a_way_needs_its_reason(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "a", TODAY)
    for state, reason in (("given_up", None), ("given_up", "proven"), ("reached", "illness")):
        with pytest.raises(InvalidInputError) as caught:
            set_goal_state(session, actor, client.id, goal.id, state, TODAY, reason=reason)
        assert caught.value.field == "reason"
    for state in ("changed", "lost"):
        with pytest.raises(InvalidInputError):
            set_goal_state(session, actor, client.id, goal.id, state, TODAY, reason="illness")
    assert goal.state == "open"


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_to_goals_none_is_lost_and_the_table_holds(
    runtime: Runtime, data: st.DataObject
):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        ids = [add_goal(session, actor, client.id, _goal(), new_id(), TODAY).id]
        for _ in range(data.draw(st.integers(1, 6))):
            goal_id = data.draw(st.sampled_from(ids))
            before = session.get_one(Goal, goal_id).state
            after = data.draw(st.sampled_from(("open", "reached", "changed", "given_up")))
            reason = data.draw(st.sampled_from((None, *reasons_for(after))))
            try:
                if after == "changed":
                    made = replace_goal(
                        session,
                        actor,
                        client.id,
                        goal_id,
                        _goal(),
                        new_id(),
                        _version(session, client),
                        TODAY,
                        reason=reason,
                    )
                    ids.append(made.id)
                else:
                    set_goal_state(session, actor, client.id, goal_id, after, TODAY, reason=reason)
            except InvalidInputError:
                assert session.get_one(Goal, goal_id).state == before
            else:
                assert after == before or (before, after) in MOVES
        goals = list_goals(session, client.id)
        assert {goal.id for goal in goals} == set(ids)
        for goal in goals:
            assert (goal.state_reason is not None) == (goal.state != "open")
            assert (goal.replaced_by is not None) == (goal.state == "changed")


def test_order_is_by_place_and_asks_for_no_new_signature(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    names = [add_goal(session, actor, client.id, _goal(), str(n), TODAY).id for n in range(3)]
    _sign(session, actor, client)
    for _ in range(2):
        place_goal(session, actor, client.id, names[2], 0, TODAY)
    assert [goal.id for goal in list_goals(session, client.id)] == [names[2], names[0], names[1]]
    plan = session.get_one(IntegrationPlan, client.id)
    assert not plan.changed_since_signature
    place_goal(session, actor, client.id, names[2], 99, TODAY)
    assert list_goals(session, client.id)[-1].id == names[2]


def test_what_was_agreed_anew_has_to_be_signed_anew(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "a", TODAY)
    step = add_step(session, actor, client.id, goal.id, _step(), "s", TODAY)
    plan = _sign(session, actor, client, TODAY - timedelta(days=3))
    assert (plan.signed_on, plan.signed_language) == (TODAY - timedelta(days=3), "uk")
    tick_step(session, actor, client.id, step.id, TODAY, is_done=True)
    reach_goal(session, actor, client.id, goal.id, "referral", TODAY)
    assert not plan.changed_since_signature
    set_goal_state(session, actor, client.id, goal.id, "open", TODAY)
    assert plan.changed_since_signature
    _sign(session, actor, client)
    assert not plan.changed_since_signature
    change_step(
        session, actor, client.id, step.id, _step(words="Hingehen"), _version(session, client), TODAY
    )
    assert plan.changed_since_signature


def test_a_plan_that_changed_after_it_was_printed_cannot_be_signed(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    data = SignatureInput.model_validate({"signed_on": TODAY}, context=CONTEXT)
    with pytest.raises(InvalidInputError):
        sign_plan(session, actor, client.id, data, 0, TODAY)
    add_goal(session, actor, client.id, _goal(), "a", TODAY)
    version = _version(session, client)
    add_goal(session, actor, client.id, _goal(), "b", TODAY)
    with pytest.raises(ConflictError):
        sign_plan(session, actor, client.id, data, version, TODAY)


def test_steps_are_ticked_reworded_and_taken_out(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "a", TODAY)
    step = add_step(session, actor, client.id, goal.id, _step(), "s", TODAY)
    for _ in range(2):
        tick_step(session, actor, client.id, step.id, TODAY, is_done=True)
    assert step.done_on == TODAY
    tick_step(session, actor, client.id, step.id, TODAY, is_done=False)
    assert step.done_on is None
    told = _step(words="Hingehen", actor="other", actor_words="Frau K.")
    change_step(session, actor, client.id, step.id, told, _version(session, client), TODAY)
    version = _version(session, client)
    with pytest.raises(ConflictError):
        remove_step(session, actor, client.id, step.id, version - 1, TODAY)
    for _ in range(2):
        remove_step(session, actor, client.id, step.id, version, TODAY)
    assert session.exec(select(GoalStep)).all() == []
    codes = _codes(session, client)
    assert codes.count("step_done") == codes.count("step_taken_up") == 1
    assert codes.count("step_removed") == 1


def test_a_goal_that_is_not_open_is_left_alone(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "a", TODAY)
    step = add_step(session, actor, client.id, goal.id, _step(), "s", TODAY)
    set_goal_state(session, actor, client.id, goal.id, "reached", TODAY, reason="seen")
    version = _version(session, client)
    with pytest.raises(InvalidInputError):
        change_goal(session, actor, client.id, goal.id, _goal(title="x"), version, TODAY)
    with pytest.raises(InvalidInputError):
        tick_step(session, actor, client.id, step.id, TODAY, is_done=True)
    with pytest.raises(InvalidInputError):
        add_step(session, actor, client.id, goal.id, _step(), "t", TODAY)
    with pytest.raises(InvalidInputError):
        place_goal(session, actor, client.id, goal.id, 0, TODAY)


def test_nobody_else_reads_notes_or_changes_a_plan(session: Session):
    actor, stranger = add_user(session), add_user(session, name="Fremd")
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "a", TODAY)
    step = add_step(session, actor, client.id, goal.id, _step(), "s", TODAY)
    set_goal_state(
        session, actor, client.id, goal.id, "given_up", TODAY, reason="illness", note="Lavendel"
    )
    set_goal_state(session, actor, client.id, goal.id, "open", TODAY)
    set_goal_state(
        session, actor, client.id, goal.id, "given_up", TODAY, reason="illness", note="Salbei"
    )
    text = read_goal_note(session, client.id, goal.id, actor)
    assert text.index("Lavendel") < text.index("Salbei")
    assert "note.read" in session.exec(select(AuditEntry.action)).all()
    with pytest.raises(NotFoundError):
        read_goal_note(session, client.id, goal.id, stranger)
    with pytest.raises(NotFoundError):
        read_review_note(session, client.id, new_id(), actor)
    with pytest.raises(NotFoundError):
        set_goal_state(session, stranger, client.id, goal.id, "open", TODAY)
    with pytest.raises(NotFoundError):
        add_goal(session, stranger, client.id, _goal(), "b", TODAY)
    with pytest.raises(NotFoundError):
        remove_step(session, stranger, client.id, step.id, 1, TODAY)


def test_a_goal_or_step_of_somebody_else_is_not_reached_through_ones_own_case(session: Session):
    actor, other = add_user(session), add_user(session, name="Andere")
    mine, theirs = add_client(session, actor), add_client(session, other)
    goal = add_goal(session, other, theirs.id, _goal(), "a", TODAY)
    step = add_step(session, other, theirs.id, goal.id, _step(), "s", TODAY)
    with pytest.raises(NotFoundError):
        set_goal_state(session, actor, mine.id, goal.id, "reached", TODAY, reason="seen")
    with pytest.raises(NotFoundError):
        tick_step(session, actor, mine.id, step.id, TODAY, is_done=True)
    remove_step(session, actor, mine.id, step.id, _version(session, mine), TODAY)
    assert session.get(GoalStep, step.id) is not None


def test_the_plan_of_a_closed_case_stays_but_for_what_a_referral_tells(session: Session):
    actor = add_user(session)
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "a", TODAY)
    client.closed_on = TODAY
    session.flush()
    with pytest.raises(CaseClosedError):
        add_goal(session, actor, client.id, _goal(), "b", TODAY)
    with pytest.raises(CaseClosedError):
        set_goal_state(session, actor, client.id, goal.id, "given_up", TODAY, reason="moved")
    reach_goal(session, actor, client.id, goal.id, "referral", TODAY)
    assert goal.state == "reached"


def test_reviews_due_are_those_of_ones_day(session: Session):
    actor, absent, third = (add_user(session, name=name) for name in ("A", "B", "C"))
    for user in (actor, absent, third):
        client = add_client(session, user, given_name=user.name, goals=[{"area": "work"}])
        session.get_one(IntegrationPlan, client.id).review_on = TODAY
    later = add_client(session, actor, given_name="Später", goals=[{"area": "work"}])
    session.get_one(IntegrationPlan, later.id).review_on = TODAY + timedelta(days=1)
    closed = add_client(session, actor, given_name="Zu", goals=[{"area": "work"}])
    session.get_one(IntegrationPlan, closed.id).review_on = TODAY
    closed.closed_on = TODAY
    session.add(Substitution(absent_id=absent.id, deputy_id=actor.id, from_on=TODAY, until_on=TODAY))
    session.flush()
    today_actor = Actor(actor.id, actor.role, day=TODAY)
    found = list_reviews_due(session, today_actor, TODAY)
    assert sorted(line.client_name for line in found) == ["A H.", "B H."]


def test_a_goal_shows_its_referrals_but_names_no_sensitive_offer(session: Session):
    actor, stranger = add_user(session), add_user(session, name="Fremd")
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "a", TODAY)
    for title, is_sensitive in (("Bewerbungstraining", False), ("Suchtberatung", True)):
        offer = add_offer(session, title, is_sensitive=is_sensitive)
        referral = Referral(
            client_id=client.id,
            offer_id=offer.id,
            goal_id=goal.id,
            state="handed_over",
            referred_by=actor.id,
        )
        session.add(referral)
        session.flush()
        session.add(ReferralEvent(referral_id=referral.id, to_state="handed_over"))
    session.flush()
    lines = load_referrals_by_goal(session, client.id, actor)[goal.id]
    assert {line.offer_title for line in lines} == {"Bewerbungstraining", ""}
    assert [line.is_sensitive for line in lines if not line.provider_name] == [True]
    assert all(line.is_open for line in lines)
    assert load_referrals_by_goal(session, client.id, stranger) == {}


def test_there_is_an_end_to_goals_and_steps(session: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.cases.plan.MOST_GOALS", 2)
    monkeypatch.setattr("app.cases.plan_steps.MOST_STEPS", 1)
    actor = add_user(session)
    client = add_client(session, actor)
    goal = add_goal(session, actor, client.id, _goal(), "1", TODAY)
    add_goal(session, actor, client.id, _goal(), "2", TODAY)
    add_step(session, actor, client.id, goal.id, _step(), "s1", TODAY)
    with pytest.raises(InvalidInputError):
        add_goal(session, actor, client.id, _goal(), "3", TODAY)
    with pytest.raises(InvalidInputError):
        add_step(session, actor, client.id, goal.id, _step(), "s2", TODAY)
    assert session.exec(select(Goal).where(col(Goal.client_id) == client.id)).all()
