"""Every route of a case × every action × every role × own and foreign cases, from the route map.

A new route with an id of something that belongs to a case fails here until somebody says, in `NEEDS`,
what it takes; a new kind of id fails until `tests.full_case` has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import SQLModel, col, select
from werkzeug.routing import Rule

from app.accounts.models import User
from app.cases.privacy_models import EmergencyAccess, Substitution
from app.core.clock import utc_now
from app.core.ids import new_id
from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_PROVIDER_ACCOUNT
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.full_case import FullCase, add_full_case
from tests.web.conftest import SignIn

Need = Literal["read", "confided", "write", "erase"]
READ: Need = "read"
CONFIDED: Need = "confided"
WRITE: Need = "write"
ERASE: Need = "erase"

NEEDS: dict[str, Need] = {
    "cases.show_case": READ,
    "handovers.case_note": CONFIDED,
    "intake.show": READ,
    "intake.save": WRITE,
    "intake.needs": WRITE,
    "intake.changes": READ,
    "intake.change": CONFIDED,
    "households.show": WRITE,
    "households.add": WRITE,
    "households.join": WRITE,
    "households.leave": WRITE,
    "households.share": WRITE,
    "contributions.show": READ,
    "contributions.register": WRITE,
    "contributions.forget": WRITE,
    "tandems.of_case": READ,
    "tandems.wish": WRITE,
    "tandems.drop": WRITE,
    "tandems.agree": WRITE,
    "tandems.end": WRITE,
    "waiting.of_case": READ,
    "waiting.join": WRITE,
    "waiting.leave": WRITE,
    "waiting.rejoin": WRITE,
    "waiting.passed_note": CONFIDED,
    "unmet_needs.ask": WRITE,
    "unmet_needs.log": WRITE,
    "dismissals.ask": WRITE,
    "dismissals.set_aside": WRITE,
    "dismissals.take_back": WRITE,
    "dismissals.note": CONFIDED,
    "cases.suitable_offers": READ,
    "cases.excluded_offers": READ,
    "cases.show_match": READ,
    "timeline.show": READ,
    "contacts.new_contact": WRITE,
    "contacts.edit_contact": WRITE,
    "contacts.remove_contact": WRITE,
    "contacts.read_note": CONFIDED,
    "notes.show": READ,
    "notes.add_note": WRITE,
    "notes.read": CONFIDED,
    "notes.edit": WRITE,
    "notes.remove": WRITE,
    "assessments.show": READ,
    "assessments.start": WRITE,
    "assessments.paper": WRITE,
    "assessments.enter": WRITE,
    "assessments.read": CONFIDED,
    "plan.show": READ,
    "plan.paper": READ,
    "plan.goal_note": CONFIDED,
    "plan.review_note": CONFIDED,
    "plan.sign": WRITE,
    "plan.review": WRITE,
    "plan_goals.new_goal": WRITE,
    "plan_goals.edit_goal": WRITE,
    "plan_goals.change_for_another": WRITE,
    "plan_goals.reach": WRITE,
    "plan_goals.give_up": WRITE,
    "plan_goals.take_up": WRITE,
    "plan_goals.place": WRITE,
    "plan_steps.new_step": WRITE,
    "plan_steps.edit_step": WRITE,
    "plan_steps.drop_step": WRITE,
    "plan_steps.tick": WRITE,
    "lifecycle.show": READ,
    "lifecycle.takeover": WRITE,
    "lifecycle.agreement": WRITE,
    "lifecycle.counselling": WRITE,
    "lifecycle.close": WRITE,
    "lifecycle.reopen": WRITE,
    "lifecycle.takeover_note": CONFIDED,
    "lifecycle.closing_note": CONFIDED,
    "lifecycle.extension_note": CONFIDED,
    "lifecycle.information": READ,
    "emergency.show": READ,
    "emergency.new_person": WRITE,
    "emergency.person": WRITE,
    "legal.show": READ,
    "legal.residence": WRITE,
    "legal.residence_line": WRITE,
    "legal.office_contact": WRITE,
    "legal.new_permit": WRITE,
    "legal.permit": WRITE,
    "legal.new_right": WRITE,
    "legal.right": WRITE,
    "appointments.new_appointment": WRITE,
    "appointments.appointment": WRITE,
    "appointments.set_state": WRITE,
    "appointments.read_note": CONFIDED,
    "appointments.calendar": READ,
    "disclosure.show": CONFIDED,
    "disclosure.paper": CONFIDED,
    "disclosure.as_json": CONFIDED,
    "disclosure.ask_to_delete": ERASE,
    "disclosure.delete": ERASE,
    "consents.show": READ,
    "consents.new": WRITE,
    "consents.revoke": WRITE,
    "consents.form": WRITE,
    "bundles.show": READ,
    "bundles.take_back": WRITE,
    "bundles.order": WRITE,
    "bundles.refer_in_order": WRITE,
    "bundles.take_up_panel": WRITE,
    "bundles.take_up_now": WRITE,
    "bundles.cancel_others": WRITE,
    "referrals.refer": WRITE,
    "referrals.refer_now": WRITE,
    "referrals.show_referral": READ,
    "referrals.show_sealed": CONFIDED,
    "referrals.read_note": CONFIDED,
    "referrals.record": WRITE,
    "referrals.postpone": WRITE,
    "sheets.choose": READ,
    "sheets.chosen": READ,
    "sheets.sheet": READ,
    "sheets.bundle": READ,
    "feeds.referral": READ,
    "partner_requests.ask": WRITE,
    "partner_requests.take_back": WRITE,
}
"""What a route takes: `read`: all who may see the case, also in an emergency; `confided`: the case
worker, the deputy and the team lead; `write`: the same, to change something; `erase`: the team lead."""

_EMAIL = {account.name: account.email for account in (*DEMO_ACCOUNTS, DEMO_PROVIDER_ACCOUNT)}
OWN, FOREIGN, DEPUTY, EMERGENCY = "Mira Lindner", "Jonas Falk", "Samira Roth", "Tobias Wendel"
LEAD, EDITOR, OFFICER, ADMINISTRATOR = "Ruth Albers", "Ines Kolb", "Henrik Stolz", "Dana Pohl"
OTHER_LEAD = "Other lead"
PROVIDER = DEMO_PROVIDER_ACCOUNT.name
MAY: dict[str, frozenset[Need]] = {
    OWN: frozenset({READ, CONFIDED, WRITE}),
    DEPUTY: frozenset({READ, CONFIDED, WRITE}),
    LEAD: frozenset({READ, CONFIDED, WRITE, ERASE}),
    EMERGENCY: frozenset({READ}),
    FOREIGN: frozenset(),
    OTHER_LEAD: frozenset(),
    EDITOR: frozenset(),
    OFFICER: frozenset(),
    ADMINISTRATOR: frozenset(),
    PROVIDER: frozenset(),
}


@dataclass(frozen=True)
class World:
    """The application with people who stand in every relation to one case worker's cases."""

    app: Flask
    user_ids: dict[str, str]

    def add_case(self) -> FullCase:
        """A case of `OWN`, opened in an emergency by `EMERGENCY`."""
        with self.app.extensions[EXTENSION].database.write() as session:
            case = add_full_case(session, self.user_ids[OWN], self.user_ids[FOREIGN], "Anna")
            access = EmergencyAccess(
                client_id=case.client_id,
                user_id=self.user_ids[EMERGENCY],
                reason="Krankenhaus ruft an",
                until_at=utc_now() + timedelta(hours=1),
            )
            session.add(access)
        return replace(case, ids={**case.ids, "access_id": access.id})


