"""What happened to an integration plan, in one sentence each."""

from __future__ import annotations

from datetime import date
from typing import Final

from app.core.i18n import format_day
from app.core.i18n import lazy_gettext as _l

PLAN_EVENTS: Final = {
    "goal_changed": _l("Another goal took the place of: %(goal)s"),
    "goal_reworded": _l("Goal reworded: %(goal)s"),
    "goals_ordered": _l("Goals put in another order"),
    "step_added": _l("Step agreed for the goal: %(goal)s"),
    "step_changed": _l("Step changed for the goal: %(goal)s"),
    "step_removed": _l("Step taken out of the goal: %(goal)s"),
    "step_done": _l("Step done for the goal: %(goal)s"),
    "step_taken_up": _l("Step not done after all, for the goal: %(goal)s"),
    "plan_signed": _l("Integration plan signed on %(day)s"),
    "plan_reviewed": _l("Integration plan looked at together on %(day)s"),
}


def plan_event_words(code: str, goal: str, day: str | None) -> str:
    """The sentence for an event; ``goal`` in words, ``day`` as ISO date, where they belong to it."""
    on = format_day(date.fromisoformat(day)) if day else ""
    return str(PLAN_EVENTS[code]) % {"goal": goal, "day": on}
