"""Signing in, locking, and changing accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.accounts.queries import find_user_by_email, get_user
from app.accounts.service import (
    FREE_ATTEMPTS,
    LONGEST_LOCK,
    AccountCreate,
    SignInRefusal,
    check_credentials,
    create_account,
    lock_after,
    note_attempt,
    set_password,
    update_account,
)
from app.audit.models import AuditEntry
from app.cli import cli
from app.core.errors import ConflictError, InvalidInputError
from app.directory.models import Provider
from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, load_demo_accounts
from app.operations.runtime import Runtime

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "a good long password"
ADMIN = Actor(id="admin", role="administrator")


def _create(runtime: Runtime, email: str = "Eva@Stadt.example") -> User:
    data = AccountCreate(email=email, name="Eva", role="case_worker", password=PASSWORD)
    with runtime.database.write() as session:
        return create_account(session, None, data)


def _try(
    runtime: Runtime, email: str, password: str, now: datetime = NOW, allow_demo: bool = True
) -> SignInRefusal | None:
    with runtime.database.read() as session:
        attempt = check_credentials(session, email, password, now, allow_demo=allow_demo)
    with runtime.database.write() as session:
        note_attempt(session, attempt, now)
    return attempt.refusal


def test_the_right_password_opens_whatever_the_case_of_the_address(runtime: Runtime) -> None:
    _create(runtime)
    assert _try(runtime, " EVA@stadt.EXAMPLE", PASSWORD) is None


@pytest.mark.parametrize(("email", "password"), [("eva@stadt.example", "wrong"), ("x@y.z", PASSWORD)])
def test_wrong_password_and_unknown_address_are_not_told_apart(
    runtime: Runtime, email: str, password: str
) -> None:
    _create(runtime)
    assert _try(runtime, email, password) is SignInRefusal.WRONG


def test_many_wrong_passwords_lock_the_account_for_a_while(runtime: Runtime) -> None:
    _create(runtime)
    for _ in range(FREE_ATTEMPTS):
        assert _try(runtime, "eva@stadt.example", "wrong") is SignInRefusal.WRONG
    assert _try(runtime, "eva@stadt.example", PASSWORD) is SignInRefusal.LOCKED
    assert _try(runtime, "eva@stadt.example", PASSWORD, NOW + timedelta(seconds=16)) is None
    assert _try(runtime, "eva@stadt.example", "wrong", NOW) is SignInRefusal.WRONG


@given(st.integers(0, 10_000))
def test_locks_grow_and_have_an_end(failures: int) -> None:
    assert timedelta(0) <= lock_after(failures) <= lock_after(failures + 1) <= LONGEST_LOCK


def test_a_switched_off_account_cannot_sign_in_and_its_sessions_end(runtime: Runtime) -> None:
    user = _create(runtime)
    with runtime.database.write() as session:
        changed = update_account(session, ADMIN, user.id, role="team_lead", is_active=False, epoch=1)
    assert changed.session_epoch == 2
    assert _try(runtime, user.email, PASSWORD) is SignInRefusal.WRONG


def test_two_administrators_do_not_overwrite_each_other(runtime: Runtime) -> None:
    user = _create(runtime)
    with runtime.database.write() as session:
        update_account(session, ADMIN, user.id, role="team_lead", is_active=True, epoch=1)
    with pytest.raises(ConflictError), runtime.database.write() as session:
        update_account(session, ADMIN, user.id, role="case_worker", is_active=True, epoch=1)


@pytest.mark.parametrize(("role", "provider_id"), [("provider", None), ("case_worker", "somebody")])
def test_who_answers_for_a_provider_has_one_and_others_have_none(
    runtime: Runtime, role: Any, provider_id: str | None
) -> None:
    user = _create(runtime)
    with pytest.raises(InvalidInputError) as refused, runtime.database.write() as session:
        update_account(
            session, ADMIN, user.id, role=role, is_active=True, epoch=1, provider_id=provider_id
        )
    assert refused.value.field == "provider_id"


def test_nobody_takes_their_own_rights_away(runtime: Runtime) -> None:
    user = _create(runtime)
    me = Actor(id=user.id, role="case_worker")
    with pytest.raises(InvalidInputError), runtime.database.write() as session:
        update_account(session, me, user.id, role="case_worker", is_active=False, epoch=1)


def test_an_address_is_taken_once(runtime: Runtime) -> None:
    _create(runtime)
    with pytest.raises(InvalidInputError, match="already"):
        _create(runtime, "eva@STADT.example")


def test_a_new_password_replaces_the_old_one_and_lifts_the_lock(runtime: Runtime) -> None:
    user = _create(runtime)
    for _ in range(FREE_ATTEMPTS):
        _try(runtime, user.email, "wrong")
    with runtime.database.write() as session:
        set_password(session, ADMIN, user.id, "another long password")
    assert _try(runtime, user.email, PASSWORD) is SignInRefusal.WRONG
    assert _try(runtime, user.email, "another long password") is None


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"email": "nowhere"},
        {"name": "  "},
        {"role": "king"},
        {"role": "provider"},
        {"provider_id": "a-provider"},
    ],
    ids=str,
)
def test_unusable_accounts_are_refused(change: dict[str, str]) -> None:
    data = {"email": "a@b.example", "name": "A", "role": "case_worker", "password": PASSWORD}
    with pytest.raises(ValidationError):
        AccountCreate.model_validate(data | change)


def test_demo_accounts_work_in_the_demo_only(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        assert load_demo_accounts(session) == len(DEMO_ACCOUNTS)
    with runtime.database.write() as session:
        assert load_demo_accounts(session) == 0
    email = DEMO_ACCOUNTS[0].email
    assert _try(runtime, email, DEMO_PASSWORD) is None
    assert _try(runtime, email, DEMO_PASSWORD, allow_demo=False) is SignInRefusal.WRONG


def test_sign_ins_and_changes_are_audited_without_content(runtime: Runtime) -> None:
    user = _create(runtime)
    _try(runtime, user.email, "wrong")
    _try(runtime, user.email, PASSWORD)
    with runtime.database.read() as session:
        actions = [e.action for e in session.exec(select(AuditEntry).order_by(AuditEntry.seq)).all()]
        assert find_user_by_email(session, user.email) == get_user(session, user.id)
    assert actions == ["account.create", "account.sign_in_refused", "account.sign_in"]


def test_the_command_line_makes_an_account_for_a_provider(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    with runtime.database.write() as session:
        session.add(Provider(source="t", external_id="1", name="Chor am Berg", kind="club"))

    def add(email: str, *more: str) -> tuple[int, str]:
        told = [email, "--name", "Pia", "--role", "provider", "--password", PASSWORD]
        done = CliRunner().invoke(cli, ["user", "add", *told, *more])
        return done.exit_code, f"{done.output}{done.exception}"

    assert add("pia@chor.example", "--provider", "chor am berg")[0] == 0
    assert "provider_id" in add("ole@chor.example")[1]
    assert "no one provider" in add("ole@chor.example", "--provider", "Chor im Tal")[1]
    with runtime.database.read() as session:
        found = find_user_by_email(session, "pia@chor.example")
        assert found is not None
        assert found.role == "provider"
        provider_id = found.provider_id
        assert session.get_one(Provider, provider_id).name == "Chor am Berg"
        assert find_user_by_email(session, "ole@chor.example") is None
    assert provider_id is not None
    assert add("ole@chor.example", "--provider", provider_id)[0] == 0
