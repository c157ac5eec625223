"""Handing cases over, standing in, and opening a case in an emergency, on the real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.caseload import list_caseload
from app.cases.caseload_rules import CaseloadFilters
from app.cases.emergencies import (
    EmergencyRequest,
    count_unreviewed,
    get_reason,
    list_emergencies,
    list_opened,
    mark_reviewed,
    open_in_emergency,
)
from app.cases.handover_queries import (
    count_unseen,
    get_case_note,
    get_handover,
    get_handover_note,
    list_handovers,
    list_proposed,
)
from app.cases.handover_summaries import load_summaries
from app.cases.handovers import (
    CasesMovedError,
    CaseToHandOver,
    HandoverOrder,
    hand_over_cases,
    mark_as_seen,
    undo_handover,
)
from app.cases.models import CaseEvent, Client, Household
from app.cases.privacy_models import EmergencyAccess, HandedOverCase, Handover, Substitution
from app.cases.queries import get_case_head
from app.cases.substitutions import (
    SubstitutionCreate,
    create_substitution,
    end_substitution,
    list_substitutions,
    load_deputised,
)
from app.core.clock import utc_now
from app.core.crypto import use_cipher
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.core.secrets import text_cipher
from app.mail.models import OutboxMail
from app.operations.runtime import Runtime, open_runtime
from app.settings import load_settings
from tests.conftest import TODAY
from tests.full_case import MARKER
from tests.integration.case_samples import add_client, add_user

ADDRESS = "http://localhost/uebergaben"
REASON = "Das Krankenhaus hat angerufen"


@dataclass(frozen=True)
class Team:
    """Two case workers, their team lead, somebody of another team, and cases of the first one."""

    session: Session
    mira: Actor
    jonas: Actor
    lead: Actor
    nord: Actor
    clients: tuple[Client, ...]

    def order(self, *clients: Client, to: Actor | None = None, **values: object) -> HandoverOrder:
        """The first one's cases go to the second one, unless told otherwise."""
        cases = tuple(
            CaseToHandOver(c.id, c.case_worker_id, f"{MARKER} {c.given_name}") for c in clients
        )
        order = HandoverOrder((to or self.jonas).id, "leave", cases, MARKER, new_id())
        return replace(order, **values)  # type: ignore[arg-type]  # by name

    def actions(self, action: str) -> list[str]:
        """The subjects of the audit entries with this action."""
        found = select(AuditEntry.subject_id).where(AuditEntry.action == action)
        return list(self.session.exec(found.order_by(col(AuditEntry.seq))).all())


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """An empty instance for all these tests."""
    folder = tmp_path_factory.mktemp("handovers")
    return open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}).with_today(TODAY))


@pytest.fixture
def team(empty: Runtime) -> Iterator[Team]:
    # A transaction for reading is never committed: nothing of a test stays for the next one.
    use_cipher(text_cipher(empty.settings))
    with empty.database.read() as session:
        people = [
            replace(add_user(session, role, name), day=TODAY)
            for role, name in (
                ("case_worker", "Mira"),
                ("case_worker", "Jonas"),
                ("team_lead", "Ruth"),
                ("team_lead", "Nord"),
            )
        ]
        session.get_one(User, people[3].id).team = "Nord"
        clients = tuple(
            add_client(session, people[0], given_name=name, family_name="Test") for name in "ABC"
        )
        yield Team(session, *people, clients)


def test_a_case_goes_over_with_an_event_an_audit_entry_and_a_mail_without_names(team: Team):
    one, two, stays = team.clients
    handover = hand_over_cases(team.session, team.mira, team.order(one, two), ADDRESS)
    assert [c.case_worker_id for c in team.clients] == [team.jonas.id, team.jonas.id, team.mira.id]
    assert team.actions("client.hand_over") == [one.id, two.id]
    events = team.session.exec(select(CaseEvent).where(CaseEvent.code == "handed_over")).all()
    assert {event.client_id: event.facts for event in events} == {
        one.id: {"reason": "leave"},
        two.id: {"reason": "leave"},
    }
    mail = team.session.exec(select(OutboxMail)).one()
    assert mail.subject == "2 Fälle wurden Ihnen übergeben"
    assert f"{ADDRESS}/{handover.id}" in mail.text_body
    for secret in (MARKER, "Test", one.id, two.id):
        assert secret not in mail.text_body + mail.html_body + mail.subject
    with pytest.raises(NotFoundError):
        get_case_head(team.session, one.id, team.mira)
    assert get_case_head(team.session, stays.id, team.mira).is_own


