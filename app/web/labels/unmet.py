"""Words for what nothing suited for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.i18n import gettext as _
from app.operations.unmet_needs import NO_SUCH_OFFER
from app.web.labels.groups import group_label
from app.web.labels.referrals import rule_label


def missing_label(code: str) -> str:
    """Why nothing suited: a rule, or that there is nothing of the kind."""
    return _("There is nothing like it") if code == NO_SUCH_OFFER else rule_label(code)


def gap_text(group: str, words: str) -> str:
    """What the planners read first."""
    found = _("Nothing suited: %(group)s", group=group_label(group))
    return f"{found}. {words}" if words else found


def unmet_event_words(_code: str, facts: dict[str, Any]) -> str:
    """What the timeline says."""
    missing: Sequence[str] = facts.get("missing", ())
    return _(
        "Nothing suited: %(group)s (%(reasons)s)",
        group=group_label(facts["group"]),
        reasons=", ".join(missing_label(code) for code in missing),
    )
