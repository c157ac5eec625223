"""Transactions and column types keep their promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, select, text

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.models import Goal
from app.core.ids import new_id
from app.operations.runtime import Runtime


def _user(number: int = 0, **values: object) -> User:
    return User(email=f"p{number}@x.example", name="P", role="case_worker", password_hash="-", **values)


def test_read_then_write_never_fails_because_others_write_too(runtime: Runtime) -> None:
    user_id = new_id()
    with runtime.database.write() as session:
        session.add(_user(id=user_id))

    def count_up(_: int) -> None:
        with runtime.database.write() as session:
            user = session.exec(select(User).where(User.id == user_id)).one()
            user.session_epoch += 1
            session.add(user)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(200)))
    with runtime.database.read() as session:
        assert session.exec(select(User.session_epoch)).one() == 201


def test_an_error_inside_a_write_leaves_nothing_behind(runtime: Runtime) -> None:
    def fail_midway() -> None:
        with runtime.database.write() as session:
            session.add(_user())
            session.flush()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_midway()
    with runtime.database.read() as session:
        assert session.exec(select(User)).all() == []


def test_foreign_keys_are_enforced(runtime: Runtime) -> None:
    with pytest.raises(IntegrityError), runtime.database.write() as session:
        session.add(Goal(client_id="nobody", area="language"))


def test_moments_come_back_in_utc_and_naive_ones_are_refused(runtime: Runtime) -> None:
    summer = timezone(timedelta(hours=2))
    moment = datetime(2026, 7, 1, 12, 0, tzinfo=summer)
    with runtime.database.write() as session:
        session.add(AuditEntry(at=moment, action="a", subject_type="t", subject_id="i"))
    with runtime.database.read() as session:
        assert session.exec(select(AuditEntry.at)).one() == datetime(2026, 7, 1, 10, tzinfo=UTC)

    def write_naive(session: Session) -> None:
        naive = moment.replace(tzinfo=None)
        session.add(AuditEntry(at=naive, action="a", subject_type="t", subject_id="i"))

    with pytest.raises(StatementError, match="time zone"), runtime.database.write() as session:
        write_naive(session)


def test_reading_does_not_wait_for_a_writer(runtime: Runtime) -> None:
    with runtime.database.write() as writer:
        writer.add(_user())
        writer.flush()
        with runtime.database.read() as reader:
            assert reader.connection().execute(text("SELECT count(*) FROM app_user")).scalar() == 0