def test_notes_of_a_handover_are_encrypted_and_read_one_by_one(team: Team):
    one, two, _stays = team.clients
    handover = hand_over_cases(team.session, team.mira, team.order(one, two), ADDRESS)
    stored = team.session.connection().execute(
        text("select note from handed_over_case union all select note from handover")
    )
    assert all(MARKER not in note for (note,) in stored)
    assert get_case_note(team.session, team.jonas, handover.id, one.id) == f"{MARKER} A"
    assert get_handover_note(team.session, team.jonas, handover.id) == MARKER
    assert get_handover_note(team.session, team.lead, handover.id) == MARKER
    for nobody in (team.mira, team.nord):  # who gave it away does not see the case any more
        with pytest.raises(NotFoundError):
            get_case_note(team.session, nobody, handover.id, one.id)
        with pytest.raises(NotFoundError):
            get_handover_note(team.session, nobody, handover.id)
    assert len(team.actions("note.read")) == 3


def test_the_same_form_sent_twice_hands_over_once(team: Team):
    order = team.order(team.clients[0])
    first = hand_over_cases(team.session, team.mira, order, ADDRESS)
    assert hand_over_cases(team.session, team.mira, order, ADDRESS).id == first.id
    assert len(team.session.exec(select(Handover)).all()) == 1
    with pytest.raises(ConflictError):
        hand_over_cases(team.session, team.lead, order, ADDRESS)


def test_all_go_or_none_when_one_is_not_there_any_more(team: Team):
    one, two, _stays = team.clients
    order = team.order(one, two)
    hand_over_cases(team.session, team.lead, team.order(two, to=team.lead), ADDRESS)
    with pytest.raises(CasesMovedError) as caught:
        hand_over_cases(team.session, team.mira, order, ADDRESS)
    assert caught.value.client_ids == (two.id,)
    assert one.case_worker_id == team.mira.id


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("reason", {"reason": "because"}),
        ("cases", {"cases": ()}),
        ("to_id", {"to_id": ""}),
        ("to_id", {"to_id": new_id()}),
        ("note", {"note": "x" * 4001}),
    ],
    ids=["reason", "no-cases", "nobody", "unknown-person", "long-note"],
)
def test_a_handover_needs_a_reason_cases_and_a_colleague(
    team: Team, field: str, values: dict[str, object]
):
    with pytest.raises(InvalidInputError) as caught:
        hand_over_cases(team.session, team.mira, team.order(team.clients[0], **values), ADDRESS)
    assert caught.value.field == field


def test_nobody_takes_over_who_is_switched_off_or_has_another_role(team: Team):
    for change in ({"is_active": False}, {"is_active": True, "role": "administrator"}):
        user = team.session.get_one(User, team.jonas.id)
        user.sqlmodel_update(change)
        with pytest.raises(InvalidInputError):
            hand_over_cases(team.session, team.mira, team.order(team.clients[0]), ADDRESS)


def test_a_deputy_does_not_hand_over_and_a_lead_only_of_the_own_team(team: Team):
    wanted = SubstitutionCreate(team.mira.id, team.jonas.id, TODAY, TODAY)
    create_substitution(team.session, team.mira, wanted, new_id(), TODAY)
    for stranger in (team.jonas, team.nord):
        with pytest.raises(CasesMovedError):
            hand_over_cases(team.session, stranger, team.order(team.clients[0], to=team.lead), ADDRESS)
    order = team.order(*team.clients)
    assert hand_over_cases(team.session, team.lead, order, ADDRESS).by_id == team.lead.id


