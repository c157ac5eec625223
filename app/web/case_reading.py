"""A whole case for a page: the audit entry in a short transaction of its own, the rest read after it.

Only one transaction writes at a time, so what is merely read must not keep the others waiting.
"""

from __future__ import annotations

from dataclasses import replace

from app.cases.queries import ClientCase, get_case_head, load_whole_case
from app.matching.types import ClientFacts
from app.operations.client_facts import facts_of
from app.web.access import current_actor
from app.web.runtime import current_runtime


def read_case(client_id: str, *, action: str = "client.read") -> ClientCase:
    """The case, for the person signed in; raises `NotFoundError` when they may not see it."""
    database, actor = current_runtime().database, current_actor()
    with database.write() as session:
        head = get_case_head(session, client_id, actor, action=action)
    with database.read() as session:
        return load_whole_case(session, head, actor)


def read_case_and_facts(
    client_id: str, *, action: str = "client.read"
) -> tuple[ClientCase, ClientFacts]:
    """`read_case` with what matching knows of the client.

    What was set aside tells of the client, so for those to whom the case is not confided nothing was.
    """
    case = read_case(client_id, action=action)
    with current_runtime().database.read() as session:
        facts = facts_of(session, case)
    return case, facts if case.head.is_confided else replace(facts, dismissed=())
