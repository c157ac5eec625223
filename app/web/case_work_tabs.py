"""The pages around the list of cases, as tabs: handovers, substitutions, the team, emergencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import request, url_for

from app.accounts.permissions import Permission
from app.cases.emergencies import count_unreviewed
from app.cases.handover_queries import count_unseen
from app.core.i18n import lazy_gettext as _l
from app.web.access import current_actor
from app.web.runtime import current_runtime

_TABS: Final[tuple[tuple[str, str, Permission], ...]] = (
    (_l("List"), "caseload.list_cases", "case:read"),
    (_l("Waiting lists"), "waiting.overview", "case:read"),
    (_l("Giving out places"), "allocation.show_list", "allocation:manage"),
    (_l("Tandems"), "tandems.overview", "case:read"),
    (_l("Handovers"), "handovers.show_list", "case:hand_over"),
    (_l("Substitutions"), "substitutions.show_list", "case:write"),
    (_l("Team"), "caseload.team", "team:manage"),
    (_l("Emergency access"), "emergency_access.search", "case:emergency"),
    (_l("Emergency accesses"), "emergency_access.review_list", "case:review_emergencies"),
)
_OF_MANY_PAGES: Final = frozenset({"handovers", "waiting", "allocation", "tandems"})
"""Blueprints all of whose pages belong to their one tab."""


@dataclass(frozen=True, slots=True)
class CaseWorkTab:
    """One tab, as the page shows it."""

    label: str
    address: str
    count: int
    """What waits there; 0: nothing is shown."""
    is_current: bool


def list_case_work_tabs() -> list[CaseWorkTab]:
    """The tabs that the person asking may open; the one of the request is the current one."""
    actor = current_actor()
    with current_runtime().database.read() as session:
        waiting = {
            "handovers.show_list": count_unseen(session, actor),
            "emergency_access.review_list": count_unreviewed(session, actor),
        }
    return [
        CaseWorkTab(str(label), url_for(endpoint), waiting.get(endpoint, 0), _is_current(endpoint))
        for label, endpoint, needed in _TABS
        if actor.may(needed)
    ]


def _is_current(endpoint: str) -> bool:
    if request.endpoint == endpoint:
        return True
    of_many_pages = endpoint.split(".")[0]
    return of_many_pages in _OF_MANY_PAGES and request.blueprint == of_many_pages
