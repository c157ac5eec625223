"""The schema can be built, taken down and built again, and it is what the models say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, Table, insert, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col, select, text

from app.audit.service import record_access
from app.core.db import Database
from app.directory.models import ContactPerson, Offer, OfferSession
from app.operations.audit_log import verify_log
from app.operations.migrations import alembic_config, migrate
from app.operations.runtime import Runtime, open_runtime
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


def _row(table: Table, **values: object) -> dict[str, object]:
    """A row of ``table`` with ``values``, and something fitting wherever a value is compulsory."""
    anything: dict[type, object] = {
        str: "x",
        int: 1,
        bool: False,
        dict: [],
        object: "",  # encrypted texts: the reflected table does not know the type
        datetime: datetime(2026, 11, 1, tzinfo=UTC),
        date: date(2026, 11, 1),
    }
    needed = {
        column.name: anything[column.type.python_type]
        for column in table.columns
        if not column.nullable
    }
    return needed | values


def _fill_the_first_state(database: Database) -> None:
    """What an instance of the first version holds: a provider, its offer, a case, a referral."""
    known = MetaData()
    known.reflect(database.engine)
    tables = known.tables
    rows = [
        ("provider", {"id": "p", "contact_name": "Vera Vorstand", "contact_role": "Vorstand"}),
        ("provider", {"id": "q", "external_id": "q", "contact_role": "Büro", "parent_id": "p"}),
        ("place", {"id": "hall", "provider_id": "p"}),
        ("offer", {"id": "o", "provider_id": "p", "title": "Fußball", "seats_max": 12}),
        ("offer_topic", {"offer_id": "o", "concept": "football"}),
        ("offer_place", {"offer_id": "o", "place_id": "hall"}),
        ("offer_session", {"offer_id": "o", "weekday": 2, "from_minute": 60, "to_minute": 120}),
        ("app_user", {"id": "u"}),
        ("client", {"id": "c", "case_worker_id": "u"}),
        ("referral", {"id": "r", "client_id": "c", "offer_id": "o", "referred_by": "u"}),
        ("referral_event", {"id": "e", "referral_id": "r"}),
    ]
    with database.write() as session:
        for name, values in rows:
            session.execute(insert(tables[name]).values(_row(tables[name], **values)))


def _count_rows(database: Database, tables: list[str]) -> dict[str, int]:
    with database.read() as session:
        connection = session.connection()
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608  names of our own
            for name in tables
        }


def test_data_of_the_first_version_survives_the_way_up_and_down(address: str) -> None:
    config = alembic_config(address)
    command.upgrade(config, "0001")
    database = Database(address)
    _fill_the_first_state(database)
    tables = [name for name in inspect(database.engine).get_table_names() if "alembic" not in name]
    before = _count_rows(database, tables)
    assert sum(before.values()) == 11
    command.upgrade(config, "head")
    assert _count_rows(database, tables) == before
    with database.read() as session:
        offer = session.get_one(Offer, "o")
        assert (offer.title, offer.seats_max, offer.is_imported) == ("Fußball", 12, True)
        assert (offer.terms, offer.contacts, offer.merged_into_id) == ([], [], None)
        time = session.exec(select(OfferSession)).one()
        assert (time.every_weeks, time.languages, time.nth_in_month) == (1, [], None)
        people = session.exec(select(ContactPerson).order_by(col(ContactPerson.provider_id))).all()
        assert [(p.provider_id, p.name, p.role, p.is_public) for p in people] == [
            ("p", "Vera Vorstand", "Vorstand", False),
            ("q", "Büro", None, False),
        ]
    command.downgrade(config, "0001")
    assert _count_rows(database, tables) == before
    with database.read() as session:
        names = session.connection().execute(
            text("SELECT contact_name, contact_role FROM provider ORDER BY id")
        )
        assert [tuple(row) for row in names] == [("Vera Vorstand", "Vorstand"), ("Büro", None)]
    command.upgrade(config, "head")
    assert _count_rows(database, tables) == before


def test_the_log_of_an_older_version_becomes_a_chain_without_gaps(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    command.upgrade(alembic_config(settings.database_url), "0002")
    database = Database(settings.database_url)
    entry = "INSERT INTO audit_entry (seq, at, action, subject_type, subject_id) VALUES "
    with database.write() as session:
        for seq in (1, 2, 5):
            moment = f"'2026-01-0{seq} 08:00:00.000000'"
            session.connection().execute(text(f"{entry}({seq}, {moment}, 'a', 't', 'i')"))
    runtime = open_runtime(settings)
    proof = verify_log(runtime)
    assert (proof.is_unbroken, proof.head_seq) == (True, 3)
    with runtime.database.write() as session:
        record_access(session, None, "a", "t", "i")
    assert verify_log(runtime).head_seq == 4
