"""Words for the states, reasons and steps of a referral."""

from __future__ import annotations

from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.referrals.models import ReferralEvent
from app.referrals.states import PROPOSED

_STATES = {
    "proposed": _l("noted down for later"),
    "handed_over": _l("handed over"),
    "agreed": _l("agreed, provider not told yet"),
    "sent": _l("provider asked"),
    "received": _l("in touch"),
    "waiting_list": _l("on the waiting list"),
    "accepted": _l("has a place"),
    "started": _l("goes there"),
    "completed": _l("completed"),
    "dropped_out": _l("dropped out"),
    "did_not_appear": _l("did not go"),
    "rejected": _l("turned away"),
    "withdrawn": _l("client no longer wants it"),
    "cancelled": _l("cancelled by us"),
    "unresolved": _l("never resolved"),
}
_ACTIONS = {
    "received": _l("Got in touch with them"),
    "waiting_list": _l("Is on the waiting list"),
    "accepted": _l("Has a place"),
    "started": _l("Goes there"),
    "completed": _l("Completed it"),
    "dropped_out": _l("Dropped out"),
    "did_not_appear": _l("Did not go"),
    "rejected": _l("Was turned away"),
    "withdrawn": _l("No longer wants it"),
    "cancelled": _l("We cancel it"),
    "unresolved": _l("Cannot be resolved"),
}
_ACTIONS_ARRANGED = {
    "sent": _l("We have contacted the provider"),
    "received": _l("The provider has answered"),
}
_MODES = {"signpost": _l("goes alone"), "arranged": _l("arranged by us")}
_REASONS = {
    "level_too_low": _l("level of German too low"),
    "level_too_high": _l("level of German too high"),
    "times": _l("times do not fit"),
    "too_far": _l("too far away"),
    "childcare": _l("no childcare"),
    "illness": _l("illness"),
    "cost": _l("too expensive"),
    "found_other": _l("found something else"),
    "moved": _l("moved away"),
    "no_interest": _l("not interested any more"),
    "not_understood": _l("did not find it or did not understand"),
    "not_told": _l("reason not told"),
    "provider_not_reached": _l("provider not reached"),
    "they_will_call": _l("they will get in touch"),
    "too_early": _l("too early to know"),
    "full": _l("full"),
    "not_eligible": _l("not entitled to it"),
    "documents_missing": _l("documents missing"),
    "offer_ended": _l("offer no longer exists"),
    "mistake": _l("recorded by mistake"),
    "no_answer": _l("no answer from the provider"),
    "client_not_reached": _l("client could not be reached"),
    "other": _l("other reason"),
}
_SOURCES = {"house": _l("the counselling"), "partner": _l("the provider"), "system": "Lotsenbuch"}
_RULES = {
    "level_below_entry": _l("Level of German too low"),
    "target_already_reached": _l("Level already reached"),
    "age_below_minimum": _l("Too young"),
    "age_above_maximum": _l("Too old"),
    "only_for_other_sex": _l("Only for others"),
    "residence_status_not_accepted": _l("Not for this residence status"),
    "entitlement_missing": _l("Entitlement missing"),
    "admission_suspended": _l("Admissions suspended"),
    "deadline_passed": _l("Registration closed"),
    "already_started": _l("Already begun"),
    "over": _l("Over"),
    "full": _l("Full"),
    "times_do_not_fit": _l("Times do not fit"),
    "time_taken": _l("At another offer then"),
    "not_step_free": _l("Not step-free"),
    "too_far": _l("Too far"),
    "set_aside": _l("Set aside"),
}
_BADGES = {
    "proposed": "info",
    "handed_over": "info",
    "agreed": "warning",
    "sent": "info",
    "received": "info",
    "waiting_list": "warning",
    "accepted": "info",
    "started": "info",
    "completed": "success",
}


def referral_state_label(state: str) -> str:
    """Where a referral stands."""
    return str(_STATES[state])


def referral_action_label(state: str, mode: str = "signpost") -> str:
    """What to press when the client (or, when we arranged it, the provider) tells this."""
    arranged = _ACTIONS_ARRANGED.get(state) if mode == "arranged" else None
    return str(arranged or _ACTIONS[state])


def referral_mode_label(mode: str) -> str:
    """Whether the client goes alone or we arrange it."""
    return str(_MODES[mode])


def referral_reason_label(reason: str) -> str:
    """Why a referral ended as it did."""
    return str(_REASONS[reason])


def source_label(source: str) -> str:
    """Who told a step of a referral."""
    return str(_SOURCES[source])


def rule_label(code: str) -> str:
    """The name of an excluding rule; of one that is no longer known, its code."""
    return str(_RULES.get(code, code))


def referral_badge(state: str) -> str:
    """The kind of badge for a state."""
    return _BADGES.get(state, "danger")


def step_words(event: ReferralEvent, *, is_opened: bool = False) -> str:
    """What a step says, in one line; notes are not part of it.

    ``is_opened``: with the reason and the level that are sealed.
    """
    is_put_off = event.from_state == event.to_state
    if is_put_off and event.to_state == PROPOSED and event.source == "system":
        return _("its turn has come: an earlier choice did not work out")
    if is_put_off and event.source == "system" and event.reason == "offer_ended":
        return _("the provider has ended the offer: please find another way")
    words = _("nothing new yet") if is_put_off else referral_state_label(event.to_state)
    sealed = (event.sealed or {}) if is_opened else {}
    reason = event.reason or sealed.get("reason")
    level = event.level_reached or sealed.get("level_reached")
    if reason:
        words = f"{words}: {referral_reason_label(reason)}"
    if level:
        words = _("%(words)s, level %(level)s reached", words=words, level=level)
    if event.happened_on and event.from_state is not None:
        words = _("%(words)s (on %(day)s)", words=words, day=format_day(event.happened_on))
    return words


def overdue_words(days: int) -> str:
    """How long a follow-up has been due."""
    if days <= 0:
        return _("due today")
    return ngettext("due for %(num)s day", "due for %(num)s days", days)
