"""Referrals to sensitive offers: nothing in the open tells where they lead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.audit.models import AuditEntry
from app.cases.privacy_models import EmergencyAccess
from app.cases.queries import get_client
from app.core.clock import utc_now
from app.core.errors import NotFoundError
from app.directory.models import Offer
from app.operations.runtime import Runtime, open_runtime
from app.referrals.day_lists import list_day
from app.referrals.models import Referral, ReferralEvent
from app.referrals.opening import get_referral, open_referral, read_step_note
from app.referrals.queries import (
    ReferralFilters,
    find_earlier_referrals,
    list_referrals,
    list_referrals_of_client,
    list_steps_of_client,
)
from app.referrals.sealing import details_of, seal_referrals
from app.referrals.service import move_referrals, return_referrals
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user
from tests.integration.test_referrals import Scene

TITLE = "Suchtberatung Zwetschgengasse"


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Scene]:
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, goals=[{"area": "health"}], birth_date="1990-01-01")
        offer = add_offer(session, kind="counselling", title=TITLE, is_sensitive=True)
        yield Scene(session, actor, client, offer)


def _columns(scene: Scene) -> str:
    """Everything that stands in the rows of referrals and their history, as text."""
    rows = [
        scene.session.connection().execute(text(f"SELECT * FROM {table}")).mappings().all()  # noqa: S608  two names of ours
        for table in ("referral", "referral_event")
    ]
    return json.dumps([[dict(row) for row in found] for found in rows], default=str)


def test_neither_offer_nor_goal_nor_reason_stands_in_the_open(scene: Scene):
    goal = get_client(scene.session, scene.client.id, scene.actor).open_goals[0]
    referral = scene.refer(goal_id=goal.id, note="Rückfall im Mai")
    scene.report(referral, "rejected", reason="not_eligible")
    stored = _columns(scene)
    for telling in (scene.offer.id, scene.offer.provider_id, goal.id, TITLE, "counselling", "Rückfall"):
        assert telling not in stored, telling
    assert "not_eligible" not in stored
    assert referral.follow_up_on is None
    assert referral.state == "rejected"
    details = details_of(referral)
    assert (details.offer_id, details.goal_id) == (scene.offer.id, goal.id)
    assert details.snapshot["is_discreet"]


def test_the_files_of_the_database_hold_no_pair(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        offer = add_offer(session, kind="counselling", title=TITLE, is_sensitive=True)
        marked = Scene(session, actor, client, offer).refer()
    with runtime.database.read() as session:
        rows = session.exec(select(AuditEntry)).all()
    assert {row.subject_id for row in rows if row.action.startswith("referral")} == {marked.id}
    assert offer.id not in {row.subject_id for row in rows}
    files = [path.read_bytes() for path in runtime.settings.data_dir.glob("*.sqlite3*")]
    assert any(marked.id.encode() in content for content in files)
    for content in files:
        for before, after in ((marked.id, offer.id), (offer.id, marked.id), (client.id, offer.id)):
            assert before.encode() + after.encode() not in content
        # Beside the offer's own row, its search and its indexes nothing names it: no row of a case.
        start = 0
        while (found := content.find(offer.id.encode(), start)) >= 0:
            around = content[max(0, found - 200) : found + 236]
            assert marked.id.encode() not in around
            assert client.id.encode() not in around
            start = found + 1


def test_lists_show_a_neutral_title_with_state_and_follow_up(scene: Scene):
    referral = scene.refer()
    scene.report(referral, "waiting_list")
    later = TODAY + timedelta(days=90)
    lists = (
        list_referrals(scene.session, scene.actor, ReferralFilters()).items,
        list_referrals_of_client(scene.session, scene.client.id, scene.actor),
        list_day(scene.session, scene.actor, later, 9).unanswered.lines,
    )
    for (line,) in lists:
        assert line.is_sealed
        assert (line.offer_title, line.provider_name) == ("Vertrauliches Angebot", "")
        assert (line.offer_id, line.offer_kind, line.reasons) == (None, None, ())
        assert (line.state, line.follow_up_on) == ("waiting_list", referral.follow_up_on)
    assert referral.id in list_steps_of_client(scene.session, scene.client.id, scene.actor)


def _readings(scene: Scene, action: str) -> list[str]:
    rows = scene.session.exec(select(AuditEntry).where(AuditEntry.action == action)).all()
    return [row.subject_id for row in rows]


def test_it_opens_on_demand_only_and_each_reading_is_noted(scene: Scene):
    referral = scene.refer(note="Rückfall im Mai")
    shut = get_referral(scene.session, referral.id, scene.actor)
    assert (shut.details, shut.offer_title, shut.goal) == (None, "Vertrauliches Angebot", None)
    assert _readings(scene, "referral.read_sealed") == []
    opened = open_referral(scene.session, referral.id, scene.actor)
    assert opened.offer_title == TITLE
    assert opened.details is not None
    assert _readings(scene, "referral.read_sealed") == [referral.id]
    step, _name = read_step_note(scene.session, referral.id, shut.steps[0].event.id, scene.actor)
    assert step.note == "Rückfall im Mai"
    assert _readings(scene, "referral.read_note") == [step.id]


def test_an_emergency_does_not_open_it(scene: Scene):
    referral = scene.refer(note="Rückfall im Mai")
    helper = replace(add_user(scene.session), day=TODAY)
    scene.session.add(
        EmergencyAccess(
            client_id=scene.client.id, user_id=helper.id, reason="akut",
            until_at=utc_now() + timedelta(hours=1),
        )
    )  # fmt: skip
    scene.session.flush()
    found = get_referral(scene.session, referral.id, helper)
    assert (found.is_confided, found.details) == (False, None)
    with pytest.raises(NotFoundError):
        open_referral(scene.session, referral.id, helper)
    with pytest.raises(NotFoundError):
        read_step_note(scene.session, referral.id, found.steps[0].event.id, helper)
    assert find_earlier_referrals(scene.session, scene.client.id, scene.offer.id, helper) == ()


def test_the_second_referral_shows_the_first_and_notes_that_it_did(scene: Scene):
    first = scene.refer()
    other = add_offer(scene.session, kind="counselling", title="Anderes", is_sensitive=True)
    scene.refer(offer_id=other.id)
    found = find_earlier_referrals(scene.session, scene.client.id, scene.offer.id, scene.actor)
    assert [line.id for line in found] == [first.id]
    assert _readings(scene, "referral.read_sealed") == [first.id]


def _plain(scene: Scene) -> Referral:
    scene.offer.is_sensitive = False
    scene.session.flush()
    referral = scene.refer()
    scene.report(referral, "rejected", reason="full")
    assert referral.offer_id == scene.offer.id
    return referral


def test_an_offer_that_becomes_sensitive_takes_its_referrals_along(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        offer = add_offer(session, kind="counselling", title=TITLE)
        made = Scene(session, actor, add_client(session, actor), offer)
        referral = made.refer()
        made.report(referral, "rejected", reason="full")
    with runtime.database.write() as session:
        session.get_one(Offer, offer.id).is_sensitive = True
    with runtime.database.write() as session:
        kept = session.get_one(Referral, referral.id)
        assert (kept.offer_id, kept.snapshot, kept.reasons) == (None, {}, [])
        assert details_of(kept).offer_id == offer.id
        steps = session.exec(
            select(ReferralEvent).where(ReferralEvent.referral_id == referral.id)
        ).all()
        assert {step.reason for step in steps} == {None}
        assert {"reason": "full", "level_reached": None} in [step.sealed for step in steps]
        session.get_one(Offer, offer.id).is_sensitive = False
    with runtime.database.read() as session:
        assert session.get_one(Referral, referral.id).offer_id is None  # told in confidence


def test_what_is_older_than_the_rule_is_sealed_at_the_start(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        offer = add_offer(session, kind="counselling", title=TITLE)
        referral = Scene(session, actor, add_client(session, actor), offer).refer()
    with runtime.database.write() as session:
        session.connection().execute(text("UPDATE offer SET is_sensitive = 1"))
    again = open_runtime(runtime.settings)
    with again.database.read() as session:
        assert session.get_one(Referral, referral.id).offer_id is None
    again.database.dispose()


def test_a_merge_moves_sealed_ones_without_naming_them(scene: Scene):
    referral = scene.refer()
    kept = add_offer(scene.session, kind="counselling", title="Dieselbe Stelle", is_sensitive=True)
    assert move_referrals(scene.session, scene.actor.id, scene.offer.id, kept.id) == []
    assert details_of(referral).offer_id == kept.id
    own = scene.refer(offer_id=kept.id)
    return_referrals(scene.session, scene.actor.id, [], kept.id, scene.offer.id)
    assert details_of(referral).offer_id == scene.offer.id
    assert details_of(own).offer_id == kept.id
    assert _readings(scene, "referral.move") == []


def test_a_plain_one_is_sealed_when_its_offer_turns_out_to_be_a_sensitive_one(scene: Scene):
    referral = _plain(scene)
    kept = add_offer(scene.session, kind="counselling", title="Dieselbe Stelle", is_sensitive=True)
    assert move_referrals(scene.session, scene.actor.id, scene.offer.id, kept.id) == []
    assert referral.offer_id is None
    assert details_of(referral).offer_id == kept.id
    return_referrals(scene.session, scene.actor.id, [], kept.id, scene.offer.id)
    assert details_of(referral).offer_id == scene.offer.id
    assert referral.offer_id is None


def test_sealing_twice_changes_nothing(scene: Scene):
    referral = scene.refer()
    before = dict(referral.sealed or {})
    assert seal_referrals(scene.session) == 0
    assert referral.sealed == before


def test_the_goal_is_reached_all_the_same(scene: Scene):
    goal = get_client(scene.session, scene.client.id, scene.actor).open_goals[0]
    referral = scene.refer(goal_id=goal.id)
    scene.report(referral, "completed", goal_reached=True)
    assert goal.state == "reached"
