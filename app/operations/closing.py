"""Closing a case with what hangs on it elsewhere: a closed case waits for nothing any more."""

from __future__ import annotations

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.cases.lifecycle import close_case
from app.cases.lifecycle_records import ClosingInput
from app.cases.status_models import CaseClosing
from app.matching.tandems import end_for_closed_case
from app.matching.waiting import end_entries


def close_whole_case(session: Session, actor: Actor, client_id: str, data: ClosingInput) -> CaseClosing:
    """Close the case and end the client's tandem and waiting; raises like `close_case`."""
    closing = close_case(session, actor, client_id, data)
    end_entries(session, actor, client_id, "closed")
    end_for_closed_case(session, actor, client_id, data.closed_on)
    return closing
