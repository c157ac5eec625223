"""The demo's clients: created once each, then left to whoever tries the product out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import CaseEvent, Client, Household
from app.cases.records import ClientCreate
from app.cases.rules import ADULT_AGE, age_on
from app.cases.service import create_client
from app.cases.status_models import LevelEntry, ResidenceEntry
from app.core.ids import derived_id
from app.directory.interests import Taxonomy, load_taxonomy
from app.directory.models import Accommodation
from app.directory.public_holidays import Holidays
from app.directory.table_loading import load_offer_table
from app.matching.rule_files import load_rules
from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.operations.demo_bundles import add_demo_bundles
from app.operations.demo_consents import add_demo_consents
from app.operations.demo_counselling import add_demo_counselling
from app.operations.demo_directory import demo_shift, read_anchor
from app.operations.demo_legal import add_demo_legal
from app.operations.demo_lifecycle import add_demo_lifecycle
from app.operations.demo_long_cases import lengthen_demo_cases
from app.operations.demo_people import DemoPerson, build_people, read_material
from app.operations.demo_plans import add_demo_plans, end_demo_goals
from app.operations.demo_referrals import add_demo_referrals
from app.operations.referring import MatchingBasis


def load_demo_cases(session: Session, today: date, holidays: Holidays) -> int:
    """Create the accommodations and clients of the demo that are missing; tells how many clients.

    The case workers must exist (`demo_accounts`); the referrals go to the offers that are there. Dates
    move by whole weeks with ``today``. A client who is there already stays as the user left it.
    """
    material = read_material()
    _add_accommodations(session, material)
    people = build_people(material, len(DEMO_CASE_WORKERS), read_anchor())
    ids = {client_id(person.key) for person in people}
    existing = set(session.exec(select(Client.id).where(col(Client.id).in_(ids))).all())
    missing = [person for person in people if client_id(person.key) not in existing]
    if not missing:
        return 0
    basis = MatchingBasis(load_offer_table(session, holidays), load_rules(), load_taxonomy())
    shift = demo_shift(today)
    for person in missing:
        _add_person(session, person, shift, today, basis.taxonomy)
    everybody = [(client_id(person.key), _actor(person)) for person in missing]
    with_past = [(client_id(p.key), _actor(p)) for p in missing if p.may_have_past and _is_grown(p)]
    lengthen_demo_cases(session, with_past, today)
    add_demo_referrals(session, with_past, basis, today)
    add_demo_counselling(session, everybody, today)
    add_demo_legal(session, everybody, today)
    add_demo_consents(session, with_past, basis, today)
    new_ones = [(client_id(p.key), _actor(p)) for p in missing if not p.may_have_past]
    add_demo_plans(session, [one for one in everybody if one not in new_ones], today)
    add_demo_plans(session, new_ones, today, are_new=True)
    end_demo_goals(session, with_past, today)
    add_demo_lifecycle(session, everybody, with_past, today)
    add_demo_bundles(session, with_past, basis, today)
    return len(missing)


def client_id(key: str) -> str:
    """The identifier of a demo client: the same on every machine."""
    return derived_id("demo-client", key)


def accommodation_id(key: str) -> str:
    """The identifier of a demo accommodation."""
    return derived_id("demo-accommodation", key)


def _add_accommodations(session: Session, material: Mapping[str, Any]) -> None:
    for entry in material["accommodation"]:
        values = {name: value for name, value in entry.items() if name != "key"}
        identifier = accommodation_id(entry["key"])
        if session.get(Accommodation, identifier) is None:
            session.add(Accommodation(id=identifier, is_demo=True, **values))
    session.flush()


def _add_person(
    session: Session, person: DemoPerson, shift: timedelta, today: date, taxonomy: Taxonomy
) -> None:
    values = _moved(person.client, shift)
    if person.accommodation is not None:
        values["accommodation_id"] = accommodation_id(person.accommodation)
    client = create_client(
        session,
        _actor(person),
        ClientCreate.model_validate(values, context={"today": today}),
        derived_id("demo-client-form", person.key),
        client_id=client_id(person.key),
        taxonomy=taxonomy,
        today=person.started_on + shift,
    )
    client.is_demo = True
    client.household_id = _household(session, person.household)
    started_at = datetime.combine(person.started_on + shift, time(9), UTC)
    client.created_at = client.updated_at = started_at
    for event in session.exec(select(CaseEvent).where(CaseEvent.client_id == client.id)).all():
        event.at = started_at
    for table in (LevelEntry, ResidenceEntry):
        for row in session.exec(select(table).where(table.client_id == client.id)).all():
            row.recorded_at = started_at
    session.flush()


def _is_grown(person: DemoPerson) -> bool:
    age = age_on(person.client["birth_date"], read_anchor())
    return age is not None and age >= ADULT_AGE


def _actor(person: DemoPerson) -> Actor:
    account = DEMO_CASE_WORKERS[person.case_worker]
    return Actor(account.id, account.role, account.name)


def _household(session: Session, key: str) -> str:
    identifier = derived_id("demo-household", key)
    if session.get(Household, identifier) is None:
        session.add(Household(id=identifier, is_demo=True))
        session.flush()
    return identifier


def _moved(value: Any, shift: timedelta) -> Any:
    """``value`` with every day in it moved by ``shift``."""
    if isinstance(value, date):
        return value + shift
    if isinstance(value, dict):
        return {name: _moved(inner, shift) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_moved(inner, shift) for inner in value]
    return value
