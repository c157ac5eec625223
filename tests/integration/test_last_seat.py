"""Two processes book the last seat at the same moment, again and again: it is never sold twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.accounts.permissions import Actor
from app.core.ids import new_id
from app.directory.models import Offer
from app.operations.referring import refer_with_sheet
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.records import ReferralOrder
from app.settings import PROJECT_ROOT
from tests.conftest import TODAY
from tests.integration.case_samples import CONTEXT, add_client, add_offer, add_user
from tests.integration.test_referrals import basis

SEATS = 12
_BOOK = """
import sys
from datetime import date
from app.accounts.permissions import Actor
from app.operations.runtime import open_runtime
from app.referrals.outcomes import NoSeatFreeError, record_outcome
from app.referrals.records import OutcomeReport
from app.settings import load_settings
runtime, today = open_runtime(load_settings()), date.fromisoformat(sys.argv[2])
actor = Actor(sys.argv[1], "case_worker", day=today)
told = OutcomeReport.model_validate({"to_state": "accepted"}, context={"today": today})
print("ready", flush=True)
for line in sys.stdin:
    try:
        with runtime.database.write() as session:
            record_outcome(session, actor, line.strip(), told, 1, today=today)
        print("place", flush=True)
    except NoSeatFreeError:
        print("full", flush=True)
"""


@contextmanager
def _two_processes(runtime: Runtime, actor: Actor) -> Iterator[list[subprocess.Popen[str]]]:
    environment = os.environ | {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    found = [
        subprocess.Popen(
            [sys.executable, "-c", _BOOK, actor.id, TODAY.isoformat()],
            env=environment,
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        assert [_answer_of(one) for one in found] == ["ready", "ready"]
        yield found
    finally:
        for one in found:
            one.communicate(timeout=20)


def _answer_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _ask(process: subprocess.Popen[str], referral_id: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{referral_id}\n")
    process.stdin.flush()


def _race(runtime: Runtime, races: int) -> None:
    with runtime.database.write() as session:
        actor = add_user(session)
        clients = [add_client(session, actor).id for _ in range(2)]
    with _two_processes(runtime, actor) as processes:
        for number in range(races):
            offer_id, referral_ids = _one_seat_left(runtime, actor, clients)
            # Who is asked first takes turns: it must not be decided by that.
            order = (0, 1) if number % 2 else (1, 0)
            for place in order:
                _ask(processes[place], referral_ids[place])
            assert sorted(_answer_of(one) for one in processes) == ["full", "place"]
            _check(runtime, offer_id, referral_ids)


def _one_seat_left(runtime: Runtime, actor: Actor, clients: list[str]) -> tuple[str, list[str]]:
    with runtime.database.write() as session:
        offer = add_offer(session, seats_max=SEATS, seats_booked=SEATS - 1)
        rules = basis(session)
        ids = []
        for client_id in clients:
            told = {"client_id": client_id, "offer_id": offer.id, "creation_key": new_id()}
            order = ReferralOrder.model_validate(told, context=CONTEXT)
            ids.append(refer_with_sheet(session, actor, order, rules, TODAY).id)
        return offer.id, ids


def _check(runtime: Runtime, offer_id: str, referral_ids: list[str]) -> None:
    with runtime.database.read() as session:
        assert session.get_one(Offer, offer_id).seats_booked == SEATS
        of_offer = select(Referral).where(col(Referral.id).in_(referral_ids))
        found = session.exec(of_offer).all()
        assert sorted((one.state, one.seat_held) for one in found) == [
            ("accepted", True),
            ("handed_over", False),
        ]
        steps = select(func.count()).where(
            col(ReferralEvent.referral_id).in_(referral_ids), ReferralEvent.to_state == "accepted"
        )
        assert session.exec(steps).one() == 1


def test_of_two_processes_one_gets_the_last_seat_fifty_times_over(runtime: Runtime) -> None:
    _race(runtime, races=50)


@pytest.mark.soak
def test_of_two_processes_one_gets_the_last_seat_a_thousand_times_over(runtime: Runtime) -> None:
    _race(runtime, races=1000)
