"""Words for what matching says: reasons, questions to clarify, rules that exclude.

Takes a `Reason` or what `Reason.as_dict` made of it (referrals keep that). A code that is no longer
known, from an old referral, is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.core.day_times import clock_time_of
from app.core.i18n import (
    current_language,
    format_day,
    format_month,
    format_number,
    language_name,
    ngettext,
    weekday_name,
)
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.interests import Taxonomy
from app.matching.types import Reason
from app.web.labels.cases import (
    entitlement_label,
    evidence_label,
    goal_area_label,
    mobility_label,
    residence_label,
)
from app.web.labels.directory import age_words, distance_words, target_group_label
from app.web.labels.dismissals import dismissal_reason_label
from app.web.labels.groups import group_label as group_label  # part of these words
from app.web.labels.referrals import referral_reason_label, referral_state_label

Facts = Mapping[str, Any]
Told = Reason | Mapping[str, Any]

_FOUND = {
    "known": _l("among the best for some time"),
    "new": _l("new in the directory"),
    "better": _l("suits better than before"),
}

_PLAIN_REASONS = {
    "open_to_all_levels": _l("open to every level of German"),
    "by_appointment": _l("by appointment"),
    "childcare": _l("with childcare"),
    "knows_provider": _l("knows the provider: completed something there"),
    "childcare_at_home": _l("somebody at home can look after the children then"),
    "step_free": _l("step-free"),
    "free": _l("free of charge"),
    "individual_entry": _l("one can join at any time"),
    "nothing_against": _l("no rule speaks against it"),
}

_PLAIN_QUESTIONS = {
    "entry_level_unknown": _l("Which level does the course demand?"),
    "entitlement_unknown": _l("Which entitlement is there?"),
    "course_kind_unknown": _l("What kind of course is it, and who may attend?"),
    "course_rule_missing": _l("Who may attend this kind of course at that time?"),
    "check_admission": _l("Check the admission: when was it granted?"),
    "pupil_at_school": _l(
        "Does the client go to school? Pupils have no claim to the integration course."
    ),
    "access_to_be_checked": _l("Check the way into the integration course for this residence status."),
    "integration_course_first": _l(
        "An integration course seems possible: this course is for those who cannot attend one yet."
    ),
    "literacy_to_be_checked": _l("Does the client need a literacy course?"),
    "second_script_to_be_checked": _l("Does the client have to learn the Latin script?"),
    "support_to_be_checked": _l("Does the client belong to the group of the special support course?"),
    "placement_test_needed": _l("Does the placement test recommend the intensive course?"),
    "after_integration_course": _l(
        "Has the client attended an integration course without reaching B1?"
    ),
    "recognition_needed": _l("Is a foreign qualification to be recognised?"),
    "only_employed": _l("Is the client employed?"),
    "no_date_to_come": _l("No date to come is noted: does it go on?"),
    "waiting_list": _l("Full, there is a waiting list."),
    "waiting_list_unknown": _l("Full: is there a waiting list?"),
    "seats_unknown": _l("Are there seats left?"),
    "availability_unknown": _l("When is the client free?"),
    "times_unknown": _l("When does it take place?"),
    "times_only_partly": _l("The client is free for a part of the time only: is that enough?"),
    "step_free_unknown": _l("Is the place step-free?"),
    "languages_unknown": _l("Which languages does the client speak?"),
    "offer_languages_unknown": _l("Which languages are spoken there?"),
    "place_unknown": _l("Where does it take place?"),
    "position_unknown": _l("Where does the client live?"),
    "never_verified": _l("The entry was never confirmed: please ask."),
}

_PLAIN_RULES = {
    "entitlement_missing": _l("the entitlement that it demands is missing"),
    "full": _l("full, no waiting list"),
    "times_do_not_fit": _l("the times do not fit"),
    "not_step_free": _l("not step-free"),
}


def found_kind_label(code: str) -> str:
    """Since when an offer is among the best of a client; a code of `app.matching.found_rules`."""
    return str(_FOUND[code])


def reason_words(reason: Told, taxonomy: Taxonomy) -> str:
    """A reason for a match, as it stands on a card."""
    code, facts = _parts(reason)
    if code in _PLAIN_REASONS:
        return str(_PLAIN_REASONS[code])
    if code == "interest":
        return _interest(facts, taxonomy)
    return _words(_REASONS, code, facts)


def clarify_words(question: Told, taxonomy: Taxonomy) -> str:  # noqa: ARG001  one signature for all three
    """A question that is still to be clarified."""
    code, facts = _parts(question)
    if code in _PLAIN_QUESTIONS:
        return str(_PLAIN_QUESTIONS[code])
    return _words(_QUESTIONS, code, facts)


def rule_words(rule: Told, taxonomy: Taxonomy) -> str:  # noqa: ARG001  one signature for all three
    """Why an offer is not shown."""
    code, facts = _parts(rule)
    if code in _PLAIN_RULES:
        return str(_PLAIN_RULES[code])
    return _words(_RULES, code, facts)


def _parts(told: Told) -> tuple[str, Facts]:
    if isinstance(told, Reason):
        return told.code, told.facts
    return str(told.get("code", "")), told


def _words(table: Mapping[str, Callable[[Facts], str]], code: str, facts: Facts) -> str:
    make = table.get(code)
    if make is None:
        return code
    try:
        return make(facts)
    except (KeyError, TypeError, ValueError):
        return code  # facts of an old referral may lack what today's words need


def _day(text: str) -> str:
    return format_day(date.fromisoformat(text))


def _level(code: str | None) -> str:
    return _("no German") if code == "none" else str(code)


def _interest(facts: Facts, taxonomy: Taxonomy) -> str:
    offered = taxonomy.label(str(facts.get("concept", "")), current_language())
    wanted = taxonomy.label(str(facts.get("wanted", "")), current_language())
    if facts.get("closeness") == "exact" or offered == wanted:
        return _("Interest: %(offered)s", offered=offered)
    if facts.get("closeness") == "narrower":
        return _("Interest in %(wanted)s: %(offered)s fits", wanted=wanted, offered=offered)
    return _("Near the interest in %(wanted)s: %(offered)s", wanted=wanted, offered=offered)


def _known_by(facts: Facts) -> str:
    """How the client's level is known, as in "certificate of March 2026"."""
    evidence = facts.get("evidence")
    words = evidence_label(evidence) if evidence else _("as told")
    if facts.get("on"):
        month = format_month(date.fromisoformat(facts["on"]))
        return _("%(evidence)s of %(month)s", evidence=words, month=month)
    return words


