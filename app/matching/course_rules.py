"""The law of the language courses as data: who may enter which course on which day.

The facts stand in ``rules/courses.toml`` (statuses, suspensions, course kinds, each with its dates
and source); what follows from them for one client is decided here. Everything is asked for the day
of entry (the course's start, or today when it runs already).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.directory.codes import LEVELS
from app.matching.course_entries import (
    AccessEntry,
    CourseAccess,
    CourseGroup,
    CourseRules,
    SuspensionEntry,
)
from app.matching.types import ClientFacts, EntitlementFact

NO, YES, UNKNOWN = 0, 1, -1

_INTEGRATION_PAPERS = ("obligation", "entitlement", "admission")
# Languages written in the Latin script; a tag may also say it itself ("sr-Latn").
_LATIN = frozenset(
    {
        "af",
        "az",
        "bs",
        "ca",
        "cs",
        "cy",
        "da",
        "de",
        "en",
        "es",
        "et",
        "eu",
        "fi",
        "fr",
        "ga",
        "gl",
        "ha",
        "hr",
        "ht",
        "hu",
        "id",
        "ig",
        "it",
        "kmr",
        "ku",
        "lt",
        "lv",
        "ms",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "rw",
        "sk",
        "sl",
        "so",
        "sq",
        "sv",
        "sw",
        "tk",
        "tl",
        "tr",
        "uz",
        "vi",
        "yo",
    }
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says about one client and one course on one day."""

    answer: int
    """`YES`, `NO` or `UNKNOWN`."""
    code: str = ""
    """The code of the exclusion or question; for a yes, of the reason (or empty)."""
    facts: dict[str, Any] = field(default_factory=dict)


OPEN = Decision(YES)


def decide_course_access(kind: str, on: date, facts: ClientFacts, rules: CourseRules) -> Decision:
    """Whether the client may enter a course of this kind on that day (AufenthG §§ 44, 44a, DeuFöV).

    Orientation courses are meant for the time in which an Integrationskurs is not possible (yet).
    """
    course = rules.find_course(kind, on)
    if course is None:
        return Decision(UNKNOWN, "course_rule_missing", {"course_kind": kind})
    return decide_access(course.access, on, facts, rules)


def decide_access(access: CourseAccess, on: date, facts: ClientFacts, rules: CourseRules) -> Decision:
    """`decide_course_access` for all course kinds that share a way of access."""
    match access:
        case "open":
            return OPEN
        case "vocational":
            return _decide_vocational(on, facts)
        case "orientation":
            return _decide_orientation(on, facts, rules)
        case _:
            return _decide_integration(on, facts, rules)


def is_valid_paper(paper: EntitlementFact, on: date) -> bool:
    """Whether the paper has not expired on that day."""
    return paper.valid_until is None or on <= paper.valid_until


def has_status_expired(facts: ClientFacts, on: date) -> bool:
    """Whether the residence status has ended before that day: nobody knows which one follows."""
    return facts.residence_valid_until is not None and facts.residence_valid_until < on


def expiring_status(facts: ClientFacts) -> dict[str, Any]:
    """The facts of the question ``residence_status_expires``."""
    until = facts.residence_valid_until
    ends = {"on": until.isoformat()} if until is not None else {}
    return {"residence_status": facts.residence_status} | ends


def _find_paper(facts: ClientFacts, kinds: tuple[str, ...], on: date) -> EntitlementFact | None:
    papers = [p for p in facts.entitlements or () if p.kind in kinds and is_valid_paper(p, on)]
    return min(papers, key=lambda p: kinds.index(p.kind), default=None)


def _last_expired(facts: ClientFacts, kinds: tuple[str, ...], on: date) -> dict[str, Any]:
    ends = [
        (p.valid_until, p.kind)
        for p in facts.entitlements or ()
        if p.kind in kinds and p.valid_until is not None and p.valid_until < on
    ]
    return {"expired_kind": max(ends)[1], "expired_on": max(ends)[0].isoformat()} if ends else {}


def _entitled(paper: EntitlementFact) -> Decision:
    until = {"until": paper.valid_until.isoformat()} if paper.valid_until else {}
    return Decision(YES, "entitled", {"kind": paper.kind, **until})


def _decide_integration(on: date, facts: ClientFacts, rules: CourseRules) -> Decision:
    paper = _find_paper(facts, ("obligation", "entitlement"), on)
    if paper is not None:
        return _entitled(paper)
    admission = _find_paper(facts, ("admission",), on)
    if admission is not None:
        return _decide_admission(admission, rules)
    if facts.entitlements is None:
        return Decision(UNKNOWN, "entitlement_unknown")
    return _decide_without_paper(on, facts, rules)


def _decide_admission(admission: EntitlementFact, rules: CourseRules) -> Decision:
    """An admission granted before a suspension stays valid; one dated within it cannot be right."""
    if admission.issued_on is None:
        return Decision(UNKNOWN, "check_admission")
    if rules.find_suspension("admission", admission.issued_on) is not None:
        return Decision(UNKNOWN, "check_admission", {"issued_on": admission.issued_on.isoformat()})
    return _entitled(admission)


