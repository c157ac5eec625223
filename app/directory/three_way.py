"""Merging what a list says now with what was edited by hand since it was last read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.directory.differences import NOT_SAID, FieldChange


@dataclass(frozen=True, slots=True)
class ThreeWayMerge:
    """The outcome."""

    values: dict[str, Any]
    conflicts: tuple[FieldChange, ...]
    """Fields that both changed, differently: what was edited stays, the list's value is proposed."""


def merge_three_ways(
    base: Mapping[str, Any], edited: Mapping[str, Any], listed: Mapping[str, Any]
) -> ThreeWayMerge:
    """``edited`` with what ``listed`` changed against ``base``, field by field.

    A field changed on one side only takes that side's value. Confirmations: the newer one counts.
    """
    values = dict(edited)
    conflicts = []
    for field, theirs in listed.items():
        if field in {"verified_on", "verified_by"}:
            continue
        ours, before = edited.get(field), base.get(field)
        if theirs in (before, ours):
            continue
        if ours == before or field in NOT_SAID:
            values[field] = theirs
        else:
            conflicts.append(FieldChange(field, ours, theirs))
    confirms = "verified_on" in listed
    if confirms and (
        _confirmation(edited) == _confirmation(base)
        or (listed.get("verified_on") or "") > (edited.get("verified_on") or "")
    ):
        values |= {name: listed[name] for name in ("verified_on", "verified_by")}
    return ThreeWayMerge(values, tuple(conflicts))


def _confirmation(values: Mapping[str, Any]) -> tuple[Any, Any]:
    return values.get("verified_on"), values.get("verified_by")