def _entry_level(facts: Facts) -> str:
    words = {
        "entry": _level(facts["level"]),
        "level": _level(facts["client_level"]),
        "how": _known_by(facts),
    }
    if facts["level"] == facts["client_level"]:
        return _("Entry level %(entry)s = %(how)s", entry=words["entry"], how=words["how"])
    return _("Entry level %(entry)s, client has %(level)s (%(how)s)", **words)


def _target_level(facts: Facts) -> str:
    if facts.get("is_goal"):
        return _("Leads to %(level)s, the agreed goal", level=facts["level"])
    return _("Leads to %(level)s", level=facts["level"])


def _times(facts: Facts) -> str:
    if facts["possible"] == facts["sessions"]:
        return _("the times fit")
    return ngettext(
        "%(possible)s of %(num)s weekly time fits",
        "%(possible)s of %(num)s weekly times fit",
        facts["sessions"],
        possible=facts["possible"],
    )


def _languages(tags: list[str]) -> str:
    return ", ".join(language_name(tag) for tag in tags)


def _distance(facts: Facts) -> str:
    return _("%(distance)s away", distance=distance_words(facts["km"], bool(facts.get("estimate"))))


def _ages(facts: Facts) -> str:
    return age_words(facts.get("min_age"), facts.get("max_age"))


def _group_names(facts: Facts) -> str:
    return ", ".join(target_group_label(group) for group in facts["groups"])


def _age_unknown(facts: Facts) -> str:
    if facts.get("groups"):
        return _("How old is the client? It is meant for: %(groups)s.", groups=_group_names(facts))
    return _("How old is the client? It is for people %(ages)s.", ages=_ages(facts))


def _sex(facts: Facts) -> str:
    words = {"female": _("for women only"), "male": _("for men only")}
    return words.get(facts["sex"], _("for diverse people only"))