def _rules(app: Flask, known: frozenset[str]) -> Iterator[tuple[Rule, str]]:
    """Every route that takes the id of a case or of something of a case, with each of its methods."""
    for rule in app.url_map.iter_rules():
        if rule.arguments & known:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


OF_A_CASE = frozenset({"client_id", "referral_id", "bundle_id"})
"""Ids that only ever belong to a case; routes with another id of a case have one of these, too."""


def _address(rule: Rule, case: FullCase) -> str:
    missing = rule.arguments - case.ids.keys()
    assert not missing, f"{rule.rule}: tests.full_case has no {missing}"
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: case.ids[found.group(1)], rule.rule)


@pytest.fixture
def world(app: Flask) -> World:
    """The demo, with a deputy and a team lead of another team."""
    with app.extensions[EXTENSION].database.write() as session:
        ids = {user.name: user.id for user in session.exec(select(User)).all()}
        lead = session.exec(select(User).where(col(User.name) == LEAD)).one()
        other = User(
            email="nord@lotsenbuch.example",
            name=OTHER_LEAD,
            role="team_lead",
            team="Nord",
            password_hash=lead.password_hash,
            is_demo=True,
        )
        session.add(other)
        session.add(
            Substitution(
                absent_id=ids[OWN],
                deputy_id=ids[DEPUTY],
                from_on=TODAY - timedelta(days=1),
                until_on=TODAY + timedelta(days=1),
            )
        )
    return World(app, ids)


