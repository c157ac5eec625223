"""Rounds: a proposal is kept, and people decide on each place."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlmodel import select

from app.accounts.models import User
from app.accounts.permissions import ROLES, Actor
from app.cases.models import CaseEvent, Client
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.history import Author
from app.directory.models import Offer
from app.directory.seats import SeatsReport, report_seats
from app.matching.models import AllocationLine, PassedOver, WaitingEntry
from app.matching.waiting import WaitingOrder, join_list, leave_list
from app.operations.allocation_rounds import RoundOrder, calculate_anew, close_round, open_round
from app.operations.round_decisions import (
    Decision,
    NoSeatLeftError,
    confirm_all,
    confirm_line,
    decide_otherwise,
    read_reason,
    take_back,
)
from app.operations.round_queries import get_round, list_rounds, list_start_choices
from app.operations.runtime import Runtime
from app.referrals.day_lists import list_day
from app.referrals.models import Referral
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_offer, add_user
from tests.integration.test_referrals import basis

KIND = "state_german"


@dataclass
class Team:
    """A team with a lead, a case worker, and two course starts."""

    runtime: Runtime
    lead: Actor
    worker: Actor
    offer_ids: tuple[str, str]

    def wait(self, days_ago: int, *, offer_id: str = "", **values: Any) -> tuple[str, str]:
        """A client who waits since then: ids of client and entry."""
        told = {"german_level": "A2", "german_level_evidence": "certificate", **values}
        with self.runtime.database.write() as session:
            client = add_client(session, self.worker, birth_date="1992-05-19", **told)
            order = {
                "course_kind": None if offer_id else KIND,
                "offer_id": offer_id,
                "entered_on": TODAY - timedelta(days=days_ago),
                "date_reason": "asked_then" if days_ago else None,
            }
            wanted = WaitingOrder.model_validate(order, context=CONTEXT)
            entry = join_list(session, self.worker, client.id, wanted)
            return client.id, entry.id

    def open(self, *seats: int, key: str | None = None) -> str:
        chosen = dict(zip(self.offer_ids, seats, strict=False))
        order = RoundOrder(title="Winter", seats=chosen, creation_key=key or new_id())
        return open_round(self.runtime.database, self.lead, order, self.basis(), TODAY)

    def basis(self) -> Any:
        with self.runtime.database.read() as session:
            return basis(session)

    def line(self, round_id: str, client_id: str) -> AllocationLine:
        with self.runtime.database.read() as session:
            wanted = AllocationLine.round_id == round_id, AllocationLine.client_id == client_id
            return session.exec(select(AllocationLine).where(*wanted)).one()

    def confirm(self, round_id: str, client_id: str, version: int | None = None) -> None:
        line, rules = self.line(round_id, client_id), self.basis()
        with self.runtime.database.write() as session:
            confirm_line(session, self.lead, round_id, line.id, version or line.version, rules, TODAY)

    def decide(self, round_id: str, client_id: str, offer_id: str | None, reason: str = "Weil") -> None:
        line, rules = self.line(round_id, client_id), self.basis()
        decision = Decision(offer_id=offer_id, reason=reason)
        with self.runtime.database.write() as session:
            decide_otherwise(
                session, self.lead, round_id, line.id, decision, line.version, rules, TODAY
            )

    def take_back(self, round_id: str, client_id: str) -> None:
        line = self.line(round_id, client_id)
        with self.runtime.database.write() as session:
            take_back(session, self.lead, round_id, line.id, line.version, TODAY)

    def stale(self, round_id: str) -> tuple[str, ...]:
        with self.runtime.database.write() as session:
            return get_round(session, self.lead, round_id, self.basis().rules.version).stale

    def entry(self, entry_id: str) -> WaitingEntry:
        with self.runtime.database.read() as session:
            return session.get_one(WaitingEntry, entry_id)

    def passed(self) -> dict[str, str]:
        with self.runtime.database.read() as session:
            return {row.entry_id: row.reason for row in session.exec(select(PassedOver)).all()}


@pytest.fixture
def team(runtime: Runtime) -> Team:
    with runtime.database.write() as session:
        lead, worker = add_user(session, "team_lead", "Lea Leitung"), add_user(session)
        for user in session.exec(select(User)).all():
            user.team = "Süd"
        offers = [
            add_offer(
                session,
                title=title,
                course_kind=KIND,
                entry_level="A2",
                target_level="B1",
                starts_on=TODAY + timedelta(days=days),
                seats_max=12,
                seats_booked=9,
                seats_told_on=TODAY,
            )
            for title, days in (("Kurs am Morgen", 20), ("Kurs am Abend", 30))
        ]
        ids = offers[0].id, offers[1].id
    dated = [Actor(one.id, one.role, one.name, TODAY) for one in (lead, worker)]
    return Team(runtime, dated[0], dated[1], ids)


def test_who_waits_longest_gets_the_place_and_the_runner_up_is_named(team: Team):
    first, second = team.wait(50)[0], team.wait(30)[0]
    round_id = team.open(1)
    with team.runtime.database.write() as session:
        page = get_round(session, team.lead, round_id, team.basis().rules.version)
    (course,) = page.courses
    assert [one.client_id for one in course.lines] == [first]
    assert course.runner_up is not None
    assert course.runner_up.client_id == second
    assert course.runner_up.line.facts["next_for"] == {course.offer.id: "later_entry"}
    assert (page.stale, page.round.figures["seats"]) == ((), 1)
    assert [one.client_id for one in page.others] == [second]


def test_an_obligation_goes_first_and_the_page_says_who_loses(team: Team):
    right = {"kind": "obligation", "issued_on": TODAY - timedelta(days=5)}
    obliged, longest = team.wait(10, entitlements=[right])[0], team.wait(200)
    round_id = team.open(1)
    with team.runtime.database.write() as session:
        (course,) = get_round(session, team.lead, round_id, "").courses
    assert [(one.client_id, one.change) for one in course.lines] == [(obliged, "gains")]
    assert [(one.client_id, one.change) for one in course.losing] == [(longest[0], "loses")]
    assert [one.client_id for one in course.listed] == [longest[0]]
    team.confirm(round_id, obliged)
    assert team.passed() == {longest[1]: "legal_priority"}


def test_a_confirmed_place_becomes_a_referral_that_is_due_today(team: Team):
    client_id, entry_id = team.wait(50)
    round_id = team.open(1)
    team.confirm(round_id, client_id)
    team.confirm(round_id, client_id, 1)  # the double click
    entry = team.entry(entry_id)
    assert (entry.end_reason, entry.placed_in) == ("placed", team.offer_ids[0])
    with team.runtime.database.read() as session:
        (referral,) = session.exec(select(Referral)).all()
        codes = session.exec(select(CaseEvent.code).where(CaseEvent.client_id == client_id)).all()
        day = list_day(session, team.worker, TODAY, 9)
    assert (referral.offer_id, referral.mode, referral.state) == (
        team.offer_ids[0],
        "signpost",
        "handed_over",
    )
    assert referral.follow_up_on == TODAY
    assert referral.reasons
    assert {"place_given", "waiting_left"} <= set(codes)
    assert referral.id in {line.id for line in day.due.lines}
    assert team.line(round_id, client_id).referral_id == referral.id


def test_two_who_give_the_last_seat_get_one_success_and_one_message(team: Team):
    clients = [team.wait(50)[0], team.wait(30)[0]]
    round_id = team.open(1, 0)
    rules, barrier = team.basis(), threading.Barrier(2)
    lines = [team.line(round_id, client_id) for client_id in clients]
    answers: list[str] = []

    def give(line: AllocationLine) -> None:
        decision = Decision(offer_id=team.offer_ids[0], reason="Dringend")
        barrier.wait()
        try:
            with team.runtime.database.write() as session:
                decide_otherwise(
                    session, team.lead, round_id, line.id, decision, line.version, rules, TODAY
                )
            answers.append("given")
        except NoSeatLeftError as error:
            answers.append(str(error))

    threads = [threading.Thread(target=give, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[1] == "given"
    assert "Kurs am Morgen" in sorted(answers)[0]
    with team.runtime.database.read() as session:
        assert len(session.exec(select(Referral)).all()) == 1


def test_a_place_in_another_course_needs_a_free_seat_and_a_reason(team: Team):
    first, second = team.wait(50)[0], team.wait(30)[0]
    round_id = team.open(1, 1)
    placed = {one: team.line(round_id, one).proposed_offer_id for one in (first, second)}
    team.confirm(round_id, first)
    with pytest.raises(NoSeatLeftError):
        team.decide(round_id, second, placed[first])
    with pytest.raises(InvalidInputError):
        team.decide(round_id, second, new_id())
    for reason in ("", "  ", "x" * 2001):
        with pytest.raises(ValidationError):
            Decision(offer_id=None, reason=reason)
    team.decide(round_id, second, placed[second], "Holt dort ihre Tochter ab.")
    line = team.line(round_id, second)
    assert (line.state, line.decided_offer_id) == ("changed", placed[second])


def test_who_is_declined_waits_on_and_the_reason_opens_for_the_lead_alone(team: Team):
    first, second = team.wait(50), team.wait(30)
    round_id = team.open(1)
    team.decide(round_id, first[0], None, "Ist bis März in der Klinik.")
    assert team.entry(first[1]).ended_at is None
    line = team.line(round_id, first[0])
    assert (line.state, line.decided_offer_id) == ("declined", None)
    calculate_anew(team.runtime.database, team.lead, round_id, team.basis(), TODAY)
    team.confirm(round_id, second[0])
    assert team.passed() == {first[1]: "decided"}
    with team.runtime.database.write() as session:
        stored = [
            session.connection().execute(text(words)).all()
            for words in ("SELECT * FROM allocation_line", "SELECT * FROM passed_over")
        ]
        assert "Klinik" not in str(stored)
        assert read_reason(session, team.lead, round_id, line.id) == "Ist bis März in der Klinik."
        with pytest.raises(NotFoundError):
            read_reason(session, team.worker, round_id, line.id)
        confirmed = session.exec(
            select(AllocationLine.id).where(AllocationLine.client_id == second[0])
        ).one()
        with pytest.raises(NotFoundError):
            read_reason(session, team.lead, round_id, confirmed)


def test_the_reason_for_another_course_is_not_told_about_those_who_are_passed_over(team: Team):
    first, second = team.wait(50), team.wait(30)
    round_id = team.open(1, 0)
    assert team.line(round_id, first[0]).proposed_offer_id == team.offer_ids[0]
    team.take_back(round_id, first[0])  # nothing is decided yet: nothing happens
    team.decide(round_id, first[0], None, "Möchte erst im Sommer.")
    team.decide(round_id, second[0], team.offer_ids[0], "Ist krank und braucht Halt.")
    with team.runtime.database.read() as session:
        (row,) = session.exec(select(PassedOver)).all()
    assert (row.entry_id, row.reason, row.note) == (first[1], "decided", "Möchte erst im Sommer.")


def test_a_decision_is_taken_back_with_its_referral(team: Team):
    client_id, entry_id = team.wait(50)
    round_id = team.open(1)
    team.confirm(round_id, client_id)
    team.take_back(round_id, client_id)
    line = team.line(round_id, client_id)
    assert (line.state, line.referral_id, team.entry(entry_id).ended_at) == ("proposed", None, None)
    team.confirm(round_id, client_id)
    with team.runtime.database.read() as session:
        states = session.exec(select(Referral.state)).all()
    assert sorted(states) == ["cancelled", "handed_over"]


def test_all_that_are_open_are_confirmed_together_and_the_rest_is_named(team: Team):
    first, second = team.wait(50), team.wait(30)
    round_id, rules = team.open(2), team.basis()
    lines = [team.line(round_id, one[0]) for one in (first, second)]
    with team.runtime.database.write() as session:
        version = session.get_one(WaitingEntry, second[1]).version
        leave_list(session, team.worker, second[0], second[1], "withdrawn", version)
    assert team.stale(round_id) == ("ended",)
    with team.runtime.database.write() as session:
        shown = [(line.id, line.version) for line in lines]
        done, refused = confirm_all(session, team.lead, round_id, shown, rules, TODAY)
    assert (done, [one.line_id for one in refused]) == (1, [lines[1].id])
    assert team.line(round_id, second[0]).state == "proposed"


def test_what_is_outdated_says_so_and_is_calculated_anew(team: Team):
    first, second = team.wait(50), team.wait(30)
    round_id = team.open(2)
    team.confirm(round_id, first[0])
    assert team.stale(round_id) == ()
    third = team.wait(100)
    with team.runtime.database.write() as session:
        report = SeatsReport(seats_max=12, seats_free=1, told_on=TODAY)
        report_seats(session, Author("Test"), team.offer_ids[0], report)
        assert get_round(session, team.lead, round_id, "other rules").stale == (
            "rules",
            "offer",
            "joined",
        )
    calculate_anew(team.runtime.database, team.lead, round_id, team.basis(), TODAY)
    assert team.stale(round_id) == ()
    assert team.line(round_id, first[0]).state == "confirmed"
    assert team.line(round_id, second[0]).proposed_offer_id is None
    assert team.line(round_id, third[0]).proposed_offer_id == team.offer_ids[0]


def test_a_place_that_was_declined_is_proposed_to_the_next_and_the_first_figures_stay(team: Team):
    first, second, third = team.wait(50)[0], team.wait(30)[0], team.wait(20)[0]
    round_id = team.open(1)

    def shown():
        with team.runtime.database.write() as session:
            return get_round(session, team.lead, round_id, team.basis().rules.version)

    def is_freed() -> bool:
        return any(course.is_freed for course in shown().courses)

    assert not is_freed()
    assert team.line(round_id, third).facts["left_out"] == {
        "offer": team.offer_ids[0],
        "reason": "later_entry",
    }
    team.decide(round_id, first, None)
    assert is_freed()
    calculate_anew(team.runtime.database, team.lead, round_id, team.basis(), TODAY)
    assert not is_freed()
    team.confirm(round_id, second)
    calculate_anew(team.runtime.database, team.lead, round_id, team.basis(), TODAY)
    page = shown()
    assert (page.round.figures["seats"], page.round.figures["whole"]["seats"]) == (0, 1)
    assert page.round.figures["whole"]["waiting"] == 3
    assert team.line(round_id, third).facts["left_out"]["reason"] == "no_seat"


def test_a_course_that_is_gone_is_no_part_of_the_new_proposal(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1, 1)
    with team.runtime.database.write() as session:
        session.get_one(Offer, team.offer_ids[0]).status = "withdrawn"
    assert "offer" in team.stale(round_id)
    calculate_anew(team.runtime.database, team.lead, round_id, team.basis(), TODAY)
    assert team.line(round_id, client_id).proposed_offer_id == team.offer_ids[1]


def test_the_places_of_a_course_are_given_out_in_one_round_at_a_time(team: Team):
    team.wait(50)
    key = new_id()
    round_id = team.open(1, key=key)
    assert team.open(1, key=key) == round_id
    with pytest.raises(ConflictError):
        team.open(1)
    with team.runtime.database.write() as session:
        choices = {one.offer.id: one for one in list_start_choices(session, team.lead)}
        assert choices[team.offer_ids[0]].is_in_round
        close_round(session, team.lead, round_id)
    assert team.open(1) != round_id


def test_places_that_were_given_are_not_offered_again(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    team.confirm(round_id, client_id)
    with team.runtime.database.read() as session:
        choices = {one.offer.id: one for one in list_start_choices(session, team.lead)}
        (summary,) = list_rounds(session, team.lead)
    assert [(choices[one].preset, choices[one].given) for one in team.offer_ids] == [(2, 0), (3, 0)]
    assert (summary.placed_count, summary.open_count) == (1, 0)


def test_places_given_where_nobody_knows_the_seats_are_told_beside_the_course(team: Team):
    with team.runtime.database.write() as session:
        for offer_id in team.offer_ids:
            session.get_one(Offer, offer_id).seats_booked = None
    client_id, _entry = team.wait(50)
    team.confirm(team.open(1), client_id)
    with team.runtime.database.read() as session:
        choices = {one.offer.id: one for one in list_start_choices(session, team.lead)}
    assert [choices[one].given for one in team.offer_ids] == [1, 0]


def _booked(team: Team) -> int | None:
    with team.runtime.database.read() as session:
        return session.get_one(Offer, team.offer_ids[0]).seats_booked


def test_a_place_that_is_given_counts_as_booked_once_until_it_is_taken_back(team: Team):
    client = team.wait(50)[0]
    round_id = team.open(2)
    assert _booked(team) == 9
    team.confirm(round_id, client)
    assert _booked(team) == 10
    with team.runtime.database.write() as session:
        (choice, _other) = list_start_choices(session, team.lead)
        assert (choice.free_seats, choice.given) == (2, 0)
        referral = session.get_one(Referral, team.line(round_id, client).referral_id)
        told = OutcomeReport.model_validate({"to_state": "accepted"}, context=CONTEXT)
        accepted = record_outcome(
            session, team.worker, referral.id, told, referral.version, today=TODAY
        )
        assert accepted.seat_held
    assert _booked(team) == 10


def test_a_place_that_is_taken_back_is_free_again(team: Team):
    client = team.wait(50)[0]
    round_id = team.open(2)
    team.confirm(round_id, client)
    team.take_back(round_id, client)
    assert _booked(team) == 9
    team.confirm(round_id, client)
    assert _booked(team) == 10


def test_nothing_is_decided_in_a_closed_round(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    with team.runtime.database.write() as session:
        close_round(session, team.lead, round_id)
        close_round(session, team.lead, round_id)
    with pytest.raises(ConflictError):
        team.confirm(round_id, client_id)
    with pytest.raises(ConflictError):
        calculate_anew(team.runtime.database, team.lead, round_id, team.basis(), TODAY)


def test_who_decided_first_counts(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    version = team.line(round_id, client_id).version
    team.decide(round_id, client_id, None)
    with pytest.raises(ConflictError):
        team.confirm(round_id, client_id, version)


def test_rules_that_exclude_the_course_meanwhile_stop_the_place(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    with team.runtime.database.write() as session:
        session.get_one(Client, client_id).german_level = "none"
    with pytest.raises(ConflictError):
        team.confirm(round_id, client_id)


def test_a_course_without_a_free_seat_in_the_directory_is_given_out_all_the_same(team: Team):
    client_id, _entry = team.wait(50)
    with team.runtime.database.write() as session:
        report = SeatsReport(seats_max=12, seats_free=0, has_waiting_list=False, told_on=TODAY)
        report_seats(session, Author("Test"), team.offer_ids[0], report)
    round_id = team.open(1)
    team.confirm(round_id, client_id)
    assert team.line(round_id, client_id).state == "confirmed"


def test_a_case_that_went_to_another_team_gets_no_place_here(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    with team.runtime.database.write() as session:
        other = add_user(session, name="Nora Nord")
        session.get_one(User, other.id).team = "Nord"
        session.get_one(Client, client_id).case_worker_id = other.id
    with team.runtime.database.write() as session:
        (course,) = get_round(session, team.lead, round_id, "").courses
    assert [(one.client_name, one.facts) for one in course.lines] == [(None, {})]
    with pytest.raises(ConflictError):
        team.confirm(round_id, client_id)
    with pytest.raises(ConflictError):
        team.decide(round_id, client_id, None)


def test_a_decision_about_a_case_that_went_to_another_team_is_not_taken_back_here(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    team.decide(round_id, client_id, None, "Möchte erst im Sommer.")
    with team.runtime.database.write() as session:
        other = add_user(session, name="Nora Nord")
        session.get_one(User, other.id).team = "Nord"
        session.get_one(Client, client_id).case_worker_id = other.id
    with pytest.raises(ConflictError):
        team.take_back(round_id, client_id)
    with team.runtime.database.read() as session, pytest.raises(NotFoundError):
        read_reason(session, team.lead, round_id, team.line(round_id, client_id).id)
    assert team.line(round_id, client_id).reason == "Möchte erst im Sommer."


def test_a_course_that_became_confidential_is_given_to_nobody_and_named_nowhere(team: Team):
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    with team.runtime.database.write() as session:
        mark = text("UPDATE offer SET is_sensitive = 1 WHERE id = :id")
        session.connection().execute(mark, {"id": team.offer_ids[0]})
    with pytest.raises(ConflictError):
        team.confirm(round_id, client_id)
    assert team.stale(round_id) == ("offer",)
    with team.runtime.database.write() as session:
        page = get_round(session, team.lead, round_id, "")
        (listed,) = list_rounds(session, team.lead)
    assert (page.courses, dict(page.offers), listed.offer_titles) == ((), {}, ())


def test_those_of_another_team_wait_on_and_are_told_why(team: Team):
    with team.runtime.database.write() as session:
        other = add_user(session, name="Nora Nord")
        session.get_one(User, other.id).team = "Nord"
    dated = Actor(other.id, other.role, other.name, TODAY)
    _client, entry_id = Team(team.runtime, team.lead, dated, team.offer_ids).wait(90)
    client_id, _entry = team.wait(50)
    round_id = team.open(1)
    team.confirm(round_id, client_id)
    assert team.passed() == {entry_id: "not_in_round"}


@pytest.mark.parametrize("role", ROLES)
def test_a_round_is_the_business_of_the_lead_of_its_team(team: Team, role: str):
    team.wait(50)
    round_id = team.open(1)
    with team.runtime.database.write() as session:
        somebody = add_user(session, role)
        session.get_one(User, somebody.id).team = "Süd" if role != "team_lead" else "Nord"
        assert list_rounds(session, somebody) == ()
        with pytest.raises(NotFoundError):
            get_round(session, somebody, round_id, "")


@pytest.mark.parametrize(
    "values",
    [
        {"seats": {}},
        {"seats": {"a": 0}},
        {"seats": {"a": -1}},
        {"seats": {"a": 501}},
        {"seats": {str(i): 1 for i in range(61)}},
        {"title": "  "},
        {"title": "x" * 201},
        {"creation_key": ""},
    ],
    ids=["none", "no place", "negative", "too many places", "too many", "blank", "long", "key"],
)
def test_what_cannot_be_a_round_is_refused(values: dict[str, Any]):
    with pytest.raises(ValidationError):
        RoundOrder.model_validate({"title": "A", "seats": {"a": 1}, "creation_key": "k", **values})


def test_a_forged_offer_is_no_part_of_a_round(team: Team):
    order = RoundOrder(title="A", seats={new_id(): 1}, creation_key=new_id())
    with pytest.raises(InvalidInputError):
        open_round(team.runtime.database, team.lead, order, team.basis(), TODAY)