def _entitled(facts: Facts) -> str:
    if facts.get("until"):
        return _(
            "%(paper)s is there, valid until %(day)s",
            paper=entitlement_label(facts["kind"]),
            day=_day(facts["until"]),
        )
    return _("%(paper)s is there", paper=entitlement_label(facts["kind"]))


_REASONS: dict[str, Callable[[Facts], str]] = {
    "goal": lambda f: _("serves the goal %(goal)s", goal=goal_area_label(f["area"])),
    "entry_level": _entry_level,
    "target_level": _target_level,
    "distance": _distance,
    "times": _times,
    "language": lambda f: _("%(languages)s is spoken there", languages=_languages(f["tags"])),
    "seats": lambda f: ngettext("%(num)s free seat", "%(num)s free seats", f["free"]),
    "next_start": lambda f: _("next date %(day)s", day=_day(f["on"])),
    "sex_only": _sex,
    "meant_for": lambda f: _("meant for: %(groups)s", groups=_group_names(f)),
    "age_fits": lambda f: _("the age fits (%(ages)s)", ages=_ages(f)),
    "residence_status_accepted": lambda f: _(
        "for the residence status %(status)s", status=residence_label(f["residence_status"])
    ),
    "entitled": _entitled,
    "verified": lambda f: _("confirmed on %(day)s", day=_day(f["on"])),
}


def _level_unknown(facts: Facts) -> str:
    if facts.get("needed"):
        return _("How good is the client's German? %(level)s is needed.", level=facts["needed"])
    return _("How good is the client's German?")


def _level_to_test(facts: Facts) -> str:
    if facts.get("needed"):
        return _(
            "Placement test: %(needed)s is needed, the client's %(level)s is not proven.",
            needed=facts["needed"],
            level=_level(facts["level"]),
        )
    return _(
        "Placement test: the course leads to %(target)s, which the client may have reached.",
        target=facts["target"],
    )


def _apply_again(words: str, facts: Facts) -> str:
    if not facts.get("expired_on"):
        return words
    expired = _(
        "%(paper)s expired on %(day)s.",
        paper=entitlement_label(facts["expired_kind"]),
        day=_day(facts["expired_on"]),
    )
    return f"{expired} {words}"


def _apply_for_admission(facts: Facts) -> str:
    words = _("Apply for admission to the integration course.")
    if facts.get("review"):
        words += " " + _("Check first whether admissions are still suspended then.")
    return _apply_again(words, facts)


def _childcare(facts: Facts) -> str:
    if facts.get("offered") is False:
        return _("No childcare there: who looks after the children at that time?")
    return _("Is there childcare?")


def _reach(facts: Facts) -> str:
    return _(
        "Is %(distance)s too far for the client?",
        distance=distance_words(facts["km"], bool(facts.get("estimate"))),
    )


