"""Coming in and going out: who may sign, what a closed case still takes, and the history it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.consent_records import ConsentCreate
from app.cases.consents import record_consent, revoke_consent
from app.cases.contact_records import NoteInput
from app.cases.crisis import load_crisis_services
from app.cases.lifecycle import (
    close_case,
    load_lifecycle,
    read_closing_note,
    read_extension_note,
    read_takeover_note,
    record_agreement,
    record_counselling,
    record_takeover,
    reopen_case,
)
from app.cases.lifecycle_records import (
    AgreementInput,
    ClosingInput,
    CounsellingInput,
    PersonInput,
    ReopeningInput,
    TakeoverInput,
)
from app.cases.models import CaseEvent, Client
from app.cases.notes import write_note
from app.cases.privacy_models import EmergencyAccess
from app.cases.queries import get_case_head
from app.cases.related_people import add_person, change_person, list_people, remove_person
from app.cases.service import update_client
from app.cases.status_models import CaseClosing, CaseCorrection, RelatedPerson
from app.core.clock import utc_now
from app.core.errors import CaseClosedError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.interests import load_taxonomy
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport
from tests.conftest import TODAY
from tests.integration.case_samples import (
    CONTEXT,
    add_client,
    add_offer,
    add_user,
    client_changes,
)

EARLIER = TODAY - timedelta(days=30)
SECRET = "nur für uns"


@dataclass
class Scene:
    session: Session
    actor: Actor
    client: Client

    def events(self) -> list[str]:
        rows = select(CaseEvent.code).where(CaseEvent.client_id == self.client.id)
        return list(self.session.exec(rows.order_by(col(CaseEvent.at))).all())

    def actions(self, thing_id: str) -> list[str]:
        return list(
            self.session.exec(
                select(AuditEntry.action).where(
                    AuditEntry.subject_id == thing_id, AuditEntry.actor_id == self.actor.id
                )
            ).all()
        )


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Scene]:
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        client.counselling_started_on = TODAY - timedelta(days=400)
        yield Scene(session, actor, client)


def _closing(**values: Any) -> ClosingInput:
    told = {"closed_on": TODAY, "reason": "goals_reached", **values}
    return ClosingInput.model_validate(told, context=CONTEXT)


def _agreement(**values: Any) -> AgreementInput:
    return AgreementInput.model_validate(values, context=CONTEXT)


def _reopening(reason: str = "new_need") -> ReopeningInput:
    return ReopeningInput.model_validate({"reason": reason})


def _close(scene: Scene, **values: Any) -> CaseClosing:
    return close_case(scene.session, scene.actor, scene.client.id, _closing(**values))


def _reopen(scene: Scene, day: date = TODAY) -> None:
    reopen_case(scene.session, scene.actor, scene.client.id, _reopening(), day)


def _takeover(**values: Any) -> TakeoverInput:
    told = {"from_whom": "Soziale Beratung im Haus Linde", "taken_over_on": EARLIER, **values}
    return TakeoverInput.model_validate(told, context=CONTEXT)


def test_a_takeover_keeps_who_what_and_when_and_opens_its_note_on_its_own(scene: Scene) -> None:
    data = _takeover(released_on=EARLIER, released=("name", "plan"), note=SECRET)
    for _ in range(2):
        row = record_takeover(scene.session, scene.actor, scene.client.id, data)
    (line,) = load_lifecycle(scene.session, scene.client).takeovers
    assert (line.from_whom, line.released, line.has_note) == (data.from_whom, ("name", "plan"), True)
    assert scene.events().count("case_taken_over") == 1
    assert read_takeover_note(scene.session, scene.actor, scene.client.id, row.id) == SECRET
    assert scene.actions(row.id) == ["note.read"]


@pytest.mark.parametrize(
    "values",
    [
        {"taken_over_on": TODAY + timedelta(days=1)},
        {"taken_over_on": date(1999, 1, 1)},
        {"released": ("name",)},
        {"released_on": EARLIER, "released": ("secrets",)},
        {"note": "x" * 5000},
        {"from_whom": "x" * 201},
    ],
    ids=["ahead", "long ago", "no day", "unknown data", "long note", "long name"],
)
def test_a_takeover_that_cannot_be_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _takeover(**values)


@pytest.mark.parametrize("values", [{"from_whom": ""}, {"provider_id": "nowhere"}])
def test_a_takeover_names_somebody_there_is(scene: Scene, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        record_takeover(scene.session, scene.actor, scene.client.id, _takeover(**values))


def test_an_adult_signs_alone(scene: Scene) -> None:
    scene.client.birth_date = date(1994, 4, 3)
    data = _agreement(
        informed_on=EARLIER, informed_language="uk", agreed_on=EARLIER, agreed_by="client"
    )
    for _ in range(2):
        record_agreement(scene.session, scene.actor, scene.client.id, data)
    assert (scene.client.agreed_on, scene.client.agreed_by) == (EARLIER, "client")
    assert [scene.events().count(code) for code in ("client_informed", "client_agreed")] == [1, 1]


def test_for_a_minor_a_guardian_who_may_consent_signs(scene: Scene) -> None:
    session, actor, client = scene.session, scene.actor, scene.client
    client.birth_date = TODAY.replace(year=TODAY.year - 18) + timedelta(days=1)
    signed = {"informed_on": TODAY, "agreed_on": TODAY}
    with pytest.raises(InvalidInputError) as refused:
        record_agreement(session, actor, client.id, _agreement(**signed, agreed_by="client"))
    assert refused.value.field == "agreed_by"
    by_guardian = _agreement(**signed, agreed_by="guardian")
    add_person(session, actor, client.id, "guardian", PersonInput(name="Tante"))
    add_person(session, actor, client.id, "emergency", PersonInput(name="O", may_consent=True))
    with pytest.raises(InvalidInputError):
        record_agreement(session, actor, client.id, by_guardian)
    add_person(session, actor, client.id, "guardian", PersonInput(name="Mutter", may_consent=True))
    record_agreement(session, actor, client.id, by_guardian)
    assert client.agreed_by == "guardian"
    client.birth_date = client.birth_date - timedelta(days=1)  # eighteen today
    record_agreement(session, actor, client.id, _agreement(**signed, agreed_by="client"))


@pytest.mark.parametrize(
    "values",
    [{"agreed_on": TODAY}, {"agreed_by": "client"}, {"agreed_on": TODAY, "agreed_by": "neighbour"}],
    ids=["by nobody", "on no day", "by somebody else"],
)
def test_an_agreement_has_a_day_and_somebody(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _agreement(**values)


def test_a_fourth_year_has_a_reason_whose_note_stays_closed(scene: Scene) -> None:
    began = scene.client.counselling_started_on
    data = CounsellingInput.model_validate(
        {
            "counselling_started_on": began,
            "extension_reason": "personal",
            "extension_note": f" {SECRET}\x00 ",
        },
        context=CONTEXT,
    )
    record_counselling(scene.session, scene.actor, scene.client.id, data)
    (event,) = scene.session.exec(
        select(CaseEvent).where(CaseEvent.code == "counselling_extended")
    ).all()
    assert event.facts == {"reason": "personal"}
    assert read_extension_note(scene.session, scene.actor, scene.client.id) == SECRET
    without_note = CounsellingInput.model_validate(
        {"counselling_started_on": began, "extension_reason": None}, context=CONTEXT
    )
    record_counselling(scene.session, scene.actor, scene.client.id, without_note)
    assert scene.events()[-1] == "counselling_not_extended"
    assert scene.client.extension_note == SECRET


def test_closing_keeps_reason_outcomes_and_who_goes_on_helping(scene: Scene) -> None:
    offer = add_offer(scene.session)
    row = _close(
        scene, outcomes=("b1", "job", "b1"), provider_id=offer.provider_id, note=SECRET, reason="moved"
    )
    again = _close(scene, closed_on=EARLIER)
    assert again.id == row.id
    (line,) = load_lifecycle(scene.session, scene.client).closings
    assert (line.reason, line.outcomes, line.service) == ("moved", ("b1", "job"), "Sprachhaus am Fluss")
    assert line.has_note
    assert scene.client.closed_on == TODAY
    assert read_closing_note(scene.session, scene.actor, scene.client.id, row.id) == SECRET
    assert scene.events().count("case_closed") == 1
    assert scene.actions(scene.client.id).count("client.close") == 1


def test_a_closing_lies_in_the_time_of_the_case(scene: Scene) -> None:
    with pytest.raises(ValidationError):
        _closing(closed_on=TODAY + timedelta(days=1))
    with pytest.raises(ValidationError):
        _closing(outcomes=("none", "job"))
    with pytest.raises(InvalidInputError) as refused:
        _close(scene, closed_on=TODAY - timedelta(days=401))
    assert refused.value.field == "closed_on"
    with pytest.raises(InvalidInputError):
        _close(scene, provider_id="nowhere")
    _close(scene, closed_on=EARLIER)
    _reopen(scene)
    with pytest.raises(InvalidInputError):
        _close(scene, closed_on=EARLIER)  # it was open again from today on


def test_a_closed_case_is_changed_by_nobody(scene: Scene) -> None:
    session, actor, client = scene.session, scene.actor, scene.client
    person = add_person(session, actor, client.id, "emergency", PersonInput(name="Nora"))
    _close(scene)
    changes = [
        lambda: update_client(
            session,
            actor,
            client.id,
            client_changes(phone="0711 1"),
            taxonomy=load_taxonomy(),
            today=TODAY,
        ),
        lambda: record_takeover(session, actor, client.id, _takeover()),
        lambda: record_agreement(session, actor, client.id, _agreement(informed_on=TODAY)),
        lambda: add_person(session, actor, client.id, "guardian", PersonInput(name="M")),
        lambda: change_person(session, actor, client.id, person.id, PersonInput(name="M")),
        lambda: remove_person(session, actor, client.id, person.id),
    ]
    for change in changes:
        with pytest.raises(CaseClosedError):
            change()
    head = get_case_head(session, client.id, actor)
    assert (head.is_writable, head.is_confided) == (False, True)
    _reopen(scene)
    for change in changes:
        change()


def test_answers_to_referrals_and_revocations_still_come_in(scene: Scene) -> None:
    session, actor, client = scene.session, scene.actor, scene.client
    consent = record_consent(
        session,
        actor,
        client.id,
        ConsentCreate.model_validate(
            {
                "recipient": "Kursträger",
                "data": ("name",),
                "given_on": EARLIER,
                "valid_until": TODAY + timedelta(days=100),
            },
            context={"today": TODAY, "birth_date": None},
        ),
        new_id(),
    )
    offer = add_offer(session)
    referral = Referral(
        client_id=client.id, offer_id=offer.id, state="handed_over", referred_by=actor.id
    )
    session.add(referral)
    session.flush()
    _close(scene)
    told = {"to_state": "completed", "level_reached": "B1", "level_evidence": "certificate"}
    report = OutcomeReport.model_validate(told, context=CONTEXT)
    record_outcome(session, actor, referral.id, report, referral.version, today=TODAY)
    assert referral.state == "completed"
    assert client.german_level == "B1"
    revoke_consent(session, actor, client.id, consent.id, TODAY)
    assert consent.revoked_on == TODAY
    assert client.closed_on == TODAY


def test_notes_open_only_for_those_who_work_on_the_case(scene: Scene) -> None:
    session, client = scene.session, scene.client
    taken = record_takeover(session, scene.actor, client.id, _takeover(note=SECRET))
    row = _close(scene, note=SECRET)
    stranger, helper = add_user(session, name="F"), add_user(session, name="H")
    session.add(
        EmergencyAccess(
            client_id=client.id, user_id=helper.id, reason="x", until_at=utc_now() + timedelta(hours=1)
        )
    )
    session.flush()
    for somebody in (stranger, helper):
        with pytest.raises(NotFoundError):
            read_closing_note(session, somebody, client.id, row.id)
        with pytest.raises(NotFoundError):
            read_takeover_note(session, somebody, client.id, taken.id)
        with pytest.raises(NotFoundError):
            reopen_case(session, somebody, client.id, _reopening(), TODAY)
        with pytest.raises(NotFoundError):
            close_case(session, somebody, client.id, _closing())
    other = add_client(session, scene.actor, given_name="B")
    with pytest.raises(NotFoundError):
        read_closing_note(session, scene.actor, other.id, row.id)
    with pytest.raises(NotFoundError):
        read_extension_note(session, scene.actor, client.id)


def test_guardians_come_first_and_what_was_corrected_is_kept(scene: Scene) -> None:
    session, actor, client = scene.session, scene.actor, scene.client
    data = PersonInput(name="Nora  Notfall", phone="0711 / 123-45", languages=("uk", "de"))
    for _ in range(2):
        friend = add_person(session, actor, client.id, "emergency", data)
    add_person(session, actor, client.id, "guardian", PersonInput(name="Mutter", relation="mother"))
    assert [one.name for one in list_people(session, client.id)] == ["Mutter", "Nora Notfall"]
    change_person(session, actor, client.id, friend.id, PersonInput(name="Nora Neu"))
    remove_person(session, actor, client.id, friend.id)
    kept = session.exec(select(CaseCorrection).where(CaseCorrection.client_id == client.id)).all()
    assert {row.field for row in kept} == {"person"}  # nothing that passes for the client's own
    names = [tuple((row.values[key] or {}).get("name") for key in ("before", "after")) for row in kept]
    assert sorted(names, key=str) == [("Nora Neu", None), ("Nora Notfall", "Nora Neu")]
    assert [one.name for one in session.exec(select(RelatedPerson)).all()] == ["Mutter"]
    other = add_client(session, actor, given_name="B")
    with pytest.raises(NotFoundError):
        remove_person(session, actor, other.id, list_people(session, client.id)[0].id)


@pytest.mark.parametrize("phone", ["ruf an", "javascript:alert(1)", "0" * 70, "+49<b>"])
def test_a_number_that_cannot_be_called_is_refused(phone: str) -> None:
    with pytest.raises(ValidationError):
        PersonInput(name="X", phone=phone)


def test_a_note_of_a_closed_case_is_refused_before_it_is_written(scene: Scene) -> None:
    _close(scene)
    data = NoteInput.model_validate({"kind": "general", "text": "x"})
    with pytest.raises(CaseClosedError):
        write_note(scene.session, scene.actor, scene.client.id, data, new_id(), utc_now())


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["close", "reopen", "change"]), st.integers(0, 40)), max_size=12
)


@given(STEPS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_often_it_closes_and_opens_the_history_tells_it(
    scene: Scene, steps: list[Step]
) -> None:
    """Against a plain model: days only go forward, a closing ends with its reopening, all stay."""
    session, actor = scene.session, scene.actor
    client = add_client(session, actor)
    day = TODAY - timedelta(days=600)
    client.counselling_started_on = day
    told: list[tuple[date, date | None]] = []
    for action, days in steps:
        day += timedelta(days=days)
        is_open = not told or told[-1][1] is not None
        if action == "close":
            close_case(session, actor, client.id, _closing(closed_on=day))
            if is_open:
                told.append((day, None))
        elif action == "reopen":
            reopen_case(session, actor, client.id, _reopening(), day)
            if not is_open:
                told[-1] = (told[-1][0], day)
        else:
            change = client_changes(phone=f"0711 {day:%y%m%d}")
            try:
                update_client(session, actor, client.id, change, taxonomy=load_taxonomy(), today=TODAY)
                assert is_open
            except CaseClosedError:
                assert not is_open
    closings = load_lifecycle(session, client).closings
    assert sorted((one.closed_on, one.reopened_on or date.max) for one in closings) == [
        (closed, reopened or date.max) for closed, reopened in told
    ]
    is_closed = bool(told) and told[-1][1] is None
    assert client.closed_on == (told[-1][0] if is_closed else None)
    events = list(session.exec(select(CaseEvent.code).where(CaseEvent.client_id == client.id)).all())
    assert events.count("case_closed") == len(told)
    assert events.count("case_reopened") == len(told) - is_closed


def test_the_crisis_services_name_number_hours_and_source() -> None:
    services = load_crisis_services()
    numbers = {service.number.replace(" ", "") for service in services}
    assert numbers >= {"112", "110", "116117", "116016", "08001110111"}
    assert len(numbers) == len(services)
    assert all(service.when and service.about for service in services)
