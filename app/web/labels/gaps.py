"""Words for gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.core.i18n import gettext as _
from app.core.i18n import language_name, weekday_name
from app.core.i18n import lazy_gettext as _l
from app.directory.gaps import GapOverview
from app.web.labels.directory import course_kind_label, level_label, offer_kind_label
from app.web.labels.groups import group_label
from app.web.labels.unmet import missing_label

_WORDS: dict[str, Callable[[str], str]] = {
    "kind": offer_kind_label,
    "course_kind": course_kind_label,
    "level": level_label,
    "language": language_name,
    "place": str,
    "weekday": lambda day: weekday_name(int(day)),
    "group": group_label,
    "missing": missing_label,
}
_HEADINGS = {
    "kind": _l("Kind of offer"),
    "language": _l("Language"),
    "place": _l("Place"),
    "level": _l("Level of German"),
    "group": _l("Nothing suited for"),
    "missing": _l("Because of"),
}
MOST_SHOWN = 5


def gap_facts(filters: Mapping[str, Any]) -> list[str]:
    """What a gap says beside its text, in words."""
    return [
        _WORDS[field](str(one))
        for field, value in filters.items()
        if field in _WORDS
        for one in (value if isinstance(value, list) else [value])
    ]


def overview_words(overview: GapOverview) -> list[tuple[str, list[str]]]:
    """What is missing most often: heading and a few lines such as "Ukrainisch (4)"."""
    lines = []
    for field, heading in _HEADINGS.items():
        counted = overview.counts.get(field)
        if counted:
            most = counted.most_common(MOST_SHOWN)
            words = [
                _("%(value)s (%(number)s)", value=_WORDS[field](value), number=number)
                for value, number in most
            ]
            lines.append((str(heading), words))
    return lines
