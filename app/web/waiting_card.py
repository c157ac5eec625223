"""What a client waits for, tandems and own help included, for the overview of the case."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from app.matching.tandem_queries import load_case_tandems
from app.matching.waiting_queries import load_case_entries
from app.operations.contributing import find_contribution
from app.web.labels import waiting as waiting_words


def load_card(session: Session, client_id: str) -> dict[str, Any]:
    """What ``waiting/_case.html`` needs beside the head of the case, which the caller has opened."""
    return {
        "waiting": load_case_entries(session, client_id, only_open=True),
        "waiting_words": waiting_words,
        "contribution": find_contribution(session, client_id),
        "tandems": load_case_tandems(session, client_id),
    }
