"""Words for an integration plan: measures, reasons, who does what, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.cases.models import Goal
from app.cases.next_steps import NextStep
from app.cases.plan_models import GoalStep
from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_MEASURES = {
    "level": _l("a level of German"),
    "certificate": _l("a certificate or degree"),
    "place": _l("a place (course, job, training, flat …)"),
    "own_words": _l("something else"),
}
_REASONS = {
    "proven": _l("a certificate or test shows it"),
    "seen": _l("we have seen it"),
    "told": _l("the client told us"),
    "referral": _l("it came of a referral"),
    "other_priority": _l("something else matters more now"),
    "too_early": _l("too early"),
    "too_hard": _l("too hard"),
    "no_offer": _l("no suitable offer"),
    "illness": _l("illness"),
    "family": _l("family"),
    "residence": _l("residence status"),
    "moved": _l("moved away"),
    "no_interest": _l("not interested any more"),
    "other": _l("other reason"),
}
_ACTORS = {
    "client": _l("client"),
    "case_worker": _l("integration management"),
    "other": _l("somebody else"),
}
_STATE_BADGES = {"open": "info", "reached": "success", "changed": "warning", "given_up": "warning"}
_Facts = dict[str, Any]
_PLAIN_NEXT = {
    "placement_test": _l("Have a placement test done: the level of German is not known."),
    "clarify_entitlement": _l(
        "Clarify the entitlement: nobody asked yet which courses the client may attend."
    ),
    "widen_search": _l(
        "Nothing in the directory suits this goal at present: look at what was left out, and why."
    ),
    "agree_step": _l("Agree on a first small step: who does what?"),
    "all_steps_done": _l("Agree on the next step: all steps so far are done."),
    "agree_day": _l("Agree by when the goal is to be reached."),
    "agree_measure": _l("Agree on what shows that the goal is reached."),
}
_NEXT: dict[str, Callable[[_Facts], str]] = {
    "talk_about_it": lambda f: _(
        "Talk about the goal: it was to be reached by %(day)s.", day=format_day(f["due_on"])
    ),
    "due_soon": lambda f: _(
        "Talk about the goal: it is to be reached by %(day)s.", day=format_day(f["due_on"])
    ),
    "ask_about_referral": lambda f: _(
        "Ask what came of the referral: that was due on %(day)s.", day=format_day(f["on"])
    ),
    "ask_about_steps": lambda f: ngettext(
        "Ask about the step whose day has passed.",
        "Ask about the %(num)s steps whose day has passed.",
        f["count"],
    ),
    "test_own_estimate": lambda f: _(
        "Have a placement test done: %(level)s is only the client's own estimate.", level=f["level"]
    ),
    "prove_level": lambda f: _(
        "Have %(level)s proven by a test or certificate: so far it is the client's own estimate.",
        level=f["level"],
    ),
    "mark_reached": lambda f: _("Mark the goal as reached: %(level)s is proven.", level=f["level"]),
    "renew_entitlement": lambda f: _(
        "Renew the entitlement: it expired on %(day)s.", day=format_day(f["until"])
    ),
    "use_entitlement": lambda f: _(
        "Register for a course soon: the entitlement expires on %(day)s.", day=format_day(f["until"])
    ),
    "wait_for_referral": lambda f: ngettext(
        "Wait for what comes of the open referral.",
        "Wait for what comes of the %(num)s open referrals.",
        f["count"],
    ),
}


def measure_label(code: str) -> str:
    """A kind of measure, as one chooses it."""
    return str(_MEASURES[code])


def goal_reason_label(code: str) -> str:
    """Why a goal is not open any more; an old code is shown as it is."""
    return str(_REASONS.get(code, code))


def step_actor_label(code: str) -> str:
    """Who takes a step."""
    return str(_ACTORS[code])


def goal_state_badge(state: str) -> str:
    """The kind of badge for a state of a goal."""
    return _STATE_BADGES[state]


def measure_words(goal: Goal) -> str:
    """What shows that a goal is reached; empty when nothing was agreed."""
    if goal.measure is None:
        return _("German at %(level)s", level=goal.target_level) if goal.target_level else ""
    if goal.measure == "level":
        words = _("German at %(level)s", level=goal.target_level)
        return f"{words}, {goal.measure_words}" if goal.measure_words else words
    if goal.measure == "own_words":
        return goal.measure_words
    kind = {"certificate": _("certificate"), "place": _("place")}[goal.measure]
    return f"{kind} ({goal.measure_words})" if goal.measure_words else kind


def step_actor_words(step: GoalStep) -> str:
    """Who takes this step."""
    return step.actor_words or step_actor_label(step.actor)


def next_step_words(step: NextStep) -> str:
    """What to do next, with its reason."""
    if step.code in _PLAIN_NEXT:
        return str(_PLAIN_NEXT[step.code])
    return _NEXT[step.code](step.facts)
