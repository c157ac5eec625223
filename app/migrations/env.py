"""Alembic's environment: where the tables and the database are."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import app.accounts.models
import app.audit.models
import app.cases.contribution_models
import app.cases.counselling_models
import app.cases.models
import app.cases.plan_models
import app.cases.privacy_models
import app.cases.status_models
import app.directory.collection_models
import app.directory.interest_models
import app.directory.models
import app.directory.upkeep_models
import app.links.models
import app.mail.models
import app.matching.models
import app.operations.job_models
import app.operations.round_mail_models
import app.referrals.models
import app.volunteers.models  # noqa: F401  the imports register the tables
from app.core.crypto import EncryptedJson, EncryptedText
from app.core.db import Database, UtcDateTime

target_metadata = SQLModel.metadata


def plain_type(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """How a column type is written in a migration: a migration outlives the code of today."""
    if kind != "type":
        return False
    if isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(thing, (EncryptedText, EncryptedJson)):
        return "sa.Text()"
    if isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})"
    return False


def _allow_rebuilding(connection: Connection) -> None:
    """SQLite changes a table by building it anew; dropping the old one must not cascade to others.

    The pragma only counts outside a transaction, so it goes to the driver before the first statement.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys = OFF")


def _check_references(connection: Connection) -> None:
    """Roll everything back when a reference leads nowhere afterwards."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration would leave {len(broken)} references that lead nowhere")


def run() -> None:
    """Apply the migrations in one transaction."""
    database = Database(context.config.attributes["url"])
    with database.engine.connect() as connection:
        _allow_rebuilding(connection)
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=plain_type,
        )
        with context.begin_transaction():
            context.run_migrations()
            _check_references(connection)
    database.dispose()


run()
