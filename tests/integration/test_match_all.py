"""The whole caseload, night by night: what is new, what became better, and what nobody loses."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.core.clock import utc_now
from app.core.errors import NotFoundError
from app.core.ids import new_id
from app.directory.models import DirectoryChange, Offer
from app.matching.dismissals import DismissalInput, dismiss_offer
from app.matching.found_rules import BETTER_BY, GOOD_SCORE, TOLD_FOR, Found, decide_found
from app.matching.models import FoundMatch, MatchRun
from app.operations.demo_directory import load_demo_directory
from app.operations.match_all import AlreadyRunningError, match_all
from app.operations.new_offers import list_new_matches, tick_off
from app.operations.runtime import Runtime, open_runtime
from app.referrals.models import Referral
from app.settings import PROJECT_ROOT, load_settings
from tests.benchmarks.generated_cases import fill_with_cases
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user

OLD = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Night:
    """A caseload, and one night after the other."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        with runtime.database.write() as session:
            self.worker = replace(add_user(session), day=TODAY)
            self.client_id = add_client(session, self.worker, **WISH).id
        self.offer("first", created_at=OLD)

    def offer(self, title: str, **values: Any) -> str:
        told = {"entry_level": "A1", "target_level": "A2", "goal_areas": ["language"], **values}
        with self.runtime.database.write() as session:
            offer = add_offer(session, title, **told)
            session.add(DirectoryChange(offer_id=offer.id))
            return offer.id

    def pass_by(self, days: int = 1) -> None:
        """Run, as if the runs before were so much longer ago."""
        with self.runtime.database.write() as session:
            for run in session.exec(select(MatchRun)):
                run.started_at -= timedelta(days=days)
                session.add(run)
        match_all(self.runtime)

    def told(self, actor: Actor | None = None) -> dict[str, str]:
        with self.runtime.database.read() as session:
            found = list_new_matches(session, actor or self.worker, TODAY)
            return {one.title: one.kind for one in found}


WISH: dict[str, Any] = {
    "german_level": "A1",
    "german_level_evidence": "test",
    "goals": [{"area": "language", "target_level": "A2"}],
}


@pytest.fixture
def night(runtime: Runtime) -> Night:
    return Night(runtime)


def test_the_first_run_tells_what_came_last_week_and_the_next_only_what_came_since(
    night: Night,
) -> None:
    night.offer("of this week", created_at=utc_now())
    night.pass_by()
    assert night.told() == {"of this week": "new"}
    night.offer("of today", created_at=utc_now())
    night.offer("old but just entered", created_at=OLD)
    night.pass_by()
    assert night.told() == {"of this week": "new", "of today": "new"}


def test_what_is_sensitive_referred_set_aside_or_ticked_off_is_not_told(night: Night) -> None:
    night.offer("sensitive", created_at=utc_now(), is_sensitive=True)
    titles = ("referred", "set aside", "ticked off", "left", "withdrawn")
    ids = {title: night.offer(title, created_at=utc_now()) for title in titles}
    night.pass_by()
    session_of = night.runtime.database.write
    with session_of() as session:
        assert {row.offer_id for row in session.exec(select(FoundMatch))} >= set(ids.values())
        referral = {
            "client_id": night.client_id,
            "state": "handed_over",
            "referred_by": night.worker.id,
        }
        session.add(Referral(offer_id=ids["referred"], **referral))
        data = DismissalInput(offer_id=ids["set aside"], reason="times")
        dismiss_offer(session, night.worker, night.client_id, data, new_id())
        tick_off(session, night.worker, night.client_id, ids["ticked off"])
        session.get_one(Offer, ids["withdrawn"]).status = "withdrawn"
    assert night.told() == {"left": "new"}
    night.pass_by()
    assert night.told() == {"left": "new"}


def test_only_ones_own_day_is_told_and_only_ones_own_case_ticked_off(night: Night) -> None:
    offer_id = night.offer("new", created_at=utc_now())
    night.pass_by()
    with night.runtime.database.write() as session:
        other = replace(add_user(session), day=TODAY)
        with pytest.raises(NotFoundError):
            tick_off(session, other, night.client_id, offer_id)
    assert night.told(other) == {}


def test_closed_cases_are_left_out_and_forgotten(night: Night) -> None:
    night.offer("new", created_at=utc_now())
    night.pass_by()
    with night.runtime.database.write() as session:
        session.get_one(Client, night.client_id).closed_on = TODAY
    assert night.told() == {}
    assert match_all(night.runtime).clients == 0
    with night.runtime.database.read() as session:
        assert session.exec(select(FoundMatch)).all() == []


def test_two_runs_at_once_are_one(night: Night) -> None:
    night.pass_by()
    with night.runtime.database.write() as session:
        run = session.exec(select(MatchRun)).one()
        run.finished_at, run.alive_until = None, utc_now() + timedelta(seconds=30)
        session.add(run)
    with pytest.raises(AlreadyRunningError):
        match_all(night.runtime)


