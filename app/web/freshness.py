"""How fresh an entry on a page is, by the rules of this instance."""

from __future__ import annotations

from typing import Any

from app.directory.freshness import FreshnessState, freshness_of
from app.web.runtime import current_runtime


def freshness_state(entry: Any) -> FreshnessState:
    """The state of an offer or its card. Without any confirmation: ``stale``."""
    runtime = current_runtime()
    if entry.verified_on is None:
        return "stale"
    rules, today = runtime.freshness_rules, runtime.today
    return freshness_of(entry.kind, entry.course_kind, entry.verified_on, today, today, rules).state
