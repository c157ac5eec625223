"""What a client needs to get along (accessibility in detail): a sensitive text, opened one by one."""

from __future__ import annotations

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.policy import is_confided_to
from app.cases.queries import fetch_client


def get_needs(session: Session, actor: Actor, client_id: str) -> str | None:
    """The text, with an entry in the audit log; raises `NotFoundError`.

    It is changed like every other field, by `app.cases.service.update_client`.
    """
    client = fetch_client(session, client_id, is_confided_to(actor))
    record_access(session, actor.id, "needs.read", "client", client_id)
    return client.accessibility_note