def _enter(world: World, sign_in: SignIn, name: str) -> FlaskClient:
    """A browser of that person, whose forms need no token from now on."""
    browser = sign_in(_EMAIL.get(name, "nord@lotsenbuch.example"))
    world.app.config["WTF_CSRF_ENABLED"] = False
    return browser


def test_every_route_of_a_case_is_named_here(app: Flask) -> None:
    assert {rule.endpoint for rule, _ in _rules(app, OF_A_CASE)} == set(NEEDS)


def _rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database but what reading itself leaves behind."""
    by_reading = {"audit_entry"}
    with world.app.extensions[EXTENSION].database.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table)).all()]
            for table in SQLModel.metadata.sorted_tables
            if table.name not in by_reading
        }


@pytest.mark.parametrize("name", [name for name in MAY if MAY[name] != MAY[OWN]])
def test_nobody_reaches_a_case_that_is_not_theirs(world: World, sign_in: SignIn, name: str) -> None:
    case = world.add_case()
    browser = _enter(world, sign_in, name)
    before = _rows(world)
    wrong = []
    for rule, method in _rules(world.app, OF_A_CASE):
        if NEEDS[rule.endpoint] in MAY[name]:
            continue
        address = _address(rule, case)
        for form in ({}, {"version": "1", "creation_key": new_id(), "text": "x", "note": "x"}):
            answer = browser.open(address, method=method, data=form if method == "POST" else None)
            if answer.status_code != 404:
                wrong.append(f"{method} {rule.rule}: {answer.status_code}")
    assert wrong == []
    assert _rows(world) == before


@pytest.mark.parametrize("name", [name for name in MAY if MAY[name]])
def test_who_may_reaches_every_page_and_action(world: World, sign_in: SignIn, name: str) -> None:
    browser = _enter(world, sign_in, name)
    wrong = []
    for rule, method in _rules(world.app, OF_A_CASE):
        if NEEDS[rule.endpoint] not in MAY[name]:
            continue
        # Who is taken into the household is named in the form: without a name there is nobody to find.
        form = {"person": world.add_case().client_id} if rule.endpoint == "households.join" else None
        answer = browser.open(_address(rule, world.add_case()), method=method, data=form)
        if answer.status_code >= 500 or answer.status_code == 404:
            wrong.append(f"{method} {rule.rule}: {answer.status_code}")
    assert wrong == []


def test_the_end_of_a_substitution_ends_the_access(world: World, sign_in: SignIn) -> None:
    case = world.add_case()
    browser = _enter(world, sign_in, DEPUTY)
    assert browser.get(f"/faelle/{case.client_id}").status_code == 200
    with world.app.extensions[EXTENSION].database.write() as session:
        for row in session.exec(select(Substitution)).all():
            row.until_on = TODAY - timedelta(days=1)
    assert browser.get(f"/faelle/{case.client_id}").status_code == 404


def test_the_end_of_an_emergency_ends_the_access(world: World, sign_in: SignIn) -> None:
    case = world.add_case()
    browser = _enter(world, sign_in, EMERGENCY)
    assert browser.get(f"/faelle/{case.client_id}").status_code == 200
    with world.app.extensions[EXTENSION].database.write() as session:
        for row in session.exec(select(EmergencyAccess)).all():
            row.until_at = utc_now() - timedelta(seconds=1)
    assert browser.get(f"/faelle/{case.client_id}").status_code == 404