def test_a_handover_is_taken_back_but_for_what_went_on(team: Team):
    one, two, three = team.clients
    handover = hand_over_cases(team.session, team.mira, team.order(one, two, three), ADDRESS)
    hand_over_cases(team.session, team.jonas, team.order(two, to=team.lead), ADDRESS)
    undone = undo_handover(team.session, team.mira, handover.id)
    assert set(undone.returned) == {one.id, three.id}
    assert undone.kept == {two.id: "Ruth"}
    assert [c.case_worker_id for c in (one, two, three)] == [team.mira.id, team.lead.id, team.mira.id]
    assert set(team.actions("client.take_back")) == {one.id, three.id}
    with pytest.raises(ConflictError):
        undo_handover(team.session, team.mira, handover.id)


def test_a_later_handover_is_not_taken_back_with_an_earlier_one(team: Team):
    one, two, _three = team.clients
    first = hand_over_cases(team.session, team.mira, team.order(one, two), ADDRESS)
    hand_over_cases(team.session, team.jonas, team.order(one, to=team.lead), ADDRESS)
    again = hand_over_cases(team.session, team.lead, team.order(one, to=team.jonas), ADDRESS)
    undone = undo_handover(team.session, team.mira, first.id)
    assert (undone.returned, undone.kept) == ((two.id,), {one.id: "Jonas"})
    assert one.case_worker_id == team.jonas.id
    assert undo_handover(team.session, team.lead, again.id).returned == (one.id,)


def test_taking_back_ends_after_a_day_and_is_not_for_everybody(team: Team):
    handover = hand_over_cases(team.session, team.mira, team.order(team.clients[0]), ADDRESS)
    for stranger in (team.jonas, team.nord):
        with pytest.raises(NotFoundError):
            undo_handover(team.session, stranger, handover.id)
    handover.at = utc_now() - timedelta(hours=24, seconds=1)
    with pytest.raises(ConflictError):
        undo_handover(team.session, team.lead, handover.id)
    handover.at = utc_now() - timedelta(hours=23)
    assert undo_handover(team.session, team.lead, handover.id).returned


def test_the_new_case_worker_reads_and_ticks_off(team: Team):
    one, two, _stays = team.clients
    handover = hand_over_cases(team.session, team.mira, team.order(one, two), ADDRESS)
    assert count_unseen(team.session, team.jonas) == 2
    view = get_handover(team.session, team.jonas, handover.id)
    assert [case.client_name for case in view.unseen] == ["A Test", "B Test"]
    mark_as_seen(team.session, team.jonas, handover.id, one.id)
    assert count_unseen(team.session, team.jonas) == 1
    for stranger in (team.mira, team.lead):
        with pytest.raises(NotFoundError):
            mark_as_seen(team.session, stranger, handover.id)
    mark_as_seen(team.session, team.jonas, handover.id)
    assert count_unseen(team.session, team.jonas) == 0
    seen_at = [row.seen_at for row in team.session.exec(select(HandedOverCase))]
    mark_as_seen(team.session, team.jonas, handover.id)  # again: the first time counts
    assert [row.seen_at for row in team.session.exec(select(HandedOverCase))] == seen_at


def test_who_gave_a_case_away_sees_that_but_not_the_case(team: Team):
    handover = hand_over_cases(team.session, team.mira, team.order(team.clients[0]), ADDRESS)
    view = get_handover(team.session, team.mira, handover.id)
    assert (view.cases, view.hidden_count, view.can_read_note) == ((), 1, False)
    assert [line.way for line in list_handovers(team.session, team.mira)] == ["given"]
    assert [line.way for line in list_handovers(team.session, team.jonas)] == ["received"]
    assert [line.way for line in list_handovers(team.session, team.lead)] == ["team"]
    assert list_handovers(team.session, team.nord) == ()
    with pytest.raises(NotFoundError):
        get_handover(team.session, team.nord, handover.id)


def test_who_lives_with_them_is_proposed(team: Team):
    home = Household()
    team.session.add(home)
    team.session.flush()
    one, two, _alone = team.clients
    one.household_id = two.household_id = home.id
    team.session.flush()
    proposed = list_proposed(team.session, team.mira, (one.id,), None, with_closed=False)
    assert [(case.client_id, case.is_household_only) for case in proposed] == [
        (one.id, False),
        (two.id, True),
    ]
    assert list_proposed(team.session, team.jonas, (one.id,), team.mira.id, with_closed=True) == ()
    team.clients[2].closed_on = TODAY
    team.session.flush()
    of_mira = list_proposed(team.session, team.lead, (), team.mira.id, with_closed=False)
    assert {case.client_id for case in of_mira} == {one.id, two.id}
    assert len(list_proposed(team.session, team.lead, (), team.mira.id, with_closed=True)) == 3