_QUESTIONS: dict[str, Callable[[Facts], str]] = {
    "german_level_unknown": _level_unknown,
    "level_to_test": _level_to_test,
    "certificate_needed": lambda f: _(
        "%(needed)s must be shown by a test or certificate.", needed=f["needed"]
    ),
    "child_age": lambda f: _("Is there a child of this age (%(ages)s)?", ages=_ages(f)),
    "age_unknown": _age_unknown,
    "sex_unknown": lambda f: _("Is it suitable? It is %(whom)s.", whom=_sex(f)),
    "sex_ask_provider": lambda f: _(
        "Ask whether diverse people are welcome: it is %(whom)s.", whom=_sex(f)
    ),
    "children_unknown": lambda f: _(
        "Does the client have children? It is meant for: %(groups)s.", groups=_group_names(f)
    ),
    "target_group_to_be_checked": lambda f: _(
        "Is it right for the client? It is meant for: %(groups)s.", groups=_group_names(f)
    ),
    "residence_status_unknown": lambda f: (  # noqa: ARG005  one signature for all
        _("Which residence status does the client have?")
    ),
    "residence_status_expires": lambda f: _(
        "The residence status (%(status)s) ends on %(day)s: which one is there when it begins?",
        status=residence_label(f["residence_status"]),
        day=_day(f["on"]),
    ),
    "apply_for_certificate": lambda f: _apply_again(
        _("The client has a claim: apply for the certificate (Berechtigungsschein)."), f
    ),
    "apply_for_admission": _apply_for_admission,
    "apply_for_entitlement": lambda f: _apply_again(
        _("Apply for the entitlement to a vocational language course."), f
    ),
    "late_entry_unknown": lambda f: _("Began on %(day)s: can one still join?", day=_day(f["on"])),
    "childcare_needed": _childcare,
    "childcare_need_unknown": lambda f: _("Does the client need childcare?"),  # noqa: ARG005
    "step_free_need_unknown": lambda f: _("Does the client need step-free access?"),  # noqa: ARG005
    "no_shared_language": lambda f: _(
        "No language in common (%(languages)s is spoken there): is interpreting needed?",
        languages=_languages(f["offered"]),
    ),
    "earlier_experience": lambda f: _(
        "Was there before: %(outcome)s, %(reason)s. Is it different now?",
        outcome=referral_state_label(f["outcome"]),
        reason=referral_reason_label(f["reason"]),
    ),
    "time_perhaps_taken": lambda f: _(
        "Is the client at another offer then (%(hours)s)?", hours=_taken(f)
    ),
    "reach_unknown": _reach,
    "distance_estimated": _reach,
    "out_of_date": lambda f: _("Last confirmed on %(day)s: please ask.", day=_day(f["on"])),
}


def _taken(facts: Facts) -> str:
    return _(
        "%(day)s, %(first)s–%(last)s",
        day=weekday_name(facts["weekday"]),
        first=clock_time_of(facts["from"]),
        last=clock_time_of(facts["to"]),
    )


def _suspended(facts: Facts) -> str:
    until = facts.get("until")
    words = (
        _(
            "admissions to the integration course are suspended from %(since)s to %(until)s",
            since=_day(facts["since"]),
            until=_day(until),
        )
        if until
        else _(
            "admissions to the integration course are suspended since %(since)s",
            since=_day(facts["since"]),
        )
    )
    if facts.get("way_round") == "self_paying":
        words += "; " + _("self-paying is possible")
    return words


def _over(facts: Facts) -> str:
    if facts.get("is_ahead"):
        return _("no date is left before the end on %(day)s", day=_day(facts["on"]))
    return _("ended on %(day)s", day=_day(facts["on"]))


def _too_far(facts: Facts) -> str:
    distance = distance_words(facts["km"], bool(facts.get("estimate")))
    limit = format_number(facts["limit_km"], 1)
    if facts.get("mobility"):
        return _(
            "too far: %(distance)s (%(mobility)s: up to %(limit)s km)",
            distance=distance,
            mobility=mobility_label(facts["mobility"]),
            limit=limit,
        )
    return _("too far: %(distance)s (up to %(limit)s km)", distance=distance, limit=limit)


_RULES: dict[str, Callable[[Facts], str]] = {
    "level_below_entry": lambda f: _(
        "needs %(needed)s, the client has %(level)s (%(how)s)",
        needed=f["needed"],
        level=_level(f["level"]),
        how=_known_by(f),
    ),
    "target_already_reached": lambda f: _(
        "leads to %(target)s, the client has %(level)s (%(how)s)",
        target=f["target"],
        level=_level(f["level"]),
        how=_known_by(f),
    ),
    "age_below_minimum": lambda f: _("%(ages)s, the client is younger", ages=_ages(f)),
    "age_above_maximum": lambda f: _("%(ages)s, the client is older", ages=_ages(f)),
    "only_for_other_sex": _sex,
    "residence_status_not_accepted": lambda f: _(
        "not for the residence status %(status)s", status=residence_label(f["residence_status"])
    ),
    "admission_suspended": _suspended,
    "deadline_passed": lambda f: _("registration closed on %(day)s", day=_day(f["on"])),
    "already_started": lambda f: _("began on %(day)s, no late entry", day=_day(f["on"])),
    "over": _over,
    "too_far": _too_far,
    "time_taken": lambda f: _("the client is at another offer then (%(hours)s)", hours=_taken(f)),
    "set_aside": lambda f: _(
        "set aside for this client: %(reason)s", reason=dismissal_reason_label(f["reason"])
    ),
}
