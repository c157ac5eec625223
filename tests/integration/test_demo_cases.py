from collections import Counter
from datetime import date, timedelta

from sqlmodel import col, select

from app.accounts.permissions import Actor
from app.cases.caseload import find_clients
from app.cases.models import CaseEvent, Client
from app.cases.queries import get_client
from app.cases.rules import age_on
from app.directory.models import Accommodation
from app.directory.public_holidays import NO_HOLIDAYS
from app.operations.demo_accounts import DEMO_CASE_WORKERS, load_demo_accounts
from app.operations.demo_cases import client_id, load_demo_cases
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.states import is_open
from tests.conftest import TODAY


def _load(runtime: Runtime, today: date = TODAY) -> int:
    with runtime.database.write() as session:
        load_demo_accounts(session)
        return load_demo_cases(session, today, NO_HOLIDAYS)


def test_there_are_people_for_every_case_worker(runtime: Runtime):
    created = _load(runtime)
    with runtime.database.read() as session:
        clients = session.exec(select(Client)).all()
        housing = session.exec(select(Accommodation)).all()
    per_worker = Counter(client.case_worker_id for client in clients)
    assert created == len(clients) >= 48
    assert len(per_worker) == len(DEMO_CASE_WORKERS) == 8
    assert min(per_worker.values()) >= 5
    assert all(client.is_demo for client in clients)
    assert all(len(client.family_name) == 2 and client.family_name[1] == "." for client in clients)
    assert len(housing) == 6
    assert all(place.latitude and place.longitude for place in housing)
    sizes = Counter(Counter(client.household_id for client in clients).values())
    assert sizes[1] > 5
    assert sum(count for size, count in sizes.items() if size >= 3) > 5


def test_unknown_facts_are_among_them(runtime: Runtime):
    _load(runtime)
    with runtime.database.read() as session:
        clients = session.exec(select(Client)).all()
    for name in ("german_level", "reads", "available", "residence_status", "accommodation_id"):
        values = [getattr(client, name) for client in clients]
        assert None in values
        assert any(value is not None for value in values)


def test_amira_is_as_the_guide_tells_her(runtime: Runtime):
    _load(runtime)
    worker = DEMO_CASE_WORKERS[0]
    actor = Actor(worker.id, worker.role)
    with runtime.database.write() as session:
        found = find_clients(session, actor, "amira", 5)
        case = get_client(session, client_id("amira"), actor)
    assert [line.name for line in found] == ["Amira H."]
    assert (case.client.german_level, case.client.german_level_evidence) == ("A2", "certificate")
    assert case.client.german_level_on is not None
    assert (case.client.german_level_on.year, case.client.german_level_on.month) == (2026, 3)
    assert case.accommodation is not None
    assert case.accommodation.district == "Zell"
    assert [goal.area for goal in case.open_goals] == ["language", "work"]
    assert {row.concept for row in case.interests} >= {"football", "cooking", "sewing"}
    assert len(case.household) == 2


def test_loading_again_leaves_what_the_user_changed(runtime: Runtime):
    _load(runtime)
    with runtime.database.write() as session:
        session.get_one(Client, client_id("amira")).given_name = "Geändert"
    assert _load(runtime) == 0
    with runtime.database.read() as session:
        assert session.get_one(Client, client_id("amira")).given_name == "Geändert"


def test_the_demo_never_grows_old(runtime: Runtime):
    later = TODAY + timedelta(weeks=200, days=3)
    _load(runtime, later)
    with runtime.database.read() as session:
        clients = session.exec(select(Client)).all()
        events = session.exec(select(CaseEvent).order_by(col(CaseEvent.at))).all()
        amira = session.get_one(Client, client_id("amira"))
    assert amira.german_level_on == date(2026, 3, 18) + timedelta(weeks=200)
    assert age_on(amira.birth_date, later) == 34
    assert all(event.at.date() <= later for event in events)
    assert all((client.german_level_on or later) <= later for client in clients)


def test_some_grown_people_have_been_referred_before_and_amira_has_not(demo: Runtime):
    with demo.database.read() as session:
        referrals = session.exec(select(Referral)).all()
        clients = {client.id: client for client in session.exec(select(Client)).all()}
        events = session.exec(select(ReferralEvent)).all()
    assert len(referrals) >= 15
    assert len({referral.state for referral in referrals}) >= 6
    plain = [referral for referral in referrals if referral.sealed is None]
    assert all(referral.reasons and referral.snapshot for referral in plain)
    assert client_id("amira") not in {referral.client_id for referral in referrals}
    ages = [age_on(clients[referral.client_id].birth_date, TODAY) for referral in referrals]
    assert min(age for age in ages if age is not None) >= 18
    assert all(
        (referral.follow_up_on is None) == (not is_open(referral.state)) for referral in referrals
    )
    assert all(event.at.date() <= TODAY for event in events)
