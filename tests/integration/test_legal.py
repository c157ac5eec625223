"""Papers, appointments, what runs out, and new offers that suit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.appointments import (
    change_appointment,
    get_appointment,
    list_appointments_of_day,
    make_appointment,
    read_appointment_note,
    set_appointment_state,
)
from app.cases.deadline_queries import load_warnings_of_case, load_warnings_of_day
from app.cases.legal import (
    add_permit,
    add_right,
    change_permit,
    correct_residence,
    load_legal_card,
    record_residence,
    remove_right,
)
from app.cases.legal_records import AppointmentInput, PermitInput, ResidenceInput, RightInput
from app.cases.models import CaseEvent, Client
from app.cases.privacy_models import Substitution
from app.cases.status_models import CaseCorrection, LevelEntry
from app.core.errors import InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.operations.runtime import Runtime
from app.settings import TIMEZONE
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_user

NOON = datetime.combine(TODAY, time(12), TIMEZONE)


@dataclass
class Scene:
    """A case worker with a client."""

    session: Session
    actor: Actor
    client: Client

    def permit(self, kind: str, expires_on: date | None, **values: Any) -> str:
        told = {"kind": kind, "expires_on": expires_on, **values}
        data = PermitInput.model_validate(told, context=CONTEXT)
        return add_permit(self.session, self.actor, self.client.id, data, new_id()).id

    def status(self, status: str, **values: Any) -> Client:
        data = ResidenceInput.model_validate({"status": status, **values}, context=CONTEXT)
        return record_residence(self.session, self.actor, self.client.id, data)

    def appoint(self, starts_at: datetime, key: str | None = None, **values: Any) -> str:
        told = {"kind": "foreigners_office", "starts_at": starts_at, **values}
        data = AppointmentInput.model_validate(told, context=CONTEXT)
        return make_appointment(self.session, self.actor, self.client.id, data, key or new_id()).id

    def warned(self) -> list[tuple[str, str | None, int]]:
        told = load_warnings_of_case(self.session, self.client.id, self.actor, TODAY)
        return [(one.deadline.code, one.deadline.kind, one.days_left) for one in told]

    def codes(self) -> list[str]:
        rows = select(CaseEvent.code).where(CaseEvent.client_id == self.client.id)
        return list(self.session.exec(rows).all())


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Scene]:
    with runtime.database.write() as session:
        actor = replace(add_user(session), day=TODAY)
        yield Scene(session, actor, add_client(session, actor))


def test_the_status_that_began_last_holds_and_an_older_one_told_later_does_not(scene: Scene) -> None:
    scene.status("25(2)", valid_from=date(2025, 3, 1), expires_on=date(2028, 2, 29))
    scene.status("gestattung", valid_from=date(2023, 5, 1), expires_on=date(2025, 2, 28))
    assert scene.client.residence_status == "25(2)"
    assert scene.client.residence_status_expires_on == date(2028, 2, 29)
    lines = load_legal_card(scene.session, scene.client).residence
    assert [line.entry.status for line in lines] == ["25(2)", "gestattung"]
    scene.status("gestattung", valid_from=date(2026, 5, 1))
    assert scene.client.residence_status == "gestattung"
    assert scene.client.residence_status_expires_on is None


def test_a_line_of_the_history_is_corrected_with_its_trace(scene: Scene) -> None:
    scene.status("25(2)", valid_from=date(2025, 3, 1), expires_on=date(2027, 2, 28))
    (line,) = load_legal_card(scene.session, scene.client).residence
    data = ResidenceInput.model_validate(
        {"status": "25(1)", "valid_from": date(2025, 3, 1)}, context=CONTEXT
    )
    for _ in range(2):  # the double click
        correct_residence(scene.session, scene.actor, scene.client.id, line.entry.id, data)
    assert scene.client.residence_status == "25(1)"
    kept = scene.session.exec(select(CaseCorrection).where(CaseCorrection.field == "residence")).all()
    assert [row.values["before"]["expires_on"] for row in kept] == ["2027-02-28"]
    assert scene.codes().count("residence_corrected") == 1
    other = add_client(scene.session, scene.actor, given_name="Ada")
    with pytest.raises(NotFoundError):
        correct_residence(scene.session, scene.actor, other.id, line.entry.id, data)


def test_papers_and_entitlements_keep_what_they_said(scene: Scene) -> None:
    permit_id = scene.permit("work", TODAY + timedelta(days=10), condition="erlaubt")
    longer = PermitInput.model_validate(
        {"kind": "work", "expires_on": TODAY + timedelta(days=400)}, context=CONTEXT
    )
    change_permit(scene.session, scene.actor, scene.client.id, permit_id, longer)
    right = RightInput.model_validate({"kind": "entitlement"}, context=CONTEXT)
    for _ in range(2):
        add_right(scene.session, scene.actor, scene.client.id, right)
    (row,) = load_legal_card(scene.session, scene.client).entitlements or ()
    remove_right(scene.session, scene.actor, scene.client.id, row.id)
    assert load_legal_card(scene.session, scene.client).entitlements == ()
    fields = scene.session.exec(select(CaseCorrection.field)).all()
    assert {"permit", "entitlement"} <= set(fields)
    assert [code for code in scene.codes() if code.startswith(("permit", "entitlement"))] == [
        "permit_added", "permit_changed", "entitlement_added", "entitlement_removed"
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["team_lead", "case_worker", "directory_editor", "administrator"])
def test_others_neither_change_papers_nor_read_warnings(scene: Scene, role: str) -> None:
    scene.permit("work", TODAY)
    other = replace(add_user(scene.session, role), day=TODAY)
    scene.session.add(Substitution(
        absent_id=scene.actor.id, deputy_id=other.id, from_on=TODAY - timedelta(days=9),
        until_on=TODAY - timedelta(days=1), created_by=scene.actor.id,
    ))  # fmt: skip
    scene.session.flush()
    if role == "team_lead":
        assert load_warnings_of_case(scene.session, scene.client.id, other, TODAY)
        assert load_warnings_of_day(scene.session, other, TODAY) == {}
        return
    assert load_warnings_of_case(scene.session, scene.client.id, other, TODAY) == ()
    assert load_warnings_of_day(scene.session, other, TODAY) == {}
    data = RightInput.model_validate({"kind": "entitlement"}, context=CONTEXT)
    with pytest.raises(NotFoundError):
        add_right(scene.session, other, scene.client.id, data)


def test_who_stands_in_is_warned_on_the_days_of_the_substitution_only(scene: Scene) -> None:
    scene.permit("work", TODAY + timedelta(days=3))
    deputy = add_user(scene.session)
    scene.session.add(Substitution(
        absent_id=scene.actor.id, deputy_id=deputy.id, from_on=TODAY, until_on=TODAY,
        created_by=scene.actor.id,
    ))  # fmt: skip
    scene.session.flush()
    today = load_warnings_of_day(scene.session, replace(deputy, day=TODAY), TODAY)
    assert set(today) == {scene.client.id}
    tomorrow = TODAY + timedelta(days=1)
    assert load_warnings_of_day(scene.session, replace(deputy, day=tomorrow), tomorrow) == {}


def test_of_several_papers_of_one_kind_only_the_one_that_holds_longest_is_told(scene: Scene) -> None:
    scene.permit("passport", TODAY - timedelta(days=20))
    scene.permit("passport", TODAY + timedelta(days=1000))
    scene.permit("work", TODAY + timedelta(days=90))
    scene.permit("travel_document", TODAY + timedelta(days=91))
    scene.permit("residence_rule", None)
    assert scene.warned() == [("permit_expires", "work", 90)]


def test_a_certificate_that_was_followed_by_a_newer_level_is_not_told(scene: Scene) -> None:
    def note(days: int, expires_on: date | None) -> None:
        scene.session.add(LevelEntry(
            client_id=scene.client.id, skill="reading", level="B1", evidence="certificate",
            expires_on=expires_on, recorded_at=NOON + timedelta(days=days),
        ))  # fmt: skip
        scene.session.flush()

    note(-9, TODAY + timedelta(days=5))
    assert scene.warned() == [("certificate_expires", "reading", 5)]
    note(-2, None)
    assert scene.warned() == []


def test_the_end_of_the_counselling_is_told_and_later_with_a_reason(scene: Scene) -> None:
    scene.client.counselling_started_on = TODAY - timedelta(days=1000)
    scene.session.add(scene.client)
    scene.session.flush()
    assert [code for code, *_ in scene.warned()] == ["counselling_ends"]
    scene.client.extension_reason = "personal"
    scene.session.flush()
    assert scene.warned() == []
    scene.client.counselling_ends_on = TODAY
    scene.session.flush()
    assert scene.warned() == [("counselling_ends", None, 0)]
    scene.client.closed_on = TODAY
    scene.session.flush()
    assert load_warnings_of_day(scene.session, scene.actor, TODAY) == {}


def test_appointments_of_the_day_are_planned_ones_of_the_own_open_cases_in_order(
    scene: Scene,
) -> None:
    later = scene.appoint(NOON + timedelta(hours=4))
    first = scene.appoint(NOON)
    cancelled = scene.appoint(NOON + timedelta(hours=1))
    scene.appoint(NOON + timedelta(days=8))
    set_appointment_state(scene.session, scene.actor, scene.client.id, cancelled, "cancelled")

    def told(actor: Actor) -> list[str]:
        lines = list_appointments_of_day(scene.session, actor, NOON, NOON + timedelta(days=7))
        return [line.id for line in lines]

    assert told(scene.actor) == [first, later]
    assert told(replace(add_user(scene.session), day=TODAY)) == []
    with pytest.raises(InvalidInputError):
        set_appointment_state(scene.session, scene.actor, scene.client.id, first, "forgotten")


def test_a_double_click_makes_one_appointment_and_moving_one_plans_it_anew(scene: Scene) -> None:
    key = new_id()
    made = {scene.appoint(NOON, key) for _ in range(3)}
    assert len(made) == 1
    appointment_id = made.pop()
    set_appointment_state(scene.session, scene.actor, scene.client.id, appointment_id, "missed")
    data = AppointmentInput.model_validate(
        {"kind": "foreigners_office", "starts_at": NOON + timedelta(days=3)}, context=CONTEXT
    )
    change_appointment(scene.session, scene.actor, scene.client.id, appointment_id, data)
    moved = get_appointment(scene.session, scene.client.id, appointment_id)
    assert (moved.state, moved.starts_at) == ("planned", NOON + timedelta(days=3))


def test_the_note_of_an_appointment_is_read_by_those_it_is_confided_to_with_an_entry(
    scene: Scene,
) -> None:
    appointment_id = scene.appoint(NOON, note="nur mit der Schwester")
    words = read_appointment_note(scene.session, scene.actor, scene.client.id, appointment_id)
    assert words == "nur mit der Schwester"
    read = select(AuditEntry).where(
        AuditEntry.action == "note.read", col(AuditEntry.subject_id) == appointment_id
    )
    assert len(scene.session.exec(read).all()) == 1
    other = add_user(scene.session)
    with pytest.raises(NotFoundError):
        read_appointment_note(scene.session, other, scene.client.id, appointment_id)
