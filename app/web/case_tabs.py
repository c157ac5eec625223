"""The pages of a case, as tabs below its head."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from app.core.i18n import lazy_gettext as _l

_TABS = (
    (_l("Overview"), "cases.show_case"),
    (_l("Particulars"), "intake.show"),
    (_l("Plan"), "plan.show"),
    (_l("History"), "timeline.show"),
    (_l("Legal side"), "legal.show"),
    (_l("Consents"), "consents.show"),
    (_l("Notes"), "notes.show"),
    (_l("State of the case"), "lifecycle.show"),
)


@dataclass(frozen=True, slots=True)
class CaseTab:
    """One tab, as the page shows it."""

    label: str
    address: str
    is_current: bool


def list_case_tabs(client_id: str) -> list[CaseTab]:
    """The tabs of this case; current is the one whose blueprint answers (``plan_steps``: ``plan``)."""
    return [
        CaseTab(
            str(label),
            url_for(endpoint, client_id=client_id),
            endpoint.split(".")[0] == (request.blueprint or "").split("_")[0],
        )
        for label, endpoint in _TABS
        if endpoint in current_app.view_functions
    ]
