"""Words for the work list of the directory's editors."""

from __future__ import annotations

from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.freshness import EDITOR_STAGE, Freshness
from app.directory.reminding import NowOutcome
from app.directory.upkeep_models import LinkCheck, Reminder

_NOW = {
    "sent": _l("The mail to %(name)s lies in the outbox and leaves in a moment."),
    "today_already": _l("%(name)s has been sent a mail today already."),
    "no_address": _l("%(name)s cannot be reached by mail. Please call."),
    "nothing_due": _l("Everything of %(name)s is confirmed. No mail was sent."),
}
_OUTCOMES = {
    "gone": _l("the page does not exist any more"),
    "failing": _l("the page answers with an error"),
    "unreachable": _l("the server cannot be reached"),
}


def over_words(freshness: Freshness) -> str:
    """Since when a confirmation is due."""
    if freshness.days_over <= 0:
        return _("due today")
    return ngettext("%(num)s day overdue", "%(num)s days overdue", freshness.days_over)


def reminder_words(reminder: Reminder) -> str:
    """Which reminder was the last, and when."""
    day = format_day(reminder.sent_on)
    if reminder.stage == EDITOR_STAGE:
        return _("with the editors since %(day)s", day=day)
    return _("reminder %(stage)s of 3 on %(day)s", stage=reminder.stage, day=day)


def remind_now_words(outcome: NowOutcome, name: str) -> str:
    """What came of asking for a mail at once."""
    return str(_NOW[outcome]) % {"name": name}


def link_outcome_words(check: LinkCheck) -> str:
    """Why an address counts as broken."""
    words = str(_OUTCOMES[check.outcome])
    return f"{words} ({check.http_status})" if check.http_status else words
