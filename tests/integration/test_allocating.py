"""From waiting lists to a proposal: who and what is counted, and what the command prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session, func, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.models import Client, Entitlement, Household
from app.cli import cli
from app.cli.allocate import to_json
from app.core.errors import InvalidInputError
from app.core.ids import new_id
from app.directory.models import Offer, OfferSession
from app.matching.allocation_rules import AllocationProblem, Applicant, CourseStart, Option
from app.matching.models import OfferDismissal, WaitingEntry
from app.matching.types import TimeSpan
from app.matching.waiting import WaitingOrder, join_list
from app.operations.allocating import build_problem, list_open_entries_of, load_attributes, propose
from app.operations.runtime import Runtime
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_offer, add_user
from tests.integration.test_referrals import basis

KIND = "state_german"
STARTS_ON = TODAY + timedelta(days=20)


@dataclass
class Lists:
    """A case worker, the lead of the team, and a course."""

    session: Session
    actor: Actor
    lead: Actor
    offer: Offer

    def client(self, actor: Actor | None = None, **values: Any) -> Client:
        told = {"german_level": "A2", "german_level_evidence": "certificate", **values}
        return add_client(self.session, actor or self.actor, **{"birth_date": "1992-05-19", **told})

    def join(self, client: Client, days_ago: int = 0, actor: Actor | None = None) -> WaitingEntry:
        told = {
            "course_kind": KIND,
            "entered_on": TODAY - timedelta(days=days_ago),
            "date_reason": "asked_then" if days_ago else None,
        }
        order = WaitingOrder.model_validate(told, context=CONTEXT)
        return join_list(self.session, actor or self.actor, client.id, order)

    def paper(self, client: Client, kind: str, valid_until: date | None = None) -> None:
        self.session.add(Entitlement(client_id=client.id, kind=kind, valid_until=valid_until))
        self.session.flush()

    def problem(self, actor: Actor | None = None, **seats: int) -> AllocationProblem:
        asking = actor or self.lead
        entries = list_open_entries_of(self.session, asking)
        return build_problem(
            self.session, asking, entries, [self.offer.id], seats, basis(self.session), TODAY
        )


@pytest.fixture
def lists(runtime: Runtime) -> Iterator[Lists]:
    with runtime.database.write() as session:
        actor = add_user(session)
        lead = add_user(session, role="team_lead", name="Lea Leitung")
        for one in (actor, lead):
            session.get_one(User, one.id).team = "Mitte"
        offer = add_offer(
            session,
            title="Deutschkurs B1",
            course_kind=KIND,
            entry_level="A2",
            target_level="B1",
            starts_on=STARTS_ON,
            ends_on=STARTS_ON + timedelta(days=90),
            seats_max=12,
            seats_booked=10,
            has_childcare=False,
        )
        session.add(OfferSession(offer_id=offer.id, weekday=1, from_minute=540, to_minute=720))
        session.flush()
        yield Lists(
            session,
            Actor(actor.id, actor.role, actor.name, TODAY),
            Actor(lead.id, lead.role, lead.name, TODAY),
            offer,
        )


def test_the_problem_says_who_waits_since_when_for_what(lists: Lists):
    home = Household()
    lists.session.add(home)
    lists.session.flush()
    first, second = lists.client(needs_childcare=True), lists.client(birth_date="2010-02-01")
    for one in (first, second):
        one.household_id = home.id
    later, earlier = lists.join(first, days_ago=3), lists.join(second, days_ago=80)
    problem = lists.problem()
    told = {one.entry_id: one for one in problem.applicants}
    assert [one.entry_id for one in problem.applicants] == [earlier.id, later.id]
    assert (told[later.id].rank, told[later.id].waited_days) == (1, 3)
    assert (told[later.id].household, told[later.id].needs_childcare) == (home.id, True)
    assert (told[later.id].is_adult, told[earlier.id].is_adult) == (True, False)
    start = problem.starts[0]
    assert (start.offer_id, start.seats, start.starts_on) == (lists.offer.id, 2, STARTS_ON)
    assert (start.spans, start.has_childcare) == ((TimeSpan(1, 540, 720),), False)
    option = problem.options[later.id, lists.offer.id]
    assert 0 < option.fit <= 1
    assert option.needs_clarifying


@pytest.mark.parametrize(
    ("kind", "valid_until", "priority"),
    [
        ("obligation", None, 0),
        ("entitlement", STARTS_ON, 1),
        ("entitlement", STARTS_ON - timedelta(days=1), 3),
        ("vocational_course", None, 1),
        ("admission", None, 2),
        (None, None, 3),
    ],
)
def test_the_paper_that_is_valid_at_the_start_gives_the_priority(
    lists: Lists, kind: str | None, valid_until: date | None, priority: int
):
    client = lists.client()
    lists.join(client)
    if kind is not None:
        lists.paper(client, kind, valid_until)
    assert [one.priority for one in lists.problem().applicants] == [priority]


def test_what_a_rule_or_a_person_excludes_is_no_option(lists: Lists):
    beyond, set_aside, suits = lists.client(german_level="B2"), lists.client(), lists.client()
    entries = [lists.join(one) for one in (beyond, set_aside, suits)]
    lists.session.add(
        OfferDismissal(
            client_id=set_aside.id,
            sealed={"offer_id": lists.offer.id, "reason": "too_far", "note": ""},
            created_by=lists.actor.id,
        )
    )
    lists.session.flush()
    problem = lists.problem()
    assert len(problem.applicants) == 3
    assert set(problem.options) == {(entries[2].id, lists.offer.id)}


def test_a_full_course_is_shared_out_when_somebody_says_how_many_places(lists: Lists):
    entry = lists.join(lists.client())
    lists.offer.seats_booked = 12
    lists.offer.has_waiting_list = False
    lists.session.flush()
    assert lists.problem().starts[0].seats == 0
    problem = lists.problem(**{lists.offer.id: 1})
    assert propose(problem).proposal.places == {entry.id: lists.offer.id}


def test_nobody_shares_what_is_unknown_hidden_or_confidential(lists: Lists):
    lists.offer.seats_booked = None
    lists.session.flush()
    with pytest.raises(InvalidInputError, match=lists.offer.id):
        lists.problem()
    assert lists.problem(**{lists.offer.id: 3}).starts[0].seats == 3
    with pytest.raises(InvalidInputError, match="made-up"):
        lists.problem(**{"made-up": 1})
    lists.offer.is_sensitive = True
    lists.session.flush()
    with pytest.raises(InvalidInputError, match=lists.offer.id):
        lists.problem(**{lists.offer.id: 3})


def test_the_lead_shares_among_the_team_and_a_case_worker_among_their_own(lists: Lists):
    other = add_user(lists.session, name="Fremd")
    lists.session.get_one(User, other.id).team = "Süd"
    own, foreign = lists.client(), lists.client(other)
    mine, theirs = lists.join(own), lists.join(foreign, actor=other)
    every = lists.session.exec(select(WaitingEntry)).all()

    def seen(actor: Actor | None) -> set[str]:
        rules = basis(lists.session)
        found = build_problem(
            lists.session, actor, every, [lists.offer.id], {}, rules, TODAY
        ).applicants
        assert set(load_attributes(lists.session, actor, every, TODAY)) == {o.entry_id for o in found}
        return {one.entry_id for one in found}

    assert seen(lists.lead) == seen(lists.actor) == {mine.id}
    assert seen(other) == {theirs.id}
    assert seen(None) == {mine.id, theirs.id}


def test_attributes_are_groups_not_people(lists: Lists):
    entry = lists.join(lists.client(sex="female", languages=["ti", "ar"]))
    found = load_attributes(lists.session, lists.lead, [entry], TODAY)
    assert found == {entry.id: {"sex": "female", "age_group": "27_to_49", "language": "ti"}}


def command(runtime: Runtime, *words: str) -> Result:
    folder = str(runtime.settings.data_dir)
    environment = {"LOTSENBUCH_DATA_DIR": folder, "LOTSENBUCH_TODAY": TODAY.isoformat()}
    return CliRunner().invoke(cli, ["allocate", *words], env=environment)


@pytest.mark.parametrize(("km", "told"), [(2.4499, 2.4), (0.04, 0.0), (None, None)])
def test_the_command_does_not_tell_exactly_where_somebody_lives(km: float | None, told: float | None):
    one = Applicant("e", "c", TODAY, 0, 3, 0)
    problem = AllocationProblem((one,), (CourseStart("o", 1),), {("e", "o"): Option(0.5, km)})
    assert to_json(propose(problem))["lines"][0]["distance_km"] == told


def test_the_command_proposes_prints_ids_and_changes_nothing(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        offer = add_offer(
            session,
            course_kind=KIND,
            entry_level="A2",
            starts_on=STARTS_ON,
            seats_max=9,
            seats_booked=8,
        )
        lists = Lists(session, actor, actor, offer)
        long = lists.join(lists.client(given_name="Longin"), days_ago=90).id
        obliged = lists.client(given_name="Pflicht")
        lists.paper(obliged, "obligation")
        short = lists.join(obliged, days_ago=1).id
        offer_id = offer.id
    done = command(runtime, "--offers", offer_id, "--json", "--today", TODAY.isoformat())
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output)
    assert answer["is_exact"] is True
    assert [(one["entry"], one["offer"]) for one in answer["lines"]] == [
        (short, offer_id),
        (long, None),
    ]
    assert answer["lines"][1]["first_come_offer"] == offer_id
    assert answer["losses"][0]["reason"] == "legal_priority"
    assert answer["figures"]["proposed"]["placed"] == 1
    readable = command(runtime, "--offers", offer_id, "--today", TODAY.isoformat()).output
    assert short in readable
    assert "Longin" not in done.output + readable
    with runtime.database.read() as session:
        assert session.exec(select(func.count()).where(WaitingEntry.ended_at != None)).one() == 0  # noqa: E711
        noted = session.exec(select(AuditEntry).where(AuditEntry.action == "allocation.calculate"))
        assert {one.subject_id for one in noted.all()} == {offer_id}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--offers"),
        (("--offers", "a", "--file", "x.json"), "--file"),
        (("--offers", "a", "--seats", "a"), "OFFER=NUMBER"),
        (("--offers", "a", "--seats", "a=-1"), "OFFER=NUMBER"),
        (("--file", "x.json", "--seats", "a=1"), "Datei"),
    ],
    ids=["nothing", "both", "no-number", "negative", "seats-of-a-file"],
)
def test_a_call_that_cannot_be_is_refused_with_exit_code_2(
    runtime: Runtime, words: tuple[str, ...], told: str
):
    done = command(runtime, *words)
    assert done.exit_code == 2
    assert told in done.output


def test_a_problem_from_a_file_needs_no_database(runtime: Runtime, tmp_path: Path):
    problem = {
        "applicants": [{"id": "e1", "entered_on": "2026-05-04"}],
        "starts": [{"id": "o1", "seats": 1}],
        "options": [{"applicant": "e1", "start": "o1", "fit": 0.5}],
    }
    file = tmp_path / f"{new_id()}.json"
    file.write_text(json.dumps(problem))
    done = command(runtime, "--file", str(file), "--json", "--today", TODAY.isoformat())
    assert json.loads(done.output)["lines"][0]["offer"] == "o1"
