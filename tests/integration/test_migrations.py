"""The schema can be built, taken down and built again, and it is what the models say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, text

from app.audit.service import record_access
from app.core.db import Database
from app.operations.migrations import alembic_config, migrate
from app.operations.runtime import Runtime
from app.settings import Settings


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'schema.sqlite3'}"


def test_schema_goes_up_down_and_up_again(address: str) -> None:
    config = alembic_config(address)
    database = Database(address)
    command.upgrade(config, "head")
    assert "offer" in inspect(database.engine).get_table_names()
    command.downgrade(config, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    command.upgrade(config, "head")
    assert "referral" in inspect(database.engine).get_table_names()


def test_migrations_and_models_say_the_same(address: str) -> None:
    command.upgrade(alembic_config(address), "head")
    with Database(address).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []


def test_a_second_start_finds_nothing_to_migrate(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    assert migrate(settings, database.engine) is True
    assert migrate(settings, database.engine) is False


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit_entry", "UPDATE audit_entry SET action = 'nothing'"]
)
def test_the_database_refuses_to_change_the_audit_log(runtime: Runtime, statement: str) -> None:
    with runtime.database.write() as session:
        record_access(session, None, "client.read", "client", "some-id")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        runtime.database.write() as session,
    ):
        session.connection().execute(text(statement))
    with runtime.database.read() as session:
        actions = session.connection().execute(text("SELECT action FROM audit_entry")).scalars()
        assert list(actions) == ["client.read"]
