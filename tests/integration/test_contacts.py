"""Talks, notes and self-assessments in the real database: who may, what stays, what is noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.assessments import (
    answer_questions,
    find_home_link,
    find_questions,
    list_assessments,
    list_assessments_due,
    read_assessment,
    record_paper,
    start_assessment,
)
from app.cases.contact_records import AssessmentInput, ContactInput, NoteInput
from app.cases.contacts import (
    change_contact,
    delete_contact,
    open_contact,
    read_contact_note,
    record_contact,
)
from app.cases.counselling_models import CaseNote, ContactEntry, SelfAssessment
from app.cases.models import CaseEvent, Client
from app.cases.notes import change_note, delete_note, list_notes, read_note, write_note
from app.cases.privacy_models import EmergencyAccess
from app.cases.status_models import CaseCorrection
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.operations.runtime import Runtime
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_user

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
SECRET = "a secret of the tests"
MARKER = "Zitronenfalter"


@dataclass(frozen=True)
class Case:
    """A case with those who may and may not open it."""

    session: Session
    worker: Actor
    stranger: Actor
    helper: Actor
    """Opened the case in an emergency."""
    client: Client

    @property
    def id(self) -> str:
        return self.client.id


@pytest.fixture
def case(runtime: Runtime) -> Iterator[Case]:
    with runtime.database.write() as session:
        worker, stranger, helper = (add_user(session, name=name) for name in ("Mira", "Jo", "Kim"))
        client = add_client(session, worker)
        session.add(
            EmergencyAccess(
                client_id=client.id,
                user_id=helper.id,
                reason="Klinik ruft an",
                until_at=utc_now() + timedelta(hours=2),
            )
        )
        session.flush()
        yield Case(session, worker, stranger, helper, client)


def talk(**values: Any) -> ContactInput:
    told = {"happened_at": NOW - timedelta(hours=1), "channel": "phone", **values}
    return ContactInput.model_validate(told, context={"now": NOW})


def note(text: str = MARKER, kind: str = "general") -> NoteInput:
    return NoteInput.model_validate({"kind": kind, "text": text})


def answers(day: date = TODAY, **steps: Any) -> AssessmentInput:
    told = {"taken_on": day, "language": "ar", "answers": steps or {"health": 3, "alone": 5}}
    return AssessmentInput.model_validate(told, context={"now": NOW})


def actions(session: Session, subject_id: str) -> list[str]:
    """What the access log notes about one thing, the oldest first."""
    return list(
        session.exec(
            select(AuditEntry.action)
            .where(AuditEntry.subject_id == subject_id)
            .order_by(col(AuditEntry.seq))
        ).all()
    )


# Talks


def test_a_talk_sent_twice_is_recorded_once(case: Case) -> None:
    key = new_id()
    first, second = (
        record_contact(case.session, case.worker, case.id, talk(topics=["work"]), key, NOW)
        for _ in range(2)
    )
    assert first.id == second.id
    assert actions(case.session, first.id) == ["contact.create"]


@pytest.mark.parametrize("who", ["stranger", "helper"])
def test_nobody_else_records_or_reads_anything(case: Case, who: str) -> None:
    actor = getattr(case, who)
    contact = record_contact(case.session, case.worker, case.id, talk(note=MARKER), new_id(), NOW)
    written = write_note(case.session, case.worker, case.id, note(), new_id(), NOW)
    record_paper(case.session, case.worker, case.id, answers(), new_id(), NOW)
    assessment = case.session.exec(select(SelfAssessment)).one()
    attempts = (
        lambda: record_contact(case.session, actor, case.id, talk(), new_id(), NOW),
        lambda: open_contact(case.session, actor, case.id, contact.id, NOW),
        lambda: read_contact_note(case.session, actor, case.id, contact.id),
        lambda: delete_contact(case.session, actor, case.id, contact.id, NOW),
        lambda: write_note(case.session, actor, case.id, note(), new_id(), NOW),
        lambda: read_note(case.session, actor, case.id, written.id),
        lambda: delete_note(case.session, actor, case.id, written.id),
        lambda: record_paper(case.session, actor, case.id, answers(), new_id(), NOW),
        lambda: read_assessment(case.session, actor, case.id, assessment.id),
        lambda: start_assessment(case.session, actor, case.id, SECRET, "home", utc_now()),
    )
    for attempt in attempts:
        with pytest.raises(NotFoundError):
            attempt()


def test_an_emergency_shows_that_there_are_notes_but_opens_none(case: Case) -> None:
    write_note(case.session, case.worker, case.id, note(kind="health"), new_id(), NOW)
    (line,) = list_notes(case.session, case.helper, case.id).items
    assert line.kind == "health"
    assert not hasattr(line, "text")
    with pytest.raises(NotFoundError):
        list_notes(case.session, case.stranger, case.id)


def test_the_own_entry_of_this_week_is_changed_and_deleted_like_a_draft(case: Case) -> None:
    entry = record_contact(case.session, case.worker, case.id, talk(), new_id(), NOW)
    opened = open_contact(case.session, case.worker, case.id, entry.id, NOW)
    assert opened.way == "free"
    change_contact(case.session, case.worker, case.id, entry.id, talk(minutes=45), opened.as_read, NOW)
    assert entry.minutes == 45
    assert case.session.exec(select(CaseCorrection)).all() == []
    delete_contact(case.session, case.worker, case.id, entry.id, NOW)
    assert case.session.exec(select(ContactEntry)).all() == []
    assert "contact_deleted" in case.session.exec(select(CaseEvent.code)).all()


def test_an_older_entry_is_corrected_with_a_trace_and_not_deleted(case: Case) -> None:
    entry = record_contact(
        case.session, case.worker, case.id, talk(minutes=15, note=MARKER), new_id(), NOW
    )
    later = NOW + timedelta(days=8)
    opened = open_contact(case.session, case.worker, case.id, entry.id, later)
    assert opened.way == "traced"
    change_contact(
        case.session, case.worker, case.id, entry.id, talk(minutes=60), opened.as_read, later
    )
    correction = case.session.exec(select(CaseCorrection)).one()
    assert correction.values == {
        "before": {"minutes": 15, "note": MARKER},
        "after": {"minutes": 60, "note": None},
    }
    assert "contact_corrected" in case.session.exec(select(CaseEvent.code)).all()
    with pytest.raises(InvalidInputError):
        delete_contact(case.session, case.worker, case.id, entry.id, later)


def test_who_changes_what_somebody_else_changed_is_told(case: Case) -> None:
    entry = record_contact(case.session, case.worker, case.id, talk(), new_id(), NOW)
    opened = open_contact(case.session, case.worker, case.id, entry.id, NOW)
    as_read = opened.as_read
    soon = NOW + timedelta(minutes=1)
    change_contact(case.session, case.worker, case.id, entry.id, talk(minutes=5), as_read, soon)
    with pytest.raises(ConflictError):
        change_contact(case.session, case.worker, case.id, entry.id, talk(minutes=9), as_read, soon)
    assert entry.minutes == 5


def test_reading_a_note_of_a_talk_is_noted_and_recording_is_not_reading(case: Case) -> None:
    entry = record_contact(case.session, case.worker, case.id, talk(note=MARKER), new_id(), NOW)
    assert read_contact_note(case.session, case.worker, case.id, entry.id) == MARKER
    open_contact(case.session, case.worker, case.id, entry.id, NOW)
    assert actions(case.session, entry.id) == ["contact.create", "note.read", "note.read"]
    other = record_contact(case.session, case.worker, case.id, talk(), new_id(), NOW)
    with pytest.raises(NotFoundError):
        read_contact_note(case.session, case.worker, case.id, other.id)


def test_a_talk_is_found_only_in_its_own_case(case: Case) -> None:
    entry = record_contact(case.session, case.worker, case.id, talk(note=MARKER), new_id(), NOW)
    written = write_note(case.session, case.worker, case.id, note(), new_id(), NOW)
    other = add_client(case.session, case.worker, given_name="Sami")
    with pytest.raises(NotFoundError):
        read_contact_note(case.session, case.worker, other.id, entry.id)
    with pytest.raises(NotFoundError):
        read_note(case.session, case.worker, other.id, written.id)


# Notes


def test_a_note_keeps_what_it_said_until_it_is_deleted(case: Case) -> None:
    written = write_note(case.session, case.worker, case.id, note("erst"), new_id(), NOW)
    as_read = read_note(case.session, case.worker, case.id, written.id).as_read
    later = NOW + timedelta(days=1)
    change_note(case.session, case.worker, case.id, written.id, note("dann", "health"), as_read, later)
    again = read_note(case.session, case.worker, case.id, written.id)
    assert (again.note.text, again.note.kind) == ("dann", "health")
    assert [change.actor_name for change in again.changes] == ["Mira"]
    with pytest.raises(ConflictError):
        change_note(case.session, case.worker, case.id, written.id, note("zu spät"), as_read, later)
    delete_note(case.session, case.worker, case.id, written.id)
    assert case.session.exec(select(CaseNote)).all() == []
    assert case.session.exec(select(CaseCorrection)).all() == []
    assert actions(case.session, written.id) == [
        "note.create", "note.read", "note.update", "note.read", "note.delete",
    ]  # fmt: skip


def test_texts_lie_encrypted_in_the_database(case: Case) -> None:
    from sqlalchemy import text

    written = write_note(case.session, case.worker, case.id, note("erst " + MARKER), new_id(), NOW)
    as_read = read_note(case.session, case.worker, case.id, written.id).as_read
    change_note(case.session, case.worker, case.id, written.id, note(), as_read, NOW)
    record_contact(case.session, case.worker, case.id, talk(note=MARKER), new_id(), NOW)
    record_paper(case.session, case.worker, case.id, answers(), new_id(), NOW)
    for table in ("case_note", "contact_entry", "case_correction", "self_assessment"):
        rows = case.session.connection().execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608  our tables
        assert rows
        assert MARKER not in str(rows)
        assert "alone" not in str(rows)


# Self-assessments


def test_a_link_is_answered_once_and_opening_it_changes_nothing(case: Case) -> None:
    moment = utc_now()
    link = start_assessment(case.session, case.worker, case.id, SECRET, "home", moment)
    for _ in range(2):
        questions = find_questions(case.session, SECRET, link.token, moment)
        assert questions is not None
        assert not questions.is_answered
    assert case.session.exec(select(SelfAssessment)).all() == []
    answer_questions(case.session, questions, answers(health=1), NOW)
    answer_questions(case.session, questions, answers(health=5), NOW)
    stored = case.session.exec(select(SelfAssessment)).one()
    assert stored.answers["health"] == 1
    assert stored.recorded_by is None
    again = find_questions(case.session, SECRET, link.token, moment)
    assert again is not None
    assert again.is_answered


def test_a_link_for_our_screen_ends_with_the_day_one_for_home_after_two_weeks(case: Case) -> None:
    moment = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    here = start_assessment(case.session, case.worker, case.id, SECRET, "here", moment)
    home = start_assessment(case.session, case.worker, case.id, SECRET, "home", moment)
    assert here.expires_at == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert home.expires_at == moment + timedelta(days=14)
    midnight = here.expires_at
    assert find_questions(case.session, SECRET, here.token, midnight) is None
    assert find_questions(case.session, SECRET, home.token, midnight) is not None
    assert find_questions(case.session, SECRET, home.token, home.expires_at) is None


def test_printing_twice_gives_the_same_code_until_it_is_answered(case: Case) -> None:
    moment = utc_now()
    first = start_assessment(case.session, case.worker, case.id, SECRET, "home", moment)
    again = start_assessment(case.session, case.worker, case.id, SECRET, "home", moment)
    assert first == again
    assert find_home_link(case.session, case.id, SECRET, moment) == first
    questions = find_questions(case.session, SECRET, first.token, moment)
    assert questions is not None
    answer_questions(case.session, questions, answers(), NOW)
    assert find_home_link(case.session, case.id, SECRET, moment) is None


@pytest.mark.parametrize("token", ["", "x", "a.b", "ä" * 20, "\x00", "x" * 5000])
def test_a_forged_link_opens_nothing(case: Case, token: str) -> None:
    assert find_questions(case.session, SECRET, token, utc_now()) is None


def test_a_link_to_a_closed_case_opens_nothing(case: Case) -> None:
    link = start_assessment(case.session, case.worker, case.id, SECRET, "home", utc_now())
    case.client.closed_on = TODAY
    case.session.add(case.client)
    case.session.flush()
    assert find_questions(case.session, SECRET, link.token, utc_now()) is None


def test_typing_in_a_paper_closes_the_code_on_it(case: Case) -> None:
    link = start_assessment(case.session, case.worker, case.id, SECRET, "home", utc_now())
    key = new_id()
    for _ in range(2):
        record_paper(case.session, case.worker, case.id, answers(), key, NOW)
    assert len(list_assessments(case.session, case.worker, case.id)) == 1
    assert find_questions(case.session, SECRET, link.token, utc_now()) is None


def test_answers_stand_beside_those_of_the_time_before(case: Case) -> None:
    for day, step in ((TODAY - timedelta(days=200), 2), (TODAY, 4)):
        record_paper(case.session, case.worker, case.id, answers(day, health=step), new_id(), NOW)
    newest, oldest = list_assessments(case.session, case.worker, case.id)
    opened = read_assessment(case.session, case.worker, case.id, newest.id)
    health = opened.rows[0]
    assert (health.question, health.before, health.now) == ("health", 2, 4)
    both = ["assessment.create", "assessment.read"]
    assert actions(case.session, newest.id) == actions(case.session, oldest.id) == both
    first = read_assessment(case.session, case.worker, case.id, oldest.id)
    assert first.before_on is None


def test_due_are_open_cases_of_ones_own_day(case: Case) -> None:
    case.client.counselling_started_on = TODAY - timedelta(days=400)
    young = add_client(case.session, case.worker, given_name="Neu")
    closed = add_client(case.session, case.worker, given_name="Zu")
    closed.counselling_started_on = TODAY - timedelta(days=400)
    closed.closed_on = TODAY
    asked = add_client(case.session, case.worker, given_name="Gefragt")
    asked.counselling_started_on = TODAY - timedelta(days=400)
    case.session.flush()
    day = TODAY - timedelta(days=200)
    record_paper(case.session, case.worker, asked.id, answers(day), new_id(), NOW)
    due = list_assessments_due(case.session, case.worker, TODAY)
    assert [(one.client_name, one.last_on) for one in due] == [("Amira H.", None), ("Gefragt H.", day)]
    assert young.id not in {one.client_id for one in due}
    assert list_assessments_due(case.session, case.stranger, TODAY) == ()
    assert list_assessments_due(case.session, case.helper, TODAY) == ()