def test_a_summary_is_only_for_who_may_see_the_case(team: Team):
    ids = [client.id for client in team.clients]
    now = utc_now()
    assert set(load_summaries(team.session, team.mira, ids, TODAY, now)) == set(ids)
    assert load_summaries(team.session, team.jonas, ids, TODAY, now) == {}


def test_the_summary_and_the_list_know_when_the_counselling_ends_by_rule(team: Team):
    client = team.clients[0]
    client.counselling_started_on, client.extension_reason = date(2024, 3, 1), "personal"
    team.session.add(client)
    team.session.flush()
    told = load_summaries(team.session, team.mira, [client.id], TODAY, utc_now())[client.id]
    assert [(one.kind, one.on) for one in told.expiring] == [("counselling", date(2028, 2, 29))]
    listed = list_caseload(team.session, team.mira, CaseloadFilters(sort="ends"), TODAY).page.items
    assert {line.row.id: line.row.ends_on for line in listed}[client.id] == date(2028, 2, 29)


def test_a_substitution_opens_the_cases_on_its_days_and_is_not_passed_on(team: Team):
    other = replace(add_user(team.session, name="Samira"), day=TODAY)
    wanted = SubstitutionCreate(team.mira.id, team.jonas.id, TODAY, TODAY + timedelta(days=2))
    row = create_substitution(team.session, team.mira, wanted, new_id(), TODAY)
    create_substitution(
        team.session,
        team.jonas,
        SubstitutionCreate(team.jonas.id, other.id, TODAY, TODAY),
        new_id(),
        TODAY,
    )
    key = team.clients[0].id
    assert get_case_head(team.session, key, team.jonas).is_confided
    assert load_deputised(team.session, team.jonas)[team.mira.id].name == "Mira"
    for nobody in (other, replace(team.jonas, day=TODAY + timedelta(days=3))):
        with pytest.raises(NotFoundError):
            get_case_head(team.session, key, nobody)
    with pytest.raises(NotFoundError):
        end_substitution(team.session, team.jonas, row.id, TODAY)
    end_substitution(team.session, team.lead, row.id, TODAY)
    with pytest.raises(NotFoundError):
        get_case_head(team.session, key, team.jonas)
    assert [line.phase for line in list_substitutions(team.session, team.mira, TODAY)] == ["past"]
    assert list_substitutions(team.session, team.nord, TODAY) == ()
    assert team.actions("substitution.end") == [row.id]


@pytest.mark.parametrize(
    ("field", "first", "last"),
    [
        ("until_on", TODAY, TODAY - timedelta(days=1)),
        ("until_on", TODAY - timedelta(days=9), TODAY - timedelta(days=1)),
        ("until_on", TODAY, TODAY + timedelta(days=185)),
        ("from_on", TODAY + timedelta(days=367), TODAY + timedelta(days=368)),
    ],
    ids=["backwards", "over", "too-long", "far-ahead"],
)
def test_days_of_a_substitution_that_cannot_be_are_refused(
    team: Team, field: str, first: date, last: date
):
    wanted = SubstitutionCreate(team.mira.id, team.jonas.id, first, last)
    with pytest.raises(InvalidInputError) as caught:
        create_substitution(team.session, team.mira, wanted, new_id(), TODAY)
    assert caught.value.field == field


def test_nobody_stands_in_for_themselves_or_lets_strangers_in(team: Team):
    session, key = team.session, new_id()
    administrator = add_user(session, "administrator")
    for deputy in (team.mira, administrator):
        wanted = SubstitutionCreate(team.mira.id, deputy.id, TODAY, TODAY)
        with pytest.raises(InvalidInputError):
            create_substitution(session, team.mira, wanted, key, TODAY)
    wanted = SubstitutionCreate(team.mira.id, team.jonas.id, TODAY, TODAY)
    for stranger in (team.jonas, team.nord, administrator):
        with pytest.raises(NotFoundError):
            create_substitution(session, stranger, wanted, key, TODAY)
    first = create_substitution(session, team.lead, wanted, key, TODAY)
    assert create_substitution(session, team.lead, wanted, key, TODAY).id == first.id
    assert len(session.exec(select(Substitution)).all()) == 1