def test_a_run_that_was_killed_goes_on_where_it_was(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        worker = add_user(session)
        for _ in range(320):
            add_client(session, worker, **WISH)
        for number in range(12):
            add_offer(session, f"offer {number}", entry_level="A1", created_at=OLD)
    _kill_in_the_middle(runtime)
    with runtime.database.write() as session:
        run = session.exec(select(MatchRun)).one()
        assert run.finished_at is None
        assert run.last_client_id
        before = {(row.client_id, row.offer_id) for row in session.exec(select(FoundMatch))}
        run.alive_until = utc_now()
        session.add(run)
    done = match_all(runtime)
    assert (done.clients, done.resumed) == (320, True)
    with runtime.database.read() as session:
        rows = session.exec(select(FoundMatch)).all()
        (finished,) = session.exec(select(MatchRun)).all()
        assert finished.last_client_id == "", "the id of a client would outlast the case"
        first = {row.client_id for row in rows if row.client_id <= run.last_client_id}
        assert {client for client, _ in before} == first
        assert {row.client_id for row in rows} == set(session.exec(select(Client.id)).all())
        assert len({(row.client_id, row.offer_id) for row in rows}) == len(rows)


def _kill_in_the_middle(runtime: Runtime) -> None:
    """Kill the command as soon as it has written its first clients."""
    code = (
        "import app.operations.match_all as m, time; w = m._write\n"
        "def slow(*a):\n    w(*a); time.sleep(30)\n"
        "m._write = slow\nfrom app.cli import main; main()"
    )
    environment = os.environ | {
        "LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir),
        "LOTSENBUCH_TODAY": TODAY.isoformat(),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", code, "match", "all"], env=environment, cwd=PROJECT_ROOT
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with runtime.database.read() as session:
            if session.exec(
                select(MatchRun.last_client_id).where(MatchRun.last_client_id != "")
            ).first():
                break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=20) == -signal.SIGKILL


def _found_rows(runtime: Runtime) -> set[tuple[str, str, str, float, date]]:
    with runtime.database.read() as session:
        rows = session.exec(select(FoundMatch)).all()
    return {(one.client_id, one.offer_id, one.kind, one.score, one.found_on) for one in rows}


def _kill_at_random(runtime: Runtime, kills: int) -> int:
    """Start the command again and again and kill it a few clients on; how often it ran still."""
    chance = random.Random(20261123)  # noqa: S311  moments, not secrets
    slow = (
        "import app.operations.match_all as m, time; w = m._write; m.AT_ONCE = 4\n"
        "def slow(*a):\n    w(*a); time.sleep(0.02)\n"
        "m._write = slow\nfrom app.cli import main; main()"
    )
    environment = os.environ | {
        "LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir),
        "LOTSENBUCH_TODAY": TODAY.isoformat(),
    }
    killed = 0
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", slow, "match", "all"],
            env=environment,
            cwd=PROJECT_ROOT,
            stdout=subprocess.DEVNULL,
        )
        before, deadline = _last_client(runtime), time.monotonic() + 60
        while (
            process.poll() is None and _last_client(runtime) == before and time.monotonic() < deadline
        ):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        killed += process.wait(timeout=20) == -signal.SIGKILL
        with runtime.database.write() as session:
            for run in session.exec(select(MatchRun)):
                run.alive_until = utc_now()  # as if the minute had gone by
                session.add(run)
    return killed


def _last_client(runtime: Runtime) -> str:
    with runtime.database.read() as session:
        return (
            session.exec(
                select(MatchRun.last_client_id).order_by(col(MatchRun.started_at).desc())
            ).first()
            or ""
        )


@pytest.mark.soak
def test_after_twenty_kills_the_result_is_that_of_a_run_nobody_disturbed(
    runtime: Runtime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with runtime.database.write() as session:
        load_demo_directory(session, TODAY)
    fill_with_cases(runtime, clients=300)
    undisturbed = tmp_path_factory.mktemp("undisturbed") / "data"
    shutil.copytree(runtime.settings.data_dir, undisturbed)
    other = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(undisturbed)}).with_today(TODAY))
    expected = match_all(other)
    assert _kill_at_random(runtime, kills=20) >= 10
    done = match_all(runtime)
    assert (done.clients, done.found) == (expected.clients, expected.found)
    assert _found_rows(runtime) == _found_rows(other) != set()
    other.database.dispose()


# --- the pure decision ----------------------------------------------------------------------------

DAY = date(2026, 11, 23)


def decide(before: list[Found], now: list[tuple[str, float]], new: set[str]) -> dict[str, str]:
    found = decide_found({one.offer_id: one for one in before}, now, new, DAY)
    return {one.offer_id: one.kind for one in found}


def test_an_old_offer_is_better_only_when_it_is_clearly_above_the_last_one_before() -> None:
    before = [Found("a", 0.7, "known", DAY), Found("b", 0.6, "known", DAY)]
    barely, clearly = ("c", 0.6 + BETTER_BY / 2), ("d", 0.6 + BETTER_BY * 1.01)
    assert decide(before, [("a", 0.7), barely, clearly], set()) == {
        "a": "known",
        "c": "known",
        "d": "better",
    }
    assert decide([], [clearly], set()) == {"d": "known"}
    assert decide(before, [("e", GOOD_SCORE - 0.01)], {"e"}) == {"e": "known"}


def test_what_was_found_keeps_its_day_and_is_forgotten_after_two_weeks() -> None:
    fresh = Found("a", 0.7, "new", DAY - TOLD_FOR)
    old = Found("b", 0.7, "new", DAY - TOLD_FOR - timedelta(days=1), OLD)
    found = decide_found({"a": fresh, "b": old}, [("a", 0.8), ("b", 0.8)], set(), DAY)
    assert [(one.kind, one.found_on, one.told_at) for one in found] == [
        ("new", fresh.found_on, None),
        ("known", old.found_on, OLD),
    ]


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1)),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 1)), unique_by=lambda one: one[0]),
    st.sets(st.sampled_from("abcdef")),
)
def test_a_second_run_over_the_same_finds_nothing_more(
    before: dict[str, float], now: list[tuple[str, float]], new: set[str]
) -> None:
    known = {key: Found(key, score, "known", DAY) for key, score in before.items()}
    first = decide_found(known, now, new, DAY)
    second = decide_found({one.offer_id: one for one in first}, now, new, DAY)
    assert second == first
    assert [one.offer_id for one in first] == [offer_id for offer_id, _ in now]
