"""The database schema: numbered Alembic migrations, applied at every start."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from app.settings import Settings

SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"


def alembic_config(url: str) -> Config:
    """The configuration for ``url``; there is no ``alembic.ini``."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = url
    return config


def migrate(settings: Settings, engine: Engine) -> bool:
    """Bring the schema up to date; tells whether there was anything to do.

    Several processes may start at once: the first migrates, the others wait.
    """
    config = alembic_config(settings.database_url)
    head = ScriptDirectory.from_config(config).get_current_head()
    if _current(engine) == head:
        return False
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _exclusive(settings.data_dir / ".migrating"):
        if _current(engine) == head:
            return False
        command.upgrade(config, "head")
    return True


def _current(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _exclusive(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
