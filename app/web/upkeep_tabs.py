"""The tabs of the editor's work list: what there is to do, with how much of it is waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import url_for

from app.cases.unknown_words import count_unknown_words
from app.core.i18n import lazy_gettext as _l
from app.directory.upkeep_queries import count_upkeep
from app.volunteers.people import count_due
from app.volunteers.registering import count_waiting
from app.web.runtime import current_runtime

TABS: Final[tuple[tuple[str, str, str], ...]] = (
    ("due", _l("Due today"), "upkeep.due"),
    ("overdue", _l("Overdue"), "upkeep.overdue"),
    ("unconfirmed", _l("Unconfirmed"), "upkeep.unconfirmed"),
    ("undeliverable", _l("Not reached by mail"), "upkeep.undeliverable"),
    ("websites", _l("Broken links"), "upkeep.broken_links"),
    ("registrations", _l("Registrations"), "registrations.queue"),
    ("volunteers", _l("People who volunteer"), "volunteers.show_list"),
    ("suggestions", _l("Suggestions"), "suggestions.queue"),
    ("duplicates", _l("Duplicates"), "duplicates.queue"),
    ("flagged", _l("To complete"), "upkeep.flagged"),
    ("gaps", _l("Gaps"), "gaps.gaps"),
    ("words", _l("Words for interests"), "interest_words.waiting"),
    ("round_mails", _l("Round mails"), "round_mails.show_list"),
    ("outbox", _l("Outbox"), "outbox.mails"),
    ("accommodations", _l("Accommodations"), "accommodations.show_list"),
    ("import", _l("Import"), "exchange.choose"),
    ("export", _l("Export"), "exchange.export"),
)
"""Code (what a page gives to the macro ``upkeep_tabs``), words, endpoint."""


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
        counts["words"] = count_unknown_words(session)
        counts["registrations"] = count_waiting(session)
        counts["volunteers"] = count_due(session, runtime.today)
    return [
        UpkeepTab(code, str(label), url_for(endpoint), counts.get(code), code == current)
        for code, label, endpoint in TABS
    ]
