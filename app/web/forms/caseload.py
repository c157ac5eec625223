"""What the list of cases was asked for, from the address and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from app.cases.caseload_rules import (
    EXTRAS,
    SORTS,
    WAYS,
    CaseloadFilters,
)
from app.directory.codes import GOAL_AREAS, LEVELS

MAX_TEXT: Final = 200
MAX_CHOICES: Final = 40
STATE_WORDS: Final[Mapping[str, str]] = {"offen": "open", "beendet": "closed", "alle": "all"}
SORT_WORDS: Final[Mapping[str, str]] = {
    "name": "name",
    "kontakt": "contact",
    "wiedervorlage": "follow_up",
    "ende": "ends",
    "status": "status",
    "niveau": "level",
    "beginn": "started",
}
PARAMETER_OF_SORT: Final = {code: word for word, code in SORT_WORDS.items()}
PARAMETER_OF_STATE: Final = {code: word for word, code in STATE_WORDS.items()}
PARAMETERS: Final = {
    "way": "wie",
    "case_worker": "person",
    "level": "niveau",
    "language": "sprache",
    "accommodation": "unterkunft",
    "place": "ort",
    "goal_area": "ziel",
    "extra": "hinweis",
}
"""Group → name in the address."""


@dataclass(frozen=True, slots=True)
class CaseloadRequest:
    """The filters, and which page."""

    filters: CaseloadFilters
    page: int


def read_caseload_request(arguments: MultiDict[str, str]) -> CaseloadRequest:
    """What the address says; what it cannot say is left out."""

    def chosen(group: str, known: tuple[str, ...] | None = None) -> tuple[str, ...]:
        values = dict.fromkeys(arguments.getlist(PARAMETERS[group])[:MAX_CHOICES])
        return tuple(v for v in values if v and len(v) <= MAX_TEXT and (known is None or v in known))

    sort = SORT_WORDS.get(arguments.get("sortierung", ""), SORTS[0])
    filters = CaseloadFilters(
        text=arguments.get("q", "")[:MAX_TEXT],
        state=STATE_WORDS.get(arguments.get("stand", ""), "open"),
        ways=chosen("way", WAYS),
        case_workers=chosen("case_worker"),
        levels=chosen("level", (*LEVELS, "unknown")),
        languages=chosen("language"),
        accommodations=chosen("accommodation"),
        places=chosen("place"),
        goal_areas=chosen("goal_area", GOAL_AREAS),
        extras=chosen("extra", EXTRAS),
        sort=sort,
        descending=arguments.get("ab") == "1",
    )
    return CaseloadRequest(filters, arguments.get("seite", 1, type=int))


def as_arguments(filters: CaseloadFilters) -> dict[str, list[str]]:
    """The filters as an address says them; what stands by itself is left out."""
    groups = {
        "way": filters.ways,
        "case_worker": filters.case_workers,
        "level": filters.levels,
        "language": filters.languages,
        "accommodation": filters.accommodations,
        "place": filters.places,
        "goal_area": filters.goal_areas,
        "extra": filters.extras,
    }
    arguments = {
        "q": [filters.text] if filters.text else [],
        "stand": [PARAMETER_OF_STATE[filters.state]] if filters.state != "open" else [],
        "sortierung": [PARAMETER_OF_SORT[filters.sort]] if filters.sort != "name" else [],
        "ab": ["1"] if filters.descending else [],
        **{PARAMETERS[name]: list(values) for name, values in groups.items()},
    }
    return {name: values for name, values in arguments.items() if values}
