"""Looks for what cannot be right in the rules of the courses: gaps and overlaps in time; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.directory.codes import COURSE_KINDS, RESIDENCE_STATUSES
from app.matching.course_entries import (
    AccessEntry,
    AccessPath,
    CourseEntry,
    CourseRules,
    SuspensionEntry,
)

Subject = Literal["course", "access", "suspension"]
ProblemCode = Literal["overlap", "gap", "missing", "ended", "review"]
_Entry = AccessEntry | SuspensionEntry | CourseEntry
_DAY = timedelta(days=1)
REVIEW_BEFORE = timedelta(days=60)
"""From here on an uncertain end is told."""
LOOK_AHEAD = timedelta(days=365)
"""Courses are planned for so long: each is decided by what holds on the day on which it begins."""


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """Something to look at in the rules."""

    code: ProblemCode
    subject: Subject
    name: str
    """The course kind, the residence status, or the way in that is suspended."""
    first_on: date | None = None
    last_on: date | None = None
    """Both included; `None`: open, or no matter of time."""

    @property
    def is_error(self) -> bool:
        """Whether the rules cannot be used: of two entries that hold at once chance would decide."""
        return self.code == "overlap"


def check_rules(rules: CourseRules, today: date) -> tuple[RuleProblem, ...]:
    """Everything to look at, errors first.

    A *gap* lies between two entries (of a suspension it is no problem: the way is open then),
    *missing* has no entry at all, *ended* none from a day on that is past or within a year, and
    *review* is a suspension whose end is uncertain and near or past, with nothing said about the time
    after it.
    """
    found: list[RuleProblem] = []
    for subject, name, entries in _lines(rules):
        found += _overlaps(subject, name, entries)
        if subject == "suspension":
            found += _reviews(name, entries, today)
        else:
            found += _gaps(subject, name, entries, today)
    return tuple(sorted(found, key=lambda problem: not problem.is_error))


def _lines(rules: CourseRules) -> Iterator[tuple[Subject, str, list[_Entry]]]:
    """What must hold without gap or overlap, each line by its days."""
    for kind in COURSE_KINDS:
        yield "course", kind, _by_day(c for c in rules.course if c.kind == kind)
    for status in RESIDENCE_STATUSES:
        yield "access", status, _by_day(a for a in rules.access if status in a.statuses)
    paths: tuple[AccessPath, ...] = ("claim", "admission")
    for path in paths:
        yield "suspension", path, _by_day(s for s in rules.suspension if s.path == path)


def _by_day(entries: Iterable[_Entry]) -> list[_Entry]:
    return sorted(entries, key=lambda entry: entry.valid_from)


def _overlaps(subject: Subject, name: str, entries: list[_Entry]) -> Iterator[RuleProblem]:
    last: date | None = None
    for entry in entries:
        if last is not None and entry.valid_from <= last:
            end = min(last, entry.valid_to or date.max)
            yield RuleProblem("overlap", subject, name, entry.valid_from, _open(end))
        last = max(last or date.min, entry.valid_to or date.max)


def _gaps(subject: Subject, name: str, entries: list[_Entry], today: date) -> Iterator[RuleProblem]:
    if not entries:
        # A residence status without any way in is asked about (`access_to_be_checked`), by intention.
        if subject == "course":
            yield RuleProblem("missing", subject, name)
        return
    end = entries[0].valid_to or date.max
    for entry in entries:
        if entry.valid_from - _DAY > end:
            yield RuleProblem("gap", subject, name, end + _DAY, entry.valid_from - _DAY)
        end = max(end, entry.valid_to or date.max)
    if end - today < LOOK_AHEAD:
        yield RuleProblem("ended", subject, name, end + _DAY)


def _reviews(name: str, entries: list[_Entry], today: date) -> Iterator[RuleProblem]:
    for entry in entries:
        if not isinstance(entry, SuspensionEntry) or not entry.review or entry.valid_to is None:
            continue
        is_followed = any(other.valid_from > entry.valid_to for other in entries)
        if entry.valid_to - REVIEW_BEFORE <= today and not is_followed:
            yield RuleProblem("review", "suspension", name, entry.valid_to + _DAY)


def _open(day: date) -> date | None:
    return None if day == date.max else day


def problem_text(problem: RuleProblem) -> str:
    """One English sentence, for the command line and for errors in files."""
    name = f"{problem.subject} {problem.name}"
    match problem.code:
        case "overlap":
            return f"{name}: two entries hold on {problem.first_on}"
        case "gap":
            return f"{name}: no entry from {problem.first_on} to {problem.last_on}"
        case "missing":
            return f"{name}: no entry"
        case "ended":
            return f"{name}: no entry from {problem.first_on} on"
        case "review":
            return f"{name}: what holds from {problem.first_on} on has to be checked"
