"""In which fields two states of an entry differ. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

NOT_SAID: Final = frozenset({"external_id", "source", "offers", "flags", "verified_on", "verified_by"})
"""Fields that a difference does not show: keys, what is checked by rule, and confirmations (which have
their own record, `Verification`)."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an entry before and after, as plain JSON values."""

    field: str
    old: Any
    new: Any


def field_changes(
    old: Mapping[str, Any] | BaseModel, new: Mapping[str, Any] | BaseModel
) -> tuple[FieldChange, ...]:
    """The fields in which two states of an entry differ, in the order of the record. Pure."""
    before, after = _plain(old), _plain(new)
    return tuple(
        FieldChange(field, before.get(field), value)
        for field, value in after.items()
        if field not in NOT_SAID and before.get(field) != value
    )


def _plain(state: Mapping[str, Any] | BaseModel) -> Mapping[str, Any]:
    return state.model_dump(mode="json") if isinstance(state, BaseModel) else state
