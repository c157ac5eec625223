"""A whole case for a page: the audit entry in a short transaction of its own, the rest read after it.

Only one transaction writes at a time, so what is merely read must not keep the others waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlmodel import Session

from app.cases.queries import ClientCase, get_case_head, load_whole_case
from app.matching.types import ClientFacts
from app.operations.client_facts import facts_of
from app.web.access import current_actor
from app.web.runtime import current_runtime


def read_case(client_id: str) -> ClientCase:
    """The case, for the person signed in; raises `NotFoundError` when they may not see it."""
    database, actor = current_runtime().database, current_actor()
    with database.write() as session:
        head = get_case_head(session, client_id, actor)
    with database.read() as session:
        return load_whole_case(session, head, actor)


@contextmanager
def open_case(
    client_id: str, *, action: str = "client.read"
) -> Iterator[tuple[Session, ClientCase, ClientFacts]]:
    """`read_case` with what matching knows of the client, and the session to read on in.

    What was set aside tells of the client, so for those to whom the case is not confided nothing was.
    """
    database, actor = current_runtime().database, current_actor()
    with database.write() as session:
        head = get_case_head(session, client_id, actor, action=action)
    with database.read() as session:
        case = load_whole_case(session, head, actor)
        facts = facts_of(session, case)
        yield session, case, facts if head.is_confided else replace(facts, dismissed=())
