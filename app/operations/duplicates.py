"""The search for duplicates: it reads for seconds, and holds the database's lock for a moment only."""

from __future__ import annotations

from datetime import datetime

from app.core.db import Database
from app.directory.duplicates import FindReport, find_pairs, put_pairs


def look_for_duplicates(database: Database, changed_since: datetime | None = None) -> FindReport:
    """Bring the queue of duplicates up to the directory; ``changed_since``: only what changed then.

    Several at once do no harm: the pairs have one key each.
    """
    with database.read() as session:
        found = find_pairs(session, changed_since)
    with database.write() as session:
        return put_pairs(session, found)
