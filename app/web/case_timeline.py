"""The timeline as a page asks for it: filters from the address, and chips to change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.codes import CONTACT_TOPICS
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.referrals.timeline import (
    TIMELINE_KINDS,
    TimelineCounts,
    TimelineEntry,
    TimelineFilters,
    load_timeline,
)
from app.web.forms.parsing import parse_day
from app.web.labels.counselling import timeline_kind_label

__all__ = [
    "FilterChip",
    "TimelineEntry",
    "TimelineFilters",
    "load_timeline",
    "read_filters",
    "timeline_address",
    "timeline_chips",
]
_MAX_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A kind of entries, how many there are, and the address that shows only these."""

    label: str
    count: int
    address: str
    is_current: bool


def read_filters(arguments: MultiDict[str, str]) -> TimelineFilters:
    """What the address asks for; what it cannot mean is left out."""
    kind = arguments.get("art", "")
    topic = arguments.get("thema", "")
    page = arguments.get("seite", 1, type=int)
    return TimelineFilters(
        kinds=frozenset({kind}) if kind in TIMELINE_KINDS else frozenset(),
        topic=topic if topic in CONTACT_TOPICS else None,
        actor_id=arguments.get("person", "")[:36] or None,
        from_on=_read_day(arguments.get("von", "")),
        until_on=_read_day(arguments.get("bis", "")),
        page=page if 0 < page < _MAX_PAGE else 1,
    )


def timeline_address(
    client_id: str, filters: TimelineFilters, *, kind: str | None = None, page: int = 1
) -> str:
    """The address of the same timeline with another kind (empty: all of them) and page."""
    current = next(iter(filters.kinds), "")
    return url_for(
        "timeline.show",
        client_id=client_id,
        art=(current if kind is None else kind) or None,
        thema=filters.topic,
        person=filters.actor_id,
        von=_typed(filters.from_on),
        bis=_typed(filters.until_on),
        seite=page if page > 1 else None,
    )


def timeline_chips(
    client_id: str, filters: TimelineFilters, counts: TimelineCounts
) -> list[FilterChip]:
    """Everything, then each kind there is something of (and the one that is chosen)."""
    total = sum(counts.by_kind.values())
    address = timeline_address(client_id, filters, kind="")
    chips = [FilterChip(_("Everything"), total, address, not filters.kinds)]
    for kind in TIMELINE_KINDS:
        count = counts.by_kind.get(kind, 0)
        if count or kind in filters.kinds:
            address = timeline_address(client_id, filters, kind=kind)
            label = timeline_kind_label(kind)
            chips.append(FilterChip(label, count, address, kind in filters.kinds))
    return chips


def _read_day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def _typed(day: date | None) -> str | None:
    return format_day(day) if day else None
