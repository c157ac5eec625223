"""The demo directory never grows old, and loading it twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlmodel import col, func, select

from app.cli import cli
from app.core.errors import LotsenbuchError
from app.directory.hsds import dump_organization, read_organization
from app.directory.interests import load_taxonomy
from app.directory.models import DirectoryChange, Offer
from app.operations.demo_directory import (
    demo_shift,
    load_demo_directory,
    move_dates,
    read_anchor,
    read_demo_providers,
)
from app.operations.runtime import Runtime
from app.settings import SHIPPED_DATA
from tests.conftest import TODAY


def test_a_second_load_on_the_same_day_changes_nothing(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        first = load_demo_directory(session, TODAY)
    with runtime.database.write() as session:
        before = session.exec(select(func.max(DirectoryChange.seq))).one()
        second = load_demo_directory(session, TODAY + timedelta(days=6))
        after = session.exec(select(func.max(DirectoryChange.seq))).one()
    assert first["created"] == second["unchanged"] >= 60
    assert second.total() == second["unchanged"]
    assert before == after


def test_dates_move_with_the_weeks(runtime: Runtime) -> None:
    later = TODAY + timedelta(weeks=60, days=3)
    with runtime.database.write() as session:
        load_demo_directory(session, TODAY)
        query = select(Offer).where(col(Offer.starts_on).is_not(None)).order_by(Offer.id)
        before = [offer.starts_on for offer in session.exec(query)]
        outcomes = load_demo_directory(session, later)
        session.expire_all()
        after = [offer.starts_on for offer in session.exec(query)]
    assert outcomes["changed"] > 0
    assert [day + timedelta(weeks=60) for day in before if day] == after


def test_the_anchor_is_a_monday() -> None:
    assert read_anchor().isoweekday() == 1


@pytest.mark.parametrize(("days", "weeks"), [(0, 0), (6, 0), (7, 1), (-1, -1), (-7, -1), (365, 52)])
def test_the_shift_is_whole_weeks(days: int, weeks: int) -> None:
    assert demo_shift(read_anchor() + timedelta(days=days)) == timedelta(weeks=weeks)


def test_there_are_offers_of_every_kind_open_and_full_fresh_and_stale() -> None:
    offers = [offer for record in read_demo_providers() for offer in record.offers]
    assert len(offers) >= 220
    full = [o for o in offers if o.seats_max is not None and o.seats_booked == o.seats_max]
    stale = [o for o in offers if o.verified_on and o.verified_on < TODAY - timedelta(days=365)]
    assert len(full) >= 5
    assert len(stale) >= 3
    assert any(o.starts_on and o.starts_on > TODAY for o in offers)
    assert {o.visibility for o in offers} >= {"public", "protected"}


def test_the_files_stand_as_the_product_writes_them() -> None:
    for file in sorted((SHIPPED_DATA / "providers").glob("*.json")):
        text = file.read_text(encoding="utf-8")
        assert dump_organization(read_organization(json.loads(text))) == text, file.name


def test_every_topic_of_the_demo_is_in_the_taxonomy() -> None:
    topics = {
        topic for record in read_demo_providers() for offer in record.offers for topic in offer.topics
    }
    assert topics <= load_taxonomy().concepts.keys()


def test_everything_in_the_demo_is_marked_as_such() -> None:
    records = read_demo_providers()
    assert all(record.is_demo and record.source == "demo" for record in records)


def test_moving_nothing_leaves_the_record_as_it_is() -> None:
    record = read_demo_providers()[0]
    assert move_dates(record, timedelta(0)) == record


def _days_in(value: object) -> Iterator[date]:
    if isinstance(value, date):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _days_in(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from _days_in(part)


def test_no_date_is_forgotten() -> None:
    far = timedelta(weeks=52 * 100)
    days = [
        day
        for record in read_demo_providers()
        for day in _days_in(move_dates(record, far).model_dump())
    ]
    assert days
    assert min(days) > TODAY + timedelta(weeks=52 * 50)


def test_there_are_rhythms_terms_exceptions_and_hours() -> None:
    records = read_demo_providers()
    times = [time for record in records for offer in record.offers for time in offer.sessions]
    assert {time.nth_in_month for time in times} >= {1, 2, 3, -1}
    assert any(time.every_weeks == 2 for time in times)
    assert any(time.languages for time in times)
    offers = [offer for record in records for offer in record.offers]
    assert any(offer.terms for offer in offers)
    assert {one.kind for offer in offers for one in offer.exceptions} == {"closed", "extra"}
    assert any(person.hours for record in records for person in record.contacts)


def test_the_command_loads_everything_once(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    first = CliRunner().invoke(cli, ["demo", "load", "--today", "2026-11-23"])
    second = CliRunner().invoke(cli, ["demo", "load", "--today", "2026-11-23"])
    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert " 0 unchanged" in first.stdout
    assert "0 providers created, 0 changed" in second.stdout
    assert "New accounts: 0, new clients: 0." in second.stdout


def test_the_command_refuses_outside_demo_mode(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    monkeypatch.setenv("LOTSENBUCH_MODE", "production")
    monkeypatch.setenv("LOTSENBUCH_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("LOTSENBUCH_ENCRYPTION_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("LOTSENBUCH_SMTP_URL", "smtp://mail.example")
    monkeypatch.setenv("LOTSENBUCH_MAIL_FROM", "lotsenbuch@stadt.example")
    monkeypatch.setenv("LOTSENBUCH_PUBLIC_URL", "https://lotsenbuch.stadt.example")
    result = CliRunner().invoke(cli, ["demo", "load"])
    assert isinstance(result.exception, LotsenbuchError)
    assert "demo mode only" in str(result.exception)
    with runtime.database.read() as session:
        assert session.exec(select(func.count()).select_from(Offer)).one() == 0
