"""Which tables hold data about a client, read from the schema: a new one is never forgotten.

A table is a client's when its rows cannot be without the client, directly or by way of another such
table (the steps of a goal, the events of a referral). What deletes a case, and what tells a client
everything that is stored, both go by this list.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column, ColumnElement, ForeignKey, Table, select
from sqlmodel import SQLModel

import app.accounts.models
import app.audit.models
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
import app.referrals.models  # noqa: F401  the imports register the tables
from app.core.crypto import EncryptedJson, EncryptedText

CLIENT = "client"


@dataclass(frozen=True, slots=True)
class ClientTable:
    """A table whose rows belong to a client."""

    table: Table
    column: Column[str]
    """Points to the client, or to `parent`; of the client's own table its id."""
    parent: ClientTable | None

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def rows_of(self, client_ids: Collection[str]) -> ColumnElement[bool]:
        """The condition for the rows of these clients."""
        if self.parent is None:
            return self.column.in_(client_ids)
        owners = select(self.parent.table.c.id).where(self.parent.rows_of(client_ids))
        return self.column.in_(owners)


@cache
def list_client_tables() -> tuple[ClientTable, ...]:
    """All of them, each after those that it needs; the client's own table first."""
    found: dict[str, ClientTable] = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name == CLIENT:
            found[table.name] = ClientTable(table, table.c.id, None)
            continue
        owners = [key for key in _keys(table) if _is_owner(key) and key.column.table.name in found]
        if owners:
            key = min(owners, key=lambda one: one.column.table.name != CLIENT)
            owner = key.column.table.name
            parent = None if owner == CLIENT else found[owner]
            found[table.name] = ClientTable(table, key.parent, parent)
    return tuple(found.values())


@cache
def list_pointing_columns() -> tuple[Column[str], ...]:
    """Columns anywhere that may point to a row of a client without belonging to it: emptied with it."""
    owned = {one.name for one in list_client_tables()}
    return tuple(
        key.parent
        for table in SQLModel.metadata.sorted_tables
        for key in _keys(table)
        if key.column.table.name in owned and key.parent.nullable
    )


@cache
def list_encrypted_columns() -> tuple[Column[str], ...]:
    """Every column of every table that is encrypted."""
    return tuple(
        column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, (EncryptedText, EncryptedJson))
    )


def _keys(table: Table) -> list[ForeignKey]:
    return sorted(table.foreign_keys, key=lambda key: key.parent.name)


def _is_owner(key: ForeignKey) -> bool:
    return not key.parent.nullable and key.ondelete == "CASCADE"
