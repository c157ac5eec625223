"""Encrypting every sensitive text anew with the newest key, so that an old key can be thrown away.

Goes by the columns of the schema, in batches: it can be stopped and repeated at any time, and others
work meanwhile. What cannot be opened with any key is counted and left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Column, Row, Text, bindparam, select, tuple_, type_coerce, update
from sqlmodel import Session

from app.core.crypto import TextCipher, UnreadableTextError, UnusableKeyError
from app.core.db import Database
from app.operations.client_tables import list_encrypted_columns

ROWS_AT_ONCE: Final = 200


@dataclass
class KeyReport:
    """What was found, and done."""

    with_newest: int = 0
    """Texts that the newest key wrote already."""
    with_older: int = 0
    """Texts that an older key wrote (after encrypting anew: those that were done)."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Column → texts that no configured key opens."""


def refuse_foreign_keys(database: Database, keys: Sequence[str]) -> None:
    """Raise `UnusableKeyError` when no key opens what is stored: new texts must not get another one.

    Looks at one text of each column that always holds one; asked at every start.
    """
    ring = TextCipher(tuple(keys))
    with database.read() as session:
        for column in list_encrypted_columns():
            if column.nullable:
                continue
            stored = session.execute(select(type_coerce(column, Text)).limit(1)).scalar()
            if stored is not None and not _opens(ring, stored):
                raise UnusableKeyError(
                    "none of the configured encryption keys opens the texts in the database: put back"
                    " the key they were written with (LOTSENBUCH_ENCRYPTION_KEYS, or text.key in the"
                    " data folder)"
                )


def check_keys(database: Database, keys: Sequence[str]) -> KeyReport:
    """Count which texts still need an older key; changes nothing."""
    return _walk(database, keys, lambda _session, _column, _texts: None)


def reencrypt(
    database: Database, keys: Sequence[str], after_batch: Callable[[], None] = lambda: None
) -> KeyReport:
    """Encrypt with the newest key what an older one wrote. ``after_batch`` is called after each."""

    def write(session: Session, column: Column[str], texts: list[dict[str, Any]]) -> None:
        if texts:
            table = column.table
            condition = [key == bindparam(f"of_{key.name}") for key in table.primary_key]
            # Only what is still as it was read: somebody may have written the text anew meanwhile.
            stored = type_coerce(column, Text)
            statement = update(table).where(*condition, stored == bindparam("before", type_=Text))
            value = bindparam("after", type_=Text)
            session.connection().execute(statement.values({column: value}), texts)

    return _walk(database, keys, write, after_batch)


Write = Callable[[Session, Column[str], list[dict[str, Any]]], None]


def _walk(
    database: Database,
    keys: Sequence[str],
    write: Write,
    after_batch: Callable[[], None] = lambda: None,
) -> KeyReport:
    ring, newest = TextCipher(tuple(keys)), TextCipher(tuple(keys[:1]))
    report = KeyReport()
    for column in list_encrypted_columns():
        for rows in _batches(database, column):
            older = [one for row in rows if (one := _judge(row, column, ring, newest, report))]
            if older:
                with database.write() as session:
                    write(session, column, older)
            after_batch()
    return report


def _batches(database: Database, column: Column[str]) -> Iterator[Sequence[Row[Any]]]:
    """Primary key and cipher text of each row with a text, some at a time, in the order of the key."""
    table = column.table
    ids = list(table.primary_key)
    stored = type_coerce(column, Text).label("stored")
    statement = select(*ids, stored).where(column.is_not(None)).order_by(*ids).limit(ROWS_AT_ONCE)
    last: tuple[Any, ...] | None = None
    while True:
        page = statement if last is None else statement.where(tuple_(*ids) > tuple_(*last))
        with database.read() as session:
            rows = session.execute(page).all()
        if not rows:
            return
        yield rows
        last = tuple(rows[-1][:-1])


def _judge(
    row: Row[Any], column: Column[str], ring: TextCipher, newest: TextCipher, report: KeyReport
) -> dict[str, Any] | None:
    """The change that the row needs, if any."""
    stored = str(row[-1])
    if _opens(newest, stored):
        report.with_newest += 1
        return None
    try:
        text = ring.decrypt(stored)
    except UnreadableTextError:
        report.unreadable[str(column)] = report.unreadable.get(str(column), 0) + 1
        return None
    report.with_older += 1
    names = [f"of_{key.name}" for key in column.table.primary_key]
    ids: dict[str, Any] = dict(zip(names, tuple(row)[:-1], strict=True))
    return ids | {"before": stored, "after": newest.encrypt(text)}


def _opens(ring: TextCipher, stored: str) -> bool:
    try:
        ring.decrypt(stored)
    except UnreadableTextError:
        return False
    return True
