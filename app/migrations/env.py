"""Alembic's environment: where the tables and the database are."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import app.accounts.models
import app.audit.models
import app.cases.models
import app.directory.models
import app.referrals.models  # noqa: F401  the imports register the tables
from app.core.crypto import EncryptedText
from app.core.db import Database, UtcDateTime

target_metadata = SQLModel.metadata


def plain_type(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """How a column type is written in a migration: a migration outlives the code of today."""
    if kind != "type":
        return False
    if isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(thing, EncryptedText):
        return "sa.Text()"
    if isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})"
    return False


def run() -> None:
    """Apply the migrations in one transaction."""
    database = Database(context.config.attributes["url"])
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=plain_type,
        )
        with context.begin_transaction():
            context.run_migrations()
    database.dispose()


run()
