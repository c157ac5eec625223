"""What is different between two files with rules of the courses; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.matching.course_entries import AccessEntry, CourseEntry, CourseRules, SuspensionEntry
from app.matching.rule_checks import Subject

_Entry = AccessEntry | SuspensionEntry | CourseEntry


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of an entry: what it said and what it says."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RuleChange:
    """An entry that is new, gone or different."""

    what: Literal["added", "removed", "changed"]
    subject: Subject
    entry: _Entry
    """As it is now; of a removed one, as it was."""
    fields: tuple[FieldChange, ...] = ()
    """Only of a changed one."""


def compare_rules(before: CourseRules, after: CourseRules) -> tuple[RuleChange, ...]:
    """Every difference. An entry is the same one as long as its subject and first day are."""
    changes: list[RuleChange] = []
    for subject in ("course", "access", "suspension"):
        old, new = _by_key(getattr(before, subject)), _by_key(getattr(after, subject))
        for key in dict.fromkeys((*old, *new)):
            if (found := _compare(subject, old.get(key), new.get(key))) is not None:
                changes.append(found)
    return tuple(changes)


def _by_key(entries: Sequence[_Entry]) -> dict[tuple[str, date, int], _Entry]:
    """Kind or way in, first day, and a number where several entries share both."""
    seen: Counter[tuple[str, date]] = Counter()
    found: dict[tuple[str, date, int], _Entry] = {}
    for entry in entries:
        key = (entry.kind if isinstance(entry, CourseEntry) else entry.path, entry.valid_from)
        found[*key, seen[key]] = entry
        seen[key] += 1
    return found


def _compare(subject: Subject, old: _Entry | None, new: _Entry | None) -> RuleChange | None:
    if new is None:
        return None if old is None else RuleChange("removed", subject, old)
    if old is None:
        return RuleChange("added", subject, new)
    fields = tuple(
        FieldChange(name, getattr(old, name), getattr(new, name))
        for name in type(new).model_fields
        if getattr(old, name) != getattr(new, name)
    )
    return RuleChange("changed", subject, new, fields) if fields else None
