"""The database: engine, transactions, column types.

SQLite is the embedded default and any SQLAlchemy URL works; what only SQLite needs is in
`_prepare_sqlite`. Services take a session and never commit: the entry point (a view, a command)
opens the transaction with `Database.write` or `Database.read`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from sqlalchemy import DateTime, Dialect, Executable, Row, TypeDecorator, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session, create_engine

BUSY_TIMEOUT_MS = 10_000
_IMMEDIATE = "lotsenbuch_immediate"
_WRITE_LOCK = 0x4C6F7473656E
"""The number of the lock that writers on PostgreSQL wait for."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; refuses naive values, and gives aware ones back on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  given by SQLAlchemy
        """Refuse what has no time zone, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002  given by SQLAlchemy
        """Give back an aware moment (SQLite forgets the zone)."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Database:
    """One engine and the two ways to open a transaction on it."""

    def __init__(self, url: str) -> None:
        """Connect lazily; creates no table (see `app.operations.migrations`)."""
        self.url = url
        self.engine = _build_engine(url)
        self._writer = Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; nothing is committed. What was loaded stays usable afterwards."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.expunge_all()  # a rollback would make everything loaded unusable

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that takes the write lock at once and commits when the block ends well.

        On SQLite a transaction that reads first and writes later fails with "database is locked"
        when another wrote in between; ``BEGIN IMMEDIATE`` waits instead. PostgreSQL is asked to do the
        same: each entry of the access log needs the hash of the one before, and who took that lock
        last, after rows, could deadlock. Keep the block short and render pages after it.
        """
        with (
            self._one_writer_of_this_process(),
            self.engine.connect().execution_options(**{_IMMEDIATE: True}) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            try:
                one_writer_at_a_time(session.connection())
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def _one_writer_of_this_process(self) -> Iterator[None]:
        """Let threads wait for each other here, where they are woken at once.

        SQLite's own waiting sleeps and tries again: under load somebody always comes too late. Who
        waits too long asks the database all the same, which tells what is wrong.
        """
        is_mine = self.engine.dialect.name == "sqlite" and self._writer.acquire(
            timeout=BUSY_TIMEOUT_MS / 1000
        )
        try:
            yield
        finally:
            if is_mine:
                self._writer.release()

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def load_rows(
    session: Session, statement: Executable, values: Mapping[str, Any] | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of a statement that asks for columns, not for whole objects.

    It goes past the part of the session that makes objects of rows, which takes as long as the rest;
    what was changed in the session is written before, as always.
    """
    session.flush()
    return session.connection().execute(statement, values).all()


def one_writer_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction writes, and keep others waiting until this one ends.

    SQLite never lets two write.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def storage_problem(error: Exception) -> str | None:
    """One sentence when ``error`` says that the database cannot be used (locked, full, unwritable).

    `None` for every other error: it is a mistake in the program and deserves its traceback.
    """
    if not isinstance(error, DatabaseError) or type(error) not in {DatabaseError, OperationalError}:
        return None
    return f"the database cannot be used: {str(error.orig).splitlines()[0]}"


def _build_engine(url: str) -> Engine:
    # Errors name the statement but never its values: they end in logs, and the values are cases.
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(dbapi_connection: Any, _record: Any) -> None:
        # The driver's own BEGIN comes too late (before the first write); we emit ours.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not just freed
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(_IMMEDIATE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
