"""Words for round mails."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.operations.round_mail_audience import Audience
from app.web.labels.cases import goal_area_label
from app.web.labels.directory import provider_kind_label


def audience_words(audience: Audience) -> str:
    """To whom a mail goes, in a line."""
    parts = [
        ", ".join(provider_kind_label(code) for code in audience.kinds),
        ", ".join(goal_area_label(code) for code in audience.goal_areas),
        ", ".join(audience.towns),
    ]
    return " · ".join(part for part in parts if part) or _("the whole network")
