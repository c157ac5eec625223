"""Words for the rules of the courses: entries, differences, what is to be looked at."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.matching.course_entries import AccessEntry, CourseEntry, SuspensionEntry
from app.matching.rule_changes import FieldChange, RuleChange
from app.matching.rule_checks import RuleProblem
from app.matching.rule_files import RuleConflictError, RuleFileError
from app.web.labels.cases import residence_label
from app.web.labels.directory import course_kind_label, level_label

Entry = AccessEntry | SuspensionEntry | CourseEntry

_PATHS = {"claim": _l("Claim (§ 44(1))"), "admission": _l("Admission by free places (§ 44(4))")}
_ACCESS = {
    "integration": _l("claim, admission or obligation"),
    "vocational": _l("entitlement to a vocational language course"),
    "orientation": _l("as long as no integration course is possible"),
    "open": _l("open to everybody"),
}
_GROUPS = {
    "literacy": _l("people who do not read and write yet"),
    "second_script": _l("people who read another script"),
    "support": _l("people who need more support"),
    "placement_test": _l("people whose placement test predicts success"),
    "after_integration_course": _l("after a regular integration course without B1"),
    "recognition": _l("recognition of a foreign qualification"),
    "employed": _l("people who work"),
}
_WAYS_ROUND = {"self_paying": _l("taking part at one’s own expense")}
_CHANGES = {"added": _l("new"), "removed": _l("gone"), "changed": _l("changed")}
_FIELDS = {
    "valid_from": _l("holds from"),
    "valid_to": _l("holds until"),
    "source": _l("source"),
    "statuses": _l("residence statuses"),
    "minor_check_below_age": _l("to be asked below the age of"),
    "review": _l("end uncertain"),
    "way_round": _l("way round"),
    "access": _l("who may enter"),
    "group": _l("for whom"),
    "lesson_units": _l("lesson units"),
    "entry_level": _l("entry level"),
    "target_level": _l("target level"),
    "proven": _l("level to be proven"),
    "youngest_age": _l("from the age of"),
}


def path_label(path: str) -> str:
    """A way into the Integrationskurs."""
    return str(_PATHS.get(path, path))


def access_label(access: str) -> str:
    """Who may enter a course."""
    return str(_ACCESS.get(access, access))


def group_label(group: str) -> str:
    """Whom a course is for."""
    return str(_GROUPS.get(group, group))


def way_round_label(way: str) -> str:
    """What is possible all the same; a file may name a way of its own."""
    return str(_WAYS_ROUND.get(way, way))


def period_words(entry: Entry) -> str:
    """From when until when an entry holds."""
    first = format_day(entry.valid_from)
    if entry.valid_to is None:
        return _("since %(day)s", day=first)
    return _("%(first)s to %(last)s", first=first, last=format_day(entry.valid_to))


def statuses_words(entry: AccessEntry) -> str:
    """The residence statuses of a way in."""
    return ", ".join(residence_label(status) for status in entry.statuses)


def entry_name(entry: Entry) -> str:
    """What an entry is about."""
    match entry:
        case CourseEntry():
            return course_kind_label(entry.kind)
        case SuspensionEntry():
            return _("Suspension: %(path)s", path=path_label(entry.path))
        case _:
            return path_label(entry.path)


def change_label(change: RuleChange) -> str:
    """New, gone or changed."""
    return str(_CHANGES[change.what])


def field_words(change: FieldChange) -> tuple[str, str, str]:
    """The name of a field, what it said, what it says."""
    name = str(_FIELDS.get(change.name, change.name))
    return name, _value_words(change.name, change.before), _value_words(change.name, change.after)


def _value_words(name: str, value: Any) -> str:
    words = {
        "statuses": lambda: ", ".join(residence_label(status) for status in value),
        "access": lambda: access_label(value),
        "group": lambda: group_label(value),
        "way_round": lambda: way_round_label(value),
        "entry_level": lambda: level_label(value),
        "target_level": lambda: level_label(value),
    }
    match value:
        case None:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case date():
            return format_day(value)
        case _ if name in words:
            return words[name]()
    return str(value)


def problem_words(problem: RuleProblem) -> str:
    """A problem in a sentence."""
    name = _name_of(problem)
    first = format_day(problem.first_on) if problem.first_on else ""
    match problem.code:
        case "overlap":
            return _("%(name)s: two entries hold on %(day)s.", name=name, day=first)
        case "gap":
            last = format_day(problem.last_on) if problem.last_on else ""
            return _(
                "%(name)s: nothing holds from %(first)s to %(last)s.", name=name, first=first, last=last
            )
        case "missing":
            return _("%(name)s: there is no entry.", name=name)
        case "ended":
            return _("%(name)s: nothing holds from %(day)s on.", name=name, day=first)
        case "review":
            return _(
                "%(name)s: the end is uncertain. Please check what holds from %(day)s on.",
                name=name,
                day=first,
            )


def file_words(error: RuleFileError) -> str:
    """Why a file cannot be used, and where."""
    if isinstance(error, RuleConflictError):
        return " ".join(problem_words(one) for one in error.problems)
    if error.fault == "not_toml":
        if error.line is None:
            return _("The file cannot be used: it is not TOML that can be read.")
        return _("The file cannot be used: line %(line)s is not TOML.", line=error.line)
    place = _place_words(error.path)
    match error.fault:
        case "missing":
            problem = _("%(place)s is missing.", place=place)
        case "unknown":
            problem = _("nobody knows %(place)s here.", place=place)
        case "not_one_of":
            allowed = ", ".join(error.allowed)
            problem = _("%(place)s must be one of these: %(allowed)s.", place=place, allowed=allowed)
        case "no_date":
            problem = _("%(place)s must be a day like 2026-11-23.", place=place)
        case "order":
            problem = _("%(place)s ends before it begins.", place=place)
        case _:
            problem = _("the value of %(place)s cannot be used.", place=place)
    return _("The file cannot be used: %(problem)s", problem=problem)


def _place_words(path: tuple[str | int, ...]) -> str:
    """Such as “suspension (entry 1), valid_from”: names as they stand in the file, counted from 1."""
    told: list[str] = []
    for part in path:
        if isinstance(part, int) and told:
            told[-1] = _("%(name)s (entry %(number)s)", name=told[-1], number=part + 1)
        else:
            told.append(f"„{part}“")
    return ", ".join(told)


def _name_of(problem: RuleProblem) -> str:
    match problem.subject:
        case "course":
            return course_kind_label(problem.name)
        case "access":
            return residence_label(problem.name)
        case "suspension":
            return _("Suspension: %(path)s", path=path_label(problem.name))