def _decide_without_paper(on: date, facts: ClientFacts, rules: CourseRules) -> Decision:
    if facts.residence_status is None:
        return Decision(UNKNOWN, "residence_status_unknown")
    if has_status_expired(facts, on):
        return Decision(UNKNOWN, "residence_status_expires", expiring_status(facts))
    expired = _last_expired(facts, _INTEGRATION_PAPERS, on)
    status = {"residence_status": facts.residence_status}
    access = rules.find_access(facts.residence_status, on)
    if access is None:
        return Decision(UNKNOWN, "access_to_be_checked", status | expired)
    suspension = rules.find_suspension(access.path, on)
    if suspension is not None:
        return Decision(NO, "admission_suspended", status | expired | _suspension_facts(suspension))
    if access.path == "claim":
        return _decide_claim(access, on, facts, status | expired)
    review = rules.find_review(access.path, on)
    return Decision(
        UNKNOWN, "apply_for_admission", status | expired | ({"review": True} if review else {})
    )


def _suspension_facts(suspension: SuspensionEntry) -> dict[str, Any]:
    told: dict[str, Any] = {"since": suspension.valid_from.isoformat()}
    if suspension.valid_to:
        told["until"] = suspension.valid_to.isoformat()
    if suspension.way_round:
        told["way_round"] = suspension.way_round
    if suspension.review:
        told["review"] = True
    return told


def _decide_claim(access: AccessEntry, on: date, facts: ClientFacts, told: dict[str, Any]) -> Decision:
    limit = access.minor_check_below_age
    if limit is not None and facts.birth_date is not None and on < birthday(facts.birth_date, limit):
        return Decision(UNKNOWN, "pupil_at_school", told)
    return Decision(UNKNOWN, "apply_for_certificate", told)


def _decide_vocational(on: date, facts: ClientFacts) -> Decision:
    """The job centre, the employment agency or the BAMF issue the entitlement on application."""
    paper = _find_paper(facts, ("vocational_course",), on)
    if paper is not None:
        return _entitled(paper)
    if facts.entitlements is None:
        return Decision(UNKNOWN, "entitlement_unknown")
    return Decision(UNKNOWN, "apply_for_entitlement", _last_expired(facts, ("vocational_course",), on))


def _decide_orientation(on: date, facts: ClientFacts, rules: CourseRules) -> Decision:
    integration = _decide_integration(on, facts, rules)
    if integration.answer == NO:
        return OPEN
    if integration.answer == YES or integration.code in {"apply_for_certificate", "check_admission"}:
        return Decision(UNKNOWN, "integration_course_first")
    return integration


def decide_course_group(kind: str, on: date, facts: ClientFacts, rules: CourseRules) -> Decision:
    """Whether the client belongs to those whom a special course is for (IntV § 13, DeuFöV).

    Only reading is on record; everything else has to be asked and is never a no.
    """
    course = rules.find_course(kind, on)
    return OPEN if course is None or course.group is None else decide_group(course.group, facts)


def decide_group(group: CourseGroup, facts: ClientFacts) -> Decision:
    """`decide_course_group` for all course kinds that are for the same people."""
    match group:
        case "literacy":
            return OPEN if facts.reads == () else Decision(UNKNOWN, "literacy_to_be_checked")
        case "second_script":
            reads_other = bool(facts.reads) and not any(is_latin(tag) for tag in facts.reads or ())
            return OPEN if reads_other else Decision(UNKNOWN, "second_script_to_be_checked")
        case _:
            return Decision(UNKNOWN, _QUESTION_OF_GROUP[group])


_QUESTION_OF_GROUP = {
    "support": "support_to_be_checked",
    "placement_test": "placement_test_needed",
    "after_integration_course": "after_integration_course",
    "recognition": "recognition_needed",
    "employed": "only_employed",
}


def is_latin(tag: str) -> bool:
    """Whether the language with this BCP 47 tag is written in the Latin script."""
    parts = tag.split("-")
    scripts = [part for part in parts[1:] if len(part) == 4]
    return scripts[0].title() == "Latn" if scripts else parts[0].lower() in _LATIN


def birthday(birth_date: date, age: int) -> date:
    """The day on which the age is reached (29 February: 1 March in other years, BGB § 188)."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)


def age_on(birth_date: date, on: date) -> int:
    """The age in years on that day; 0 before the birth."""
    years = on.year - birth_date.year
    return max(0, years - (on < birthday(birth_date, max(years, 0))))


def turning_days_of(facts: ClientFacts, rules: CourseRules) -> list[date]:
    """Every day on which a decision for this client may change, sorted.

    Between two of them `decide_course_access` and `decide_course_group` are constant.
    """
    days = rules.turning_days()
    for paper in facts.entitlements or ():
        if paper.valid_until is not None and paper.valid_until < date.max:
            days.add(paper.valid_until + timedelta(days=1))
    if facts.residence_valid_until is not None and facts.residence_valid_until < date.max:
        days.add(facts.residence_valid_until + timedelta(days=1))
    if facts.birth_date is not None:
        limits = {a.minor_check_below_age for a in rules.access} - {None}
        days |= {birthday(facts.birth_date, limit) for limit in limits if limit is not None}
    return sorted(days)


def level_number(level: str | None) -> int:
    """The position in `LEVELS`, -1 for an unknown level."""
    return UNKNOWN if level is None else LEVELS.index(level)
