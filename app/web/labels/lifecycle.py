"""Words for coming in and going out."""

from __future__ import annotations

from typing import Any, Final

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_EXTENSIONS: Final = {
    "personal": _l("personal reasons (more in the note)"),
    "late_language": _l("language learning took longer"),
    "training_near_end": _l("training or course near its end"),
    "residence_unclear": _l("residence unclear for long"),
    "other": _l("other reason"),
}
_CLOSINGS: Final = {
    "goals_reached": _l("goals reached"),
    "self_reliant": _l("gets along without us"),
    "time_over": _l("time is over"),
    "moved": _l("moved away"),
    "left_country": _l("left the country"),
    "no_contact": _l("contact broke off"),
    "declined": _l("does not want counselling any more"),
    "died": _l("died"),
    "other": _l("other reason"),
}
_OUTCOMES: Final = {
    "b1": _l("German at B1"),
    "b2": _l("German at B2 or higher"),
    "school_degree": _l("school degree"),
    "job": _l("job"),
    "training_place": _l("training place"),
    "degree_course": _l("degree course"),
    "own_flat": _l("own flat"),
    "recognised_degree": _l("foreign degree recognised"),
    "child_in_daycare": _l("child in day care or school"),
    "club_member": _l("member of a club"),
    "volunteering": _l("volunteers"),
    "moved": _l("moved away"),
    "none": _l("nothing of this"),
}
_REOPENINGS: Final = {
    "came_back": _l("came back to us"),
    "new_need": _l("new need"),
    "closed_by_mistake": _l("closed by mistake"),
    "moved_back": _l("moved back here"),
    "other": _l("other reason"),
}
_RELATIONS: Final = {
    "mother": _l("mother"),
    "father": _l("father"),
    "grandparent": _l("grandparent"),
    "sibling": _l("sister or brother"),
    "relative": _l("other relative"),
    "official": _l("guardian appointed by the authorities"),
    "friend": _l("friend"),
    "other": _l("somebody else"),
}


_EVENTS: Final = {
    "case_taken_over": _l("Case taken over from elsewhere"),
    "client_informed": _l("Information under Art. 13 GDPR handed over"),
    "client_agreed": _l("Agreement to take part signed"),
    "counselling_not_extended": _l("No fourth year of counselling"),
    "person_added": _l("Guardian or emergency contact entered"),
    "person_changed": _l("Guardian or emergency contact changed"),
    "person_removed": _l("Guardian or emergency contact taken out"),
}
LIFECYCLE_EVENTS: Final = frozenset({*_EVENTS, "counselling_extended", "case_closed", "case_reopened"})


def lifecycle_event_words(code: str, facts: dict[str, Any]) -> str:
    """What happened, in one sentence."""
    match code:
        case "counselling_extended":
            return _("Fourth year of counselling: %(reason)s", reason=extension_label(facts["reason"]))
        case "case_closed":
            outcomes = ", ".join(outcome_label(one) for one in facts.get("outcomes", ()))
            words = _("Case closed: %(reason)s", reason=closing_label(facts["reason"]))
            return f"{words} ({outcomes})" if outcomes else words
        case "case_reopened":
            return _("Case opened again: %(reason)s", reason=reopening_label(facts["reason"]))
        case code:
            return str(_EVENTS[code])


def extension_label(code: str) -> str:
    """Why the counselling lasts longer."""
    return str(_EXTENSIONS[code])


def closing_label(code: str) -> str:
    """Why a case was closed."""
    return str(_CLOSINGS[code])


def outcome_label(code: str) -> str:
    """What was reached."""
    return str(_OUTCOMES[code])


def reopening_label(code: str) -> str:
    """Why a case was opened again."""
    return str(_REOPENINGS[code])


def relation_label(code: str) -> str:
    """Who somebody is to the client."""
    return str(_RELATIONS[code])


def recorded_person_words(value: dict[str, Any]) -> str:
    """Somebody around the client as the history of changes keeps it."""
    relation = value.get("relation")
    parts = [value.get("name"), relation_label(relation) if relation else "", value.get("phone")]
    return ", ".join(part for part in parts if part)
