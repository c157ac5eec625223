"""What a running process holds: settings and the open database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.core import clock
from app.core.crypto import use_cipher
from app.core.db import Database
from app.core.secrets import text_cipher
from app.operations.migrations import migrate
from app.settings import Settings


@dataclass(frozen=True)
class Runtime:
    """Shared by the pages and the commands."""

    settings: Settings
    database: Database

    @property
    def today(self) -> date:
        """The calendar day in Germany (or the fixed one)."""
        return clock.today(self.settings)


def open_runtime(settings: Settings) -> Runtime:
    """Open the database of ``settings``, with its schema up to date and its keys at hand."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    use_cipher(text_cipher(settings))
    database = Database(settings.database_url)
    migrate(settings, database.engine)
    return Runtime(settings, database)
