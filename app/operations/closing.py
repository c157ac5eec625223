"""Closing a case with what hangs on it elsewhere: a closed case waits for nothing any more."""

from __future__ import annotations

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.cases.lifecycle import close_case
from app.cases.lifecycle_records import ClosingInput
from app.cases.status_models import CaseClosing
from app.matching.waiting import end_entries


def close_whole_case(session: Session, actor: Actor, client_id: str, data: ClosingInput) -> CaseClosing:
    """Close the case and take the client off all waiting lists; raises like `close_case`."""
    closing = close_case(session, actor, client_id, data)
    end_entries(session, actor, client_id, "closed")
    return closing