def test_an_emergency_opens_the_case_to_read_tells_the_lead_and_is_reviewed(team: Team):
    client = team.clients[0]
    client.birth_date = date(1990, 5, 17)
    team.session.flush()
    wanted = EmergencyRequest(REASON, name=" test,  a ", birth_date=client.birth_date)
    assert open_in_emergency(team.session, team.jonas, wanted, "http://localhost/n") == (client.id,)
    head = get_case_head(team.session, client.id, team.jonas)
    assert (head.is_writable, head.is_confided) == (False, False)
    assert [case.client_id for case in list_opened(team.session, team.jonas)] == [client.id]
    assert team.actions("emergency.open") == [client.id]
    mail = team.session.exec(select(OutboxMail)).one()
    assert mail.recipient == team.session.get_one(User, team.lead.id).email
    for secret in (REASON, "Test", client.id, "Jonas"):
        assert secret not in mail.text_body + mail.subject
    open_in_emergency(team.session, team.jonas, wanted, "http://localhost/n")  # open already
    line = list_emergencies(team.session, team.lead)[0]
    assert (line.user_name, line.client_name, line.reviewed_at) == ("Jonas", "A Test", None)
    assert get_reason(team.session, team.lead, line.id) == REASON
    assert count_unreviewed(team.session, team.lead) == 1
    mark_reviewed(team.session, team.lead, line.id)
    assert count_unreviewed(team.session, team.lead) == 0
    assert team.actions("emergency.read_reason") == [line.id]
    for stranger in (team.nord, team.mira):
        with pytest.raises(NotFoundError):
            get_reason(team.session, stranger, line.id)
        with pytest.raises(NotFoundError):
            mark_reviewed(team.session, stranger, line.id)


def test_a_lead_of_another_team_reviews_the_own_people_without_learning_whose_case(team: Team):
    team.session.get_one(User, team.jonas.id).team = "Nord"
    team.session.flush()
    wanted = EmergencyRequest(REASON, case=f"http://localhost/faelle/{team.clients[0].id}/plan")
    open_in_emergency(team.session, team.jonas, wanted, "http://localhost/n")
    assert len(team.session.exec(select(OutboxMail)).all()) == 2
    line = list_emergencies(team.session, team.nord)[0]
    assert (line.client_id, line.client_name, line.can_read_reason) == (None, "", False)
    with pytest.raises(NotFoundError):
        get_reason(team.session, team.nord, line.id)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "A", "birth_date": date(1990, 5, 17)},
        {"name": "A Test", "birth_date": date(1990, 5, 18)},
        {"name": "%", "birth_date": date(1990, 5, 17)},
        {"case": "kein Fall"},
        {"case": new_id()},
    ],
    ids=["half-name", "other-day", "wildcard", "no-id", "unknown-id"],
)
def test_what_does_not_fit_exactly_opens_nothing_and_is_noted(team: Team, values: dict[str, object]):
    team.clients[0].birth_date = date(1990, 5, 17)
    team.session.flush()
    wanted = replace(EmergencyRequest(REASON), **values)  # type: ignore[arg-type]  # by name
    assert open_in_emergency(team.session, team.jonas, wanted, "http://localhost/n") == ()
    assert team.actions("emergency.search") == [""]
    assert team.session.exec(select(EmergencyAccess)).all() == []


def test_without_a_reason_nothing_is_looked_up(team: Team):
    for reason in ("", " " * 40, "zu kurz", "x" * 1001):
        wanted = EmergencyRequest(reason, case=team.clients[0].id)
        with pytest.raises(InvalidInputError) as caught:
            open_in_emergency(team.session, team.jonas, wanted, "http://localhost/n")
        assert caught.value.field == "reason"
    wanted = EmergencyRequest(REASON, case=team.clients[0].id)
    with pytest.raises(NotFoundError):
        open_in_emergency(team.session, team.lead, wanted, "http://localhost/n")
    assert team.actions("emergency.search") == []
