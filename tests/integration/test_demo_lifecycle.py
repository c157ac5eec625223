"""The demo shows how people come and go."""

from __future__ import annotations

from sqlmodel import select

from app.cases.lifecycle import is_minor
from app.cases.models import CaseEvent, Client
from app.cases.status_models import CaseClosing, RelatedPerson, Takeover
from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.operations.runtime import Runtime
from tests.conftest import TODAY


def test_some_cases_are_closed_one_was_opened_again_and_one_taken_over(demo: Runtime) -> None:
    with demo.database.read() as session:
        closings = session.exec(select(CaseClosing)).all()
        closed = session.exec(select(Client).where(Client.closed_on.is_not(None))).all()  # type: ignore[union-attr]
        takeovers = session.exec(select(Takeover)).all()
        first = DEMO_CASE_WORKERS[0].id
        events = session.exec(select(CaseEvent).where(CaseEvent.code == "case_closed")).all()
    assert len(closings) == 4
    assert sum(one.reopened_on is not None for one in closings) == 1
    assert len(closed) == 3
    assert any(client.case_worker_id == first for client in closed)
    assert [one.provider_id is not None for one in takeovers] == [True]
    assert {event.at.date() for event in events} == {one.closed_on for one in closings}


def test_minors_have_a_guardian_who_may_consent_and_signed(demo: Runtime) -> None:
    with demo.database.read() as session:
        clients = session.exec(select(Client)).all()
        people = session.exec(select(RelatedPerson)).all()
    consenting = {one.client_id for one in people if one.may_consent}
    children = [client for client in clients if is_minor(client, TODAY)]
    assert children
    assert {child.id for child in children if child.household_id} <= consenting
    assert all(child.agreed_by in {None, "guardian"} for child in children)
    assert any(one.role == "emergency" for one in people)
    assert any(client.agreed_on is None for client in clients)
