"""What was told in confidence about a client, as it goes some time after the case was closed.

Every encrypted column of a client's tables is emptied, or its row goes; a new one that nobody thought
of is emptied, too. Kept as long as the case: what somebody consented to, as the proof that passing data
on was allowed; and why a case was opened in an emergency, which has a period of its own.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Column, delete, select, update
from sqlmodel import Session

from app.operations.client_tables import ClientTable, list_client_tables, list_encrypted_columns

KEPT_COLUMNS: Final = frozenset({"consent.provider_id", "consent.recipient", "emergency_access.reason"})
ROWS_THAT_GO: Final = frozenset({"case_correction", "case_note", "offer_dismissal", "self_assessment"})
"""Tables that are nothing but such texts."""


@cache
def list_emptied_columns() -> tuple[tuple[ClientTable, Column[str]], ...]:
    """The encrypted columns that are emptied, each with its table."""
    tables = {one.name: one for one in list_client_tables()}
    return tuple(
        (tables[column.table.name], column)
        for column in list_encrypted_columns()
        if column.table.name in tables
        and column.table.name not in ROWS_THAT_GO
        and str(column) not in KEPT_COLUMNS
    )


def has_texts(session: Session, client_id: str) -> bool:
    """Whether something is left to be deleted."""
    for one in list_client_tables():
        if one.name in ROWS_THAT_GO:
            statement = select(one.column).where(one.rows_of([client_id])).limit(1)
            if session.execute(statement).first() is not None:
                return True
    for table, column in list_emptied_columns():
        filled = select(table.column).where(table.rows_of([client_id]), column.is_not(None)).limit(1)
        if session.execute(filled).first() is not None:
            return True
    return False


def delete_texts(session: Session, client_id: str) -> None:
    """Delete them. Referrals to sensitive offers go whole: there is nothing else in them."""
    tables = {one.name: one for one in list_client_tables()}
    referral = tables["referral"].table
    sealed = select(referral.c.id).where(
        referral.c.client_id == client_id, referral.c.sealed.is_not(None)
    )
    event = tables["referral_event"].table
    session.execute(delete(event).where(event.c.referral_id.in_(sealed)))
    session.execute(delete(referral).where(referral.c.id.in_(sealed)))
    for name in sorted(ROWS_THAT_GO):
        session.execute(delete(tables[name].table).where(tables[name].rows_of([client_id])))
    for table, column in list_emptied_columns():
        session.execute(
            update(table.table)
            .where(table.rows_of([client_id]), column.is_not(None))
            .values({column.name: None})
        )
