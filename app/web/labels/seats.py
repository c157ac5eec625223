"""Words for seats: how many are free, and how old that knowledge is."""

from __future__ import annotations

from datetime import date

from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.directory.seats import is_old
from app.web.labels.directory import seats_words

DAYS_PER_MONTH = 30
FEW_DAYS = 60


def told_words(told_on: date | None, told_by: str | None, today: date) -> str:
    """When the seats were told, and by whom; empty when nobody told them."""
    if told_on is None:
        return _("told by %(who)s", who=told_by) if told_by else ""
    days = (today - told_on).days
    if days < 1:
        ago = _("told today")
    elif days < FEW_DAYS:
        ago = ngettext("told %(num)s day ago", "told %(num)s days ago", days)
    else:
        months = days // DAYS_PER_MONTH
        ago = ngettext("told %(num)s month ago", "told %(num)s months ago", months)
    return _("%(ago)s by %(who)s", ago=ago, who=told_by) if told_by else ago


def seats_told_words(
    free: int | None,
    has_waiting_list: bool | None,
    told_on: date | None,
    told_by: str | None,
    today: date,
) -> str:
    """As in "3 seats free (told 2 days ago by the vhs)"; old knowledge asks to be checked."""
    seats = seats_words(free, has_waiting_list)
    if free is None:
        return seats
    told = told_words(told_on, told_by, today) or _("not known since when")
    words = _("%(seats)s (%(told)s)", seats=seats, told=told)
    return _("%(words)s – please ask again", words=words) if is_old(told_on, today) else words
