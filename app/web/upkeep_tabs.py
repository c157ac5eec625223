"""The tabs of the editor's work list: what there is to do, with how much of it is waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import current_app
from werkzeug.exceptions import HTTPException

from app.core.i18n import lazy_gettext as _l
from app.directory.upkeep_queries import count_upkeep
from app.web.runtime import current_runtime

TABS: Final[tuple[tuple[str, str, str], ...]] = (
    ("due", _l("Due today"), "/pflege"),
    ("overdue", _l("Overdue"), "/pflege/ueberfaellig"),
    ("unconfirmed", _l("Unconfirmed"), "/pflege/unbestaetigt"),
    ("undeliverable", _l("Not reached by mail"), "/pflege/unzustellbar"),
    ("websites", _l("Broken links"), "/pflege/links"),
    ("suggestions", _l("Suggestions"), "/pflege/vorschlaege"),
    ("duplicates", _l("Duplicates"), "/pflege/doppelte"),
    ("flagged", _l("To complete"), "/pflege/hinweise"),
    ("gaps", _l("Gaps"), "/pflege/luecken"),
    ("outbox", _l("Outbox"), "/pflege/postausgang"),
    ("accommodations", _l("Accommodations"), "/pflege/unterkuenfte"),
    ("import", _l("Import"), "/pflege/import"),
    ("export", _l("Export"), "/pflege/export"),
)
"""Code (what a page gives to the macro ``upkeep_tabs``), words, address."""


@dataclass(frozen=True, slots=True)
class UpkeepTab:
    """One tab, as the page shows it."""

    code: str
    label: str
    address: str
    count: int | None
    """How many entries wait there; `None` where nothing is counted."""
    is_current: bool


def list_upkeep_tabs(current: str) -> list[UpkeepTab]:
    """All tabs; ``current`` is the code of the page that shows them."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        counts = count_upkeep(session, runtime.today, runtime.freshness_rules)
    return [
        UpkeepTab(code, str(label), address, counts.get(code), code == current)
        for code, label, address in TABS
        if _exists(address)
    ]


def _exists(address: str) -> bool:
    try:
        current_app.url_map.bind("").match(address, method="GET")
    except HTTPException:
        return False
    return True
