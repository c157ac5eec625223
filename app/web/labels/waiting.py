"""Words for waiting lists: why somebody waits no more or was passed over, why an earlier day counts."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.web.labels.directory import course_kind_label

_ENDS: Final = {
    "placed": _l("got a place"),
    "withdrawn": _l("does not want it any more"),
    "not_needed": _l("not needed any more"),
    "moved": _l("moved away"),
    "closed": _l("case closed"),
    "mistake": _l("entered by mistake"),
}
_DATE_REASONS: Final = {
    "asked_then": _l("asked us for it on that day"),
    "on_provider_list": _l("on the provider's own list since then"),
    "before_takeover": _l("waited since then with those who had the case before"),
}
_PASSED: Final = {
    "legal_priority": _l("somebody is obliged to take part, or has the stronger right"),
    "family": _l("so that a family can attend together, or with childcare"),
    "fit": _l("the course suited somebody else better"),
    "not_in_round": _l("was not part of the round in which the places were given"),
    "decided": _l("decided by a person"),
    "rule": _l("does not suit by the rules"),
}
_RULES: Final = {
    "level_below_entry": _l("the level of German is too low for the course"),
    "target_already_reached": _l("has reached the target level already"),
    "age_below_minimum": _l("too young for the course"),
    "age_above_maximum": _l("too old for the course"),
    "only_for_other_sex": _l("the course is only for women, or only for men"),
    "residence_status_not_accepted": _l("the residence status is not accepted there"),
    "entitlement_missing": _l("the entitlement is missing"),
    "admission_suspended": _l("admissions are suspended at present"),
    "times_do_not_fit": _l("the times do not fit"),
    "time_taken": _l("goes to another offer at these hours"),
    "not_step_free": _l("the place is not step-free"),
    "too_far": _l("the way is too far"),
}
_EVENTS: Final = {
    "waiting_joined": (_l("Waits for: %(what)s"), _l("Put on a waiting list")),
    "waiting_rejoined": (_l("Waits again for: %(what)s"), _l("Back on a waiting list")),
    "place_given": (_l("Place given in a round: %(what)s"), _l("Place given in a round")),
    "place_taken_back": (
        _l("The place given in a round was taken back: %(what)s"),
        _l("The place given in a round was taken back"),
    ),
}
WAITING_EVENTS: Final = frozenset({*_EVENTS, "waiting_left"})


def end_label(code: str) -> str:
    """Why somebody does not wait any more."""
    return str(_ENDS[code])


def date_reason_label(code: str) -> str:
    """Why an earlier day counts."""
    return str(_DATE_REASONS[code])


def passed_label(code: str) -> str:
    """Why somebody further down got the place: a reason, or the rule that excluded who waits longer."""
    return str(_PASSED.get(code) or _RULES.get(code) or _PASSED["rule"])


def waiting_event_words(code: str, facts: dict[str, Any]) -> str:
    """What happened, in one sentence."""
    kind = facts.get("kind")
    what = course_kind_label(kind) if kind else ""
    if code == "waiting_left":
        reason = end_label(facts["reason"])
        if what:
            return _("Waits no more for: %(what)s (%(reason)s)", what=what, reason=reason)
        return _("Off a waiting list (%(reason)s)", reason=reason)
    with_kind, without = _EVENTS[code]
    return str(with_kind) % {"what": what} if what else str(without)


def wanted_words(course_kind: str, offer_title: str | None, *, is_hidden: bool = False) -> str:
    """What somebody waits for."""
    if is_hidden:
        return _("Confidential offer")
    if offer_title:
        return offer_title
    return course_kind_label(course_kind) if course_kind else _("an offer that is gone")


def waited_words(since: date, today: date) -> str:
    """How long somebody waits, in days, or in months from two on."""
    days = (today - since).days
    if days < 60:
        return ngettext("%(num)s day", "%(num)s days", days)
    return ngettext("%(num)s month", "%(num)s months", days // 30)
