"""What a no or an unknown means for one offer: its code and the facts behind it.

Called only for the offers that are shown; `app.matching.eligibility` has given the answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from app.directory.codes import COURSE_KINDS, ENTITLEMENT_KINDS, LEVELS, RESIDENCE_STATUSES, SEXES
from app.matching.comparison import Comparison
from app.matching.course_rules import (
    NO,
    UNKNOWN,
    Decision,
    age_on,
    decide_course_access,
    decide_course_group,
    expiring_status,
)
from app.matching.eligibility import Eligibility
from app.matching.prepared import CHILDCARE
from app.matching.types import Reason

Explain = Callable[[Comparison, int, int], Reason]
"""(comparison, row, answer) → the reason behind a no or unknown."""


def level_word(number: int) -> str | None:
    """The code of a level number; `None` when unknown."""
    return None if number == UNKNOWN else LEVELS[number]


def day_text(ordinal: int) -> str:
    """A day of a column as ``YYYY-MM-DD``."""
    return date.fromordinal(int(ordinal)).isoformat()


def _client_level(c: Comparison) -> dict[str, Any]:
    told: dict[str, Any] = {"level": c.facts.german_level}
    if c.facts.german_level_evidence is not None:
        told["evidence"] = c.facts.german_level_evidence
    if c.facts.german_level_on is not None:
        told["on"] = c.facts.german_level_on.isoformat()
    return told


def _entry_level(c: Comparison, row: int, answer: int) -> Reason:
    entry = int(c.offers.entry_level[row])
    if entry == UNKNOWN:
        return Reason("entry_level_unknown")
    needed = {"needed": level_word(entry)}
    if c.level == UNKNOWN:
        return Reason("german_level_unknown", needed)
    if answer == NO:
        return Reason("level_below_entry", needed | _client_level(c))
    if c.offers.needs_proof[row]:
        return Reason("certificate_needed", needed | _client_level(c))
    return Reason("level_to_test", needed | _client_level(c))


def _target_level(c: Comparison, row: int, answer: int) -> Reason:
    target = {"target": level_word(int(c.offers.target_level[row]))}
    if answer == NO:
        return Reason("target_already_reached", target | _client_level(c))
    if c.level == UNKNOWN:
        return Reason("german_level_unknown", target)
    return Reason("level_to_test", target | _client_level(c))


def _age(c: Comparison, row: int, answer: int) -> Reason:
    low, high = int(c.offers.min_age[row]), int(c.table.max_age[row])
    limits = ({"min_age": low} if low > 0 else {}) | ({"max_age": high} if high != UNKNOWN else {})
    if answer == UNKNOWN and int(c.table.kind[row]) == CHILDCARE:
        return Reason("child_age", limits)
    if c.facts.birth_date is None:
        return Reason("age_unknown", limits)
    age = age_on(c.facts.birth_date, c.entry_day(row))
    code = "age_below_minimum" if age < low else "age_above_maximum"
    return Reason(code, limits | {"age": age})


def _sex(c: Comparison, row: int, answer: int) -> Reason:
    only = {"sex": SEXES[int(c.sex_index[row])]}
    if answer == NO:
        return Reason("only_for_other_sex", only)
    return Reason("sex_unknown" if c.facts.sex is None else "sex_ask_provider", only)


def _target_group(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    decision = c.target_groups.decide(row)
    return Reason(decision.code, decision.facts)


def _residence_status(c: Comparison, row: int, answer: int) -> Reason:
    mask = int(c.table.residence_statuses[row])
    accepted = {"accepted": [s for i, s in enumerate(RESIDENCE_STATUSES) if mask >> i & 1]}
    if answer == NO:
        return Reason(
            "residence_status_not_accepted", {"residence_status": c.facts.residence_status} | accepted
        )
    if c.facts.residence_status is not None:
        return Reason("residence_status_expires", expiring_status(c.facts))
    return Reason("residence_status_unknown", accepted)


def _entitlement(c: Comparison, row: int, answer: int) -> Reason:
    mask = int(c.table.entitlement_kinds[row])
    demanded = {"demanded": [kind for i, kind in enumerate(ENTITLEMENT_KINDS) if mask >> i & 1]}
    if answer == UNKNOWN and c.facts.entitlements is not None:
        return _course_access(c, row, answer)  # what is to be done to get the paper
    return Reason("entitlement_missing" if answer == NO else "entitlement_unknown", demanded)


def course_decision(c: Comparison, row: int) -> Decision:
    """The decision about the access to one course, with its code and facts."""
    kind = int(c.table.course_kind[row])
    if kind == UNKNOWN:
        return Decision(UNKNOWN, "course_kind_unknown")
    return decide_course_access(COURSE_KINDS[kind], c.entry_day(row), c.facts, c.rules.courses)


def _course_access(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    decision = course_decision(c, row)
    return Reason(decision.code, decision.facts)


def _course_group(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    kind = COURSE_KINDS[int(c.table.course_kind[row])]
    decision = decide_course_group(kind, c.entry_day(row), c.facts, c.rules.courses)
    return Reason(decision.code, decision.facts)


def _deadline(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    return Reason("deadline_passed", {"on": day_text(c.table.registration_deadline[row])})


def _dates(c: Comparison, row: int, answer: int) -> Reason:
    ends, starts = int(c.table.ends_on[row]), int(c.table.starts_on[row])
    if ends != UNKNOWN and ends < c.offers.today_ordinal:
        return Reason("over", {"on": day_text(ends)})
    has_begun = bool(c.offers.has_passed_start[row])
    individual_entry = int(c.table.individual_entry[row])
    if has_begun and individual_entry == NO:
        return Reason("already_started", {"on": day_text(starts)})
    if answer == NO:
        return Reason("over", {"on": day_text(ends), "is_ahead": True})
    if has_begun and individual_entry == UNKNOWN:
        return Reason("late_entry_unknown", {"on": day_text(starts)})
    return Reason("no_date_to_come")


def _seats(c: Comparison, row: int, answer: int) -> Reason:
    if answer == NO:
        return Reason("full")
    if int(c.table.seats_free[row]) == UNKNOWN:
        return Reason("seats_unknown")
    return Reason("waiting_list" if int(c.table.waiting_list[row]) == 1 else "waiting_list_unknown")


def _times(c: Comparison, row: int, answer: int) -> Reason:
    if answer == NO:
        return Reason("times_do_not_fit")
    if c.facts.available is not None and c.share_of_times[row] > 0:
        return Reason("times_only_partly", {"share": round(float(c.share_of_times[row]), 2)})
    has_times = c.table.session_start[row] < c.table.session_start[row + 1]
    return Reason("availability_unknown" if has_times else "times_unknown")


def _booking(c: Comparison, row: int, answer: int) -> Reason:
    clash = c.taken_times.find_clash(row)
    told: dict[str, Any] = {}
    if clash is not None:
        told = {
            "weekday": clash.span.weekday,
            "from": clash.span.from_minute,
            "to": clash.span.to_minute,
        }
        if clash.offer_id:
            told["offer_id"] = clash.offer_id
    return Reason("time_taken" if answer == NO else "time_perhaps_taken", told)


def _experience(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    found = c.earlier_experience.find_against(row)
    told = {"outcome": found.outcome, "reason": found.reason} if found is not None else {}
    return Reason("earlier_experience", told)


def _dismissal(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    offer_id = c.table.ids[row]
    reasons = [reason for dismissed, reason in c.facts.dismissed if dismissed == offer_id]
    return Reason("set_aside", {"reason": reasons[0]} if reasons else {})


def _childcare(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    offered = {"offered": False} if int(c.table.childcare[row]) == NO else {}
    return Reason("childcare_needed" if c.facts.needs_childcare else "childcare_need_unknown", offered)


def _step_free(c: Comparison, row: int, answer: int) -> Reason:
    if answer == NO:
        return Reason("not_step_free")
    if c.facts.needs_step_free:
        return Reason("step_free_unknown")
    offered = {"offered": False} if int(c.table.step_free[row]) == NO else {}
    return Reason("step_free_need_unknown", offered)


def _language(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    spoken = c.offers.language_sets.words_of(row)
    if not spoken:
        return Reason("offer_languages_unknown")
    if c.facts.languages is None:
        return Reason("languages_unknown", {"offered": list(spoken)})
    if c.level == UNKNOWN and c.offers.speaks("de")[row]:
        return Reason("german_level_unknown")
    return Reason("no_shared_language", {"offered": list(spoken)})


def distance_facts(c: Comparison, row: int) -> dict[str, Any]:
    """``km`` to one decimal and whether it is an ``estimate``; empty when unknown."""
    known = c.told_distances.get(row)
    if known is None:
        known = c.told_distances[row] = _tell_distance(c, row)
    return known


def _tell_distance(c: Comparison, row: int) -> dict[str, Any]:
    km = float(c.distance_km[row])
    place = None if math.isnan(km) else c.nearest_place(row)
    if place is None:
        return {}
    is_exact = c.facts.position_is_precise and bool(c.table.place_precise[place])
    return {"km": round(km, 1), "estimate": not is_exact}


def _distance(c: Comparison, row: int, answer: int) -> Reason:
    told = distance_facts(c, row)
    limit = c.reach_km
    limits: dict[str, Any] = {} if limit is None else {"limit_km": limit}
    if limit is not None and c.facts.max_distance_km is None:
        limits["mobility"] = c.facts.mobility
    if answer == NO:
        return Reason("too_far", told | limits)
    if not c.has_position:
        return Reason("position_unknown")
    if not told or (limit is not None and c.least_distance_km[row] > limit):
        return Reason("place_unknown")
    return Reason("reach_unknown" if limit is None else "distance_estimated", told | limits)


def _freshness(c: Comparison, row: int, answer: int) -> Reason:  # noqa: ARG001  one signature for all
    verified = int(c.table.verified_on[row])
    if verified == UNKNOWN:
        return Reason("never_verified")
    return Reason("out_of_date", {"on": day_text(verified)})


EXPLAIN: Final[dict[str, Explain]] = {
    "entry_level": _entry_level,
    "target_level": _target_level,
    "age": _age,
    "sex": _sex,
    "target_group": _target_group,
    "residence_status": _residence_status,
    "entitlement": _entitlement,
    "course_access": _course_access,
    "course_group": _course_group,
    "deadline": _deadline,
    "dates": _dates,
    "seats": _seats,
    "times": _times,
    "booking": _booking,
    "childcare": _childcare,
    "step_free": _step_free,
    "language": _language,
    "distance": _distance,
    "freshness": _freshness,
    "experience": _experience,
    "dismissal": _dismissal,
}
"""For each of `app.matching.eligibility.RULES`."""


def explain_exclusion(c: Comparison, eligibility: Eligibility, row: int) -> tuple[Reason, ...]:
    """Every rule that excludes the offer, with its facts."""
    return _explain(c, eligibility, row, NO)


def list_questions(c: Comparison, eligibility: Eligibility, row: int) -> tuple[Reason, ...]:
    """Everything that is to be clarified about the offer, each code once."""
    found: dict[str, Reason] = {}
    for reason in _explain(c, eligibility, row, UNKNOWN):
        found.setdefault(reason.code, reason)
    return tuple(found.values())


def _explain(c: Comparison, eligibility: Eligibility, row: int, answer: int) -> tuple[Reason, ...]:
    return tuple(
        EXPLAIN[name](c, row, answer)
        for name, answers in eligibility.answers.items()
        if answers[row] == answer
    )
