"""Looking at the web addresses of the directory: on demand only, as it asks other people's servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from app.core.clock import utc_now
from app.directory.website_checks import LinkResult, list_addresses, record_check
from app.directory.website_client import Visitor
from app.operations.runtime import Runtime

WRITE_EVERY = 20
"""Results a transaction: what is known is kept when the command is stopped."""


def build_visitor(runtime: Runtime) -> Visitor:
    """Who looks, named so that the other side knows whom to ask."""
    return Visitor(f"Lotsenbuch link check (+{runtime.settings.public_url})")


def check_websites(
    runtime: Runtime,
    visitor: Visitor,
    *,
    limit: int | None = None,
    everything: bool = False,
    tell: Callable[[int, int], None] | None = None,
) -> Counter[str]:
    """Look at the addresses whose turn it is, keep what came of it; how many had which outcome.

    ``tell`` gets how many are done, and of how many.
    """
    with runtime.database.read() as session:
        addresses = list_addresses(session, utc_now(), limit=limit, everything=everything)
    counts: Counter[str] = Counter()
    pending: list[LinkResult] = []
    try:
        for result in visitor.check_all(addresses):
            counts[result.outcome] += 1
            pending.append(result)
            if len(pending) >= WRITE_EVERY:
                _keep(runtime, pending)
            if tell is not None:
                tell(counts.total(), len(addresses))
    finally:
        _keep(runtime, pending)
    return counts


def _keep(runtime: Runtime, pending: list[LinkResult]) -> None:
    if not pending:
        return
    now = utc_now()
    with runtime.database.write() as session:
        for result in pending:
            record_check(session, result, now)
    pending.clear()
