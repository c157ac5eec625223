"""Words for rounds in which places are given out."""

from __future__ import annotations

from typing import Any, Final

from app.core.i18n import format_number, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.labels.cases import sex_label, spoken_language
from app.web.labels.directory import distance_words

_PRIORITIES: Final = {
    0: _l("obliged to take part"),
    1: _l("has a claim or an entitlement"),
    2: _l("has an admission"),
    3: _l("no right known"),
}
_CHANGES: Final = {
    "same": _l("as on the plain list"),
    "gains": _l("gains: no place by the plain list"),
    "loses": _l("loses: a place by the plain list"),
    "other": _l("another course by the plain list"),
}
_WHY_NOT: Final = {
    "legal_priority": _l("the others have the stronger right"),
    "later_entry": _l("the others have waited longer"),
    "no_seat": _l("all of its places are given"),
    "family": _l("a family would be parted, or children left alone"),
    "not_proved": _l("the calculation ended before the best way was found"),
    "no_applicant": _l("nobody else whom the course suits waits for it"),
}
_STATES: Final = {
    "proposed": _l("proposed"),
    "confirmed": _l("confirmed"),
    "changed": _l("changed"),
    "declined": _l("no place"),
}
_DIMENSIONS: Final = {
    "sex": _l("Sex"),
    "age_group": _l("Age"),
    "language": _l("Language"),
    "waiting_time": _l("Waiting time"),
}
_GROUPS: Final = {
    "under_3_months": _l("under 3 months"),
    "3_to_6_months": _l("3 to 6 months"),
    "6_to_12_months": _l("6 to 12 months"),
    "over_12_months": _l("over 12 months"),
    "under_18": _l("under 18"),
    "18_to_26": _l("18 to 26"),
    "27_to_49": _l("27 to 49"),
    "50_and_over": _l("50 and over"),
    "unknown": _l("unknown"),
}
_BADGES: Final = {
    "proposed": "info",
    "confirmed": "success",
    "changed": "success",
    "declined": "warning",
}
_STALE: Final = {
    "rules": _l("The rules of matching have changed."),
    "offer": _l("A course of the round has changed."),
    "ended": _l("Somebody who is to get a place waits no more."),
    "joined": _l("Somebody new waits for one of these courses."),
}


def priority_label(priority: int) -> str:
    """What right to a place somebody has."""
    return str(_PRIORITIES[priority])


def change_label(code: str) -> str:
    """How the proposal differs from the plain list."""
    return str(_CHANGES[code])


def why_not_label(code: str) -> str:
    """Why somebody has no place in a course, or why a seat stays free."""
    return str(_WHY_NOT[code])


def line_state_label(code: str) -> str:
    """What was decided on a line."""
    return str(_STATES[code])


def line_badge(code: str) -> str:
    """The kind of badge for a state."""
    return _BADGES[code]


def dimension_label(code: str) -> str:
    """By what the seats are counted."""
    return str(_DIMENSIONS[code])


def group_label(dimension: str, group: str) -> str:
    """A group of people."""
    if group in _GROUPS:
        return str(_GROUPS[group])
    return sex_label(group) if dimension == "sex" else spoken_language(group)


def price_words(price: dict[str, Any]) -> str:
    """What a rule costs, in seats and in days of waiting (less than nothing is a gain)."""
    seats, days = price["seats"], price["waited_days"]
    if not seats and not days:
        return _("nothing")
    told = []
    if seats:
        words = ngettext("%(num)s place fewer", "%(num)s places fewer", abs(seats))
        more = ngettext("%(num)s place more", "%(num)s places more", abs(seats))
        told.append(words if seats > 0 else more)
    if days:
        less = _("%(days)s days of waiting less in sum are served", days=format_number(abs(days)))
        more = _("%(days)s days of waiting more in sum are served", days=format_number(abs(days)))
        told.append(less if days > 0 else more)
    return ", ".join(told)


def stale_words(code: str) -> str:
    """Why a proposal is outdated."""
    return str(_STALE[code])


def line_facts(facts: dict[str, Any]) -> list[str]:
    """What speaks for or against somebody, a few words each; the time of waiting stands beside it."""
    told = []
    if "priority" in facts:
        told.append(priority_label(facts["priority"]))
    if facts.get("options") == 0:
        told.append(_("no course of the round suits by the rules"))
    if facts.get("fit") is not None:
        told.append(_("suits to %(percent)s %%", percent=format_number(facts["fit"] * 100)))
    if facts.get("km") is not None:
        told.append(distance_words(facts["km"], False))
    if facts.get("clarify"):
        told.append(_("something is to be clarified"))
    if facts.get("childcare"):
        told.append(_("needs childcare"))
    if facts.get("family"):
        told.append(
            ngettext(
                "%(num)s other of the household gets a place",
                "%(num)s others of the household get a place",
                facts["family"],
            )
        )
    return told
